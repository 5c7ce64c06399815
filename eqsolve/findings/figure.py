"""The figure of findings: the margin by which each claim holds or fails.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from eqsolve.drawing import drawn, scaled
from eqsolve.findings.statement import CHOICE_ERROR
from eqsolve.palette import VERDICTS
from eqsolve.panels import ROW, Panel, bare, compose, legend_above, list_rows, settle
from eqsolve.ticks import Spaced

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = {"existence": (">", "largest margin: a game shows it"), "universal": ("<", "smallest margin")}
TICKS = [-1.0, -1e-2, -1e-4, 0.0, 1e-4, 1e-2, 1.0]
BAND = "0.9"
"""Gray of margins that numerical errors could make."""

ROOM = 30.0
"""By how much the axis passes the largest margin, for the counts beside it; it is logarithmic there."""


@drawn
def findings_figure(found: Mapping[str, Any], ax: Axes | None = None) -> Figure:
    """Draw the margins of findings.

    For a claim that games exist the margin is the largest that was found, for one about all games the
    smallest; below zero the claim fails. Margins within the largest numerical error lie in the gray band.

    Args:
        found: the findings as `Findings.to_dict` gives them.
        ax: axes to draw into.

    Returns:
        The figure, that of `ax` if there is one.
    """
    rows = [(finding, part) for finding in found["findings"] for part in finding["parts"]]
    panel = Panel("margins", partial(_draw, rows))
    return settle(compose([panel], ax, size=(6.4, ROW * len(rows) + 1.1), listed=True)[0])


def _draw(rows: list[tuple[Mapping[str, Any], Mapping[str, Any]]], axes: Axes) -> None:
    margins = [_margin(part) or 0.0 for _, part in rows]
    most = max(max(margins), 10.0 * CHOICE_ERROR)
    axes.set_xscale("symlog", linthresh=CHOICE_ERROR, linscale=0.8)
    axes.xaxis.set_major_locator(Spaced(TICKS, digits=4))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.axvspan(-CHOICE_ERROR, CHOICE_ERROR, color=BAND, linewidth=0, zorder=0)
    axes.axvline(0.0, color="0.5", zorder=1)
    for place, (finding, part) in enumerate(rows):
        _draw_part(axes, place, finding["kind"], part)
    axes.set_xlim(min(2.0 * min(margins), -10.0 * CHOICE_ERROR), ROOM * most)
    list_rows(axes, [f"{finding['number']}  {part['name']}" for finding, part in rows])
    axes.set_xlabel("margin")
    bare(axes)
    kinds = {finding["kind"]: None for finding, _ in rows}
    entries: dict[str, Any] = {
        verdict: Patch(facecolor=VERDICTS[verdict], edgecolor="0.3", linewidth=0.5)
        for verdict in VERDICTS
        if any(part["verdict"] == verdict for _, part in rows)
    }
    for kind in kinds:
        marker, words = MARKERS[kind]
        entries[words] = Line2D([], [], marker=marker, color="black", linestyle="none")
    entries["within numerical error"] = Patch(facecolor=BAND)
    legend_above(axes, entries, handlelength=1.2)


def _margin(part: Mapping[str, Any]) -> float | None:
    margin = part.get("largest_margin", part.get("smallest_margin"))
    return None if margin is None else float(margin)


def _draw_part(axes: Axes, place: int, kind: str, part: Mapping[str, Any]) -> None:
    margin = _margin(part)
    words = "vacuous"
    if margin is not None and part["verdict"] != "vacuous":
        color = VERDICTS[part["verdict"]]
        axes.plot([0.0, margin], [place, place], color=color, **scaled({"linewidth": 3.0}), zorder=2)
        axes.plot(
            [margin], [place], marker=MARKERS[kind][0], color=color, markeredgecolor="black", zorder=3,
            linestyle="none", **scaled({"markersize": 6}),
        )  # fmt: skip
        words = f"{part['shown']} of {part['premise']}"
        if wrong := part.get("violations"):
            words += f", {wrong} against"
    axes.annotate(
        words, (max(margin or 0.0, 0.0), place), xytext=(7, 0), textcoords="offset points", va="center",
        fontsize="small", color="0.2",
    )  # fmt: skip
