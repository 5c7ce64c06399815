"""The figure of a phase diagram, drawn with matplotlib (the extra `plot`) and without its global state.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.adoption import OUTCOMES
from eqsolve.drawing import drawn
from eqsolve.errors import InputError
from eqsolve.figures import COLORS
from eqsolve.symbols import axis_label

try:
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path
except ImportError as error:
    raise InputError("plots need matplotlib, which is not installed: pip install 'eqsolve[plot]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eqsolve.numerics.quadrature import Array
    from eqsolve.phase.diagram import PhaseDiagram, Region

FILLS = {
    "inactive": "#FFFFFF",
    "not-adopted": "#D9D9D9",
    "opens-market": COLORS[5],
    "users-gain": COLORS[2],
    "users-lose": COLORS[4],
    "society-loses": COLORS[1],
    "not-certified": "#666666",
}
"""Colors by outcome, which color-blind readers can tell apart; numbers in the regions say the same."""

HATCHES = {"unchanged": "", "centralized": "", "polarized": "...", "mixed": "//"}
WORDS = {
    "unchanged": "",
    "centralized": "outputs centralized",
    "polarized": "outputs polarized (dots)",
    "mixed": "outputs neither (stripes)",
}

LEGIBLE = 0.012
"""Regions narrower than this share of the axes around their widest place have no number inside."""


@drawn
def phase_figure(diagram: PhaseDiagram) -> Figure:
    """Draw the regions of a phase diagram with their boundaries, numbers and a legend that explains them."""
    figure = Figure(figsize=(8.0, 4.6), layout="constrained")
    axes = figure.subplots()
    for number, region in enumerate(diagram.regions, start=1):
        _draw_region(axes, region, number)
        _write_number(axes, diagram, region, number)
    for boundary in diagram.boundaries:
        axes.plot(*boundary.points.T, color="black", linewidth=1.0, solid_capstyle="round", zorder=3)
    for set_scale, set_limits, set_label, over in (
        (axes.set_xscale, axes.set_xlim, axes.set_xlabel, diagram.x),
        (axes.set_yscale, axes.set_ylim, axes.set_ylabel, diagram.y),
    ):
        set_scale("log" if over.log else "linear")
        set_limits(over.low, over.high)
        set_label(axis_label(over.key))
    legend = axes.legend(
        title="What happens", loc="upper left", bbox_to_anchor=(1.02, 1.0), alignment="left",
        frameon=False, handlelength=1.6, handleheight=1.4, labelspacing=0.9, fontsize=9, borderaxespad=0.0,
    )  # fmt: skip
    for patch in legend.get_patches():
        patch.set_linewidth(0.6)
    return figure


def _draw_region(axes: Axes, region: Region, number: int) -> None:
    loops = [np.concatenate([loop, loop[:1]]) for loop in region.outline]
    codes = [[Path.MOVETO, *[Path.LINETO] * (len(loop) - 2), Path.CLOSEPOLY] for loop in loops]
    path = Path(np.concatenate(loops), np.concatenate(codes))
    axes.add_patch(
        PathPatch(
            path,
            facecolor=FILLS[region.outcome],
            edgecolor="black",
            linewidth=0.0,
            hatch=HATCHES[region.direction],
            label=_words(region, number),
        )
    )


def _words(region: Region, number: int) -> str:
    words = "; ".join(filter(None, [OUTCOMES[region.outcome], WORDS[region.direction]]))
    return "\n".join(textwrap.wrap(f"{number}  {words}", 34, subsequent_indent="    "))


def _write_number(axes: Axes, diagram: PhaseDiagram, region: Region, number: int) -> None:
    """Number each part of a region at the point furthest from its border."""
    edge = np.concatenate([_along(_unit(diagram, loop)) for loop in region.outline])
    cells = [corners for label, corners in diagram.cells if label == (region.outcome, region.direction)]
    centers = np.array([_unit(diagram, corners).mean(axis=0) for corners in cells])
    for loop in region.outline:
        inside = _within(centers, _unit(diagram, loop))
        if not inside.any():
            continue
        room = np.array([np.hypot(*((edge - center) * (1.6, 1.0)).T).min() for center in centers[inside]])
        best = int(room.argmax())
        if room[best] > LEGIBLE:
            axes.annotate(
                str(number), centers[inside][best], xycoords="axes fraction", ha="center", va="center",
                fontsize=11, fontweight="bold", zorder=4,
                bbox={"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": "black",
                      "linewidth": 0.6},
            )  # fmt: skip


def _unit(diagram: PhaseDiagram, points: Array) -> Array:
    """Points of the diagram in shares of the axes."""
    columns = []
    for column, over in zip(points.T, (diagram.x, diagram.y), strict=True):
        low, high, at = (np.log(v) if over.log else v for v in (over.low, over.high, column))
        columns.append((at - low) / (high - low))
    return np.stack(columns, axis=1)


def _along(loop: Array) -> Array:
    """Points on a loop, none further than `LEGIBLE` from the next."""
    ahead = np.roll(loop, -1, axis=0) - loop
    counts = np.ceil(np.hypot(*ahead.T) / LEGIBLE).astype(int) + 1
    steps = [
        start + step * np.linspace(0.0, 1.0, count, endpoint=False)[:, None]
        for start, step, count in zip(loop, ahead, counts, strict=True)
    ]
    return np.concatenate(steps)


def _within(points: Array, loop: Array) -> Any:
    """Which points a counterclockwise loop encloses; none for the loop of a hole."""
    x, y = loop.T
    if np.dot(x, np.roll(y, -1)) < np.dot(y, np.roll(x, -1)):
        return np.zeros(len(points), dtype=bool)
    return Path(loop).contains_points(points)
