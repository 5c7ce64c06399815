"""Breaks of functions given as polynomial pieces: jumps, and kinks, at which one-sided slopes differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eqsolve.numerics.piecewise import Index, Piecewise, chebyshev, derivative
from eqsolve.numerics.quadrature import Array


@dataclass(frozen=True)
class Tolerances:
    """What is a break.

    Attributes:
        jump: width of a piece, relative to one, that may hold a jump.
        rise: size of a jump, relative to one.
        reach: distance, relative to one, from a break at which the slopes on both sides are compared: that
            many times what is left of a kink of slope one in pieces that are precise to 1e-7.
        closer: share of that distance at which they are compared again.
        lasting: share of their difference that is left there at a kink, and of a change at a jump. A
            difference that goes like a power p of the distance falls to closer^p: 1/2 stands for p = 1/4,
            with 0 at a kink, 1/2 where the function goes like |d|^(3/2), and 1 where it is smooth.
        visible: difference of slopes, in units of the function's scale, that is drawn.
    """

    jump: float = 1e-9
    rise: float = 1e-6
    reach: float = 1e-3
    closer: float = 1.0 / 16.0
    lasting: float = 0.5
    visible: float = 0.02


TOLERANCES = Tolerances()


def jumps(pieces: Piecewise, tol: Tolerances = TOLERANCES) -> Array:
    """The intervals that hold the jumps of one function's pieces in order, (h, 2).

    These are narrow pieces, or several in a row, over which most of the change nearby happens; that of a
    function which only rises without bound, like |d|^(1/2), does not.
    """
    narrow = np.concatenate([[False], pieces.high - pieces.low <= tol.jump, [False]])
    first, last = np.flatnonzero(narrow[1:] & ~narrow[:-1]), np.flatnonzero(~narrow[1:] & narrow[:-1]) - 1
    low, high = pieces.low[first], pieces.high[last]
    beside = (high - low) / (2.0 * tol.closer)
    rise = _rise(pieces, low, high)
    around = _rise(pieces, low - beside, high + beside)
    held = ((rise > tol.lasting * around) & (rise > tol.rise)).any(axis=1)
    return np.stack([low, high], axis=1)[held]


def _rise(pieces: Piecewise, low: Array, high: Array) -> Array:
    """How far a function moves between places (h,) each, (h, channels)."""
    sides = (np.clip(x, pieces.low[0], pieces.high[-1]) for x in (low, high))
    owner = np.full(low.size, pieces.owner[0])
    left, right = (pieces.value(pieces.find(owner, x), x) for x in sides)
    return np.asarray(np.abs(right - left))


def slopes(pieces: Piecewise, piece: Index, x: Array) -> Array:
    """Derivatives in x at places in pieces, (K,) each, (K, channels)."""
    degree = pieces.coefficients.shape[1] - 1
    basis = chebyshev(pieces.coordinates(piece, x), degree) @ derivative(degree)
    inner = np.einsum("kn,knc->kc", basis, pieces.coefficients[piece])
    return np.asarray(2.0 * inner / (pieces.high - pieces.low)[piece, None])


def kinks(
    pieces: Piecewise, slope: Callable[[Array], Array], scale: float, tol: Tolerances = TOLERANCES
) -> Array:
    """Where a function has different slopes on both sides, increasing, (k,).

    Args:
        pieces: one function's, in order.
        slope: its derivative, or that of a function which bends where it does, at places (K,).
        scale: its size.
        tol: see `Tolerances`.
    """
    at, width = pieces.high[:-1], pieces.high - pieces.low
    fixed = np.concatenate([pieces.low[:1], pieces.high[-1:], jumps(pieces, tol).ravel()])
    alone = (np.abs(at[:, None] - fixed) > tol.reach).all(axis=1)
    at, narrow = at[alone], np.minimum(width[:-1], width[1:])[alone]
    near, far = (
        np.abs(slope(at + distance) - slope(at - distance))
        for distance in (tol.closer * tol.reach, tol.reach)
    )
    bent = (near > tol.visible * scale) & (near > tol.lasting * far)
    at, narrow = at[bent], narrow[bent]
    groups = np.split(np.arange(at.size), np.flatnonzero(np.diff(at) > 2.0 * tol.reach) + 1)
    return np.array([at[group[narrow[group].argmin()]] for group in groups if group.size])
