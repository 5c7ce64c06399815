"""Sweeps read back from their files, as plain columns: what plots need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.errors import InputError, Problem
from eqsolve.params.delimited import read_delimited
from eqsolve.params.text import read_text
from eqsolve.provenance import Provenance
from eqsolve.sweeps.cells import JUMP, REGIME, Cells, plain_number, read_cells, rows_of
from eqsolve.sweeps.rounding import unified
from eqsolve.sweeps.table import SweepTable
from eqsolve.sweeps.writers import PROVENANCE, SUFFIXES, require_pyarrow

NO_SWEEP = "not the table of a sweep"
HDF = b"\x89HDF"
"""How files of NetCDF 4 start."""


@dataclass(frozen=True)
class Frame:
    """A sweep as columns.

    Attributes:
        columns: by name, (n,) each: the keys that vary, then `regime`, then the rest.
        provenance: how it came about, if that is known.
    """

    columns: Mapping[str, NDArray[Any]]
    provenance: Provenance | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that vary."""
        names = list(self.columns)
        return tuple(names[: names.index("regime")])

    @classmethod
    def of(cls, table: SweepTable) -> Frame:
        """The columns of a table."""
        return cls({name: table.column(name) for name in table.names}, table.question.provenance)


def read_frame(path: Path) -> Frame:
    """Read a file that `eqsolve sweep` wrote, or that another program has saved again.

    Values of a key that differ only by rounding (see `eqsolve.sweeps.rounding`) become one.

    Raises:
        InputError: if it cannot be read, or is no such file; with every cell that is wrong.
    """
    columns, keys, told = _netcdf_columns(path) if path.suffix.lower() == ".nc" else _columns(path)
    for key in keys:
        if columns[key].dtype == object:
            continue
        whole = unified(columns[key].tolist())
        columns[key] = np.array([whole[value] for value in columns[key].tolist()])
    if "status" not in columns:
        raise InputError(f"{path}: {NO_SWEEP}: it has no column status")
    return Frame(columns, Provenance.from_lines(told))


def read_table(path: Path) -> Cells:
    """Read a CSV, JSON Lines or Parquet file that `eqsolve sweep` wrote.

    Raises:
        InputError: as `read_frame`.
    """
    readers = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    if path.suffix.lower() not in readers:
        raise InputError(f"{path}: unknown extension: expected one of {', '.join(SUFFIXES)}")
    with _in_words(path):
        return readers[path.suffix.lower()](path)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise InputError(f"{path}: {NO_SWEEP}: {error}") from None


Columns = tuple[dict[str, NDArray[Any]], tuple[str, ...], Sequence[str]]


def _columns(path: Path) -> Columns:
    """The columns of a file with rows, the keys, and what the file says about itself."""
    table = read_table(path)
    return {name: _array(name, cells) for name, cells in table.columns.items()}, table.keys, table.comments


def _netcdf_columns(path: Path) -> Columns:
    """The columns of a NetCDF file, the keys, and what the file says about itself."""
    with _in_words(path):
        with path.open("rb") as file:
            if file.read(len(HDF)) == HDF:
                raise ValueError("this is NetCDF 4: save it as NetCDF 3")
        columns, told = _netcdf(path)
        names = list(columns)
        keys = tuple(names[: names.index(REGIME)]) if REGIME in columns else ()
        if not keys:
            raise ValueError("it needs keys and a regime")
        for key in keys:
            if columns[key].dtype != object and not np.isfinite(columns[key]).all():
                raise ValueError(f"{key} is not finite everywhere")
        for name in names:
            if name.startswith(JUMP):
                if not np.isin(columns[name], (0, 1)).all():
                    raise ValueError(f"{name} is not made of truth values")
                columns[name] = columns[name].astype(bool)
    return columns, keys, told


def _array(name: str, cells: list[Any]) -> NDArray[Any]:
    if name.startswith(JUMP):
        return np.array(cells, dtype=bool)
    if any(isinstance(cell, str) for cell in cells):
        return np.array([cell or "" for cell in cells], dtype=object)
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=float)


def _csv(path: Path) -> Cells:
    table = read_delimited(path)
    cells = read_cells(path, table.header, table.rows, table.lines, table.number, table.problems, table.head)
    return replace(cells, comments=table.comments)


def _jsonl(path: Path) -> Cells:
    """Objects, a line each; a key that an object lacks has no value there."""
    found: dict[int, dict[str, Any]] = {}
    problems = []
    for line, text in enumerate(read_text(path).split("\n"), 1):
        if not text.strip():
            continue
        try:
            found[line] = _object(text)
        except ValueError as error:
            problems.append(Problem(str(error), file=str(path), line=line))
    if problems:
        raise InputError(*problems)
    told = [text for row in found.values() for text in _told(row.pop(PROVENANCE, None))]
    names = list(dict.fromkeys(name for row in found.values() for name in row))
    rows = [[row.get(name) for name in names] for row in found.values()]
    return replace(read_cells(path, names, rows, list(found), plain_number), comments=told)


def _told(lines: Any) -> list[str]:
    """How a table came about, as one of its rows says; nothing if it says something else."""
    return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []


def _object(text: str) -> dict[str, Any]:
    try:
        pairs: Any = json.loads(text, object_pairs_hook=list)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg}") from None
    if not (isinstance(pairs, list) and all(isinstance(pair, tuple) for pair in pairs)):
        raise ValueError("not an object: expected one in each line")
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a key stands twice in this object")
    return row


def _parquet(path: Path) -> Cells:
    """Floats of Parquet may be NaN, which means no value."""
    path.open("rb").close()
    table = require_pyarrow().parquet.read_table(path)
    columns = {name: [None if x != x else x for x in table[name].to_pylist()] for name in table.column_names}
    rows = list(rows_of(columns))
    told = (table.schema.metadata or {}).get(PROVENANCE.encode(), b"").decode(errors="replace")
    cells = read_cells(path, list(columns), rows, range(1, len(rows) + 1), plain_number)
    return replace(cells, comments=told.splitlines())


def _netcdf(path: Path) -> tuple[dict[str, NDArray[Any]], Sequence[str]]:
    from scipy.io import netcdf_file

    with netcdf_file(str(path), mmap=False) as file:
        found = {name: _variable(variable) for name, variable in file.variables.items()}
        told = getattr(file, PROVENANCE, b"").decode(errors="replace").splitlines()
    whole = found["status"]
    lengths = dict(zip(whole[0], whole[1].shape, strict=True))
    keys = [name for name in whole[0] if name in found and name != "regime"]
    keys += [name for name, (along, _) in found.items() if along == ("point",)]
    order = dict.fromkeys((*keys, "regime", *found))
    return {name: _spread(*found[name], lengths) for name in order}, told


def _variable(variable: Any) -> tuple[tuple[str, ...], NDArray[Any]]:
    values = np.array(variable.data)
    if values.dtype.kind == "S":
        width = values.shape[-1]
        words = np.ascontiguousarray(values).view(f"S{width}").reshape(values.shape[:-1])
        return variable.dimensions[:-1], np.char.decode(words, "utf-8").astype(object)
    return variable.dimensions, values.astype(float)


def _spread(along: tuple[str, ...], values: NDArray[Any], lengths: dict[str, int]) -> NDArray[Any]:
    """The values of a variable at every row."""
    shape = tuple(lengths[name] if name in along else 1 for name in lengths)
    return np.broadcast_to(values.reshape(shape), tuple(lengths.values())).ravel()
