"""Own feedback: integrals over outputs y of exp(c s(x, y)) and s exp(c s), with c = beta zeta w_j."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.game.discretization import Discretization
from eqsolve.game.games import Index
from eqsolve.numerics.product import apply_tables
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.separable import Separable


@dataclass(frozen=True)
class OwnTables:
    """Both integrals as tables, one of each for every distinct power c.

    Attributes:
        tables: exp(c s) and s exp(c s) at all nodes, stacked on the taste axis and scaled so that the
            largest exponent is zero, (T, 2 S, Y).
        unfolded: exp(c s), scaled alike, at the nodes of y and then at their mirror images, (T, S, 2 Y); for
            half grids where users pick from several outputs.
    """

    tables: Array
    unfolded: Array | None = None

    def integrals(self, which: Index, masses: Array) -> Array:
        """Both integrals at the nodes of tastes, one after the other: (R,), (R, Y) to (R, 2 S)."""
        return apply_tables(self.tables, which, masses)

    def adjoint(self, which: Index, weights: Array) -> Array:
        """Transpose of the first integral: (R,), (R, S) to (R, Y)."""
        first = self.tables[:, : self.tables.shape[1] // 2]
        return apply_tables(first.swapaxes(1, 2), which, weights)


OwnFeedback = OwnTables | Separable


def own_feedback(model: Discretization, kernel: Index, power: Array) -> OwnFeedback:
    """Prepare both integrals for distinct pairs of a kernel and a power c, (T,) each."""
    if model.games.kernel.operators:
        return model.games.kernel.operators(power, model.y)
    tables = _tables(model.match[0][kernel], power)
    if len(model.match) == 1:
        return OwnTables(tables)
    mirrored, unfolded = _tables(model.match[1][kernel], power), None
    if model.picking is not None:
        size = model.shape.size
        unfolded = np.concatenate([tables[:, :size], mirrored[:, :size, ::-1]], axis=2)
    tables += mirrored
    tables /= 2.0
    return OwnTables(tables, unfolded)


def _tables(match: Array, power: Array) -> Array:
    """exp(c s) and s exp(c s), stacked, from s (T, S, Y) and c (T,)."""
    size = match.shape[1]
    tables = np.empty((power.size, 2 * size, match.shape[2]))
    tilted = tables[:, :size]
    np.multiply(match, power[:, None, None], out=tilted)
    tilted -= np.maximum(power, 0.0)[:, None, None]
    np.exp(tilted, out=tilted)
    np.multiply(match, tilted, out=tables[:, size:])
    return tables


def own_integrals(own: OwnFeedback, which: Index, masses: Array) -> Array:
    """Both integrals for every segment, (R, J, 2 S): numbers of the powers (R, J), masses (R, Y)."""
    if isinstance(own, OwnTables) and (which == which[0]).all():
        tables = own.tables[which[0]]
        return np.asarray(masses @ tables.reshape(-1, tables.shape[2]).T).reshape(*which.shape, -1)
    return np.stack([own.integrals(segment, masses) for segment in which.T], axis=1)
