"""Tables of words and numbers with lines around them, for a terminal, a pipe or a Markdown page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text

from .grids import WIDTH, Grid, fit, put, terminal, wrap

MARGIN = 2
ROUNDING = 1e-12
BAD, GOOD = "✗", "✓"
STYLES = {BAD: "bold red", GOOD: "bold green"}


@dataclass(frozen=True)
class Sheet:
    """One table.

    Attributes:
        title: what stands above; a leading ✓ or ✗ gives its color.
        headings: of the columns.
        layout: a letter per column: l words, r numbers.
        rows: the cells.
        notes: lines below.
        group: columns that stay together where the table is wider than the terminal; the first column, which
            names the rows, is in no group.
    """

    title: str
    headings: Sequence[str] = ()
    layout: str = ""
    rows: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()
    group: int = 1


def print_sheets(sheets: Iterable[Sheet]) -> None:
    """Print tables; a pipe gets them without color, as wide as they are."""
    console, width = terminal()
    lines: list[Text | str] = []
    for number, sheet in enumerate(sheets):
        lines += [*([""] if number else []), *_sheet(sheet, width)]
    put(console, lines)


def to_markdown(sheets: Iterable[Sheet]) -> str:
    """Return tables in GitHub's Markdown."""
    return "\n".join(line for sheet in sheets for line in _markdown(sheet))


def number(value: float, sign: str = "") -> str:
    """Five digits after the point, or three significant ones where these would not show it; `sign="+"`."""
    if math.isnan(value):
        return "–"
    if abs(value) < ROUNDING:
        return "0" if sign else f"{0:.5f}"
    return f"{value:{sign}.5f}" if 1e-4 <= abs(value) < 1e5 else f"{value:{sign}.2e}"


def _sheet(sheet: Sheet, width: int | None) -> Iterator[Text]:
    prose = None if width is None else min(width, WIDTH)
    for line in wrap(sheet.title, prose):
        yield Text(line, style=STYLES.get(sheet.title[:1], "bold"))
    yield from fit(Grid(sheet.layout, sheet.rows, sheet.headings, group=sheet.group), width, MARGIN)
    for note in sheet.notes:
        yield from fit(Grid("rl", [["-", note]], gap=1), prose, MARGIN)


def _markdown(sheet: Sheet) -> Iterator[str]:
    yield from (f"### {_escape(sheet.title)}", "")
    if sheet.headings:
        rules = ("--:" if kind == "r" else ":--" for kind in sheet.layout)
        yield from (_row(map(_escape, sheet.headings)), _row(rules))
        yield from (_row(map(_escape, row)) for row in sheet.rows)
        yield ""
    if sheet.notes:
        yield from (f"- {_escape(note)}" for note in sheet.notes)
        yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    for sign in "\\|<*_`":
        text = text.replace(sign, f"\\{sign}")
    return text.strip()
