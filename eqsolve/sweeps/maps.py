"""Maps of a quantity over two keys: regions of a category, or shades of a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from eqsolve.drawing import scaled
from eqsolve.palette import CATEGORIES, DIRECTIONS, LOSS_TO_GAIN, SHADES
from eqsolve.palette import OUTCOMES as OUTCOME_COLORS
from eqsolve.palette import WITH as ADOPTED
from eqsolve.panels import label, legend_above
from eqsolve.sweeps.categories import say
from eqsolve.sweeps.looks import Rows
from eqsolve.sweeps.records import CODES

DISCRETE = ("intensity", "equilibria_found")
"""Numbers that are drawn as categories if they take few values."""

INTENSITY = "intensity"
UNDEFINED = "0.85"
DOT: dict[str, Any] = {"s": 8, "linewidths": 0}
CROSS: dict[str, Any] = {
    "marker": "x", "linestyle": "none", "color": "black", "markersize": 3, "zorder": 4, "clip_on": False,
}  # fmt: skip

VISIBLE = 1 / 200
"""Cells that take less of an axis than this, a pixel or two, are dots as well."""

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Scale:
    """The colors of a quantity, the same on all of its maps.

    Attributes:
        words: the categories; empty for a number.
        levels: the numbers that the categories stand for, if they are numbers.
        look: color map and norm.
    """

    words: tuple[str, ...]
    levels: tuple[float, ...]
    look: Mapping[str, Any]

    @classmethod
    def of(cls, rows: Rows, name: str) -> Scale:
        """The colors of a quantity of a sweep."""
        column = rows.columns[name]
        if column.dtype == object:
            present = {*column.tolist()} - {""}
            order = CODES.get(name, tuple(sorted(present)))
            words = [word for word in order if word in present] + sorted(present - {*order})
            return cls(tuple(words), (), _categories(_colors(name, words)))
        if column.dtype == bool:
            return cls(("no", "yes"), (0.0, 1.0), _categories([OUTCOME_COLORS["not-adopted"], ADOPTED]))
        known = column[np.isfinite(column)].astype(float)
        levels = np.unique(known)
        if not rows.against and name in DISCRETE and 0 < levels.size <= len(CATEGORIES):
            colors = _level_colors(name, levels)
            return cls(tuple(f"{x:.4g}" for x in levels), tuple(levels.tolist()), _categories(colors))
        if rows.against:
            most = float(np.abs(known).max(initial=0.0)) or 1.0
            changes = LinearSegmentedColormap.from_list("change", LOSS_TO_GAIN)
            return cls((), (), {"cmap": changes, "norm": Normalize(-most, most)})
        ends = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        return cls((), (), {"cmap": SHADES, "norm": Normalize(*ends)})

    def numbers(self, column: NDArray[Any]) -> NDArray[np.float64]:
        """What is drawn of a column: numbers, those of categories, nan where there is nothing."""
        if column.dtype == object:
            return np.array([self.words.index(word) if word else np.nan for word in column], dtype=float)
        values = column.astype(float)
        if not self.words:
            return values
        return np.where(np.isfinite(values), np.searchsorted(self.levels, values), np.nan).astype(float)


def draw_map(axes: Axes, rows: Rows, over: tuple[str, str], z: str, scale: Scale) -> Any:
    """Draw quantity `z` over two keys; undefined cells are gray, uncertified ones crossed.

    Returns:
        What a color bar explains.
    """
    x, y = over
    columns = rows.columns
    shown = _draw(axes, columns, x, y, scale.numbers(columns[z]), dict(scale.look))
    doubtful = ~rows.certified
    if doubtful.any():
        axes.plot(columns[x][doubtful], columns[y][doubtful], **scaled(CROSS))
    say(axes, rows.words, x, y)
    for key, set_label, set_scale, set_limits in (
        (x, axes.set_xlabel, axes.set_xscale, axes.set_xlim),
        (y, axes.set_ylabel, axes.set_yscale, axes.set_ylim),
    ):
        set_label(label(key))
        if logarithmic(columns[key]):
            set_scale("log")
        if np.ptp(columns[key]) and key not in rows.words:
            set_limits(columns[key].min(), columns[key].max())
    return shown


def show_scale(figure: Figure, axes: Sequence[Axes], shown: Any, words: str, scale: Scale) -> None:
    """Explain the colors of the maps of one quantity: a bar beside the last, or a legend above the first."""
    if not scale.words:
        figure.colorbar(shown, ax=list(axes), label=words)
        return
    colors = colormaps.get_cmap(scale.look["cmap"])(np.arange(len(scale.words)))
    patches = [Patch(facecolor=color, edgecolor="0.3", linewidth=0.5) for color in colors]
    legend_above(axes[0], dict(zip(scale.words, patches, strict=True)), title=words, handlelength=1.4)


def _colors(name: str, words: Sequence[str]) -> list[str]:
    """Colors of categories: those of a fixed list keep theirs in every figure."""
    if name == "direction":
        return [DIRECTIONS[word] for word in words]
    order = [word for word in CODES.get(name, ()) if word]
    order = order if len(order) <= len(CATEGORIES) else list(words)
    return [
        CATEGORIES[(order.index(word) if word in order else i) % len(CATEGORIES)]
        for i, word in enumerate(words)
    ]


def _level_colors(name: str, levels: NDArray[np.float64]) -> list[Any]:
    """Colors of numbers that are few: no fine-tuning as in phase diagrams, and darker where there is more."""
    if name == INTENSITY and levels.size <= 2:
        return [ADOPTED if level > 0 else OUTCOME_COLORS["not-adopted"] for level in levels]
    return [colormaps[SHADES](1.0 - i / max(levels.size - 1, 1)) for i in range(levels.size)]


def _categories(colors: Sequence[Any]) -> dict[str, Any]:
    count = len(colors)
    return {
        "cmap": ListedColormap(list(colors)),
        "norm": BoundaryNorm(np.arange(count + 1) - 0.5, count) if count else Normalize(0.0, 1.0),
    }


def _draw(
    axes: Axes, columns: Columns, x: str, y: str, values: NDArray[np.float64], look: dict[str, Any]
) -> Any:
    """Cells if the points fill a grid, else dots; gray where a row has no value."""
    across, i = np.unique(columns[x], return_inverse=True)
    up, j = np.unique(columns[y], return_inverse=True)
    if not _fill_grid(i, j) or min(across.size, up.size) == 1:
        nothing = np.isnan(values)
        gray = {**scaled(DOT), "color": UNDEFINED, "clip_on": not nothing.any()}
        axes.scatter(columns[x][nothing], columns[y][nothing], **gray)
        return axes.scatter(columns[x], columns[y], c=values, clip_on=False, **scaled(DOT), **look)
    axes.set_facecolor(UNDEFINED)
    cells = np.full((up.size, across.size), np.nan)
    cells[j, i] = values
    sides, ends = edges(across), edges(up)
    thin = _thin(sides)[i] | _thin(ends)[j]
    if thin.any():
        dots = {**scaled(DOT), **look, "zorder": 3}
        axes.scatter(columns[x][thin], columns[y][thin], c=values[thin], **dots)
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
