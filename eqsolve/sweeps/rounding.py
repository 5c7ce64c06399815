"""Values of a key that differ only by rounding, as programs round that save a sweep again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

KEY_ROUNDING = 1e-14
"""Two values of a key are one if they differ by at most this share of the larger one or, near 0, of the
distance to the next value of that key.

R and Excel write 15 significant digits, which is off by up to 5e-15; computing a value in another order
changes its last bit, 2e-16. Values that a design means to be different are farther apart.
"""


def near(value: float, known: list[float]) -> float | None:
    """The value among `known`, in rising order, that `value` is but for rounding; None if there is none."""
    at = bisect_left(known, value)
    around = range(max(at - 1, 0), min(at + 1, len(known)))
    closest = min(around, key=lambda i: abs(known[i] - value), default=None)
    if closest is None:
        return None
    beside = known[max(closest - 1, 0) : closest] + known[closest + 1 : closest + 2]
    gap = min((abs(other - known[closest]) for other in beside), default=0.0)
    size = max(abs(value), abs(known[closest]), gap)
    return known[closest] if abs(value - known[closest]) <= KEY_ROUNDING * size else None


def unified(values: Iterable[float]) -> dict[float, float]:
    """Return for each value the one among them that stands for all that it is but for rounding.

    Large values come first, so that one that is nearly 0 is judged by its distance to them.
    """
    found: dict[float, float] = {}
    known: list[float] = []
    for value in sorted({*values}, key=abs, reverse=True):
        same = near(value, known)
        if same is None:
            insort(known, value)
        found[value] = value if same is None else same
    return found
