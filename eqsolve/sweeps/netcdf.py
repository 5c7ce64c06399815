"""Sweeps as NetCDF 3 files, which SciPy writes and xarray, R, Julia and ncdump read.

A grid has a dimension for each key, named after it, and one for the regime; other designs have the dimension
`point`. Words are text variables; what is undefined is nan.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.sweeps.axes import Axis
from eqsolve.sweeps.table import SweepTable


def write_netcdf(table: SweepTable, path: Path) -> None:
    """Write a table as NetCDF; its attributes say params, regimes, selection, seed and version."""
    from scipy.io import netcdf_file

    with netcdf_file(str(path), "w", version=2) as file:
        for name, value in attributes(table).items():
            setattr(file, name, value)
        for name, length in dimensions(table).items():
            file.createDimension(name, length)
        for name in table.names:
            _put(file, name, *laid_out(table, name))


def attributes(table: SweepTable) -> dict[str, Any]:
    """What the table is about, as text and numbers: title, version, and all that was asked."""
    plain, told = table.question.to_dict(), table.question.provenance
    seed = plain["design"]["seed"]
    return {
        "Conventions": "CF-1.8",
        "title": "Equilibria of the co-creation game",
        "source": f"eqsolve {plain['version']}",
        "version": plain["version"],
        "history": told.command,
        "provenance": "\n".join(told.lines()),
        "params": json.dumps(plain["params"]),
        "design": plain["design"]["kind"],
        "regimes": " ".join(plain["regimes"]),
        "selection": plain["selection"],
        "fix": json.dumps(plain["fix"]),
        "tolerances": json.dumps(plain["tolerances"]),
        "seed": "none" if seed is None else seed,
    }


def dimensions(table: SweepTable) -> dict[str, int]:
    """The dimensions and their lengths; the rows are in their order, the last one fastest."""
    design, regimes = table.question.design, len(table.question.regimes)
    if design.kind == "grid":
        return dict(zip((*design.keys, "regime"), (*design.shape, regimes), strict=True))
    return {"point": len(design), "regime": regimes}


def laid_out(table: SweepTable, name: str) -> tuple[tuple[str, ...], NDArray[Any]]:
    """The dimensions of a variable, and its values along them."""
    lengths, question = dimensions(table), table.question
    if name == "regime":
        return ("regime",), np.array(question.regimes, dtype=object)
    if name in table.keys:
        axis = question.design.axes[table.keys.index(name)]
        if name in lengths and isinstance(axis, Axis):
            return (name,), np.array(axis.values, dtype=object if axis.words else float)
        return ("point",), np.asarray(question.design.column(name))
    return tuple(lengths), table.column(name).reshape(tuple(lengths.values()))


def layout(table: SweepTable) -> dict[str, tuple[tuple[str, ...], NDArray[Any]]]:
    """All variables, each with its dimensions and values."""
    return {name: laid_out(table, name) for name in table.names}


def _put(file: Any, name: str, along: tuple[str, ...], values: NDArray[Any]) -> None:
    if values.dtype == object:
        _put_text(file, name, along, values)
        return
    kind = {"b": "b", "i": "i"}.get(values.dtype.kind, "d")
    variable = file.createVariable(name, kind, along)
    variable[:] = values
    if values.dtype == bool:
        variable.dtype = "bool"


def _put_text(file: Any, name: str, along: tuple[str, ...], words: NDArray[Any]) -> None:
    text = words.astype("S")
    width = max(text.dtype.itemsize, 1)
    length = f"text{width}"
    if length not in file.dimensions:
        file.createDimension(length, width)
    variable = file.createVariable(name, "c", (*along, length))
    variable[:] = text.astype(f"S{width}").view("S1").reshape((*words.shape, width))
    variable._Encoding = "utf-8"
