"""Whether to fine-tune: the better of two plans, and what comes second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.games import Games
from eqsolve.game.payoffs import payoff_scale
from eqsolve.game.stages import Plan
from eqsolve.numerics.maxima import ACCURACY
from eqsolve.numerics.quadrature import Array

TIE = ACCURACY.tie
"""Payoffs closer than this share of the payoff scale are a tie."""

SAME_QUALITY = 1e-9
"""Qualities closer than this are one."""


@dataclass(frozen=True)
class Decision:
    """The choice of each game's platform and the runner-up, (R,) each.

    Attributes:
        quality, intensity, payoff: the choice, and the objective there with F paid.
        kind: what the maximum is over quality: "smooth", "kink", "jump" or "bound".
        runner_up, runner_up_quality, runner_up_intensity: the best of the other local maxima; nan without one.
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
    tie = np.abs(gain) <= TIE * scale
    return np.asarray(np.where(tie, tuned < untuned - SAME_QUALITY, gain > 0.0))


def choose_plan(games: Games, plans: Mapping[bool, Plan]) -> Decision:
    """Choose the better plan; on a tie the lower quality, and at equal quality no fine-tuning."""
    size, scale = len(games), payoff_scale(games)
    payoff = {tune: plan.peaks.height - (games.cost if tune else 0.0) for tune, plan in plans.items()}
    if len(plans) == 1:
        ((tune, _),) = plans.items()
        adopt = np.full(size, tune)
    else:
        gain = payoff[True] - payoff[False]
        adopt = fine_tunes(gain, scale, plans[True].peaks.x, plans[False].peaks.x)
        adopt &= plans[True].intensity > 0.0

    def chosen(of: str, which: NDArray[np.bool_]) -> NDArray[np.generic]:
        columns = [
            plan.intensity if of == "intensity" else getattr(plan.peaks, of) for plan in plans.values()
        ]
        return np.stack(columns)[_number(plans, which), np.arange(size)]

    best = np.stack(list(payoff.values()))[_number(plans, adopt), np.arange(size)]
    own = chosen("other_height", adopt) - np.where(adopt, games.cost, 0.0)
    second, quality = own, chosen("other_x", adopt)
    intensity, kind = chosen("intensity", adopt), np.where(np.isfinite(own), "other basin", "")
    if len(plans) == 2:
        other = np.stack([payoff[True], payoff[False]])[adopt.astype(np.intp), np.arange(size)]
        better = ~(second >= other)
        second, kind = np.where(better, other, second), np.where(better, "other plan", kind)
        quality = np.where(better, chosen("x", ~adopt), quality)
        intensity = np.where(better, chosen("intensity", ~adopt), intensity)
    return Decision(
        chosen("x", adopt), chosen("intensity", adopt), best, chosen("kind", adopt).astype(object),
        second, quality, np.where(np.isfinite(second), intensity, np.nan), kind.astype(object),
    )  # fmt: skip


def _number(plans: Mapping[bool, Plan], tune: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The number of the plan that each game follows."""
    return np.where(tune & (len(plans) > 1), 1, 0)
