"""Maxima placed by slopes: smooth ones and those at a bound, and no others."""

import numpy as np

from eqsolve.numerics.ascent import ascend
from eqsolve.numerics.windows import MIDDLE, WINDOW

BOUNDS, STEP = np.array([[0.0, 1.0]]), 1.0 / 48.0


def place(value, slope, best):
    """Ascend from a window of samples around `best`."""
    x = best + STEP * (np.arange(WINDOW) - MIDDLE)
    inside = (x > -1e-12) & (x < 1.0 + 1e-12)
    samples = np.where(inside, value(x), -np.inf)[None]
    x = np.where(inside, x, np.nan)[None]

    def steep(row, at):
        return value(at), slope(at)

    (found,), (height,), (placed,) = ascend(steep, np.array([0]), x, samples, BOUNDS, np.array([1.0]))
    return found, height, placed


def test_a_smooth_maximum():
    found, height, placed = place(
        lambda x: np.cos(3 * (x - 0.4)), lambda x: -3 * np.sin(3 * (x - 0.4)), 20 * STEP
    )
    assert placed
    np.testing.assert_allclose((found, height), (0.4, 1.0), rtol=0, atol=1e-9)


def test_a_maximum_beside_a_bend_of_the_slope():
    def slope(x):
        return np.where(x < 0.4, 0.4 - x, 30.0 * (0.4 - x))

    found, height, placed = place(lambda x: -slope(x) * (0.4 - x) / 2.0, slope, 20 * STEP)
    assert placed
    np.testing.assert_allclose((found, height), (0.4, 0.0), rtol=0, atol=1e-6)


def test_maxima_at_bounds():
    assert place(lambda x: -x, lambda x: -1.0 + 0.0 * x, 0.0) == (0.0, 0.0, True)
    assert place(lambda x: x * x, lambda x: 2.0 * x, 1.0) == (1.0, 1.0, True)


def test_a_kink_is_left_to_others():
    *_, placed = place(lambda x: -np.abs(x - 0.41), lambda x: -np.sign(x - 0.41), 20 * STEP)
    assert not placed


def test_an_unknown_slope_is_left_to_others():
    *_, placed = place(lambda x: -((x - 0.4) ** 2), lambda x: np.nan * x, 20 * STEP)
    assert not placed
