"""Figures of a sweep: lines over one key, maps over two.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from eqsolve import arguments as read
from eqsolve.drawing import drawn
from eqsolve.errors import InputError, nearest
from eqsolve.panels import Panel, compose, settle
from eqsolve.sweeps.lines import draw_lines
from eqsolve.sweeps.looks import Rows, rows_of
from eqsolve.sweeps.maps import Scale, draw_map, show_scale
from eqsolve.sweeps.readers import Frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.phase.saved import Plane
    from eqsolve.sweeps.table import SweepTable

LINE_PANELS = ("quality", "intensity", "profit", "user_surplus")
MAP_PANELS = ("intensity", "direction", "profit", "user_surplus")
COMPARED_PANELS = ("profit", "user_surplus")
"""What is drawn when nothing is asked for: over one key, over two, and over two under several regimes."""

_names = read.optional(read.several(read.text, one=True))


@drawn
@read.arguments(x=read.optional(read.text), y=_names, z=_names, against=read.optional(read.text))
def sweep_figure(
    source: SweepTable | Frame,
    x: str | None = None,
    y: Sequence[str] | str | None = None,
    z: Sequence[str] | str | None = None,
    *,
    against: str | None = None,
    mark: Sequence[tuple[str, float]] = (),
    plane: Plane | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw a sweep.

    Args:
        source: the sweep.
        x: the key on the horizontal axis; the first one if left out.
        y: quantities, which are drawn as lines over x, a panel each; or a second key, which makes a map; the
            second key if there are two.
        z: the quantities on maps.
        against: a regime: what the others differ by from it is drawn.
        mark: a game to mark on maps, as values by key.
        plane: a phase diagram whose boundaries are laid over maps.
        ax: axes to draw the first panel into.

    Returns:
        The figure, that of `ax` if there is one; several panels with the main quantities where y or z leave
        them open. Lines break where the branch changes, and regimes are line styles. Every row leaves a mark:
        dots where no line reaches, crosses where it is not certified, and marks on the horizontal axis where
        it has no value. Maps of one quantity share their colors.

    Raises:
        InputError: names that the sweep lacks, or keys that are left over and would lie on top of each other.
    """
    rows = rows_of(source if isinstance(source, Frame) else Frame.of(source), against)
    up, z = list(y or ()), list(z or ())
    _check_names(rows, x, up, z)
    varying = rows.varying
    x = x or next((key for key in varying if key not in up), varying[0])
    if not up and z and len(varying) == 1:
        up, z = z, []
    if not up and len(varying) > 1:
        up = [next(key for key in varying if key != x)]
    others = [key for key in varying if key not in (x, *up)]
    if up and up[0] in rows.keys:
        _check_plane(plane, x, up[0])
        return _maps(rows, (x, up[0]), z, others, _Overlay(dict(mark), plane), ax)
    if z:
        raise InputError(f"z = {', '.join(z)}: a map needs a key as y, which {', '.join(up)} is not")
    if plane is not None or mark:
        raise InputError("what lies over a map needs one: choose a key as y")
    return _lines(rows, x, up, others, ax)


class _Overlay:
    """What lies over maps: a game, as values by key, and the boundaries of a phase diagram."""

    def __init__(self, mark: dict[str, float], plane: Plane | None) -> None:
        self.mark, self.plane = mark, plane

    def draw(self, axes: Axes, x: str, y: str) -> None:
        """Draw it over the map of these keys."""
        from eqsolve.phase.figure import draw_boundaries, draw_mark

        if self.plane is not None:
            draw_boundaries(axes, self.plane, flip=self.plane.x.key != x)
        if self.mark:
            draw_mark(axes, self.mark[x], self.mark[y])


def _check_plane(plane: Plane | None, x: str, y: str) -> None:
    if plane is not None and {plane.x.key, plane.y.key} != {x, y}:
        raise InputError(
            f"boundaries of {plane.y.key} over {plane.x.key} cannot lie over a map of {y} over {x}"
        )


def _check_names(rows: Rows, x: str | None, y: list[str], z: list[str]) -> None:
    quantities, keys = rows.quantities, rows.keys
    wrong = []
    if x is not None and x not in keys:
        wrong.append(f"x = {x}: not a key that varies: {nearest(x, keys)}")
    for name in y:
        if name not in (*keys, *quantities):
            wrong.append(f"y = {name}: neither a key nor a quantity: {nearest(name, [*keys, *quantities])}")
        if name == x:
            wrong.append(f"y = {name}: is on the other axis already")
    if len(y) > 1 and (several := [name for name in y if name in keys]):
        wrong.append(f"y = {', '.join(y)}: a key such as {several[0]} makes a map, and has y to itself")
    for name in z:
        if name not in quantities:
            wrong.append(f"z = {name}: not a quantity: {nearest(name, quantities)}")
    if wrong:
        raise InputError(*wrong)


def _main(rows: Rows, names: Sequence[str], option: str) -> list[str]:
    """What is drawn where nothing is asked for."""
    found = [name for name in names if name in rows.columns]
    if not found:
        raise InputError(f"nothing to draw: none of the columns {', '.join(names)} is there: say {option}")
    return found


def _lines(rows: Rows, x: str, names: list[str], others: list[str], ax: Axes | None) -> Figure:
    names = names or _main(rows, LINE_PANELS, "y")
    for name in names:
        if rows.columns[name].dtype == object:
            raise InputError(f"y = {name}: words make no line: choose a number, or a map with z = {name}")
    if len(others) > 1:
        raise InputError(f"{' and '.join(others)} vary, too: lines show x and one more key")
    drawn_first = names if ax is None else names[:1]
    panels = [
        Panel(name, partial(draw_lines, rows, x, name, others, drawn_first if number == 0 else ()))
        for number, name in enumerate(drawn_first)
    ]
    size = (4.2, 3.2) if len(names) == 1 else (3.6, 2.7)
    return settle(compose(panels, ax, size=size)[0])


def _maps(
    rows: Rows, over: tuple[str, str], names: list[str], others: list[str], overlay: _Overlay, ax: Axes | None
) -> Figure:
    if others:
        raise InputError(f"{' and '.join(others)} vary, too: a map shows two keys")
    regimes = rows.regimes
    names = names or _main(rows, MAP_PANELS if len(regimes) == 1 else COMPARED_PANELS, "z")
    scales = {name: Scale.of(rows, name) for name in names}
    parts = [(name, regime) for name in names for regime in regimes]
    shown: dict[str, list[Any]] = {name: [] for name in names}

    def draw(name: str, regime: str, axes: Axes) -> None:
        shown[name].append(draw_map(axes, rows.of(regime), over, name, scales[name]))
        overlay.draw(axes, *over)
        if len(regimes) > 1:
            axes.set_title(regime, fontsize="small", loc="right")

    panels = [Panel(name, partial(draw, name, regime)) for name, regime in parts]
    size = (4.2, 3.2) if len(panels) == 1 else (3.6, 2.7)
    columns = len(regimes) if len(regimes) > 1 else 2
    figure, places = compose(panels, ax, columns=columns, size=size)
    for name in names:
        axes = [place for (other, _), place in zip(parts, places, strict=False) if other == name]
        if axes:
            show_scale(figure, axes, shown[name][0], rows.label(name), scales[name])
    return settle(figure)
