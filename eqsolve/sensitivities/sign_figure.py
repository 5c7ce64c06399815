"""The figure of signs over a domain: in what share of its games a slope is negative, zero or positive.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from eqsolve.drawing import drawn
from eqsolve.panels import Panel, bare, choose, label, legend_above, list_rows
from eqsolve.sensitivities.figure import DOWN, NONE, UP, compose_rows, parameter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRAME = 1.7
"""The height of the legend and of the words below in inches."""

SIGNS = {"-": (DOWN, "falls"), "0": (NONE, "does not move"), "+": (UP, "rises"), "?": ("white", "not known")}
"""Color and words by sign, from left to right; signs at kinks are not known."""


@drawn
def sign_figure(
    found: Mapping[str, Any], quantities: Sequence[str] | str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the shares of the games of a domain in which quantities fall and rise with each parameter.

    Args:
        found: the signs as `SignTable.to_dict` gives them.
        quantities: some of those that were differentiated; all if left out.
        ax: axes to draw the first of them into.

    Returns:
        The figure, that of `ax` if there is one.

    Raises:
        InputError: a quantity that was not differentiated.
    """
    rows = found["signs"]
    names = [name for name in rows[0] if name != "key"]
    every = {name: Panel(name, partial(_draw, rows, name)) for name in names}
    return compose_rows(choose(quantities, every, "y"), len(rows), ax, FRAME)


def _draw(rows: Sequence[Mapping[str, Any]], name: str, axes: Axes) -> None:
    entries: dict[str, Any] = {}
    for place, row in enumerate(rows):
        counts, start = row[name]["counts"], 0.0
        known = {sign: counts.get(sign, 0) for sign in SIGNS if sign != "?"}
        known["?"] = sum(counts.values()) - sum(known.values())
        for sign, (color, words) in SIGNS.items():
            share = known[sign] / max(sum(counts.values()), 1)
            if share:
                bar = axes.barh(place, share, 0.7, start, color=color, edgecolor="black", linewidth=0.5)
                entries.setdefault(words, bar[0])
            start += share
    list_rows(axes, [parameter(row["key"]) for row in rows])
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel(f"share of games\n{label(name)}")
    bare(axes)
    shown = {words: entries[words] for _, words in SIGNS.values() if words in entries}
    legend_above(axes, shown, handlelength=1.2)
