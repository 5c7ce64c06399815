"""Backward induction for a batch of games on one grid, and the certificate of what it finds.

The order is that of docs/model.md, Timing, backwards: participation curves (stage 3), the best quality and
intensity under each plan (stages 1 and 2), the better plan, what follows from it, and whether to believe it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.breaks import breaks
from eqsolve.certificate import Checks, Claim, Curves, certify
from eqsolve.game.batches import participation_primitives
from eqsolve.game.decision import Decision, choose_plan
from eqsolve.game.enumeration import count_equilibria, stability
from eqsolve.game.games import Games, Index
from eqsolve.game.market import Market, open_market
from eqsolve.game.payoffs import fixed_cost, intensity_cost, payoff_scale, revenue, training_cost, transfers
from eqsolve.game.stages import Choices, Plan, best_choices, joined, tuned
from eqsolve.outcome import Outcome, evaluate
from eqsolve.regimes import Regime
from eqsolve.selections import Selection
from eqsolve.status import Status

Table = dict[str, NDArray[Any]]
"""Columns by name, a row per game."""


def play(games: Games, regime: Regime, selection: Selection) -> Table:
    """Solve and certify the games of a batch.

    Args:
        games: games that need the same grids, R rows.
        regime: who chooses what.
        selection: rule among participation equilibria.

    Returns:
        The columns of `eqsolve.results`, (R,) or (R, J) each.
    """
    first, of = participation_primitives(games)
    market, choices = open_market(games.take(first), selection), _choices(games, regime)
    plans: dict[bool, Plan] = {}
    for tune in regime.tune:
        floor = plans[False].peaks.height + games.cost if plans else np.full(len(games), -np.inf)
        plans[tune] = best_choices(market, games, of, choices, floor, tune=tune, welfare=regime.welfare)
    decision = choose_plan(games, plans)
    quality, intensity = decision.quality, decision.intensity
    pairs, one, pair = np.unique(
        np.stack([of, quality, intensity]), axis=1, return_index=True, return_inverse=True
    )
    pair = pair.reshape(-1)
    near = next(reversed(plans.values())).state[one]
    near[pairs[2] == 0.0] = np.nan
    outcome = evaluate(
        market.whole, pairs[0].astype(np.intp), pairs[1], pairs[2], selection, market.unfolded(near)
    )
    claim = _claim(games, of, market, regime, choices, plans, outcome, pair)
    checks = certify(claim)
    status = checks.status.copy()
    status[~np.isfinite(decision.payoff)] = Status.FAILED
    return {
        **_accounts(games, outcome, pair, quality, intensity),
        **_participation(outcome, pair),
        **_evidence(checks),
        "status": status,
        "runner_up_gap": decision.payoff - decision.runner_up,
        "runner_up_quality": decision.runner_up_quality,
        "runner_up_intensity": decision.runner_up_intensity,
        "runner_up": decision.runner_up_kind,
        **_breaks(market, plans, decision),
        "maximum": decision.kind if regime.quality is None else np.full(len(games), "fixed", dtype=object),
        "payoff_scale": payoff_scale(games),
    }


def _choices(games: Games, regime: Regime) -> Choices:
    size = len(games)
    fixed = regime.quality
    low = games.floor.copy() if fixed is None else np.full(size, fixed)
    high = np.ones(size) if fixed is None else np.full(size, fixed)
    free = games.continuous & (not regime.imposed)
    return Choices(low, high, np.where(free, 0.0, games.strength), games.strength.copy())


def _claim(
    games: Games, of: Index, market: Market, regime: Regime, choices: Choices, plans: dict[bool, Plan],
    outcome: Outcome, pair: Index,
) -> Claim:  # fmt: skip
    """What the certificate is to check: choices, what follows from them, and the curves behind them."""
    curves = joined([tuned(plan.curves) if tune else plan.curves for tune, plan in plans.items()])
    return Claim(
        games=games,
        market=of,
        markets=market.games,
        welfare=regime.welfare,
        selection=market.selection,
        tune=regime.tune,
        low=choices.low,
        high=choices.high,
        least=choices.least,
        most=choices.most,
        quality=outcome.rows.q[pair],
        intensity=outcome.rows.beta[pair],
        participation=outcome.participation[pair],
        user_surplus=outcome.user_surplus[pair],
        participation_by_segment=outcome.participation_by_segment[pair],
        user_surplus_by_segment=outcome.user_surplus_by_segment[pair],
        curves=Curves(curves.market, curves.intensity, curves.pieces, curves.row, curves.asked),
        feedback_quality=outcome.feedback_quality[pair],
    )


def _accounts(games: Games, outcome: Outcome, pair: Index, quality: Any, intensity: Any) -> Table:
    """The platform's choice and all payoffs; F enters here.

    Costs and profit are the platform's, with transfers; these cancel in welfare (docs/model.md, Policy).
    """
    every = np.arange(len(games))
    earned = revenue(games, every, outcome.participation[pair])
    trained = training_cost(games, every, quality)
    tuned = intensity_cost(games, every, intensity) + fixed_cost(games, every, intensity)
    profit = earned - trained - tuned
    surplus = outcome.user_surplus[pair]
    return {
        "quality": quality,
        "intensity": intensity,
        "profit": profit,
        "revenue": earned,
        "training_cost": trained,
        "finetuning_cost": tuned,
        "user_surplus": surplus,
        "welfare": profit + surplus - transfers(games, every, quality, intensity),
    }


def _participation(outcome: Outcome, pair: Index) -> Table:
    """Who takes part, what they get, and how many equilibria there are at the choice."""
    shape, rows = outcome.outputs, outcome.rows
    count, spectral = np.ones(len(rows), dtype=np.intp), np.zeros(len(rows))
    tuned = np.flatnonzero(rows.beta > 0)
    if tuned.size:
        part = rows.take(tuned)
        count[tuned] = np.maximum(count_equilibria(part), 1)
        spectral[tuned] = stability(part, outcome.state[tuned])
    columns = {
        "participation": outcome.participation,
        "feedback_quality": outcome.feedback_quality,
        "mean": shape.mean,
        "variance": shape.variance,
        "entropy": shape.entropy,
        "kl": shape.kl,
        "direction": shape.direction,
        "segment_participation": outcome.participation_by_segment,
        "segment_user_surplus": outcome.user_surplus_by_segment,
        "segment_quality": outcome.quality_by_segment,
        "equilibria_found": count,
        "spectral_radius": spectral,
    }
    return {name: column[pair] for name, column in columns.items()}


def _breaks(market: Market, plans: dict[bool, Plan], decision: Decision) -> Table:
    """The breaks of participation nearest to the chosen qualities, on the curves that were chosen from."""
    size = decision.quality.size
    place, kind = np.full((size, 2), np.nan), np.full((size, 2), "", dtype=object)
    for tune, plan in plans.items():
        some = np.flatnonzero((decision.intensity > 0.0) == tune)
        found = breaks(plan.curves.pieces, market.entry[plan.curves.market])
        at = plan.curves.asked[some], decision.quality[some], decision.kind[some]
        place[some], kind[some] = found.around(*at)
    return {"break_quality": place, "break_kind": kind}


def _evidence(checks: Checks) -> Table:
    return {
        "regret_intensity": checks.regret_intensity,
        "regret_quality": checks.regret_quality,
        "residual": checks.residual,
        "accounting": checks.accounting,
        "basis": checks.basis,
        "accuracy": checks.accuracy,
    }
