"""The figure of a phase diagram, drawn with matplotlib (the extra `plot`) and without its global state.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from eqsolve.adoption import OUTCOMES
from eqsolve.drawing import drawn, look, scale, scaled
from eqsolve.errors import InputError, nearest
from eqsolve.extras import no_plots
from eqsolve.palette import HATCHES
from eqsolve.palette import OUTCOMES as FILLS
from eqsolve.panels import BELOW_ALL, figure_of, label, lay_out, legend_of_all
from eqsolve.phase.places import Place, places

try:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.patches import Patch, PathPatch
    from matplotlib.path import Path
except ImportError as error:
    raise no_plots() from error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.phase.diagram import Region
    from eqsolve.phase.saved import Plane

LEGENDS = ("beside", "below", "regions")
LegendPlace = Literal["beside", "below", "regions"]

WIDE = 6.0
"""Figures less wide than this, in inches, have their legend below."""

DIRECTED = {
    "unchanged": "",
    "centralized": "outputs centralized",
    "polarized": "outputs polarized (dots)",
    "mixed": "outputs neither (stripes)",
}
SHORT = {
    "inactive": "nobody",
    "not-adopted": "not\nadopted",
    "opens-market": "opens\nmarket",
    "users-gain": "users\ngain",
    "users-lose": "users\nlose",
    "society-loses": "society\nloses",
    "not-certified": "not\ncertified",
}
"""What regions are called inside."""

BOUNDARY: dict[str, Any] = {
    "color": "black", "linewidth": 1.0, "solid_capstyle": "round", "zorder": 3,
}  # fmt: skip
UNDER: dict[str, Any] = {"color": "white", "linewidth": 2.4, "zorder": 2.9}
"""What lies under a boundary on a map, so that it is seen on dark shades, too."""

MARK: dict[str, Any] = {
    "marker": "*", "markersize": 11, "color": "white", "markeredgecolor": "black", "linestyle": "none",
    "zorder": 6, "clip_on": False,
}  # fmt: skip
TAG: dict[str, Any] = {"facecolor": "white", "edgecolor": "black", "linewidth": 0.6}


@drawn
def phase_figure(
    diagram: Plane,
    legend: LegendPlace | None = None,
    mark: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the regions of a phase diagram with their boundaries, and say what they are.

    Args:
        diagram: from `phase_diagram`, or read back (`eqsolve.phase.saved.SavedPhase`).
        legend: where words stand: "beside" the diagram, "below" it, or in the "regions" that have room for
            them (what is left stands below); by default beside, and below in a figure that is not wide.
        mark: a game to mark, as values by key.
        ax: axes to draw into.

    Returns:
        The figure, that of `ax` if there is one.
    """
    if legend not in (None, *LEGENDS):
        raise InputError(f"legend = {legend}: {nearest(str(legend), LEGENDS)}")
    asked = look().size
    width = asked[0] if asked else WIDE
    legend = legend or ("beside" if width >= WIDE and ax is None else "below")
    if ax is None:
        size = {"beside": (8.0, 4.6), "below": (5.0, 5.4), "regions": (5.0, 4.2)}[legend]
        figure, (axes,) = lay_out(1, 1, size)
    else:
        figure, axes = figure_of(ax), ax
    _set_axes(axes, diagram)
    regions = sorted(diagram.regions, key=lambda region: region.code)
    for region in regions:
        _draw_region(axes, region)
    draw_boundaries(axes, diagram, under=False)
    explained = _write(axes, diagram, regions, words=legend == "regions")
    if mark:
        draw_mark(axes, mark[diagram.x.key], mark[diagram.y.key])
    _explain(figure, axes, explained, legend, own=ax is None)
    return figure


def draw_boundaries(axes: Axes, diagram: Plane, *, flip: bool = False, under: bool = True) -> None:
    """Draw the boundaries of a diagram over what axes show; `flip` where they have its y across."""
    for boundary in diagram.boundaries:
        points = boundary.points.T[::-1] if flip else boundary.points.T
        if under:
            axes.plot(*points, **scaled(UNDER))
        axes.plot(*points, **scaled(BOUNDARY), clip_on=under)


def draw_mark(axes: Axes, x: float, y: float) -> None:
    """Mark a game, if it lies inside the axes."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    if left <= x <= right and low <= y <= high:
        axes.plot([x], [y], **scaled(MARK), label="the game itself")


def _set_axes(axes: Axes, diagram: Plane) -> None:
    for set_scale, set_limits, set_label, over in (
        (axes.set_xscale, axes.set_xlim, axes.set_xlabel, diagram.x),
        (axes.set_yscale, axes.set_ylim, axes.set_ylabel, diagram.y),
    ):
        if over.log:
            set_scale("log")
        set_limits(over.low, over.high)
        set_label(label(over.key))


def _draw_region(axes: Axes, region: Region) -> None:
    loops = [np.concatenate([loop, loop[:1]]) for loop in region.outline]
    codes = [[Path.MOVETO, *[Path.LINETO] * (len(loop) - 2), Path.CLOSEPOLY] for loop in loops]
    axes.add_patch(
        PathPatch(
            Path(np.concatenate(loops), np.concatenate(codes)),
            facecolor=FILLS[region.outcome],
            edgecolor=_ink(region.outcome),
            linewidth=0.0,
            hatch=HATCHES[region.direction],
            label=region.code,
        )
    )


def _ink(outcome: str) -> str:
    """The color of hatches, which is to be seen on that of the outcome."""
    return "white" if outcome in ("society-loses", "not-certified") else "black"


def _write(axes: Axes, diagram: Plane, regions: list[Region], *, words: bool) -> list[Region]:
    """Write in each part of each region what it is, in words if that fits or else by number.

    Returns:
        The regions that a legend has to explain.
    """
    explained = []
    for region in regions:
        found = places(diagram, region)
        named = [words and _write_words(axes, place, region) for place in found]
        for place, done in zip(found, named, strict=True):
            if not done:
                _write_number(axes, place, region.code)
        if not named or not all(named):
            explained.append(region)
    return explained


def _write_number(axes: Axes, place: Place, code: str) -> None:
    axes.annotate(
        code, place.center, xycoords="axes fraction", ha="center", va="center", fontsize="medium",
        fontweight="bold", zorder=4, bbox={"boxstyle": "circle,pad=0.2", **scaled(TAG)},
    )  # fmt: skip


def _write_words(axes: Axes, place: Place, region: Region) -> bool:
    """Write the name of a region if there is room for it."""
    outputs = {"polarized": "\n(polarized)", "mixed": "\n(mixed)"}.get(region.direction, "")
    written = axes.annotate(
        SHORT[region.outcome] + outputs, place.center, xycoords="axes fraction", ha="center", va="center",
        fontsize="small", zorder=4, linespacing=0.95,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
    )  # fmt: skip
    canvas: Any = FigureCanvasAgg(figure_of(axes))
    box, frame = written.get_window_extent(canvas.get_renderer()), axes.get_window_extent()
    if place.holds(box.width / frame.width, box.height / frame.height):
        return True
    written.remove()
    return False


def _words(region: Region, columns: int) -> str:
    words = "; ".join(filter(None, [OUTCOMES[region.outcome], DIRECTED[region.direction]]))
    return "\n".join(textwrap.wrap(f"{region.code}  {words}", columns, subsequent_indent="    "))


def _explain(figure: Figure, axes: Axes, regions: list[Region], legend: str, *, own: bool) -> None:
    entries: dict[str, Any] = {}
    columns = 34 if legend == "beside" else 60
    for region in regions:
        entries[_words(region, columns)] = Patch(
            facecolor=FILLS[region.outcome], edgecolor=_ink(region.outcome), hatch=HATCHES[region.direction],
            linewidth=0.0 if region.outcome != "inactive" else 0.6 * scale(),
        )  # fmt: skip
    for line in axes.get_lines():
        if not str(line.get_label()).startswith("_"):
            entries[str(line.get_label())] = line
    if not entries:
        return
    settings: dict[str, Any] = {
        "handlelength": 1.6, "handleheight": 1.4, "alignment": "left", "borderaxespad": 0.0,
    }  # fmt: skip
    if legend == "beside":
        settings |= {"title": "What happens", "labelspacing": 0.9, "loc": "upper left"}
        axes.legend(entries.values(), entries.keys(), bbox_to_anchor=(1.02, 1.0), frameon=False, **settings)
    elif own:
        legend_of_all(figure, entries, BELOW_ALL, **settings)
    else:
        axes.legend(
            entries.values(),
            entries.keys(),
            loc="upper left",
            bbox_to_anchor=(0, -0.2),
            frameon=False,
            **settings,
        )
