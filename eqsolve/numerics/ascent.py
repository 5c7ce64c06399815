"""Placing smooth maxima, and maxima at a bound, of batched functions whose slope is known.

Newton's method on the slope, with its secant for curvature, kept between slopes of opposite sign: two or
three values place a smooth maximum. What it does not confirm, a kink above all, is left to
`eqsolve.numerics.climb`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.climb import SETTLED, Index
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.windows import MIDDLE

Steep = Callable[[Index, Array], tuple[Array, Array]]
"""(rows, points) to values and slopes."""

ASCENTS = 10
"""Values per peak: a secant that has not converged by then does not follow a smooth slope."""

NEAR = 1e-7
"""A last step of this share of the interval leaves an error of its square, or of a small part of it."""

SLIGHT = 1e-13
"""Gain of a last step, as a share of the scale: what is lost by not looking there is far smaller."""


def ascend(
    steep: Steep, row: Index, x: Array, v: Array, bounds: Array, scale: Array
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Place the peaks in windows (K, WINDOW) that are smooth, or at a bound, by their slopes.

    Returns:
        Places, heights, and whether each peak is placed.
    """
    left, best, right = (x[:, MIDDLE + side] for side in (-1, 0, 1))
    low, high = np.fmax(left, bounds[:, 0]), np.fmin(right, bounds[:, 1])
    low, high = np.where(np.isnan(left), best, low), np.where(np.isnan(right), best, high)
    place, curvature = _summit(x[:, MIDDLE - 1 : MIDDLE + 2], v[:, MIDDLE - 1 : MIDDLE + 2])
    height, placed = np.full(row.size, -np.inf), np.zeros(row.size, dtype=bool)
    last_place, last_slope = np.full((2, row.size), np.nan)
    live = np.arange(row.size)
    for _ in range(ASCENTS):
        here = place[live]
        height[live], slope = steep(row[live], here)
        with np.errstate(divide="ignore", invalid="ignore"):
            secant = -(slope - last_slope[live]) / (here - last_place[live])
            bend = np.where(np.isnan(secant), curvature[live], secant)
            step = slope / bend
        pressed = (here <= bounds[live, 0]) & (slope <= 0.0) | (here >= bounds[live, 1]) & (slope >= 0.0)
        close = (bend > 0.0) & (np.abs(step) <= NEAR * (bounds[live, 1] - bounds[live, 0]))
        close &= np.abs(slope * step) <= SLIGHT * scale[live]
        close &= (here + step >= bounds[live, 0]) & (here + step <= bounds[live, 1])
        placed[live] = pressed | close
        last_place[live], last_slope[live] = here, slope
        place[live] += np.where(close & ~pressed, step, 0.0)
        height[live] += np.where(close & ~pressed, slope * step / 2.0, 0.0)
        low[live] = np.where(slope > 0.0, here, low[live])
        high[live] = np.where(slope < 0.0, here, high[live])
        inside = (bend > 0.0) & (here + step > low[live]) & (here + step < high[live])
        ahead = np.where(inside, here + step, (low[live] + high[live]) / 2.0)
        going = ~placed[live] & np.isfinite(slope)
        live, ahead = live[going], ahead[going]
        if not live.size:
            break
        place[live] = ahead
    return place, height, placed & (height >= v[:, MIDDLE] - SETTLED * scale)


def _summit(x: Array, v: Array) -> tuple[Array, Array]:
    """Where the parabola through three samples (K, 3) peaks, and its curvature; the middle one without."""
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = np.diff(v, axis=1) / np.diff(x, axis=1)
        curvature = 2.0 * (slopes[:, 0] - slopes[:, 1]) / (x[:, 2] - x[:, 0])
        step = (slopes.sum(axis=1) / 2.0 + curvature * (x[:, 0] + x[:, 2] - 2.0 * x[:, 1]) / 4.0) / curvature
        peak = np.clip(x[:, 1] + step, x[:, 0], x[:, 2])
    usable = np.isfinite(peak) & (curvature > 0.0)
    return np.where(usable, peak, x[:, 1]), np.where(usable, curvature, np.nan)
