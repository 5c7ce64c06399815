"""The objective over quality under one plan for stage 2, as precise as lines are drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from eqsolve.breaks import TOLERANCES as BREAKS
from eqsolve.breaks import jumps, kinks, slopes
from eqsolve.game.curve import Sampler
from eqsolve.game.market import Market
from eqsolve.game.objective import Owners
from eqsolve.numerics.active import WHOLE, Samples, Tolerances
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.maxima import maximize
from eqsolve.numerics.objectives import Highest, Itself
from eqsolve.numerics.piecewise import Flags, Index, Piecewise
from eqsolve.numerics.quadrature import Array
from eqsolve.results import Equilibrium

PLOTTED = Tolerances(value=BREAKS.precise, noise=1e-6, width=BREAKS.jump)
"""Accuracy of curves that are drawn: far below the width of a line, and enough to tell a kink."""

SWITCH = 0.2
"""Where the best intensity moves by more than this share of its bound, a jump is looked for."""

HALVINGS = 30
"""Bisections that place a change between neighboring qualities to 1e-11."""


class Plan(Protocol):
    """The objective under one plan for stage 2.

    Attributes:
        holes: intervals that hold a jump, (h, 2).
        kinks: qualities at which it has a kink, (k,), as far as they are known.
    """

    @property
    def holes(self) -> Array:
        """See above."""

    @property
    def kinks(self) -> Array:
        """See above."""

    def at(self, quality: Array) -> tuple[Array, Array]:
        """The objective and the intensity at qualities (n,); nan where participation has no equilibrium."""


def plan_of(equilibrium: Equilibrium, market: Market, points: int, *, tune: bool) -> Plan:
    """The objective of an equilibrium's platform (or planner) if it fine-tunes, or if it does not.

    Args:
        equilibrium: the game and its regime.
        market: participation in that game.
        points: evenly spaced qualities at which a choice of intensity is made anew.
        tune: whether it fine-tunes.
    """
    regime, tuning = equilibrium.rules, equilibrium.params.finetuning
    strength = float(regime.strength(market.games.strength[0]))
    zero = np.zeros(1)
    first, beta = zero.astype(np.intp), zero + (strength if tune else 0.0)
    owner = Owners(market.games, first, first, beta, regime.welfare, zero, zero + 1.0, floor=zero - np.inf)
    if not tune or regime.imposed or tuning.choice == "binary":
        return _Given(market, owner)
    return _Chosen(market, owner, np.linspace(0.0, 1.0, points))


class _Given:
    """The objective at a given intensity, on its participation curve."""

    def __init__(self, market: Market, owner: Owners) -> None:
        self.owner, self.pieces = owner, _pieces(market, owner)
        self.cost = float(market.games.cost[0]) if owner.beta[0] > 0 else 0.0
        holes = jumps(self.pieces)
        self.holes = holes[1]
        self.kinks = kinks(self.pieces, self._slope, float(owner.scale[0]), holes)[1]

    def at(self, quality: Array) -> tuple[Array, Array]:
        """See `Plan`."""
        owner = np.zeros(quality.size, dtype=np.intp)
        piece = self.pieces.find(owner, quality)
        value = self.pieces.value(piece, quality)[:, None]
        payoff = self.owner.height(owner, quality[:, None], value)[:, 0] - self.cost
        payoff[~np.isfinite(self.pieces.error[piece]).all(axis=1)] = np.nan
        return payoff, np.full(quality.size, self.owner.beta[0])

    def _slope(self, owner: Index, quality: Array) -> Array:
        change = slopes(self.pieces, self.pieces.find(owner, quality), quality)
        return self.owner.tilt(owner, quality[:, None], change[:, None])[:, 0]


class _Chosen:
    """The objective at the best intensity for each quality, found anew at each."""

    kinks = np.empty(0)

    def __init__(self, market: Market, owner: Owners, quality: Array) -> None:
        self.market, self.owner = market, owner
        self.cost, self.strength = float(market.games.cost[0]), float(owner.beta[0])
        self.known: dict[float, tuple[float, float]] = {}
        beta = self.at(quality)[1]
        step = np.flatnonzero(np.abs(np.diff(beta)) > SWITCH * self.strength)
        high_side = (beta[step] + beta[step + 1]) / 2.0
        rising = beta[step + 1] > beta[step]
        self.holes = np.stack(
            bisect(lambda q: (self.at(q)[1] > high_side) == rising, quality[step], quality[step + 1]), axis=1
        )

    def at(self, quality: Array) -> tuple[Array, Array]:
        """See `Plan`."""
        new = np.array([q for q in quality.tolist() if q not in self.known])
        if new.size:
            for q, *found in zip(new.tolist(), *self._best(new), strict=True):
                self.known[q] = (found[0], found[1])
        payoff, beta = np.array([self.known[q] for q in quality.tolist()]).T
        return payoff - self.cost, beta

    def _best(self, quality: Array) -> tuple[Array, Array]:
        """The highest objective, gross of F, and its intensity at qualities (n,)."""
        every, zero = np.arange(quality.size), np.zeros(quality.size)
        question = Highest(zero - np.inf)
        surface = explore(
            partial(self._payoff, quality), question, every, zero, zero + self.strength, 1,
            2 + self.market.fine.y.size, monotone=np.zeros(quality.size, dtype=bool), tol=PLOTTED,
        )  # fmt: skip
        objective = Itself(every, zero + self.owner.scale[0], zero, zero + self.strength)
        peaks = maximize(objective, surface)
        return peaks.height, peaks.x

    def _payoff(self, quality: Array, owner: Index, beta: Array, guess: Array, doubt: Array) -> Samples:
        """The objective at qualities numbered by `owner` and intensities (K,)."""
        which, every = np.zeros(owner.size, dtype=np.intp), np.arange(owner.size)
        users = Sampler(self.market, which, beta, self.owner.welfare)
        found = users(every, quality[owner], guess, doubt)
        owners = Owners(
            self.market.games, which, every, beta, self.owner.welfare, 0.0 * beta, 0.0 * beta + 1.0,
            floor=0.0 * beta,
        )  # fmt: skip
        height = owners.height(every, quality[owner][:, None], found.value[:, None])
        return Samples(height, found.memo, found.sound)


def _pieces(market: Market, owner: Owners) -> Piecewise:
    """The participation curve at an owner's intensity, on [0, 1] and as precise as `PLOTTED` says."""
    ends = np.unique(np.clip([0.0, float(market.entry[0]), 1.0], 0.0, 1.0))
    sampler = Sampler(market, np.zeros(1, dtype=np.intp), owner.beta, owner.welfare)
    return explore(
        sampler, WHOLE, np.zeros(ends.size - 1, dtype=np.intp), ends[:-1], ends[1:],
        1 + owner.welfare, 2 + market.fine.y.size, monotone=np.zeros(1, dtype=bool), tol=PLOTTED,
    )  # fmt: skip


def bisect(beyond: Callable[[Array], Flags], low: Array, high: Array) -> tuple[Array, Array]:
    """Close intervals (K,) around changes; `beyond` tells at places (K,) whether the change lies below."""
    if low.size:
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            passed = beyond(middle)
            low, high = np.where(passed, low, middle), np.where(passed, middle, high)
    return low, high
