"""Steps along flows dz/dtau = T(z) - z, with control of the error.

ROS2 is the linearly implicit method of two stages (Verwer, Spee, Blom and Hundsdorfer 1999, A second-order
Rosenbrock method applied to photochemical dispersion problems), L-stable so that stiff flows cost no more
than others, and of second order whatever matrix stands for the Jacobian, so that its linear systems may be
solved roughly, in a Krylov space. Where steps must be short against the slope of T to be accurate, an
explicit pair of third order takes them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.numerics.batch import Batch, stacked
from eqsolve.numerics.fixed_point import Derivative, Distance, Flags, Index, Map
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.spectrum import Krylov

GAMMA = 1.0 - np.sqrt(0.5)
"""The coefficient with which ROS2 is L-stable and its error smallest."""


@record
class Tolerances:
    """Where accuracy ends. Distances are in the units of `Distance`, times in that in which users respond.

    Attributes:
        path: error of a step, estimated by the embedded method of first order...
        relative: ...at unstable places also as a share of the distance from where they are at rest...
        careful: ...and times this where that was less than `margin` times the sum of the errors so far, as on
            the way past a saddle: errors have grown since they were made.
        margin: see above.
        landing: times what is allowed, for a step that is cut short where the force turns round.
        newton: factor by which simplified Newton corrections must shrink twice (1/4 keeps well within the
            ball of Kantorovich's theorem, whose bound is 1/2: Deuflhard 2011, Newton Methods for Nonlinear
            Problems, section 2.1).
        linear: residual of the linear systems of a step, as a share.
        free: a careful step up to 1 long is explicit if its length times the slope of T is at most this.
        fading: what is left of that slope after a step: stiffness is not forgotten at once.
        safety, shrink, growth: share of the length that should do, and by how much it may change at once.
        unstable: steps are at most this share of where (1 - gamma h mu) vanishes for a growing mode mu.
        calm: Newton's method is tried when the flow has slowed down by this factor, and must slow it down so.
        close: length of a Newton step at which a path is as good as at rest: equilibria are farther apart.
        neutral: how far from 1 a leading eigenvalue of T' counts as 1.
        steps: most steps of a path, times the square root of its accuracy.
    """

    path: float = 1e-2
    relative: float = 0.1
    careful: float = 4e-4
    margin: float = 3.0
    landing: float = 4.0
    newton: float = 0.25
    linear: float = 1e-3
    free: float = 0.25
    fading: float = 0.5
    safety: float = 0.9
    shrink: float = 0.1
    growth: float = 4.0
    unstable: float = 0.4
    calm: float = 0.5
    close: float = 1e-6
    neutral: float = 1e-9
    steps: float = 40.0


TOLERANCES = Tolerances()


@dataclass
class Way(Batch):
    """Where rows are on their way, (R,) each unless said otherwise.

    Attributes:
        z, force: the state and T(z) - z, (R, D) each.
        length: of the next step.
        speed: how fast the flow is, in the units of `Distance`.
        tried: speed at which Newton's method is tried next.
        steep: how much T changes on the way of a step, as a share of its length; fades with every
            step; nan if unknown, inf on narrow tracks.
        growing: rate of the fastest growing mode that shows.
        turn: the last step that was not along the force at its end, less its part along it, (R, D).
        error: sum of the errors of all steps so far.
        delicate: whether the flow is so close to an unstable rest point that this could change its way.
    """

    z: Array
    force: Array
    length: Array
    speed: Array
    tried: Array
    steep: Array
    growing: Array
    turn: Array
    error: Array
    delicate: Flags


def depart(step: Map, distance: Distance, rows: Index, start: Array, path: float) -> Way:
    """Rows at their starts (R, D), with a first step that is `path` long at most."""
    image = step(rows, start)
    speed = distance(rows, start, image)
    length = np.minimum(1.0, path / np.maximum(speed, path))
    steep, none = np.full(rows.size, np.nan), np.zeros(rows.size)
    return Way(
        start.copy(), image - start, length, speed, speed.copy(), steep, none, np.zeros(start.shape),
        none.copy(), none > 0.0,
    )  # fmt: skip


def advance(step: Map, derive: Derivative, distance: Distance, rows: Index, way: Way, path: float) -> None:
    """Take a step with every row whose error allows it; set the length of the next.

    Near an unstable rest point errors grow as the distance from it does, and must be small beside that.
    """
    trial = _try(step, derive, distance, rows, way, path < TOLERANCES.path)
    unstable, far = trial.growing > TOLERANCES.neutral, np.full(rows.size, np.inf)
    np.divide(way.speed, trial.growing, out=far, where=unstable)
    allowed = np.minimum(path, TOLERANCES.relative * far)
    factor = TOLERANCES.safety * (allowed / np.maximum(trial.error, 1e-300)) ** (1.0 / trial.order)
    way.length = trial.length * np.clip(np.nan_to_num(factor), TOLERANCES.shrink, TOLERANCES.growth)
    change = trial.there - way.force + trial.end - way.z
    square = np.maximum(_dot(trial.end - way.z, trial.end - way.z), 1e-300)
    steep = np.nan_to_num(np.sqrt(_dot(change, change) / square))
    way.steep = np.maximum(steep, np.nan_to_num(TOLERANCES.fading * way.steep, posinf=np.inf))
    way.growing = trial.growing
    over = _overshot(way.force, trial.there, trial.bend)
    allowed = np.where(over, TOLERANCES.landing * allowed, allowed)
    sound = trial.error <= allowed
    landing = np.flatnonzero(over & sound)
    if landing.size:
        found = _land(step, rows[landing], way.take(landing), trial.take(landing))
        trial.z[landing], trial.image[landing] = found
        way.steep[landing] = np.inf
    taken = np.flatnonzero(sound)
    move, force = trial.z[taken] - way.z[taken], trial.image[taken] - trial.z[taken]
    _turn(way, taken, move, force)
    way.z[taken], way.force[taken] = trial.z[taken], force
    way.error[taken] += trial.error[taken]
    way.delicate = far < TOLERANCES.margin * way.error
    way.speed[taken] = distance(rows[taken], trial.z[taken], trial.image[taken])
    way.tried = np.maximum(way.tried, TOLERANCES.calm * way.speed)


def _turn(way: Way, taken: Index, move: Array, force: Array) -> None:
    """Note steps (K, D) that were not along the forces (K, D) at their ends."""
    along = _dot(move, force) / np.maximum(_dot(force, force), 1e-300)
    aside = move - along[:, None] * force
    turned = _dot(aside, aside) > TOLERANCES.neutral**2 * _dot(move, move)
    way.turn[taken[turned]] = aside[turned]


@dataclass
class _Trial(Batch):
    """A step, (R,) each unless said otherwise.

    Attributes:
        length: of the step.
        growing: rate of the fastest growing mode that shows.
        end, there: a state ahead on the path, and the force there, (R, D).
        bend: change of the force up to there, less what the Jacobian explains, (R, D).
        z, image: where the step leads, and its image, (R, D).
        error: of the embedded method; nan if that is not finite.
        order: power of the length with which `error` falls.
    """

    length: Array
    growing: Array
    end: Array
    there: Array
    bend: Array
    z: Array
    image: Array
    error: Array
    order: Array


def _try(step: Map, derive: Derivative, distance: Distance, rows: Index, way: Way, careful: bool) -> _Trial:
    """A step of every row, in careful runs explicit where it is short against the slope of the map."""
    free = careful & (way.length * np.maximum(way.steep, TOLERANCES.free) <= TOLERANCES.free)
    short, long = np.flatnonzero(free), np.flatnonzero(~free)
    parts = []
    if short.size:
        parts.append(_explicit(step, distance, rows[short], way.take(short)))
    if long.size:
        parts.append(_implicit(step, derive, distance, rows[long], way.take(long)))
    place = np.argsort(np.concatenate([short, long]))
    return stacked(parts).take(place)


def _explicit(step: Map, distance: Distance, rows: Index, way: Way) -> _Trial:
    """A step of the pair of Bogacki and Shampine (1989, A 3(2) pair of Runge-Kutta formulas)."""
    h, first = way.length[:, None], way.force
    half = way.z + h / 2.0 * first
    second = step(rows, half) - half
    most = way.z + 0.75 * h * second
    third = step(rows, most) - most
    end = way.z + h / 9.0 * (2.0 * first + 3.0 * second + 4.0 * third)
    image = step(rows, end)
    last = image - end
    error = h / 72.0 * (6.0 * second + 8.0 * third - 5.0 * first - 9.0 * last)
    return _Trial(
        way.length, way.growing, end, last, last - first + end - way.z, end, image,
        distance(rows, end, end + error), np.full(rows.size, 3.0),
    )  # fmt: skip


def _implicit(step: Map, derive: Derivative, distance: Distance, rows: Index, way: Way) -> _Trial:
    """A step of ROS2, no longer than the growth of unstable modes allows."""
    slope = derive(rows, way.z)
    space = Krylov(slope, way.force)
    first = space.resolve(_share(way.length), TOLERANCES.linear)
    growing = space.rightmost() - 1.0
    length = np.minimum(way.length, TOLERANCES.unstable / (GAMMA * np.maximum(growing, 1e-300)))
    if (length < way.length).any():
        first = space.resolve(_share(length), TOLERANCES.linear)
    h = length[:, None]
    first /= 1.0 + GAMMA * h
    end = _finite(way.z + h * first, way.z)
    there = step(rows, end) - end
    second = Krylov(slope, there - 2.0 * first).resolve(_share(length), TOLERANCES.linear) / (1.0 + GAMMA * h)
    z = end + h / 2.0 * (first + second)
    error = distance(rows, end, z)
    z = _finite(z, way.z)
    bend = there - way.force - (first - way.force) / GAMMA
    return _Trial(
        length, growing, end, there, bend, z, step(rows, z), error, np.full(rows.size, 2.0)
    )  # fmt: skip


def _finite(z: Array, otherwise: Array) -> Array:
    return np.where(np.isfinite(z).all(axis=1, keepdims=True), z, otherwise)


def _share(length: Array) -> Array:
    """The system (1 - gamma h (T' - 1)) k = f is (1 - share T') k = f / (1 + gamma h)."""
    return np.asarray(GAMMA * length / (1.0 + GAMMA * length))


def _overshot(before: Array, after: Array, bend: Array) -> Flags:
    """Whether the force turns round on the way of a step for a reason that the Jacobian does not know, (R,).

    Args:
        before, after: the force at the start and at the end, (R, D).
        bend: its change, less what the Jacobian explains, (R, D).
    """
    large = _dot(bend, bend) >= TOLERANCES.newton**2 * _dot(before, before)
    return np.asarray(large & (_dot(bend, before) < 0.0) & (_dot(bend, after) > 0.0))


def _land(step: Map, rows: Index, way: Way, trial: _Trial) -> tuple[Array, Array]:
    """Bisect the way ahead for where the force along its change is small; there and its image, (R, D) each.

    Where T falls steeply, flows from both sides end on a narrow track, whose Jacobian is known on it alone.
    """
    before, after = _dot(trial.bend, way.force), _dot(trial.bend, trial.there)
    small = TOLERANCES.newton * np.minimum(-before, after)
    low, high = np.zeros(rows.size), np.ones(rows.size)
    z, image, live = trial.end.copy(), trial.image.copy(), np.arange(rows.size)
    for _ in range(np.finfo(np.float64).nmant):
        share = (low[live] + high[live]) / 2.0
        z[live] = way.z[live] + share[:, None] * (trial.end[live] - way.z[live])
        image[live] = step(rows[live], z[live])
        force = _dot(trial.bend[live], image[live] - z[live])
        low[live] = np.where(force < 0.0, share, low[live])
        high[live] = np.where(force < 0.0, high[live], share)
        live = live[np.abs(force) > small[live]]
        if not live.size:
            break
    return z, image


def _dot(one: Array, other: Array) -> Array:
    return np.asarray(np.einsum("rd,rd->r", one, other))
