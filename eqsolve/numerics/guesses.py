"""Where a local maximum may be higher, seen from the samples in its window."""

from __future__ import annotations

import numpy as np

from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.windows import MIDDLE, cliffs, neighbors, vertex

LEDGE = 1e-10
"""How far inside a jump its maximum is placed: the loss is far below a certified regret."""

LOPSIDED = 8.0
"""Ratio of a peak's two sides beyond which the wide one is narrowed first."""

CORNER = 4
"""Points tried at once for each peak: four cut the interval that holds a jump into fifths."""

STEEPENS = 1.5
"""The slope of a branch that ends in a fold grows by this factor between its last samples, or more."""

BESIDE = (5e-5, 5e-9)
"""Distances from a bound at which a maximum there is confirmed: of one with a slope, and of a flat one."""

NEAR_FOLD = 0.03
"""A fold is looked for within this share of its distance from the last sample of its branch."""


def guesses(window_x: Array, window_v: Array, cliff: Array) -> Array:
    """Points at which the peaks in windows (K, WINDOW) may be higher, (K, CORNER); nan for none."""
    near = neighbors(window_x, window_v)
    x, v = near.x, near.v
    with np.errstate(invalid="ignore", divide="ignore"):
        before = _meeting(x[:, 1], v[:, 1], near.far_left, x[:, 2], v[:, 2], near.right)
        after = _meeting(x[:, 2], v[:, 2], near.left, x[:, 3], v[:, 3], near.far_right)
        left, right = x[:, 2] - x[:, 1], x[:, 3] - x[:, 2]
        steep_left = ~(np.abs(near.right) > np.abs(near.left)) & np.isfinite(x[:, 1])
        middle = np.where(steep_left, (x[:, 1] + x[:, 2]) / 2.0, (x[:, 2] + x[:, 3]) / 2.0)
        middle = np.where(right > LOPSIDED * left, x[:, 2] + 3.0 * np.maximum(left, right / 100.0), middle)
        middle = np.where(left > LOPSIDED * right, x[:, 2] - 3.0 * np.maximum(right, left / 100.0), middle)
        at_low, at_high = np.isnan(x[:, 1]), np.isnan(x[:, 3])
        edge_low = np.where(at_low, x[:, 2] + right / 8.0, np.nan)
        edge_high = np.where(at_high, x[:, 2] - left / 8.0, np.nan)
        middle = np.where(at_low, x[:, 2] + _beside(right), middle)
        middle = np.where(at_high & ~at_low, x[:, 2] - _beside(left), middle)
        before = np.where((before > x[:, 1]) & (before < x[:, 2]), before, edge_low)
        after = np.where((after > x[:, 2]) & (after < x[:, 3]), after, edge_high)
    points = np.stack([vertex(near)[0], before, after, middle], axis=1)
    for steep, low in zip(cliffs(near), (MIDDLE - 1, MIDDLE), strict=True):
        at = np.flatnonzero(steep)
        if at.size:
            points[at] = _corner(window_x[at], window_v[at], low, cliff[at])
    return points


def _beside(width: Array) -> Array:
    """How far from a bound the slope there is looked at: near enough to settle it, or for a flat function."""
    return np.where(width > 2.0 * BESIDE[0], *BESIDE)


def _corner(x: Array, v: Array, low: int, cliff: Array) -> Array:
    """Points that corner a jump between samples `low` and `low + 1` of windows (K, WINDOW).

    They are the two sides of a known place of it, or some around the end of a branch that ends in a fold, or
    evenly spaced.
    """
    start, end = x[:, low], x[:, low + 1]
    even = start[:, None] + (end - start)[:, None] * np.arange(1.0, CORNER + 1.0) / (CORNER + 1.0)
    branches = low - np.arange(3), low + 1 + np.arange(3)
    ends = [_fold(x[:, branch], v[:, branch]) for branch in branches]
    gaps = [np.where((ends[0] > start) & (ends[0] < end), ends[0] - start, np.inf)]
    gaps += [np.where((ends[1] > start) & (ends[1] < end), end - ends[1], np.inf)]
    gap, beyond = np.minimum(*gaps), np.where(gaps[0] <= gaps[1], 1.0, -1.0)
    fold = np.where(gaps[0] <= gaps[1], *ends)
    near = np.maximum(NEAR_FOLD * gap, LEDGE / 10.0)
    around = np.stack([fold - near, fold + near, fold + beyond * gap / 3.0, (start + end) / 2.0], axis=1)
    around = np.where((around > start[:, None]) & (around < end[:, None]), around, np.nan)
    sides = np.full_like(even, np.nan)
    sides[:, :2] = cliff[:, None] + LEDGE * np.array([-0.1, 0.1])
    known = (sides[:, 0] > start) & (sides[:, 1] < end)
    return np.where(known[:, None], sides, np.where(np.isfinite(gap)[:, None], around, even))


def _fold(x: Array, v: Array) -> Array:
    """Where a branch ends whose last three samples are given, last first, (K, 3); nan unless it steepens.

    Values near a fold change like the square root of the distance to it: x is a smooth function of them and
    has an extremum there.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        run = np.diff(x, axis=1) / np.diff(v, axis=1)
        bend = (run[:, 1] - run[:, 0]) / (v[:, 2] - v[:, 0])
        level = (v[:, 0] + v[:, 1]) / 2.0 - run[:, 0] / (2.0 * bend)
        place = x[:, 0] + (level - v[:, 0]) * (run[:, 0] + bend * (level - v[:, 1]))
        steepens = np.abs(run[:, 1]) > STEEPENS * np.abs(run[:, 0])
    return np.where(steepens, place, np.nan)


def _meeting(x: Array, v: Array, slope: Array, other_x: Array, other_v: Array, other_slope: Array) -> Array:
    """Where the line through (x, v) meets the line through (other_x, other_v)."""
    return np.asarray((other_v - v + slope * x - other_slope * other_x) / (slope - other_slope))
