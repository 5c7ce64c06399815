"""Tables in a terminal: titles in color, and lines and columns that fit its width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from eqsolve.tables import Look, Table
from eqsolve.tables.formats import USUAL, cells, headings

from .grids import WIDTH, Grid, fit, put, terminal, wrap

MARGIN = 2
STYLES = {"✗": "bold red", "✓": "bold green"}


def print_tables(tables: Iterable[Table], look: Look = USUAL) -> None:
    """Print tables; a pipe gets them without color, as wide as they are."""
    console, width = terminal()
    lines: list[Text | str] = []
    for number, table in enumerate(tables):
        lines += [*([""] if number else []), *_sheet(table, look, width)]
    put(console, lines)


def grid_of(table: Table, look: Look = USUAL, least: tuple[int, ...] = ()) -> Grid:
    """The cells of a table, for a terminal."""
    layout = "".join("l" if column.words else "r" for column in table.columns)
    rows = cells(table, look)
    names = _names(layout, rows)
    group = table.group if (len(layout) - names) % max(table.group, 1) == 0 else 0
    return Grid(layout, rows, headings(table, look), least=least, group=group, names=names)


def _names(layout: str, rows: Sequence[Sequence[str]]) -> int:
    """How many columns of words tell the rows apart; one where even all of them do not."""
    words = len(layout) - len(layout.lstrip("l"))
    apart = (count for count in range(1, words + 1) if len({tuple(row[:count]) for row in rows}) == len(rows))
    return next(apart, 1)


def _sheet(table: Table, look: Look, width: int | None) -> Iterator[Text]:
    prose = None if width is None else min(width, WIDTH)
    for line in wrap(table.title, prose) if table.title else ():
        yield Text(line, style=STYLES.get(table.title[:1], "bold"))
    yield from fit(grid_of(table, look), width, MARGIN)
    for note in table.notes:
        yield from fit(Grid("rl", [["-", note]], gap=1), prose, MARGIN)
