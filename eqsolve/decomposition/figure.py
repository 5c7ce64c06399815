"""The figure of a decomposition: who gains and loses, taste by taste, and why.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from eqsolve.decomposition.record import HEADINGS, Decomposition, TasteCurve
from eqsolve.decomposition.regions import Intervals
from eqsolve.drawing import drawn, scale
from eqsolve.errors import InputError
from eqsolve.extras import no_plots
from eqsolve.palette import CATEGORIES
from eqsolve.panels import ABOVE_ALL, bare, figure_of, fitting, lay_out, legend_of_all

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as error:
    raise no_plots() from error

if TYPE_CHECKING:
    from matplotlib.lines import Line2D

STYLES = ("--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)))
"""Line styles of the factors, so that they can be told apart in print."""

PANEL = (3.4, 2.6)
"""Width and height of a panel in inches."""

ROOM = 0.12
"""Share of a panel below the lines, for the bar of popular tastes; above them a third of it will do."""

ENTRY = 2.4
"""Room for an entry of the legend in inches."""

TITLE = 44
"""Characters of a title that fit above a panel."""


@drawn
def decomposition_figure(
    decompositions: Mapping[str, Decomposition] | Sequence[Decomposition], ax: Axes | None = None
) -> Figure:
    """Draw the change in surplus over tastes and what each factor contributes.

    A row for each decomposition and a panel for each segment, on one scale. The solid line is the change; it
    is hatched where users lose. Bars mark the tastes that lose, above, and the popular tastes, below.

    Args:
        decompositions: by title, as `eqsolve.decomposition.several.decompose_all` gives them; without titles
            they are named by their regimes.
        ax: axes to draw the first panel into.

    Returns:
        The figure, that of `ax` if there is one.

    Raises:
        InputError: nothing to draw.
    """
    if not decompositions:
        raise InputError("there is nothing to draw: no two results of one game")
    titled = (
        list(decompositions.items())
        if isinstance(decompositions, Mapping)
        else [(f"{each.before.regime} → {each.after.regime}", each) for each in decompositions]
    )
    if ax is not None:
        _draw_panel(ax, *titled[0], 0)
        return figure_of(ax)
    columns = max(len(each.segments) for _, each in titled)
    panels = [(title, each, j) for title, each in titled for j in range(columns)]
    if fitting(columns) < columns:
        panels = [panel for panel in panels if panel[2] < len(panel[1].segments)]
    figure, places = lay_out(len(panels), columns, PANEL, shared=True)
    lines: list[Line2D] = []
    for axes, (title, each, j) in zip(places, panels, strict=True):
        if j >= len(each.segments):
            axes.set_visible(False)
            continue
        lines = _draw_panel(axes, title, each, j)
        spot = axes.get_subplotspec()
        if spot is not None and not spot.is_first_col():
            axes.set_ylabel("")
    low, high = places[0].get_ylim()
    places[0].set_ylim(low - ROOM * (high - low), high + ROOM / 3.0 * (high - low))
    wide = max(1, int(figure.get_figwidth() / ENTRY))
    entries = {str(line.get_label()): line for line in lines}
    legend_of_all(figure, entries, ABOVE_ALL, ncols=min(wide, 3))
    return figure


def _draw_panel(axes: Axes, title: str, decomposition: Decomposition, j: int) -> list[Line2D]:
    segment = decomposition.segments[j]
    lines = [*_draw(axes, decomposition.by_taste(), j), _mark_losers(axes, segment.losing_tastes)]
    _mark_popular(axes, decomposition)
    change = f"{segment.change:+.4f}".replace("-", "−")
    axes.set_title(fill(f"{segment.name}, {title}: {change}", TITLE), loc="left", fontsize="small")
    axes.set_xlabel(r"taste $x$")
    axes.set_ylabel("change in surplus\nper user")
    return lines


def _draw(axes: Axes, curve: TasteCurve, j: int) -> list[Line2D]:
    axes.axhline(0.0, color="0.6", linewidth=0.8 * scale())
    change = curve.change[j]
    axes.fill_between(
        curve.taste, change, 0.0, where=(change < 0).tolist(), interpolate=True,
        facecolor="0.9", edgecolor="0.6", hatch="////", linewidth=0.0,
    )  # fmt: skip
    lines = axes.plot(
        curve.taste, change, color="black", linewidth=2.0 * scale(), label="change (hatched: loss)"
    )
    for term, heading, color, style in zip(curve.terms[:, j], HEADINGS, CATEGORIES, STYLES, strict=False):
        lines += axes.plot(
            curve.taste, term, color=color, linestyle=style, linewidth=1.3 * scale(), label=heading
        )
    axes.set_xlim(0.0, 1.0)
    bare(axes)
    return lines


def _mark_losers(axes: Axes, tastes: Intervals) -> Line2D:
    points = [x for low, high in tastes for x in (low, high, np.nan)]
    return axes.plot(
        points, [0.98] * len(points), transform=axes.get_xaxis_transform(),
        color="black", linewidth=4.0 * scale(), solid_capstyle="butt", label="tastes that lose (bar above)",
    )[0]  # fmt: skip


def _mark_popular(axes: Axes, decomposition: Decomposition) -> None:
    for low, high in decomposition.popular_tastes:
        axes.plot(
            [low, high], [0.02, 0.02], transform=axes.get_xaxis_transform(),
            color="0.35", linewidth=3.0 * scale(), solid_capstyle="butt",
        )  # fmt: skip
        axes.text(
            (low + high) / 2.0, 0.035, "popular", transform=axes.get_xaxis_transform(),
            ha="center", va="bottom", fontsize="x-small", color="0.35",
        )  # fmt: skip
