"""Limits of flows dz/dtau = T(z) - z for batches of maps T: where the flow from a given start comes to rest.

A map can have many fixed points; the limit is the one that the flow reaches. Where T contracts from the start
on, that is the only one around, and Anderson acceleration finds it in a few evaluations. All other rows are
integrated (`eqsolve.numerics.stepping`). A flow ends where Newton's method, with the Jacobian of the path,
contracts to a stable fixed point at once: the linear flow goes there, too.
"""

from __future__ import annotations

import numpy as np

from eqsolve.numerics.collocation import pass_saddles
from eqsolve.numerics.fixed_point import (
    Derivative,
    Distance,
    Flags,
    Index,
    Limit,
    Map,
    accelerate,
    attracts,
    drawn,
    newton,
    unknown,
)
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.spectrum import leading_eigenvalue, resolve
from eqsolve.numerics.stepping import TOLERANCES, Way, advance, depart


def settle(step: Map, derive: Derivative, distance: Distance, rows: Index, start: Array, tol: float) -> Limit:
    """Follow dz/dtau = T(z) - z from `start` (R, D) to rest.

    Args:
        step, derive, distance: the map, its derivative, and the measure of errors.
        rows: row numbers handed to them, (R,).
        start: first states.
        tol: residual of the limit.
    """
    limit = accelerate(step, distance, rows, start, tol, guarded=True)
    near = np.flatnonzero(limit.converged)
    if near.size:
        limit.converged[near] = attracts(derive, rows[near], limit.state[near])
    near = near[~limit.converged[near]]
    if near.size:
        force = step(rows[near], start[near]) - start[near]
        limit.put(near, _stuck(step, derive, distance, rows[near], start[near], force))
    limit.state[~limit.converged] = start[~limit.converged]
    path, left = TOLERANCES.path, np.flatnonzero(~limit.converged)
    if left.size:
        found, delicate = integrate(step, derive, distance, rows[left], start[left], tol, path)
        limit.put(left, found)
        left = left[delicate]
    if left.size:
        begin, past = pass_saddles(step, distance, rows[left], start[left])
        some, again = left[past], ~past
        if some.size:
            found, again[past] = integrate(step, derive, distance, rows[some], begin[past], tol, path)
            limit.put(some, found)
        left, begin = left[again], begin[again]
    if left.size:
        found, _ = integrate(step, derive, distance, rows[left], begin, tol, path * TOLERANCES.careful)
        limit.put(left, found)
    return limit


def integrate(
    step: Map, derive: Derivative, distance: Distance, rows: Index, start: Array, tol: float, path: float
) -> tuple[Limit, Flags]:
    """Follow the flow from `start`, and end it by Newton's method.

    Args:
        step, derive, distance, rows, start, tol: as for `settle`.
        path: error of a step.

    Returns:
        The limits, and the rows whose way a smaller error might change.
    """
    limit, delicate = unknown(start), np.zeros(rows.size, dtype=bool)
    live, way = np.arange(rows.size), depart(step, distance, rows, start, path)
    for _ in range(int(TOLERANCES.steps / np.sqrt(path))):
        calm = np.flatnonzero(way.speed <= way.tried)
        if calm.size:
            found = _end(step, derive, distance, rows[live[calm]], way.z[calm], way.force[calm], tol)
            way.tried[calm] = TOLERANCES.calm * way.speed[calm]
            limit.put(live[calm[found.converged]], found.take(np.flatnonzero(found.converged)))
            still = calm[~found.converged]
            if still.size:
                found = _stuck(step, derive, distance, rows[live[still]], way.z[still], way.force[still])
                still, found = still[found.converged], found.take(np.flatnonzero(found.converged))
                limit.put(live[still], found)
            if still.size:
                delicate[live[still]] |= _astray(step, distance, rows[live[still]], way.take(still))
            # What rests at an unstable point to within rounding goes nowhere that numbers could tell.
            going = np.flatnonzero(~limit.converged[live] & (way.speed > tol))
            live, way = live[going], way.take(going)
        if not live.size:
            break
        advance(step, derive, distance, rows[live], way, path)
        delicate[live] |= way.delicate
    return limit, delicate


def _astray(step: Map, distance: Distance, rows: Index, way: Way) -> Flags:
    """Whether errors may have led paths, (R,), to where they are stuck (see `_stuck`).

    They have not if the paths would still be stuck `margin` times their error farther on in the direction in
    which they came.
    """
    size = np.abs(way.turn).max(axis=1, initial=0.0, keepdims=True)
    farther = TOLERANCES.margin * way.error[:, None] * way.turn / np.maximum(size, 1e-300)
    ahead = way.z + way.force + farther
    return np.asarray(distance(rows, ahead, step(rows, ahead)) > 0.0)


def _end(
    step: Map, derive: Derivative, distance: Distance, rows: Index, z: Array, force: Array, tol: float
) -> Limit:
    """Newton's limit next to z (R, D), where the flow leads there.

    Simplified corrections show that the linear flow does. Where T bends too much for them right up to the
    rest point, what is `close` goes there if T draws all states on the straight way to it.
    """
    limit = unknown(z)
    move = resolve(derive(rows, z), force, TOLERANCES.linear)
    end = z + move
    slower = distance(rows, end, step(rows, end)) < TOLERANCES.calm * distance(rows, z, z + force)
    some = np.flatnonzero(slower)
    if some.size:
        end, near = _simplified(step, derive, distance, rows[some], z[some], move[some], tol)
        close = distance(rows[some], z[some], z[some] + move[some]) <= TOLERANCES.close
        end[~near] = z[some[~near]]
        some, end, near = some[near | close], end[near | close], near[near | close]
    if some.size:
        found = newton(step, derive, distance, rows[some], end, tol)
        bent = found.converged & ~near
        if bent.any():
            found.converged[:] &= near | drawn(step, rows[some], z[some], found.state, bent, tol)
        stable = leading_eigenvalue(derive(rows[some], found.state), z.shape[1]) <= 1.0 - TOLERANCES.neutral
        found.converged[:] &= stable
        limit.put(some, found)
    return limit


def _stuck(step: Map, derive: Derivative, distance: Distance, rows: Index, z: Array, force: Array) -> Limit:
    """Ends of paths (R, D) that go straight to fixed points which repel nothing, as T is the identity there.

    To the last digit z, its image and the state between them have one image. Paths that err into such a
    region stay there.
    """
    limit, image = unknown(z + force), z + force
    fixed = distance(rows, image, step(rows, image)) == 0.0
    fixed &= distance(rows, image, step(rows, z + force / 2.0)) == 0.0
    some = np.flatnonzero(fixed)
    if some.size:
        leading = leading_eigenvalue(derive(rows[some], image[some]), z.shape[1])
        limit.converged[some] = leading <= 1.0 + TOLERANCES.neutral
        limit.residual[some] = 0.0
    return limit


def _simplified(
    step: Map, derive: Derivative, distance: Distance, rows: Index, z: Array, move: Array, tol: float
) -> tuple[Array, Flags]:
    """Two more Newton steps with the Jacobian at z, and whether it hardly varies on the way, (R,)."""
    slope = derive(rows, z)

    def correction(at: Array) -> Array:
        return resolve(slope, step(rows, at) - at, TOLERANCES.linear)

    def size(change: Array) -> Array:
        return distance(rows, z, z + change)

    half = size(correction(z + move / 2.0) - move / 2.0) <= TOLERANCES.newton / 2.0 * size(move)
    end = z + move
    first = correction(end)
    second = correction(end + first)
    near = half & (size(first) <= np.maximum(TOLERANCES.newton * size(move), tol))
    near &= size(second) <= np.maximum(TOLERANCES.newton * size(first), tol)
    return end + first + second, near
