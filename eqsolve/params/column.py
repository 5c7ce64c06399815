"""One column of numbers in [0, 1] from a CSV file."""

import csv
import io
from pathlib import Path

from eqsolve.errors import nearest
from eqsolve.params.problems import show
from eqsolve.params.text import read_text


def read_column(path: Path, column: str) -> tuple[float, ...]:
    """The numbers of a column, in the order of the rows.

    The first row names the columns; blank lines are skipped.

    Raises:
        ValueError: with the file and the first wrong row, if the column is not made of numbers in [0, 1].
    """
    try:
        cells = _cells(read_text(path), column)
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path}: {error}") from None
    wrong = [line for line, text in cells.items() if not _fits(text)]
    if wrong:
        more = f" (and {len(wrong) - 1} more rows)" if len(wrong) > 1 else ""
        raise ValueError(f"{path}:{wrong[0]}: {show(cells[wrong[0]])} is not a number in [0, 1]{more}")
    return tuple(float(text) for text in cells.values())


def _cells(text: str, column: str) -> dict[int, str]:
    """The cells of a column by the line they stand on."""
    table = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    names = list(table.fieldnames or ())
    if not names:
        raise ValueError("the file is empty")
    if column not in names:
        raise ValueError(f"no column {show(column)}: {nearest(column, names)}")
    cells = {}
    for row in table:
        cells[table.line_num] = row[column] or ""
    if not cells:
        raise ValueError("no rows below the header")
    return cells


def _fits(text: str) -> bool:
    try:
        return 0.0 <= float(text) <= 1.0
    except ValueError:
        return False
