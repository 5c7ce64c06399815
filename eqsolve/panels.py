"""What the panels of all figures share: how they are laid out, named, and drawn into axes of one's own.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from eqsolve import symbols
from eqsolve.drawing import look, scale, scaled
from eqsolve.errors import InputError, nearest
from eqsolve.extras import no_plots
from eqsolve.ticks import Roomy

try:
    from matplotlib import rcParams
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure, SubFigure
except ImportError as error:
    raise no_plots() from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from eqsolve.numerics.piecewise import Flags
    from eqsolve.numerics.quadrature import Array

DOT: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 3}
"""What a line leaves of a point that it cannot reach."""

ABOVE: dict[str, Any] = {
    "loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "alignment": "left", "frameon": False,
    "title_fontsize": "medium", "borderpad": 0.0, "borderaxespad": 0.5,
    "handlelength": 2.2, "handletextpad": 0.4, "columnspacing": 0.9,
}  # fmt: skip
"""Legends stand above their panels, where they hide no line."""

ABOVE_ALL, BELOW_ALL = "outside upper left", "outside lower left"
"""Where legends of a whole figure stand."""

ENTRIES = 4
"""The most entries of a legend in a row."""

ROW = 0.24
"""The height of a row of a list in inches, with letters of `eqsolve.drawing.UNIT` points."""

NARROWEST = 2.3
"""The least width of a panel in inches: labels of two panels side by side need as much."""

ALIKE = 0.006
"""Lines closer than this share of the axis cannot be told apart."""

RUN = 3
"""Lines coincide where so many neighboring points are alike; fewer are a crossing."""

HALO = 1.3
"""What a line gains in width where others run on top of it, as a share of its own for each."""

_pending: WeakKeyDictionary[Figure, list[Callable[[], None]]] = WeakKeyDictionary()
"""Legends of figures that are being composed: how wide their panels are is known at the end."""


@dataclass(frozen=True)
class Panel:
    """One panel: a name by which it can be asked for, and what draws it."""

    name: str
    draw: Callable[[Axes], object]


def compose(
    panels: Sequence[Panel],
    ax: Axes | None = None,
    *,
    columns: int = 2,
    size: tuple[float, float] = (3.6, 2.7),
    heights: Sequence[float] | None = None,
    listed: bool = False,
) -> tuple[Figure, list[Axes]]:
    """Draw panels into a new figure, or the first of them into axes.

    Args:
        panels: what to draw.
        ax: axes of the caller's.
        columns: of panels, if the width that is asked for has room for them.
        size: width and height of a panel in inches, where none is asked for.
        heights: of the rows, as shares of that of `size`.
        listed: whether panels are lists, as high as their letters need and not in proportion to the width.

    Returns:
        The figure, and the axes that were drawn into.
    """
    if not panels:
        raise InputError("there is nothing to draw")
    if ax is not None:
        panels[0].draw(ax)
        return figure_of(ax), [ax]
    figure, places = lay_out(len(panels), columns, size, heights=heights, listed=listed)
    _pending[figure] = []
    for panel, place in zip(panels, places, strict=True):
        panel.draw(place)
    return figure, places


def settle(figure: Figure) -> Figure:
    """Put the legends of a composed figure above its panels, which have their widths by now."""
    if pending := _pending.pop(figure, []):
        figure.draw_without_rendering()
        for put in pending:
            put()
    return figure


def lay_out(
    count: int,
    columns: int = 1,
    size: tuple[float, float] = (3.6, 2.7),
    *,
    shared: bool = False,
    heights: Sequence[float] | None = None,
    listed: bool = False,
) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels, and their axes, row by row.

    Args:
        count, columns, size, heights, listed: as for `compose`.
        shared: whether all panels have the same axes.
    """
    asked = look().size
    columns = min(columns, count)
    columns = _shape(asked, count, columns, size) if asked and asked[1] else fitting(columns)
    rows = -(-count // columns)
    heights = heights or [1.0] * rows
    across, down = size[0] * columns, size[1] * sum(heights)
    if asked:
        down = asked[1] or down * (scale() if listed else asked[0] / across)
        across = asked[0]
    figure = Figure(figsize=(across, down), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=shared, sharey=shared, height_ratios=heights)
    for unused in grid.flat[count:]:
        unused.remove()
    for axes in grid.flat[:count]:
        axes.xaxis.set_major_locator(Roomy())
    return figure, list(grid.flat[:count])


def _shape(asked: tuple[float, float | None], count: int, most: int, size: tuple[float, float]) -> int:
    """The number of columns in which panels have most nearly their own shape in a figure of a given size."""
    height = asked[1] or 1.0
    shapes = [asked[0] / columns * -(-count // columns) / height for columns in range(1, most + 1)]
    return 1 + int(np.argmin(np.abs(np.log(np.array(shapes) * size[1] / size[0]))))


def fitting(columns: int) -> int:
    """How many of so many panels side by side the width that is asked for has room for."""
    asked = look().size
    return min(columns, max(1, int(asked[0] / NARROWEST))) if asked else columns


def figure_of(axes: Axes) -> Figure:
    """The figure that axes are in."""
    figure: Any = axes.figure
    while isinstance(figure, SubFigure):
        figure = figure.figure
    assert isinstance(figure, Figure)
    return figure


def choose(names: Sequence[str] | str | None, panels: Mapping[str, Panel], what: str) -> list[Panel]:
    """The panels of these names, or all; raises InputError with every name that there is none of."""
    asked = [names] if isinstance(names, str) else list(names or panels)
    wrong = [f"{what} = {name}: {nearest(name, panels)}" for name in asked if name not in panels]
    if wrong:
        raise InputError(*wrong)
    return [panels[name] for name in asked]


def label(name: str) -> str:
    """What a parameter or quantity is called in the figure that is being drawn."""
    return look().labels.get(name) or symbols.label(name)


def bare(axes: Axes) -> None:
    """Take away the lines that bound nothing."""
    axes.spines[["top", "right"]].set_visible(False)


def list_rows(axes: Axes, words: Sequence[str]) -> None:
    """Let the vertical axis be a list of words, the first on top."""
    axes.set_yticks(range(len(words)), list(words))
    axes.set_ylim(len(words) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_axisbelow(True)


def keep_domain(axes: Axes, name: str) -> None:
    """Let the vertical axis not pass what a quantity can be."""
    least, most = symbols.domain(name)
    low, high = axes.get_ylim()
    axes.set_ylim(
        low if least is None else max(low, least), high if most is None else min(high, most), auto=None
    )


def legend_above(axes: Axes, entries: Mapping[str, Any] | None = None, **options: Any) -> None:
    """Put a legend above a panel, in as many columns as are no wider than the panel.

    Args:
        axes: the panel.
        entries: handles by their words; those of the panel if left out.
        **options: of the legend.
    """
    if entries is None:
        handles, words = axes.get_legend_handles_labels()
        entries = dict(zip(words, handles, strict=True))
    if not entries and not options.get("title"):
        return
    figure = figure_of(axes)
    put = partial(_put_legend, axes, dict(entries), options)
    if figure in _pending:
        _put_legend(axes, dict(entries), options, most=1)  # which takes all the height that it may need
        _pending[figure].append(put)
    else:
        put()


def _put_legend(axes: Axes, entries: Mapping[str, Any], options: Any, most: int = ENTRIES) -> None:
    canvas: Any = FigureCanvasAgg(figure_of(axes))
    room = axes.get_window_extent().width
    for columns in range(min(most, max(len(entries), 1)), 0, -1):
        legend = axes.legend(entries.values(), entries.keys(), ncols=columns, **{**ABOVE, **options})
        if legend.get_window_extent(canvas.get_renderer()).width <= room:
            break


def legend_of_all(figure: Figure, entries: Mapping[str, Any], place: str, **options: Any) -> None:
    """Put a legend for all panels of a figure at a place, `ABOVE_ALL` or `BELOW_ALL`."""
    settings: dict[str, Any] = {"loc": place, "frameon": False, **options}
    figure.legend(entries.values(), entries.keys(), **settings).set_label(place)


def draw_line(axes: Axes, x: Array, y: Array, breaks: NDArray[np.intp], **settings: Any) -> None:
    """Draw a line through points (n,) that breaks before the numbers `breaks`; points it misses are dots.

    A point is missed that has no neighbor on its side of a break, or none that has a value.
    """
    (line,) = axes.plot(np.insert(x, breaks, np.nan), np.insert(y, breaks, np.nan), **settings)
    linked = np.isfinite(y[1:]) & np.isfinite(y[:-1]) & ((np.diff(x) != 0) | (np.diff(y) != 0))
    linked[breaks[(breaks > 0) & (breaks < len(y))] - 1] = False
    reached = np.append(linked, False) | np.append(False, linked)
    alone = np.isfinite(y) & ~reached
    if alone.any():
        look_of_dots = {**scaled(DOT), "color": line.get_color(), "zorder": line.get_zorder()}
        axes.plot(x[alone], y[alone], **look_of_dots, clip_on=line.get_clip_on())


def after(gaps: Flags) -> NDArray[np.intp]:
    """Numbers of the points that follow gaps, which lie between points and the next, (n - 1,)."""
    return np.flatnonzero(gaps) + 1


def draw_halos(axes: Axes, x: Array, lines: Sequence[Array], looks: Sequence[Mapping[str, Any]]) -> None:
    """Let lines look out from under those that run on top of them: they are wider there.

    Args:
        axes: where the lines are.
        x: places, (n,).
        lines: the heights of each line at these places, (n,), in the order in which they are drawn; nan where
            it has none.
        looks: their colors.
    """
    heights = np.array(lines)
    known = heights[np.isfinite(heights)]
    near = ALIKE * (np.ptp(known) if known.size else 0.0)
    for i, (below, settings) in enumerate(zip(heights, looks, strict=True)):
        on_top = np.zeros(x.size)
        for above in heights[i + 1 :]:
            on_top += _runs(np.abs(above - below) <= near)
        if on_top.any():
            axes.plot(
                x, np.where(on_top > 0, below, np.nan), color=settings["color"], solid_capstyle="butt",
                linewidth=rcParams["lines.linewidth"] * (1.0 + HALO * on_top.max()), alpha=0.55,
                zorder=1.5 + 0.01 * i, clip_on=False, label="_halo",
            )  # fmt: skip


def _runs(alike: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which points belong to runs of `RUN` or more."""
    padded = np.concatenate([[False], alike, [False]])
    starts, ends = (
        np.flatnonzero(np.diff(padded.astype(int)) == 1),
        np.flatnonzero(np.diff(padded.astype(int)) == -1),
    )
    found = np.zeros(alike.size, dtype=bool)
    for start, end in zip(starts, ends, strict=True):
        found[start:end] = end - start >= min(RUN, alike.size)
    return found
