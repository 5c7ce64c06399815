"""What the platform expects from users when it chooses: payoffs gross of the fixed cost, on demand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eqsolve.game.discretization import Discretization, discretize, needs_of
from eqsolve.game.games import Games, Index
from eqsolve.game.participation import PRECISE, VANISHING, participate
from eqsolve.game.payoffs import (
    intensity_cost,
    participation_values,
    revenue,
    surplus_by_segment,
    training_cost,
    user_surplus,
)
from eqsolve.game.response import make_rows
from eqsolve.numerics.quadrature import Array

ROUGH = 1e-6
"""Residual to which participation is solved while scanning."""

ROUGH_PANELS = 4
"""Panels for scanning with a kinked kernel, whose precise grids are large."""

TILE = 2**17
"""Numbers in a work array (rows times nodes): keeps the working set in cache."""


@dataclass(frozen=True)
class Market:
    """Participation and payoffs for one batch of games.

    Attributes:
        precise: discretization that resolves kinks.
        rough: discretization for scans, off by about 1e-4.
        selection: rule that chooses among participation equilibria.
        welfare: whether user surplus counts in the objective (regime `planner`).
        continuous: whether the intensity is chosen from an interval.
    """

    precise: Discretization
    rough: Discretization
    selection: str
    welfare: bool
    continuous: bool

    @property
    def games(self) -> Games:
        """The batch."""
        return self.precise.games

    def payoff(self, game: Index, q: Array, beta: Array, *, precise: bool) -> Array:
        """Objective gross of the fixed cost F, (R,); -inf where participation has no equilibrium.

        Args:
            game, q, beta: rows, (R,) each.
            precise: whether kinks are resolved and residuals driven to rounding.
        """
        model = self.precise if precise else self.rough
        result = np.empty(q.size)
        size = max(1, TILE // (model.x.size * self.games.share.shape[1] + model.y.size))
        for start in range(0, q.size, size):
            part = slice(start, start + size)
            result[part] = self._payoff(model, game[part], q[part], beta[part], PRECISE if precise else ROUGH)
        return result

    def _payoff(self, model: Discretization, game: Index, q: Array, beta: Array, tol: float) -> Array:
        rows = make_rows(model, game, q, beta)
        solved = participate(rows, self.selection, tol)
        participation = np.where(solved.state[:, 0] > VANISHING, solved.state[:, 0], 0.0)
        payoff = revenue(self.games, game, participation)
        payoff = payoff - training_cost(self.games, game, q) - intensity_cost(self.games, game, beta)
        if self.welfare:
            payoff += user_surplus(rows, surplus_by_segment(rows, participation_values(rows, solved.state)))
        return np.where(solved.solved, payoff, -np.inf)


def open_market(
    games: Games, selection: str, *, welfare: bool, continuous: bool, check: bool = False
) -> Market:
    """Discretize a batch of games that need the same grids.

    Args:
        games: the batch.
        selection: see `eqsolve.game.participation.SELECTIONS`.
        welfare: whether the objective is welfare.
        continuous: whether the intensity is a continuous choice.
        check: use the certificate's grids: another order, more panels, other panel edges.
    """
    order, extra = (20, 1) if check else (16, 0)
    tastes, shape, outputs = needs_of(games).grids(order, extra)
    precise = discretize(games, tastes, shape, outputs)
    if not games.kernel.smooth:
        tastes, shape, outputs = (replace(grid, panels=ROUGH_PANELS) for grid in (tastes, shape, outputs))
    rough = discretize(games, tastes, shape, outputs, cut=False)
    return Market(precise, rough, selection, welfare, continuous)
