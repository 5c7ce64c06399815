"""Figures of an equilibrium, drawn with matplotlib (the extra `plot`) and without its global state.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from io import BytesIO
from itertools import cycle
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve import curves
from eqsolve.drawing import drawn
from eqsolve.errors import InputError

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as error:
    raise InputError("plots need matplotlib, which is not installed: pip install 'eqsolve[plot]'") from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eqsolve.numerics.piecewise import Flags
    from eqsolve.numerics.quadrature import Array
    from eqsolve.regimes import Regime
    from eqsolve.results import Equilibrium

SUFFIXES = (".png", ".svg", ".pdf")
"""The file name extensions that `render` knows."""

# Okabe and Ito's colors, which color-blind readers can tell apart, and line styles for print in gray.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":")
BEFORE: dict[str, Any] = {"color": "0.45", "linestyle": "--", "zorder": 2.5}
AFTER: dict[str, Any] = {"color": COLORS[0], "linestyle": "-"}
EQUILIBRIUM: dict[str, Any] = {
    "marker": "o",
    "color": "black",
    "linestyle": "none",
    "clip_on": False,
    "zorder": 3,
}
DOT: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 3}
"""What a line leaves of a point that it cannot reach."""

KINK: dict[str, Any] = {"marker": "|", "color": "black", "linestyle": "none", "markersize": 10}
END: dict[str, Any] = {
    "marker": "o", "color": COLORS[0], "linestyle": "none", "markersize": 4, "clip_on": False, "zorder": 2.8,
}  # fmt: skip
"""An end of a line at a jump."""

ABOVE: dict[str, Any] = {
    "loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "alignment": "left", "ncols": 4, "frameon": False,
    "title_fontsize": 10, "fontsize": 8, "borderpad": 0.0, "borderaxespad": 0.2,
    "handlelength": 1.8, "handletextpad": 0.4, "columnspacing": 0.9,
}  # fmt: skip
"""Legends stand above their panels, where they hide no line."""

JUMP = 0.2
"""The line of the intensity breaks where it changes by more than this share of its bound between points."""

UNDATED: dict[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


@drawn
def equilibrium_figure(equilibrium: Equilibrium) -> Figure:
    """Draw the stages of the game at an equilibrium, as in docs/model.md.

    The panels: profit over initial quality, the intensity chosen at each quality, participation over tastes,
    and the density of outputs before and after.
    """
    figure = Figure(figsize=(7.2, 5.4), layout="constrained")
    panels = {
        "(a) payoff": _draw_profit,
        "(b) fine-tuning": _draw_intensity,
        "(c) participation": _draw_participation,
        "(d) outputs": _draw_outputs,
    }
    profit = curves.profit_curve(equilibrium)
    for axes, (title, draw) in zip(figure.subplots(2, 2).flat, panels.items(), strict=True):
        draw(axes, equilibrium, profit)
        axes.legend(title=title, **ABOVE)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.0)
    return figure


@drawn
def render(figure: Figure, suffix: str) -> bytes:
    """Return the figure as the content of a file whose name ends in `suffix`, one of SUFFIXES."""
    buffer = BytesIO()
    figure.savefig(buffer, format=suffix[1:], dpi=200, metadata=UNDATED[suffix])
    return buffer.getvalue()


def draw_line(axes: Axes, x: Array, y: Array, breaks: NDArray[np.intp], **look: Any) -> None:
    """Draw a line through points (n,) that breaks before the numbers `breaks`; points it misses are dots.

    A point is missed that has no neighbor on its side of a break, or none that has a value.
    """
    (line,) = axes.plot(np.insert(x, breaks, np.nan), np.insert(y, breaks, np.nan), **look)
    linked = np.isfinite(y[1:]) & np.isfinite(y[:-1]) & ((np.diff(x) != 0) | (np.diff(y) != 0))
    linked[breaks[(breaks > 0) & (breaks < len(y))] - 1] = False
    reached = np.append(linked, False) | np.append(False, linked)
    alone = np.isfinite(y) & ~reached
    if alone.any():
        axes.plot(x[alone], y[alone], **DOT, color=line.get_color(), zorder=line.get_zorder())


def _after(gaps: Flags) -> NDArray[np.intp]:
    """Numbers of the points that follow gaps, which lie between points and the next, (n - 1,)."""
    return np.flatnonzero(gaps) + 1


def _draw_profit(axes: Axes, equilibrium: Equilibrium, curve: curves.ProfitCurve) -> None:
    regime = equilibrium.rules
    if len(curve.profit) > 1:
        draw_line(
            axes, curve.quality, curve.profit[0], _after(curve.jumps[0]), **BEFORE, label=r"$\beta = 0$"
        )
    breaks = _after(curve.best_jumps)
    draw_line(axes, curve.quality, curve.best_profit, breaks, **AFTER, label=_intensity_label(regime))
    _draw_ends(axes, curve, curve.best_profit, curve.best_jumps)
    kinks = np.interp(curve.kinks, curve.quality, curve.best_profit)
    if curve.kinks.size:
        axes.plot(curve.kinks, kinks, **KINK, label="kink")
    axes.plot(equilibrium.quality, getattr(equilibrium, regime.objective), **EQUILIBRIUM, label="equilibrium")
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
        axes.plot(curve.quality[point], y[point], markerfacecolor=face, **END)


def _intensity_label(regime: Regime) -> str:
    """What the intensity is along the curve of the best payoff."""
    if regime.intensity is None:
        return r"$\beta = \beta^*(q)$"
    return rf"$\beta = {regime.intensity:g}$" if isfinite(regime.intensity) else r"$\beta = \beta_{\max}$"


def _draw_intensity(axes: Axes, equilibrium: Equilibrium, curve: curves.ProfitCurve) -> None:
    strength = equilibrium.params.finetuning.strength
    gaps = abs(np.diff(curve.best_intensity)) > JUMP * strength
    breaks = _after(gaps | curve.changes)
    draw_line(axes, curve.quality, curve.best_intensity, breaks, **AFTER, label=r"$\beta^*(q)$")
    _draw_ends(axes, curve, curve.best_intensity, curve.changes)
    axes.plot(equilibrium.quality, equilibrium.intensity, **EQUILIBRIUM, label="equilibrium")
    axes.set_ylim(-0.05 * strength, 1.05 * strength)
    axes.set_xlabel(r"initial quality $q$")
    axes.set_ylabel(r"intensity $\beta$")


def _draw_participation(axes: Axes, equilibrium: Equilibrium, _: curves.ProfitCurve) -> None:
    curve = curves.participation_curve(equilibrium)
    lines = zip(curve.names, curve.participation, cycle(COLORS), cycle(LINES))
    for name, participation, color, line in lines:
        axes.plot(curve.taste, participation, color=color, linestyle=line, label=name)
    axes.set_ylim(-0.05, 1.05)
    axes.set_xlabel(r"taste $x$")
    axes.set_ylabel(r"participation $P_j(x)$")


def _draw_outputs(axes: Axes, equilibrium: Equilibrium, _: curves.ProfitCurve) -> None:
    curve = curves.output_curve(equilibrium)
    axes.plot(curve.output, curve.before, **BEFORE, label=r"initial model $f_0$")
    axes.plot(curve.output, curve.after, **AFTER, label=r"received $\bar{f}$")
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(r"output $y$")
    axes.set_ylabel("density")
