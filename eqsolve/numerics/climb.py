"""Placing one local maximum of each of many functions, from a window of samples around it.

A smooth maximum is that of a polynomial through five close values. Any other is cornered by three guesses
at once: the vertex of a parabola, the meeting point of the two secants (a kink), and points on the steeper
side (a jump).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.polynomial import polyder, polyval
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array

Index = NDArray[np.intp]
Objective = Callable[[Index, Array], Array]
"""(rows, points) to values; -inf where the function is not defined."""

WINDOW = 7
"""Samples kept around the best: two secants and a parabola on either side."""

MIDDLE = WINDOW // 2
"""Where the best sample stands in a window."""

BREAK = 1e-3
"""A change of slope by more than this share of the scale, at a refined peak, is a kink."""

CLIFF = 1e-7
"""A fall by more than this share of the scale, over less than a ledge, is a jump."""

LEDGE = 1e-10
"""How far inside a jump its maximum is placed: the loss is far below a certified regret."""

ROUNDS = 120
"""A jump is bisected at least every other round: 2^-60 of the widest bracket is below rounding."""

LOPSIDED = 8.0
"""Ratio of a peak's two sides beyond which the wide one is narrowed first."""

STEEP = 4.0
"""Between two samples the slope is this many times that on either side: a jump, to be cornered."""

CORNER = 4
"""Points tried at once for each peak: four cut the interval that holds a jump into fifths."""

STENCIL = 5e-4
"""Spacing, as a share of the interval, of the five values that place a smooth maximum."""

LEAST_STENCIL = 0.05
"""Near a bound the values stand closer, down to this share of the spacing."""

QUARTIC = np.linalg.inv(np.vander(np.arange(-2.0, 3.0), increasing=True)).T
"""Five evenly spaced values to the coefficients of the polynomial through them, (5, 5)."""

FITS = 3
"""Polynomials per peak: the first may show that its maximum is farther away."""

FAR = 40.0
"""Farthest step to the next fit, in spacings: about the distance of two scan points."""

NEWTON_STEPS = 3
"""On a polynomial that is nearly a parabola three steps reach rounding."""

SMOOTH = np.array([3e-2, 1e-4])
"""Terms of third and fourth degree are below these shares of the second in a smooth maximum."""

LOOSE = 1e-11
"""Rise of the last parabola, as a share of the scale, at which a fit is tried again."""

SETTLED = 1e-13
"""Possible gain, as a share of the row's scale, at which a peak is refined."""


def climb(
    value: Objective, row: Index, x: Array, v: Array, bounds: Array, scale: Array, cliff: Array
) -> tuple[Array, Array, NDArray[np.str_]]:
    """Place the peaks in windows (K, WINDOW): smooth ones by a fit, all others by narrowing the window."""
    near, kind = _neighbors(x, v), np.full(row.size, "smooth")
    guess = np.where(_kinked(near), np.nan, _vertex(near)[0])
    place, height, placed = _fit(value, row, guess, bounds)
    placed &= height >= v[:, MIDDLE] - SETTLED * scale
    for still in (LOOSE, 0.0):
        left = np.flatnonzero(~placed)
        if not left.size:
            break
        x[left], v[left], kind[left] = _refine(
            value, row[left], x[left], v[left], bounds[left], scale[left], cliff[left], still
        )
        place[left], height[left] = x[left, MIDDLE], v[left, MIDDLE]
        placed[left] = kind[left] != "smooth"
        bent = np.flatnonzero(~placed)
        at, top, placed[bent] = _fit(value, row[bent], place[bent], bounds[bent])
        place[bent] = np.where(placed[bent], at, place[bent])
        height[bent] = np.where(placed[bent], top, height[bent])
    return *_step_back(value, row, place, height, x, kind, bounds), kind


def _fit(value: Objective, row: Index, guess: Array, bounds: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Place smooth maxima by polynomials of fourth degree through five precise values around each guess.

    Returns:
        Places, heights, and whether the polynomial confirms a smooth maximum near its middle.
    """
    most = STENCIL * (bounds[:, 1] - bounds[:, 0])
    place, height = guess.copy(), np.full(guess.size, -np.inf)
    placed, going = np.zeros((2, guess.size), dtype=bool)
    going |= np.isfinite(guess)
    for _ in range(FITS):
        room = np.minimum(place - bounds[:, 0], bounds[:, 1] - place)
        width = np.minimum(most, room / 2.0)
        going &= width >= LEAST_STENCIL * most
        live = np.flatnonzero(going)
        if not live.size:
            break
        points = place[live, None] + width[live, None] * np.arange(-2.0, 3.0)
        heights = value(np.repeat(row[live], 5), points.ravel()).reshape(-1, 5)
        terms = np.where(np.isfinite(heights), heights, np.nan) @ QUARTIC
        step = np.zeros(live.size)
        with np.errstate(divide="ignore", invalid="ignore"):
            for _ in range(NEWTON_STEPS):
                slope = polyval(step, polyder(terms.T), tensor=False)
                step = step - slope / polyval(step, polyder(terms.T, 2), tensor=False)
        curved = (np.abs(terms[:, 3:]) <= -SMOOTH * terms[:, 2:3]).all(axis=1)
        sound = curved & (np.abs(step) <= FAR)
        place[live] += np.where(sound, step * width[live], 0.0)
        height[live] = polyval(np.where(sound, step, 0.0), terms.T, tensor=False)
        placed[live] = sound & (np.abs(step) <= 1.0)
        going[live] = sound & ~placed[live]
    return place, height, placed


def _refine(
    value: Objective,
    row: Index,
    x: Array,
    v: Array,
    bounds: Array,
    scale: Array,
    cliff: Array,
    still: float,
) -> tuple[Array, Array, NDArray[np.str_]]:
    """Refine all peaks together until no nearby point can be higher; a peak leaves when it is done.

    A parabola that rises by no more than the share `still` of the scale counts as done.

    Returns:
        Windows around each peak, and its kind.
    """
    final_x, final_v = x.copy(), v.copy()
    kind = np.full(row.size, "smooth")
    live = np.arange(row.size)
    for round_number in range(ROUNDS):
        near = _neighbors(x, v)
        done, kinds = _finished(near, bounds[live], scale[live], still if round_number > 1 else 0.0)
        final_x[live], final_v[live], kind[live] = x, v, kinds
        going = ~done
        if not going.any():
            break
        live, x, v = live[going], x[going], v[going]
        trial = _guesses(_neighbors(x, v), cliff[live])
        known = (trial[:, :, None] == x[:, None, :]).any(axis=2) | ~np.isfinite(trial)
        heights = np.full(trial.shape, -np.inf)
        fresh = ~known
        heights[fresh] = value(np.broadcast_to(row[live][:, None], trial.shape)[fresh], trial[fresh])
        x, v = _merge(x, v, np.where(fresh, trial, np.nan), heights)
    return final_x, final_v, kind


def _finished(
    near: _Neighbors, bounds: Array, scale: Array, still: float
) -> tuple[NDArray[np.bool_], NDArray[np.str_]]:
    """Which peaks are refined, and what kind of maximum they are."""
    x, v = near.x, near.v
    width_left, width_right = x[:, 2] - x[:, 1], x[:, 3] - x[:, 2]
    at_low, at_high = x[:, 2] <= bounds[:, 0], x[:, 2] >= bounds[:, 1]
    bound = at_low | at_high
    fall_right = np.where(np.isfinite(near.right), np.maximum(-near.right, 0.0), 0.0)
    fall_left = np.where(np.isfinite(near.left), np.maximum(near.left, 0.0), 0.0)
    gain = np.maximum(
        np.where(np.isfinite(width_left), fall_right * width_left, 0.0),
        np.where(np.isfinite(width_right), fall_left * width_right, 0.0),
    )
    vertex, rise = _vertex(near)
    close = np.fmax(width_left, width_right) < 2e-3
    smooth = (rise <= still * scale) & (np.abs(vertex - x[:, 2]) <= 3e-5) & close
    smooth &= ~_kinked(near) & ~(near.left > 1.5 * near.far_left) & ~(-near.right > -1.5 * near.far_right)
    tight = (gain <= SETTLED * scale) & (np.fmax(width_left, width_right) < 1e-6)
    tiny = np.fmax(width_left, width_right) < 4e-16 * np.maximum(np.abs(x[:, 2]), 1e-3)
    edge_width = np.where(at_low, width_right, width_left)
    edge_fall = np.where(at_low, fall_right, fall_left)
    edge = bound & (edge_width < 1e-4) & (edge_fall * edge_width > 1e-14 * scale)
    flat = bound & (edge_width < 1e-8)

    fell_left = (v[:, 2] - v[:, 1] > CLIFF * scale) & (width_left < LEDGE / 4.0)
    fell_right = (v[:, 2] - v[:, 3] > CLIFF * scale) & (width_right < LEDGE / 4.0)
    jump = fell_left | fell_right
    kink = tight & _kinked(near) & (np.abs(near.left - near.right) > BREAK * scale)
    kind = np.where(bound, "bound", np.where(jump, "jump", np.where(kink, "kink", "smooth")))
    lost = ~np.isfinite(v[:, 2])
    return smooth & ~bound | tight & ~bound | edge | flat | tiny | lost | jump, kind


def _kinked(near: _Neighbors) -> NDArray[np.bool_]:
    """Whether the slope changes at the best sample by far more than it bends on either side of it."""
    x = near.x
    with np.errstate(invalid="ignore", divide="ignore"):
        bend_left = np.abs(near.far_left - near.left) / (x[:, 2] - x[:, 0])
        bend_right = np.abs(near.right - near.far_right) / (x[:, 4] - x[:, 2])
        bend = np.abs(near.left - near.right) / (x[:, 3] - x[:, 1])
    return np.asarray(bend > 5.0 * np.fmax(bend_left, bend_right))


def _vertex(near: _Neighbors) -> tuple[Array, Array]:
    """Vertex of the parabola through the best sample and its neighbors, and its rise; nan, inf if none."""
    x = near.x
    with np.errstate(invalid="ignore", divide="ignore"):
        bend = (near.right - near.left) / (x[:, 3] - x[:, 1])
        slope = near.left + bend * (x[:, 2] - x[:, 1])
        step = -slope / (2.0 * bend)
        rise = -(slope**2) / (4.0 * bend)
    usable = np.isfinite(step) & (bend < 0)
    vertex = np.where(usable, np.clip(x[:, 2] + step, x[:, 1], x[:, 3]), np.nan)
    return vertex, np.where(usable, rise, np.inf)


def _guesses(near: _Neighbors, cliff: Array) -> Array:
    """Points at which each peak may be higher, (K, CORNER); nan for none."""
    x, v = near.x, near.v
    vertex, _ = _vertex(near)
    with np.errstate(invalid="ignore", divide="ignore"):
        before = _meeting(x[:, 1], v[:, 1], near.far_left, x[:, 2], v[:, 2], near.right)
        after = _meeting(x[:, 2], v[:, 2], near.left, x[:, 3], v[:, 3], near.far_right)
        left, right = x[:, 2] - x[:, 1], x[:, 3] - x[:, 2]
        steep_left = ~(np.abs(near.right) > np.abs(near.left)) & np.isfinite(x[:, 1])
        middle = np.where(steep_left, (x[:, 1] + x[:, 2]) / 2.0, (x[:, 2] + x[:, 3]) / 2.0)
        middle = np.where(right > LOPSIDED * left, x[:, 2] + 3.0 * np.maximum(left, right / 100.0), middle)
        middle = np.where(left > LOPSIDED * right, x[:, 2] - 3.0 * np.maximum(right, left / 100.0), middle)
        edge_low = np.where(np.isnan(x[:, 1]), x[:, 2] + (x[:, 3] - x[:, 2]) / 8.0, np.nan)
        edge_high = np.where(np.isnan(x[:, 3]), x[:, 2] - (x[:, 2] - x[:, 1]) / 8.0, np.nan)
        before = np.where((before > x[:, 1]) & (before < x[:, 2]), before, edge_low)
        after = np.where((after > x[:, 2]) & (after < x[:, 3]), after, edge_high)
    guesses = np.full((len(x), CORNER), np.nan)
    guesses[:, :4] = np.stack([vertex, before, after, middle], axis=1)
    steep_left = near.left > STEEP * np.fmax(np.abs(near.far_left), np.abs(near.right))
    steep_right = -near.right > STEEP * np.fmax(np.abs(near.far_right), np.abs(near.left))
    guesses = np.where(steep_left[:, None], _corner(x[:, 1], left, cliff), guesses)
    return np.where(steep_right[:, None], _corner(x[:, 2], right, cliff), guesses)


def _corner(start: Array, width: Array, cliff: Array) -> Array:
    """Points that corner a jump in an interval: the two sides of a known place of it, or evenly spaced."""
    even = start[:, None] + width[:, None] * np.arange(1.0, CORNER + 1.0) / (CORNER + 1.0)
    sides = np.full_like(even, np.nan)
    sides[:, :2] = cliff[:, None] + LEDGE * np.array([-0.1, 0.1])
    known = (sides[:, 0] > start) & (sides[:, 1] < start + width)
    return np.where(known[:, None], sides, even)


def _meeting(x: Array, v: Array, slope: Array, other_x: Array, other_v: Array, other_slope: Array) -> Array:
    """Where the line through (x, v) meets the line through (other_x, other_v)."""
    return np.asarray((other_v - v + slope * x - other_slope * other_x) / (slope - other_slope))


def _step_back(
    value: Objective,
    row: Index,
    x: Array,
    height: Array,
    window: Array,
    kind: NDArray[np.str_],
    bounds: Array,
) -> tuple[Array, Array]:
    """Move off the edge of a jump to its high side, by `LEDGE`: the edge itself is known to rounding only."""
    edge = np.flatnonzero(kind == "jump")
    if not edge.size:
        return x, height
    cliff_left = x[edge] - window[edge, MIDDLE - 1] < LEDGE / 4.0
    toward = np.where(cliff_left, LEDGE, -LEDGE)
    x, height = x.copy(), height.copy()
    x[edge] = np.clip(x[edge] + toward, bounds[edge, 0], bounds[edge, 1])
    height[edge] = value(row[edge], x[edge])
    return x, height


@dataclass(frozen=True)
class _Neighbors:
    """The best sample of each peak, two samples to each side, and the slopes between them."""

    x: Array
    v: Array
    left: Array
    right: Array
    far_left: Array
    far_right: Array


def _neighbors(x: Array, v: Array) -> _Neighbors:
    x, v = x[:, MIDDLE - 2 : MIDDLE + 3], v[:, MIDDLE - 2 : MIDDLE + 3]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.diff(np.where(np.isfinite(v), v, np.nan), axis=1) / np.diff(x, axis=1)
    return _Neighbors(x, v, slope[:, 1], slope[:, 2], slope[:, 0], slope[:, 3])


def _merge(x: Array, v: Array, new_x: Array, new_v: Array) -> tuple[Array, Array]:
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
