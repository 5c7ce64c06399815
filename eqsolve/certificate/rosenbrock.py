"""The flow dz/dtau = T(z) - z by a linearly implicit method, for rows that are stiff, or slow for long.

ROS2 (Verwer, Spee, Blom and Hundsdorfer 1999, A second-order Rosenbrock method applied to photochemical
dispersion problems) is L-stable with gamma = 1 - 1/sqrt(2) and tells its own error. Its linear systems are
solved in Krylov spaces, since T' is known by its products and few of its eigenvalues are large.
"""

from __future__ import annotations

import numpy as np

from eqsolve.certificate.acceleration import Flags, Index, Rest, at_start, vanished
from eqsolve.certificate.exponential import Derivative, Flow, leads_to
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.spectrum import Linear, resolve

GAMMA = 1.0 - 1.0 / np.sqrt(2.0)


@record
class Implicit:
    """Settings of the linearly implicit method.

    Attributes:
        error: error of the embedded first-order step, as a distance of states.
        first: first step.
        steps: most steps, tried ones included.
        solved, solved_newton: residuals of linear systems, as a share, in steps and in Newton's method.
        still: step from which the flow may be at rest.
        every: steps between two looks for a rest point.
        newton, halvings: most steps of Newton's method, most halvings of one.
        placed: length of a step of Newton's method that places a limit where rounding hides its residual.
        known: residual of such a limit.
        bend: largest deviation from linear speed on the way to a rest point, as a share of it.
    """

    error: float = 1e-3
    first: float = 1e-2
    steps: int = 100
    solved: float = 1e-3
    solved_newton: float = 1e-9
    still: float = 1.0
    every: int = 3
    newton: int = 12
    halvings: int = 10
    placed: float = 1e-11
    known: float = 1e-9
    bend: float = 0.3


IMPLICIT = Implicit()


def follow_stiff(
    flow: Flow, derive: Derivative, rows: Index, start: Array, options: Implicit = IMPLICIT
) -> Rest:
    """Follow the flow from `start` (R, D); rows that find no rest come back unsolved.

    Args:
        flow: the flow.
        derive: derivatives of its map.
        rows: row numbers handed to both, (R,).
        start: first states; the first coordinate is a mass.
        options: settings.
    """
    rest, live, z = at_start(start), np.arange(rows.size), start.copy()
    length = np.full(rows.size, options.first)
    force = flow.step(rows, z) - z
    for count in range(1, options.steps + 1):
        some = rows[live]
        new, error = _step(flow, derive(some, z), some, z, force, length, options)
        sound = np.isfinite(error) & (new[:, 0] >= 0)
        accepted = sound & (error <= options.error)
        ratio = np.where(sound, options.error / np.maximum(error, 1e-300), 0.0)
        length = length * np.clip(0.9 * np.sqrt(ratio), 0.2, 5.0)
        z = np.where(accepted[:, None], new, z)
        force = flow.step(some, z) - z
        ended = np.zeros(live.size, dtype=bool)
        look = np.flatnonzero(length >= options.still) if count % options.every == 0 else live[:0]
        if look.size:
            found = _ends(flow, derive, some[look], z[look], force[look], options)
            rest.put(live[look], found)
            ended[look] = found.solved
        going = np.flatnonzero(~ended)
        live, z, force, length = live[going], z[going], force[going], length[going]
        if not live.size:
            break
    return rest


def _step(
    flow: Flow, slope: Linear, rows: Index, z: Array, force: Array, length: Array, options: Implicit
) -> tuple[Array, Array]:
    """One step of lengths (R,): new states and their errors; nan where a linear system was not solved."""
    h = length[:, None]
    share = GAMMA * h / (1.0 + GAMMA * h)

    def solve(source: Array) -> Array:
        return resolve(lambda u: share * slope(u), source / (1.0 + GAMMA * h), options.solved)

    first = solve(force)
    whole = z + h * first
    bad = ~np.isfinite(whole).all(axis=1) | (whole[:, 0] < 0)
    whole = np.where(bad[:, None], z, whole)
    second = solve(flow.step(rows, whole) - whole - 2.0 * np.where(bad[:, None], 0.0, first))
    new = z + h * (1.5 * first + 0.5 * second)
    bad |= ~np.isfinite(new).all(axis=1)
    new = np.where(bad[:, None], z, new)
    return new, np.where(bad, np.nan, flow.distance(rows, new, whole))


def _ends(flow: Flow, derive: Derivative, rows: Index, z: Array, force: Array, options: Implicit) -> Rest:
    """Stable rest points to which the flow leads straight from z."""
    found = newton(flow, derive, rows, z, options)
    found.solved[:] &= ~vanished(found)
    good = np.flatnonzero(found.solved)
    if good.size:
        straight = leads_to(flow.step, rows[good], z[good], force[good], found.state[good], options.bend)
        found.solved[good] = straight & flow.stable(rows[good], found.state[good])
    return found


def newton(flow: Flow, derive: Derivative, rows: Index, start: Array, options: Implicit = IMPLICIT) -> Rest:
    """Solve T(z) = z next to `start` (R, D) by Newton's method, with steps halved until residuals shrink."""
    rest, live, z = at_start(start), np.arange(rows.size), start.copy()
    for _ in range(options.newton):
        some = rows[live]
        image = flow.step(some, z)
        residual = flow.distance(some, z, image)
        move = resolve(derive(some, z), image - z, options.solved_newton)
        sound = np.asarray(np.isfinite(move).all(axis=1))
        move = np.where(sound[:, None], move, image - z)
        size = flow.distance(some, z, z + move)
        placed = sound & (size <= options.placed) & (residual <= options.known)
        done = np.asarray((residual <= flow.tol) | placed)
        rest.put(live, Rest(z + move, residual, done))
        z, shrunk = _shorten(flow, some, z, move, residual, options.halvings)
        going = np.flatnonzero(~done & shrunk)
        live, z = live[going], z[going]
        if not live.size:
            break
    return rest


def _shorten(
    flow: Flow, rows: Index, z: Array, move: Array, residual: Array, halvings: int
) -> tuple[Array, Flags]:
    """Steps halved until residuals shrink: new states, and whether they did."""
    new, shrunk, share = z.copy(), np.zeros(rows.size, dtype=bool), 1.0
    for _ in range(halvings):
        left = np.flatnonzero(~shrunk)
        if not left.size:
            break
        trial = z[left] + share * move[left]
        off = flow.distance(rows[left], trial, flow.step(rows[left], trial))
        better = (off < residual[left]) & (trial[:, 0] > 0)
        new[left[better]], shrunk[left[better]] = trial[better], True
        share /= 2.0
    return new, shrunk
