"""Flows dz/dtau = T(z) - z to high order, for paths whose smallest errors matter: explicit, in windows.

In a window of time z is a polynomial that satisfies the equation at Chebyshev points (collocation, which is
an implicit Runge-Kutta method; Hairer, Norsett and Wanner 1993, Solving Ordinary Differential Equations I,
section II.7). The decay -z is solved for exactly, T by fixed-point iteration over all points at once, so
that a window takes about ten large calls of T where an explicit Runge-Kutta method of the same order takes
forty small ones. The iteration converges where a window is short against the slope of T: stiff flows take
methods of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.numerics.batch import Batch
from eqsolve.numerics.fixed_point import Distance, Index, Map
from eqsolve.numerics.piecewise import Flags, chebyshev, derivative, interpolation, nodes
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

DEGREE = 8
"""Degree of the polynomials in time: higher ones need more iterations to converge than they save windows."""

POINTS = nodes(DEGREE)
"""Points of a window, from -1, where it begins, to 1."""

TREND = 5
"""Degree to which the image is extrapolated into the next window: it saves a third of the iterations."""

SLOPE = chebyshev(POINTS, DEGREE) @ derivative(DEGREE) @ interpolation(DEGREE)
"""Values at the points to derivatives there."""


@record
class Tolerances:
    """How windows are chosen.

    Attributes:
        first: length of the first window, in the time in which users respond.
        sweeps: most iterations in a window: they gain at least a factor of 3 each where windows are worth it.
        left: what an iteration may still change, as a share of the error that is allowed.
        safety, shrink, growth: share of the length that should do, and by how much it may change at once.
        exact: error of a window that no decision will notice: a hundred times rounding.
        windows: most windows of a path past a saddle.
        passed: a path that speeds up by this factor has passed a saddle...
        still: ...one that is slower than this meets none...
        abrupt: ...and where windows must be as short as this the force jumps, or all of them lead nowhere.
    """

    first: float = 0.25
    sweeps: int = 16
    left: float = 0.1
    safety: float = 0.8
    shrink: float = 0.25
    growth: float = 2.0
    exact: float = 1e-12
    windows: int = 60
    passed: float = 5.0
    still: float = 1e-9
    abrupt: float = 1e-3


TOLERANCES = Tolerances()


@dataclass
class Bundle(Batch):
    """Groups of paths; those of a group are always at the same time. G groups of M paths.

    Attributes:
        z, image: where they are, and its image, (G, M, D) each.
        time: how long they went, (G,).
        length: of the next window, (G,).
        trend: Chebyshev coefficients of the image in the last window, the first few, (G, n, M, D).
        last: length of that window, (G,).
    """

    z: Array
    image: Array
    time: Array
    length: Array
    trend: Array
    last: Array


def depart(step: Map, rows: Index, start: Array) -> Bundle:
    """Paths that begin at `start` (G, M, D); `rows` (G, M) are the row numbers handed to the map."""
    image = _images(step, rows, start[:, None])[:, 0]
    count = len(start)
    trend = np.zeros((count, TREND + 1, *start.shape[1:]))
    trend[:, 0] = image
    first = np.full(count, TOLERANCES.first)
    return Bundle(start.copy(), image, np.zeros(count), first, trend, first.copy())


def advance(step: Map, rows: Index, bundle: Bundle, allowed: Array) -> Flags:
    """Try a window with every group; which of them went on, (G,). The length of the next window is set.

    Args:
        step: the map T.
        rows: row numbers handed to it, (G, M).
        bundle: paths; changed.
        allowed: largest error of a state at the end of the window, (G,).
    """
    z, image, change = _sweep(step, rows, bundle, allowed)
    whole = np.concatenate([bundle.image[:, None], image], axis=1)
    tail = np.einsum("mn,gn...->gm...", interpolation(DEGREE)[-2:], whole)
    # An integral over the window of what the last two terms stand for; beyond them coefficients fall.
    error = bundle.length / DEGREE * np.abs(tail).max(axis=(1, 2, 3)) + change
    error[~np.isfinite(error)] = np.inf
    done = error <= allowed
    bundle.z[done], bundle.image[done] = z[done, -1], image[done, -1]
    bundle.time[done] += bundle.length[done]
    bundle.trend[done] = np.einsum("mn,gn...->gm...", interpolation(DEGREE)[: TREND + 1], whole[done])
    bundle.last[done] = bundle.length[done]
    ratio = (allowed / np.maximum(error, 1e-300)) ** (1.0 / DEGREE)
    bundle.length *= np.clip(TOLERANCES.safety * ratio, TOLERANCES.shrink, TOLERANCES.growth)
    return np.asarray(done)


def pass_saddles(step: Map, distance: Distance, rows: Index, start: Array) -> tuple[Array, Flags]:
    """Follow paths from `start` (R, D) until they are past their slowest place, nearly at rest, or at a jump.

    Returns:
        States there, from where small errors no longer matter, and which rows got there, (R,).
    """
    bundle, live = depart(step, rows[:, None], start[:, None]), np.arange(rows.size)
    there = np.zeros(rows.size, dtype=bool)
    slowest = distance(rows, bundle.z[:, 0], bundle.image[:, 0])
    for _ in range(TOLERANCES.windows):
        part = bundle.take(live)
        advance(step, rows[live, None], part, np.full(live.size, TOLERANCES.exact))
        bundle.put(live, part)
        speed = distance(rows[live], part.z[:, 0], part.image[:, 0])
        slowest[live] = np.minimum(slowest[live], speed)
        there[live] = (speed >= TOLERANCES.passed * slowest[live]) | (speed <= TOLERANCES.still)
        there[live] |= part.length <= TOLERANCES.abrupt
        live = live[~there[live]]
        if not live.size:
            break
    return bundle.z[:, 0], there


def _sweep(step: Map, rows: Index, bundle: Bundle, allowed: Array) -> tuple[Array, Array, Array]:
    """States and images at all points but the first, (G, n, M, D), and what was changed last, (G,)."""
    rate = 2.0 / bundle.length
    system = rate[:, None, None] * SLOPE[1:, 1:] + np.eye(DEGREE)
    begin = rate[:, None, None, None] * SLOPE[1:, 0, None, None] * bundle.z[:, None]
    solver = np.linalg.inv(system)
    ahead = 1.0 + (bundle.length / bundle.last)[:, None] * (1.0 + POINTS)
    image = np.einsum("gjn,gnmd->gjmd", chebyshev(ahead[:, 1:], TREND), bundle.trend)
    z, change = image.copy(), np.full(len(rate), np.inf)
    live = np.arange(len(rate))
    for count in range(TOLERANCES.sweeps):
        new = np.einsum("gij,gjmd->gimd", solver[live], image[live] - begin[live])
        moved = np.abs(new - z[live]).max(axis=(1, 2, 3))
        hopeless = (count > 2) & ~(moved < change[live]) if count else moved < 0.0
        z[live], change[live] = new, np.where(hopeless, np.inf, moved)
        image[live] = _images(step, rows[live], new)
        live = live[~hopeless & (moved > TOLERANCES.left * allowed[live])]
        if not live.size:
            break
    change[live] = np.inf
    return z, image, change


def _images(step: Map, rows: Index, z: Array) -> Array:
    """Images of states (G, n, M, D) of rows (G, M)."""
    flat = np.broadcast_to(rows[:, None, :], z.shape[:3]).reshape(-1)
    return step(flat, z.reshape(flat.size, -1)).reshape(z.shape)
