"""Placing one local maximum of each of many functions, from a window of samples around it.

A smooth maximum is that of a polynomial through five close values. Any other is cornered by three guesses
at once: the vertex of a parabola, the meeting point of the two secants (a kink), and points on the steeper
side (a jump).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial.polynomial import polyder, polyval
from numpy.typing import NDArray

from eqsolve.numerics.guesses import LEDGE, guesses
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.windows import MIDDLE, Neighbors, headroom, kinked, merge, neighbors, vertex

Index = NDArray[np.intp]
Objective = Callable[[Index, Array], Array]
"""(rows, points) to values; -inf where the function is not defined."""

BREAK = 1e-3
"""A change of slope by more than this share of the scale, at a refined peak, is a kink."""

CLIFF = 1e-7
"""A fall by more than this share of the scale, over less than a ledge, is a jump."""

ROUNDS = 120
"""A jump is bisected at least every other round: 2^-60 of the widest bracket is below rounding."""

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

RIVAL = 1e-6
"""A peak lower than another by more than this share of the scale is not one of the best..."""

CATCH_UP = 4.0
"""...even if it is this many times as much higher than its best sample as the slopes around it say."""

SETTLED = 1e-13
"""Possible gain, as a share of the row's scale, at which a peak is refined."""


def climb(
    value: Objective,
    row: Index,
    x: Array,
    v: Array,
    bounds: Array,
    scale: Array,
    cliff: Array,
    rivals: Array,
    minor: float,
) -> tuple[Array, Array, NDArray[np.str_]]:
    """Place the peaks in windows (K, WINDOW): smooth ones by a fit, all others by narrowing the window.

    Peaks that cannot catch up with the highest of their row are placed until they can gain no more than the
    share `minor` of the scale; those that cannot catch up with the second highest are not placed at all.
    Heights that these two reach at least are `rivals`, (2, K).
    """
    near, kind = neighbors(x, v), np.full(row.size, "smooth")
    beaten = _beaten(near, rivals, scale, minor)
    guess = np.where(kinked(near) | beaten, np.nan, vertex(near)[0])
    place, height, placed = _fit(value, row, guess, bounds)
    placed &= height >= v[:, MIDDLE] - SETTLED * scale
    rivals = np.maximum(rivals, leaders(row, np.where(placed, height, v[:, MIDDLE])))
    for still in (LOOSE, 0.0):
        left = np.flatnonzero(~placed)
        if not left.size:
            break
        x[left], v[left], kind[left] = _refine(
            value, row[left], x[left], v[left], bounds[left], scale[left], cliff[left], still,
            rivals[:, left], minor,
        )  # fmt: skip
        place[left], height[left] = x[left, MIDDLE], v[left, MIDDLE]
        placed[left] = kind[left] != "smooth"
        bent = np.flatnonzero(~placed)
        at, top, placed[bent] = _fit(value, row[bent], place[bent], bounds[bent])
        place[bent] = np.where(placed[bent], at, place[bent])
        height[bent] = np.where(placed[bent], top, height[bent])
    return *_step_back(value, row, place, height, x, v, kind, bounds), kind


def leaders(row: Index, heights: Array) -> Array:
    """The highest and the second highest peak of each peak's row, (2, K)."""
    order = np.lexsort((-heights, row))
    first = np.searchsorted(row[order], row)
    following = np.minimum(first + 1, row.size - 1)
    other = np.where(row[order[following]] == row, heights[order[following]], -np.inf)
    lone = following == first
    return np.stack([heights[order[first]], np.where(lone, -np.inf, other)])


def _beaten(near: Neighbors, rivals: Array, scale: Array, minor: float) -> NDArray[np.bool_]:
    """Which peaks are so far below the leaders of their row that they need no closer look."""
    room = headroom(near)
    reach = near.v[:, 2] + CATCH_UP * room + RIVAL * scale
    return np.asarray((reach < rivals[0]) & ((room <= minor * scale) | (reach < rivals[1])))


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
    rivals: Array,
    minor: float,
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
        near = neighbors(x, v)
        done, kinds = _finished(near, bounds[live], scale[live], still if round_number > 1 else 0.0)
        beaten = _beaten(near, rivals[:, live], scale[live], minor)
        done, kinds = done | beaten, np.where(beaten, "minor", kinds)
        final_x[live], final_v[live], kind[live] = x, v, kinds
        going = ~done
        if not going.any():
            break
        live, x, v = live[going], x[going], v[going]
        trial = guesses(x, v, cliff[live])
        fresh = ~(trial[:, :, None] == x[:, None, :]).any(axis=2) & np.isfinite(trial)
        new = fresh.any(axis=1)
        if not new.any():
            break
        live, x, v, trial, fresh = live[new], x[new], v[new], trial[new], fresh[new]
        heights = np.full(trial.shape, -np.inf)
        heights[fresh] = value(np.broadcast_to(row[live][:, None], trial.shape)[fresh], trial[fresh])
        x, v = merge(x, v, np.where(fresh, trial, np.nan), heights)
    return final_x, final_v, kind


def _finished(
    near: Neighbors, bounds: Array, scale: Array, still: float
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
    top, rise = vertex(near)
    close = np.fmax(width_left, width_right) < 2e-3
    smooth = (rise <= still * scale) & (np.abs(top - x[:, 2]) <= 3e-5) & close
    smooth &= ~kinked(near) & ~(near.left > 1.5 * near.far_left) & ~(-near.right > -1.5 * near.far_right)
    tight = (gain <= SETTLED * scale) & (np.fmax(width_left, width_right) < 1e-6)
    tiny = np.fmax(width_left, width_right) < 4e-16 * np.maximum(np.abs(x[:, 2]), 1e-3)
    edge_width = np.where(at_low, width_right, width_left)
    edge_fall = np.where(at_low, fall_right, fall_left)
    edge = bound & (edge_width < 1e-4) & (edge_fall * edge_width > 1e-14 * scale)
    flat = bound & (edge_width < 1e-8)

    fell_left = (v[:, 2] - v[:, 1] > CLIFF * scale) & (width_left < LEDGE / 4.0)
    fell_right = (v[:, 2] - v[:, 3] > CLIFF * scale) & (width_right < LEDGE / 4.0)
    jump = fell_left | fell_right
    kink = tight & kinked(near) & (np.abs(near.left - near.right) > BREAK * scale)
    kind = np.where(bound, "bound", np.where(jump, "jump", np.where(kink, "kink", "smooth")))
    lost = ~np.isfinite(v[:, 2])
    return smooth & ~bound | tight & ~bound | edge | flat | tiny | lost | jump, kind


def _step_back(
    value: Objective,
    row: Index,
    x: Array,
    height: Array,
    window_x: Array,
    window_v: Array,
    kind: NDArray[np.str_],
    bounds: Array,
) -> tuple[Array, Array]:
    """Move off the edge of a jump to its high side, by `LEDGE`: the edge itself is known to rounding only."""
    edge = np.flatnonzero(kind == "jump")
    if not edge.size:
        return x, height
    near_left = x[edge] - window_x[edge, MIDDLE - 1] < LEDGE / 4.0
    near_right = window_x[edge, MIDDLE + 1] - x[edge] < LEDGE / 4.0
    cliff_left = near_left & ~(near_right & (window_v[edge, MIDDLE + 1] < window_v[edge, MIDDLE - 1]))
    toward = np.where(cliff_left, LEDGE, -LEDGE)
    x, height = x.copy(), height.copy()
    x[edge] = np.clip(x[edge] + toward, bounds[edge, 0], bounds[edge, 1])
    height[edge] = value(row[edge], x[edge])
    return x, height
