"""How participation and surplus change with quality, by implicit differentiation.

At an equilibrium z = T(z, q) of stage 3, dz/dq solves dz/dq - T_z dz/dq = T_q (docs/model.md, Participation).
"""

from __future__ import annotations

import numpy as np

from eqsolve.game.payoffs import participation_values
from eqsolve.game.response import (
    Rows,
    cut_panels,
    integrand,
    marginal_masses,
    masses,
    moments,
    tangent,
)
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.spectrum import resolve


def value_slope(rows: Rows, state: Array) -> tuple[Array, Array]:
    """Derivatives in q of N, (R,), and of v_j(x), (R, J, X or 1), at equilibria (R, 2 + Y).

    All rows are tuned, or none is. They are nan where the linear system has no accurate solution.
    """
    games = rows.model.games
    if not rows.beta.any():
        v = participation_values(rows, state)
        switching = marginal_masses(rows, v, cut_panels(rows, v)).sum(axis=2)
        return (games.share[rows.game] * switching).sum(axis=1), 1.0 + 0.0 * switching[:, :, None]
    derivative = tangent(rows, state)
    direct = derivative.seen.remaining[:, :, None]
    change = resolve(derivative, moments(rows, derivative.switching * direct))
    return change[:, 0], direct + derivative.value_change(change)


def surplus_slope(rows: Rows, state: Array, value: Array) -> Array:
    """Derivative of CS, (R,), given that of v (R, J, X or 1): those who take part gain it."""
    v = participation_values(rows, state)
    taking_part = masses(rows, integrand(rows, v, "share", cut_panels(rows, v)))
    return np.asarray((rows.model.games.share[rows.game] * (taking_part * value).sum(axis=2)).sum(axis=1))
