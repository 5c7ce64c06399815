"""The figure of a policy: welfare and its parts over the instrument.

Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from eqsolve.drawing import drawn, scale, scaled
from eqsolve.extras import no_plots
from eqsolve.figures import EQUILIBRIUM
from eqsolve.palette import CATEGORIES
from eqsolve.panels import Panel, bare, compose, draw_line, label, legend_above, settle
from eqsolve.policies.curve import PolicyCurve, policy_curve
from eqsolve.policies.instruments import INSTRUMENTS
from eqsolve.policies.record import Policy

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as error:
    raise no_plots() from error

PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "welfare": ("welfare", {"color": CATEGORIES[0], "linestyle": "-", "linewidth": 2.0}),
    "profit": ("profit before transfers", {"color": CATEGORIES[1], "linestyle": "--"}),
    "user_surplus": ("user surplus", {"color": CATEGORIES[2], "linestyle": "-."}),
}


@drawn
def policy_figure(policy: Policy, ax: Axes | None = None) -> Figure:
    """Draw welfare and its parts over the instrument.

    Values at which the platform fine-tunes are shaded; lines mark welfare under laissez-faire and under the
    planner, and a dot the best value.

    Args:
        policy: what `best_policy` returns.
        ax: axes to draw into.

    Returns:
        The figure, that of `ax` if there is one.
    """
    panel = Panel("welfare", partial(_draw, policy, policy_curve(policy)))
    return settle(compose([panel], ax, size=(5.6, 3.8))[0])


def _draw(policy: Policy, curve: PolicyCurve, axes: Axes) -> None:
    _shade(axes, curve)
    breaks = np.flatnonzero(curve.flips) + 1
    for name, (words, look) in PARTS.items():
        draw_line(axes, curve.value, getattr(curve, name), breaks, **scaled(look), label=words)
    levels = {
        policy.planner.regime: (policy.planner, ":", 1.2),
        "laissez-faire": (policy.laissez_faire, (0, (8, 2, 1, 2, 1, 2)), 0.8),
    }
    for words, (equilibrium, style, width) in levels.items():
        axes.axhline(
            equilibrium.welfare, color="0.2", linestyle=style, linewidth=width * scale(), label=words
        )
    axes.plot(policy.value, policy.welfare, **scaled(EQUILIBRIUM), label="best")
    axes.set_xlabel(label(INSTRUMENTS[policy.instrument].key))
    axes.set_ylabel("per unit mass of users")
    axes.margins(x=0.0)
    bare(axes)
    legend_above(axes)


def _shade(axes: Axes, curve: PolicyCurve) -> None:
    """Shade where the platform fine-tunes."""
    edges = np.concatenate([[0], np.flatnonzero(curve.flips) + 1, [curve.value.size]])
    words: str | None = "fine-tuning"
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if curve.adopts[first]:
            axes.axvspan(
                curve.value[first], curve.value[last - 1], color="0.92", linewidth=0.0, zorder=0, label=words
            )
            words = None
