"""The flow dz/dtau = T(z) - z of single rows by an implicit method, for those that stall an explicit one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.certificate.acceleration import Distance, Index, Map, Rest, at_start
from eqsolve.certificate.exponential import Derivative
from eqsolve.numerics.quadrature import Array


@dataclass(frozen=True)
class Implicit:
    """Settings of the implicit method.

    Attributes:
        relative, absolute: errors of a step: masses are up to one.
        horizon: time after which nothing is at rest that ever will be.
        steps: most steps.
        still: step in time from which the flow may be at rest.
        near: distance within which a limit must be, in speeds of the flow; slow modes come from farther.
        newton, halvings: most steps of Newton's method, most halvings of one.
        placed: how well a limit is placed where rounding hides more: where T is steep.
    """

    relative: float = 1e-6
    absolute: float = 1e-9
    horizon: float = 1e12
    steps: int = 1500
    still: float = 0.5
    near: float = 3.0
    newton: int = 30
    halvings: int = 12
    placed: float = 1e-10


IMPLICIT = Implicit()


def follow_stiff(
    step: Map,
    derive: Derivative,
    distance: Distance,
    rows: Index,
    start: Array,
    tol: float,
    options: Implicit = IMPLICIT,
) -> Rest:
    """Follow rows one by one from `start` (R, D); others as in `exponential.Flow`."""
    rest = at_start(start)
    for i in range(rows.size):
        one = _Row(step, derive, distance, rows[i : i + 1], tol, options)
        end = one.follow(start[i])
        if end is not None:
            rest.put(np.array([i]), end)
    return rest


@dataclass(frozen=True)
class _Row:
    """The flow of one row."""

    step: Map
    derive: Derivative
    distance: Distance
    row: Index
    tol: float
    options: Implicit

    def force(self, z: Array) -> Array:
        """T(z) - z for one state (D,)."""
        return np.asarray(self.step(self.row, z[None])[0] - z)

    def jacobian(self, z: Array) -> Array:
        """T'(z) - 1, (D, D)."""
        unit = np.eye(z.size)
        every = np.repeat(self.row, z.size)
        return np.asarray(self.derive(every, np.tile(z, (z.size, 1)))(unit).T - unit)

    def follow(self, start: Array) -> Rest | None:
        """The limit from `start` (D,), as a record of one row; None without one."""
        from scipy.integrate import Radau

        options = self.options
        solver = Radau(
            lambda _, z: self.force(z), 0.0, start, options.horizon, rtol=options.relative,
            atol=options.absolute, jac=lambda _, z: self.jacobian(z),
        )  # fmt: skip
        for _ in range(options.steps):
            solver.step()
            if solver.status != "running" or not np.isfinite(solver.y).all():
                return None
            if solver.step_size >= options.still:
                end = self.rest(solver.y)
                if end is not None:
                    return end
        return None

    def rest(self, z: Array) -> Rest | None:
        """A stable rest point within a few speeds of z, or None."""
        speed = self.distance(self.row, z[None], (z + self.force(z))[None])[0]
        goal, slope, residual = self.newton(z)
        if goal is None or not np.isfinite(goal).all():
            return None
        rates = np.linalg.eigvals(slope).real
        slowest = -rates.max()
        away = self.distance(self.row, z[None], goal[None])[0]
        if slowest <= 0 or away > self.options.near * speed / min(slowest, 1.0) + self.tol:
            return None
        return Rest(goal[None], np.array([residual]), np.array([True]))

    def newton(self, z: Array) -> tuple[Array | None, Array, float]:
        """Solve T(z) = z next to z, by halved steps: the solution, T' - 1 there, and its residual."""
        for _ in range(self.options.newton):
            force, slope = self.force(z), self.jacobian(z)
            residual = float(self.distance(self.row, z[None], (z + force)[None])[0])
            try:
                move = np.linalg.solve(slope, -force)
            except np.linalg.LinAlgError:
                return None, slope, np.inf
            length = self.distance(self.row, z[None], (z + move)[None])[0]
            if residual <= self.tol or length <= self.options.placed:
                return z + move, slope, residual
            for _ in range(self.options.halvings):
                trial = z + move
                off = self.distance(self.row, trial[None], (trial + self.force(trial))[None])[0]
                if off < residual:
                    break
                move = move / 2.0
            else:
                return None, slope, residual
            z = trial
        return None, slope, residual
