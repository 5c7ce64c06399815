"""How many nodes the match of the best of several outputs takes: of x, of distances, and of outputs."""

from __future__ import annotations

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.numerics.quadrature import Array, reference
from eqsolve.primitives.densities import grading, highest, panels_needed
from eqsolve.primitives.matches import PEAK_WIDTHS

BASE_ORDER = 16
"""The order of rules for which nodes are counted; finer ones take more in proportion."""

BASE_NODES, DRAW_NODES, DENSE_NODES, DENSE_DRAWS, OWN_NODES = 80.0, 4.0, 1.25, 8, 5.0
PEAK_NODES, PEAK_WIDE, PEAK_SQUARED = 145.0, 1.0, 80.0
PANEL_NODES, HIGH_NODES, SINGULAR_NODES = 50.0, 160.0, 1000.0
"""Squares of the numbers of nodes, on half of the line, with which the best match is interpolated to about
1e-8 under the most one-sided crowds (1e-9 under others), and of the points that integrate over distances: for
any game, for each draw, for each draw (and some more) and unit of the density of tuned outputs beyond 1, and
of what own feedback alone makes of it. Where outputs of one draw need them: for each panel of tuned peaks,
for the square of their number beyond one, for each panel of f_0 beyond two (a fourth of those of graded
grids), for its density to the power of 3/2 (1 for a peak at an end, 2 elsewhere), and for densities that are
singular. Squares, because that is how polynomials resolve a layer at an end of the line (measured over random
games)."""

SHARP, MILD = 3, 4
"""Gradings of outputs, whose densities go like x^(a-1): up to the first, from a = 2 on, integrals over
distances need no denser points at the ends; up to the second, from a = 1.5 on, nodes of x are as few as for
others, since the match goes like x^(a+2), at least x^3.5, which polynomials interpolate to 1e-9."""

KINKED_NODES, JUMPED_NODES = 28, 56
"""The fewest for kernels with a kink: r bends where participation does; twice as many where it jumps."""

COUNTS = (*range(16, 33, 2), 36, 40, 48, 56, 64, 80, 96, 112, 128)
"""Numbers of nodes that are used, so that games in a batch can share them..."""

NARROW_NODES = 64.0
"""...where f_0 alone does not take more than this, and all of it not more than the last of them: panels that
follow outputs are more precise there."""

FACTOR_ERROR, FACTOR_NODES = 1e-9, 5.0
"""Error of the factors that tuning puts on outputs, where they are interpolated by themselves, and nodes
for any game beside those for the error: rounding is amplified as much as factors differ."""


def match_nodes(games: Games) -> Index:
    """Nodes on half of the line for the match of several outputs, and points over distances, (G, 2).

    Those that rules of order `BASE_ORDER` take; none where panels follow narrow outputs.
    """
    kernel, pull = games.kernel, games.strength[:, None] * games.w
    up, down = (np.maximum(sign * pull, 0.0).max(axis=1) for sign in (1.0, -1.0))
    own = games.personalization
    peaks = np.sqrt(1.0 + up) / (PEAK_WIDTHS * kernel.width(games.match_shape))
    squared = (
        BASE_NODES
        + games.draws * DRAW_NODES
        + (games.draws + DENSE_DRAWS) * DENSE_NODES * (_tuned(games, up, down) - 1.0)
        + games.draws * OWN_NODES * (_tuned(games, own * up, own * down) - 1.0)
        + PEAK_NODES * peaks
        + PEAK_SQUARED * np.square(np.maximum(peaks - PEAK_WIDE, 0.0))
    )
    grade = np.array([grading(density) for density in games.outputs])
    panels = np.array(
        [
            panels_needed(density, BASE_ORDER, int(m)) or 0
            for density, m in zip(games.outputs, grade, strict=True)
        ]
    )
    high = [1.0 if m > SHARP else highest(d) for d, m in zip(games.outputs, grade, strict=True)]
    shape = PANEL_NODES * np.maximum(np.where(grade == 1, panels, panels / 4.0) - 2.0, 0.0)
    shape += HIGH_NODES * (np.array(high) ** 1.5 - 1.0)
    wide = (panels > 0) & (BASE_NODES + games.draws * DRAW_NODES + shape <= NARROW_NODES**2)
    squared += shape
    both = np.stack([squared + SINGULAR_NODES * (grade > each) for each in (MILD, SHARP)], axis=1)
    nodes = np.sqrt(both)
    if not kernel.smooth:
        nodes = np.maximum(nodes, JUMPED_NODES if games.law.jumps else KINKED_NODES)
    counts = np.array([*COUNTS, 0])[np.searchsorted(COUNTS, nodes)]
    return np.where(wide & counts.all(axis=1), counts.T, 0).T.astype(np.intp)


def factor_nodes(games: Games, low: float, high: float) -> tuple[int, int]:
    """Panels of [low, high], and nodes in each, that interpolate how tuning tilts f_0, exp(c s + ...).

    N Gauss nodes, pi / (2 N) of a panel apart in its middle, interpolate a bell of standard deviation sigma,
    as a share of the panel, up to exp(-2 N^2 sigma^2) of its height; f_0 may be where the bell is lower by as
    much as the tilt differs within the panel. Where it is steep, an exponential that falls by exp(-L) is
    interpolated up to (L / 4)^N / N! of what it is in the middle (Trefethen 2013, chapter 8).
    """
    power, panels = strongest(games), 0
    lower = np.full(len(games), np.inf)
    while lower.max() > np.log(FACTOR_ERROR / np.finfo(np.float64).eps):
        panels += 1
        x, y = np.linspace(0.0, 1.0, BASE_ORDER)[:, None, None], np.linspace(low, high, panels + 1)
        within = np.linspace(y[:-1], y[1:], BASE_ORDER, axis=1)
        match = games.kernel.value(x - within, games.match_shape[:, None, None, None, :])
        lower = power * np.ptp(match, axis=-1).max(axis=(-2, -1))
    width = panels * games.kernel.width(games.match_shape) / (high - low)
    nodes = np.sqrt((lower - np.log(FACTOR_ERROR)) / 2.0 * (1.0 + power)) / width
    steep, count = max(float(lower.max()), FACTOR_ERROR), np.arange(1.0, 2.0 * BASE_ORDER)
    error = np.cumsum(np.log(steep / 4.0 / count))
    least = 1 + np.count_nonzero(error > np.log(FACTOR_ERROR))
    return panels, int(max(np.ceil(nodes.max() + FACTOR_NODES), least))


def strongest(games: Games) -> Array:
    """The largest power of e that tuning can put on outputs, up to a factor, (G,)."""
    return np.asarray(np.abs(games.strength[:, None] * games.w).max(axis=1))


def _tuned(games: Games, up: Array, down: Array) -> Array:
    """The highest density of uniform outputs that are tuned by powers (G,) to a taste at an end, or away."""
    rule = reference(2 * BASE_ORDER)
    match = games.kernel.value((1.0 + rule.nodes) / 2.0, games.match_shape[:, None, :])
    match = np.broadcast_to(match, (len(games), rule.order)) - match.max(axis=-1, keepdims=True)
    weights, least = rule.weights / 2.0, match.min(axis=1, keepdims=True)
    toward = np.exp(up[:, None] * match) @ weights
    away = np.exp(-down[:, None] * (match - least)) @ weights
    return np.asarray(1.0 / np.minimum(toward, away))
