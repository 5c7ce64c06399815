"""The columns of a sweep's file as what they are, whoever saved them last.

pandas, R, Excel and their like write True, TRUE or 1 for true, NA for nothing, and add row numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from eqsolve.errors import InputError, Problem
from eqsolve.params.problems import show
from eqsolve.results import BY_SEGMENT, QUANTITIES
from eqsolve.sweeps.axes import is_word

REGIME = "regime"
"""The column that ends the keys of a sweep's table."""

WORDS = {REGIME: True, "status": True, "direction": False, "branch": False}
"""The columns of words, and whether every row has one."""

NUMBERS = (*QUANTITIES, "regret", "equilibria_found")
SPOKEN = ("dist", "kind", "choice")
"""How keys end that take words."""

JUMP = "jump."
"""What the names of columns of truth values start with."""

NOTHING = ("", "NA")
"""What stands in a cell without a value; NA is R's."""

SHOWN = 20
"""Cells that are told one by one when they are wrong."""

TRUTH = {"true": True, "1": True, "false": False, "0": False}
ROW_NUMBERS = re.compile(r"|Unnamed: \d+|X(\.\d+)?|index|\.\.\.\d+")
"""Names that programs give to a column in which they number rows."""

INDEX = "__index_level_"
"""What the names of pandas's own columns in Parquet files start with."""

Cell = float | str | bool | None


@dataclass(frozen=True)
class Cells:
    """The table of a sweep.

    Attributes:
        path: the file.
        keys: the names of the keys that vary.
        columns: every column by name, the keys and the regime first: numbers, words, truth values, or None.
        places: the line of each row (the number of the row where there are no lines).
        comments: what the file says about itself.
    """

    path: Path
    keys: tuple[str, ...]
    columns: Mapping[str, list[Any]]
    places: Sequence[int]
    comments: Sequence[str] = ()


def read_cells(
    path: Path,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    places: Sequence[int],
    number: Callable[[Any], float | None],
    problems: Sequence[Problem] = (),
    head: int = 1,
) -> Cells:
    """Make sense of cells.

    Args:
        path: the file.
        names: of the columns.
        rows: the cells of each row; None for no value.
        places: the line of each row.
        number: the number that a cell says; None if it says none.
        problems: what is wrong already, to be told with the rest.
        head: the line of the names.

    Raises:
        InputError: with the cells that are not what their columns need; no keys or no regime, a name twice.
    """
    at = [i for i, name in enumerate(names) if not _row_numbers(name, [row[i] for row in rows], number)]
    _check_names([names[i] for i in at], path, head)
    keys = tuple(names[i] for i in at[: [names[i] for i in at].index(REGIME)])
    columns: dict[str, list[Any]] = {}
    found = [*problems]
    for i in at:
        columns[names[i]], wrong = _column(names[i], names[i] in keys, [row[i] for row in rows], number)
        found += [
            Problem(f"{names[i]} = {message}", file=str(path), line=places[row])
            for row, message in wrong.items()
        ]
    if found:
        first = sorted(found, key=lambda problem: problem.line or 0)
        more = [Problem(f"and {len(found) - SHOWN} more", file=str(path))] if len(found) > SHOWN else []
        raise InputError(*first[:SHOWN], *more)
    return Cells(path, keys, columns, places)


def _check_names(names: list[str], path: Path, head: int) -> None:
    if REGIME not in names:
        raise InputError(Problem("not the table of a sweep: it has no column regime", file=str(path)))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            *(
                Problem(f"two columns are named {name or 'nothing'}", file=str(path), line=head)
                for name in twice
            )
        )
    if "" in names:
        raise InputError(Problem(f"column {names.index('') + 1} has no name", file=str(path), line=head))
    if names[0] == REGIME:
        raise InputError(Problem("not the table of a sweep: no key stands before regime", file=str(path)))


def _row_numbers(name: str, cells: list[Any], number: Callable[[Any], float | None]) -> bool:
    """Whether a column numbers the rows: pandas's index, or whole numbers, none twice, named so."""
    if name.startswith(INDEX):
        return True
    if not ROW_NUMBERS.fullmatch(name):
        return False
    values = [number(cell) for cell in cells]
    return len({*values}) == len(values) and all(value is not None and value % 1 == 0 for value in values)


def _column(
    name: str, is_key: bool, cells: list[Any], number: Callable[[Any], float | None]
) -> tuple[list[Any], dict[int, str]]:
    """The cells of a column as what they are, and what is wrong by row."""
    if name in WORDS:
        return _each(cells, partial(_word, required=WORDS[name]))
    if name.startswith(JUMP):
        return _each(cells, _truth)
    if is_key and _spoken(name, cells):
        return [*cells], {}
    values: list[Any] = list(map(number, cells))
    doubtful = [i for i, value in enumerate(values) if value is None]
    known = is_key or name in NUMBERS or name.partition(".")[0] in BY_SEGMENT
    if not known and not all(_nothing(cells[i]) or _says_number(cells[i], number) for i in doubtful):
        return [None if _nothing(cell) else str(cell) for cell in cells], {}
    _, wrong = _each([cells[i] for i in doubtful], partial(_number, number=number, required=is_key))
    return values, {doubtful[i]: message for i, message in wrong.items()}


def _spoken(name: str, cells: list[Any]) -> bool:
    """Whether the values of a key are words, as those of functional forms are."""
    last = name.rpartition(".")[2]
    return last in SPOKEN and all(isinstance(cell, str) and is_word(cell) for cell in cells)


def _each(cells: list[Any], read: Callable[[Any], Cell]) -> tuple[list[Any], dict[int, str]]:
    values: list[Any] = []
    wrong: dict[int, str] = {}
    for i, cell in enumerate(cells):
        try:
            values.append(read(cell))
        except ValueError as error:
            wrong[i] = str(error)
    return values, wrong


def _number(cell: Any, *, number: Callable[[Any], float | None], required: bool) -> float | None:
    """A cell that may say no number."""
    if _nothing(cell):
        if required:
            raise ValueError("nothing: expected a number")
        return None
    if (found := number(cell)) is None:
        if not _says_number(cell, number):
            hint = ": it looks like a decimal comma" if isinstance(cell, str) and "," in cell else ""
            raise ValueError(f"{_told(cell)} is not a number{hint}")
        raise ValueError(f"{_told(cell)} is not finite: expected a number, or nothing where there is none")
    return found


def _says_number(cell: Any, number: Callable[[Any], float | None]) -> bool:
    if number(cell) is not None:
        return True
    try:
        return not isinstance(cell, bool) and not math.isfinite(float(cell))
    except (TypeError, ValueError):
        return False


def _word(cell: Any, *, required: bool) -> str:
    if _nothing(cell):
        if required:
            raise ValueError("nothing: expected a word")
        return ""
    if not isinstance(cell, str):
        raise ValueError(f"{_told(cell)} is not a word")
    return cell


def _truth(cell: Any) -> bool:
    found = cell if isinstance(cell, bool) else TRUTH.get(str(cell).lower().removesuffix(".0"))
    if found is None:
        raise ValueError(f"{_told(cell)} is not a truth value: expected true or false")
    return found


def _nothing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell in NOTHING)


def _told(cell: Any) -> str:
    return (cell or "nothing") if isinstance(cell, str) else show(cell)


def plain_number(cell: Any) -> float | None:
    """The number that a value of JSON or Parquet is; None for text, truth values and what is not finite."""
    if isinstance(cell, bool | str):
        return None
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def rows_of(columns: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The rows of columns."""
    return zip(*columns.values(), strict=True)
