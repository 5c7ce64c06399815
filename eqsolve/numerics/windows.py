"""Windows of samples around local maxima: slopes, kinks and vertices in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array

Index = NDArray[np.intp]

WINDOW = 7
"""Samples kept around the best: two secants and a parabola on either side."""

MIDDLE = WINDOW // 2
"""Where the best sample stands in a window."""

STEEP = 4.0
"""Between two samples the slope is this many times that on either side: a jump, to be cornered."""


@dataclass(frozen=True)
class Neighbors:
    """The best sample of each peak, two samples to each side, and the slopes between them."""

    x: Array
    v: Array
    left: Array
    right: Array
    far_left: Array
    far_right: Array


def neighbors(x: Array, v: Array) -> Neighbors:
    """The middle of windows (K, WINDOW)."""
    x, v = x[:, MIDDLE - 2 : MIDDLE + 3], v[:, MIDDLE - 2 : MIDDLE + 3]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.diff(np.where(np.isfinite(v), v, np.nan), axis=1) / np.diff(x, axis=1)
    return Neighbors(x, v, slope[:, 1], slope[:, 2], slope[:, 0], slope[:, 3])


def merge(x: Array, v: Array, new_x: Array, new_v: Array) -> tuple[Array, Array]:
    """Add samples, keep those around the best."""
    x, v = np.concatenate([x, new_x], axis=1), np.concatenate([v, new_v], axis=1)
    order = np.argsort(x, axis=1)
    x, v = np.take_along_axis(x, order, axis=1), np.take_along_axis(v, order, axis=1)
    return windows(x, v, np.isfinite(x), np.argmax(v, axis=1))


def windows(x: Array, v: Array, fresh: NDArray[np.bool_], peak: Index) -> tuple[Array, Array]:
    """The samples around each peak, (K, WINDOW); missing ones are nan at -inf."""
    offsets = peak[:, None] + np.arange(WINDOW) - MIDDLE
    inside = (offsets >= 0) & (offsets < x.shape[1])
    at = np.clip(offsets, 0, x.shape[1] - 1)
    every = np.arange(len(x))[:, None]
    inside &= fresh[every, at]
    return np.where(inside, x[every, at], np.nan), np.where(inside, v[every, at], -np.inf)


def kinked(near: Neighbors) -> NDArray[np.bool_]:
    """Whether the slope changes at the best sample by far more than it bends on either side of it."""
    x = near.x
    with np.errstate(invalid="ignore", divide="ignore"):
        bend_left = np.abs(near.far_left - near.left) / (x[:, 2] - x[:, 0])
        bend_right = np.abs(near.right - near.far_right) / (x[:, 4] - x[:, 2])
        bend = np.abs(near.left - near.right) / (x[:, 3] - x[:, 1])
    return np.asarray(bend > 5.0 * np.fmax(bend_left, bend_right))


def vertex(near: Neighbors) -> tuple[Array, Array]:
    """Vertex of the parabola through the best sample and its neighbors, and its rise; nan, inf if none."""
    x = near.x
    with np.errstate(invalid="ignore", divide="ignore"):
        bend = (near.right - near.left) / (x[:, 3] - x[:, 1])
        slope = near.left + bend * (x[:, 2] - x[:, 1])
        step = -slope / (2.0 * bend)
        rise = -(slope**2) / (4.0 * bend)
    usable = np.isfinite(step) & (bend < 0)
    place = np.where(usable, np.clip(x[:, 2] + step, x[:, 1], x[:, 3]), np.nan)
    return place, np.where(usable, rise, np.inf)


def cliffs(near: Neighbors) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the function seems to jump to the left and to the right of the best sample."""
    return (
        near.left > STEEP * np.fmax(np.abs(near.far_left), np.abs(near.right)),
        -near.right > STEEP * np.fmax(np.abs(near.far_right), np.abs(near.left)),
    )


def headroom(near: Neighbors) -> Array:
    """How far the function may rise above the best sample beside it, on the slopes around it.

    A rise toward a jump is that of the side that is not beyond it.
    """
    x = near.x
    cliff_left, cliff_right = cliffs(near)
    cliff_left |= np.isneginf(near.v[:, 1])
    cliff_right |= np.isneginf(near.v[:, 3])
    rise_left = np.where(cliff_right, near.far_left, -near.right) * (x[:, 2] - x[:, 1])
    rise_right = np.where(cliff_left, -near.far_right, near.left) * (x[:, 3] - x[:, 2])
    return np.asarray(np.fmax(np.fmax(rise_left, rise_right), 0.0))
