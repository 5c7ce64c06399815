"""Limits of flows dz/dtau = T(z) - z that other methods give up, for T may throw the flow about.

Where a tiny change of the state turns a whole group around, T falls so steeply across the path that the flow
holds to a narrow track, and explicit steps must be as short as the track is narrow. Backward differentiation
(BDF of scipy.integrate, with the exact derivative of T) follows it with steps as long as the track is smooth;
Newton's method places its end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.numerics.fixed_point import CLOSE, Distance, Index, Limit, Map
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.spectrum import Linear, resolve

Derivative = Callable[[Index, Array], Linear]
"""(rows, states) to the derivative of the map there, which takes changes to changes."""

RELATIVE, ABSOLUTE = 1e-6, 1e-12
"""Accuracy of a step, as a share of the state and at least."""

HORIZON, STEPS = 1e6, 600
"""Time and steps after which a flow counts as one without a limit."""

SHORTEST = 1e-10
"""Length of a step at which there is no flow to follow."""

CALM = 0.5
"""Length of a step from which the flow may be at rest."""

NEAR = 1e-7
"""Farthest that a limit may be from where the flow is seen to come to rest, however slow it is there."""

PLACED = 1e-9
"""Error of masses to which a limit is known at least: where T is steep, rounding may hide more of it."""

NOBODY = 1e-9
"""Mass below which the state is not resolved."""

SOLVED = 1e-9
"""Residual of the linear system of a step, as a share: a step need not be exact."""

NEWTON, HALVINGS = 40, 30
"""Most steps of Newton's method, and most halvings of a step that overshoots."""


def follow_stiff(
    step: Map, derive: Derivative, distance: Distance, rows: Index, start: Array, tol: float
) -> Limit:
    """Follow dz/dtau = T(z) - z from `start` (R, D) to rest, one row after the other.

    Args:
        step, derive, distance: the map, its derivative, and the measure of convergence.
        rows: row numbers handed to them, (R,).
        start: first states; the first coordinate is a mass.
        tol: error of the limit, in the units of `distance`. Where T is steep, the residual can be larger.
    """
    limit = Limit(start.copy(), np.full(rows.size, np.inf), *np.zeros((2, rows.size), dtype=bool))
    for i in range(rows.size):
        end = _follow(step, derive, distance, rows[i : i + 1], start[i], tol)
        if end is not None:
            limit.state[i], limit.residual[i], limit.converged[i] = end.state[0], end.residual[0], True
    return limit


def _follow(
    step: Map, derive: Derivative, distance: Distance, row: Index, start: Array, tol: float
) -> Limit | None:
    """The limit of one row, (1, D), from `start` (D,); None without one."""
    from scipy.integrate import BDF

    unit = np.eye(start.size)

    def force(_: float, z: Array) -> Array:
        return np.asarray(step(row, z[None])[0] - z)

    def jacobian(_: float, z: Array) -> Array:
        every = np.repeat(row, z.size)
        return np.asarray(derive(every, np.tile(z, (z.size, 1)))(unit).T - unit)

    def rest(z: Array, reach: float) -> Limit | None:
        end = newton(step, derive, distance, row, z, tol)
        return end if end.converged[0] and distance(row, z, end.state)[0] <= reach else None

    solver = BDF(force, 0.0, start, HORIZON, rtol=RELATIVE, atol=ABSOLUTE, jac=jacobian)
    for _ in range(STEPS):
        before = solver.y[None]
        solver.step()
        z = solver.y[None]
        if solver.status != "running" or not np.isfinite(z).all() or z[0, 0] <= NOBODY:
            return None
        if solver.step_size <= SHORTEST:
            return rest(z, NEAR)
        if solver.step_size >= CALM:
            speed = distance(row, before, z)[0] / solver.step_size
            end = rest(z, max(CLOSE * speed, NEAR))
            if end is not None:
                return end
    return None


def newton(step: Map, derive: Derivative, distance: Distance, row: Index, start: Array, tol: float) -> Limit:
    """Solve z = T(z) next to `start`, (1, D), until a step is at most `tol` long, or rounding ends it.

    A step is halved until the residual shrinks.
    """
    z, image = start, step(row, start)
    residual, placed = distance(row, z, image), np.array([False])
    for _ in range(NEWTON):
        move = resolve(derive(row, z), image - z, SOLVED)
        exact = distance(row, z, z + move) <= tol
        placed = exact | (np.abs(move).max(axis=1) <= PLACED)
        if exact[0]:
            break
        shares = 0.5 ** np.arange(HALVINGS)
        for share in shares if np.isfinite(move).all() else ():
            trial = z + share * move
            image_there = step(row, trial)
            gap = distance(row, trial, image_there)
            if gap[0] < residual[0]:
                break
        else:
            break
        z, image, residual = trial, image_there, gap
    return Limit(z, residual, placed, np.zeros(1, dtype=bool))
