"""Own feedback: integrals over outputs y of exp(c s(x, y)) and s exp(c s), with c = beta zeta w_j."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from eqsolve.game.discretization import Discretization
from eqsolve.game.games import Index
from eqsolve.game.picking import Picking
from eqsolve.numerics.pairs import LONE_SIZE, Pairs
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.separable import Separable


@record
class OwnTables:
    """Both integrals as tables, one of each for every distinct power c, made when they are asked for.

    Attributes:
        pairs: the nodes of tables.
        match: s(x, y) there for each power, and on half grids at 1 - y, (T, S, Z) each.
        power: the powers, (T,).
        kernel: numbers of their kernels, (T,).
        picking: how the best of several outputs is found; None where users see one.
    """

    pairs: Pairs
    match: tuple[Array, ...]
    power: Array
    kernel: Index
    picking: Picking | None

    @cached_property
    def tables(self) -> Array:
        """exp(c s) and s exp(c s), stacked on the taste axis and scaled, (T, 2 S, Z)."""
        plain, *mirrored = (_tables(match, self.power) for match in self.match)
        for other in mirrored:
            plain += other
            plain /= 2.0
        return plain

    @cached_property
    def tilts(self) -> Array:
        """exp(c s) for users who pick from several outputs, scaled alike, (S, T, Z); see `Tables`."""
        assert self.picking is not None
        return _tilts(self.picking.tables.match[:, self.kernel], self.power[:, None])

    def integrals(self, which: Index, masses: Array) -> Array:
        """Both integrals at the nodes of `shape`, one after the other: (R,), (R, Y) to (R, 2 X)."""
        return self.pairs.over_y(self.tables, which, masses)

    def adjoint(self, which: Index, weights: Array) -> Array:
        """Transpose of the first integral: (R,), (R, X) to (R, Y)."""
        return self.pairs.over_x(self.tables[:, : self.pairs.x.size], which, weights)


OwnFeedback = OwnTables | Separable


def own_feedback(model: Discretization, kernel: Index, power: Array) -> OwnFeedback:
    """Prepare both integrals for distinct pairs of a kernel and a power c, (T,) each."""
    if model.games.kernel.operators:
        return model.games.kernel.operators(power, model.y)
    return OwnTables(model.pairs, tuple(match[kernel] for match in model.match), power, kernel, model.picking)


def _tables(match: Array, power: Array) -> Array:
    """exp(c s) and s exp(c s), stacked, from s (T, S, Y) and c (T,)."""
    tilts = _tilts(match, power[:, None, None])
    return np.concatenate([tilts, match * tilts], axis=1)


def _tilts(match: Array, power: Array) -> Array:
    """exp(c s), scaled so that the largest exponent is zero, from powers as an array that broadcasts."""
    tilts = match * power
    tilts -= np.maximum(power, 0.0)
    return np.asarray(np.exp(tilts, out=tilts))


def own_integrals(own: OwnFeedback, which: Index, masses: Array) -> Array:
    """Both integrals for every segment, (R, J, 2 X): numbers of the powers (R, J), masses (R, Y)."""
    alike = (which == which[0]).all()
    if alike and isinstance(own, OwnTables) and own.tables[0].size <= LONE_SIZE:
        tables = own.tables[which[0]].reshape(1, -1, own.pairs.y.size)
        return own.pairs.over_y(tables, np.zeros_like(which[:, 0]), masses).reshape(*which.shape, -1)
    return np.stack([own.integrals(segment, masses) for segment in which.T], axis=1)
