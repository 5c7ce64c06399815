"""Sweeps read back from their files, as plain columns: what plots need."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.errors import InputError
from eqsolve.params.text import read_text
from eqsolve.sweeps.table import SweepTable
from eqsolve.sweeps.writers import SUFFIXES, require_pyarrow


@dataclass(frozen=True)
class Frame:
    """The columns of a sweep by name, (n,) each: the keys that vary, then `regime`, then the rest."""

    columns: Mapping[str, NDArray[Any]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that vary."""
        names = list(self.columns)
        return tuple(names[: names.index("regime")])

    @classmethod
    def of(cls, table: SweepTable) -> Frame:
        """The columns of a table."""
        return cls({name: table.column(name) for name in table.names})


def read_frame(path: Path) -> Frame:
    """Read a file that `eqsolve sweep` wrote.

    Raises:
        InputError: if it cannot be read, or is no such file.
    """
    readers = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet, ".nc": _netcdf}
    if path.suffix.lower() not in readers:
        raise InputError(f"{path}: unknown extension: expected one of {', '.join(SUFFIXES)}")
    try:
        path.open("rb").close()
        columns = readers[path.suffix.lower()](path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, csv.Error) as error:
        raise InputError(f"{path}: not a file of eqsolve sweep: {error}") from None
    if not {"regime", "status"} <= columns.keys() or next(iter(columns)) == "regime":
        raise InputError(f"{path}: not a file of eqsolve sweep: it needs keys, regime and status as columns")
    return Frame(columns)


def _csv(path: Path) -> dict[str, NDArray[Any]]:
    names, *rows = csv.reader(read_text(path).splitlines()) or [[]]
    if any(len(row) != len(names) for row in rows):
        raise ValueError("rows of different lengths")
    cells = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: _parsed(list(column)) for name, column in zip(names, cells, strict=True)}


def _parsed(cells: list[str]) -> NDArray[Any]:
    if cells and {*cells} <= {"true", "false"}:
        return np.array([cell == "true" for cell in cells])
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return np.array(cells, dtype=object)


def _jsonl(path: Path) -> dict[str, NDArray[Any]]:
    rows = [json.loads(line) for line in read_text(path).splitlines()]
    return {name: _plain([row[name] for row in rows]) for name in rows[0]}


def _plain(values: list[Any]) -> NDArray[Any]:
    if any(isinstance(value, str) for value in values):
        return np.array([value or "" for value in values], dtype=object)
    if all(isinstance(value, bool) for value in values):
        return np.array(values, dtype=bool)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _parquet(path: Path) -> dict[str, NDArray[Any]]:
    table = require_pyarrow().parquet.read_table(path)
    return {name: _plain(table[name].to_pylist()) for name in table.column_names}


def _netcdf(path: Path) -> dict[str, NDArray[Any]]:
    from scipy.io import netcdf_file

    with netcdf_file(str(path), mmap=False) as file:
        found = {name: _variable(variable) for name, variable in file.variables.items()}
    whole = found["status"]
    lengths = dict(zip(whole[0], whole[1].shape, strict=True))
    keys = [name for name in whole[0] if name in found and name != "regime"]
    keys += [name for name, (along, _) in found.items() if along == ("point",)]
    order = dict.fromkeys((*keys, "regime", *found))
    return {name: _spread(*found[name], lengths) for name in order}


def _variable(variable: Any) -> tuple[tuple[str, ...], NDArray[Any]]:
    values = np.array(variable.data)
    if values.dtype.kind == "S":
        width = values.shape[-1]
        words = np.ascontiguousarray(values).view(f"S{width}").reshape(values.shape[:-1])
        return variable.dimensions[:-1], np.char.decode(words, "utf-8").astype(object)
    if getattr(variable, "dtype", None) in ("bool", b"bool"):
        return variable.dimensions, values.astype(bool)
    return variable.dimensions, values.astype(float)


def _spread(along: tuple[str, ...], values: NDArray[Any], lengths: dict[str, int]) -> NDArray[Any]:
    """The values of a variable at every row."""
    shape = tuple(lengths[name] if name in along else 1 for name in lengths)
    return np.broadcast_to(values.reshape(shape), tuple(lengths.values())).ravel()
