"""Figures of a sweep: lines over one key, maps over two.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve import arguments as read
from eqsolve.drawing import drawn
from eqsolve.errors import InputError, nearest
from eqsolve.figures import ABOVE, COLORS, LINES, draw_line
from eqsolve.numerics.quadrature import Array
from eqsolve.sweeps.categories import coded, say
from eqsolve.sweeps.labels import label
from eqsolve.sweeps.readers import Frame
from eqsolve.sweeps.table import SweepTable

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from eqsolve.sweeps.maps import draw_map, logarithmic
except ImportError as error:
    raise InputError("plots need matplotlib, which is not installed: pip install 'eqsolve[plot]'") from error

LINE_PANELS = ("quality", "intensity", "profit", "user_surplus")
MAP_PANELS = ("intensity", "direction", "profit", "user_surplus")
COMPARED_PANELS = ("profit", "user_surplus")
"""What is drawn when nothing is asked for: over one key, over two, and over two under several regimes."""

MOST_LINES = 7
"""More values of a further key than this cannot be told apart by color."""

UNCERTIFIED: dict[str, Any] = {
    "marker": "x",
    "color": "black",
    "linestyle": "none",
    "markersize": 5,
    "zorder": 4,
    "clip_on": False,
}
UNDEFINED: dict[str, Any] = {**UNCERTIFIED, "marker": "|", "color": "0.5", "markersize": 7}
"""The mark, on the horizontal axis, of a row that is certified but has no value of the quantity."""


@drawn
@read.arguments(x=read.optional(read.text), y=read.optional(read.text), z=read.optional(read.text))
def sweep_figure(
    source: SweepTable | Frame, x: str | None = None, y: str | None = None, z: str | None = None
) -> Figure:
    """Draw a sweep.

    Args:
        source: the sweep.
        x: the key on the horizontal axis; the first one if left out.
        y: a quantity, which is drawn as lines over x, or a second key, which makes a map; the second key if
            there are two.
        z: the quantity on a map.

    Returns:
        The figure; several panels with the main quantities where y or z leave them open. Lines break where
        the branch changes, and regimes are line styles. Every row leaves a mark: dots where no line reaches,
        crosses where it is not certified, and marks on the horizontal axis where it has no value.

    Raises:
        InputError: names that the sweep lacks, or keys that are left over and would lie on top of each other.
    """
    frame, words = _coded(source if isinstance(source, Frame) else Frame.of(source))
    varying = [key for key in frame.keys if np.unique(frame.columns[key]).size > 1] or list(frame.keys)
    _check_names(frame, x, y, z)
    x = x or varying[0]
    if y is None and z is not None and len(varying) == 1:
        y, z = z, None
    if y is None and len(varying) > 1:
        y = next(key for key in varying if key != x)
    others = [key for key in varying if key not in (x, y)]
    if y in frame.keys:
        return _said(_maps(frame, x, str(y), z, others), words, x, y)
    if z is not None:
        raise InputError(f"z = {z}: a map needs a key as y, which {y} is not")
    return _said(_lines(frame, x, y, others, words), words, x)


def _coded(frame: Frame) -> tuple[Frame, dict[str, list[str]]]:
    columns, words = coded(frame.columns, frame.keys)
    return Frame(columns), words


def _said(figure: Figure, words: dict[str, list[str]], x: str, y: str | None = None) -> Figure:
    """The figure with words on the axes of keys that take words."""
    for axes in figure.axes:
        if axes.get_xlabel() == label(x):
            say(axes, words, x, y)
    return figure


def _check_names(frame: Frame, x: str | None, y: str | None, z: str | None) -> None:
    quantities = [name for name in frame.columns if name not in (*frame.keys, "regime")]
    wrong = []
    if x is not None and x not in frame.keys:
        wrong.append(f"x = {x}: not a key that varies: {nearest(x, frame.keys)}")
    if y is not None and y not in (*frame.keys, *quantities):
        wrong.append(f"y = {y}: neither a key nor a quantity: {nearest(y, [*frame.keys, *quantities])}")
    if z is not None and z not in quantities:
        wrong.append(f"z = {z}: not a quantity: {nearest(z, quantities)}")
    if y is not None and x == y:
        wrong.append(f"y = {y}: is on the other axis already")
    if wrong:
        raise InputError(*wrong)


def _lines(frame: Frame, x: str, y: str | None, others: list[str], words: dict[str, list[str]]) -> Figure:
    names = [y] if y else [name for name in LINE_PANELS if name in frame.columns]
    if not names:
        raise InputError(f"nothing to draw: none of the columns {', '.join(LINE_PANELS)} is there: say y")
    for name in names:
        if frame.columns[name].dtype == object:
            raise InputError(f"y = {name}: words make no line: choose a number, or a map with z = {name}")
    if len(others) > 1:
        raise InputError(f"{' and '.join(others)} vary, too: lines show x and one more key")
    figure = _panels(len(names), 1)
    for unused in figure.axes[len(names) :]:
        unused.remove()
    for number, (axes, name) in enumerate(zip(figure.axes, names, strict=True)):
        _draw_lines(axes, frame, x, name, others)
        axes.set_xlabel(label(x))
        axes.set_ylabel(label(name))
        axes.spines[["top", "right"]].set_visible(False)
        if logarithmic(frame.columns[x]):
            axes.set_xscale("log")
        if number == 0:
            _legend(axes, frame, others, names, words)
    return figure


def _panels(rows: int, columns: int) -> Figure:
    """A figure of so many panels, in pairs if they all stand in one column."""
    if columns == 1 and rows > 1:
        rows, columns = -(-rows // 2), 2
    size = (4.2, 3.2) if rows == columns == 1 else (3.6 * columns, 2.7 * rows)
    figure = Figure(figsize=size, layout="constrained")
    figure.subplots(rows, columns, squeeze=False)
    return figure


def _regimes(frame: Frame) -> list[str]:
    return list(dict.fromkeys(frame.columns["regime"].tolist()))


def _draw_lines(axes: Axes, frame: Frame, x: str, y: str, others: list[str]) -> None:
    at, values = frame.columns[x], frame.columns[y].astype(float)
    groups = frame.columns[others[0]] if others else np.zeros(at.size)
    levels = np.unique(groups)
    if levels.size > MOST_LINES:
        raise InputError(
            f"{others[0]} takes {levels.size} values: lines of at most {MOST_LINES} can be told apart; "
            f"draw a map with y = {others[0]} and z = {y}"
        )
    certified = frame.columns["status"] == "certified"
    jumped = frame.columns.get(f"jump.{x}", np.zeros(at.size, dtype=bool))
    connected = f"jump.{x}" in frame.columns
    for regime, level, look in _looks(frame, levels):
        rows = np.flatnonzero((groups == level) & (frame.columns["regime"] == regime))
        steps = np.sign(np.diff(at[rows]))
        rows = rows[np.argsort(at[rows], kind="stable")]
        if connected and np.unique(steps).size <= 1:
            draw_line(axes, at[rows], values[rows], _breaks(frame, rows, jumped, x), **look)
        else:
            axes.plot(at[rows], values[rows], **_as_points(look))
        _mark(axes, at[rows], values[rows], certified[rows])


def _mark(axes: Axes, at: Array, values: Array, certified: NDArray[np.bool_]) -> None:
    """Cross rows that are not certified; rows without a value are marked on the horizontal axis."""
    known = np.isfinite(values)
    doubtful = known & ~certified
    if doubtful.any():
        axes.plot(at[doubtful], values[doubtful], **UNCERTIFIED)
    for rows, look in ((~known & ~certified, UNCERTIFIED), (~known & certified, UNDEFINED)):
        if rows.any():
            axes.plot(at[rows], np.zeros(rows.sum()), transform=axes.get_xaxis_transform(), **look)


def _looks(frame: Frame, levels: NDArray[np.float64]) -> list[tuple[str, float, dict[str, Any]]]:
    """Regime, value of the further key and look of each line: a style per regime, and a color per value.

    Where no further key varies, regimes have colors, too.
    """
    looks = []
    for i, (regime, style) in enumerate(zip(_regimes(frame), cycle(LINES))):
        for j, level in enumerate(levels.tolist()):
            color = COLORS[j if levels.size > 1 else i]
            looks.append((regime, level, {"color": color, "linestyle": style}))
    return looks


def _breaks(frame: Frame, rows: NDArray[np.intp], jumped: NDArray[np.bool_], x: str) -> NDArray[np.intp]:
    """Where to break a line: before a row whose branch changed since its neighbor on the left.

    A jump is told at the later row of its axis, which is the one on the left if the axis runs down.
    """
    at = frame.columns[x][rows]
    order = np.argsort(rows, kind="stable")
    falling = rows.size > 1 and at[order[0]] > at[order[-1]]
    flags = np.flatnonzero(jumped[rows])
    return np.asarray(flags + 1 if falling else flags)


def _as_points(look: dict[str, Any]) -> dict[str, Any]:
    marker = dict(zip(LINES, ("o", "s", "^", "D"), strict=True))[look["linestyle"]]
    return {"color": look["color"], "linestyle": "none", "marker": marker, "markersize": 2.5}


def _legend(
    axes: Axes, frame: Frame, others: list[str], names: list[str], words: dict[str, list[str]]
) -> None:
    """One entry for each regime and each value of a further key, if there are several; and for marks."""
    levels = np.unique(frame.columns[others[0]]) if others else np.zeros(1)
    values: dict[str, Any] = {}
    regimes: dict[str, Any] = {}
    for regime, level, look in _looks(frame, levels):
        if others:
            told = words[others[0]][int(level)] if others[0] in words else f"{level:.4g}"
            values.setdefault(told, Line2D([], [], color=look["color"]))
        if len(_regimes(frame)) > 1:
            gray = {"color": "0.3"} if others else {}
            regimes.setdefault(regime, Line2D([], [], **{**look, **gray}))
    entries = values | regimes
    certified = frame.columns["status"] == "certified"
    if not certified.all():
        entries["not certified"] = Line2D([], [], **UNCERTIFIED)
    if any(np.isnan(frame.columns[name][certified].astype(float)).any() for name in names):
        entries["no value"] = Line2D([], [], **UNDEFINED)
    if entries:
        title = label(others[0]) if others else None
        axes.legend(entries.values(), entries.keys(), title=title, **ABOVE)


def _maps(frame: Frame, x: str, y: str, z: str | None, others: list[str]) -> Figure:
    if others:
        raise InputError(f"{' and '.join(others)} vary, too: a map shows two keys")
    regimes = _regimes(frame)
    main = MAP_PANELS if len(regimes) == 1 else COMPARED_PANELS
    names = [z] if z else [name for name in main if name in frame.columns]
    if not names:
        raise InputError(f"nothing to draw: none of the columns {', '.join(main)} is there: say z")
    figure = _panels(len(names), len(regimes))
    panels = [(name, regime) for name in names for regime in regimes]
    for axes, (name, regime) in zip(figure.axes, panels, strict=True):
        rows = frame.columns["regime"] == regime
        part = {column: values[rows] for column, values in frame.columns.items()}
        draw_map(figure, axes, part, x, y, name)
        axes.set_title(regime if len(regimes) > 1 else "", fontsize=9, loc="right")
        axes.set_xlabel(label(x))
        axes.set_ylabel(label(y))
        if logarithmic(part[x]):
            axes.set_xscale("log")
        if logarithmic(part[y]):
            axes.set_yscale("log")
    return figure
