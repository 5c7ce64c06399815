"""Two sweeps, row by row: rows are matched by the keys that vary and the regime."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from eqsolve.comparison.quantities import Value
from eqsolve.comparison.regression import Check, Difference, compare_values, worst_first
from eqsolve.comparison.tolerances import Tolerances
from eqsolve.errors import InputError, Problem
from eqsolve.params.text import read_text

REGIME = "regime"
"""The column that ends the keys of a sweep's table."""

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
        """Read the CSV file that a sweep wrote.

        Raises:
            InputError: unreadable, no column `regime`, a column or the keys of a row twice, no rows, rows of
                another length, NaN or infinity; with every such line.
        """
        try:
            reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
            header = next(reader, [])
            keys, columns = _columns(header, path)
            lines = [(reader.line_num, cells) for cells in reader if cells]
        except (ValueError, csv.Error) as error:
            raise InputError(Problem(str(error), file=str(path))) from None
        order = [header.index(name) for name in (*keys, *columns)]
        rows: dict[Row, Row] = {}
        first: dict[Row, int] = {}
        problems = [] if lines else [Problem("no rows below the header", file=str(path))]
        for line, cells in lines:
            try:
                values = _values(cells, header, order)
                key = values[: len(keys)]
                if key in first:
                    raise ValueError(f"the row {_named(keys, key)} stands in line {first[key]} already")
                first[key], rows[key] = line, values[len(keys) :]
            except ValueError as error:
                problems.append(Problem(str(error), file=str(path), line=line))
        if problems:
            raise InputError(*problems)
        return cls(path, keys, columns, rows)


def check_sweeps(expected: Sweep, actual: Sweep, tolerances: Tolerances | None = None) -> Check:
    """Compare two sweeps over the same keys; all columns but regrets.

    Rows and columns that only one of them has count as differences.

    Raises:
        InputError: different keys, or tolerances of unknown quantities.
    """
    if set(expected.keys) != set(actual.keys):
        told = [f"{sweep.path} has {', '.join(sweep.keys)}" for sweep in (expected, actual)]
        raise InputError(f"the sweeps have different keys: {'; '.join(told)}")
    tolerances = tolerances or Tolerances()
    tolerances.require(dict.fromkeys((*expected.columns, *actual.columns)))
    place = [actual.keys.index(key) for key in expected.keys]
    others = {tuple(key[i] for i in place): row for key, row in actual.rows.items()}
    compared = len(expected.rows.keys() & others.keys()) * len(_compared(expected.columns))
    differences = worst_first(_differences(expected, actual.columns, others, tolerances))
    files = expected.path, actual.path
    names = [file.name if files[0].name != files[1].name else str(file) for file in files]
    return Check(" → ".join(names), compared, differences)


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


def _columns(header: list[str], path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the columns, split after the regime."""
    if REGIME not in header:
        raise ValueError("not the table of a sweep: it has no column regime")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(
            *(Problem(f"two columns are named {name}", file=str(path), line=1) for name in twice)
        )
    end = header.index(REGIME) + 1
    return tuple(header[:end]), tuple(header[end:])


def _values(cells: list[str], header: list[str], order: list[int]) -> Row:
    if len(cells) != len(header):
        raise ValueError(f"the row has {len(cells)} cells, the header {len(header)}")
    return tuple(_value(cells[i], header[i]) for i in order)


def _value(text: str, column: str) -> Value:
    try:
        number = float(text)
    except ValueError:
        return text or None
    if not math.isfinite(number):
        raise ValueError(
            f"{column} = {text} is not finite: expected a number, or nothing where there is none"
        )
    return number


def _named(keys: tuple[str, ...], values: Row) -> str:
    *varied, regime = (f"{v:.12g}" if isinstance(v, float) else str(v) for v in values)
    pairs = [f"{key}={value}" for key, value in zip(keys, varied, strict=False)]
    return ", ".join([*pairs, regime])
