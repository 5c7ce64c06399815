"""Where a batch of games is evaluated: discretizations, and what holds before any curve is known."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from eqsolve.game.discretization import Discretization, discretize, symmetric
from eqsolve.game.games import Games, Index
from eqsolve.game.grids import fitting, needs_of, weaker
from eqsolve.numerics.pieces import highest
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.selections import Selection

ORDER = 16
"""Order of the solver's rules."""

TILE = 2**18
"""Numbers in a work array (rows times nodes): many enough to amortize calls, few enough for the cache."""


@record
class Market:
    """Participation in one batch of games.

    Attributes:
        whole: discretization on [0, 1], for outcomes of any kind.
        fine: the same for payoffs, on half grids where all games are symmetric and stay so, and smooth.
        selection: rule that chooses among participation equilibria.
    """

    whole: Discretization
    fine: Discretization
    selection: Selection

    @property
    def games(self) -> Games:
        """The batch."""
        return self.fine.games

    @cached_property
    def entry(self) -> Array:
        """Quality at which the first users take part in the initial model, (G,)."""
        model, games = self.fine, self.games
        cheapest = games.law.lowest(games.scale, games.cost_shape)
        best_match = highest(model.initial_match, model.x)[model.initial_of]
        return np.asarray(cheapest + games.misfit * (1.0 - best_match))

    def by_intensity(self, which: Index, beta: Array) -> list[tuple[Market, Index]]:
        """Markets with the grids that curves (K,) need at their intensities, and numbers of the curves."""
        return fitting(self, self._weaker, self.games.strength[which], beta)

    @cached_property
    def _weaker(self) -> list[tuple[float, Market]]:
        """The same games on grids for less fine-tuning, and up to which share of the bound they serve."""
        half, result = self.fine.y.half, []
        for share, games in weaker(self.games):
            fine = discretize(games, *needs_of(games).grids(ORDER, 0, half))
            result.append((share, Market(fine, fine, self.selection)))
        return result

    def unfolded(self, state: Array) -> Array:
        """States (N, b, R(y)) on the fine discretization as states on the whole one."""
        if self.fine.y == self.whole.y:
            return state
        return np.concatenate([state[:, :2], state[:, 2:] @ self._unfolding.T], axis=1)

    @cached_property
    def _unfolding(self) -> Array:
        return self.fine.y.interpolation(self.whole.y.x)


def tiles(model: Discretization, game: Index, beta: Array) -> Iterator[Index]:
    """Rows (R,) that are worked on together; those with the same own feedback stand together."""
    size = max(1, TILE // model.numbers)
    order = np.lexsort((beta, game))
    return (order[start : start + size] for start in range(0, order.size, size))


def open_market(games: Games, selection: Selection) -> Market:
    """Discretize a batch of games that need the same grids.

    Args:
        games: the batch.
        selection: rule that chooses among participation equilibria.
    """
    needs = needs_of(games)
    whole = discretize(games, *needs.grids(ORDER, 0))
    half = selection.symmetric and games.kernel.smooth and bool(symmetric(games).all())
    fine = discretize(games, *needs.grids(ORDER, 0, half)) if half else whole
    return Market(whole, fine, selection)
