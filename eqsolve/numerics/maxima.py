"""Global maxima of objectives over piecewise polynomials: stationary points, breaks and ends.

Several objectives may share one function: an objective is linear in the function's values, less a smooth cost
of the place. Its maximum is the highest among the zeros of its slope inside of pieces and the pieces' ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.adaptive import SAMPLES
from eqsolve.numerics.piecewise import Flags, Index, Piecewise, chebyshev, derivative, nodes
from eqsolve.numerics.quadrature import Array

CHUNK = 2**18
"""Numbers in a work array."""

STEPS = 60
"""Most steps of bracketing: bisection alone would need 53."""


class Objective(Protocol):
    """Objectives over functions, (C,) of them.

    Attributes:
        curve: number of the function of each objective, (C,).
        scale: size of each objective's values, (C,).
        low, high: its interval, within that of its function, (C,) each.
    """

    curve: Index
    scale: Array
    low: Array
    high: Array

    def height(self, which: Index, x: Array, value: Array) -> Array:
        """Objectives (K,) at points (K, S) with values (K, S, channels), (K, S)."""

    def tilt(self, which: Index, x: Array, slope: Array) -> Array:
        """Their derivatives in x, given those of the values, (K, S)."""


@dataclass
class Highest:
    """The question for which functions are approximated whose maxima are wanted.

    Attributes:
        best: the highest value of each function that was seen, (F,).
    """

    best: Array

    def see(self, owner: Index, x: Array, value: Array) -> None:
        """Learn values."""
        np.maximum.at(self.best, owner, value[:, 0])

    def open(self, owner: Index, x: Array, value: Array) -> Flags:
        """Whether functions may be highest there."""
        return np.asarray(value[..., 0] >= self.best[owner][:, None])


@dataclass
class Itself:
    """The objective that is a function's own value."""

    curve: Index
    scale: Array
    low: Array
    high: Array

    def height(self, which: Index, x: Array, value: Array) -> Array:
        """The value."""
        return value[..., 0]

    def tilt(self, which: Index, x: Array, slope: Array) -> Array:
        """Its slope."""
        return slope[..., 0]


@dataclass(frozen=True)
class Accuracy:
    """Tolerances of maxima, as shares of an objective's scale.

    Attributes:
        tie: heights closer than this are equal, and the lower place wins.
        known: error beyond which a piece's heights count at their lower bound.
        jump: difference of the heights on both sides of a break that makes it a jump.
        steep: width up to which a piece is a jump drawn as a line.
        dip: depth of a valley that separates another local maximum.
    """

    tie: float = 1e-12
    known: float = 1e-9
    jump: float = 1e-7
    steep: float = 1e-9
    dip: float = 1e-9


ACCURACY = Accuracy()


@dataclass(frozen=True)
class Peaks:
    """The maximum of each objective, and the best of its other local maxima, (C,) each.

    Attributes:
        x, height: the maximum; nan where nothing is known.
        kind: "smooth", "kink", "jump" or "bound".
        bend: second derivative at a smooth maximum; nan at others.
        inside: 1 or -1, the side of a jump on which the objective is as high; 0 at other maxima.
        other_x, other_height: the runner-up that a valley separates from the maximum; nan without one.
        other_error: how far its height may be off.
    """

    x: Array
    height: Array
    kind: NDArray[np.str_]
    bend: Array
    inside: NDArray[np.intp]
    other_x: Array
    other_height: Array
    other_error: Array

    def take(self, rows: Index) -> Peaks:
        """Return the maxima of some objectives."""
        return Peaks(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def maximize(objective: Objective, pieces: Piecewise, accuracy: Accuracy = ACCURACY) -> Peaks:
    """Find the global maximum of every objective over its function, given as pieces in order."""
    first = np.searchsorted(pieces.owner, objective.curve, side="left")
    count = np.searchsorted(pieces.owner, objective.curve, side="right") - first
    sampled = _Sampled(pieces)
    parts = [
        _maximize(objective, sampled, which, first[which], count[which], accuracy) for which in _chunks(count)
    ]
    return Peaks(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Peaks)})


def _chunks(count: Index) -> Iterator[Index]:
    size = max(1, CHUNK // ((SAMPLES + 1) * int(count.max(initial=1))))
    return (np.arange(start, min(start + size, count.size)) for start in range(0, count.size, size))


class _Sampled:
    """Pieces with their values and slopes at sample points, which all objectives share."""

    def __init__(self, pieces: Piecewise) -> None:
        u = nodes(SAMPLES)
        self.pieces = pieces
        self.x = pieces.points(u)
        self.value = np.einsum("sn,pnc->psc", chebyshev(u), pieces.coefficients)
        self.slope = self.slopes(np.arange(len(pieces)), np.broadcast_to(u, self.x.shape))

    def values(self, piece: Index, u: Array) -> Array:
        """Values at coordinates (K, S), (K, S, channels)."""
        return np.asarray(np.einsum("ksn,knc->ksc", chebyshev(u), self.pieces.coefficients[piece]))

    def slopes(self, piece: Index, u: Array) -> Array:
        """Derivatives in x at coordinates (K, S), (K, S, channels)."""
        width = self.pieces.high[piece] - self.pieces.low[piece]
        turned = np.einsum("mn,knc->kmc", derivative(), self.pieces.coefficients[piece])
        slope = np.einsum("ksn,knc->ksc", chebyshev(u), turned)
        wide = width[:, None, None]
        return np.asarray(np.divide(2.0 * slope, wide, out=np.zeros_like(slope), where=wide > 0))


def _maximize(
    objective: Objective, sampled: _Sampled, which: Index, first: Index, count: Index, accuracy: Accuracy
) -> Peaks:
    """The maxima of some objectives."""
    pieces, most = sampled.pieces, int(count.max())
    local = np.arange(most)
    piece = np.minimum(first[:, None] + local, first[:, None] + count[:, None] - 1)
    padding = local >= count[:, None]
    flat, client = piece.ravel(), np.repeat(np.arange(which.size), most)
    height = objective.height(which[client], sampled.x[flat], sampled.value[flat])
    tilt = objective.tilt(which[client], sampled.x[flat], sampled.slope[flat])
    sound = np.isfinite(pieces.error[flat]).all(axis=1)
    nowhere, off = 0.0 * sampled.x[flat, :1], np.where(sound[:, None], pieces.error[flat], 0.0)[:, None, :]
    error = objective.height(which[client], nowhere, off) - objective.height(
        which[client], nowhere, 0.0 * off
    )
    error = np.where(sound, error[:, 0], np.inf)
    scale = objective.scale[which]
    penalty = np.where(error > accuracy.known * scale[client], error, 0.0)
    penalty[padding.ravel()] = np.inf

    pair, cell = np.nonzero((tilt[:, :-1] > 0.0) & (tilt[:, 1:] <= 0.0) & np.isfinite(penalty)[:, None])
    u = _root(
        objective, sampled, which[client[pair]], flat[pair], cell, tilt[pair, cell], tilt[pair, cell + 1]
    )
    inner_x = _place(pieces, flat[pair], u)
    inner_value = sampled.values(flat[pair], u[:, None])
    inner = objective.height(which[client[pair]], inner_x[:, None], inner_value)[:, 0]

    every = np.arange(flat.size)
    bounds = [
        _bounds(objective, sampled, which, first, most, side) for side in (objective.low, objective.high)
    ]
    candidates = np.concatenate([pair, every, every, bounds[0][0], bounds[1][0]])
    x = np.concatenate([inner_x, sampled.x[flat, 0], sampled.x[flat, -1], bounds[0][1], bounds[1][1]])
    top = np.concatenate([inner, height[:, 0], height[:, -1], bounds[0][2], bounds[1][2]])
    top -= penalty[candidates]
    end = np.repeat([0, -1, 1, -2, 2], [pair.size, flat.size, flat.size, which.size, which.size])
    owner = client[candidates]
    low, high = objective.low[which], objective.high[which]
    rows = which.size, most, -1
    heights, tilts = height.reshape(rows), tilt.reshape(rows)
    narrow = (pieces.high - pieces.low)[piece] <= accuracy.steep
    loose = narrow | ~np.isfinite(penalty.reshape(piece.shape))
    within = (x >= low[owner]) & (x <= high[owner])
    within[pair.size : pair.size + 2 * flat.size] &= _summits(heights, tilts, padding, loose, scale, accuracy)
    top[~within] = -np.inf
    best = np.full(which.size, -np.inf)
    np.maximum.at(best, owner, top)
    level = top >= best[owner] - accuracy.tie * scale[owner]
    order = np.lexsort((x, ~level, owner))
    chosen = order[np.searchsorted(owner[order], np.arange(which.size))]
    quality, value = x[chosen], np.where(np.isfinite(top[chosen]), top[chosen], np.nan)
    end_x, end_height = (
        np.concatenate([each[..., 0], each[..., -1]], axis=1) for each in (sampled.x[piece], heights)
    )
    kind, inside = _kinds(end_x, end_height, np.tile(padding, 2), quality, scale, end[chosen], accuracy)
    bound = (end[chosen] != 0) & ((quality == low) | (quality == high))
    kind, inside = np.where(bound, "bound", kind), np.where(bound, 0, inside)
    run = sampled.x[flat[pair], cell + 1] - sampled.x[flat[pair], cell]
    bends = np.append((tilt[pair, cell + 1] - tilt[pair, cell]) / run, np.nan)
    bend = np.where(kind == "smooth", bends[np.minimum(chosen, pair.size)], np.nan)
    other_x, other_height, other_error, window = _runner_up(
        sampled.x[flat].reshape(which.size, -1), height.reshape(which.size, -1),
        np.repeat(np.where(padding, np.inf, error.reshape(padding.shape)), height.shape[1], axis=1),
        (low, high), quality, scale, accuracy,
    )  # fmt: skip
    near = (x >= window[0][owner]) & (x <= window[1][owner]) & (top > other_height[owner])
    order = np.flatnonzero(near)[np.argsort(top[near], kind="stable")]
    other_x[owner[order]], other_height[owner[order]] = x[order], top[order]
    return Peaks(quality, value, kind, bend, inside, other_x, other_height, other_error)


def _summits(
    height: Array, tilt: Array, padding: Flags, loose: Flags, scale: Array, accuracy: Accuracy
) -> Flags:
    """Which low ends, and then which high ends, of pieces (C, P) are local maxima, flat.

    The objective falls on both sides of them, or beyond them at once; of `loose` pieces, which are narrow or
    not known, nothing is asked.
    """
    gap = height[:, 1:, 0] - height[:, :-1, -1]
    drop, rise = (side * gap > accuracy.jump * scale[:, None] for side in (-1.0, 1.0))
    edge = padding[:, 1:]
    low, high = tilt[:, :, 0] <= 0.0, tilt[:, :, -1] >= 0.0
    low[:, 1:] &= rise | (tilt[:, :-1, -1] >= 0.0) | loose[:, :-1]
    high[:, :-1] &= drop | (tilt[:, 1:, 0] <= 0.0) | edge | loose[:, 1:]
    return np.concatenate([low.ravel(), high.ravel()])


def _bounds(
    objective: Objective, sampled: _Sampled, which: Index, first: Index, most: int, bound: Array
) -> tuple[Index, Array, Array]:
    """Objectives at an end of their intervals: number of the pair with the piece there, place and height."""
    x = bound[which]
    piece = sampled.pieces.find(objective.curve[which], x)
    height = objective.height(which, x[:, None], sampled.pieces.value(piece, x)[:, None])[:, 0]
    return np.arange(which.size) * most + piece - first, x, height


def _place(pieces: Piecewise, piece: Index, u: Array) -> Array:
    return np.asarray(pieces.low[piece] + (pieces.high[piece] - pieces.low[piece]) * (1.0 + u) / 2.0)


def _root(
    objective: Objective,
    sampled: _Sampled,
    which: Index,
    piece: Index,
    cell: Index,
    left: Array,
    right: Array,
) -> Array:
    """Zeros of slopes (K,) bracketed by sample points, by the Illinois method (Dowell and Jarratt 1971)."""
    u = nodes(SAMPLES)
    low, high = u[cell].copy(), u[cell + 1].copy()
    left, right = left.copy(), right.copy()
    root, live, last = (low + high) / 2.0, np.arange(cell.size), np.zeros(cell.size, dtype=np.intp)
    for _ in range(STEPS):
        if not live.size:
            break
        a, b, fa, fb = low[live], high[live], left[live], right[live]
        trial = np.clip((a * fb - b * fa) / (fb - fa), a, b)
        slope = sampled.slopes(piece[live], trial[:, None])
        f = objective.tilt(which[live], _place(sampled.pieces, piece[live], trial)[:, None], slope)[:, 0]
        moved = np.abs(trial - root[live])
        root[live] = trial
        up = f > 0.0
        low[live], high[live] = np.where(up, trial, a), np.where(up, b, trial)
        left[live] = np.where(up, f, np.where(last[live] == -1, fa / 2.0, fa))
        right[live] = np.where(up, np.where(last[live] == 1, fb / 2.0, fb), f)
        last[live] = np.where(up, 1, -1)
        live = live[(f != 0.0) & (moved > 4.0 * np.finfo(np.float64).eps)]
    return root


def _kinds(
    x: Array, height: Array, padding: Flags, best: Array, scale: Array, end: Index, accuracy: Accuracy
) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    """What each maximum is, (C,), and on which side of a jump it lies, from the pieces' ends around it.

    A jump may be drawn as a narrow steep line, and its place may be off by as much.

    Args:
        x, height: at both ends of all pieces, low ends first, (C, 2 P).
        padding: ends that are none, (C, 2 P).
        best: the maxima's places, (C,).
        scale, accuracy: see `Accuracy`.
        end: 0 for maxima inside of pieces, (C,).
    """
    every = np.arange(best.size)
    around = (np.abs(x - best[:, None]) <= accuracy.steep) & ~padding
    lowest = np.where(around, height, np.inf)
    at, top = lowest.argmin(axis=1), np.where(around, height, -np.inf).max(axis=1)
    jump = (end != 0) & (top - lowest[every, at] > accuracy.jump * scale)
    above = (x[every, at] > best) | ((x[every, at] == best) & (at < x.shape[1] // 2))
    side = np.where(above, -1, 1)
    return np.where(end == 0, "smooth", np.where(jump, "jump", "kink")), np.where(jump, side, 0)


def _runner_up(
    x: Array, height: Array, error: Array, bounds: tuple[Array, Array], best: Array, scale: Array,
    accuracy: Accuracy,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """The best local maximum that a valley separates from `best`: place, height and its error, (C,) each.

    Also the samples on both sides of it, (2, C). The valley must be one at its upper bound, and the maximum
    at its lower bound.
    """
    outside = (x < bounds[0][:, None]) | (x > bounds[1][:, None]) | ~np.isfinite(error)
    known = np.where(outside, 0.0, error)
    upper, lower = np.where(outside, np.inf, height + known), np.where(outside, -np.inf, height - known)
    result, every = np.full((3, best.size), np.nan), np.arange(best.size)
    top = np.full(best.size, -np.inf)
    window = np.full((2, best.size), np.nan)
    for side in (1, -1):
        beyond = (side * (x - best[:, None]) > 0.0)[:, ::side]
        places = x[:, ::side]
        floor = np.minimum.accumulate(np.where(beyond, upper[:, ::side], np.inf), axis=1)
        risen = beyond & (lower[:, ::side] > floor + accuracy.dip * scale[:, None])
        low = np.where(risen, lower[:, ::side], -np.inf)
        at = low.argmax(axis=1)
        better = low[every, at] > top
        top = np.where(better, low[every, at], top)
        found = [each[:, ::side][every, at] for each in (x, height, error)]
        result = np.where(better, np.stack(found), result)
        around = [places[every, np.clip(at + k, 0, places.shape[1] - 1)] for k in (-side, side)]
        window = np.where(better, np.stack(around), window)
    return result[0], result[1], result[2], window
