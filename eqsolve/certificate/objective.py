"""What the owner of stages 1 and 2 maximizes."""

from __future__ import annotations

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.payoffs import fixed_cost, intensity_cost, payoff_scale, revenue, training_cost
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


@record
class Objective:
    """Profit, or welfare, of some games.

    Attributes:
        games: the games.
        welfare: whether user surplus counts.
    """

    games: Games
    welfare: bool

    def at(self, row: Index, q: Array, beta: Array, users: Array) -> Array:
        """Payoffs of rows at choices, given N and CS (..., 2); all other arguments broadcast to (...)."""
        payoff = revenue(self.games, row, users[..., 0]) - training_cost(self.games, row, q)
        if np.any(beta > 0):
            payoff = payoff - intensity_cost(self.games, row, beta) - fixed_cost(self.games, row, beta)
        return np.asarray(payoff + users[..., 1]) if self.welfare else np.asarray(payoff)

    def error(self, row: Index, users: Array) -> Array:
        """What errors (..., 2) of N and CS make in payoffs."""
        error = revenue(self.games, row, users[..., 0])
        return np.asarray(error + users[..., 1]) if self.welfare else np.asarray(error)

    def scale(self) -> Array:
        """The payoff scale, (R,)."""
        return payoff_scale(self.games)
