"""Payoffs of the platform, the users and society (docs/model.md, Payoffs)."""

from __future__ import annotations

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.response import Rows, cut_panels, initial_values, integrand, masses, values
from eqsolve.numerics.quadrature import Array


def revenue(games: Games, game: Index, participation: Array) -> Array:
    """r N, (R,)."""
    return games.revenue[game] * participation


def training_cost(games: Games, game: Index, q: Array) -> Array:
    """k q^n / n, (R,)."""
    n = games.exponent[game]
    return np.asarray(games.training_cost[game] / n * _power(q, n))


def marginal_training_cost(games: Games, game: Index, q: Array) -> Array:
    """k q^(n-1), (R,)."""
    return np.asarray(games.training_cost[game] * _power(q, games.exponent[game] - 1.0))


def _power(q: Array, exponent: Array) -> Array:
    """q to a power; a common one, most often 2 or 1, takes no logarithms."""
    common = float(exponent.flat[0]) if exponent.size else 1.0
    return np.asarray(q**common if (exponent == common).all() else np.power(q, exponent))


def intensity_cost(games: Games, game: Index, beta: Array) -> Array:
    """G beta^2 / 2, (R,)."""
    return games.intensity_cost[game] * np.square(beta) / 2.0


def fixed_cost(games: Games, game: Index, beta: Array) -> Array:
    """F where beta > 0, (R,)."""
    return np.where(beta > 0, games.cost[game], 0.0)


def transfers(games: Games, game: Index, q: Array, beta: Array) -> Array:
    """What the regulator pays the platform, less what it receives, (R,)."""
    n = games.exponent[game]
    return games.aid[game] / n * _power(q, n) - np.where(beta > 0, games.tax[game], 0.0)


def participation_values(rows: Rows, state: Array) -> Array:
    """v_j(x) at a participation equilibrium, (R, J, X)."""
    tuned = rows.beta > 0
    if not tuned.any():
        return initial_values(rows)
    v = values(rows, state).v
    v = np.broadcast_to(v, (len(rows), rows.model.games.share.shape[1], rows.model.x.size))
    return v if tuned.all() else np.where(tuned[:, None, None], v, initial_values(rows))


def surplus_by_segment(rows: Rows, v: Array) -> Array:
    """CS_j = ∫ S(v_j(x)) g_j(x) dx, (R, J)."""
    return np.asarray(masses(rows, integrand(rows, v, "surplus", cut_panels(rows, v))).sum(axis=2))


def user_surplus(rows: Rows, by_segment: Array) -> Array:
    """CS = sum_j lambda_j CS_j, (R,)."""
    return np.asarray((rows.model.games.share[rows.game] * by_segment).sum(axis=1))


def payoff_scale(games: Games) -> Array:
    """What regrets are compared with: the larger of full revenue and full training cost, (G,)."""
    return np.maximum(games.revenue, games.training_cost / games.exponent)


def welfare_scale(games: Games) -> Array:
    """The same for welfare: at least the surplus S(1) of users for whom all is perfect, (G,)."""
    surplus = games.law.surplus(np.ones(len(games)), games.scale, games.cost_shape)
    return np.maximum(payoff_scale(games), surplus)
