"""Where functions have kinks: pieces that were cut ever narrower around one become two that meet at it.

Cutting places a kink only to where a polynomial through it is resolved, or its error stops to fall. Values on
both sides place it to rounding: the functions are smooth there, and parabolas through three values each cross
at the kink.
"""

from __future__ import annotations

import numpy as np

from eqsolve.numerics.active import TOLERANCES, Function
from eqsolve.numerics.piecewise import DEGREE, Flags, Index, Piecewise, join
from eqsolve.numerics.quadrature import Array

NARROW = 1e-7
"""Widest piece that is taken to hold a kink: a smooth function is resolved far before that."""

REACH = 1e-6
"""How far from the kink values are taken: a parabola is off by its cube."""

BENT = 1e-3
"""Least difference of slopes, relative to functions of size one: values known to 1e-15 then place the kink to
1e-12."""

JUMP = 1e-3
"""Change over a narrow piece that is a jump, and no slope of a thousand: values beside one are dear."""

STEPS = 4
"""Newton steps from the crossing of tangents to that of parabolas: from an error of REACH^2 one is enough."""

ROUNDING = 1e-14
"""Change over REACH that is rounding: where a function is constant its slope must not seem to change sign."""

VALUES = np.array([0.0, 0.5, 1.0])
CHECKS = np.array([-0.25, -0.01, 0.01, 0.25])
"""In units of REACH: where values are taken beyond the narrow pieces, and compared beside the kink."""


def place(function: Function, pieces: Piecewise, size: int) -> Piecewise:
    """Pieces that meet at kinks of the first channel, which narrow pieces hold.

    What is not a kink, a jump or the root of a distance, is left as it is: values beside the crossing are not
    those of the parabolas there.

    Args:
        function: the functions of the pieces.
        pieces: in order.
        size: numbers in a memo of `function`.
    """
    first, last = _narrow(pieces)
    if not first.size:
        return pieces
    owner, ends = pieces.owner[first], np.stack([pieces.low[first], pieces.high[last]], axis=1)
    sides = ends[:, :, None] + REACH * np.stack([-VALUES, VALUES])
    value, sound = _values(function, owner, sides.reshape(owner.size, -1), size)
    series = _parabolas(value.reshape(owner.size, 2, VALUES.size, -1))
    kink = _crossing(series[..., 0], ends)
    inside = (kink > ends[:, 0]) & (kink < ends[:, 1])
    beside = np.where(inside, kink, ends.mean(axis=1))[:, None] + REACH * CHECKS
    found, known = _values(function, owner, beside, size)
    below = np.broadcast_to(CHECKS < 0.0, beside.shape)
    off = np.abs(found - _sided(series, ends, beside, below)).max(axis=1)
    held = np.flatnonzero(inside & sound & known & (off <= TOLERANCES.value).all(axis=1))
    kept = np.ones(len(pieces), dtype=bool)
    for a, b in zip(first[held].tolist(), last[held].tolist(), strict=True):
        kept[a : b + 1] = False
    parts = [pieces.take(kept)]
    for side in (0, 1):
        low, high = (ends[held, 0], kink[held]) if side == 0 else (kink[held], ends[held, 1])
        sign, start = (-1.0, low) if side == 0 else (1.0, high)
        middle, half = sign * ((low + high) / 2.0 - start) / REACH, sign * (high - low) / 2.0 / REACH
        coefficients = np.zeros((held.size, DEGREE + 1, series.shape[3]))
        coefficients[:, : VALUES.size] = _chebyshev(series[held, side], middle, half)
        parts.append(Piecewise(owner[held], low, high, coefficients, off[held]))
    return join(parts)


def _narrow(pieces: Piecewise) -> tuple[Index, Index]:
    """First and last of narrow pieces in a row that may hold a kink, away from the ends of the functions."""
    first, last = pieces.narrow(NARROW)
    owner, low, high = pieces.owner[first], pieces.low[first], pieces.high[last]
    lowest, highest = np.searchsorted(pieces.owner, owner), np.searchsorted(pieces.owner, owner, "right") - 1
    room = (low - pieces.low[lowest] > 2.0 * REACH) & (pieces.high[highest] - high > 2.0 * REACH)
    room &= high - low <= REACH
    step = np.abs(pieces.value(last, high) - pieces.value(first, low))[:, 0]
    room &= step <= JUMP
    return first[room], last[room]


def _values(function: Function, owner: Index, x: Array, size: int) -> tuple[Array, Flags]:
    """Values of functions (K,) at places (K, S), (K, S, channels), and whether all are known, (K,)."""
    count, which = x.size, np.repeat(owner, x.shape[1])
    found = function(which, x.ravel(), np.full((count, size), np.nan), np.full(count, np.inf))
    return found.value.reshape(*x.shape, -1), np.asarray(found.sound.reshape(x.shape).all(axis=1))


def _parabolas(value: Array) -> Array:
    """Through values (K, 2, 3, channels) on both sides: as coefficients of 1, s and s^2, of the same shape.

    s is the distance from the narrow pieces, in units of REACH.
    """
    inverse = np.linalg.inv(np.vander(VALUES, increasing=True))
    series = np.einsum("mn,ksnc->ksmc", inverse, value)
    series[:, :, 1:][np.abs(series[:, :, 1:]) <= ROUNDING] = 0.0
    return np.asarray(series)


def _chebyshev(series: Array, middle: Array, half: Array) -> Array:
    """Coefficients of parabolas (K, 3, channels) in u, where s = middle + half u; exact for constants."""
    zero, one, two = series[:, 0], series[:, 1], series[:, 2]
    m, h = middle[:, None], half[:, None]
    first = zero + m * one + (m**2 + h**2 / 2.0) * two
    return np.stack([first, h * one + 2.0 * m * h * two, h**2 / 2.0 * two], axis=1)


def _sided(series: Array, ends: Array, x: Array, below: Flags) -> Array:
    """The parabolas of one side each at places (K, S), (K, S, channels)."""
    side = np.where(below, 0, 1)
    every = np.arange(x.shape[0])[:, None]
    distance = (x - np.take_along_axis(ends, side, axis=1)) * np.where(below, -1.0, 1.0) / REACH
    return np.asarray(np.einsum("ksm,ksmc->ksc", distance[..., None] ** np.arange(3), series[every, side]))


def _crossing(series: Array, ends: Array) -> Array:
    """Where two parabolas (K, 2, 3) cross near `ends` (K, 2), (K,); nan where their slopes are alike."""
    x, sign = ends.mean(axis=1), np.array([-1.0, 1.0])
    for _ in range(STEPS):
        s = (x[:, None] - ends) * sign / REACH
        height = series[..., 0] + s * (series[..., 1] + s * series[..., 2])
        slope = (series[..., 1] + 2.0 * s * series[..., 2]) * sign / REACH
        bend = slope[:, 1] - slope[:, 0]
        step = np.divide(
            height[:, 0] - height[:, 1], bend, out=np.full(x.size, np.nan), where=np.abs(bend) > BENT
        )
        x = x + step
    return np.asarray(x)
