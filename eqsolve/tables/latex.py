r"""Tables as LaTeX, with the rules of booktabs and the number columns of siunitx.

Written here, for no table library writes S columns: they hold numbers, or words in braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from eqsolve.symbols import label
from eqsolve.tables.cells import Value, written
from eqsolve.tables.record import Column, Table

NUMBER = re.compile(r"(?P<sign>[-+]?)(?P<whole>\d+)(?:\.(?P<part>\d+))?(?:e(?P<power>[-+]?\d+))?")
PACKAGES = r"\usepackage{booktabs,siunitx}"

SPECIAL = {
    **{sign: rf"\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "–": "--", "−": "$-$", "→": r"$\to$", "≥": r"$\ge$", "≤": r"$\le$", "±": r"$\pm$", "′": "$'$",
    "β": r"$\beta$", "ρ": r"$\rho$", "λ": r"$\lambda$", "θ": r"$\theta$", "η": r"$\eta$", "ζ": r"$\zeta$",
    "ν": r"$\nu$", "σ": r"$\sigma$", "✓": "", "✗": "", "·": r"$\cdot$", "‖": r"$\|$",
    "<": "$<$", ">": "$>$", "|": "$|$",
}  # fmt: skip
"""What LaTeX would take for something else, or has no letter for."""


def escaped(text: str) -> str:
    """Text as LaTeX sets it literally."""
    return "".join(SPECIAL.get(sign, sign) for sign in text).strip()


def name_of(key: str, labels: Mapping[str, str], names: str = "symbols") -> str:
    """What a quantity or parameter is called: a label as it is given, its symbol, or words."""
    if key in labels:
        return labels[key]
    known = label(key)
    words, _, symbol = known.partition("$")
    if not symbol:
        return escaped(known)
    whole = words.endswith(" of outputs ") or not words.endswith(" ")
    if whole:  # the symbol is that of the outputs, and names no number
        return known
    return f"${symbol}" if names == "symbols" else escaped(words)


def to_latex(
    table: Table,
    *,
    digits: int | None = None,
    labels: Mapping[str, str] | None = None,
    names: str = "symbols",
    comments: Sequence[str] = (),
) -> str:
    """Return a tabular, for a document that loads `PACKAGES`.

    Args:
        table: the table; its title and notes become comments.
        digits: as for `written`.
        labels: what to call keys, in LaTeX.
        names: "symbols" of docs/model.md where there are some, or "words".
        comments: lines that stand above, as comments.
    """
    labels = labels or {}
    cells = [
        [
            _cell(value, column, digits, labels, names)
            for value, column in zip(row, table.columns, strict=True)
        ]
        for row in table.whole
    ]
    columns = [_column(column, [row[i] for row in cells]) for i, column in enumerate(table.columns)]
    numeric = [each.startswith("S") for each in columns]
    heads = [_heading(column, labels, names) for column in table.columns]
    lines = [f"% {line}" for line in (*comments, table.title, f"needs {PACKAGES}") if line]
    lines += [rf"\begin{{tabular}}{{{' '.join(columns)}}}", r"\toprule"]
    if any(heads):
        texts = [f"{{{head}}}" if number else head for head, number in zip(heads, numeric, strict=True)]
        lines += [_row(texts), r"\midrule"]
    lines += [
        _row([_braced(cell) if s else cell for cell, s in zip(row, numeric, strict=True)]) for row in cells
    ]
    lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*lines, *(f"% {note}" for note in table.notes)])


def _heading(column: Column, labels: Mapping[str, str], names: str) -> str:
    named = column.heading is None or column.key in labels or label(column.key) != column.key
    return name_of(column.key, labels, names) if named else escaped(column.text)


def _cell(value: Value, column: Column, digits: int | None, labels: Mapping[str, str], names: str) -> str:
    if column.style == "name":
        return name_of(str(value), labels, names)
    if isinstance(value, str) and value in labels:
        return labels[value]
    text = written(value, column.style, digits)
    return escaped(text.removesuffix("%")) if column.style in ("percent", "share") else escaped(text)


def _column(column: Column, cells: Sequence[str]) -> str:
    """The column's letter: S with room for its numbers, or l where it has words only."""
    found = [match for cell in cells if (match := NUMBER.fullmatch(cell))]
    if column.words or not found:
        return "l" if column.words else "r"
    sign = "-" if any(match["sign"] for match in found) else ""
    whole, part = (max(len(match[name] or "") for match in found) for name in ("whole", "part"))
    powers = [match["power"] for match in found if match["power"]]
    power = f"e-{max(len(each.lstrip('+-0')) for each in powers)}" if powers else ""
    return f"S[table-format={sign}{whole}.{part}{power}]"


def _braced(cell: str) -> str:
    return cell if not cell or NUMBER.fullmatch(cell) else f"{{{cell}}}"


def _row(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"
