"""Figures of an equilibrium, drawn with matplotlib (the extra `plot`) and without its global state.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from itertools import cycle
from math import isfinite
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve import curves
from eqsolve.drawing import drawn, look, scaled
from eqsolve.extras import no_plots
from eqsolve.palette import LINES, SEGMENTS, WITH, WITHOUT
from eqsolve.panels import (
    ABOVE_ALL,
    BELOW_ALL,
    Panel,
    after,
    bare,
    choose,
    compose,
    draw_halos,
    draw_line,
    legend_above,
    settle,
)

try:
    from matplotlib import rcParams
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
except ImportError as error:
    raise no_plots() from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eqsolve.numerics.piecewise import Flags
    from eqsolve.numerics.quadrature import Array
    from eqsolve.provenance import Provenance
    from eqsolve.regimes import Regime
    from eqsolve.results import Equilibrium

SUFFIXES = (".png", ".svg", ".pdf")
"""The file name extensions that `render` knows."""

BEFORE: dict[str, Any] = {"color": WITHOUT, "linestyle": "--", "zorder": 2.5}
AFTER: dict[str, Any] = {"color": WITH, "linestyle": "-"}
EQUILIBRIUM: dict[str, Any] = {
    "marker": "o", "markersize": 6, "color": "black", "linestyle": "none", "clip_on": False, "zorder": 3,
}  # fmt: skip
KINK: dict[str, Any] = {"marker": "|", "color": "black", "linestyle": "none", "markersize": 10}
END: dict[str, Any] = {
    "marker": "o", "color": WITH, "linestyle": "none", "markersize": 4, "clip_on": False, "zorder": 2.8,
}  # fmt: skip
"""An end of a line at a jump."""

JUMP = 0.2
"""The line of the intensity breaks where it changes by more than this share of its bound between points."""

TITLE, SMALL = 1.2, 0.58
"""The size of a title and of a footer, as a share of the usual one: those that matplotlib calls large and
xx-small."""

LEADING = 1.5
"""From line to line, as a share of the size of letters."""

LETTER = 0.6
"""How wide a letter is at most on average, as a share of its height."""

UNDATED: dict[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
ABOUT = {".png": "Description", ".svg": "Description", ".pdf": "Subject"}
"""Where the formats have room to say how a file came about."""


@drawn
def equilibrium_figure(
    equilibrium: Equilibrium, panels: Sequence[str] | str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the stages of the game at an equilibrium, as in docs/model.md.

    Args:
        equilibrium: what `solve` returns.
        panels: some of "payoff" over initial quality, "fine-tuning" (the intensity chosen at each quality),
            "participation" over tastes, and "outputs" (their density before and after); all if left out.
        ax: axes to draw the first of them into.

    Returns:
        The figure, that of `ax` if there is one.

    Raises:
        InputError: a panel that there is none of.
    """
    names = {
        "payoff": _draw_profit,
        "fine-tuning": _draw_intensity,
        "participation": _draw_participation,
        "outputs": _draw_outputs,
    }
    profit = curves.profit_curve(equilibrium)
    every = {
        name: Panel(name, partial(_draw_panel, equilibrium, profit, draw, f"({letter}) {name}"))
        for letter, (name, draw) in zip("abcd", names.items(), strict=True)
    }
    return settle(compose(choose(panels, every, "panel"), ax)[0])


def _draw_panel(
    equilibrium: Equilibrium, profit: curves.ProfitCurve, draw: Any, title: str, axes: Axes
) -> None:
    draw(axes, equilibrium, profit)
    axes.margins(x=0.0)
    bare(axes)
    legend_above(axes, title=title)


@drawn
def render(figure: Figure, suffix: str, provenance: Provenance | None = None) -> bytes:
    """Return the figure as the content of a file whose name ends in `suffix`: .png, .svg or .pdf.

    The title and the footer of the look that is asked for (`eqsolve.drawing.use_look`) are put above and
    below. The file says its provenance where there is one.
    """
    asked = look()
    _frame(figure, asked.title, asked.footer)
    buffer = BytesIO()
    figure.savefig(buffer, format=suffix[1:], dpi=200, metadata=_metadata(suffix, asked.title, provenance))
    return buffer.getvalue()


def _frame(figure: Figure, title: str, footer: str) -> None:
    """Put a title above a figure and a footer below, which becomes higher if its height is not asked for.

    What the figure holds, its legends too, keeps to the rest.
    """
    lines = _wrapped(footer, figure)
    points = rcParams["font.size"]
    above = points * TITLE * LEADING / 72.0 if title else 0.0
    below = points * SMALL * LEADING * (len(lines) + 0.5) / 72.0 if lines else 0.0
    if not above + below:
        return
    size = look().size
    if size is None or size[1] is None:
        figure.set_figheight(figure.get_figheight() + above + below)
    top, bottom = 1.0 - above / figure.get_figheight(), below / figure.get_figheight()
    room = {ABOVE_ALL: 0.0, BELOW_ALL: 0.0}
    canvas: Any = FigureCanvasAgg(figure)
    for legend in figure.legends:
        high = legend.get_window_extent(canvas.get_renderer()).height / figure.bbox.height
        room[str(legend.get_label())] += high
        legend.set_bbox_to_anchor((0.0, bottom, 1.0, top - bottom), figure.transFigure)
    engine: Any = figure.get_layout_engine()
    if engine is not None:
        low, high = bottom + room[BELOW_ALL], top - room[ABOVE_ALL]
        engine.set(rect=(0.0, low, 1.0, high - low))
    if title:
        figure.text(0.5, 1.0, title, ha="center", va="top", fontsize=points * TITLE, in_layout=False)
    if lines:
        words = {"ha": "left", "va": "bottom", "fontsize": points * SMALL, "color": "0.35"}
        figure.text(0.01, 0.25 * bottom / (len(lines) + 0.5), "\n".join(lines), in_layout=False, **words)


def _wrapped(text: str, figure: Figure) -> list[str]:
    """A footer in lines that fit the width of the figure."""
    letter = rcParams["font.size"] * SMALL * LETTER
    return wrap(text, int(figure.get_figwidth() * 72.0 / letter))


def _metadata(suffix: str, title: str, provenance: Provenance | None) -> dict[str, Any]:
    """What a file says about itself; nothing of when, so that equal figures are equal files."""
    found: dict[str, Any] = dict(UNDATED[suffix])
    if title:
        found["Title"] = title
    if provenance:
        found[ABOUT[suffix]] = "\n".join(provenance.lines())
    return found


def _draw_profit(axes: Axes, equilibrium: Equilibrium, curve: curves.ProfitCurve) -> None:
    regime = equilibrium.rules
    if len(curve.profit) > 1:
        draw_line(axes, curve.quality, curve.profit[0], after(curve.jumps[0]), **BEFORE, label=r"$\beta = 0$")
    breaks = after(curve.best_jumps)
    draw_line(axes, curve.quality, curve.best_profit, breaks, **AFTER, label=_intensity_label(regime))
    _draw_ends(axes, curve, curve.best_profit, curve.best_jumps)
    kinks = np.interp(curve.kinks, curve.quality, curve.best_profit)
    if curve.kinks.size:
        axes.plot(curve.kinks, kinks, **scaled(KINK), label="kink")
    axes.plot(
        equilibrium.quality,
        getattr(equilibrium, regime.objective),
        **scaled(EQUILIBRIUM),
        label="equilibrium",
    )
    axes.set_xlabel(r"initial quality $q$")
    axes.set_ylabel(rf"{regime.objective} at $(q, \beta)$")


def _draw_ends(axes: Axes, curve: curves.ProfitCurve, y: Array, gaps: Flags) -> None:
    """The ends of a line at its gaps: filled on the side that is chosen, open on the other.

    At a jump that is the side that pays more, since users who are indifferent take part; on a tie of two
    plans it is that without fine-tuning.
    """
    at = np.flatnonzero(gaps)
    if not at.size:
        return
    sides = np.stack([at, at + 1])
    tie = ~curve.best_jumps[at]
    rank = np.where(tie, -curve.best_intensity[sides], curve.best_profit[sides])
    filled, every = rank.argmax(axis=0), np.arange(at.size)
    for side, face in ((1 - filled, "white"), (filled, AFTER["color"])):
        point = sides[side, every]
        axes.plot(curve.quality[point], y[point], markerfacecolor=face, **scaled(END))


def _intensity_label(regime: Regime) -> str:
    """What the intensity is along the curve of the best payoff."""
    if regime.intensity is None:
        return r"$\beta = \beta^*(q)$"
    return rf"$\beta = {regime.intensity:g}$" if isfinite(regime.intensity) else r"$\beta = \beta_{\max}$"


def _draw_intensity(axes: Axes, equilibrium: Equilibrium, curve: curves.ProfitCurve) -> None:
    strength = equilibrium.params.finetuning.strength
    gaps = abs(np.diff(curve.best_intensity)) > JUMP * strength
    breaks = after(gaps | curve.changes)
    draw_line(
        axes, curve.quality, curve.best_intensity, breaks, **AFTER, clip_on=False, label=r"$\beta^*(q)$"
    )
    _draw_ends(axes, curve, curve.best_intensity, curve.changes)
    axes.plot(equilibrium.quality, equilibrium.intensity, **scaled(EQUILIBRIUM), label="equilibrium")
    axes.set_ylim(0.0, strength)
    axes.set_xlabel(r"initial quality $q$")
    axes.set_ylabel(r"intensity $\beta$")


def _draw_participation(axes: Axes, equilibrium: Equilibrium, _: curves.ProfitCurve) -> None:
    curve = curves.participation_curve(equilibrium)
    pairs = zip(curve.names, cycle(SEGMENTS), cycle(LINES))
    looks: list[dict[str, Any]] = [{"color": color, "linestyle": line} for _, color, line in pairs]
    draw_halos(axes, curve.taste, list(curve.participation), looks)
    for name, participation, look_of_line in zip(curve.names, curve.participation, looks, strict=True):
        axes.plot(curve.taste, participation, **look_of_line, clip_on=False, label=name)
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel(r"taste $x$")
    axes.set_ylabel(r"participation $P_j(x)$")


def _draw_outputs(axes: Axes, equilibrium: Equilibrium, _: curves.ProfitCurve) -> None:
    curve = curves.output_curve(equilibrium)
    axes.plot(curve.output, curve.before, **BEFORE, label=r"initial model $f_0$")
    axes.plot(curve.output, curve.after, **AFTER, label=r"received $\bar{f}$")
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(r"output $y$")
    axes.set_ylabel("density")
