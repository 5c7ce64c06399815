"""The flow dz/dtau = T(z) - z of single rows with small errors: slow, and for what nothing else can tell.

Next to the edge of a basin, and where T drops to nothing at a wall, only small errors tell where a path goes.
LSODA (Petzold 1983, Automatic selection of methods for solving stiff and nonstiff systems of ordinary
differential equations) follows it with multistep methods of high order.
"""

from __future__ import annotations

import warnings

import numpy as np

from eqsolve.certificate.acceleration import NOBODY, Flags, Index, Rest, at_start, vanished
from eqsolve.certificate.exponential import Derivative, Flow, leads_to
from eqsolve.certificate.rosenbrock import newton
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


@record
class Multistep:
    """Settings of the multistep method.

    Attributes:
        relative, absolute: errors of a step, as shares of the state and of the mass at the start...
        rough: ...and times this, once a path has sped up by the factor `passed`: past a saddle errors of a
            path no longer decide where it goes.
        passed: see above.
        horizon: time after which nothing comes to rest that ever will.
        steps: most steps.
        calm: speed from which a rest point is looked for...
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a failure of LSODA is a row without a limit
        for i in range(rows.size):
            end = _follow(flow, derive, rows[i : i + 1], start[i], options)
            if end is not None:
                rest.put(np.array([i]), end)
    return rest


def _follow(flow: Flow, derive: Derivative, row: Index, start: Array, options: Multistep) -> Rest | None:
    """The limit of one row from `start` (D,); None without one."""
    from scipy.integrate import LSODA

    unit = np.eye(start.size)

    def force(_: float, z: Array) -> Array:
        return np.asarray(flow.step(row, z[None])[0] - z)

    def jacobian(_: float, z: Array) -> Array:
        return np.asarray(derive.whole(row, z) - unit)

    def begin(time: float, z: Array, factor: float) -> LSODA:
        errors = {"rtol": factor * options.relative, "atol": factor * options.absolute * max(z[0], NOBODY)}
        return LSODA(force, time, z, options.horizon, jac=jacobian, **errors)

    solver, rough = begin(0.0, start, 1.0), False
    looked, slowest = options.calm / options.calmer, np.inf
    for _ in range(options.steps):
        before = solver.t
        solver.step()
        z = solver.y[None]
        if solver.status == "failed" or not np.isfinite(z).all():
            return None
        image = flow.step(row, z)
        end = Rest(image, np.zeros(1), np.ones(1, dtype=bool))
        if vanished(end)[0]:
            return end
        speed = flow.distance(row, z, image)[0]
        looked, slowest = max(looked, speed), min(slowest, speed)
        if speed >= options.passed * slowest and not rough:
            solver, rough = begin(solver.t, solver.y, options.rough), True
            continue
        if speed <= options.calmer * looked and speed <= options.calm:
            looked = speed
            end = newton(flow, derive, row, z)
            if end.solved[0] and _reached(flow, row, z, image, end, options)[0]:
                return end
        if solver.status != "running" or solver.t - before <= options.shortest:
            return None
    return None


def _reached(flow: Flow, row: Index, z: Array, image: Array, end: Rest, options: Multistep) -> Flags:
    """Whether the flow leads straight from z to a stable rest point, (1,)."""
    straight = leads_to(flow.step, row, z, image - z, end.state, options.bend)
    return np.asarray(straight & ~vanished(end) & flow.stable(row, end.state))
