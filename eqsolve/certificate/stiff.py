"""The flow dz/dtau = T(z) - z of single rows with small errors: slow, and for what nothing else can tell.

Next to the edge of a basin, and where T drops to nothing at a wall, only small errors tell where a path goes.
LSODA (Petzold 1983, Automatic selection of methods for solving stiff and nonstiff systems of ordinary
differential equations) follows it with multistep methods of high order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.certificate.acceleration import NOBODY, Flags, Index, Rest, at_start
from eqsolve.certificate.exponential import Derivative, Flow, leads_to
from eqsolve.certificate.rosenbrock import newton
from eqsolve.numerics.quadrature import Array


@dataclass(frozen=True)
class Multistep:
    """Settings of the multistep method.

    Attributes:
        relative, absolute: errors of a step, as shares of the state and of the mass at the start...
        rough: ...and times this, once a path has sped up by the factor `passed`: past a saddle errors of a
            path no longer decide where it goes.
        passed: see above.
        horizon: time after which nothing comes to rest that ever will.
        steps: most steps.
        calm: speed, on average over a step, from which a rest point is looked for...
        calmer: ...and by how much slower the path is when that is done again.
        shortest: step at which there is no flow to follow.
        bend: largest deviation from linear speed on the way to a rest point, as a share of it.
    """

    relative: float = 1e-9
    absolute: float = 1e-10
    rough: float = 1e4
    passed: float = 10.0
    horizon: float = 1e9
    steps: int = 3000
    calm: float = 0.1
    calmer: float = 0.3
    shortest: float = 1e-12
    bend: float = 0.3


MULTISTEP = Multistep()


def follow_single(
    flow: Flow, derive: Derivative, rows: Index, start: Array, options: Multistep = MULTISTEP
) -> Rest:
    """Follow rows one after the other; arguments as of `rosenbrock.follow_stiff`."""
    rest = at_start(start)
    for i in range(rows.size):
        end = _follow(flow, derive, rows[i : i + 1], start[i], options)
        if end is not None:
            rest.put(np.array([i]), end)
    return rest


def _follow(flow: Flow, derive: Derivative, row: Index, start: Array, options: Multistep) -> Rest | None:
    """The limit of one row from `start` (D,); None without one."""
    from scipy.integrate import LSODA

    unit, least = np.eye(start.size), np.full(1, np.inf)

    def force(_: float, z: Array) -> Array:
        image = flow.step(row, z[None])[0]
        least[:] = np.minimum(least, image[0])
        return np.asarray(image - z)

    def jacobian(_: float, z: Array) -> Array:
        return np.asarray(derive.whole(row, z) - unit)

    def begin(time: float, z: Array, factor: float) -> LSODA:
        errors = {"rtol": factor * options.relative, "atol": factor * options.absolute * max(z[0], NOBODY)}
        return LSODA(force, time, z, options.horizon, jac=jacobian, **errors)

    solver, rough = begin(0.0, start, 1.0), False
    looked, slowest = options.calm / options.calmer, np.inf
    for _ in range(options.steps):
        last, before, least[:] = solver.y[None], solver.t, np.inf
        solver.step()
        z, passed = solver.y[None], solver.t - before
        if solver.status == "failed" or not np.isfinite(z).all() or passed <= 0.0:
            return None
        if least[0] <= NOBODY:
            # A long step may leave nothing, not even the direction in which the crowd vanishes.
            image = flow.step(row, z if z[0, 0] > 0.0 else last)
            if image[0, 0] <= NOBODY:
                return Rest(image, np.zeros(1), np.ones(1, dtype=bool))
        speed = flow.distance(row, last, z)[0] / passed
        looked, slowest = max(looked, speed), min(slowest, speed)
        if speed >= options.passed * slowest and not rough:
            solver, rough = begin(solver.t, solver.y, options.rough), True
            continue
        if speed <= options.calmer * looked and speed <= options.calm:
            looked = speed
            end = newton(flow, derive, row, z)
            if end.solved[0] and _reached(flow, row, z, flow.step(row, z), end, options)[0]:
                return end
        if solver.status != "running" or passed <= options.shortest:
            return None
    return None


def _reached(flow: Flow, row: Index, z: Array, image: Array, end: Rest, options: Multistep) -> Flags:
    """Whether the flow leads straight from z to a stable rest point with users, (1,).

    Newton's method takes what falls to nobody there at once, without the direction in which it vanishes.
    """
    if end.state[0, 0] <= NOBODY:
        return np.zeros(1, dtype=bool)
    straight = leads_to(flow.step, row, z, image - z, end.state, options.bend)
    return np.asarray(straight & flow.stable(row, end.state))
