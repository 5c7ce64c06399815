"""Global maxima of objectives over piecewise polynomials: stationary points, breaks and ends.

Several objectives may share one function: an objective is linear in the function's values, less a smooth cost
of the place. Its maximum is the highest among the zeros of its slope inside of pieces and the pieces' ends.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.batch import Batch, stacked
from eqsolve.numerics.objectives import ACCURACY, Accuracy, Objective
from eqsolve.numerics.piecewise import DEGREE, Index, Piecewise
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.tops import Sampled, Table, bound_tops, end_tops, inner_tops, tabulate

CHUNK = 2**18
"""Numbers in a work array."""

SHARED = 32
"""Objectives of one function from which on they are worked on apart from others: what depends on places alone
is then worked out once."""


@record
class Peaks(Batch):
    """The maximum of each objective, and the best of its other local maxima, (C,) each.

    Attributes:
        x, height: the maximum; nan where nothing is known.
        kind: "smooth", "kink", "jump" or "bound".
        bend: second derivative at a smooth maximum; nan at others.
        inside: 1 or -1, the side of a jump on which the objective is as high; 0 at other maxima.
        other_x, other_height: the runner-up that a valley separates from the maximum; nan without one.
    """

    x: Array
    height: Array
    kind: NDArray[np.str_]
    bend: Array
    inside: NDArray[np.intp]
    other_x: Array
    other_height: Array


def maximize(
    objective: Objective, pieces: Piecewise, accuracy: Accuracy = ACCURACY, *, runners_up: bool = True
) -> Peaks:
    """Find the global maximum of every objective over its function, given as pieces in order.

    Args:
        objective, pieces: see above.
        accuracy: tolerances.
        runners_up: whether runners-up are wanted; they are nan if not.
    """
    first = np.searchsorted(pieces.owner, objective.curve, side="left")
    count = np.searchsorted(pieces.owner, objective.curve, side="right") - first
    sampled = Sampled(pieces)
    chunks = list(_chunks(objective.curve, count))
    parts = [
        _maximize(
            tabulate(objective, sampled, which, first[which], count[which], accuracy), accuracy, runners_up
        )
        for which in chunks
    ]
    return stacked(parts).take(np.argsort(np.concatenate(chunks)))


def _chunks(curve: Index, count: Index) -> Iterator[Index]:
    """Objectives that are worked on together: those of one function, or several of which few have each."""
    own = np.where(np.bincount(curve)[curve] >= SHARED, curve, -1)
    order = np.argsort(own, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(own[order])) + 1):
        size = max(1, CHUNK // ((DEGREE + 1) * int(count[group].max())))
        yield from (group[start : start + size] for start in range(0, group.size, size))


def _maximize(table: Table, accuracy: Accuracy, runners_up: bool) -> Peaks:
    """The maxima of the objectives of a table, and what comes second."""
    row, column = table.possible()
    tops = stacked(
        [inner_tops(table, row, column), end_tops(table, row, column, accuracy), *bound_tops(table)]
    )
    height = np.where(
        (tops.x >= table.low[tops.row]) & (tops.x <= table.high[tops.row]), tops.height, -np.inf
    )
    best = np.full(table.which.size, -np.inf)
    np.maximum.at(best, tops.row, height)
    level = height >= best[tops.row] - accuracy.tie * table.scale[tops.row]
    order = np.lexsort((tops.x, ~level, tops.row))
    chosen = order[np.searchsorted(tops.row[order], np.arange(best.size))]
    x, top = tops.x[chosen], np.where(np.isfinite(height[chosen]), height[chosen], np.nan)
    kind, inside = _kinds(table, x, tops.end[chosen], accuracy)
    bend = np.where(kind == "smooth", tops.bend[chosen], np.nan)
    second = _runner_up(table, x, accuracy) if runners_up else (np.full(x.size, np.nan),) * 2
    return Peaks(x, top, kind, bend, inside, *second)


def _kinds(
    table: Table, best: Array, end: Index, accuracy: Accuracy
) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    """What each maximum is, (C,), and on which side of a jump it lies, from the pieces' ends around it.

    A jump may be drawn as a narrow steep line, and its place may be off by as much.

    Args:
        table, accuracy: see above.
        best, end: the maxima's places and ends (see `Tops`), (C,) each.
    """
    every = np.arange(best.size)
    x, height = (np.concatenate([each[..., 0], each[..., -1]], axis=1) for each in (table.x, table.height))
    around = (np.abs(x - best[:, None]) <= accuracy.steep) & ~np.tile(table.padding, 2)
    lowest = np.where(around, height, np.inf)
    at, top = lowest.argmin(axis=1), np.where(around, height, -np.inf).max(axis=1)
    jump = (end != 0) & (top - lowest[every, at] > accuracy.jump * table.scale)
    there = np.broadcast_to(x, height.shape)[every, at]
    above = (there > best) | ((there == best) & (at < x.shape[1] // 2))
    kind = np.where(end == 0, "smooth", np.where(jump, "jump", "kink"))
    bound = (end != 0) & ((best == table.low) | (best == table.high))
    return np.where(bound, "bound", kind), np.where(bound | ~jump, 0, np.where(above, -1, 1))


def _runner_up(table: Table, best: Array, accuracy: Accuracy) -> tuple[Array, Array]:
    """The best local maximum that a valley separates from `best`: place and height, (C,) each.

    The valley must be one at its upper bound, and the maximum at its lower bound.
    """
    some = np.flatnonzero(_rise(table, best) > accuracy.dip * table.scale)
    result = np.full((2, best.size), np.nan)
    if some.size:
        result[:, some] = _behind_valleys(table.take(some), best[some], accuracy)
    return result[0], result[1]


def _rise(table: Table, best: Array) -> Array:
    """How much objectives rise in all on the way from `best` to both sides, (C,): no valley is deeper."""
    x, height = table.x.reshape(len(table.x), -1), table.height.reshape(best.size, -1)
    step = np.diff(height, axis=1)
    # Between two nodes around the best place nothing is known, nor does it matter.
    after, before = x[:, :-1] > best[:, None], x[:, 1:] < best[:, None]
    step = np.where(after, step, np.where(before, -step, 0.0)) * (x[:, 1:] >= x[:, :-1])
    return np.asarray(np.maximum(step, 0.0).sum(axis=1))


def _behind_valleys(table: Table, best: Array, accuracy: Accuracy) -> Array:
    """As `_runner_up`, (2, C)."""
    size = best.size
    x = np.broadcast_to(table.x, table.height.shape).reshape(size, -1)
    height = table.height.reshape(size, -1)
    error = np.repeat(np.where(table.padding, np.inf, table.error), table.height.shape[2], axis=1)
    outside = (x < table.low[:, None]) | (x > table.high[:, None]) | ~np.isfinite(error)
    known = np.where(outside, 0.0, error)
    upper, lower = np.where(outside, np.inf, height + known), np.where(outside, -np.inf, height - known)
    dip, every = accuracy.dip * table.scale[:, None], np.arange(size)
    top, found = np.full(size, -np.inf), np.zeros(size, dtype=np.intp)
    window = np.zeros((2, size), dtype=np.intp)
    for side in (1, -1):
        beyond = side * (x - best[:, None]) > 0.0
        floor = np.minimum.accumulate(np.where(beyond, upper, np.inf)[:, ::side], axis=1)[:, ::side]
        risen = np.where(beyond & (lower > floor + dip), lower, -np.inf)
        at = risen.argmax(axis=1)
        better = risen[every, at] > top
        top, found = np.where(better, risen[every, at], top), np.where(better, at, found)
        window = np.where(better, np.clip(np.stack([at - 1, at + 1]), 0, x.shape[1] - 1), window)
    some = np.flatnonzero(np.isfinite(top))
    result = np.full((2, size), np.nan)
    result[:, some] = [each[some, found[some]] for each in (x, height)]
    low, high = np.full((2, size), np.nan)
    low[some], high[some] = (x[some, window[k, some]] for k in (0, 1))
    inner = stacked([inner_tops(table, some, window[k, some] // table.height.shape[2]) for k in (0, 1)])
    near = (inner.x >= low[inner.row]) & (inner.x <= high[inner.row])
    near &= inner.height > result[1, inner.row]
    order = np.flatnonzero(near)[np.argsort(inner.height[near], kind="stable")]
    result[:, inner.row[order]] = inner.x[order], inner.height[order]
    return result
