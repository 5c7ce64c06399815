"""Figures of simulations, drawn with matplotlib (the extra `plot`); `eqsolve.figures.render` saves them."""

from __future__ import annotations

from functools import partial
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from eqsolve.drawing import drawn, scaled
from eqsolve.palette import CATEGORIES, LINES, SEGMENTS, WITH
from eqsolve.panels import (
    ABOVE_ALL,
    Panel,
    bare,
    compose,
    draw_line,
    legend_above,
    legend_of_all,
    settle,
)
from eqsolve.simulation.results import Convergence, Simulation
from eqsolve.simulation.theory import Prediction
from eqsolve.ticks import Spaced

TARGET: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 1.0, "zorder": 3}
OTHER: dict[str, Any] = {"color": "0.5", "linestyle": ":", "linewidth": 1.0, "zorder": 2}

TITLES = {
    "participation": "(a) participation $N$",
    "feedback_quality": r"(b) feedback quality $\rho$",
    "user_surplus": "(c) user surplus $CS$",
    "mean": "(d) mean output",
    "variance": "(e) variance of outputs",
}

SPANS = {"participation": (0.0, 1.0), "mean": (0.0, 1.0)}
"""Quantities that are shown over all that they can be."""

ENTRY = 1.6
"""Room for an entry of the legend in inches."""

MEASURES = {
    "participation": r"participation $N$",
    "user_surplus": r"user surplus $CS$",
    "variance": "variance of outputs",
}

NOWHERE = np.zeros(0, dtype=np.intp)


@drawn
def path_figure(simulation: Simulation, ax: Axes | None = None) -> Figure:
    """Draw the rounds beside the equilibrium to which adjustment leads, and the outputs beside its density.

    Every replication is a line. Where there are other stable equilibria, they are dotted.

    Args:
        simulation: from `simulate`.
        ax: axes to draw the first panel, participation, into.

    Returns:
        The figure, that of `ax` if there is one.
    """
    panels = [Panel(name, partial(_draw_rounds, simulation, name, title)) for name, title in TITLES.items()]
    panels.append(Panel("outputs", partial(_draw_outputs, simulation)))
    figure, places = compose(panels, ax, columns=3, size=(3.2, 2.6))
    entries: dict[str, Any] = {}
    for axes in places:
        handles, labels = axes.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    if ax is None:
        columns = max(1, int(figure.get_figwidth() / ENTRY))
        legend_of_all(figure, entries, ABOVE_ALL, ncols=columns)
    return settle(figure)


def _draw_rounds(simulation: Simulation, name: str, title: str, axes: Axes) -> None:
    segments = [each for each in simulation.paths if each.startswith("participation.")]
    _draw_lines(axes, simulation, name, WITH, LINES[0])
    if name == "participation" and len(segments) > 1:
        for segment, color, line in zip(segments, cycle(SEGMENTS), cycle(LINES[1:]), strict=False):
            _draw_lines(axes, simulation, segment, color, line)
    axes.set_title(title, loc="left")
    axes.set_xlabel("round")
    axes.set_xlim(0, simulation.settings.rounds)
    if name in SPANS:
        axes.set_ylim(*SPANS[name])
    bare(axes)


@drawn
def convergence_figure(convergence: Convergence, ax: Axes | None = None) -> Figure:
    """Draw root mean square deviations over the number of users, with fitted slopes; into `ax` if given."""
    return settle(
        compose([Panel("deviations", partial(_draw_deviations, convergence))], ax, size=(6.4, 4.2))[0]
    )


def _draw_deviations(convergence: Convergence, axes: Axes) -> None:
    users = np.array(convergence.sizes, dtype=np.float64)
    for (name, label), color, line in zip(MEASURES.items(), CATEGORIES, LINES, strict=False):
        rms, slope = convergence.rms(name), convergence.slope(name)[0]
        words = f"{label}: slope {slope:.2f}" if np.isfinite(slope) else label
        axes.errorbar(
            users, rms, 2.0 * np.nan_to_num(convergence.rms_error(name)), fmt="o", color=color, capsize=2
        )
        if np.isfinite(slope):
            level = np.log(rms).mean() - slope * np.log(users).mean()
            axes.plot(users, np.exp(level + slope * np.log(users)), color=color, linestyle=line, label=words)
        else:
            axes.plot([], [], "o", color=color, label=words)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(Spaced(users.tolist(), digits=len(f"{users.max():,.0f}")))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_yscale("log")
    axes.set_xlabel("users")
    axes.set_ylabel("root mean square deviation")
    bare(axes)
    legend_above(axes)


def _draw_lines(axes: Axes, simulation: Simulation, name: str, color: str, line: str) -> None:
    """The paths of a quantity, and its values in the equilibria."""
    paths = simulation.paths[name]
    style: dict[str, Any] = {"linewidth": 0.7, "alpha": max(0.15, 3.0 / len(paths))}
    if len(paths) == 1:
        style = {"linewidth": 1.5}
    for path in paths:
        draw_line(
            axes,
            np.arange(len(path), dtype=np.float64),
            path,
            NOWHERE,
            color=color,
            linestyle=line,
            **scaled(style),
        )
    segment = name.partition(".")[2]
    axes.plot([], [], color=color, linestyle=line, label=segment or "everyone")
    expected = simulation.expected
    target = {**scaled(TARGET), "color": color} if segment else scaled(TARGET)
    words = "equilibrium" if expected.stable else "equilibrium, unstable"
    axes.axhline(expected.quantities[name], **target, label="_" if segment else words)
    for other in _other_stable(simulation):
        axes.axhline(other.quantities[name], **scaled(OTHER), label="another equilibrium, stable")


def _other_stable(simulation: Simulation) -> list[Prediction]:
    return [each for each in simulation.theory.equilibria if each.stable and each is not simulation.expected]


def _draw_outputs(simulation: Simulation, axes: Axes) -> None:
    count = len(simulation.histograms)
    for histogram in simulation.histograms:
        edges = np.linspace(0.0, 1.0, histogram.size + 1)
        axes.stairs(histogram, edges, fill=True, color=WITH, alpha=max(0.35 / count, 0.05))
    axes.fill_between([], [], [], color=WITH, alpha=0.35, label="outputs rated in the last round")
    output = np.linspace(0.0, 1.0, simulation.expected.density.size)
    axes.plot(output, simulation.expected.density, **scaled(TARGET))
    for other in _other_stable(simulation):
        axes.plot(output, other.density, **scaled(OTHER))
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("output $y$")
    axes.set_title(r"(f) density of outputs, and $\bar{f}$", loc="left")
    bare(axes)
