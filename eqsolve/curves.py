"""Data behind the figure of an equilibrium: payoffs over quality, participation over tastes, outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.equilibrium import market_of
from eqsolve.errors import InputError
from eqsolve.game.curve import Sampler
from eqsolve.game.market import Market
from eqsolve.game.objective import Owners
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.threads import one_thread
from eqsolve.outcome import Outcome, evaluate
from eqsolve.primitives.densities import pdf
from eqsolve.results import Equilibrium

KINK_SLOPE = 0.2
"""A slope change between neighboring points marks a kink if it is this share of the largest slope..."""

DRAWN = 33
"""Intensities of a continuous choice, closer where they are weak, among which the best is drawn."""

KINK_RATIO = 8.0
"""...and this many times the typical slope change."""


@dataclass(frozen=True)
class ProfitCurve:
    """The platform's objective over initial quality: profit, or welfare under `planner`.

    Attributes (n qualities, m plans for stage 2):
        quality: (n,).
        intensities: intensity of each plan at the equilibrium, 0 for none, (m,).
        profit: objective under each plan, (m, n).
        best_intensity, best_profit: beta*(q) and the objective there, (n,) each.
        kinks: qualities at which the slope of the best objective breaks, (k,).
    """

    quality: Array
    intensities: Array
    profit: Array
    best_intensity: Array
    best_profit: Array
    kinks: Array


@dataclass(frozen=True)
class ParticipationCurve:
    """Who takes part: fraction P_j(x) and value v_j(x) over tastes, (J, n) each."""

    taste: Array
    names: tuple[str, ...]
    participation: Array
    value: Array


@dataclass(frozen=True)
class OutputCurve:
    """Densities of outputs before fine-tuning, f_0, and as participants receive them, f̄, (n,) each."""

    output: Array
    before: Array
    after: Array


def profit_curve(equilibrium: Equilibrium, points: int = 201) -> ProfitCurve:
    """Evaluate the platform's objective on evenly spaced qualities.

    Raises:
        InputError: the game was not solved; so for the other curves.
    """
    _require_solved(equilibrium)
    market, quality = market_of(equilibrium), np.linspace(0.0, 1.0, points)
    games = market.games
    profits, intensities = [], []
    with one_thread():
        for tune in equilibrium.rules.tune:
            tried = _tried(equilibrium, tune)
            payoff = np.stack([_payoffs(equilibrium, market, quality, beta) for beta in tried])
            best = payoff.argmax(axis=0)
            profits.append(payoff[best, np.arange(points)] - (games.cost[0] if tune else 0.0))
            intensities.append(tried[best])
    profit, intensity = np.array(profits), np.array(intensities)
    best = np.argmax(profit, axis=0)
    every = np.arange(points)
    at = np.abs(quality - equilibrium.quality).argmin()
    best_profit = profit[best, every]
    return ProfitCurve(
        quality, intensity[:, at], profit, intensity[best, every], best_profit, _kinks(quality, best_profit)
    )


def _tried(equilibrium: Equilibrium, tune: bool) -> Array:
    """Intensities among which the best one is drawn under a plan."""
    regime, tuning = equilibrium.rules, equilibrium.params.finetuning
    strength = float(regime.strength(tuning.strength))
    if not tune or regime.imposed or tuning.choice == "binary":
        return np.array([strength if tune else 0.0])
    return np.append(strength * np.linspace(0.0, 1.0, DRAWN) ** 2, equilibrium.intensity)[1:]


def _payoffs(equilibrium: Equilibrium, market: Market, quality: Array, beta: float) -> Array:
    """The objective, gross of F, at one intensity; nan where participation has no equilibrium."""
    curve, every = np.zeros(1, dtype=np.intp), np.zeros(quality.size, dtype=np.intp)
    users = Sampler(market, curve, np.array([beta]), equilibrium.rules.welfare)
    nothing, far = np.zeros((quality.size, 2 + market.fine.y.size)), np.full(quality.size, np.inf)
    found = users(every, quality, nothing, far)
    owner = Owners(
        market.games, curve, curve, np.array([beta]), equilibrium.rules.welfare,
        low=np.zeros(1), high=np.ones(1), floor=np.zeros(1),
    )  # fmt: skip
    return np.where(found.sound, owner.height(curve, quality[None], found.value[None])[0], np.nan)


def _kinks(x: Array, y: Array) -> Array:
    """Points where the slope of a curve breaks, judged by its second differences."""
    slope = np.diff(y) / np.diff(x)
    change = np.abs(np.diff(slope))
    with np.errstate(invalid="ignore"):
        sharp = change > max(KINK_SLOPE * np.nanmax(np.abs(slope)), KINK_RATIO * float(np.nanmedian(change)))
    peak = sharp & (change >= np.append(change[1:], 0.0)) & (change >= np.append(0.0, change[:-1]))
    return np.asarray(x[1:-1][peak])


def _require_solved(equilibrium: Equilibrium) -> None:
    if not np.isfinite(equilibrium.quality):
        raise InputError(f"there is nothing to draw: {equilibrium.certificate.message}")


def _outcome(equilibrium: Equilibrium) -> Outcome:
    _require_solved(equilibrium)
    model = market_of(equilibrium).whole
    choice = np.array([equilibrium.quality]), np.array([equilibrium.intensity])
    return evaluate(model, np.zeros(1, dtype=np.intp), *choice, equilibrium.selection)


def participation_curve(equilibrium: Equilibrium, points: int = 401) -> ParticipationCurve:
    """Evaluate values and participation on evenly spaced tastes."""
    outcome, taste = _outcome(equilibrium), np.linspace(0.0, 1.0, points)
    model = outcome.rows.model
    v = outcome.v[0] @ model.x.interpolation(taste).T
    games = model.games
    share = games.law.share(v, games.scale[:, None], games.cost_shape[:, None])
    names = tuple(segment.name for segment in equilibrium.params.users.segments)
    return ParticipationCurve(taste, names, np.asarray(share), v)


def output_curve(equilibrium: Equilibrium, points: int = 401) -> OutputCurve:
    """Evaluate the output densities, smooth between the solver's nodes, on evenly spaced outputs."""
    outcome = _outcome(equilibrium)
    model, inner = outcome.rows.model, np.linspace(0.0, 1.0, points)
    initial = equilibrium.params.model.outputs
    with np.errstate(divide="ignore"):
        before = pdf(initial, inner, 1.0 - inner)
    table = model.outputs[model.output_of[0]]
    ratio = np.divide(outcome.outputs.mass[0], table, out=np.ones_like(table), where=table > 0)
    return OutputCurve(inner, before, before * (model.y.interpolation(inner) @ ratio))
