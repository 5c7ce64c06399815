"""Participation curves: N and CS as functions of quality at given intensities, as checked polynomial pieces.

Participation at (q, beta) does not depend on r, k, n, F or G, so one curve serves all games that share the
rest. A value is followed from the initial model by the flow of stage 3 where nothing is known; next to
equilibria that a smooth piece predicts, it is the equilibrium at the prediction.
"""

from __future__ import annotations

from dataclasses import field, replace
from functools import cached_property

import numpy as np

from eqsolve.game.edges import EdgeFinder
from eqsolve.game.entry import entries
from eqsolve.game.games import Index
from eqsolve.game.market import Market, tiles
from eqsolve.game.participation import (
    PRECISE,
    VANISHING,
    participate,
    polish,
    state_distance,
)
from eqsolve.game.payoffs import participation_values, surplus_by_segment, user_surplus
from eqsolve.game.response import Rows, crowd, make_rows
from eqsolve.numerics.active import TOLERANCES, Part, Question, Samples
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.kinks import place
from eqsolve.numerics.piecewise import Flags, Piecewise, join, straight
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.telling import tell

STRAY = 8.0
"""How much farther from its prediction than predicted an equilibrium may be, and be the predicted one."""

NOISE = 1e-9
"""Distance below which predictions are as good as they can be."""

PLAIN_PIECES = 6
"""Pieces that curves without fine-tuning begin with: a point takes one best response there, less than a round
of refinement (docs/development.md, What a solve costs)."""

KEPT = 2**24
"""Numbers in tables of own feedback that are kept for all points of some curves."""


@record
class Curves:
    """Participation curves.

    Attributes:
        market: number of the participation primitives of each curve, (K,).
        intensity: beta, (K,).
        pieces: N, and CS as a second channel where it counts, over quality; `owner` is the number of a curve.
        row, asked: games and the curves that were built for them, flat, (L,) each: what a curve leaves rough
            does not matter to these, but may to others.
    """

    market: Index
    intensity: Array
    pieces: Piecewise
    row: Index = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    asked: Index = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    def take(self, numbers: Index) -> Curves:
        """Some curves under new numbers, asked for by nobody."""
        number = np.full(self.market.size, -1)
        number[numbers] = np.arange(numbers.size)
        pieces = self.pieces.take(number[self.pieces.owner] >= 0)
        pieces = replace(pieces, owner=number[pieces.owner]).ordered()
        return Curves(self.market[numbers], self.intensity[numbers], pieces)


def participation_curves(
    market: Market, which: Index, beta: Array, low: Array, high: Array, question: Question, *, surplus: bool
) -> Curves:
    """Build curves over [low, high], as closely as a question needs.

    Args:
        market: participation primitives and how they are evaluated.
        which: number of the primitives of each curve, (K,).
        beta: intensity of each curve, (K,).
        low, high: range of quality of each curve, (K,) each.
        question: what the curves are for.
        surplus: whether CS is to be known as well.
    """
    parts = []
    for fitting, some in market.by_intensity(which, beta):
        sampler = Sampler(fitting, which[some], beta[some], surplus)
        plain = beta[some] == 0.0
        owner, start, end = _between_entries(entries(sampler), low[some], high[some])
        equal = np.where(plain[owner] & (start < end), PLAIN_PIECES, 1)
        intervals = _split(owner, start, end, equal)
        pieces = explore(
            sampler, Part(question, some), *intervals, 1 + surplus, 2 + fitting.fine.y.size,
            monotone=plain,
            locate=EdgeFinder(sampler, market.selection).locate,
        )  # fmt: skip
        pieces = _closed(place(sampler, pieces, 2 + fitting.fine.y.size))
        parts.append(replace(pieces, owner=some[pieces.owner]))
    return Curves(which, beta, join(parts))


def _between_entries(breaks: Array, low: Array, high: Array) -> tuple[Index, Array, Array]:
    """Intervals between breaks (K, B, 2) within [low, high] (K,): curves and both ends, flat."""
    curve = np.arange(low.size)
    inside = (breaks[..., 0] > low[:, None]) & (breaks[..., 1] < high[:, None])
    of, which = np.nonzero(inside)
    below, above = breaks[of, which].T
    owner = np.concatenate([curve, of])
    start = np.concatenate([low, above])
    order = np.lexsort((start, owner))
    owner, start = owner[order], start[order]
    end = np.concatenate([below, high])
    return owner, start, end[np.lexsort((end, np.concatenate([of, curve])))]


def _closed(pieces: Piecewise) -> Piecewise:
    """The pieces, with straight lines where they leave gaps at breaks, as where jumps were located."""
    before = np.flatnonzero((pieces.owner[1:] == pieces.owner[:-1]) & (pieces.low[1:] > pieces.high[:-1]))
    low, high = pieces.high[before], pieces.low[before + 1]
    ends = np.stack([pieces.value(before, low), pieces.value(before + 1, high)], axis=1)
    known = np.asarray(np.isfinite(pieces.error[before] + pieces.error[before + 1]).all(axis=1))
    return join([pieces, straight(pieces.owner[before], low, high, ends, known)])


def _split(owner: Index, start: Array, end: Array, parts: Index) -> tuple[Index, Array, Array]:
    """Intervals (P,) in equal parts, as many of each as `parts` says."""
    of = np.repeat(np.arange(owner.size), parts)
    number = np.arange(of.size) - np.repeat(np.cumsum(parts) - parts, parts)
    low, high = (
        start[of] * (1.0 - share) + end[of] * share
        for share in (number / parts[of], (number + 1) / parts[of])
    )
    return owner[of], low, high


@record
class Sampler:
    """Participation on curves, point by point: a `Function` of `eqsolve.numerics.active`.

    Attributes: as the arguments of `participation_curves`.
    """

    market: Market
    which: Index
    beta: Array
    surplus: bool

    def __call__(self, owner: Index, q: Array, guess: Array, doubt: Array) -> Samples:
        """N (and CS) and (N, rho, r) as memo at points (K,)."""
        model = self.market.fine
        tell(
            lambda: (
                f"participation at {q.size} choices, {_between('β', self.beta[owner])}, {_between('q', q)}"
            )
        )
        found = Samples(np.empty((q.size, 1 + self.surplus)), np.empty(guess.shape), np.empty(q.size, bool))
        for part in tiles(model, self.which[owner], self.beta[owner]):
            rows = self.rows(owner[part], q[part])
            found.put(part, self.samples(rows, *self._solve(rows, guess[part], doubt[part])))
        return found

    def rows(self, curve: Index, q: Array) -> Rows:
        """Rows on curves (R,) at qualities (R,)."""
        if self._known is None:
            return make_rows(self.market.fine, self.which[curve], q, self.beta[curve])
        return replace(self._known.take(curve), q=q)

    @cached_property
    def _known(self) -> Rows | None:
        """A row for each curve, with the tables of own feedback, if they are small enough to be kept."""
        model, games = self.market.fine, self.market.games
        powers = np.count_nonzero(games.personalization[self.which]) * games.share.shape[1]
        if powers * 2 * model.pairs.size > KEPT:
            return None
        return make_rows(model, self.which, np.zeros(self.which.size), self.beta)

    def samples(self, rows: Rows, state: Array, sound: Flags) -> Samples:
        """N (and CS) and the memo at states (R, 2 + Y)."""
        value = np.where(state[:, :1] > VANISHING, state[:, :1], 0.0)
        memo = np.concatenate([value, np.where((rows.beta > 0)[:, None], crowd(rows, state), 0.0)], axis=1)
        if self.surplus:
            surplus = user_surplus(rows, surplus_by_segment(rows, participation_values(rows, state)))
            value = np.concatenate([value, surplus[:, None]], axis=1)
        return Samples(value, memo, sound)

    def _solve(self, rows: Rows, guess: Array, doubt: Array) -> tuple[Array, Flags]:
        """States of participation: next to their predictions, or by the flow."""
        state = np.zeros((len(rows), guess.shape[1]))
        sound = np.zeros(len(rows), dtype=bool)
        possible = (guess[:, 0] > 0.0) & (np.abs(guess).max(axis=1) <= 1.0 + TOLERANCES.tail)
        near = np.flatnonzero((rows.beta > 0) & np.isfinite(doubt) & possible)
        if near.size:
            part = rows.take(near)
            mass = guess[near, :1] + rows.model.games.prior[part.game][:, None]
            start = np.concatenate([guess[near, :1], guess[near, 1:] * mass], axis=1)
            found = polish(part, start, self._mirror(part), PRECISE)
            close = state_distance(part, start, found.state) <= STRAY * doubt[near] + NOISE
            good = near[found.converged & close]
            state[good], sound[good] = found.state[found.converged & close], True
        rest = np.flatnonzero(~sound)
        if rest.size:
            solved = participate(rows.take(rest), self.market.selection)
            state[rest], sound[rest] = solved.state, solved.solved
        return state, sound

    def _mirror(self, rows: Rows) -> Flags:
        """Rows whose selected equilibrium is symmetric since adjustment starts symmetric."""
        return np.asarray(rows.model.mirror[rows.game] & self.market.selection.symmetric)


def _between(name: str, values: Array) -> str:
    low, high = values.min(), values.max()
    return f"{name} = {low:.4g}" if low == high else f"{name} = {low:.4g} to {high:.4g}"
