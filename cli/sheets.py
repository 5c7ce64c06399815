"""Tables of words and numbers with lines around them, for a terminal, a pipe or a Markdown page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 88
PIPE_WIDTH = 100_000
GAP = 2
MARGIN = 2
LABEL = 36
"""How wide the first column of a table is before the table is cut; it wraps."""

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
    console = Console(highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else PIPE_WIDTH
    with console.capture() as capture:
        for number, sheet in enumerate(sheets):
            if number:
                console.print()
            _print(console, sheet)
    console.file.write("\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n")


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


def _print(console: Console, sheet: Sheet) -> None:
    mark = STYLES.get(sheet.title[:1], "bold")
    console.print(Text(sheet.title, style=mark))
    for number_, part in enumerate(_parts(sheet, console.width - MARGIN)):
        if number_:
            console.print()
        console.print(Padding(_grid(part), (0, 0, 0, MARGIN)))
    for note in sheet.notes:
        grid = Table.grid()
        grid.add_row("- ", Text(note))
        console.print(Padding(grid, (0, 0, 0, MARGIN)))


def _grid(sheet: Sheet) -> Table:
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.show_header, table.header_style = any(sheet.headings), "dim"
    for kind, heading in zip(sheet.layout, sheet.headings, strict=True):
        table.add_column(heading, justify="right" if kind == "r" else "left", no_wrap=kind == "r")
    for row in sheet.rows:
        table.add_row(*map(Text, row))
    return table


def _parts(sheet: Sheet, width: int) -> Iterator[Sheet]:
    """The table cut into tables that fit, between groups of columns; each repeats the first column."""
    if not sheet.headings:
        return
    lines = [sheet.headings, *sheet.rows]
    widths = [max(cell_len(line[i]) for line in lines) + GAP for i in range(len(sheet.headings))]
    widths[0] = min(widths[0], LABEL)
    columns: list[int] = [0]
    for start in range(1, len(widths), sheet.group):
        group = list(range(start, start + sheet.group))
        if len(columns) > 1 and sum(widths[i] for i in (*columns, *group)) - GAP > width:
            yield _columns(sheet, columns)
            columns = [0]
        columns += group
    yield _columns(sheet, columns)


def _columns(sheet: Sheet, columns: list[int]) -> Sheet:
    return replace(
        sheet,
        headings=[sheet.headings[i] for i in columns],
        layout="".join(sheet.layout[i] for i in columns),
        rows=[[row[i] for i in columns] for row in sheet.rows],
    )


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
