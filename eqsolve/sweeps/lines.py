"""Lines of a quantity over one key: a line for each regime, and each value of a further key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib import colormaps, rcParams
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from eqsolve.drawing import scaled
from eqsolve.errors import InputError
from eqsolve.numerics.quadrature import Array
from eqsolve.palette import CATEGORIES, LINES, MARKERS, REGIME_LOOKS, SHADES
from eqsolve.panels import bare, draw_halos, draw_line, keep_domain, label, legend_above
from eqsolve.sweeps.categories import say
from eqsolve.sweeps.looks import JUMP, Rows
from eqsolve.sweeps.maps import logarithmic

MOST_LINES = 7
"""More values of a further key than this cannot be told apart by color."""

LIGHTEST = 0.85
"""Where shades become too light for lines."""

UNCERTIFIED: dict[str, Any] = {
    "marker": "x", "color": "black", "linestyle": "none", "markersize": 5, "zorder": 4, "clip_on": False,
}  # fmt: skip
UNDEFINED: dict[str, Any] = {**UNCERTIFIED, "marker": "|", "color": "0.5", "markersize": 7}
"""The mark, on the horizontal axis, of a row that is certified but has no value of the quantity."""


def draw_lines(
    rows: Rows, x: str, y: str, others: Sequence[str], explained: Sequence[str], axes: Axes
) -> None:
    """Draw quantity `y` over the key `x`.

    Args:
        rows: the sweep.
        x, y: a key and a quantity.
        others: the further key that varies, if there is one.
        explained: the quantities that a legend above this panel explains; none for no legend.
        axes: where to.
    """
    at, values = rows.columns[x], rows.columns[y].astype(float)
    groups = rows.columns[others[0]] if others else np.zeros(at.size)
    levels = np.unique(groups)
    if levels.size > MOST_LINES:
        raise InputError(
            f"{others[0]} takes {levels.size} values: lines of at most {MOST_LINES} can be told apart; "
            f"draw a map with y = {others[0]} and z = {y}"
        )
    if rows.against:
        axes.axhline(0.0, color="0.7", linewidth=0.5 * rcParams["lines.linewidth"], zorder=1)
    drawn = list(_looks(rows, levels))
    members = [
        np.flatnonzero((groups == level) & (rows.columns["regime"] == regime)) for regime, level, _ in drawn
    ]
    places = np.unique(at)
    draw_halos(
        axes, places, [_at(places, at[each], values[each]) for each in members], [look for *_, look in drawn]
    )
    for (*_, look), each in zip(drawn, members, strict=True):
        _draw(axes, rows, (x, y), each, look)
    axes.set_xlabel(label(x))
    axes.set_ylabel(rows.label(y))
    _fit_axes(axes, at, "" if rows.against else y, words=x in rows.words)
    say(axes, rows.words, x)
    bare(axes)
    if explained:
        _legend(axes, rows, others, explained)


def _at(places: Array, at: Array, values: Array) -> Array:
    """Values at all places of an axis; nan where there are none."""
    found = np.full(places.size, np.nan)
    found[np.searchsorted(places, at)] = values
    return found


def _fit_axes(axes: Axes, at: Array, y: str, words: bool) -> None:
    """Let neither axis pass what there can be; words stand in the middle of their places."""
    if words:
        axes.set_xlim(at.min() - 0.5, at.max() + 0.5)
    else:
        if logarithmic(at):
            axes.set_xscale("log")
        if np.ptp(at):
            axes.set_xlim(at.min(), at.max())
    if y:
        keep_domain(axes, y)


def _draw(axes: Axes, rows: Rows, over: tuple[str, str], members: NDArray[np.intp], look: Any) -> None:
    x, y = over
    at, values = rows.columns[x][members], rows.columns[y][members].astype(float)
    jumped = rows.columns.get(JUMP + x)
    steps = np.sign(np.diff(at))
    order = np.argsort(at, kind="stable")
    if jumped is not None and np.unique(steps).size <= 1:
        breaks = _breaks(at, jumped[members])
        draw_line(axes, at[order], values[order], breaks, **look, clip_on=False)
    else:
        look = {**look, "marker": MARKERS[look["linestyle"]], "linestyle": "none", "markersize": 2.5}
        axes.plot(at[order], values[order], **scaled(look), clip_on=False)
    _mark(axes, at, values, rows.certified[members])


def _mark(axes: Axes, at: Array, values: Array, certified: NDArray[np.bool_]) -> None:
    """Cross rows that are not certified; rows without a value are marked on the horizontal axis."""
    known = np.isfinite(values)
    doubtful = known & ~certified
    if doubtful.any():
        axes.plot(at[doubtful], values[doubtful], **scaled(UNCERTIFIED))
    for rows, look in ((~known & ~certified, UNCERTIFIED), (~known & certified, UNDEFINED)):
        if rows.any():
            axes.plot(at[rows], np.zeros(rows.sum()), transform=axes.get_xaxis_transform(), **scaled(look))


def _looks(rows: Rows, levels: NDArray[np.float64]) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """Regime, value of the further key and look of each line: a style per regime, and a shade per value.

    Where no further key varies, regimes have their colors.
    """
    spare = cycle(zip(CATEGORIES, LINES, strict=False))
    for regime in rows.regimes:
        color: Any
        color, style = REGIME_LOOKS.get(regime) or next(spare)
        if levels.size == 1 or len(rows.regimes) == 1:
            style = style if len(rows.regimes) > 1 else "-"
        for j, level in enumerate(levels.tolist()):
            if levels.size > 1:
                color = colormaps[SHADES](LIGHTEST * j / (levels.size - 1))
            yield regime, level, {"color": color, "linestyle": style}


def _breaks(at: Array, jumped: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where to break a line, from left to right: before a row whose branch changed since its neighbor.

    A jump is told at the later row of its axis, which is the one on the left if the axis runs down.
    """
    falling = at.size > 1 and at[0] > at[-1]
    flags = np.flatnonzero(jumped[np.argsort(at, kind="stable")])
    return np.asarray(flags + 1 if falling else flags)


def _legend(axes: Axes, rows: Rows, others: Sequence[str], names: Sequence[str]) -> None:
    """One entry for each regime and each value of a further key, if there are several; and for marks."""
    levels = np.unique(rows.columns[others[0]]) if others else np.zeros(1)
    values: dict[str, Any] = {}
    regimes: dict[str, Any] = {}
    for regime, level, look in _looks(rows, levels):
        if others:
            values.setdefault(rows.value(others[0], level), Line2D([], [], color=look["color"]))
        words = f"{regime} − {rows.against}" if rows.against else regime
        if len(rows.regimes) > 1 or rows.against:
            gray = {"color": "0.3"} if others else {}
            regimes.setdefault(words, Line2D([], [], **{**look, **gray}))
    entries = values | regimes
    if not rows.certified.all():
        entries["not certified"] = Line2D([], [], **scaled(UNCERTIFIED))
    if any(np.isnan(rows.columns[name][rows.certified].astype(float)).any() for name in names):
        entries["no value"] = Line2D([], [], **scaled(UNDEFINED))
    if entries:
        legend_above(axes, entries, title=label(others[0]) if others else None)
