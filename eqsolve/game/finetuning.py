"""Stage 2: the platform's intensity of fine-tuning, anticipating participation."""

from __future__ import annotations

import numpy as np

from eqsolve.game.decision import TIE
from eqsolve.game.games import Index
from eqsolve.game.market import Market
from eqsolve.game.payoffs import payoff_scale
from eqsolve.numerics.climb import Objective
from eqsolve.numerics.maximize import find_peaks
from eqsolve.numerics.quadrature import Array

SCAN = 24
"""Intensities at which a continuous choice is scanned: closer where they are weak, for there they matter."""

ZOOMS, ZOOM = 2, 9
"""Times that a rough scan is refined between the neighbors of its best point, and points of each."""


def best_tuning(
    market: Market, game: Index, q: Array, *, precise: bool, scan: int = SCAN
) -> tuple[Array, Array]:
    """The best intensity, given quality, if the platform fine-tunes, and its payoff gross of F; (R,) each.

    A binary choice leaves only beta_max. A continuous one is maximized over [0, beta_max], where 0 stands
    for the limit of ever weaker tuning.

    Args:
        market: participation and payoffs.
        game, q: rows, (R,) each.
        precise: refine to rounding; otherwise the parabola through the best scanned intensities serves.
        scan: number of scanned intensities.
    """
    strength = market.games.strength[game]
    if not market.continuous:
        return strength, market.payoff(game, q, strength, precise=precise)
    shares = np.tile(np.linspace(0.0, 1.0, market.care * scan) ** 2, (q.size, 1))

    def rough_payoff(row: Index, share: Array) -> Array:
        return market.payoff(game[row], q[row], share * strength[row], precise=False)

    def precise_payoff(row: Index, share: Array) -> Array:
        return market.payoff(game[row], q[row], share * strength[row], precise=True)

    if not precise:
        share, payoff = _rough_best(rough_payoff, shares)
        return share * strength, payoff
    scale = payoff_scale(market.games)[game]
    peaks = find_peaks(rough_payoff, precise_payoff, shares, scale, market.noise[game], minor=np.inf)
    best, _ = peaks.best(q.size, TIE * scale)
    return peaks.x[best] * strength, peaks.value[best]


def _rough_best(payoff: Objective, points: Array) -> tuple[Array, Array]:
    """The highest of scanned points (R, n), zoomed in on, and the value there."""
    row = np.arange(len(points))[:, None]
    heights = _at(payoff, points)
    for _ in range(ZOOMS):
        top = np.argmax(heights, axis=1)[:, None]
        low, high = points[row, np.maximum(top - 1, 0)], points[row, np.minimum(top + 1, points.shape[1] - 1)]
        points = low + (high - low) * np.linspace(0.0, 1.0, ZOOM)
        heights = _at(payoff, points)
    return _vertex(points, heights)


def _at(payoff: Objective, points: Array) -> Array:
    """Values at points (R, n)."""
    return payoff(np.repeat(np.arange(len(points)), points.shape[1]), points.ravel()).reshape(points.shape)


def _vertex(points: Array, heights: Array) -> tuple[Array, Array]:
    """Vertex of the parabola through the highest scan point and its neighbors, where it has one."""
    every = np.arange(len(points))
    top = np.argmax(heights, axis=1)
    inner = np.clip(top, 1, points.shape[1] - 2)
    low, mid, high = (heights[every, inner + k] for k in (-1, 0, 1))
    step = points[every, inner + 1] - points[every, inner]
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = (low - high) / (low - 2.0 * mid + high) / 2.0
        vertex = mid - (low - high) * shift / 4.0
    usable = (inner == top) & np.isfinite(vertex) & (np.abs(shift) <= 0.5)
    return (
        np.where(usable, points[every, inner] + step * shift, points[every, top]),
        np.where(usable, vertex, heights[every, top]),
    )
