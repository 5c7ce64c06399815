"""Global maxima of objectives over piecewise polynomials: stationary points, breaks and ends.

Several objectives may share one function: an objective is linear in the function's values, less a smooth cost
of the place. Its maximum is the highest among the zeros of its slope inside of pieces and the pieces' ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.active import SAMPLES
from eqsolve.numerics.batch import Batch, stacked
from eqsolve.numerics.piecewise import (
    DEGREE,
    Flags,
    Index,
    Piecewise,
    chebyshev,
    derivative,
    nodes,
)
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
class Peaks(Batch):
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
    sampled = _Sampled(pieces)
    parts = [
        _maximize(
            _tabulate(objective, sampled, which, first[which], count[which], accuracy), accuracy, runners_up
        )
        for which in _chunks(count)
    ]
    return stacked(parts)


def _chunks(count: Index) -> Iterator[Index]:
    size = max(1, CHUNK // ((DEGREE + 1) * int(count.max(initial=1))))
    return (np.arange(start, min(start + size, count.size)) for start in range(0, count.size, size))


@cache
def _samples() -> Array:
    """The Chebyshev polynomials at the places that pieces are looked at, (S, n)."""
    return chebyshev(nodes(SAMPLES))


class _Sampled:
    """Pieces with their values at nodes, which all objectives share, and at more places when asked for."""

    def __init__(self, pieces: Piecewise) -> None:
        u = nodes()
        self.pieces = pieces
        self.x = pieces.points(u)
        self.value = np.einsum("sn,pnc->psc", chebyshev(u), pieces.coefficients)
        self.slope = self.slopes(np.arange(len(pieces)), np.broadcast_to(u[[0, -1]], (len(pieces), 2)))

    def finely(self, piece: Index) -> tuple[Array, Array]:
        """Places in pieces (K,), (K, S), and slopes there, (K, S, channels)."""
        once, back = np.unique(piece, return_inverse=True)
        slope = np.einsum("sm,kmc->ksc", _samples(), self._turned(once))
        return self.pieces.take(once).points(nodes(SAMPLES))[back], slope[back]

    def values(self, piece: Index, u: Array) -> Array:
        """Values at coordinates (K, S), (K, S, channels)."""
        return np.asarray(np.einsum("ksn,knc->ksc", chebyshev(u), self.pieces.coefficients[piece]))

    def slopes(self, piece: Index, u: Array) -> Array:
        """Derivatives in x at coordinates (K, S), (K, S, channels)."""
        return np.asarray(np.einsum("ksn,knc->ksc", chebyshev(u), self._turned(piece)))

    def _turned(self, piece: Index) -> Array:
        """Coefficients of derivatives in x, (K, n, channels)."""
        width = (self.pieces.high[piece] - self.pieces.low[piece])[:, None, None]
        turned = np.einsum("mn,knc->kmc", derivative(), self.pieces.coefficients[piece])
        return np.asarray(np.divide(2.0 * turned, width, out=np.zeros_like(turned), where=width > 0))


@dataclass(frozen=True)
class _Table:
    """Some objectives over all pieces of their functions.

    Attributes (C objectives, L pieces each, as many as the function with most of them has):
        objective, sampled, which: the objectives, (C,), and the pieces.
        scale, low, high: of the objectives, (C,) each.
        first, piece, padding: number of the first piece and of all, and whether it is none, (C, L).
        height: at the nodes of pieces, (C, L, N).
        error: what heights may be off, inf where nothing is known, (C, L).
        penalty: by how much the heights of pieces that are not known well count less, (C, L).
    """

    objective: Objective
    sampled: _Sampled
    which: Index
    scale: Array
    low: Array
    high: Array
    first: Index
    piece: Index
    padding: Flags
    height: Array
    error: Array
    penalty: Array

    def possible(self) -> tuple[Index, Index]:
        """Pairs of an objective and the place of a piece in its function that may hold the maximum."""
        bend = np.abs(np.diff(self.height, n=2, axis=2)).max(axis=2)
        known = np.where(np.isfinite(self.penalty), self.error, -np.inf)
        x = self.sampled.x[self.piece]
        within = (x >= self.low[:, None, None]) & (x <= self.high[:, None, None])
        least = np.where(within, self.height, -np.inf).max(axis=2) - self.penalty
        most = self.height.max(axis=2) + bend + known
        row, column = np.nonzero(most >= least.max(axis=1, keepdims=True))
        return row, column

    def tilts(self) -> Array:
        """Slopes at both ends of pieces, (C, L, 2)."""
        flat, client = self.piece.ravel(), np.repeat(self.which, self.piece.shape[1])
        x = self.sampled.x[flat][:, [0, -1]]
        return self.objective.tilt(client, x, self.sampled.slope[flat]).reshape(*self.piece.shape, 2)


def _tabulate(
    objective: Objective, sampled: _Sampled, which: Index, first: Index, count: Index, accuracy: Accuracy
) -> _Table:
    local = np.arange(int(count.max()))
    piece = np.minimum(first[:, None] + local, first[:, None] + count[:, None] - 1)
    padding = local >= count[:, None]
    flat, client = piece.ravel(), np.repeat(which, local.size)
    height = objective.height(client, sampled.x[flat], sampled.value[flat])
    off = sampled.pieces.error[flat]
    sound = np.isfinite(off).all(axis=1)
    off = np.where(sound[:, None], off, 0.0)[:, None, :]
    nowhere = np.zeros((flat.size, 1))
    moved = objective.height(client, nowhere, off) - objective.height(client, nowhere, 0.0 * off)
    error = np.where(sound, moved[:, 0], np.inf).reshape(piece.shape)
    scale = objective.scale[which]
    penalty = np.where(error > accuracy.known * scale[:, None], error, 0.0)
    penalty[padding] = np.inf
    return _Table(
        objective, sampled, which, scale, objective.low[which], objective.high[which], first, piece, padding,
        height.reshape(*piece.shape, -1), error, penalty,
    )  # fmt: skip


@dataclass(frozen=True)
class _Tops(Batch):
    """Places that may be maxima, (K,) each.

    Attributes:
        row: number of the objective in its table.
        x, height: where, and how high at least.
        end: 0 inside of a piece, else the side of the piece it is an end of.
        bend: second derivative inside of a piece.
    """

    row: Index
    x: Array
    height: Array
    end: Index
    bend: Array


def _maximize(table: _Table, accuracy: Accuracy, runners_up: bool) -> Peaks:
    """The maxima of the objectives of a table, and what comes second."""
    row, column = table.possible()
    tops = stacked([_inner(table, row, column), _ends(table, row, column, accuracy), *_bounds(table)])
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
    second = _runner_up(table, x, accuracy) if runners_up else (np.full(x.size, np.nan),) * 3
    return Peaks(x, top, kind, bend, inside, *second)


def _inner(table: _Table, row: Index, column: Index) -> _Tops:
    """Maxima inside of pieces, given as pairs (K,) of an objective and a place in its function."""
    sampled, piece, which = table.sampled, table.piece[row, column], table.which[row]
    places, slopes = sampled.finely(piece)
    tilt = table.objective.tilt(which, places, slopes)
    pair, cell = np.nonzero(
        (tilt[:, :-1] > 0.0) & (tilt[:, 1:] <= 0.0) & np.isfinite(table.penalty[row, column])[:, None]
    )
    left, right, piece, which = tilt[pair, cell], tilt[pair, cell + 1], piece[pair], which[pair]
    u = _root(table.objective, sampled, which, piece, cell, left, right)
    x = _place(sampled.pieces, piece, u)
    height = table.objective.height(which, x[:, None], sampled.values(piece, u[:, None]))[:, 0]
    run = places[pair, cell + 1] - places[pair, cell]
    height = height - table.penalty[row[pair], column[pair]]
    return _Tops(row[pair], x, height, np.zeros(pair.size, dtype=np.intp), (right - left) / run)


def _ends(table: _Table, row: Index, column: Index, accuracy: Accuracy) -> _Tops:
    """Ends of pieces (K,) that are local maxima.

    The objective falls on both sides of them, or beyond them at once, where it may be flat inside; of narrow
    pieces, and of those that are not known, nothing is asked.
    """
    height, tilt = table.height, table.tilts()
    width = (table.sampled.pieces.high - table.sampled.pieces.low)[table.piece]
    loose = (width <= accuracy.steep) | ~np.isfinite(table.penalty)
    gap = height[:, 1:, 0] - height[:, :-1, -1]
    drop, rise = (side * gap > accuracy.jump * table.scale[:, None] for side in (-1.0, 1.0))
    low, high = tilt[:, :, 0] <= 0.0, tilt[:, :, 1] >= 0.0
    flat = np.abs(tilt) * width[..., None] <= accuracy.tie * table.scale[:, None, None]
    beside = rise | loose[:, :-1], drop | loose[:, 1:]
    low[:, 1:] &= beside[0] | (tilt[:, :-1, 1] >= 0.0)
    low[:, 1:] |= beside[0] & flat[:, 1:, 0]
    high[:, :-1] &= beside[1] | (tilt[:, 1:, 0] <= 0.0) | table.padding[:, 1:]
    high[:, :-1] |= beside[1] & flat[:, :-1, 1]
    parts = []
    for side, node, summit in ((-1, 0, low), (1, -1, high)):
        some = np.flatnonzero(summit[row, column])
        r, c = row[some], column[some]
        top, x = height[r, c, node] - table.penalty[r, c], table.sampled.x[table.piece[r, c], node]
        parts.append(_Tops(r, x, top, np.full(r.size, side), np.full(r.size, np.nan)))
    return stacked(parts)


def _bounds(table: _Table) -> list[_Tops]:
    """The ends of the objectives' own intervals."""
    sampled, row, parts = table.sampled, np.arange(table.which.size), []
    for side, x in ((-2, table.low), (2, table.high)):
        piece = sampled.pieces.find(table.objective.curve[table.which], x)
        height = table.objective.height(table.which, x[:, None], sampled.pieces.value(piece, x)[:, None])
        top = height[:, 0] - table.penalty[row, piece - table.first]
        parts.append(_Tops(row, x, top, np.full(row.size, side), np.full(row.size, np.nan)))
    return parts


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
    table: _Table, best: Array, end: Index, accuracy: Accuracy
) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    """What each maximum is, (C,), and on which side of a jump it lies, from the pieces' ends around it.

    A jump may be drawn as a narrow steep line, and its place may be off by as much.

    Args:
        table, accuracy: see above.
        best, end: the maxima's places and ends (see `_Tops`), (C,) each.
    """
    every = np.arange(best.size)
    x, height = (
        np.concatenate([each[..., 0], each[..., -1]], axis=1)
        for each in (table.sampled.x[table.piece], table.height)
    )
    around = (np.abs(x - best[:, None]) <= accuracy.steep) & ~np.tile(table.padding, 2)
    lowest = np.where(around, height, np.inf)
    at, top = lowest.argmin(axis=1), np.where(around, height, -np.inf).max(axis=1)
    jump = (end != 0) & (top - lowest[every, at] > accuracy.jump * table.scale)
    above = (x[every, at] > best) | ((x[every, at] == best) & (at < x.shape[1] // 2))
    kind = np.where(end == 0, "smooth", np.where(jump, "jump", "kink"))
    bound = (end != 0) & ((best == table.low) | (best == table.high))
    return np.where(bound, "bound", kind), np.where(bound | ~jump, 0, np.where(above, -1, 1))


def _runner_up(table: _Table, best: Array, accuracy: Accuracy) -> tuple[Array, Array, Array]:
    """The best local maximum that a valley separates from `best`: place, height and its error, (C,) each.

    The valley must be one at its upper bound, and the maximum at its lower bound.
    """
    size = best.size
    x, height = table.sampled.x[table.piece].reshape(size, -1), table.height.reshape(size, -1)
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
    result = np.full((3, size), np.nan)
    result[:, some] = [each[some, found[some]] for each in (x, height, error)]
    low, high = np.full((2, size), np.nan)
    low[some], high[some] = (x[some, window[k, some]] for k in (0, 1))
    inner = stacked([_inner(table, some, window[k, some] // table.height.shape[2]) for k in (0, 1)])
    near = (inner.x >= low[inner.row]) & (inner.x <= high[inner.row])
    near &= inner.height > result[1, inner.row]
    order = np.flatnonzero(near)[np.argsort(inner.height[near], kind="stable")]
    result[:2, inner.row[order]] = inner.x[order], inner.height[order]
    return result[0], result[1], result[2]
