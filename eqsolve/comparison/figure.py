"""The figure of a comparison: quantities of several equilibria side by side.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any

from eqsolve.drawing import drawn, scaled
from eqsolve.errors import InputError, nearest
from eqsolve.palette import CATEGORIES, LINES, MARKERS, REGIME_LOOKS
from eqsolve.panels import ROW, Panel, bare, compose, label, legend_above, list_rows, settle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = ("quality", "participation", "profit", "user_surplus", "welfare")
"""What is drawn when nothing is asked for."""

APART = 0.16
"""From one equilibrium to the next within a row, as a share of it, so that equal values are all seen."""


@drawn
def comparison_figure(
    found: Mapping[str, Any], quantities: Sequence[str] | str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw quantities of the equilibria of a comparison.

    Args:
        found: the comparison as `Comparison.to_dict` gives it.
        quantities: which; the main ones if left out.
        ax: axes to draw into.

    Returns:
        The figure, that of `ax` if there is one.

    Raises:
        InputError: a quantity that the comparison lacks, or that is a word.
    """
    table = found["quantities"]
    names = [quantities] if isinstance(quantities, str) else list(quantities or SHOWN)
    numbers = [name for name, row in table.items() if not any(isinstance(x, str) for x in row["values"])]
    if wrong := [name for name in names if name not in numbers]:
        raise InputError(*(f"y = {name}: not a quantity: {nearest(name, numbers)}" for name in wrong))
    panel = Panel("quantities", partial(_draw, found, names))
    size = (5.2, 1.6 * ROW * len(names) + 1.0)
    return settle(compose([panel], ax, size=size, listed=True)[0])


def _draw(found: Mapping[str, Any], names: Sequence[str], axes: Axes) -> None:
    columns = [column["name"] for column in found["columns"]]
    spare = cycle(zip(CATEGORIES, LINES, strict=False))
    for i, column in enumerate(columns):
        color, line = REGIME_LOOKS.get(column) or next(spare)
        rows = [row + APART * (i - (len(columns) - 1) / 2) for row in range(len(names))]
        values = [found["quantities"][name]["values"][i] for name in names]
        look = {"marker": MARKERS[line], "color": color, "markersize": 5, "clip_on": False}
        axes.plot(
            [float("nan") if value is None else value for value in values], rows, **scaled(look),
            linestyle="none", label=column,
        )  # fmt: skip
    list_rows(axes, [label(name) for name in names])
    axes.grid(axis="x", color="0.92")
    bare(axes)
    legend_above(axes)
