"""Two sweeps, row by row: rows are matched by the keys that vary and the regime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from eqsolve.comparison.quantities import Value
from eqsolve.comparison.regression import Check, Difference, compare_values, worst_first
from eqsolve.comparison.tolerances import Tolerances
from eqsolve.errors import InputError, Problem
from eqsolve.sweeps.cells import REGIME, rows_of
from eqsolve.sweeps.readers import read_table
from eqsolve.sweeps.rounding import near

UNCOMPARED = ("regret",)
"""Columns that hold rounding errors, which say nothing by their size."""

Row = tuple[Value, ...]


@dataclass(frozen=True)
class Sweep:
    """The table of a sweep.

    Attributes:
        path: the file.
        keys: the columns that a row is known by: what varies, and the regime.
        columns: the names of all other columns.
        rows: values of `columns` by values of `keys`.
    """

    path: Path
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[Row, Row] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file that a sweep wrote, or that another program has saved again.

        Raises:
            InputError: unreadable, no column `regime`, a column or the keys of a row twice, no rows, cells
                that are not what their column needs; with every such line.
        """
        table = read_table(path)
        end = list(table.columns).index(REGIME) + 1
        names = list(table.columns)
        keys, columns = tuple(names[:end]), tuple(names[end:])
        rows: dict[Row, Row] = {}
        first: dict[Row, int] = {}
        problems = [] if table.places else [Problem("no rows below the header", file=str(path))]
        for line, cells in zip(table.places, rows_of(table.columns), strict=True):
            values = tuple(map(_value, cells))
            key = values[:end]
            if key in first:
                message = f"the row {_named(keys, key)} stands in line {first[key]} already"
                problems.append(Problem(message, file=str(path), line=line))
            first[key], rows[key] = line, values[end:]
        if problems:
            raise InputError(*problems)
        return cls(path, keys, columns, rows)


def check_sweeps(expected: Sweep, actual: Sweep, tolerances: Tolerances | None = None) -> Check:
    """Compare two sweeps over the same keys; all columns but regrets.

    Keys that differ only by rounding (`eqsolve.sweeps.rounding.KEY_ROUNDING`) are the same. Rows and
    columns that only one of them has count as differences.

    Raises:
        InputError: different keys, or tolerances of unknown quantities.
    """
    if set(expected.keys) != set(actual.keys):
        told = [f"{sweep.path} has {', '.join(sweep.keys)}" for sweep in (expected, actual)]
        raise InputError(f"the sweeps have different keys: {'; '.join(told)}")
    tolerances = tolerances or Tolerances()
    tolerances.require(dict.fromkeys((*expected.columns, *actual.columns)))
    place = [actual.keys.index(key) for key in expected.keys]
    others = _matched(expected, {tuple(key[i] for i in place): row for key, row in actual.rows.items()})
    compared = len(expected.rows.keys() & others.keys()) * len(_compared(expected.columns))
    differences = worst_first(_differences(expected, actual.columns, others, tolerances))
    files = expected.path, actual.path
    names = [file.name if files[0].name != files[1].name else str(file) for file in files]
    return Check(" → ".join(names), compared, differences)


def _matched(expected: Sweep, others: dict[Row, Row]) -> dict[Row, Row]:
    """The rows with the keys of the expected rows that they are but for rounding (`KEY_ROUNDING`).

    A row whose keys are equal comes first, and one row goes with one row.
    """
    known = [
        sorted({v for v in column if isinstance(v, float)}) for column in zip(*expected.rows, strict=True)
    ]
    matched = {key: row for key, row in others.items() if key in expected.rows}
    for key, row in others.items():
        if key in matched:
            continue
        pairs = zip(key, known, strict=True)
        rounded = tuple(near(v, values) if isinstance(v, float) else v for v, values in pairs)
        matched[rounded if rounded in expected.rows and rounded not in matched else key] = row
    return matched


def _differences(
    expected: Sweep, columns: tuple[str, ...], others: Mapping[Row, Row], tolerances: Tolerances
) -> Iterator[Difference]:
    names = [_compared(expected.columns), _compared(columns)]
    for name in [n for n in names[0] if n not in names[1]]:
        yield Difference("all rows", name, "missing", None, None)
    for name in [n for n in names[1] if n not in names[0]]:
        yield Difference("all rows", name, "new", None, None)
    shared = [name for name in names[0] if name in names[1]]
    mine, theirs = ([c.index(name) for name in shared] for c in (expected.columns, columns))
    for key, row in expected.rows.items():
        where = _named(expected.keys, key)
        if key not in others:
            yield Difference(where, "", "missing", None, None)
            continue
        before = {name: row[i] for name, i in zip(shared, mine, strict=True)}
        after = {name: others[key][i] for name, i in zip(shared, theirs, strict=True)}
        yield from compare_values(where, before, after, tolerances)
    for key in others.keys() - expected.rows.keys():
        yield Difference(_named(expected.keys, key), "", "new", None, None)


def _compared(columns: tuple[str, ...]) -> list[str]:
    return [name for name in columns if name not in UNCOMPARED]


def _value(cell: Any) -> Value:
    if isinstance(cell, bool):
        return str(cell).lower()
    return None if cell == "" else cell


def _named(keys: tuple[str, ...], values: Row) -> str:
    *varied, regime = (_digits(v) if isinstance(v, float) else str(v) for v in values)
    pairs = [f"{key}={value}" for key, value in zip(keys, varied, strict=False)]
    return ", ".join([*pairs, regime])


def _digits(value: float) -> str:
    """As few digits as tell the value from every other one."""
    short = f"{value:.12g}"
    return short if float(short) == value else repr(value)
