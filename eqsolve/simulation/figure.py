"""Figures of simulations, drawn with matplotlib (the extra `plot`); `eqsolve.figures.render` saves them."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eqsolve.drawing import drawn
from eqsolve.figures import ABOVE, COLORS, LINES, draw_line
from eqsolve.simulation.results import Convergence, Simulation
from eqsolve.simulation.theory import Prediction

TARGET: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 1.0, "zorder": 3}
OTHER: dict[str, Any] = {"color": "0.5", "linestyle": ":", "linewidth": 1.0, "zorder": 2}

TITLES = {
    "participation": "(a) participation $N$",
    "feedback_quality": r"(b) feedback quality $\rho$",
    "user_surplus": "(c) user surplus $CS$",
    "mean": "(d) mean output",
    "variance": "(e) variance of outputs",
}

MEASURES = {
    "participation": r"participation $N$",
    "user_surplus": r"user surplus $CS$",
    "variance": "variance of outputs",
}

NOWHERE = np.zeros(0, dtype=np.intp)


@drawn
def path_figure(simulation: Simulation) -> Figure:
    """Draw the rounds beside the equilibrium to which adjustment leads, and the outputs beside its density.

    Every replication is a line. Where there are other stable equilibria, they are dotted.
    """
    figure = Figure(figsize=(9.6, 5.2), layout="constrained")
    panels = list(figure.subplots(2, 3).flat)
    segments = [name for name in simulation.paths if name.startswith("participation.")]
    for axes, (name, title) in zip(panels, TITLES.items(), strict=False):
        _draw_lines(axes, simulation, name, COLORS[0], LINES[0])
        if name == "participation" and len(segments) > 1:
            for segment, color, line in zip(segments, cycle(COLORS[1:]), cycle(LINES[1:]), strict=False):
                _draw_lines(axes, simulation, segment, color, line)
        axes.set_title(title, loc="left", fontsize=10)
        axes.set_xlabel("round")
        axes.set_xlim(0, simulation.settings.rounds)
    panels[0].set_ylim(-0.02, 1.02)
    panels[3].set_ylim(0.0, 1.0)
    _draw_outputs(panels[5], simulation)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    entries: dict[str, Any] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    figure.legend(
        entries.values(), entries.keys(), loc="outside upper left", ncols=7, frameon=False, fontsize=8
    )
    return figure


@drawn
def convergence_figure(convergence: Convergence) -> Figure:
    """Draw the root mean square deviation over the number of users, with fitted slopes."""
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    users = np.array(convergence.sizes, dtype=np.float64)
    for (name, label), color, line in zip(MEASURES.items(), COLORS, LINES, strict=False):
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
    axes.set_yscale("log")
    axes.set_xlabel("users")
    axes.set_ylabel("root mean square deviation")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(**{**ABOVE, "ncols": 1})
    return figure


def _draw_lines(axes: Axes, simulation: Simulation, name: str, color: str, line: str) -> None:
    """The paths of a quantity, and its values in the equilibria."""
    paths = simulation.paths[name]
    style: dict[str, Any] = {"linewidth": 0.7, "alpha": max(0.15, 3.0 / len(paths))}
    if len(paths) == 1:
        style = {"linewidth": 1.5}
    for path in paths:
        draw_line(
            axes, np.arange(len(path), dtype=np.float64), path, NOWHERE, color=color, linestyle=line, **style
        )
    segment = name.partition(".")[2]
    axes.plot([], [], color=color, linestyle=line, label=segment or "everyone")
    expected = simulation.expected
    target = {**TARGET, "color": color} if segment else TARGET
    words = "equilibrium" if expected.stable else "equilibrium, unstable"
    axes.axhline(expected.quantities[name], **target, label="_" if segment else words)
    for other in _other_stable(simulation):
        axes.axhline(other.quantities[name], **OTHER, label="another equilibrium, stable")


def _other_stable(simulation: Simulation) -> list[Prediction]:
    return [each for each in simulation.theory.equilibria if each.stable and each is not simulation.expected]


def _draw_outputs(axes: Axes, simulation: Simulation) -> None:
    count = len(simulation.histograms)
    for histogram in simulation.histograms:
        edges = np.linspace(0.0, 1.0, histogram.size + 1)
        axes.stairs(histogram, edges, fill=True, color=COLORS[0], alpha=max(0.35 / count, 0.05))
    axes.fill_between([], [], [], color=COLORS[0], alpha=0.35, label="outputs rated in the last round")
    output = np.linspace(0.0, 1.0, simulation.expected.density.size)
    axes.plot(output, simulation.expected.density, **TARGET)
    for other in _other_stable(simulation):
        axes.plot(output, other.density, **OTHER)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("output $y$")
    axes.set_title(r"(f) density of outputs, and $\bar{f}$", loc="left", fontsize=10)
