"""Integrals of smooth kernels from masses on one grid to nodes of another, by tables of pairs of nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array, Grid, Transfer, transfer
from eqsolve.numerics.record import record

Index = NDArray[np.intp]


LONE_ROWS = 4.0
"""Tables shared by fewer rows than this are applied row by row in one product..."""

LONE_SIZE = 4096
"""...if they have at most so many numbers: larger ones are better not copied."""


def apply_tables(tables: Array, which: Index, vectors: Array) -> Array:
    """Multiply each row's vector with its table: (T, A, B), (R,), (R, B) to (R, A)."""
    if (which == which[0]).all():
        return np.asarray(vectors @ tables[which[0]].T)
    distinct, counts = np.unique(which, return_counts=True)
    if which.size < LONE_ROWS * distinct.size and tables[0].size <= LONE_SIZE:
        return np.asarray(np.matmul(tables[which], vectors[:, :, None])[..., 0])
    order = np.argsort(which, kind="stable")
    result = np.empty((which.size, tables.shape[1]))
    for table, rows in zip(distinct, np.split(order, np.cumsum(counts)[:-1]), strict=True):
        result[rows] = vectors[rows] @ tables[table].T
    return result


@record
class Pairs:
    """Pairs of nodes at which kernels are tabulated, for integrals between two grids.

    What a coarse grid interpolates to rounding needs no table at the nodes of finer ones: masses are gathered
    from them, and integrals are lifted to them.

    Attributes:
        x, y: the nodes of tables.
        onto_x, onto_y: interpolation from there to the two grids; None where these are the same.
    """

    x: Grid
    y: Grid
    onto_x: Transfer | None
    onto_y: Transfer | None

    @property
    def size(self) -> int:
        """Numbers in a table."""
        return self.x.size * self.y.size

    def over_y(self, tables: Array, which: Index, masses: Array) -> Array:
        """Integrals over y at x: tables of one kernel or more (T, k S, Z), (R,), (R, Y) to (R, k X)."""
        gathered = masses if self.onto_y is None else self.onto_y.gather(masses)
        integrals = apply_tables(tables, which, gathered)
        if self.onto_x is None:
            return integrals
        return self.onto_x.lift(integrals.reshape(-1, self.x.size)).reshape(len(masses), -1)

    def over_x(self, tables: Array, which: Index, masses: Array) -> Array:
        """Integrals over x at y: tables (T, S, Z), (R,), (R, X) to (R, Y)."""
        gathered = masses if self.onto_x is None else self.onto_x.gather(masses)
        integrals = apply_tables(tables.swapaxes(1, 2), which, gathered)
        return integrals if self.onto_y is None else self.onto_y.lift(integrals)


def pairs(x: Grid, y: Grid, coarse: Grid | None = None) -> Pairs:
    """Prepare integrals between two grids, at the nodes of a coarse one where that has fewer."""
    at_x, at_y = (grid if coarse is None or coarse.size >= grid.size else coarse for grid in (x, y))
    onto_x, onto_y = (None if some is grid else transfer(some, grid) for some, grid in ((at_x, x), (at_y, y)))
    return Pairs(at_x, at_y, onto_x, onto_y)
