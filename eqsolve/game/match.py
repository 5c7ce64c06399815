"""Expected match of the best of K outputs, and how it changes with the model (docs/model.md, Draws).

For one output it is a mean: the integral of s f over that of f. The best of K outputs is farther than u from
a taste x with chance (1 - A(u))^K, where A(u) is the chance that one output is within u of x, and

    m(x) = s(x, x) + ∫ s_u(u) (1 - A(u))^K du.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.game.discretization import Discretization
from eqsolve.game.games import Index
from eqsolve.game.own import OwnFeedback, OwnTables, own_integrals
from eqsolve.game.picking import Picking, over_distances
from eqsolve.numerics.distances import Running, power
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.separable import Separable

CHUNK, LEAST = 2**18, 48
"""Numbers in a work array of distances, few enough for the cache, unless that would be fewer pairs of a row
and a segment: tables are read once for all of them."""


@record
class Shown:
    """Models f_jx of some rows, tilted and not normalized.

    Attributes (R rows, J segments or 1 where they share a model):
        model: the tables.
        game: number of each row's game, (R,).
        own, own_of: own feedback and the number of its power for each row and segment, (R, J).
        power: c = beta zeta w_j, (R, J).
        tilt: masses of f_0 exp(beta (1 - zeta) r) at the output nodes, (R, Y).
        factor: what they are of the masses of f_0, (R, Y).
    """

    model: Discretization
    game: Index
    own: OwnFeedback | None
    own_of: Index
    power: Array
    tilt: Array
    factor: Array

    def mean(self) -> tuple[Array, Array]:
        """Integrals of s f_jx and of f_jx over outputs, (R, J or 1, S) each."""
        model = self.model
        if self.own is None:
            match = model.to_taste(model.kernel_of[self.game], self.tilt)
            return match[:, None, :], self.tilt.sum(axis=1)[:, None, None]
        both = own_integrals(self.own, self.own_of, self.tilt)
        return both[:, :, model.shape.size :], both[:, :, : model.shape.size]


@record
class Match:
    """Expected match m_j(x) at the taste nodes, (R, J or 1, X), and what its change needs.

    Attributes:
        expected: m_j(x).
        one: for K = 1, the integrals of s f_jx and of f_jx, (R, J or 1, S) each.
        marginal: for K > 1 where it was asked for, by chunks of pairs of a row and a segment, or by segments
            of a single row: what mass beyond u costs, times the integral's weights, (S, U, P), and what mass
            anywhere gains, (S, P).
    """

    expected: Array
    one: tuple[Array, Array] | None = None
    marginal: Sequence[tuple[Array, Array]] = ()

    def change(self, shown: Shown) -> Array:
        """Derivative of m_j(x), (R, J or 1, X), in the direction of a change of the tilt, held by `shown`.

        The match of a single row serves any number of changes.
        """
        if self.one is not None:
            match, total = shown.mean()
            mean, mass = self.one
            return shown.model.lift((match - mean / mass * total) / mass)
        picking = shown.model.picking
        assert picking is not None
        pairs = _Pairs(shown, picking)
        moved = np.empty((pairs.row.size, picking.at.size))
        repeated = len(self.expected) == 1
        for number, some in enumerate(pairs.chunks(by_segment=repeated)):
            outside, total = pairs.outside(some)
            price, whole = self.marginal[pairs.segment[some.start] if repeated else number]
            moved[some] = (whole * total - over_distances(price, outside)).T
        return picking.lift(pairs.unfolded(moved))


def expected_match(shown: Shown, *, marginal: bool = False) -> Match:
    """Expected match of the best of K outputs.

    Args:
        shown: the models.
        marginal: whether its change will be asked for.
    """
    picking = shown.model.picking
    if picking is None:
        match, mass = shown.mean()
        return Match(shown.model.lift(match / mass), one=(match, mass))
    pairs, prices = _Pairs(shown, picking), []
    expected = np.empty((pairs.row.size, picking.at.size))
    for some in pairs.chunks(by_segment=marginal and len(shown.game) == 1):
        outside, total = pairs.outside(some, share=True)
        fall, top = picking.tables.fall(shown.model.kernel_of[shown.game[pairs.row[some]]])
        if marginal:
            price = power(outside, picking.draws - 1)
            price *= fall
            lost = over_distances(price, outside)
            price *= (picking.draws / total)[:, None]
            prices.append((price, picking.draws * lost / total))
        else:
            lost = over_distances(fall, power(outside, picking.draws, overwrite=True))
        expected[some] = (top - lost).T
    return Match(picking.lift(pairs.unfolded(expected)), marginal=prices)


class _Pairs:
    """Rows and segments that differ in their models, one segment after the other: P pairs.

    Attributes:
        row, segment: of each pair, (P,).
        most: pairs that are worked on together.
    """

    def __init__(self, shown: Shown, picking: Picking) -> None:
        """Lay out the pairs of models `shown`."""
        rows, segments = len(shown.game), 1 if shown.own is None else shown.own_of.shape[1]
        self._shown, self._picking = shown, picking
        self._masses = picking.arranged(shown.tilt, shown.factor)
        self.segment, self.row = (each.ravel() for each in np.indices((segments, rows)))
        points = picking.tables.distances.u.shape[1]
        if isinstance(shown.own, OwnTables):
            points = max(points, picking.tables.match.shape[2])
        self.most = max(LEAST, CHUNK // (picking.at.size * points))

    def chunks(self, *, by_segment: bool = False) -> list[slice]:
        """Pairs that are worked on together, of one segment each if that is asked for."""
        whole = len(self._shown.game) if by_segment else self.row.size
        count = -(-whole // -(-whole // self.most))
        return [
            slice(start, min(start + count, first + whole))
            for first in range(0, self.row.size, whole)
            for start in range(first, first + whole, count)
        ]

    def unfolded(self, values: Array) -> Array:
        """Values of pairs (P, S) by row and segment, (R, J or 1, S)."""
        return values.reshape(-1, len(self._shown.game), values.shape[1]).swapaxes(0, 1)

    def outside(self, some: slice, *, share: bool = False) -> tuple[Array, Array]:
        """Mass of f_jx farther than u from x, (S, U, P), or its share, and all of it, (S, P)."""
        shown, picking, row, segment = self._shown, self._picking, self.row[some], self.segment[some]
        tilt = self._masses[row]
        if isinstance(shown.own, Separable):
            return _outside_separable(picking, tilt, shown.power[row, segment], share)
        masses = tilt[None]
        if shown.own is not None:
            masses = shown.own.tilts.take(shown.own_of[row, segment], axis=1)
            masses *= tilt
        outside, total = picking.tables.distances.outside(masses)
        if share:
            outside *= (1.0 / total)[:, None]
        return outside, np.broadcast_to(total, (picking.at.size, len(tilt)))


def _outside_separable(picking: Picking, tilt: Array, c: Array, share: bool) -> tuple[Array, Array]:
    """The same where s = 1 - |x - y|, up to a factor of each row: exp(c s) is a product on either side of x.

    The powers c (R,) are largest at y = x, or at distance 1 where they are negative.
    """
    where = picking.tables.distances
    assert isinstance(where, Running)
    inner = np.exp(c[:, None] * (where.y.x - 0.5))
    outer = c * (picking.at.x[:, None] - 0.5)
    scales = np.exp(np.minimum(c, 0.0) + np.stack([-outer, outer]))
    (left, near), (right, rest) = where.beyond(tilt * inner, 0), where.beyond(tilt / inner, 1)
    total = near * scales[0] + rest * scales[1]
    if share:
        scales /= total
    left *= scales[0][:, None]
    right *= scales[1][:, None]
    left += right
    return left, total
