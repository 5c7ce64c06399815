"""Global maxima of batched functions of one variable with kinks, jumps and several local maxima.

Every row has its own function on [0, 1] or any other interval. A cheap, slightly noisy scan finds the
plateaus that can hold a local maximum; precise values on each plateau separate its peaks; every peak is then
placed (see `eqsolve.numerics.climb`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.ascent import Steep, ascend
from eqsolve.numerics.climb import Index, Objective, climb, leaders
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.windows import MIDDLE, windows

MINOR = 1e-6
"""Accuracy of a row's second peak, as a share of the scale: enough for the lead over a runner-up."""


@dataclass(frozen=True)
class Peaks:
    """Refined local maxima, in no order, as flat arrays (K,).

    Attributes:
        row: the row of each peak.
        x, value: where it is, and its height.
        kind: "smooth", "kink", "jump", "bound" or, for peaks that are well below another, "minor".
        defined: whether each row's function was defined at all scan points, (rows,).
    """

    row: Index
    x: Array
    value: Array
    kind: NDArray[np.str_]
    defined: NDArray[np.bool_]

    def best(self, rows: int, tie: Array) -> tuple[Index, Array]:
        """Number of each row's highest peak and the lead over its runner-up (nan without one).

        Args:
            rows: number of rows.
            tie: values closer than this are equal, and the lower x wins, (rows,).
        """
        top = np.full(rows, -np.inf)
        np.maximum.at(top, self.row, self.value)
        level = self.value >= top[self.row] - tie[self.row]
        order = np.lexsort((self.x, ~level, self.row))
        best = order[np.searchsorted(self.row[order], np.arange(rows))]
        second = np.full(rows, -np.inf)
        others = np.ones(self.row.size, dtype=bool)
        others[best] = False
        np.maximum.at(second, self.row[others], self.value[others])
        return best, np.where(np.isfinite(second), self.value[best] - second, np.nan)


def find_peaks(
    scan: Objective,
    value: Objective,
    points: Array,
    scale: Array,
    noise: Array,
    floor: Array | None = None,
    cliff: Array | None = None,
    steep: Steep | None = None,
    minor: float = MINOR,
) -> Peaks:
    """Find and refine every local maximum that a scan shows.

    Args:
        scan: cheap values, off by at most `noise`.
        value: precise values.
        points: increasing scan points of each row, (rows, n); the first and last are the bounds.
        scale: size of each row's values, (rows,).
        noise: see `scan`, (rows,).
        floor: a known value of each row, (rows,): among peaks that the scan shows to be lower, only the
            highest is refined, and not even that where the scan leaves no doubt.
        cliff: where each row's function may jump, known to rounding, (rows,): looked at first.
        steep: precise values with slopes, where they are to be had.
        minor: accuracy of the height of each row's second peak, as a share of the scale; lower ones are known
            to be lower.
    """
    rows, n = points.shape
    every = np.repeat(np.arange(rows), n)
    heights = scan(every, points.ravel())
    unclear = np.flatnonzero(~np.isfinite(heights))
    if unclear.size:
        heights[unclear] = value(every[unclear], points.ravel()[unclear])
    heights = heights.reshape(rows, n)
    row, top, low, high = plateaus(heights, noise)
    if floor is not None or np.isinf(minor):
        bar = heights.max(axis=1) - 2.0 * noise
        if floor is not None:
            bar = np.minimum(bar, floor - 2.0 * noise)
        reach = heights[row, top] + _rise(heights, row, top)
        kept = ~((reach if np.isinf(minor) else heights[row, top]) < bar[row])
        row, top, low, high, reach = (of_peak[kept] for of_peak in (row, top, low, high, reach))
    lost = np.zeros(row.size, dtype=bool) if floor is None else reach < floor[row] - 2.0 * noise[row]
    low, high = np.where(lost, top, low), np.where(lost, top, high)

    span = int((high - low).max()) + 1
    at = np.minimum(low[:, None] + np.arange(span), high[:, None])
    fresh = low[:, None] + np.arange(span) <= high[:, None]
    x = points[row[:, None], at]
    exact = np.full(x.shape, -np.inf)
    exact[fresh] = value(np.broadcast_to(row[:, None], x.shape)[fresh], x[fresh])

    inner, peak, _, _ = plateaus(exact, 1e-9 * scale[row])
    window_x, window_v = windows(x[inner], exact[inner], fresh[inner], peak)
    row, lost = row[inner], lost[inner]
    bounds, edge = points[row][:, [0, -1]], np.full(row.size, np.nan) if cliff is None else cliff[row]
    x, height, kind = _place(value, steep, row, window_x, window_v, bounds, scale[row], edge, minor, lost)
    return Peaks(row, x, height, kind, np.asarray(np.isfinite(heights).all(axis=1)))


def _place(
    value: Objective,
    steep: Steep | None,
    row: Index,
    window_x: Array,
    window_v: Array,
    bounds: Array,
    scale: Array,
    edge: Array,
    minor: float,
    placed: NDArray[np.bool_],
) -> tuple[Array, Array, NDArray[np.str_]]:
    """Place the peaks in windows (K, WINDOW) by their slopes where that does, by their values elsewhere."""
    x, height, placed = window_x[:, MIDDLE].copy(), window_v[:, MIDDLE].copy(), placed.copy()
    at = np.flatnonzero(~placed)
    if steep is not None and at.size:
        x[at], height[at], placed[at] = ascend(
            steep, row[at], window_x[at], window_v[at], bounds[at], scale[at]
        )
    kind = np.where((x == bounds[:, 0]) | (x == bounds[:, 1]), "bound", "smooth")
    rest = np.flatnonzero(~placed)
    if rest.size:
        rivals = leaders(row, np.where(placed, height, window_v[:, MIDDLE]))[:, rest]
        x[rest], height[rest], kind[rest] = climb(
            value, row[rest], window_x[rest], window_v[rest], bounds[rest], scale[rest], edge[rest],
            rivals, minor,
        )  # fmt: skip
    return x, height, kind


def _rise(heights: Array, row: Index, top: Index) -> Array:
    """How far peaks may rise between scan points: as far as to the lower neighbor."""
    beside = np.stack([np.maximum(top - 1, 0), np.minimum(top + 1, heights.shape[1] - 1)])
    return np.asarray(heights[row, top] - heights[row, beside].min(axis=0))


def plateaus(heights: Array, tolerance: Array) -> tuple[Index, Index, Index, Index]:
    """Peaks that stand out by more than a tolerance, and the ground around each that is as high as they.

    Args:
        heights: values along each row, (rows, n); -inf at most at ends or where undefined.
        tolerance: (rows,).

    Returns:
        Rows, indices of the peaks, and first and last index of each plateau widened by one, (K,) each.
    """
    rows, n = heights.shape
    top, floor = heights[:, 0].copy(), heights[:, 0].copy()
    at, rising = np.zeros(rows, dtype=np.intp), np.ones(rows, dtype=bool)
    found_row, found_at = [], []
    for i in range(1, n):
        here = heights[:, i]
        higher = rising & (here > top)
        top, at = np.where(higher, here, top), np.where(higher, i, at)
        done = np.flatnonzero(rising & (here < top - tolerance))
        found_row.append(done)
        found_at.append(at[done])
        rising[done], floor[done] = False, here[done]
        floor = np.minimum(floor, here)
        climbs = ~rising & (here > floor + tolerance)
        rising |= climbs
        top, at = np.where(climbs, here, top), np.where(climbs, i, at)
    last = np.flatnonzero(rising)
    row = np.concatenate([*found_row, last])
    peak = np.concatenate([*found_at, at[last]])
    low, high = peak.copy(), peak.copy()
    bar = heights[row, peak] - 2.0 * tolerance[row]
    for _ in range(n):
        left, right = np.maximum(low - 1, 0), np.minimum(high + 1, n - 1)
        wider_left = (left < low) & (heights[row, left] >= bar)
        wider_right = (right > high) & (heights[row, right] >= bar)
        if not (wider_left | wider_right).any():
            break
        low, high = np.where(wider_left, left, low), np.where(wider_right, right, high)
    return row, peak, np.maximum(low - 1, 0), np.minimum(high + 1, n - 1)
