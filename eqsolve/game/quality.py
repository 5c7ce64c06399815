"""Stage 1: the platform's initial quality, anticipating fine-tuning and participation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.decision import TIE
from eqsolve.game.finetuning import best_tuning
from eqsolve.game.games import Index
from eqsolve.game.market import Market
from eqsolve.game.payoffs import payoff_scale
from eqsolve.numerics.ascent import Steep
from eqsolve.numerics.climb import Objective
from eqsolve.numerics.maximize import find_peaks
from eqsolve.numerics.quadrature import Array

SCAN = 49
"""Qualities at which the payoff is scanned: features wider than 1/48 are seen."""


@dataclass(frozen=True)
class Plan:
    """The platform's best quality with one plan for stage 2: never to fine-tune, or always.

    Attributes (one row per game, (G,)):
        quality, intensity: the best choice.
        payoff: objective there, gross of the fixed cost F.
        lead: lead over the runner-up basin in quality; nan without one.
        kind: "smooth", "kink", "jump", "bound" or "fixed".
        complete: whether participation had an equilibrium at every scanned quality.
    """

    quality: Array
    intensity: Array
    payoff: Array
    lead: Array
    kind: NDArray[np.str_]
    complete: NDArray[np.bool_]


def best_quality(
    market: Market,
    *,
    tune: bool,
    points: Array | None = None,
    floor: Array | None = None,
    fixed: float | None = None,
) -> Plan:
    """Maximize the payoff over quality in [0, 1], given whether the platform fine-tunes in stage 2.

    Args:
        market: participation and payoffs of a batch of games.
        tune: the plan for stage 2.
        points: scanned qualities; evenly spaced by default.
        floor: payoffs that are known, (G,): basins that a scan shows to pay less are not refined.
        fixed: the quality, if it is not chosen.
    """
    if fixed is not None:
        return _plan_at(market, fixed, tune=tune)
    games = len(market.games)
    scale = payoff_scale(market.games)
    nodes = np.linspace(0.0, 1.0, market.care * (SCAN - 1) + 1) if points is None else points
    peaks = find_peaks(
        _objective(market, tune, precise=False), _objective(market, tune, precise=True),
        np.tile(nodes, (games, 1)), scale, market.noise, floor, market.entry if tune else None,
        None if tune and market.continuous else _steep(market, tune),
    )  # fmt: skip
    best, lead = peaks.best(games, TIE * scale)
    quality = peaks.x[best]
    intensity = market.games.strength if tune else np.zeros(games)
    if tune and market.continuous:
        intensity, _ = best_tuning(market, np.arange(games), quality, precise=True)
    return Plan(quality, intensity, peaks.value[best], lead, peaks.kind[best], peaks.defined)


def _plan_at(market: Market, fixed: float, *, tune: bool) -> Plan:
    """The plan at a quality that is fixed from outside."""
    every = np.arange(len(market.games))
    quality, intensity = np.full(every.size, fixed), np.zeros(every.size)
    if tune:
        intensity, payoff = best_tuning(market, every, quality, precise=True)
    else:
        payoff = market.payoff(every, quality, intensity, precise=True)
    kind = np.full(every.size, "fixed")
    return Plan(quality, intensity, payoff, np.full(every.size, np.nan), kind, np.isfinite(payoff))


def _steep(market: Market, tune: bool) -> Steep:
    """Payoff and slope as functions of quality where the intensity is given, gross of F."""

    def steep(game: Index, q: Array) -> tuple[Array, Array]:
        beta = market.games.strength[game] if tune else np.zeros_like(q)
        return market.payoff_and_slope(game, q, beta)

    return steep


def _objective(market: Market, tune: bool, *, precise: bool) -> Objective:
    """Payoff as a function of quality, gross of F."""

    def payoff(game: Index, q: Array) -> Array:
        if tune:
            return best_tuning(market, game, q, precise=precise)[1]
        return market.payoff(game, q, np.zeros_like(q), precise=precise)

    return payoff
