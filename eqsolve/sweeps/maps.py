"""Maps of a quantity over two keys: regions of a category, or shades of a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from eqsolve.figures import ABOVE, COLORS
from eqsolve.sweeps.labels import label
from eqsolve.sweeps.records import CODES

SHADES = "cividis"
"""Shades that color-blind readers and gray print keep in order."""

DISCRETE = ("intensity", "equilibria_found")
"""Numbers that are drawn as categories if they take few values."""

UNDEFINED = "0.85"

VISIBLE = 1 / 200
"""Cells that take less of an axis than this, a pixel or two, are dots as well."""

Columns = Mapping[str, NDArray[Any]]


def draw_map(figure: Figure, axes: Axes, columns: Columns, x: str, y: str, z: str) -> None:
    """Draw quantity `z` over the keys `x` and `y`; undefined cells are gray, uncertified ones crossed."""
    values, words = _as_categories(columns[z], z)
    if words:
        shown = _draw(axes, columns, x, y, values, _regions(z, words))
        colors = shown.cmap(np.arange(len(words)))
        entries = [Patch(color=color) for color in colors], words
        axes.legend(*entries, title=label(z), **{**ABOVE, "ncols": 2})
    else:
        shown = _draw(axes, columns, x, y, values, {"cmap": SHADES})
        figure.colorbar(shown, ax=axes, label=label(z))
    doubtful = columns["status"] != "certified"
    axes.plot(columns[x][doubtful], columns[y][doubtful], "x", color="black", markersize=3, zorder=4)


def _as_categories(column: NDArray[Any], z: str) -> tuple[NDArray[np.float64], list[str]]:
    """Numbers to draw and, for categories, the words that they stand for."""
    if column.dtype == object:
        present = {*column.tolist()} - {""}
        words = [word for word in CODES.get(z, tuple(sorted(present))) if word in present]
        return np.array([words.index(word) if word else np.nan for word in column], dtype=float), words
    if column.dtype == bool:
        return column.astype(float), ["no", "yes"]
    levels = np.unique(column[np.isfinite(column)])
    if z in DISCRETE and levels.size <= len(COLORS):
        numbers = np.searchsorted(levels, column).astype(float)
        return np.where(np.isfinite(column), numbers, np.nan), [f"{level:.4g}" for level in levels]
    return column.astype(float), []


def _regions(z: str, words: list[str]) -> dict[str, Any]:
    """Colors of categories: those of a fixed list keep theirs in every figure."""
    order = [word for word in CODES.get(z, ()) if word]
    order = order if len(order) <= len(COLORS) else words
    colors = [
        COLORS[(order.index(word) if word in order else i) % len(COLORS)] for i, word in enumerate(words)
    ]
    return {"cmap": ListedColormap(colors), "norm": BoundaryNorm(np.arange(len(words) + 1) - 0.5, len(words))}


def _draw(
    axes: Axes, columns: Columns, x: str, y: str, values: NDArray[np.float64], look: dict[str, Any]
) -> Any:
    """Cells if the points fill a grid, else dots; gray where a row has no value."""
    across, i = np.unique(columns[x], return_inverse=True)
    up, j = np.unique(columns[y], return_inverse=True)
    if not _fill_grid(i, j) or min(across.size, up.size) == 1:
        nothing = np.isnan(values)
        axes.scatter(columns[x][nothing], columns[y][nothing], color=UNDEFINED, s=8, linewidths=0)
        return axes.scatter(columns[x], columns[y], c=values, s=8, linewidths=0, **look)
    axes.set_facecolor(UNDEFINED)
    cells = np.full((up.size, across.size), np.nan)
    cells[j, i] = values
    sides, ends = edges(across), edges(up)
    thin = _thin(sides)[i] | _thin(ends)[j]
    if thin.any():
        axes.scatter(columns[x][thin], columns[y][thin], c=values[thin], s=8, linewidths=0, zorder=3, **look)
    return axes.pcolormesh(sides, ends, np.ma.masked_invalid(cells), rasterized=True, **look)


def _fill_grid(i: NDArray[np.intp], j: NDArray[np.intp]) -> bool:
    """Whether every pair of levels is the place of one row."""
    places = i.ravel() * (j.max() + 1) + j.ravel()
    return bool(places.size == np.unique(places).size == (i.max() + 1) * (j.max() + 1))


def edges(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The edges of cells around two or more rising levels, halfway between them (as the axis counts)."""
    at = np.log(levels) if logarithmic(levels) else levels
    middle = (at[1:] + at[:-1]) / 2
    found = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(found) if logarithmic(levels) else found


def _thin(sides: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which cells are so much thinner than the others that they could not be seen."""
    at = np.log(sides) if logarithmic(sides) else sides
    width = np.diff(at)
    return np.asarray((width < width.mean() / 10) & (width < width.sum() * VISIBLE))


def logarithmic(values: NDArray[np.float64]) -> bool:
    """Whether the values of a key are spaced evenly in the logarithm and not otherwise."""
    levels = np.unique(values)
    if levels.size < 3 or levels[0] <= 0:
        return False
    even = np.diff(np.log(levels))
    return bool(even.max() < 1.01 * even.min() and levels[-1] > 4 * levels[0])
