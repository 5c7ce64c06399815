"""The table of one equilibrium: its quantities, for everyone and for each segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.tables.cells import Value
from eqsolve.tables.record import Column, Table

if TYPE_CHECKING:
    from eqsolve.results import Equilibria, Equilibrium
    from eqsolve.sweeps.result import Sweep


def equilibrium_tables(found: Equilibrium) -> list[Table]:
    """Quantities by row; the segments' have a column for each segment."""
    from eqsolve.results import BY_SEGMENT, QUANTITIES

    columns = (
        Column("quantity", "name", ""),
        Column("value"),
        *(Column(segment.name) for segment in found.segments),
    )
    rows: list[tuple[Value, ...]] = []
    for name in (*QUANTITIES, "direction"):
        own = [getattr(each, name) if name in BY_SEGMENT else "" for each in found.segments]
        rows.append((name, getattr(found, name), *own))
    status = found.certificate.status
    rows.append(("status", str(status)))
    fixed = f", {found.fix} fixed" if found.fix else ""
    title = f"{found.regime} ({found.selection}{fixed}): {status}"
    return [Table("equilibrium", title, columns, tuple(rows))]


def equilibria_tables(found: Equilibria) -> list[Table]:
    """A row for every game."""
    title = f"{len(found):,} games, regime {found.regime}, selection {found.selection}"
    return [_flat("equilibria", title, {"game": np.arange(len(found)), **found.table()})]


def sweep_tables(found: Sweep) -> list[Table]:
    """A row for every point and regime."""
    return [_flat("sweep", f"{len(found):,} rows: {found.summary.counts.note}", found.table)]


def _flat(name: str, title: str, columns: Mapping[str, NDArray[Any]]) -> Table:
    styles = {"O": "word", "i": "count", "b": "count"}
    heads = tuple(Column(key, styles.get(column.dtype.kind, "number")) for key, column in columns.items())
    rows = zip(*(map(_plain, column.tolist()) for column in columns.values()), strict=True)
    return Table(name, title, heads, tuple(rows))


def _plain(value: Value) -> Value:
    return str(value) if isinstance(value, str) else value
