"""One column of numbers in [0, 1] from a CSV file."""

from pathlib import Path

from eqsolve.errors import InputError, nearest
from eqsolve.params.delimited import Delimited, read_delimited
from eqsolve.params.problems import show


def read_column(path: Path, column: str) -> tuple[float, ...]:
    """The numbers of a column, in the order of the rows.

    The first row names the columns; rows without content are skipped.

    Raises:
        ValueError: with the file and the first wrong row, if the column is not made of numbers in [0, 1].
    """
    try:
        table = read_delimited(path)
    except InputError as error:
        raise ValueError(str(error)) from None
    if table.problems:
        raise ValueError(_with_more(str(table.problems[0]), len(table.problems) - 1))
    at = _place(table, column)
    cells = [row[at] for row in table.rows]
    numbers = [table.number(text) for text in cells]
    wrong = [i for i, x in enumerate(numbers) if x is None or not 0.0 <= x <= 1.0]
    if wrong:
        text, line = cells[wrong[0]], table.lines[wrong[0]]
        message = f"{path}:{line}: {show(text)} is not a number in [0, 1]{_hint(table, text)}"
        raise ValueError(_with_more(message, len(wrong) - 1))
    return tuple(number for number in numbers if number is not None)


def _place(table: Delimited, column: str) -> int:
    """Where the column stands."""
    names, path = table.header, table.path
    if not names:
        raise ValueError(f"{path}: the file is empty")
    if names.count(column) > 1:
        raise ValueError(f"{path}:1: two columns are named {show(column)}")
    if column not in names:
        if all(table.number(name) is not None for name in names):
            raise ValueError(f"{path}:1: no column {show(column)}: the first row holds numbers, not names")
        raise ValueError(f"{path}: no column {show(column)}: {nearest(column, names)}")
    if not table.rows:
        raise ValueError(f"{path}: no rows below the header")
    return names.index(column)


def _hint(table: Delimited, text: str) -> str:
    if "," in text and table.decimal == ".":
        return ": it looks like a decimal comma: write a point"
    return ": it looks like a share in percent" if text.endswith("%") else ""


def _with_more(message: str, count: int) -> str:
    return f"{message} (and {count} more row{'s' * (count != 1)})" if count else message
