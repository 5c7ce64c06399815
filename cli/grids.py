"""Tables that fit a terminal of any width: no name and no number is ever cut.

What is too wide gives way in this order: words wrap; bars go, which is said; columns move into further tables
below, each with the names of the rows; or every row becomes lines of one quantity each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WIDTH = 88
"""Where words wrap in wider terminals; a table that needs more takes it."""

GAP = 2
INDENT = 2
COLUMN = 12
"""Words wrap into a column no narrower than this, unless they are shorter."""

NO_BARS = "(too narrow for bars)"


@dataclass(frozen=True)
class Grid:
    """One table.

    Attributes:
        layout: a letter per column: l words, r numbers, b bars, p pictures.
        rows: the cells; a short row ends in empty ones.
        headings: of the columns, if they have any.
        least: the least width of each column.
        group: columns that stay together where the table is cut between columns; 0 if it is not cut. The
            first columns, which name the rows, are in no group.
        names: how many columns name the rows.
        gap: space between columns.
    """

    layout: str
    rows: Sequence[Sequence[str]]
    headings: Sequence[str] = ()
    least: Sequence[int] = ()
    group: int = 0
    gap: int = GAP
    names: int = 1


def terminal() -> tuple[Console, int | None]:
    """Where to print, and the number of columns; None where output does not go to a terminal."""
    console = Console(highlight=False, markup=False, emoji=False)
    return console, console.width if console.is_terminal else None


def put(console: Console, lines: Iterable[Text | str]) -> None:
    """Print lines as they are, without space at their ends."""
    with console.capture() as capture:
        for line in lines:
            console.print(line, soft_wrap=True)
    console.file.write("\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n")


def say(text: str) -> None:
    """Print text, whose lines wrap between words in a terminal."""
    console, width = terminal()
    put(console, (line for part in text.split("\n") for line in wrap(part, width)))


def wrap(text: str, width: int | None) -> list[str]:
    """Lines that are broken between words only, where they would be longer, each indented like the first."""
    if width is None or cell_len(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(indent + word)
    return lines


def fit(grid: Grid, width: int | None, margin: int = 0) -> list[Text]:
    """The lines of a table in a terminal of `width` columns, after a margin."""
    room = None if width is None else width - margin
    whole = [[*row, *[""] * (len(grid.layout) - len(row))] for row in grid.rows]
    grid = replace(grid, rows=whole)
    return [Text(" " * margin).append_text(line) for line in _fit(grid, room, WIDTH - margin)]


def _fit(grid: Grid, width: int | None, usual: int) -> Iterator[Text]:
    if not grid.layout:
        return
    if width is None:
        yield from _render(grid, _natural(grid))
        return
    if widths := _widths(grid, min(width, usual)) or _widths(grid, width):
        yield from _render(grid, widths)
    elif "b" in grid.layout:
        others = [i for i, kind in enumerate(grid.layout) if kind != "b"]
        yield from _fit(_columns(grid, others), width, usual)
        yield Text(NO_BARS, style="dim")
    else:
        yield from _divided(grid, width)


def _divided(grid: Grid, width: int) -> Iterator[Text]:
    """A table too wide for a terminal: cut between columns or, if that is not enough, turned."""
    parts = list(_parts(grid, width)) if grid.group else [grid]
    fitting = [(part, widths) for part in parts if (widths := _widths(part, width))]
    if len(fitting) < len(parts):
        yield from _turned(grid, width)
        return
    for number, (part, widths) in enumerate(fitting):
        yield from [Text()] * bool(number)
        yield from _render(part, widths)


def _natural(grid: Grid) -> list[int]:
    """The width of each column where nothing wraps."""
    cells = ([_size(row[i]) for row in _lines(grid)] for i in range(len(grid.layout)))
    return [
        max([*sizes, least]) for sizes, least in zip(cells, grid.least or [0] * len(grid.layout), strict=True)
    ]


def _widths(grid: Grid, width: int) -> list[int] | None:
    """The widths of columns in a table that fits, words wrapped where needed; None if it cannot."""
    widths = _natural(grid)
    narrow = [
        max(_longest(row[i] for row in _lines(grid)), min(natural, COLUMN)) if kind == "l" else natural
        for i, (kind, natural) in enumerate(zip(grid.layout, widths, strict=True))
    ]
    while (excess := sum(widths) + grid.gap * (len(widths) - 1) - width) > 0:
        slack = [wide - least for wide, least in zip(widths, narrow, strict=True)]
        if sum(slack) < excess:
            return None
        widest = max((i for i, free in enumerate(slack) if free), key=lambda i: widths[i])
        widths[widest] -= 1
    return widths


def _render(grid: Grid, widths: Sequence[int]) -> Iterator[Text]:
    header = [grid.headings] if any(grid.headings) else []
    for number, row in enumerate([*header, *grid.rows]):
        cells = [_cell(*each) for each in zip(row, grid.layout, widths, strict=True)]
        for line in range(max(map(len, cells))):
            parts = [
                _justified(cell[line] if line < len(cell) else "", kind, width)
                for cell, kind, width in zip(cells, grid.layout, widths, strict=True)
            ]
            yield Text((" " * grid.gap).join(parts).rstrip(), style="dim" if number < len(header) else "")


def _cell(text: str, kind: str, width: int) -> list[str]:
    return wrap(text, width) if kind == "l" else text.split("\n")


def _justified(text: str, kind: str, width: int) -> str:
    space = " " * (width - cell_len(text))
    return space + text if kind == "r" else text + space


def _parts(grid: Grid, width: int) -> Iterator[Grid]:
    """The table cut into tables that fit, between groups of columns; each repeats the names of the rows."""
    names = [*range(grid.names)]
    columns = names
    for start in range(grid.names, len(grid.layout), grid.group):
        group = list(range(start, start + grid.group))
        if columns != names and _widths(_columns(grid, [*columns, *group]), width) is None:
            yield _columns(grid, columns)
            columns = names
        columns = [*columns, *group]
    yield _columns(grid, columns)


def _columns(grid: Grid, columns: list[int]) -> Grid:
    return replace(
        grid,
        layout="".join(grid.layout[i] for i in columns),
        rows=[[row[i] for i in columns] for row in grid.rows],
        headings=[grid.headings[i] for i in columns] if grid.headings else (),
        least=[grid.least[i] for i in columns] if grid.least else (),
    )


def _turned(grid: Grid, width: int) -> Iterator[Text]:
    """Every row as lines of one quantity each, with its heading, below the name of the row."""
    if not any(grid.headings):
        for row in grid.rows:
            yield from _unnamed(row, width)
        return
    headings = [heading.strip() for heading in grid.headings]
    named = grid.layout[0] == "l" or grid.group > 0
    label = max(map(cell_len, headings[named:]))
    for number, row in enumerate(grid.rows):
        if number:
            yield Text()
        cells = [cell.strip() for cell in row]
        if named and cells[0]:
            yield from map(Text, wrap(f"{headings[0]} {cells[0]}".strip(), width))
        for heading, value in list(zip(headings, cells, strict=True))[named:]:
            if value:
                yield from _pair(heading, value, label, width, INDENT * named)


def _unnamed(row: Sequence[str], width: int) -> Iterator[Text]:
    """A row without headings: its cells in a line, the words at its end below it."""
    *start, end = (cell.strip() for cell in row)
    line = (" " * GAP).join(start)
    if cell_len(line) <= width:
        yield Text(line)
    else:
        yield from (Text(part) for cell in start for part in wrap(cell, width))
    yield from map(Text, wrap(" " * INDENT + end, width))


def _pair(heading: str, value: str, label: int, width: int, indent: int) -> Iterator[Text]:
    """A heading and its value, side by side or, where there is no room, below each other."""
    start = " " * indent + heading + " " * (label - cell_len(heading) + GAP)
    room = width - cell_len(start)
    if room < max(_longest([value]), min(_size(value), COLUMN)):
        yield from map(Text, wrap(" " * indent + heading, width))
        start, room = " " * (indent + INDENT), width - indent - INDENT
    for number, line in enumerate(wrap(value, room)):
        yield Text((start if number == 0 else " " * cell_len(start)) + line)


def _lines(grid: Grid) -> list[Sequence[str]]:
    return [grid.headings, *grid.rows] if any(grid.headings) else [*grid.rows]


def _size(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


def _longest(texts: Iterable[str]) -> int:
    """The length of the longest word, with the space before it where it starts its cell."""
    return max((cell_len(word) for text in texts for word in re.findall(r"^\s*\S+|\S+", text)), default=0)
