"""Fixed points of batched maps that the flow dz/dtau = T(z) - z reaches from a given start.

Plain acceleration converges to some fixed point; selection by history asks for the one that the flow reaches.
So rows whose first two steps contract are accelerated at once, all others are carried along the flow by
steps that grow as it slows down, explicit while they are short, implicit later (pseudo-transient
continuation, Kelley and Keyes 1998; solved by Anderson acceleration, Walker and Ni 2011). A step that would
move far is shortened, so that a path is followed through slow drift and past saddles, and never jumped over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
Map = Callable[[Index, Array], Array]
"""(rows, states) to states: the map T on some of the rows."""
Distance = Callable[[Index, Array, Array], Array]
"""(rows, states, states) to distances, in the units in which convergence is judged."""

WINDOW = 5
"""Differences kept by Anderson acceleration: the maps have few slow modes."""

CONTRACTING = 0.6
"""Two first steps shrink by this factor: the start lies in the basin of a nearby fixed point..."""

REACH = 4.0
"""...which is then at most 1 / (1 - 0.6) = 2.5 first steps away; farther limits are not trusted."""

ATTEMPTS = 5
"""Attempts to accelerate, a unit of time apart, before a row counts as slow."""

PATH_TOLERANCE = 0.02
"""Accuracy of an implicit step, as a share of its length: acceleration then ends the path precisely."""

EXPLICIT = 0.5
"""Longest step that is taken explicitly, in the time in which users respond."""

TURN = 0.15
"""Largest error of an explicit step, as a share of its length: stiff flows are not overshot."""

SHORTEST = 0.02
"""Steps this short are accepted however far they move: the flow itself is that fast."""

LARGEST_MOVE = 0.1
"""How far one step may carry the state along the flow."""

STEADY = 2.0
"""Length of an implicit step from which a flow that slows down is taken to come to rest..."""

AT_REST = 0.3
"""...if it moves by no more than this share of the shorter step before it. Also: speed at which, and share of
an earlier speed by which, the flow is taken to calm down."""

CURB = 0.5
"""The share of the time in which a flow speeds up e-fold that the next step takes."""

IMPLICIT = 15
"""Evaluations in which an implicit step is solved, or it is too long."""

CLOSE = 1.5
"""A rest point that pulls back at the speed of its distance, or faster, is at most this many speeds away."""


@dataclass(frozen=True)
class Limit:
    """Where the flow ends.

    Attributes:
        state: (R, D).
        residual: distance of each state to its image, (R,).
        converged: whether that is within tolerance, (R,).
        direct: whether the map contracted from the start on, so that small errors cannot change the limit.
    """

    state: Array
    residual: Array
    converged: Flags
    direct: Flags

    def take(self, rows: Index | slice) -> Limit:
        """Return the limits of some rows."""
        return Limit(self.state[rows], self.residual[rows], self.converged[rows], self.direct[rows])


def anderson(
    step: Map, distance: Distance, rows: Index, start: Array, tol: float | Array, most: int
) -> Limit:
    """Accelerate z = T(z) from `start`; rows leave the batch as they converge.

    The first coordinate of a state is a mass: a trial that would make it negative takes a plain step.

    Args:
        step, distance: the map and the measure of its residual.
        rows: row numbers handed to `step`, (R,).
        start: first states, (R, D).
        tol: residual at which a row stops, for all rows or (R,).
        most: most evaluations of the map.
    """
    state, residual = start.copy(), np.full(rows.size, np.inf)
    limit = np.broadcast_to(tol, rows.shape)
    live = np.arange(rows.size)
    z, best = start, np.full(rows.size, np.inf)
    images: list[Array] = []
    moves: list[Array] = []
    last_image = last_move = start
    for count in range(most):
        image = step(rows[live], z)
        move = image - z
        error = distance(rows[live], z, image)
        state[live], residual[live] = image, error
        going = (error > limit[live]) & np.isfinite(error)
        if not going.any():
            break
        if count:
            images, moves = [*images, image - last_image][-WINDOW:], [*moves, move - last_move][-WINDOW:]
        worse = error > 2.0 * best
        best = np.minimum(best, error)
        if going.mean() < 0.75:
            live, best, worse = live[going], best[going], worse[going]
            image, move = image[going], move[going]
            images, moves = [a[going] for a in images], [a[going] for a in moves]
        z = image - _correction(images, moves, move, worse) if images else image
        z = np.where(z[:, :1] <= 0.0, image, z)
        last_image, last_move = image, move
    return Limit(state, residual, residual <= limit, residual <= limit)


def _correction(images: list[Array], moves: list[Array], move: Array, plain: Flags) -> Array:
    """Anderson's combination of past differences; zero for rows that take a plain step."""
    past = np.stack(moves, axis=1)
    gram = past @ past.swapaxes(1, 2)
    trace = np.einsum("rii->r", gram)
    gram += (1e-13 * trace + 1e-300)[:, None, None] * np.eye(gram.shape[1])
    weights = np.linalg.solve(gram, past @ move[:, :, None])[..., 0]
    weights[plain | ~np.isfinite(weights).all(axis=1)] = 0.0
    return np.asarray(np.einsum("rk,krd->rd", weights, np.stack(images)))


def approach(step: Map, distance: Distance, rows: Index, start: Array, tol: float) -> Limit:
    """Accelerate the rows that contract from `start` (R, D) on; the others do not converge."""
    state, residual = start.copy(), np.full(rows.size, np.inf)
    begin, move, near = _contracting(step, distance, rows, start, tol)
    some = np.flatnonzero(near)
    settled = np.zeros(rows.size, dtype=bool)
    if some.size:
        limit = anderson(step, distance, rows[some], begin[some], tol, 60)
        reach = distance(rows[some], begin[some], limit.state) <= np.maximum(REACH * move[some], 1e-9)
        state[some], residual[some] = limit.state, limit.residual
        settled[some] = limit.converged & reach
    return Limit(state, residual, settled, settled)


def settle(step: Map, distance: Distance, start: Array, tol: float, most: int = 400) -> Limit:
    """Follow dz/dtau = T(z) - z from `start` (R, D) to rest.

    Rows are accelerated as soon as they contract; between attempts, four explicit steps carry them along
    the flow. Rows that never contract take at most `most` implicit steps.
    """
    state, residual = start.copy(), np.full(len(start), np.inf)
    converged, direct = np.zeros((2, len(start)), dtype=bool)
    live, z = np.arange(len(start)), start
    for attempt in range(ATTEMPTS):
        limit = approach(step, distance, live, z, tol)
        done = live[limit.converged]
        state[done], residual[done] = limit.state[limit.converged], limit.residual[limit.converged]
        converged[done], direct[done] = True, attempt == 0
        z, live = z[~limit.converged], live[~limit.converged]
        if not live.size:
            return Limit(state, residual, converged, direct)
        for _ in range(4):
            z = z + 0.25 * (step(live, z) - z)
    limit = _drift(step, distance, live, z, tol, most)
    state[live], residual[live], converged[live] = limit.state, limit.residual, limit.converged
    return Limit(state, residual, converged, direct)


def _contracting(
    step: Map, distance: Distance, rows: Index, z: Array, tol: float
) -> tuple[Array, Array, Flags]:
    """Whether steps shrink from z on, plain ones or, against oscillation, halved ones; where they lead to
    and how far the first one goes."""
    first = step(rows, z)
    second = step(rows, first)
    move, next_move = distance(rows, z, first), distance(rows, first, second)
    near = next_move <= np.maximum(CONTRACTING * move, tol)
    begin = second
    far = np.flatnonzero(~near)
    if far.size:
        half = (z[far] + first[far]) / 2.0
        image = step(rows[far], half)
        begin[far] = (half + image) / 2.0
        near[far] = distance(rows[far], half, image) <= CONTRACTING * move[far]
    return begin, move, near


def _drift(step: Map, distance: Distance, rows: Index, start: Array, tol: float, most: int) -> Limit:
    """Steps of growing length along the flow, then acceleration at rest, which must lie nearby."""
    z, length = start.copy(), _first_length(step, distance, rows, start)
    state, residual, converged = start.copy(), np.full(rows.size, np.inf), np.zeros(rows.size, dtype=bool)
    live, last, calm = np.arange(rows.size), np.full(rows.size, np.inf), np.full(rows.size, AT_REST)
    speed, held = np.full(rows.size, np.inf), np.zeros(rows.size, dtype=bool)
    for _ in range(most):
        tried, sound, pull, growth = _advance(step, distance, rows[live], z[live], length[live], tol)
        moved = distance(rows[live], z[live], tried)
        accepted = sound & ((moved <= LARGEST_MOVE) | (length[live] <= SHORTEST / 20.0))

        slowing = accepted & (length[live] > STEADY) & (moved <= AT_REST * last[live])
        calming = pull <= AT_REST * calm[live]
        moving = np.where(np.isfinite(pull), np.minimum(pull, AT_REST), 0.0)
        calm[live] = np.where(calming, pull, np.maximum(calm[live], moving))
        resting = slowing | calming
        if resting.any():
            some = live[resting]
            begin = np.where(slowing[:, None], tried, z[live])[resting]
            nearby = np.where(slowing, REACH * moved, CLOSE * pull)[resting]
            blend = np.where(slowing, 1.0, length[live])[resting]
            limit = _accelerate(step, distance, rows[some], begin, blend, tol)
            close = distance(rows[some], begin, limit.state) <= np.maximum(nearby, 1e-9)
            state[some], residual[some] = limit.state, limit.residual
            converged[some] = limit.converged & close

        z[live[accepted]] = tried[accepted]
        last[live] = np.where(accepted, moved, last[live])
        growth = np.where(moved <= LARGEST_MOVE / 4.0, growth, np.minimum(growth, 1.4))
        growth = np.minimum(growth, _curb(speed[live], moved / length[live]))
        growth = np.where(held[live], np.minimum(growth, 1.0), growth)
        speed[live], held[live] = np.where(accepted, moved / length[live], speed[live]), ~accepted
        length[live] *= np.where(accepted, growth, np.minimum(growth, 0.4))
        live = live[~converged[live] & (length[live] > SHORTEST / 1e3)]
        if not live.size:
            break
    state[~converged] = z[~converged]
    return Limit(state, residual, converged, np.zeros(rows.size, dtype=bool))


def _curb(before: Array, after: Array) -> Array:
    """How much a step may grow where the flow speeds up: an implicit one must be shorter than e-folding."""
    with np.errstate(divide="ignore", invalid="ignore"):
        folds = np.log(after / before)
    return np.where(folds > 0.0, CURB / np.maximum(folds, 1e-3), np.inf)


def _first_length(step: Map, distance: Distance, rows: Index, start: Array) -> Array:
    """A first step that moves every row by no more than `LARGEST_MOVE`."""
    ahead = start + 1e-4 * (step(rows, start) - start)
    speed = distance(rows, start, ahead) / 1e-4
    return np.minimum(0.25, LARGEST_MOVE / np.maximum(speed, 1e-3))


def _accelerate(step: Map, distance: Distance, rows: Index, start: Array, blend: Array, tol: float) -> Limit:
    """Anderson acceleration of the map damped by `blend` (R,): a stiff map would throw full steps far off."""

    def damped(some: Index, z: Array) -> Array:
        return np.asarray(z + blend[some, None] * (step(rows[some], z) - z))

    def gap(some: Index, one: Array, other: Array) -> Array:
        return distance(rows[some], one, other) / blend[some]

    return anderson(damped, gap, np.arange(rows.size), start, tol, 60)


def _advance(
    step: Map, distance: Distance, rows: Index, z: Array, length: Array, tol: float
) -> tuple[Array, Flags, Array, Array]:
    """One step of each row along the flow.

    Short steps are explicit (Heun), for they are where the flow is fast; long ones implicit.

    Returns:
        Where they lead, whether they are accurate enough to be taken, the speed of the flow at the start of
        explicit steps (inf for others), and the factor by which accuracy lets the next step grow.
    """
    state, sound, pull = z.copy(), np.zeros(rows.size, dtype=bool), np.full(rows.size, np.inf)
    growth = np.full(rows.size, 3.0)
    short = np.flatnonzero(length <= EXPLICIT)
    if short.size:
        h = length[short, None]
        force = step(rows[short], z[short]) - z[short]
        pull[short] = distance(rows[short], z[short], z[short] + force)
        euler = z[short] + h * force
        state[short] = z[short] + h / 2.0 * (force + step(rows[short], euler) - euler)
        turn = distance(rows[short], euler, state[short]) / np.maximum(h[:, 0] * pull[short], 1e-300)
        sound[short] = turn <= TURN
        growth[short] = np.clip(0.8 * TURN / np.maximum(turn, 1e-3), 0.2, 3.0)
    long = np.flatnonzero(length > EXPLICIT)
    if long.size:
        tried = _implicit_step(step, distance, rows[long], z[long], length[long], tol)
        state[long], sound[long] = tried.state, tried.converged
    return state, sound, pull, growth


def _implicit_step(
    step: Map, distance: Distance, rows: Index, anchor: Array, length: Array, tol: float
) -> Limit:
    """Solve z = anchor + h (T(z) - z) for z, with a length h of each row."""
    blend = (length / (1.0 + length))[:, None]

    def implicit(some: Index, trial: Array) -> Array:
        return np.asarray(anchor[some] + blend[some] * (step(rows[some], trial) - anchor[some]))

    def gap(some: Index, one: Array, other: Array) -> Array:
        return distance(rows[some], one, other)

    every = np.arange(rows.size)
    force = gap(every, anchor, implicit(every, anchor))
    return anderson(implicit, gap, every, anchor, np.maximum(PATH_TOLERANCE * force, tol), IMPLICIT)
