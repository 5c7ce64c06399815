"""Stage 2: the platform's intensity of fine-tuning, anticipating participation."""

from __future__ import annotations

import numpy as np

from eqsolve.game.games import Index
from eqsolve.game.market import Market
from eqsolve.game.payoffs import payoff_scale
from eqsolve.numerics.maximize import find_peaks
from eqsolve.numerics.quadrature import Array

SCAN = 24
"""Intensities at which a continuous choice is scanned."""

TIE = 1e-12
"""Payoffs closer than this share of the payoff scale are a tie."""


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
    shares = np.tile(np.linspace(0.0, 1.0, market.care * scan), (q.size, 1))

    def rough_payoff(row: Index, share: Array) -> Array:
        return market.payoff(game[row], q[row], share * strength[row], precise=False)

    def precise_payoff(row: Index, share: Array) -> Array:
        return market.payoff(game[row], q[row], share * strength[row], precise=True)

    if not precise:
        row = np.repeat(np.arange(q.size), shares.shape[1])
        share, payoff = _vertex(shares, rough_payoff(row, shares.ravel()).reshape(shares.shape))
        return share * strength, payoff
    scale = payoff_scale(market.games)[game]
    peaks = find_peaks(rough_payoff, precise_payoff, shares, scale, market.noise[game])
    best, _ = peaks.best(q.size, TIE * scale)
    return peaks.x[best] * strength, peaks.value[best]


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
