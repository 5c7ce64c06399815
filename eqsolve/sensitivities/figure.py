"""The figure of sensitivities: slopes with their errors, a panel for each quantity.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import StrMethodFormatter

from eqsolve.drawing import drawn, look, scale, scaled
from eqsolve.palette import OUTCOMES
from eqsolve.panels import ROW, Panel, bare, choose, compose, label, list_rows, settle
from eqsolve.symbols import name_and_symbol
from eqsolve.ticks import Spaced

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UP, DOWN, NONE = OUTCOMES["users-gain"], OUTCOMES["society-loses"], "0.5"
SIDES = (("left", "<"), ("right", ">"))
"""The derivatives at a kink, and their markers."""


@drawn
def sensitivity_figure(
    found: Mapping[str, Any], quantities: Sequence[str] | str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the slopes of quantities in every parameter, with bars for their errors.

    Slopes below the median of a panel (to the power of ten) are drawn evenly, larger ones in the logarithm.
    At a kink triangles mark the derivatives to the left and to the right; a slope with a sign that is not
    known is open, and one that does not exist a cross.

    Args:
        found: the sensitivities as `Sensitivity.to_dict` gives them.
        quantities: some of those that were differentiated; all if left out.
        ax: axes to draw the first of them into.

    Returns:
        The figure, that of `ax` if there is one.

    Raises:
        InputError: a quantity that was not differentiated.
    """
    rows = found["sensitivities"]
    every = {name: Panel(name, partial(_draw, rows, name)) for name in found["quantities"]}
    return compose_rows(choose(quantities, every, "y"), len(rows), ax)


def compose_rows(panels: Sequence[Panel], rows: int, ax: Axes | None, frame: float = 0.8) -> Figure:
    """Draw panels with so many rows, one for each parameter, which are named beside the first panel alone.

    `frame` is the height that words above and below them need, in inches.
    """
    size = (2.7, ROW * rows + frame)
    figure, places = compose(panels, ax, columns=3, size=size, listed=True)
    for place in places if ax is None else ():
        spot = place.get_subplotspec()
        if spot is not None and not spot.is_first_col():
            place.tick_params(labelleft=False)
    return settle(figure)


def _draw(rows: Sequence[Mapping[str, Any]], name: str, axes: Axes) -> None:
    slopes = [row[name] for row in rows]
    sizes = [abs(value) for slope in slopes for value in _values(slope) if value]
    first = int(np.floor(np.log10(np.median(sizes)))) if sizes else 0
    last = int(np.ceil(np.log10(max(sizes)))) if sizes else 0
    decades = [10.0**power for power in range(first, last + 1)]
    axes.set_xscale("symlog", linthresh=decades[0])
    places = [0.0, *decades, *(-each for each in decades)]
    axes.xaxis.set_major_locator(Spaced(places, [len(f"{each:g}") for each in places]))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.axvline(0.0, color="0.6", zorder=1)
    for place, slope in enumerate(slopes):
        _draw_slope(axes, place, slope)
    list_rows(axes, [parameter(row["key"]) for row in rows])
    axes.grid(axis="y", color="0.92")
    axes.tick_params(axis="x", labelsize="small")
    axes.margins(x=0.1)
    axes.set_xlabel(f"slope of {label(name)}")
    bare(axes)


def parameter(key: str) -> str:
    """What a parameter is called beside its row: in a figure of a given size its symbol alone."""
    symbol = name_and_symbol(key)[1]
    if look().size is None or key in look().labels or not symbol:
        return label(key)
    return f"${symbol}$"


def _values(slope: Mapping[str, Any]) -> list[float]:
    names = ("left", "right") if slope["kind"] == "kink" else ("value",)
    return [slope[name] for name in names if slope[name] is not None]


def _draw_slope(axes: Axes, place: int, slope: Mapping[str, Any]) -> None:
    values = _values(slope)
    if not values:
        axes.plot([0.0], [place], marker="x", color="black", linestyle="none", zorder=3)
    markers = [mark for side, mark in SIDES if slope[side] is not None] if len(values) > 1 else ["o"]
    for value, marker in zip(values, markers, strict=False):
        color = NONE if value == 0.0 or slope["sign"] == "0" else UP if value > 0 else DOWN
        axes.plot([0.0, value], [place, place], color=color, linewidth=2.4 * scale(), zorder=2)
        axes.errorbar(
            value, place, xerr=slope["error"] or 0.0, fmt=marker, color=color, ecolor="black",
            **scaled({"markersize": 5, "capsize": 2.5}), zorder=3,
            markerfacecolor="white" if slope["sign"] == "?" else color,
        )  # fmt: skip
