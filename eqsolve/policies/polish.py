"""Smooth maxima of welfare over a subsidy or a floor, placed by the slope of participation.

Both let the regulator choose quality, at an intensity that they do not move: the place of a smooth maximum is
where the slope of welfare in quality vanishes, which implicit differentiation knows better than the heights
of welfare do. The instrument that leads there is then explicit.
"""

from __future__ import annotations

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.market import Market
from eqsolve.game.participation import participate
from eqsolve.game.payoffs import marginal_training_cost, revenue
from eqsolve.game.response import make_rows
from eqsolve.game.slopes import surplus_slope, value_slope
from eqsolve.numerics.quadrature import Array

STEP = 1e-4
"""Distance of the qualities whose slopes tell the bend: its error only slows Newton's method."""

STEPS = 3
"""Newton steps; with an error of the bend of order STEP^2 each gains eight digits."""

FARTHEST = 1e-4
"""Farthest that heights may have misplaced a smooth maximum."""


def polished(market: Market, games: Games, of: Index, quality: Array, beta: Array) -> tuple[Array, Array]:
    """Qualities (K,) moved to where welfare is highest, and the subsidies that lead platforms there.

    Both are nan where there is no smooth maximum close by.

    Args:
        market: participation primitives.
        games: the games without a policy, K rows.
        of: number of each game's primitives in the market, (K,).
        quality, beta: what the platforms choose next to the maximum, (K,) each.
    """
    place, subsidy = quality.copy(), np.full(quality.size, np.nan)
    for tune in (False, True):
        some = np.flatnonzero((beta > 0.0) == tune)
        if not some.size:
            continue

        def slopes(q: Array, some: Index = some) -> tuple[Array, Array]:
            """Slopes of welfare and of participation."""
            rows = make_rows(market.fine, of[some], np.clip(q, 0.0, 1.0), beta[some])
            state = participate(rows, market.selection).state
            change, value = value_slope(rows, state)
            slope = revenue(games, some, change) - marginal_training_cost(games, some, q)
            return slope + surplus_slope(rows, state, value), change

        q = place[some]
        bend = (slopes(q + STEP)[0] - slopes(q - STEP)[0]) / (2.0 * STEP)
        for _ in range(STEPS):
            slope, change = slopes(q)
            q = np.where(bend < 0.0, q - slope / bend, np.nan)
        change = slopes(q)[1]
        place[some] = q
        subsidy[some] = 1.0 - revenue(games, some, change) / marginal_training_cost(games, some, q)
    near = (np.abs(place - quality) <= FARTHEST) & (place > STEP) & (place < 1.0 - STEP)
    return np.where(near, place, np.nan), np.where(near, subsidy, np.nan)
