"""Derivatives of functions known at points around one: Richardson extrapolation that judges itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array

SHRINK = 4.0
"""Ratio of each step to the next."""

STEPS = 5
"""Steps on either side."""

ROUNDING = 2e-12
"""The least error of a difference of values, relative to 1 or to the value if that is larger."""

SAFETY = 8.0
"""The error of values is taken for this many times what two samples show of it: two samples of a uniform
error are both below an eighth of its bound with a chance of 1 in 64, and extrapolation adds little to it."""

STILL = 4.0
"""Differences below this many times their error are none."""

JUMP_RATIO = 64.0
"""A difference that exceeds the next smaller step's this many times has left the branch..."""

JUMP_FLOOR = 1e-8
"""...if it is larger than this, relative to 1 or to the value."""

AGREE = 8.0
"""One-sided derivatives agree if they differ by less than this many times their errors..."""

SLACK = 1e-6
"""...or by this share of their size."""


@dataclass(frozen=True)
class Side:
    """A one-sided derivative of several quantities.

    Attributes:
        slope, error: derivative and error estimate, (Q,) each; nan from fewer than three steps.
    """

    slope: Array
    error: Array


def steps_from(largest: float) -> Array:
    """Steps in the order in which they are solved, the largest first, (STEPS,)."""
    return np.asarray(largest / SHRINK ** np.arange(STEPS), dtype=np.float64)


def usable_steps(at: Array, moved: Array, alike: NDArray[np.bool_]) -> int:
    """How many steps, from the smallest on, stay on the branch.

    Args:
        at: values at the point, (Q,).
        moved: values a step away, the largest step first, (STEPS, Q).
        alike: whether the platform does there what it does at the point, (STEPS,).
    """
    change, floor = np.abs(moved - at), JUMP_FLOOR * np.maximum(1.0, np.abs(at))
    count = 0
    for step in reversed(range(len(moved))):
        known = bool(alike[step]) and bool(np.isfinite(change[step]).all())
        if count and known:
            known = bool((change[step] <= np.maximum(JUMP_RATIO * change[step + 1], floor)).all())
        if not known:
            break
        count += 1
    return count


def one_sided(at: Array, moved: Array, steps: Array, usable: int) -> Side:
    """The derivative from values on one side; `steps` carry the sign of the side."""
    if usable < 3:
        return Side(np.full_like(at, np.nan), np.full_like(at, np.nan))
    part = slice(len(steps) - usable, None)
    quotients = (moved[part] - at) / steps[part, None]
    return Side(*_extrapolate(quotients, 1, at, steps[part]))


def central(at: Array, low: Array, high: Array, steps: Array, usable: int) -> tuple[Array, Array]:
    """The derivative from both sides and its error estimate, (Q,) each; at least three usable steps."""
    part = slice(len(steps) - usable, None)
    quotients = (high[part] - low[part]) / (2.0 * steps[part, None])
    return _extrapolate(quotients, 2, at, steps[part])


def agree(left: Side, right: Side) -> Array:
    """Whether two one-sided derivatives are one derivative, (Q,)."""
    slack = AGREE * (left.error + right.error) + SLACK * np.maximum(np.abs(left.slope), np.abs(right.slope))
    return np.asarray(np.abs(left.slope - right.slope) <= slack)


def noise(quotients: Array, order: int, at: Array, steps: Array) -> Array:
    """The error of a difference of values as the finest steps show it, (Q,).

    After one extrapolation what is left of a smooth function is of fourth (second) order in steps that small:
    what neighbors differ by is noise over the step.
    """
    factor = SHRINK**order
    once = (factor * quotients[1:] - quotients[:-1]) / (factor - 1.0)
    seen = np.abs(np.diff(once[-3:], axis=0)) * np.abs(steps[-min(len(once) - 1, 2) :, None])
    return np.asarray(ROUNDING * np.maximum(1.0, np.abs(at)) + SAFETY * seen.max(axis=0))


def _extrapolate(quotients: Array, order: int, at: Array, steps: Array) -> tuple[Array, Array]:
    """The entry of Neville's table that disagrees least with the entries it is made of, and by how much.

    The errors of the quotients are series in the `order`-th powers of the steps. What noise makes of values
    is added.
    """
    error_of_values = noise(quotients, order, at, steps)
    grown = error_of_values / np.abs(steps[:, None])
    column, best = quotients, quotients[-1]
    error = np.full_like(best, np.inf)
    for power in range(1, len(quotients)):
        factor = SHRINK ** (order * power)
        finer = (factor * column[1:] - column[:-1]) / (factor - 1.0)
        doubt = np.maximum(np.abs(finer - column[1:]), np.abs(finer - column[:-1]) / factor)
        doubt = doubt + grown[power:]
        for row, value in zip(doubt, finer, strict=True):
            better = row < error
            best, error = np.where(better, value, best), np.where(better, row, error)
        column = finer
    # What does not move at all has no slope, however small the steps.
    moved = np.abs(quotients * steps[:, None]).max(axis=0)
    still = moved <= STILL * error_of_values
    return np.where(still, 0.0, best), np.where(still, (moved + error_of_values) / np.abs(steps[0]), error)
