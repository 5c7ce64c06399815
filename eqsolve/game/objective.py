"""What the owner of stages 1 and 2 maximizes over a participation curve, gross of the fixed cost F."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.payoffs import marginal_training_cost, payoff_scale, revenue, training_cost
from eqsolve.numerics.piecewise import Flags
from eqsolve.numerics.quadrature import Array

BEATEN, ROUGH = 1e-3, 1e-6
"""An owner whose best is below the floor by more than the first share of the scale needs to know it only to
the second: enough for the gap of a runner-up."""

PAIRS = 2**13
"""Pairs of a piece and an owner that are judged together: what matters to some is not asked about again."""

SHARED = 32
"""Owners of one curve from which on what depends on its places alone is worked out once for all of them."""


@dataclass
class Owners:
    """Owners of the platform, each with a curve: the objectives of `eqsolve.numerics.maxima`.

    They are also the question for which curves are built (`eqsolve.numerics.adaptive`): a piece matters as
    long as some owner may do better there than anywhere seen so far.

    Attributes (C owners):
        games: the games.
        row: each owner's game, (C,).
        curve: each owner's curve, (C,).
        beta: intensity of each owner, (C,).
        welfare: whether CS, the second channel, counts.
        low, high: each owner's range of quality, (C,) each.
        floor: an objective that each owner can have elsewhere, (C,): what stays well below it need only be
            known roughly.
        best: the highest objective seen, (C,).
    """

    games: Games
    row: Index
    curve: Index
    beta: Array
    welfare: bool
    low: Array
    high: Array
    floor: Array
    best: Array = field(init=False)

    def __post_init__(self) -> None:
        self.best = np.full(self.row.size, -np.inf)
        self.scale = payoff_scale(self.games)[self.row]
        self.flat = self.games.intensity_cost[self.row] * np.square(self.beta) / 2.0
        self._order = np.argsort(self.curve, kind="stable")
        self._starts = np.searchsorted(self.curve[self._order], np.arange(self.curve.max() + 2))

    def ranges(self) -> tuple[Array, Array]:
        """The range of quality that each curve must cover, (K,) each."""
        low, high = np.full(self._starts.size - 1, np.inf), np.full(self._starts.size - 1, -np.inf)
        np.minimum.at(low, self.curve, self.low)
        np.maximum.at(high, self.curve, self.high)
        return low, high

    def height(self, which: Index, x: Array, value: Array) -> Array:
        """Objectives (...) at qualities (..., S) with N (and CS) as given, (..., S, channels), broadcast."""
        game = self.row[which][..., None]
        payoff = revenue(self.games, game, value[..., 0]) - training_cost(self.games, game, x)
        payoff -= self.flat[which][..., None]
        return np.asarray(payoff + value[..., 1] if self.welfare else payoff)

    def tilt(self, which: Index, x: Array, slope: Array) -> Array:
        """Their derivatives in quality; arguments as of `height`."""
        game = self.row[which][..., None]
        change = revenue(self.games, game, slope[..., 0]) - marginal_training_cost(self.games, game, x)
        return np.asarray(change + slope[..., 1] if self.welfare else change)

    def see(self, owner: Index, x: Array, value: Array) -> None:
        """Learn values on curves `owner` (K,)."""
        for point, which in self._pairs(owner):
            inside = (x[point] >= self.low[which]) & (x[point] <= self.high[which])
            height = self.height(which, x[point][..., None], value[point][..., None, :])[..., 0]
            height = np.where(inside, height, -np.inf)
            np.maximum.at(self.best, np.broadcast_to(which, height.shape).ravel(), height.ravel())

    def open(self, owner: Index, x: Array, value: Array) -> Flags:
        """Whether some owner may do better on curves (P,) at qualities (P, S), (P, S)."""
        result, most = np.zeros(x.shape, dtype=bool), value.max(axis=1, keepdims=True)
        beaten = self.best < self.floor - BEATEN * self.scale
        bars = self.best + np.where(beaten, ROUGH * self.scale, 0.0)
        for piece, which in self._pairs(owner):
            cheapest = np.maximum(x[piece, 0], self.low[which])
            possible = self.height(which, cheapest[..., None], most[piece])[..., 0] >= bars[which]
            possible &= (x[piece, -1] >= self.low[which]) & (x[piece, 0] <= self.high[which])
            possible &= ~np.asarray(result.all(axis=1))[piece]
            piece, which = (np.broadcast_to(each, possible.shape)[possible] for each in (piece, which))
            low, high = self.low[which][:, None], self.high[which][:, None]
            at, beside = x[piece], value[piece]
            below, above = at < low, at > high
            if below.any() or above.any():
                # What ends between two points is as high as either of them at the end.
                beside = beside.copy()
                ends = below[:, :-1] & ~below[:, 1:], above[:, 1:] & ~above[:, :-1]
                beside[:, :-1][ends[0]] = np.maximum(beside[:, :-1], beside[:, 1:])[ends[0]]
                beside[:, 1:][ends[1]] = np.maximum(beside[:, :-1], beside[:, 1:])[ends[1]]
                below[:, :-1] &= ~ends[0]
                above[:, 1:] &= ~ends[1]
                at = np.clip(at, low, high)
            better = self.height(which, at, beside) >= bars[which][:, None]
            pair, place = np.nonzero(better & ~below & ~above)
            result[piece[pair], place] = True
        return result

    def _pairs(self, curve: Index) -> Iterator[tuple[Index, Index]]:
        """Every owner of every entry's curve: numbers of entries and of owners, which broadcast, in chunks.

        Entries of a curve that many own come with all of its owners, (1, K) and (C, 1).
        """
        count = self._starts[curve + 1] - self._starts[curve]
        for shared in np.flatnonzero(np.bincount(curve[count >= SHARED])):
            entry = np.flatnonzero(curve == shared)
            which = self._order[self._starts[shared] : self._starts[shared + 1]]
            size = max(1, PAIRS // entry.size)
            yield from ((entry[None], which[i : i + size, None]) for i in range(0, which.size, size))
        few = np.flatnonzero(count < SHARED)
        entry = np.repeat(few, count[few])
        first = np.cumsum(count[few]) - count[few]
        number = np.arange(entry.size) - np.repeat(first, count[few])
        which = self._order[self._starts[curve[entry]] + number]
        yield from ((entry[i : i + PAIRS], which[i : i + PAIRS]) for i in range(0, entry.size, PAIRS))
