"""The flow dz/dtau = T(z) - z from given starts to rest, by an explicit method with error control.

An exponential Runge-Kutta pair of orders two and one (Hochbruck and Ostermann 2010, Exponential integrators,
section 2.3) solves the decay -z exactly, so that only changes of T shorten its steps. Every accepted step
ends with the question whether the rest of the way is known. It is where the map contracts, and where the
flow is linear all the way to a stable rest point and leads there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

import numpy as np

from eqsolve.certificate.acceleration import Distance, Flags, Index, Map, Rest, accelerate, at_start, vanished
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


class Derivative(Protocol):
    """The derivative of a map."""

    def __call__(self, rows: Index, state: Array) -> Callable[[Array], Array]:
        """A function that applies T' at states (R, D) to changes of state, row by row."""

    def whole(self, row: Index, state: Array) -> Array:
        """T' at a state (D,) of one row (1,), (D, D)."""


Stable = Callable[[Index, Array], Flags]
"""(rows, states) to whether the flow returns to these rest points."""


@record
class Explicit:
    """Settings of the explicit method.

    Attributes:
        error: difference of both methods in a step, as a distance of states; the better one is off by less.
        first: first step.
        steps: steps after which a row counts as slow or stiff.
        patience, stalled: after so many steps, rows whose steps are shorter than this count as stiff.
        contraction: factor by which the map shrinks distances where it is said to contract.
        evaluations: evaluations in which acceleration must then converge.
        calm: speed below which a rest point is looked for, after 2, 4, 8, ... steps.
        bend: largest deviation from linear speed on the way to a rest point, as a share of it.
        passed: rows that slow down and speed up again by this factor passed a rest point closely.
        care: ...and are followed again with errors smaller by this factor.
    """

    error: float = 1e-2
    first: float = 0.5
    steps: int = 48
    patience: int = 25
    stalled: float = 0.05
    contraction: float = 0.7
    evaluations: int = 16
    calm: float = 0.3
    bend: float = 0.3
    passed: float = 3.0
    care: float = 100.0


EXPLICIT = Explicit()


@record
class Flow:
    """A flow and how its states are compared.

    Attributes:
        step: the map T.
        distance: distance of states.
        stable: whether the flow returns to rest points.
        tol: residual of a limit.
    """

    step: Map
    distance: Distance
    stable: Stable
    tol: float


def contract(flow: Flow, rows: Index, start: Array, options: Explicit = EXPLICIT) -> Rest:
    """Limits of rows whose map contracts from the start on; the others come back unsolved.

    Residuals that shrink by a factor c put a fixed point within c / (1 - c) of the last step; a limit farther
    away is not accepted.
    """
    rest = at_start(start)
    images = [start]
    for _ in range(3):
        images.append(flow.step(rows, images[-1]))
    first, second, third = (flow.distance(rows, a, b) for a, b in pairwise(images))
    c = options.contraction
    good = np.flatnonzero(((second <= c * first) & (third <= c * second)) | (third <= flow.tol))
    if good.size:
        rest.put(good, settle(flow, rows[good], images[3][good], third[good], options))
    return rest


def settle(flow: Flow, rows: Index, near: Array, reach: Array, options: Explicit = EXPLICIT) -> Rest:
    """Limits within `reach` (R,) of states (R, D) near which the map contracts."""
    found = accelerate(flow.step, flow.distance, rows, near, flow.tol, options.evaluations)
    c = options.contraction
    found.solved[:] &= flow.distance(rows, near, found.state) <= c / (1.0 - c) * reach + flow.tol
    return found


def follow(flow: Flow, rows: Index, start: Array, options: Explicit = EXPLICIT) -> Rest:
    """Follow the flow from `start` (R, D); rows that stall come back unsolved.

    Args:
        flow: the flow.
        rows: row numbers handed to it, (R,).
        start: first states; the first coordinate is a mass.
        options: settings.
    """
    rest, passed = _once(flow, rows, start, options)
    again = np.flatnonzero(passed & rest.solved)
    if again.size:
        careful = replace(options, error=options.error / options.care, steps=10 * options.steps)
        rest.put(again, _once(flow, rows[again], start[again], careful)[0])
    return rest


def _once(flow: Flow, rows: Index, start: Array, options: Explicit) -> tuple[Rest, Flags]:
    """The limits, and whether a rest point was passed on the way."""
    rest, live, passed = at_start(start), np.arange(rows.size), np.zeros(rows.size, dtype=bool)
    z, image = start.copy(), flow.step(rows, start)
    length, slowest = np.full(rows.size, options.first), np.full(rows.size, np.inf)
    for count in range(1, options.steps + 1):
        some = rows[live]
        half, half_image, new, new_image = _exponential(flow.step, some, z, image, length)
        error = flow.distance(some, new, half)
        sound = np.isfinite(error) & (new[:, 0] >= 0)
        accepted = sound & (error <= options.error)
        shrinks = accepted & _shrinks(flow, some, (z, half, new), (image, half_image, new_image), options)
        ratio = np.where(sound, options.error / np.maximum(error, 1e-300), 0.0)
        length = length * np.clip(0.9 * np.sqrt(ratio), 0.2, 4.0)
        z = np.where(accepted[:, None], new, z)
        image = np.where(accepted[:, None], new_image, image)
        speed = flow.distance(some, z, image)
        slowest = np.minimum(slowest, speed)
        passed[live] |= (speed > options.passed * slowest) & (slowest < options.calm)
        look = count & (count - 1) == 0
        ends = _ends(flow, some, z, image, shrinks, look & (speed < options.calm), options)
        rest.put(live, ends)
        going = ~ends.solved & ((count < options.patience) | (length >= options.stalled))
        live, z, image, length, slowest = live[going], z[going], image[going], length[going], slowest[going]
        if not live.size:
            break
    return rest, passed


def _exponential(
    step: Map, rows: Index, z: Array, image: Array, length: Array
) -> tuple[Array, Array, Array, Array]:
    """One step of lengths (R,): the first-order state and its image, the second-order state and its."""
    h = length[:, None]
    grown = -np.expm1(-h)
    first = z + grown * (image - z)
    first_image = step(rows, first)
    new = first + (1.0 - grown / h) * (first_image - image)
    return first, first_image, new, step(rows, new)


def _shrinks(
    flow: Flow, rows: Index, states: tuple[Array, ...], images: tuple[Array, ...], options: Explicit
) -> Flags:
    """Whether the map shrank both distances between three states."""
    good = np.ones(rows.size, dtype=bool)
    for one, other, image, other_image in zip(states, states[1:], images, images[1:], strict=False):
        good &= flow.distance(rows, image, other_image) <= options.contraction * flow.distance(
            rows, one, other
        )
    return good


def _ends(
    flow: Flow, rows: Index, z: Array, image: Array, shrinks: Flags, look: Flags, options: Explicit
) -> Rest:
    """Limits of rows (R,) for which the rest of the way from z is known."""
    rest = at_start(z)
    near = np.flatnonzero(shrinks | (flow.distance(rows, z, image) <= flow.tol))
    if near.size:
        rest.put(near, _kept(flow, rows[near], contract(flow, rows[near], z[near], options)))
    slow = np.flatnonzero(look & ~rest.solved)
    if slow.size:
        found = accelerate(flow.step, flow.distance, rows[slow], z[slow], flow.tol, options.evaluations)
        found.solved[:] &= ~vanished(found)
        force = image[slow] - z[slow]
        found.solved[:] &= leads_to(flow.step, rows[slow], z[slow], force, found.state, options.bend)
        rest.put(slow, _kept(flow, rows[slow], found))
    return rest


def _kept(flow: Flow, rows: Index, found: Rest) -> Rest:
    """Limits that are unstable taken back: the path only passes them."""
    good = np.flatnonzero(found.solved & ~vanished(found))
    if good.size:
        found.solved[good] = flow.stable(rows[good], found.state[good])
    return found


def leads_to(step: Map, rows: Index, z: Array, force: Array, goal: Array, bend: float) -> Flags:
    """Whether the force falls linearly to zero on the way from z to rest points, (R,)."""
    scale = np.linalg.norm(force, axis=1)
    linear = np.ones(rows.size, dtype=bool)
    for share in (0.25, 0.5, 0.75):
        at = goal + share * (z - goal)
        off = np.linalg.norm(step(rows, at) - at - share * force, axis=1)
        linear &= off <= bend * share * scale
    return linear
