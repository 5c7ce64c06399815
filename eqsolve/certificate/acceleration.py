"""Fixed points of batched maps next to a guess, by Anderson acceleration (Walker and Ni 2011)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.batch import Batch
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]
Map = Callable[[Index, Array], Array]
"""(rows, states) to states: the map T on some of the rows."""
Distance = Callable[[Index, Array, Array], Array]
"""(rows, states, states) to distances, in the units in which convergence is judged."""

MEMORY = 4
"""Differences kept: the maps have few slow modes."""

RIDGE = 1e-14
"""Regularization of the least squares, as a share of the trace: differences get parallel at the end."""


@record
class Rest(Batch):
    """Where rows came to rest.

    Attributes:
        state: (R, D).
        residual: distance of each state to its image, (R,); inf where nothing was computed.
        solved: whether that is a limit, (R,).
    """

    state: Array
    residual: Array
    solved: Flags


NOBODY = 1e-90
"""Masses below this one, zero aside, stand for a crowd that all leave in a constant direction."""


def vanished(rest: Rest) -> Flags:
    """States that stand for nobody: no fixed points next to others, since the map jumps there, (R,)."""
    return np.asarray((rest.state[:, 0] > 0) & (rest.state[:, 0] <= NOBODY))


def at_start(start: Array) -> Rest:
    """A record in which nothing is solved yet."""
    return Rest(start.copy(), np.full(len(start), np.inf), np.zeros(len(start), dtype=bool))


def accelerate(step: Map, distance: Distance, rows: Index, start: Array, tol: float, most: int) -> Rest:
    """Solve z = T(z) from `start` (R, D); rows leave the batch as they converge.

    The first coordinate of a state is a mass: a trial without mass takes a plain step instead.

    Args:
        step, distance: the map and the measure of its residual.
        rows: row numbers handed to them, (R,).
        start: first states.
        tol: residual at which a row stops.
        most: most evaluations of the map.
    """
    rest, live, z = at_start(start), np.arange(rows.size), start
    states: list[Array] = []
    moves: list[Array] = []
    for _ in range(most):
        image = step(rows[live], z)
        error = distance(rows[live], z, image)
        rest.state[live], rest.residual[live] = image, error
        going = (error > tol) & np.isfinite(error)
        states, moves = [*states[-MEMORY:], z], [*moves[-MEMORY:], image - z]
        if not going.all():
            live, image = live[going], image[going]
            states, moves = [s[going] for s in states], [m[going] for m in moves]
        if not live.size:
            break
        z = _mixed(states, moves, image)
    rest.solved[:] = rest.residual <= tol
    return rest


def _mixed(states: list[Array], moves: list[Array], image: Array) -> Array:
    """The combination of images whose moves cancel best, (R, D)."""
    if len(states) == 1:
        return image
    change = np.stack([later - earlier for earlier, later in pairwise(moves)], axis=1)
    shift = np.stack([later - earlier for earlier, later in pairwise(states)], axis=1)
    gram = np.matmul(change, change.swapaxes(1, 2))
    size = gram.shape[1]
    trace = np.trace(gram, axis1=1, axis2=2)
    gram[:, np.arange(size), np.arange(size)] += (RIDGE * trace + np.finfo(np.float64).tiny)[:, None]
    target = np.matmul(change, moves[-1][:, :, None])
    finite = np.asarray(np.isfinite(gram).all(axis=(1, 2)) & np.isfinite(target).all(axis=(1, 2)))
    gram = np.where(finite[:, None, None], gram, np.eye(size))
    weights = np.linalg.solve(gram, np.where(finite[:, None, None], target, 0.0))
    trial = image - np.matmul(weights.swapaxes(1, 2), shift + change)[:, 0]
    return np.where((trial[:, :1] > 0) & np.isfinite(trial).all(axis=1, keepdims=True), trial, image)
