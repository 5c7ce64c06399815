"""The tables of exhibits as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eqsolve.provenance import Provenance
from eqsolve.symbols import name_and_symbol


def latex_table(result: Any, labels: Mapping[str, str], told: Provenance | None) -> str:
    """Return the main table of a result as LaTeX for `booktabs`; comments above say how it came about."""
    makers = {
        "Comparison": _comparison,
        "Findings": _findings,
        "PhaseDiagram": _phase,
        "Sensitivity": _sensitivity,
        "Threshold": _threshold,
    }
    headings, rows = makers[type(result).__name__](result)
    lines = [
        rf"\begin{{tabular}}{{l{'r' * (len(headings) - 1)}}}",
        r"\toprule",
        _row([_name(each, labels) for each in headings]),
        r"\midrule",
        *(_row([_name(row[0], labels), *(_cell(cell) for cell in row[1:])]) for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return (told.comment("% ") if told else "") + "\n".join(lines) + "\n"


def _comparison(found: Any) -> tuple[list[Any], list[list[Any]]]:
    return ["", *found.names], [[name, *values] for name, values in found.values.items()]


def _findings(found: Any) -> tuple[list[Any], list[list[Any]]]:
    rows = [
        [part.part.name, part.verdict, part.premise, part.shown, part.extreme]
        for finding in found.findings
        for part in finding.parts
    ]
    return ["claim", "verdict", "premise", "shown", "margin"], rows


def _phase(found: Any) -> tuple[list[Any], list[list[Any]]]:
    rows = [[each.code, each.outcome, each.direction, each.area] for each in found.regions]
    return ["region", "what happens", "outputs", "share"], rows


def _sensitivity(found: Any) -> tuple[list[Any], list[list[Any]]]:
    names = list(next(iter(found.slopes.values())))
    return ["", *names], [[key, *(row[name].value for name in names)] for key, row in found.slopes.items()]


def _threshold(found: Any) -> tuple[list[Any], list[list[Any]]]:
    names = ("quality", "intensity", "participation", "profit", "user_surplus", "welfare")
    sides = [
        (value, side)
        for crossing in found.crossings
        for value, side in ((crossing.below_value, crossing.below), (crossing.above_value, crossing.above))
    ]
    rows = [[found.key, *(value for value, _ in sides)]]
    rows += [[name, *(getattr(side, name) for _, side in sides)] for name in names]
    return ["", *(word for _ in found.crossings for word in ("just below", "just above"))], rows


def _row(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _name(key: Any, labels: Mapping[str, str]) -> str:
    words, symbol = name_and_symbol(str(key))
    return labels.get(str(key)) or (f"${symbol}$" if symbol else _escaped(words))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "--" if value != value else f"${value:.4g}$"
    return _escaped("--" if value is None else str(value))


def _escaped(text: str) -> str:
    special = {"≥": r"$\ge$", "≤": r"$\le$", "ρ": r"$\rho$", "−": "$-$", **{c: rf"\{c}" for c in "&%$#_{}"}}
    return "".join(special.get(sign, sign) for sign in text)
