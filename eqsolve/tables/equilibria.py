"""The table of one equilibrium: its quantities, for everyone and for each segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.tables.cells import Value
from eqsolve.tables.record import Column, Table

if TYPE_CHECKING:
    from eqsolve.results import Equilibria, Equilibrium


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
    flat = found.table()
    words = [name for name, column in flat.items() if column.dtype == object]
    columns = tuple(Column(name, "word" if name in words else "number") for name in flat)
    rows = tuple(zip(range(len(found)), *(column.tolist() for column in flat.values()), strict=True))
    title = f"{len(found)} games, regime {found.regime}, selection {found.selection}"
    return [Table("equilibria", title, (Column("game", "count"), *columns), rows)]
