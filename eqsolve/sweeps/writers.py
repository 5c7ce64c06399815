"""Sweeps as files: CSV, JSON Lines and Parquet, row by row. NetCDF has its own module.

Numbers have the digits, at most 17, that read back to the same double. What is undefined is an empty cell in
CSV, null elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.errors import InputError
from eqsolve.extras import missing
from eqsolve.sweeps.table import SweepTable

SUFFIXES = (".csv", ".jsonl", ".parquet", ".nc")
"""The file name extensions of sweeps."""

PROVENANCE = "provenance"
"""Where Parquet and NetCDF files, and the first row of JSON Lines, say how they came about."""


def writer_of(suffix: str) -> Callable[[SweepTable, Path], None]:
    """The function that writes a table into a file whose name ends in `suffix`, one of SUFFIXES.

    Raises:
        InputError: unknown suffix; Parquet without pyarrow.
    """
    if suffix == ".parquet":
        require_pyarrow()
    if suffix == ".nc":
        from eqsolve.sweeps.netcdf import write_netcdf

        return write_netcdf
    writers = {".csv": write_csv, ".jsonl": write_jsonl, ".parquet": write_parquet}
    if suffix not in writers:
        raise InputError(f"unknown extension {suffix!r}: expected one of {', '.join(SUFFIXES)}")
    return writers[suffix]


def require_pyarrow() -> Any:
    """Return pyarrow; raises InputError, with what to install, if it is missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise missing("Parquet needs", "pyarrow", "parquet") from None
    return pyarrow


def write_csv(table: SweepTable, path: Path) -> None:
    """Write a table as CSV: comments that say how it came about, a header row, the rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        print_csv(table, file)


def print_csv(table: SweepTable, file: IO[str]) -> None:
    """Write a table as CSV to an open file, as `write_csv` does."""
    file.write(table.question.provenance.comment())
    file.write(",".join(table.names) + "\n")
    for block in table.blocks():
        cells = [_texts(column, "") for column in block.values()]
        file.writelines(",".join(row) + "\n" for row in zip(*cells, strict=True))


def write_jsonl(table: SweepTable, path: Path) -> None:
    """Write a table as JSON Lines: an object per row, of which the first says how the table came about."""
    names = [f"{json.dumps(name)}: " for name in table.names]
    told = f', "{PROVENANCE}": {json.dumps(table.question.provenance.lines())}'
    with path.open("w", encoding="utf-8", newline="") as file:
        for block in table.blocks():
            cells = [_texts(column, "null", quote='"') for column in block.values()]
            for row in zip(*cells, strict=True):
                pairs = (name + cell for name, cell in zip(names, row, strict=True))
                file.write("{" + ", ".join(pairs) + told + "}\n")
                told = ""


def _texts(column: NDArray[Any], undefined: str, quote: str = "") -> Iterator[str]:
    if column.dtype == bool:
        return iter(np.where(column, "true", "false").tolist())
    if column.dtype == object:
        return (f"{quote}{word}{quote}" if word else undefined for word in column)
    if column.dtype.kind == "i":
        return map(str, column.tolist())
    return (repr(x) if abs(x) < np.inf else undefined for x in column.tolist())


def write_parquet(table: SweepTable, path: Path) -> None:
    """Write a table as Parquet; the metadata of the schema say the question."""
    pyarrow = require_pyarrow()
    told = table.question.provenance
    metadata = {"eqsolve": json.dumps(table.question.to_dict()), PROVENANCE: "\n".join(told.lines())}
    writer = None
    try:
        for block in table.blocks():
            batch = pyarrow.table({name: _arrow(pyarrow, column) for name, column in block.items()})
            batch = batch.replace_schema_metadata(metadata)
            writer = writer or pyarrow.parquet.ParquetWriter(path, batch.schema)
            writer.write_table(batch)
    finally:
        if writer:
            writer.close()


def _arrow(pyarrow: Any, column: NDArray[Any]) -> Any:
    if column.dtype == object:
        return pyarrow.array([word or None for word in column], pyarrow.string())
    undefined = ~np.isfinite(column) if column.dtype.kind == "f" else None
    return pyarrow.array(column, mask=undefined)
