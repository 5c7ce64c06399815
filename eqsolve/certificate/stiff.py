"""The flow dz/dtau = T(z) - z of single rows by backward differentiation: slow, and the last resort.

Where T drops to nothing at a wall, a linearization on one side knows nothing of the other: only a method that
solves its nonlinear equations gets past.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.certificate.acceleration import NOBODY, Index, Rest, at_start, vanished
from eqsolve.certificate.exponential import Derivative, Flow
from eqsolve.certificate.rosenbrock import newton
from eqsolve.numerics.quadrature import Array


@dataclass(frozen=True)
class Differentiation:
    """Settings of backward differentiation.

    Attributes:
        relative, absolute: errors of a step, as shares of the state and of the mass at the start.
        horizon: time after which nothing comes to rest that ever will.
        steps: most steps.
        still: step from which the flow may be at rest.
        shortest: step at which there is no flow to follow.
        near: distance of a limit from where the flow is seen to come to rest, in speeds, and absolute.
    """

    relative: float = 1e-6
    absolute: float = 1e-6
    horizon: float = 1e9
    steps: int = 2000
    still: float = 0.5
    shortest: float = 1e-10
    near: tuple[float, float] = (1.5, 1e-7)


DIFFERENTIATION = Differentiation()


def follow_single(
    flow: Flow, derive: Derivative, rows: Index, start: Array, options: Differentiation = DIFFERENTIATION
) -> Rest:
    """Follow rows one after the other; arguments as of `rosenbrock.follow_stiff`."""
    rest = at_start(start)
    for i in range(rows.size):
        end = _follow(flow, derive, rows[i : i + 1], start[i], options)
        if end is not None:
            rest.put(np.array([i]), end)
    return rest


def _follow(
    flow: Flow, derive: Derivative, row: Index, start: Array, options: Differentiation
) -> Rest | None:
    """The limit of one row from `start` (D,); None without one."""
    from scipy.integrate import BDF

    unit, every = np.eye(start.size), np.repeat(row, start.size)

    def force(_: float, z: Array) -> Array:
        return np.asarray(flow.step(row, z[None])[0] - z)

    def jacobian(_: float, z: Array) -> Array:
        return np.asarray(derive(every, np.tile(z, (z.size, 1)))(unit).T - unit)

    solver = BDF(
        force, 0.0, start, options.horizon, rtol=options.relative,
        atol=options.absolute * max(float(start[0]), NOBODY), jac=jacobian,
    )  # fmt: skip
    for _ in range(options.steps):
        before = solver.y[None]
        solver.step()
        z = solver.y[None]
        if solver.status != "running" or not np.isfinite(z).all():
            return None
        image = flow.step(row, z)
        if image[0, 0] <= NOBODY:
            return Rest(image, np.zeros(1), np.ones(1, dtype=bool))
        if solver.step_size < options.still and solver.step_size > options.shortest:
            continue
        speed = flow.distance(row, before, z)[0] / solver.step_size
        end = newton(flow, derive, row, z)
        reach = max(options.near[0] * speed, options.near[1])
        near = flow.distance(row, z, end.state)[0] <= reach and not vanished(end)[0]
        if end.solved[0] and near and flow.stable(row, end.state)[0]:
            return end
        if solver.step_size <= options.shortest:
            return None
    return None
