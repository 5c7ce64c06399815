"""The evidence that a result is an equilibrium, as a record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eqsolve.regimes import Regime
from eqsolve.status import Status
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from eqsolve.params import Params

AT_BOUND = 1e-9
"""A choice closer than this to a bound, as a share of its range, is at the bound."""


@dataclass(frozen=True, eq=False)
class Regrets(ByValue):
    """Best deviation gains found: in intensity at q*, in quality along beta*(q)."""

    intensity: float
    quality: float


RUNNERS_UP = {"other basin": "another local maximum", "other plan": "the other plan"}
"""What a runner-up is: a maximum under the same plan for stage 2, or the best choice under the other."""


@dataclass(frozen=True, eq=False)
class RunnerUp(ByValue):
    """The best choice beside the one that is made.

    Attributes:
        kind: "another local maximum" (over quality, under the plan that is followed) or "the other plan" (the
            best choice without fine-tuning if the platform fine-tunes, and the reverse).
        quality, intensity: where it is.
        gap: what it pays less.
    """

    kind: str
    quality: float
    intensity: float
    gap: float


BREAKS = {
    "entry": "users take part without fine-tuning from",
    "kink": "participation has a kink at",
    "jump": "participation jumps at",
}
"""What a break of participation over quality may be, before the quality."""


@dataclass(frozen=True, eq=False)
class Break(ByValue):
    """A quality at which participation is not smooth, at the intensity that is chosen.

    Attributes:
        kind: "entry", "kink" or "jump".
        quality: where.
    """

    kind: str
    quality: float


@dataclass(frozen=True, eq=False)
class Certificate(ByValue):
    """The evidence that a result is an equilibrium (docs/model.md, Certificate).

    Attributes:
        status: the verdict; its message advises.
        basis: why no other quality pays more: "bound" (participation rises with quality, which bounds what
            each interval of qualities can pay) or "curve" (participation curves, checked at fresh points).
        accuracy: how far N and CS at fresh points were off the curves.
        residual: change of N, rho and r(y) under the users' best response, on an independent grid.
        regrets: the platform's best deviation gains, in payoff units.
        payoff_scale: what regrets are judged against, max(r, k / n).
        accounting: largest error of the accounting identities.
        runner_up: the best of the other local maxima; None where there is none.
        equilibria_found: distinct participation equilibria at the platform's choice.
        stable: whether best-response adjustment returns to the chosen participation equilibrium.
        spectral_radius: largest real part of the spectrum of the best-response map; stable below 1.
        maximum: "smooth", "kink", "jump" or "bound"; "fixed" where the quality is.
        breaks: the nearest breaks of participation below (or at) and above the quality, as far as they can
            matter to the choice; what is too far off to win is not looked at closely.
        corners: choices at a bound, in words.
    """

    status: Status
    basis: str
    accuracy: float
    residual: float
    regrets: Regrets
    payoff_scale: float
    accounting: float
    runner_up: RunnerUp | None
    equilibria_found: int
    stable: bool
    spectral_radius: float
    maximum: str
    breaks: tuple[Break, ...]
    corners: tuple[str, ...]

    @property
    def message(self) -> str:
        """What the status means and what to do."""
        return self.status.message

    @property
    def regret(self) -> float:
        """The larger of the two regrets."""
        return max(self.regrets.intensity, self.regrets.quality)

    @property
    def runner_up_gap(self) -> float:
        """What the runner-up pays less; nan where there is none."""
        return self.runner_up.gap if self.runner_up else math.nan


def certificate_of(cells: Mapping[str, Any], params: Params, regime: Regime) -> Certificate:
    """The certificate that a row of columns holds."""
    spectral = float(cells["spectral_radius"])
    return Certificate(
        status=Status(cells["status"]),
        basis=str(cells["basis"]),
        accuracy=float(cells["accuracy"]),
        residual=float(cells["residual"]),
        regrets=Regrets(float(cells["regret_intensity"]), float(cells["regret_quality"])),
        payoff_scale=float(cells["payoff_scale"]),
        accounting=float(cells["accounting"]),
        runner_up=_runner_up(cells),
        equilibria_found=int(cells["equilibria_found"]),
        stable=spectral < 1.0,
        spectral_radius=spectral,
        maximum=str(cells["maximum"]),
        breaks=tuple(
            Break(kind, float(place))
            for kind, place in zip(cells["break_kind"], cells["break_quality"], strict=True)
            if kind
        ),
        corners=_corners(cells, params, regime),
    )


def _runner_up(cells: Mapping[str, Any]) -> RunnerUp | None:
    if not cells["runner_up"]:
        return None
    numbers = (float(cells[f"runner_up_{name}"]) for name in ("quality", "intensity", "gap"))
    return RunnerUp(RUNNERS_UP[cells["runner_up"]], *numbers)


def _corners(cells: Mapping[str, Any], params: Params, regime: Regime) -> tuple[str, ...]:
    """Choices that lie at a bound, in words."""
    strength, floor = params.policy.strongest(params.finetuning.strength), params.policy.quality_floor
    free = params.finetuning.choice == "continuous" and not regime.imposed
    chosen = regime.quality is None
    at_bound = {
        "quality = 0": chosen and not floor and cells["quality"] <= AT_BOUND,
        "quality = floor": chosen and floor > 0.0 and cells["quality"] <= floor + AT_BOUND,
        "quality = 1": chosen and cells["quality"] >= 1.0 - AT_BOUND,
        "intensity = strength": free and strength > 0.0 and cells["intensity"] >= strength * (1.0 - AT_BOUND),
    }
    return tuple(words for words, holds in at_bound.items() if holds)
