"""Data behind the figure of an equilibrium: payoffs over quality, participation over tastes, outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.equilibrium import market_of
from eqsolve.errors import InputError
from eqsolve.game.payoffs import fixed_cost, intensity_cost, revenue, training_cost
from eqsolve.numerics.objectives import ACCURACY
from eqsolve.numerics.piecewise import Flags, Index
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.threads import one_thread
from eqsolve.outcome import Outcome, evaluate
from eqsolve.plans import Plan, bisect, plan_of
from eqsolve.primitives.densities import pdf
from eqsolve.results import Equilibrium
from eqsolve.selections import selection_of


@dataclass(frozen=True)
class ProfitCurve:
    """The platform's objective over initial quality: profit, or welfare under `planner`.

    Attributes (n qualities, m plans for stage 2):
        quality: evenly spaced, and both sides of every jump and of every change of the plan, (n,).
        intensities: intensity of each plan at the equilibrium, 0 for none, (m,).
        profit: objective under each plan, (m, n).
        jumps: whether it jumps between a quality and the next, (m, n - 1).
        best_intensity, best_profit: beta*(q) and the objective there, (n,) each.
        best_jumps, changes: whether the best objective jumps between a quality and the next, and whether it
            is that of another plan there, (n - 1,) each.
        kinks: qualities at which the slope of the best objective breaks, (k,): where the plan changes, and
            where demand has a kink at a given intensity.
    """

    quality: Array
    intensities: Array
    profit: Array
    jumps: Flags
    best_intensity: Array
    best_profit: Array
    best_jumps: Flags
    changes: Flags
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
    """Read the platform's objective over quality off participation curves.

    Raises:
        InputError: the game was not solved; so for the other curves.
    """
    _require_solved(equilibrium)
    market = market_of(equilibrium)
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        plans = [plan_of(equilibrium, market, points, tune=tune) for tune in equilibrium.rules.tune]
        holes = np.concatenate([plan.holes for plan in plans])
        quality = np.unique(
            np.concatenate([np.linspace(0.0, 1.0, points), [equilibrium.quality], holes.ravel()])
        )
        within = (quality[:, None] > holes[:, 0]) & (quality[:, None] < holes[:, 1])
        quality = quality[~within.any(axis=1)]
        quality = np.unique(np.concatenate([quality, _crossings(plans, quality, holes)]))
        value = np.array([plan.at(quality) for plan in plans])
    profit, intensity = value[:, 0], value[:, 1]
    chosen, every = _first_best(profit), np.arange(quality.size)
    best, kept = profit[chosen, every], chosen[1:] == chosen[:-1]
    large = ACCURACY.jump * equilibrium.certificate.payoff_scale
    in_hole = _inside(quality, holes)
    jumps, best_jumps = (in_hole & (np.abs(np.diff(line, axis=-1)) > large) for line in (profit, best))
    crossed = quality[:-1][~kept & ~best_jumps]
    bends = [plan.kinks[chosen[np.searchsorted(quality, plan.kinks)] == i] for i, plan in enumerate(plans)]
    at = np.abs(quality - equilibrium.quality).argmin()
    return ProfitCurve(
        quality, intensity[:, at], profit, jumps, intensity[chosen, every], best, best_jumps, ~kept,
        np.sort(np.concatenate([crossed, *bends])),
    )  # fmt: skip


@dataclass(frozen=True)
class PayoffSample:
    """The platform's objective at qualities, as many as a screen shows; nothing is known between them.

    Attributes (n qualities, m plans for stage 2):
        quality: evenly spaced, and that of the equilibrium, (n,).
        intensities: of each plan, 0 for none, (m, n).
        payoff: the objective under each plan, (m, n); nan where participation has no equilibrium.
    """

    quality: Array
    intensities: Array
    payoff: Array


@dataclass(frozen=True)
class Sample:
    """What a screen shows of an equilibrium: all three of its figures, from one evaluation of the game."""

    payoff: PayoffSample
    participation: ParticipationCurve
    outputs: OutputCurve


def sample(equilibrium: Equilibrium, qualities: int, points: int) -> Sample:
    """Evaluate an equilibrium's figures at so many qualities, and at so many tastes and outputs.

    The payoff takes far less than `profit_curve`: the stages after the choice of quality are played at the
    qualities alone. Only an intensity that is chosen from an interval is that of `profit_curve`, which takes
    its time.
    """
    _require_solved(equilibrium)
    if equilibrium.params.finetuning.choice == "continuous" and not equilibrium.rules.imposed:
        payoff, outcome, row = _read_off(profit_curve(equilibrium, qualities)), _outcome(equilibrium), 0
    else:
        payoff, outcome, row = _played(equilibrium, qualities)
    return Sample(
        payoff,
        _participation(equilibrium, outcome, row, points),
        _outputs(equilibrium, outcome, row, points),
    )


def _read_off(curve: ProfitCurve) -> PayoffSample:
    intensities = np.stack([np.zeros_like(curve.quality), curve.best_intensity])
    return PayoffSample(curve.quality, intensities, np.stack([curve.profit[0], curve.best_profit]))


def _played(equilibrium: Equilibrium, points: int) -> tuple[PayoffSample, Outcome, int]:
    """The payoff of each plan, and what happens at the equilibrium, with the row where it does."""
    market, rules = market_of(equilibrium), equilibrium.rules
    games, quality = market.games, np.linspace(0.0, 1.0, points)
    quality = np.union1d(quality, [equilibrium.quality])
    beta = np.array([rules.strength(games.strength[0]) if tune else 0.0 for tune in rules.tune])
    # The equilibrium once more in the end, whatever its intensity is.
    betas = np.append(np.repeat(beta, quality.size), equilibrium.intensity)
    every = np.append(np.tile(quality, beta.size), equilibrium.quality)
    game = np.zeros(every.size, dtype=np.intp)
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        found = evaluate(market.whole, game, every, betas, selection_of(equilibrium.selection))
        payoff = revenue(games, game, found.participation) - training_cost(games, game, every)
        payoff -= fixed_cost(games, game, betas) + intensity_cost(games, game, betas)
        payoff += found.user_surplus if rules.welfare else 0.0
    payoff[~found.solved] = np.nan
    shape = (beta.size, quality.size)
    drawn = PayoffSample(quality, betas[:-1].reshape(shape), payoff[:-1].reshape(shape))
    return drawn, found, every.size - 1


def _first_best(payoff: Array) -> Index:
    """The first row that pays most, nan least, (n,)."""
    return np.asarray(np.where(np.isnan(payoff), -np.inf, payoff).argmax(axis=0))


def _inside(quality: Array, holes: Array) -> Flags:
    """Which steps from one quality to the next lie within an interval that holds a jump, (n - 1,)."""
    low, high = quality[:-1, None], quality[1:, None]
    return np.asarray(((low >= holes[:, 0]) & (high <= holes[:, 1])).any(axis=1))


def _crossings(plans: list[Plan], quality: Array, holes: Array) -> Array:
    """Both sides of the qualities at which another plan becomes better without a jump, (c,)."""
    if len(plans) == 1:
        return np.empty(0)

    def better(q: Array) -> Flags:
        (first, _), (second, _) = (plan.at(q) for plan in plans)
        return np.asarray(second > first)

    now = better(quality)
    change = np.flatnonzero((now[1:] != now[:-1]) & ~_inside(quality, holes))
    return np.concatenate(bisect(lambda q: better(q) != now[change], quality[change], quality[change + 1]))


def _require_solved(equilibrium: Equilibrium) -> None:
    if not np.isfinite(equilibrium.quality):
        raise InputError(f"there is nothing to draw: {equilibrium.certificate.message}")


def _outcome(equilibrium: Equilibrium) -> Outcome:
    _require_solved(equilibrium)
    model = market_of(equilibrium).whole
    choice = np.array([equilibrium.quality]), np.array([equilibrium.intensity])
    return evaluate(model, np.zeros(1, dtype=np.intp), *choice, selection_of(equilibrium.selection))


def participation_curve(equilibrium: Equilibrium, points: int = 401) -> ParticipationCurve:
    """Evaluate values and participation on evenly spaced tastes."""
    return _participation(equilibrium, _outcome(equilibrium), 0, points)


def output_curve(equilibrium: Equilibrium, points: int = 401) -> OutputCurve:
    """Evaluate the output densities, smooth between the solver's nodes, on evenly spaced outputs."""
    return _outputs(equilibrium, _outcome(equilibrium), 0, points)


def _participation(equilibrium: Equilibrium, outcome: Outcome, row: int, points: int) -> ParticipationCurve:
    model, taste = outcome.rows.model, np.linspace(0.0, 1.0, points)
    v = outcome.v[row] @ model.x.interpolation(taste).T
    games = model.games
    share = games.law.share(v, games.scale[:, None], games.cost_shape[:, None])
    names = tuple(segment.name for segment in equilibrium.params.users.segments)
    return ParticipationCurve(taste, names, np.asarray(share), v)


def _outputs(equilibrium: Equilibrium, outcome: Outcome, row: int, points: int) -> OutputCurve:
    model, inner = outcome.rows.model, np.linspace(0.0, 1.0, points)
    initial = equilibrium.params.model.outputs
    with np.errstate(divide="ignore"):
        before = pdf(initial, inner, 1.0 - inner)
    table = model.outputs[model.output_of[0]]
    ratio = np.divide(outcome.outputs.mass[row], table, out=np.ones_like(table), where=table > 0)
    return OutputCurve(inner, before, before * (model.y.interpolation(inner) @ ratio))
