"""Limits of flows dz/dtau = T(z) - z for batches of maps T: where the flow from a given start comes to rest.

A map can have many fixed points; the limit is the one that the flow reaches. Where T contracts from the start
on, that is the only one around, and Anderson acceleration finds it in a few evaluations. All other rows are
integrated with control of the error by ROS2, the linearly implicit method of two stages (Verwer, Spee, Blom
and Hundsdorfer 1999, A second-order Rosenbrock method applied to photochemical dispersion problems): L-stable
so that stiff flows cost no more than others, and of second order whatever matrix stands for the Jacobian, so
that its linear systems may be solved roughly, in a Krylov space. A flow ends where Newton's method, with the
Jacobian of the path, contracts to a stable fixed point at once: the linear flow goes there, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.spectrum import Krylov, Linear, leading_eigenvalue, resolve

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
Map = Callable[[Index, Array], Array]
"""(rows, states) to states: the map T on some of the rows."""
Derivative = Callable[[Index, Array], Linear]
"""(rows, states) to the derivative of the map there, which takes changes to changes."""
Distance = Callable[[Index, Array, Array], Array]
"""(rows, states, states) to distances, in the units in which errors are judged."""

GAMMA = 1.0 - np.sqrt(0.5)
"""The coefficient with which ROS2 is L-stable and its error smallest."""


@dataclass(frozen=True)
class Tolerances:
    """Where accuracy ends. Distances are in the units of `Distance`, times in that in which users respond.

    Attributes:
        path: error of a step, estimated by the embedded method of first order: the next one is used where
            the distance from an unstable rest point was less than `margin` times the sum of errors so far,
            as on the way past a saddle, for errors have grown since they were made...
        relative: ...at unstable places also as a share of the distance from where they are at rest.
        margin: see above.
        landing: times what is allowed, for a step that is cut short where the force turns round.
        contraction: one-sided Lipschitz constant of T, sampled, below which all paths draw together...
        expansion: ...if the plain one is not above this: the samples would be too far apart.
        between: shares of the way from the start to a limit at which that is tested.
        newton: factor by which simplified Newton corrections must shrink twice (1/4 keeps well within the
            ball of Kantorovich's theorem, whose bound is 1/2: Deuflhard 2011, Newton Methods for Nonlinear
            Problems, section 2.1).
        linear: residual of the linear systems of a step, as a share.
        free: ...times the slope of T and 1, up to which a step takes -1 for the Jacobian.
        growth: steps grow at most by this factor.
        unstable: steps are at most this share of where (1 - gamma h mu) vanishes for a growing mode mu.
        calm: Newton's method is tried when the flow has slowed down by this factor.
        placed: error of a limit where rounding hides more of it, since T is steep.
        neutral: how far from 1 a leading eigenvalue of T' counts as 1.
        floor: a residual that no longer falls is rounding if it is at most this.
        explicit: what the error of an explicit step, of order five, may be of that of an implicit one.
        stability: longest explicit step, times the rate at which forces change: half of where it is unstable.
        strained: explicit steps kept short by that after which implicit ones are taken.
        steps: most steps of a path, times the square root of its accuracy.
    """

    path: tuple[float, ...] = (1e-2, 1e-6)
    relative: float = 0.1
    margin: float = 3.0
    landing: float = 4.0
    contraction: float = 0.7
    expansion: float = 1.5
    between: tuple[float, ...] = (0.0, 0.5)
    newton: float = 0.25
    linear: float = 1e-3
    free: float = 0.25
    growth: float = 4.0
    unstable: float = 0.4
    calm: float = 0.5
    placed: float = 1e-9
    neutral: float = 1e-9
    explicit: float = 0.01
    floor: float = 1e-10
    stability: float = 2.0
    strained: float = 8.0
    steps: float = 40.0


TOLERANCES = Tolerances()


@dataclass(frozen=True)
class Limit:
    """Where the flow ends.

    Attributes:
        state: (R, D); the start where no limit was found.
        residual: distance of each state to its image, (R,).
        converged: whether it is a limit within tolerance, (R,).
        direct: whether the map contracted from the start on, so that small errors cannot change the limit.
    """

    state: Array
    residual: Array
    converged: Flags
    direct: Flags

    def take(self, rows: Index | slice) -> Limit:
        """Return the limits of some rows."""
        return Limit(self.state[rows], self.residual[rows], self.converged[rows], self.direct[rows])

    def put(self, rows: Index, found: Limit) -> None:
        """Write the limits of some rows."""
        self.state[rows], self.residual[rows] = found.state, found.residual
        self.converged[rows], self.direct[rows] = found.converged, found.direct


def unknown(start: Array) -> Limit:
    """No limit yet for starts (R, D)."""
    count = len(start)
    return Limit(start.copy(), np.full(count, np.inf), *np.zeros((2, count), dtype=bool))


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
    limit.state[~limit.converged] = start[~limit.converged]
    left = np.flatnonzero(~limit.converged)
    for path in TOLERANCES.path:
        if not left.size:
            break
        found, delicate = integrate(step, derive, distance, rows[left], start[left], tol, path)
        limit.put(left, found)
        left = left[delicate]
    return limit


@dataclass
class Memory:
    """What Anderson acceleration has learned of the map: its last differences.

    Attributes:
        images, moves: differences of T(z) and of T(z) - z, (R, 5, D); zero where there are none yet.
        count: how many have been seen.
    """

    images: Array
    moves: Array
    count: int = 0

    @staticmethod
    def blank(start: Array) -> Memory:
        """Nothing learned yet about the rows of `start` (R, D)."""
        return Memory(*np.zeros((2, len(start), 5, start.shape[1])))

    def take(self, rows: Index) -> Memory:
        """Return what is known of some rows."""
        return Memory(self.images[rows], self.moves[rows], self.count)

    def learn(self, rows: Index, image: Array, move: Array) -> None:
        """Store a difference for some rows in place of the oldest."""
        at = self.count % self.images.shape[1]
        self.images[rows, at], self.moves[rows, at] = image, move
        self.count += 1

    def correct(self, rows: Index, image: Array, move: Array) -> Array:
        """The next state: `image` less the combination of differences that best explains `move`."""
        known = min(self.count, self.images.shape[1])
        past = self.moves[rows, :known]
        gram = past @ past.swapaxes(1, 2)
        gram += (1e-13 * np.einsum("rii->r", gram) + 1e-300)[:, None, None] * np.eye(known)
        weights = np.linalg.solve(gram, past @ move[:, :, None])
        weights[~np.isfinite(weights).all(axis=(1, 2))] = 0.0
        return np.asarray(image - (weights.swapaxes(1, 2) @ self.images[rows, :known])[:, 0])


def accelerate(
    step: Map,
    distance: Distance,
    rows: Index,
    start: Array,
    tol: float,
    *,
    most: int = 40,
    guarded: bool = False,
    memory: Memory | None = None,
) -> Limit:
    """Solve z = T(z) from `start` (R, D) by Anderson acceleration (Walker and Ni 2011).

    Args:
        step, distance, rows, start, tol: as for `settle`.
        most: most evaluations of the map.
        guarded: give up rows as soon as two states show that the map does not contract between them, or the
            flow is not drawn to the limit everywhere on the straight way there.
        memory: what is known about the map, (R,); goes on learning.
    """
    limit, memory = unknown(start), memory or Memory.blank(start)
    live, z, best = np.arange(rows.size), start, np.full(rows.size, np.inf)
    last_z = last_image = last_move = start
    for count in range(most):
        image = step(rows[live], z)
        move, error = image - z, distance(rows[live], z, image)
        limit.state[live], limit.residual[live] = image, error
        going = (error > tol) & np.isfinite(error)
        floor = (error <= TOLERANCES.floor) & (error >= 0.5 * best[live])
        limit.converged[live] = (error <= tol) | floor
        going &= ~floor
        if count:
            gap, bend = z - last_z, move - last_move
            if guarded:
                sound = _contracts(gap, bend) | (best[live] <= 100.0 * tol)
                limit.converged[live] &= sound
                going &= sound
            memory.learn(live, image - last_image, bend)
        if not going.any():
            break
        plain = error > 2.0 * best[live]
        best[live] = np.minimum(best[live], error)
        live, z, image, move, plain = live[going], z[going], image[going], move[going], plain[going]
        last_z, last_image, last_move = z, image, move
        if memory.count:
            z = np.where(plain[:, None], image, memory.correct(live, image, move))
        else:
            z = z + move / 2.0 if guarded else image
    if guarded:
        limit.converged[:] &= drawn(step, rows, start, limit.state, limit.converged, tol)
        limit.direct[:] = limit.converged
    return limit


def drawn(step: Map, rows: Index, start: Array, end: Array, some: Flags, tol: float) -> Flags:
    """Which of some rows (R,) the flow draws to `end` all along the straight way from `start`, (R, D) each.

    It does if T contracts in between: the force then points to the end, and is as strong as that says.
    """
    result = some.copy()
    for share in TOLERANCES.between:
        near = np.flatnonzero(result)
        if not near.size:
            break
        way = end[near] - start[near]
        z = start[near] + share * way
        pull = _dot(step(rows[near], z) - z, way)
        least = (1.0 - TOLERANCES.contraction) * (1.0 - share) * _dot(way, way)
        result[near] = pull >= least - tol**2
    return result


def attracts(derive: Derivative, rows: Index, state: Array) -> Flags:
    """Which rest points (R, D) of rows attract: a path that hits a saddle's stable side seems to contract.

    Three powers of T' on a fixed vector show whether its spectrum is well inside of the unit disk; where they
    do not, Arnoldi iteration tells.
    """
    vector = np.broadcast_to(np.cos(np.square(np.arange(1.0, state.shape[1] + 1.0))), state.shape)
    slope, sizes = derive(rows, state), []
    for _ in range(3):
        vector = slope(vector)
        sizes.append(np.abs(vector).max(axis=1))
    result = sizes[2] <= TOLERANCES.contraction * sizes[1]
    unclear = np.flatnonzero(~result)
    if unclear.size:
        leading = leading_eigenvalue(derive(rows[unclear], state[unclear]), state.shape[1])
        result[unclear] = leading <= 1.0 - TOLERANCES.neutral
    return np.asarray(result)


def _contracts(gap: Array, bend: Array) -> Flags:
    """Whether T contracts between states `gap` apart, between which T(z) - z changes by `bend`, (R,)."""
    square = np.einsum("rd,rd->r", gap, gap)
    along = np.einsum("rd,rd->r", gap, bend)
    change = np.einsum("rd,rd->r", gap + bend, gap + bend)
    close = along <= (TOLERANCES.contraction - 1.0) * square
    return np.asarray(close & (change <= TOLERANCES.expansion**2 * square))


def integrate(
    step: Map, derive: Derivative, distance: Distance, rows: Index, start: Array, tol: float, path: float
) -> tuple[Limit, Flags]:
    """Follow the flow from `start` by ROS2, and end it by Newton's method.

    Args:
        step, derive, distance, rows, start, tol: as for `settle`.
        path: error of a step.

    Returns:
        The limits, and the rows whose way a smaller error might change.
    """
    limit, delicate = unknown(start), np.zeros(rows.size, dtype=bool)
    live, way = np.arange(rows.size), _depart(step, distance, rows, start, path)
    for _ in range(int(TOLERANCES.steps / np.sqrt(path))):
        calm = np.flatnonzero(way.speed <= way.tried)
        if calm.size:
            found = _end(step, derive, distance, rows[live[calm]], way.z[calm], way.force[calm], tol)
            way.tried[calm] = TOLERANCES.calm * way.speed[calm]
            limit.put(live[calm[found.converged]], found.take(np.flatnonzero(found.converged)))
            # What rests at an unstable point to within rounding goes nowhere that numbers could tell.
            going = np.flatnonzero(~limit.converged[live] & (way.speed > tol))
            live, way = live[going], way.take(going)
        if not live.size:
            break
        _walk(step, distance, rows[live], way, path)
        slow = np.flatnonzero(way.strain >= TOLERANCES.strained)
        if slow.size:
            some = way.take(slow)
            _advance(step, derive, distance, rows[live[slow]], some, path)
            way.put(slow, some)
        delicate[live] |= way.delicate
    return limit, delicate


@dataclass
class _Way:
    """Where rows are on their way, (R,) each unless said otherwise.

    Attributes:
        z, force: the state and T(z) - z, (R, D) each.
        length: of the next step.
        speed: how fast the flow is, in the units of `Distance`.
        tried: speed at which Newton's method is tried next.
        steep: how much T changes on the way of the last step, as a share of its length.
        growing: rate of the fastest growing mode that shows.
        error: sum of the errors of all steps so far.
        strain: number of steps that stability, not accuracy, kept short: then implicit ones pay.
        stable: longest step for which the explicit method was seen to be stable.
        slowest, fastest: the least speed since the flow last sped up, and the greatest before that.
        delicate: whether the flow is so close to an unstable rest point that this could change its way.
    """

    z: Array
    force: Array
    length: Array
    speed: Array
    tried: Array
    steep: Array
    growing: Array
    error: Array
    strain: Array
    stable: Array
    slowest: Array
    fastest: Array
    delicate: Flags

    def take(self, rows: Index) -> _Way:
        """Return some of the rows."""
        return _Way(*(getattr(self, f.name)[rows] for f in fields(self)))

    def put(self, rows: Index, some: _Way) -> None:
        """Write back some of the rows."""
        for f in fields(self):
            getattr(self, f.name)[rows] = getattr(some, f.name)


def _depart(step: Map, distance: Distance, rows: Index, start: Array, path: float) -> _Way:
    image = step(rows, start)
    speed = distance(rows, start, image)
    length = np.minimum(0.5, 0.1 / np.maximum(speed, 0.1))
    no = np.zeros(rows.size, dtype=bool)
    steep, (one, two, three, four) = np.full(rows.size, np.inf), np.zeros((4, rows.size))
    slowest, fastest = speed.copy(), speed.copy()
    return _Way(
        start.copy(), image - start, length, speed, speed.copy(), steep, one, two, three, four, slowest,
        fastest, no,
    )  # fmt: skip


STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
"""The explicit method of Dormand and Prince (1980, A family of embedded Runge-Kutta formulae): order 5..."""

EMBEDDED = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
"""...and its difference from the embedded one of order four."""


def _walk(step: Map, distance: Distance, rows: Index, way: _Way, path: float) -> None:
    """Take an explicit step with every row for which that is stable; set the length of the next."""
    tol = TOLERANCES
    at = np.flatnonzero(way.strain < tol.strained)
    if not at.size:
        return
    allowed = tol.explicit * path
    h, forces, z = way.length[at, None], [way.force[at]], way.z[at]
    for weights in STAGES[1:]:
        before = z
        move = sum(w * force for w, force in zip(weights, forces, strict=True) if w)
        z = way.z[at] + h * move
        z = np.where(np.isfinite(z).all(axis=1, keepdims=True), z, way.z[at])
        forces.append(step(rows[at], z) - z)
    off = h * sum(w * force for w, force in zip(EMBEDDED, forces, strict=True) if w)
    error = distance(rows[at], z, z + off)
    factor = 0.9 * (allowed / np.maximum(error, 1e-300)) ** 0.2
    length = h[:, 0] * np.clip(np.nan_to_num(factor), 0.2, tol.growth)
    bend, gap = forces[6] - forces[5], z - before
    rate = np.sqrt(_dot(bend, bend) / np.maximum(_dot(gap, gap), 1e-300))
    way.stable[at] = tol.stability / np.maximum(rate, 1.0)
    bound = length > 2.0 * way.stable[at]
    way.strain[at] = np.where(bound, way.strain[at] + 1.0, tol.calm * way.strain[at])
    way.length[at] = np.minimum(length, way.stable[at])
    good = error <= allowed
    taken = at[good]
    way.z[taken], way.force[taken] = z[good], forces[6][good]
    way.error[taken] += error[good]
    way.speed[taken] = distance(rows[taken], z[good], z[good] + forces[6][good])
    way.tried[taken] = np.maximum(way.tried[taken], tol.calm * way.speed[taken])
    _watch(way, taken)


def _watch(way: _Way, rows: Index) -> None:
    """Note whether rows have passed a saddle so closely that errors decided where they went on.

    On the way in, errors grow as the distance from the saddle shrinks; on the way out, the flow speeds up as
    what leads away has outgrown what led there. Both are equal where the flow is slowest.
    """
    speed, slowest, fastest = way.speed[rows], way.slowest[rows], way.fastest[rows]
    again = TOLERANCES.calm * speed > slowest
    way.delicate[rows] |= again & (slowest**2 < TOLERANCES.margin * way.error[rows] * fastest)
    way.fastest[rows] = np.where(again, speed, np.maximum(fastest, np.where(speed > slowest, fastest, speed)))
    way.slowest[rows] = np.where(again, speed, np.minimum(slowest, speed))


def _advance(step: Map, derive: Derivative, distance: Distance, rows: Index, way: _Way, path: float) -> None:
    """Take a step of ROS2 with every row whose error allows it; set the length of the next.

    Near an unstable rest point errors grow as the distance from it does, and must be small beside that.
    """
    trial = _try(step, derive, distance, rows, way)
    unstable, far = way.growing > TOLERANCES.neutral, np.full(rows.size, np.inf)
    np.divide(way.speed, way.growing, out=far, where=unstable)
    allowed = np.minimum(path, TOLERANCES.relative * far)
    factor = 0.9 * np.sqrt(allowed / np.maximum(trial.error, 1e-300))
    way.length = trial.length * np.clip(np.nan_to_num(factor), 0.1, TOLERANCES.growth)
    over = _overshot(way.force, trial.there, trial.bend)
    allowed = np.where(over, TOLERANCES.landing * allowed, allowed)
    taken = np.flatnonzero(trial.error <= allowed)
    if not taken.size:
        return
    z = trial.z[taken]
    landing = np.flatnonzero(over[taken])
    if landing.size:
        some = taken[landing]
        z[landing] = _land(step, rows[some], way.take(some), trial.take(some))
    image = step(rows[taken], z)
    way.z[taken], way.force[taken] = z, image - z
    way.error[taken] += trial.error[taken]
    way.delicate |= far < TOLERANCES.margin * way.error
    way.speed[taken] = distance(rows[taken], z, image)
    way.tried = np.maximum(way.tried, TOLERANCES.calm * way.speed)
    way.strain = np.where(way.length <= way.stable, 0.0, way.strain)


@dataclass
class _Trial:
    """A step of ROS2, (R,) each unless said otherwise.

    Attributes:
        length: of the step.
        middle, there: the state of the second stage, a step of first order, and the force there, (R, D).
        bend: change of the force up to there, less what the Jacobian explains, (R, D).
        z: where the step leads, (R, D).
        error: distance of `middle` from there; nan if that is not finite.
    """

    length: Array
    middle: Array
    there: Array
    bend: Array
    z: Array
    error: Array

    def take(self, rows: Index) -> _Trial:
        """Return some of the rows."""
        return _Trial(*(getattr(self, f.name)[rows] for f in fields(self)))


def _try(step: Map, derive: Derivative, distance: Distance, rows: Index, way: _Way) -> _Trial:
    """A step of ROS2 of every row, with -1 for the Jacobian where that will do."""
    length, growing = way.length.copy(), way.growing.copy()
    first = way.force / (1.0 + GAMMA * length[:, None])
    stiff = np.flatnonzero(length * np.maximum(way.steep, TOLERANCES.free) > TOLERANCES.free)
    if stiff.size:
        slope = derive(rows[stiff], way.z[stiff])
        first[stiff], growing[stiff], length[stiff] = _implicit(slope, way.force[stiff], length[stiff])
    h = length[:, None]
    middle = way.z + h * first
    middle = np.where(np.isfinite(middle).all(axis=1, keepdims=True), middle, way.z)
    there = step(rows, middle) - middle
    source = there - 2.0 * first
    second = source / (1.0 + GAMMA * h)
    if stiff.size:
        solved = Krylov(slope, source[stiff]).resolve(_share(length[stiff]), TOLERANCES.linear)
        second[stiff] = solved / (1.0 + GAMMA * h[stiff])
    bend = there - way.force - (first - way.force) / GAMMA
    change = np.sqrt(_dot(there - way.force + h * first, there - way.force + h * first))
    way.steep = change / np.maximum(length * np.sqrt(_dot(first, first)), 1e-300)
    way.growing = growing
    z = middle + h / 2.0 * (first + second)
    return _Trial(length, middle, there, bend, z, distance(rows, middle, z))


def _implicit(slope: Linear, force: Array, length: Array) -> tuple[Array, Array, Array]:
    """The first stage, the rate of the fastest growing mode that shows, and the length that this allows."""
    space = Krylov(slope, force)
    first = space.resolve(_share(length), TOLERANCES.linear)
    growing = space.rightmost() - 1.0
    shorter = np.minimum(length, TOLERANCES.unstable / (GAMMA * np.maximum(growing, 1e-300)))
    if (shorter < length).any():
        first = space.resolve(_share(shorter), TOLERANCES.linear)
    return first / (1.0 + GAMMA * shorter[:, None]), growing, shorter


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


def _land(step: Map, rows: Index, way: _Way, trial: _Trial) -> Array:
    """Bisect the way to the second stage for where the force along its change is small, (R, D).

    Where T falls steeply, flows from both sides end on a narrow track, whose Jacobian is known on it alone.
    """
    before, after = _dot(trial.bend, way.force), _dot(trial.bend, trial.there)
    small = TOLERANCES.newton * np.minimum(-before, after)
    low, high = np.zeros(rows.size), np.ones(rows.size)
    z, live = trial.middle.copy(), np.arange(rows.size)
    for _ in range(np.finfo(np.float64).nmant):
        share = (low[live] + high[live]) / 2.0
        z[live] = way.z[live] + share[:, None] * (trial.middle[live] - way.z[live])
        force = _dot(trial.bend[live], step(rows[live], z[live]) - z[live])
        low[live] = np.where(force < 0.0, share, low[live])
        high[live] = np.where(force < 0.0, high[live], share)
        live = live[np.abs(force) > small[live]]
        if not live.size:
            break
    return z


def _dot(one: Array, other: Array) -> Array:
    return np.asarray(np.einsum("rd,rd->r", one, other))


def _end(
    step: Map, derive: Derivative, distance: Distance, rows: Index, z: Array, force: Array, tol: float
) -> Limit:
    """Newton's limit next to z (R, D), where simplified corrections show that the linear flow leads there."""
    limit = unknown(z)
    move = resolve(derive(rows, z), force, TOLERANCES.linear)
    end = z + move
    slower = distance(rows, end, step(rows, end)) < 0.5 * distance(rows, z, z + force)
    some = np.flatnonzero(slower)
    if some.size:
        end, near = _simplified(step, derive, distance, rows[some], z[some], move[some], tol)
        some, end = some[near], end[near]
    if some.size:
        found = newton(step, derive, distance, rows[some], end, tol)
        stable = leading_eigenvalue(derive(rows[some], found.state), z.shape[1]) <= 1.0 - TOLERANCES.neutral
        found.converged[:] &= stable
        limit.put(some, found)
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


def newton(
    step: Map, derive: Derivative, distance: Distance, rows: Index, start: Array, tol: float, most: int = 20
) -> Limit:
    """Solve z = T(z) next to `start` (R, D) by Newton's method.

    Rows stop when a step is at most `tol` long, or when rounding keeps steps from shrinking: then they are
    placed to the last step, if that is accurate enough (`Tolerances.placed`).
    """
    limit = unknown(start)
    live, z, last = np.arange(rows.size), start, np.full(rows.size, np.inf)
    for _ in range(most):
        move = resolve(derive(rows[live], z), step(rows[live], z) - z, TOLERANCES.linear)
        size = distance(rows[live], z, z + move)
        size[~np.isfinite(size)] = np.inf
        shrinks = size <= 0.5 * last
        z = np.where(shrinks[:, None], z + move, z)
        limit.state[live] = z
        limit.converged[live] = np.where(shrinks, size <= tol, last <= TOLERANCES.placed)
        going = shrinks & (size > tol)
        live, z, last = live[going], z[going], size[going]
        if not live.size:
            break
    limit.residual[:] = distance(rows, limit.state, step(rows, limit.state))
    return limit
