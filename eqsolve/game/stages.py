"""Stages 2 and 1: the backward induction, as a joint maximum over plans, intensities and qualities.

    participation curves N(q), CS(q) at an intensity          stage 3 (`eqsolve.game.curve`)
    best quality at each intensity                            the objective's maximum over a curve
    best intensity                                            the maximum of that over the choice set
    fine-tune or not                                          the better of two plans, less the fixed cost F

Stages 2 and 1 have one owner, so the order in which q and beta are maximized does not matter; intensity comes
last here, because a curve serves all qualities (docs/model.md, Stages 2 and 1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from eqsolve.game.curve import Curves, participation_curves
from eqsolve.game.games import Games, Index
from eqsolve.game.market import Market
from eqsolve.game.objective import Owners
from eqsolve.game.participation import PRECISE, VANISHING, participate, polish
from eqsolve.game.payoffs import marginal_training_cost, payoff_scale, revenue
from eqsolve.game.response import make_rows
from eqsolve.game.slopes import surplus_slope, value_slope
from eqsolve.numerics.active import Question, Samples, Tolerances
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.maxima import Peaks, maximize
from eqsolve.numerics.objectives import Highest, Itself
from eqsolve.numerics.piecewise import join
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

BEYOND = 3e-10
"""How far inside of a jump a maximum is placed: two grids place the jump less far apart. Where training costs
rise as k q^(n-1), that gives up n times as much of k/n; from n = 2 on no more than at 2."""

ASIDE = 1e-5
"""How far inside of a jump its edge no longer makes adjustment slow."""

PLACED = 1e-6
"""Farthest that a piece may have misplaced a smooth maximum."""

INTENSITY = Tolerances(value=1e-11, noise=1e-8)
"""Heights of best payoffs are known to the accuracy of curves, which is what they are resolved to."""


@record
class Choices:
    """What the owners of stages 1 and 2 may choose, a row per game.

    Attributes:
        low, high: range of quality, (R,) each; equal where it is fixed.
        least, most: range of intensity if the platform fine-tunes, (R,) each; equal where it has no choice.
    """

    low: Array
    high: Array
    least: Array
    most: Array


@record
class Plan:
    """The best choices under one plan for stage 2: not to fine-tune, or to do so; a row per game, (R,).

    Attributes:
        intensity: beta.
        peaks: the best quality at it and the runner-up; payoffs are gross of the fixed cost F.
        curves: the participation curves that were looked at; the first R of `asked` are those at the best
            intensities.
        state: participation next to the best choice, on the fine discretization; nan where it was not needed
            to place it, (R, 2 + Y).
    """

    intensity: Array
    peaks: Peaks
    curves: Curves
    state: Array


class Supply(Protocol):
    """Where participation curves come from."""

    def __call__(
        self, market: Market, which: Index, beta: Array, low: Array, high: Array, question: Question, *,
        surplus: bool,
    ) -> Curves:  # fmt: skip
        """Curves at least as close as asked for; arguments as of `participation_curves`."""


def best_choices(
    market: Market, games: Games, of: Index, choices: Choices, floor: Array, *, tune: bool, welfare: bool,
    supply: Supply = participation_curves,
) -> Plan:  # fmt: skip
    """Maximize the objective, gross of F, over intensity and quality.

    Args:
        market: participation primitives.
        games: the games, R rows.
        of: number of each game's primitives in the market, (R,).
        choices: what may be chosen.
        floor: an objective, gross of F, that would be beaten elsewhere, (R,): what is well below it is known
            roughly.
        tune: whether the platform fine-tunes.
        welfare: whether CS counts in the objective.
        supply: where curves come from.
    """
    every = np.arange(len(games))
    question = Highest(floor.copy())

    def at(row: Index, beta: Array) -> Plan:
        best = question.best[row]
        plan = best_qualities(market, games, row, of, beta, choices, best, welfare=welfare, supply=supply)
        question.see(row, beta, np.nan_to_num(plan.peaks.height, nan=-np.inf)[:, None])
        return plan

    def precisely(plan: Plan) -> Plan:
        quality, state = placed(market, games, of, plan, welfare=welfare)
        peaks = replace(plan.peaks, x=np.clip(quality, choices.low, choices.high))
        return replace(plan, peaks=peaks, state=state)

    if not tune or (choices.least == choices.most).all():
        return precisely(at(every, choices.least if tune else np.zeros(len(games))))
    seen: list[Plan] = []

    def value(row: Index, beta: Array, guess: Array, doubt: Array) -> Samples:
        seen.append(at(row, beta))
        height = seen[-1].peaks.height
        known = np.isfinite(height)
        return Samples(np.where(known, height, 0.0)[:, None], np.zeros((row.size, 0)), known)

    surface = explore(
        value, question, every, choices.least, choices.most, 1, 0,
        monotone=np.zeros(len(games), dtype=bool), tol=INTENSITY,
    )  # fmt: skip
    best = at(every, maximize(Itself(every, payoff_scale(games), choices.least, choices.most), surface).x)
    return precisely(replace(best, curves=joined([best.curves, *(plan.curves for plan in seen)])))


def placed(market: Market, games: Games, of: Index, plan: Plan, *, welfare: bool) -> tuple[Array, Array]:
    """The best qualities, smooth ones moved to where the objective's slope vanishes, jumps left behind, (R,).

    Also participation (R, 2 + Y) at those that were moved; next to a jump it is what the branch further
    inside leads to.

    A piece knows heights to rounding, but a maximum's place only to their error over its width; a Newton step
    with the slope of participation itself, by implicit differentiation, knows it as well as the height.
    """
    beyond = BEYOND * np.minimum(1.0, 2.0 / games.exponent)
    quality, bend = plan.peaks.x + beyond * plan.peaks.inside, plan.peaks.bend
    state = plan.state.copy()
    some = np.flatnonzero((plan.peaks.inside != 0) & (plan.intensity > 0.0))
    if some.size and market.selection.follows:
        aside = np.clip(quality[some] + ASIDE * plan.peaks.inside[some], 0.0, 1.0)
        there = participate(make_rows(market.fine, of[some], aside, plan.intensity[some]), market.selection)
        rows = make_rows(market.fine, of[some], quality[some], plan.intensity[some])
        found = polish(rows, there.state, rows.model.mirror[rows.game], PRECISE)
        near = there.solved & found.converged & (there.state[:, 0] > VANISHING)
        state[some[near]] = found.state[near]
    for tune in (False, True):
        some = np.flatnonzero((bend < 0.0) & ((plan.intensity > 0.0) == tune))
        if not some.size:
            continue
        rows = make_rows(market.fine, of[some], quality[some], plan.intensity[some])
        solved = participate(rows, market.selection)
        change, value = value_slope(rows, solved.state)
        slope = revenue(games, some, change) - marginal_training_cost(games, some, quality[some])
        if welfare:
            slope += surplus_slope(rows, solved.state, value)
        step = -slope / bend[some]
        near = (
            solved.solved
            & (np.abs(step) <= PLACED)
            & ((quality[some] + step) > 0.0)
            & ((quality[some] + step) < 1.0)
        )
        quality[some] += np.where(near, step, 0.0)
        state[some] = np.where((near & (rows.beta > 0.0))[:, None], solved.state, np.nan)
    return quality, state


def best_qualities(
    market: Market,
    games: Games,
    row: Index,
    of: Index,
    beta: Array,
    choices: Choices,
    floor: Array,
    *,
    welfare: bool,
    supply: Supply = participation_curves,
) -> Plan:
    """Maximize the objective over quality at given intensities: (K,) rows, intensities and floors."""
    distinct, curve = np.unique(np.stack([of[row], beta]), axis=1, return_inverse=True)
    curve = curve.reshape(-1)
    owners = Owners(games, row, curve, beta, welfare, choices.low[row], choices.high[row], floor)
    low, high = owners.ranges()
    curves = supply(market, distinct[0].astype(np.intp), distinct[1], low, high, owners, surplus=welfare)
    unknown = np.full((beta.size, 2 + market.fine.y.size), np.nan)
    asked = replace(curves, row=row, asked=curve)
    return Plan(beta, maximize(owners, curves.pieces), asked, unknown)


def tuned(curves: Curves) -> Curves:
    """The curves with fine-tuning; one at intensity 0 stands for the limit of ever weaker tuning alone."""
    kept = np.flatnonzero(curves.intensity > 0)
    number = np.full(curves.market.size, -1)
    number[kept] = np.arange(kept.size)
    pieces = curves.pieces.take(number[curves.pieces.owner] >= 0)
    asked = number[curves.asked] >= 0
    return Curves(
        curves.market[kept], curves.intensity[kept], replace(pieces, owner=number[pieces.owner]),
        curves.row[asked], number[curves.asked[asked]],
    )  # fmt: skip


def joined(curves: list[Curves]) -> Curves:
    """Curves of several searches under one numbering; those of the first keep their numbers."""
    offsets = np.cumsum([0, *(each.market.size for each in curves[:-1])])
    pieces = [
        replace(each.pieces, owner=each.pieces.owner + offset)
        for each, offset in zip(curves, offsets, strict=True)
    ]
    market, intensity, row = (
        np.concatenate([getattr(each, name) for each in curves]) for name in ("market", "intensity", "row")
    )
    asked = [each.asked + offset for each, offset in zip(curves, offsets, strict=True)]
    return Curves(market, intensity, join(pieces), row, np.concatenate(asked))
