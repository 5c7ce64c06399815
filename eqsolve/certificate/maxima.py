"""How high the objective goes on claimed pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from eqsolve.certificate.claim import Claim
from eqsolve.certificate.objective import Objective
from eqsolve.certificate.polynomials import basis, coordinate, known, place, polynomial
from eqsolve.game.games import Index
from eqsolve.numerics.piecewise import Piecewise
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

PER_DEGREE = 4
"""Samples per degree of a polynomial: between two of them it has at most one extremum that matters."""

ZOOMS, ZOOM_POINTS = 3, 9
"""Each zoom narrows an extremum fourfold; a parabola then gives its value to rounding."""

NUMBERS = 2**19
"""Numbers in a table that is worked on at once."""


@record
class Samples:
    """Values of all pieces at the same coordinates.

    Attributes:
        u: coordinates, (S,).
        x: places, (P, S).
        value: N and CS, (P, S, 2).
        top: largest N and CS that a piece can have, error included, (P, 2).
    """

    u: Array
    x: Array
    value: Array
    top: Array


def tabulate(pieces: Piecewise, ceiling: Array) -> Samples:
    """Tabulate pieces densely enough to see their maxima; N and CS cannot exceed `ceiling` (P, 2)."""
    size = pieces.coefficients.shape[1]
    u = np.linspace(-1.0, 1.0, PER_DEGREE * max(size, 8) + 1)
    sound = known(pieces)
    coefficients = np.where(sound[:, None, None], pieces.coefficients, 0.0)
    value = np.matmul(basis(u, size), coefficients)
    x = place(pieces, np.arange(len(pieces))[:, None], u[None, :])
    between = np.abs(np.diff(value, axis=1)).max(axis=1) / 2.0
    top = value.max(axis=1) + between + np.where(sound[:, None], pieces.error, np.inf)
    return Samples(u, x, value, np.minimum(top, ceiling[:, : top.shape[1]]))


@record
class Heights:
    """The best that pieces offer, one row per pair of a row and a piece that may compete, (L,).

    Attributes:
        row, piece: the pair.
        q: where.
        payoff: the polynomial's payoff there; -inf where the piece claims nothing.
        most: what it could be by the error of the piece; pieces too narrow for two grids to agree on their
            place count as what they say.
    """

    row: Index
    piece: Index
    q: Array
    payoff: Array
    most: Array


def highest(
    claim: Claim,
    objective: Objective,
    pairs: tuple[Index, Index],
    ceiling: Array,
    target: Array,
    narrow: float,
) -> Heights:
    """The maximum of every piece that may pay more than `target`.

    Args:
        claim: whose pieces.
        objective: of its rows.
        pairs: rows and pieces, flat.
        ceiling: largest N and CS of each market, (M, 2).
        target: payoffs of rows, (R,).
        narrow: width up to which a piece is too narrow to be checked.
    """
    pieces, curves = claim.curves.pieces, claim.curves
    samples = tabulate(pieces, ceiling[curves.market[pieces.owner]])
    row, piece = pairs
    beta = curves.intensity[pieces.owner[piece]]
    low = np.maximum(pieces.low[piece], claim.low[row])
    high = np.minimum(pieces.high[piece], claim.high[row])
    best = objective.at(row, low, beta, samples.top[piece])
    open_ = np.flatnonzero((low <= high) & (best > target[row]))
    row, piece = row[open_], piece[open_]
    beta, low, high, best = beta[open_], low[open_], high[open_], best[open_]
    q, payoff = low.copy(), np.full(row.size, -np.inf)
    sound = np.flatnonzero(known(pieces)[piece])
    for part in _parts(sound, samples.u.size * 4):
        part_of = _Part(objective, pieces, row[part], piece[part], beta[part], low[part], high[part])
        q[part], payoff[part] = part_of.maximum(samples, target)
    most = best.copy()
    possible = payoff[sound] + objective.error(row[sound], pieces.error[piece[sound]])
    most[sound] = np.minimum(possible, best[sound])
    most = np.where(pieces.high[piece] - pieces.low[piece] <= narrow, payoff, most)
    return Heights(row, piece, q, payoff, most)


def _parts(rows: Index, width: int) -> Iterator[Index]:
    size = max(1, NUMBERS // width)
    return (rows[start : start + size] for start in range(0, rows.size, size))


@record
class _Part:
    """Pairs of a row and a piece, restricted to [low, high], (K,) each."""

    objective: Objective
    pieces: Piecewise
    row: Index
    piece: Index
    beta: Array
    low: Array
    high: Array

    def payoff(self, u: Array) -> tuple[Array, Array]:
        """Places and payoffs at coordinates (K, Z)."""
        q = place(self.pieces, self.piece[:, None], u)
        users = polynomial(self.pieces, self.piece, u)
        return q, self.objective.at(self.row[:, None], q, self.beta[:, None], users)

    def take(self, rows: Index) -> _Part:
        """Some of the pairs."""
        return replace(
            self,
            row=self.row[rows],
            piece=self.piece[rows],
            beta=self.beta[rows],
            low=self.low[rows],
            high=self.high[rows],
        )

    def maximum(self, samples: Samples, target: Array) -> tuple[Array, Array]:
        """Where the payoff is highest, and how high, (K,) each."""
        x, users = samples.x[self.piece], samples.value[self.piece]
        table = self.objective.at(self.row[:, None], x, self.beta[:, None], users)
        inside = (x >= self.low[:, None]) & (x <= self.high[:, None])
        table = np.where(inside, table, -np.inf)
        best = table.argmax(axis=1)
        every = np.arange(best.size)
        q, payoff = x[every, best], table[every, best]
        ends = np.stack([coordinate(self.pieces, self.piece, a) for a in (self.low, self.high)], axis=1)
        end_q, end_payoff = self.payoff(ends)
        for side in (0, 1):
            better = end_payoff[:, side] > payoff
            q, payoff = np.where(better, end_q[:, side], q), np.where(better, end_payoff[:, side], payoff)
        owner, at = _candidates(table, np.maximum(payoff, target[self.row]))
        if owner.size:
            part = self.take(owner)
            left, right = samples.u[np.maximum(at - 1, 0)], samples.u[np.minimum(at + 1, samples.u.size - 1)]
            found_q, found = part.zoom(np.maximum(left, ends[owner, 0]), np.minimum(right, ends[owner, 1]))
            order = np.argsort(found)
            better = order[found[order] > payoff[owner[order]]]
            q[owner[better]], payoff[owner[better]] = found_q[better], found[better]
        return q, payoff

    def zoom(self, left: Array, right: Array) -> tuple[Array, Array]:
        """The maximum between coordinates (K,) that enclose one."""
        every, grid = np.arange(left.size), np.linspace(0.0, 1.0, ZOOM_POINTS)
        for _ in range(ZOOMS):
            u = left[:, None] + (right - left)[:, None] * grid
            q, payoff = self.payoff(u)
            best = payoff.argmax(axis=1)
            left = u[every, np.maximum(best - 1, 0)]
            right = u[every, np.minimum(best + 1, ZOOM_POINTS - 1)]
        middle = np.clip(best, 1, ZOOM_POINTS - 2)
        before, peak, after = (payoff[every, middle + k] for k in (-1, 0, 1))
        bend, tilt = before - 2.0 * peak + after, (after - before) / 2.0
        turns = (bend < 0) & (np.abs(tilt) <= -bend)
        gain = np.where(turns, -np.square(tilt) / (2.0 * np.where(turns, bend, -1.0)), 0.0)
        return q[every, best], np.maximum(payoff[every, best], np.where(turns, peak + gain, -np.inf))


def _candidates(table: Array, floor: Array) -> tuple[Index, Index]:
    """Samples that are local maxima and near which more than `floor` (K,) is possible.

    At an end of its piece a maximum is the end itself where the table falls from there by more than it bends.
    """
    before = np.concatenate([table[:, :1], table[:, :-1]], axis=1)
    after = np.concatenate([table[:, 1:], table[:, -1:]], axis=1)
    lowest = np.minimum(before, after)
    lowest = np.where(np.isfinite(lowest), lowest, np.maximum(before, after))
    inside = np.isfinite(table)
    rise = np.full(table.shape, np.inf)
    np.subtract(table, lowest, out=rise, where=inside & np.isfinite(lowest))
    possible = np.add(table, rise, out=np.full(table.shape, -np.inf), where=inside)
    peaks = inside & (table >= before) & (table >= after) & (possible >= floor[:, None])
    for end, second, third in ((0, 1, 2), (-1, -2, -3)):
        whole = inside[:, end] & inside[:, second] & inside[:, third]
        first, then, last = (np.where(whole, table[:, k], 0.0) for k in (end, second, third))
        peaks[:, end] &= ~(first - then > np.abs(first - 2.0 * then + last))
    owner, at = np.nonzero(peaks)
    return owner, at
