"""Fixed points of batched maps T next to a guess: Anderson acceleration, and Newton's method for steep T."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.batch import Batch
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.spectrum import Linear, leading_eigenvalue, resolve

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
Map = Callable[[Index, Array], Array]
"""(rows, states) to states: the map T on some of the rows."""
Derivative = Callable[[Index, Array], Linear]
"""(rows, states) to the derivative of the map there, which takes changes to changes."""
Distance = Callable[[Index, Array, Array], Array]
"""(rows, states, states) to distances, in the units in which errors are judged."""


@record
class Tolerances:
    """Where accuracy ends.

    Attributes:
        memory: differences kept by Anderson acceleration: the maps have few slow modes.
        contraction: one-sided Lipschitz constant of T, sampled, below which all paths of dz/dtau = T(z) - z
            draw together...
        expansion: ...if the plain one is not above this: the samples would be too far apart.
        known: times the tolerance, distance from which rounding may hide a contraction that was seen before.
        linear: residual of the linear systems of Newton's method, as a share: steps need not be exact.
        placed: error of a fixed point where rounding hides more of it, since T is steep.
        floor: a residual that no longer falls is rounding if it is at most this.
        shrinking: Newton steps that shrink by less are rounding: towards a zero of order p they shrink by
            1 - 1/p, and T has powers of 3/2 where users begin to come, of 2 at ends of the line.
        between: shares of the way from the start to a limit at which contraction is tested.
        neutral: how far from 1 a leading eigenvalue of T' counts as 1.
    """

    memory: int = 5
    contraction: float = 0.7
    expansion: float = 1.5
    known: float = 100.0
    linear: float = 1e-3
    placed: float = 1e-9
    floor: float = 1e-10
    shrinking: float = 0.75
    between: tuple[float, ...] = (0.0, 0.5)
    neutral: float = 1e-9


TOLERANCES = Tolerances()


@record
class Limit(Batch):
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


def unknown(start: Array) -> Limit:
    """No limit yet for starts (R, D)."""
    count = len(start)
    return Limit(start.copy(), np.full(count, np.inf), *np.zeros((2, count), dtype=bool))


@dataclass
class Memory:
    """What Anderson acceleration has learned of the map: its last differences.

    Attributes:
        images, moves: differences of T(z) and of T(z) - z, (R, M, D); zero where there are none yet.
        count: how many have been seen.
    """

    images: Array
    moves: Array
    count: int = 0

    @staticmethod
    def blank(start: Array) -> Memory:
        """Nothing learned yet about the rows of `start` (R, D)."""
        return Memory(*np.zeros((2, len(start), TOLERANCES.memory, start.shape[1])))

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
        step, distance, rows, start, tol: the map, the measure of errors, row numbers handed to
            them, first states, and the residual to be reached.
        most: most evaluations of the map.
        guarded: give up rows as soon as two states show that the map does not contract between them, or the
            flow is not drawn to the limit everywhere on the straight way there.
        memory: what is known about the map, (R,); goes on learning.
    """
    limit, memory = unknown(start), memory or Memory.blank(start)
    live, z, best = np.arange(rows.size), start, np.full(rows.size, np.inf)
    last_z = last_image = last_move = start
    held = start.copy()
    for count in range(most):
        image = step(rows[live], z)
        move, error = image - z, distance(rows[live], z, image)
        going = (error > tol) & np.isfinite(error)
        floor = (error <= TOLERANCES.floor) & (error >= 0.5 * best[live])
        # Where T is steep, rounding makes images worse than what they are images of.
        better = error < best[live]
        held[live[better]] = z[better]
        limit.state[live] = np.where((floor & ~better)[:, None], held[live], image)
        limit.residual[live] = np.where(floor, np.minimum(error, best[live]), error)
        limit.converged[live] = (error <= tol) | floor
        going &= ~floor
        if count:
            gap, bend = z - last_z, move - last_move
            if guarded:
                sound = _contracts(gap, bend) | (best[live] <= TOLERANCES.known * tol)
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
        pull = np.einsum("rd,rd->r", step(rows[near], z) - z, way)
        length = np.einsum("rd,rd->r", way, way)
        least = (1.0 - TOLERANCES.contraction) * (1.0 - share) * length
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
        shrinks = size <= TOLERANCES.shrinking * last
        z = np.where(shrinks[:, None], z + move, z)
        limit.state[live] = z
        limit.converged[live] = np.where(shrinks, size <= tol, last <= TOLERANCES.placed)
        going = shrinks & (size > tol)
        live, z, last = live[going], z[going], size[going]
        if not live.size:
            break
    limit.residual[:] = distance(rows, limit.state, step(rows, limit.state))
    return limit
