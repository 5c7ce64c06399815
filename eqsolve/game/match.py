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

CHUNK, LEAST = 2**17, 8
"""Numbers in a work array of distances, few enough for the cache, unless that would be fewer rows."""


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

    def take(self, rows: slice) -> Shown:
        """Return some of the rows."""
        return Shown(
            self.model, self.game[rows], self.own, self.own_of[rows], self.power[rows], self.tilt[rows],
            self.factor[rows],
        )  # fmt: skip

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
        marginal: for K > 1 where it was asked for, by chunks of rows and segments: what mass beyond u costs,
            times the integral's weights, (S, U, R), and what mass anywhere gains, (S, R).
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
        moved = np.empty(_size(shown, picking))
        chunks = _chunks(shown, picking)
        marginal = list(self.marginal) * (len(chunks) // len(self.marginal))
        for (rows, j), (price, whole) in zip(chunks, marginal, strict=True):
            outside, total = _outside(shown.take(rows), picking, j)
            moved[rows, j] = (whole * total - over_distances(price, outside)).T
        return picking.lift(moved)


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
    expected, prices = np.empty(_size(shown, picking)), []
    for rows, j in _chunks(shown, picking):
        outside, total = _outside(shown.take(rows), picking, j, share=True)
        fall, top = picking.tables.fall(shown.model.kernel_of[shown.game[rows]])
        if marginal:
            price = power(outside, picking.draws - 1)
            price *= fall
            lost = over_distances(price, outside)
            price *= (picking.draws / total)[:, None]
            prices.append((price, picking.draws * lost / total))
        else:
            lost = over_distances(fall, power(outside, picking.draws, overwrite=True))
        expected[rows, j] = (top - lost).T
    return Match(picking.lift(expected), marginal=prices)


def _size(shown: Shown, picking: Picking) -> tuple[int, int, int]:
    """Rows, segments that differ in their models, nodes of x."""
    return len(shown.game), 1 if shown.own is None else shown.own_of.shape[1], picking.at.size


def _chunks(shown: Shown, picking: Picking) -> list[tuple[slice, int]]:
    """Rows and segments that are worked on together."""
    points = picking.tables.distances.u.shape[1]
    if isinstance(shown.own, OwnTables):
        points = max(points, picking.tables.match.shape[2])
    most = max(LEAST, CHUNK // (picking.at.size * points))
    count = -(-len(shown.game) // -(-len(shown.game) // most))
    segments = 1 if shown.own is None else shown.own_of.shape[1]
    starts = range(0, len(shown.game), count)
    return [(slice(start, start + count), j) for start in starts for j in range(segments)]


def _outside(shown: Shown, picking: Picking, j: int, *, share: bool = False) -> tuple[Array, Array]:
    """Mass of f_jx farther than u from x, (S, U, R), and all of it, (S, R); the former as a share of it."""
    tilt = picking.arranged(shown.tilt, shown.factor)
    if isinstance(shown.own, Separable):
        return _outside_separable(picking, tilt, shown.power[:, j], share)
    masses = tilt[None]
    if shown.own is not None:
        masses = shown.own.tilts.take(shown.own_of[:, j], axis=1)
        masses *= tilt
    outside, total = picking.tables.distances.outside(masses)
    if share:
        outside = outside * (1.0 / total)[:, None]
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
