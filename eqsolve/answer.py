"""The answer in sentences: what the platform does, who takes part, who gains by it."""

from __future__ import annotations

import math
from dataclasses import replace

from eqsolve.comparison.verdict import Stake, judge
from eqsolve.equilibrium import detailed, solve, solve_many
from eqsolve.params import Params
from eqsolve.regimes import LAISSEZ_FAIRE, OF_INTENSITY, Fixed, RegimeName, regime_of
from eqsolve.results import Equilibrium
from eqsolve.selections import SelectionName


def solve_beside(
    params: Params,
    *,
    regime: RegimeName = "endogenous",
    selection: SelectionName = "initial",
    fix: Fixed = None,
    all_equilibria: bool = False,
) -> tuple[Equilibrium, Equilibrium | None]:
    """Solve a game and, where there is fine-tuning, the same without it.

    A platform that decides is solved in one batch with one for which fine-tuning never pays: the two share
    their participation.

    Args:
        params, regime, selection, fix, all_equilibria: as for `solve`.

    Returns:
        The equilibrium, and what `without_finetuning` returns for it.

    Raises:
        InputError: as `solve` does.
    """
    rules = regime_of(regime, fix)
    if rules.welfare or rules.tune != LAISSEZ_FAIRE.tune:
        found = solve(params, regime=regime, selection=selection, fix=fix, all_equilibria=all_equilibria)
        return found, without_finetuning(found)
    both = solve_many([params, _priced_out(params)], regime=regime, selection=selection, fix=fix)
    found, without = detailed(both.row(0), all_equilibria=all_equilibria), both.row(1)
    return found, without if math.isfinite(found.quality) and found.intensity else None


def _priced_out(params: Params) -> Params:
    """The game with a fixed cost above all that fine-tuning can earn or save, r + k / n."""
    platform = params.platform
    most = platform.revenue + platform.training_cost / platform.training_exponent
    tuning = params.finetuning.model_copy(update={"cost": 2.0 * most})
    return params.model_copy(update={"finetuning": tuning})


def without_finetuning(equilibrium: Equilibrium) -> Equilibrium | None:
    """Solve the same game without fine-tuning, by the same rules otherwise; None where there is none."""
    if not (math.isfinite(equilibrium.quality) and equilibrium.intensity):
        return None
    fix = replace(equilibrium.fix, intensity=None)
    params, selection = equilibrium.params, equilibrium.selection
    rules = params.policy.but(*OF_INTENSITY)  # what moves only an intensity that is now fixed
    params = params.model_copy(update={"policy": rules})
    return solve(params, regime="none", selection=selection, fix=fix)  # type: ignore[arg-type]


def told(equilibrium: Equilibrium, without: Equilibrium | None) -> tuple[str, ...]:
    """Say in two or three sentences what happens; whether it is certified, the status says.

    Args:
        equilibrium: what is told.
        without: what `without_finetuning` returns for it, to say who gains by fine-tuning.
    """
    if not math.isfinite(equilibrium.quality):
        return (equilibrium.certificate.message,)
    sentences = (_choice(equilibrium), _participation(equilibrium))
    return (*sentences, _gains(without, equilibrium)) if without else sentences


def _choice(equilibrium: Equilibrium) -> str:
    who = equilibrium.regime if equilibrium.rules.welfare else "platform"
    tuned, other = equilibrium.intensity > 0, equilibrium.certificate.runner_up
    quality = f"The {who} trains a model of quality q* = {equilibrium.quality:.5f}"
    acts = " and"
    if equilibrium.fix.quality is not None:
        quality, acts = f"Quality is fixed at q = {equilibrium.quality:.5f}", f"; the {who}"
    if equilibrium.fix.intensity is not None:
        return f"{quality}; fine-tuning is fixed at β = {equilibrium.intensity:.5f}."
    if equilibrium.rules.imposed:
        imposed = f"is imposed at β = {equilibrium.intensity:.5f}" if tuned else "is left out"
        return f"{quality}; fine-tuning {imposed}."
    compared = other is not None and (other.intensity > 0) != tuned
    if not tuned:
        return f"{quality}{acts} does not fine-tune it" + (
            f", which would pay {other.gap:.4g} less." if compared and other else "."
        )
    return f"{quality}{acts} fine-tunes it at β* = {equilibrium.intensity:.5f}" + (
        f", which pays {other.gap:.4g} more than not to." if compared and other else "."
    )


def _participation(equilibrium: Equilibrium) -> str:
    if equilibrium.participation == 0:
        return "Nobody takes part."
    each = ", ".join(f"{segment.participation:.1%} of {segment.name}" for segment in equilibrium.segments)
    return f"{equilibrium.participation:.1%} of all users take part" + (
        f": {each}." if len(equilibrium.segments) > 1 else "."
    )


def _gains(before: Equilibrium, after: Equilibrium) -> str:
    stakes = {stake.who: stake for stake in judge("", after, "", before).stakes}
    told = {who: _told(who, stakes[who]) for who in ("platform", "users", "society")}
    parts = [f"{each.name} {_signed(stakes[f'segment {each.name}'])}" for each in after.segments]
    inside = f" ({', '.join(parts)})" if len(parts) > 1 else ""
    return f"Against no fine-tuning the {told['platform']}, {told['users']}{inside}, {told['society']}."


def _told(who: str, stake: Stake) -> str:
    if stake.outcome in ("unknown", "unchanged"):
        return f"{who}: {stake.outcome}"
    size = f"{abs(stake.change):.4g}" if math.isnan(stake.relative) else f"{abs(stake.relative):.1%}"
    verb = stake.outcome.removesuffix("s") if who == "users" else stake.outcome
    return f"{who} {verb} {size}"


def _signed(stake: Stake) -> str:
    """What a segment gains, without a verb: its name may be singular or plural."""
    if stake.outcome in ("unknown", "unchanged"):
        return stake.outcome
    size = f"{stake.change:+.4g}" if math.isnan(stake.relative) else f"{stake.relative:+.1%}"
    return size.replace("-", "−")
