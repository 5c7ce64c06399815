"""Where something changes along many lines at once: brackets that end as narrow as asked, whatever happens.

The method is ITP (Oliveira and Takahashi, 2020, ACM Transactions on Mathematical Software 47): the point of
the secant, moved towards the middle and never further from it than keeps the number of steps to that of
bisection plus one. It needs no continuity: what counts is whether the two ends are alike.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

Index = NDArray[np.intp]
Look = Callable[[Index, Array], tuple[NDArray[np.intp], Array]]
"""look(lines, at) -> what is there, a number for each (m,), and the guides, (m, K)."""

TRUST = 0.01
"""How far, in units of the squared width, the secant is moved towards the middle."""

NUDGE = 0.45
"""...and in units of the tolerance: enough that both ends close in on the secant's point."""


@record
class Brackets:
    """Intervals along lines, a row per line, at whose ends things differ.

    Attributes:
        low, high: ends, (n,) each.
        low_kind, high_kind: what is at the ends, (n,) each.
        low_guide, high_guide: the guides there, (n, K) each: continuous functions some of which change sign
            where the kind changes; nan where there is none.
    """

    low: Array
    high: Array
    low_kind: NDArray[np.intp]
    high_kind: NDArray[np.intp]
    low_guide: Array
    high_guide: Array

    def __len__(self) -> int:
        return len(self.low)

    @property
    def crossing(self) -> Array:
        """Where the first guide that changes sign vanishes by linear interpolation, else the middle, (n,)."""
        return _secant(self)


def narrow(look: Look, brackets: Brackets, tolerance: float) -> Brackets:
    """Narrow brackets until each is at most `tolerance` wide.

    What is at the low end stays what it is; at the high end anything else may come up.

    Args:
        look: what is where; called once per step for all lines that are not finished.
        brackets: ends of different kinds, low < high.
        tolerance: largest width at the end.
    """
    state = {name: np.array(value) for name, value in vars(brackets).items()}
    width = state["high"] - state["low"]
    steps = np.ceil(np.log2(np.maximum(width / tolerance, 1.0))) + 1.0
    first = np.maximum(width, tolerance)
    live = np.flatnonzero(width > tolerance)
    step = 0
    while live.size:
        now = Brackets(**{name: value[live] for name, value in state.items()})
        at = _next(now, first[live], tolerance, steps[live] - step)
        kind, guide = look(live, at)
        for side, here in (("low", kind == now.low_kind), ("high", kind != now.low_kind)):
            rows = live[here]
            state[side][rows] = at[here]
            state[f"{side}_kind"][rows] = kind[here]
            state[f"{side}_guide"][rows] = guide[here]
        live = np.flatnonzero(state["high"] - state["low"] > tolerance)
        step += 1
    return Brackets(**state)


def _next(now: Brackets, first: Array, tolerance: float, left: Array) -> Array:
    """The next point to look at; `left` is the number of steps that bisection plus one would still take."""
    width, middle = now.high - now.low, (now.low + now.high) / 2.0
    guess = _secant(now)
    towards = np.sign(middle - guess)
    shift = np.maximum(TRUST / first * np.square(width), NUDGE * tolerance)
    moved = np.where(shift <= np.abs(middle - guess), guess + towards * shift, middle)
    reach = np.maximum(tolerance / 2.0 * np.exp2(left) - width / 2.0, 0.0)
    at = np.where(np.abs(moved - middle) <= reach, moved, middle - towards * reach)
    # Rounding must not leave an end where it is.
    return np.where((at > now.low) & (at < now.high), at, middle)


def _secant(now: Brackets) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        changes = np.abs(np.sign(now.low_guide) - np.sign(now.high_guide)) > 0
        share = now.low_guide / (now.low_guide - now.high_guide)
    column = np.argmax(changes, axis=1)[:, None]
    share = np.where(changes.any(axis=1), np.take_along_axis(share, column, axis=1)[:, 0], 0.5)
    return np.asarray(now.low + (now.high - now.low) * share)
