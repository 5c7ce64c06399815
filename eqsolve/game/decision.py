"""Whether to fine-tune: the better of two plans, and what comes second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.games import Games
from eqsolve.game.payoffs import fixed_cost, payoff_scale
from eqsolve.game.stages import Plan
from eqsolve.numerics.objectives import ACCURACY
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

Entry = TypeVar("Entry", np.float64, np.object_)

TIE = ACCURACY.tie
"""Payoffs closer than this share of the payoff scale are a tie."""

SAME_QUALITY = 1e-9
"""Qualities closer than this are one."""


@record
class Decision:
    """The choice of each game's platform and the runner-up, (R,) each.

    Attributes:
        quality, intensity, payoff: the choice, and the objective there with F paid.
        kind: what the maximum is over quality: "smooth", "kink", "jump" or "bound".
        runner_up, runner_up_quality, runner_up_intensity: the best other local maximum; nan without one.
        runner_up_kind: "other plan", or "other basin" of the same plan.
    """

    quality: Array
    intensity: Array
    payoff: Array
    kind: NDArray[np.object_]
    runner_up: Array
    runner_up_quality: Array
    runner_up_intensity: Array
    runner_up_kind: NDArray[np.object_]


def fine_tunes(gain: Array, scale: Array, tuned: Array, untuned: Array) -> NDArray[np.bool_]:
    """Whether it is chosen to fine-tune, elementwise.

    What pays more is chosen; on a tie the lower quality, at equal quality not to fine-tune (docs/model.md,
    Stages 2 and 1).

    Args:
        gain: payoff with fine-tuning, F paid, less payoff without.
        scale: what payoffs are compared with.
        tuned, untuned: the best quality with and without fine-tuning.
    """
    return lead(gain, scale, tuned, untuned) > 0.0


def lead(gain: Array, scale: Array, tuned: Array, untuned: Array) -> Array:
    """By how much fine-tuning is preferred; `fine_tunes`, with the same arguments, asks whether it is at all.

    It is the gain, moved by what counts as a tie.
    """
    cheaper = tuned < untuned - SAME_QUALITY
    return np.asarray(gain + np.where(cheaper, TIE, -TIE) * scale)


def choose_plan(games: Games, plans: Mapping[bool, Plan]) -> Decision:
    """Choose the better plan; on a tie the lower quality, and at equal quality no fine-tuning.

    Args:
        games: the games, R rows.
        plans: the best choices without (False) and with (True) fine-tuning, or one of both.
    """
    every = np.arange(len(games))
    place = {tune: plan.peaks.x for tune, plan in plans.items()}
    intensity = {tune: plan.intensity for tune, plan in plans.items()}
    cost = {tune: fixed_cost(games, every, plan.intensity) for tune, plan in plans.items()}
    payoff = {tune: plan.peaks.height - cost[tune] for tune, plan in plans.items()}
    adopt = np.full(len(games), True in plans)
    if len(plans) == 2:
        adopt = fine_tunes(payoff[True] - payoff[False], payoff_scale(games), place[True], place[False])
        adopt &= intensity[True] > 0.0
    basin = _under(adopt, {tune: plan.peaks.other_height - cost[tune] for tune, plan in plans.items()})
    second = {
        "payoff": basin,
        "quality": _under(adopt, {tune: plan.peaks.other_x for tune, plan in plans.items()}),
        "intensity": np.where(np.isfinite(basin), _under(adopt, intensity), np.nan),
    }
    kind = np.where(np.isfinite(basin), "other basin", "").astype(object)
    if len(plans) == 2:
        other = {"payoff": payoff, "quality": place, "intensity": intensity}
        rival = _under(~adopt, payoff)
        better = np.isfinite(rival) & ~(basin >= rival) & (adopt | (intensity[True] > 0.0))
        second = {name: np.where(better, _under(~adopt, other[name]), second[name]) for name in second}
        kind[better] = "other plan"
    return Decision(
        quality=_under(adopt, place),
        intensity=_under(adopt, intensity),
        payoff=_under(adopt, payoff),
        kind=_under(adopt, {tune: plan.peaks.kind.astype(object) for tune, plan in plans.items()}),
        runner_up=second["payoff"],
        runner_up_quality=second["quality"],
        runner_up_intensity=second["intensity"],
        runner_up_kind=kind,
    )


def _under(adopt: NDArray[np.bool_], values: Mapping[bool, NDArray[Entry]]) -> NDArray[Entry]:
    """Each game's entry under its plan, (R,); that of the only plan where there is but one."""
    if len(values) == 1:
        return next(iter(values.values()))
    return np.where(adopt, values[True], values[False])
