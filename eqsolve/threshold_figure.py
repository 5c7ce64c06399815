"""The figure of thresholds: where along the range something happens, and the games just beside each.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Patch

from eqsolve.drawing import drawn, scaled
from eqsolve.palette import WITH, WITHOUT
from eqsolve.panels import Panel, bare, compose, label, legend_above, list_rows, settle
from eqsolve.thresholds import CONDITIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = ("quality", "intensity", "participation", "profit", "user_surplus", "welfare")
"""The quantities of the games beside a threshold."""

STRIP = 0.55
"""The height of the range as a share of that of the other panels."""

SHADE = 0.45
BELOW: dict[str, Any] = {"marker": "o", "markersize": 6, "linestyle": "none", "markerfacecolor": "white",
                         "color": WITHOUT, "zorder": 3, "clip_on": False}  # fmt: skip
ABOVE: dict[str, Any] = {"marker": "o", "markersize": 3.6, "linestyle": "none", "color": WITH, "zorder": 4,
                         "clip_on": False}  # fmt: skip


@drawn
def threshold_figure(found: Mapping[str, Any], ax: Axes | None = None) -> Figure:
    """Draw thresholds, each beside its two games.

    Args:
        found: the thresholds as `Threshold.to_dict` gives them.
        ax: axes to draw the range into.

    Returns:
        The figure, that of `ax` if there is one.
    """
    beside = [
        Panel(f"threshold {number}", partial(_draw_sides, found, crossing, number == 0))
        for number, crossing in enumerate(found["thresholds"])
    ]
    panels = [Panel("range", partial(_draw_range, found)), *beside]
    heights = [STRIP, *[1.0] * len(beside)]
    return settle(compose(panels, ax, columns=1, size=(5.2, 2.3), heights=heights, listed=True)[0])


def _draw_range(found: Mapping[str, Any], axes: Axes) -> None:
    low, high = found["range"]
    values = [each["value"] for each in found["thresholds"]]
    ends = [low, *values, high]
    first = found["thresholds"][0]["holds"] == "below"
    for number, (left, right) in enumerate(itertools.pairwise(ends)):
        if (number % 2 == 0) == first:
            axes.axvspan(left, right, facecolor=WITH, alpha=SHADE, linewidth=0, label="holds")
    for value in values:
        axes.axvline(value, color="black", clip_on=False)
        axes.annotate(
            f"{value:.6g}", (value, 0.5), xycoords=axes.get_xaxis_transform(), rotation=90, va="center",
            ha="right" if value > (low + high) / 2 else "left", fontsize="small",
            xytext=(-2 if value > (low + high) / 2 else 2, 0), textcoords="offset points",
        )  # fmt: skip
    axes.set_xlim(low, high)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel(label(found["of"]))
    patch = Patch(facecolor=WITH, alpha=SHADE)
    legend_above(axes, {CONDITIONS[found["where"]].words: patch}, handlelength=1.2)


def _draw_sides(found: Mapping[str, Any], crossing: Mapping[str, Any], explained: bool, axes: Axes) -> None:
    strength = found["params"]["finetuning"]["strength"]
    if found["of"] == "finetuning.strength":
        strength = crossing["value"]
    names = []
    for place, name in enumerate(SHOWN):
        share = strength if name == "intensity" else 1.0
        below, above = (
            float("nan") if crossing[side][name] is None else crossing[side][name] / share
            for side in ("below", "above")
        )
        names.append(label(name) + (r" $/\,\beta_{\max}$" if name == "intensity" else ""))
        axes.plot([below, above], [place, place], color="0.6", zorder=2)
        axes.plot([below], [place], **scaled(BELOW), label="just below" if place == 0 else "_")
        axes.plot([above], [place], **scaled(ABOVE), label="just above" if place == 0 else "_")
    list_rows(axes, names)
    axes.grid(axis="x", color="0.9")
    bare(axes)
    sides = f"{crossing['below']['direction']} below, {crossing['above']['direction']} above"
    jump = ", by a jump" if crossing["jump"] else ""
    axes.set_xlabel(f"at {crossing['value']:.6g}{jump}\noutputs {sides}", fontsize="small")
    if explained:
        legend_above(axes)
