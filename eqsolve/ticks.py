"""Ticks along the horizontal axis whose numbers have room beside each other at any size of the figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import AutoLocator, FixedLocator, MaxNLocator

DIGIT, GAP = 0.64, 0.8
"""Widths of a digit and of the space between two numbers, in sizes of letters."""

STEPS = (1, 2, 2.5, 5, 10)
"""Distances between ticks, as matplotlib has them."""


def _letter() -> float:
    """The size of the numbers along the axis of a figure that is being drawn, in points."""
    return float(FontProperties(size=rcParams["xtick.labelsize"]).get_size_in_points())


def _width(axis: Any) -> float:
    """The width of the axes in points."""
    return float(axis.axes.get_window_extent().width / axis.get_figure(root=True).dpi * 72.0)


class Roomy(AutoLocator):
    """matplotlib's own ticks, or fewer where the numbers at them would touch."""

    def __init__(self) -> None:
        super().__init__()
        self._letter = _letter()

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Places of ticks in a range."""
        ticks = super().tick_values(vmin, vmax)
        for count in range(len(ticks) - 2, 1, -1):
            if self._fit(ticks, vmin, vmax):
                break
            ticks = MaxNLocator(count, steps=STEPS).tick_values(vmin, vmax)
        return ticks

    def _fit(self, ticks: Any, vmin: float, vmax: float) -> bool:
        axis: Any = self.axis
        longest = max(map(len, axis.get_major_formatter().format_ticks(ticks)))
        apart = _width(axis) * (ticks[1] - ticks[0]) / (vmax - vmin)
        return bool(apart >= (DIGIT * longest + GAP) * self._letter)


class Spaced(FixedLocator):
    """Ticks at given places, but for those whose numbers would touch that of one nearer to zero."""

    def __init__(self, places: Sequence[float], digits: int | Sequence[int]) -> None:
        """Take the places, and how many digits their numbers are wide, at most or each."""
        super().__init__(places)
        order = np.argsort(np.abs(places), kind="stable")
        self._places = np.asarray(places)[order]
        self._width = DIGIT * np.broadcast_to(digits, len(places))[order] * _letter()
        self._gap = GAP * _letter()

    def tick_values(self, vmin: float | None, vmax: float | None) -> Any:
        """Those of the places that are in sight and have room."""
        axis: Any = self.axis
        low, high = axis.get_view_interval()
        seen = (self._places >= low) & (self._places <= high)
        places, width = self._places[seen], self._width[seen]
        at, ends = (axis.get_transform().transform(each) for each in (places, np.array([low, high])))
        at = at / np.ptp(ends) * _width(axis)
        kept: list[int] = []
        for i, x in enumerate(at):
            if all(abs(x - at[k]) >= (width[i] + width[k]) / 2.0 + self._gap for k in kept):
                kept.append(i)
        return np.sort(places[kept])
