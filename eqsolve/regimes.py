"""Regimes: who chooses what, and what is fixed from outside (docs/model.md, Regimes).

A regime is a frozen record; whatever depends on who chooses asks the record, never its name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from numbers import Real
from typing import Any, Literal

from eqsolve.arguments import shown
from eqsolve.errors import InputError, nearest

RegimeName = Literal["none", "forced", "endogenous", "planner"]

CHOICES = {"quality": 1.0, "intensity": 1000.0}
"""The choices that can be fixed, and the largest value of each; the smallest is 0."""


OF_INTENSITY = ("finetuning-cap", "finetuning-tax")
"""The instruments of a policy that move the choice of intensity; all others move that of quality."""


@dataclass(frozen=True)
class Fix:
    """Choices that are fixed from outside: initial quality q, intensity beta; None is chosen."""

    quality: float | None = None
    intensity: float | None = None

    def __bool__(self) -> bool:
        return bool(self.to_dict())

    def __str__(self) -> str:
        return ", ".join(f"{name} = {value:g}" for name, value in self.to_dict().items())

    def to_dict(self) -> dict[str, float]:
        """Return what is fixed, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


NOTHING = Fix()
"""Every choice is made inside the game."""

Fixed = Mapping[str, float] | Fix | None
"""What is fixed as a caller may say it: {"quality": 0.6}."""


@dataclass(frozen=True)
class Regime:
    """Who chooses what.

    Attributes:
        name: what it is called.
        tune: plans for stage 2 that are allowed: not to fine-tune, to fine-tune.
        welfare: whether welfare is maximized instead of profit.
        quality: the initial quality, if it is fixed.
        intensity: the intensity of fine-tuning, if it is fixed; infinity is a game's full strength.
        words: who chooses, in words.
    """

    name: str
    tune: tuple[bool, ...]
    welfare: bool = False
    quality: float | None = None
    intensity: float | None = None
    words: str = ""

    @property
    def fix(self) -> Fix:
        """What is fixed from outside, beyond what the regime itself fixes."""
        own = self.intensity == REGIMES[self.name].intensity
        return Fix(self.quality, None if own else self.intensity)

    @property
    def objective(self) -> str:
        """The quantity that is maximized."""
        return "welfare" if self.welfare else "profit"

    @property
    def imposed(self) -> bool:
        """Whether the intensity is fixed, so that it does not matter what it could be chosen from."""
        return self.intensity is not None

    def admit(self, instruments: Iterable[str]) -> None:
        """Raise InputError unless these instruments of a policy can move who chooses in this regime.

        Where nobody chooses anything, as quality and intensity are fixed, a policy is a matter of accounts.
        """
        if self.quality is not None and self.fix.intensity is not None:
            return
        why = ""
        problems = []
        for name in dict.fromkeys(instruments):
            if self.welfare:
                why = f"regime {self.name} needs no policy, since it maximizes welfare"
            elif name in OF_INTENSITY and self.imposed:
                why = (
                    "the intensity is fixed"
                    if self.fix.intensity is not None
                    else f"regime {self.name} fixes it"
                )
            elif name not in OF_INTENSITY and self.quality is not None:
                why = "the quality is fixed"
            else:
                continue
            problems.append(f"policy {name} cannot bind: {why}")
        if problems:
            raise InputError(*problems)

    def strength(self, most: Any) -> Any:
        """The intensity of who fine-tunes if it is fixed, or else its bound, given beta_max (any shape)."""
        fixed = self.fix.intensity
        return fixed + 0.0 * most if fixed else most

    def require(self, strengths: Iterable[float]) -> None:
        """Raise InputError unless a fixed intensity suits games of these strengths beta_max."""
        beta, regime = self.fix.intensity, REGIMES[self.name]
        if beta is None:
            return
        strengths = {*strengths}
        least = min(strengths, default=beta)
        if beta > least:
            raise InputError(
                f"fix intensity = {beta:g} is out of range: expected a number >= 0 and <= {least:g}, "
                "the game's finetuning.strength"
            )
        if regime.imposed and strengths - {beta}:
            raise InputError(_against(regime, beta))


REGIMES = {
    regime.name: regime
    for regime in (
        Regime("none", (False,), intensity=0.0, words="no fine-tuning"),
        Regime("forced", (True,), intensity=math.inf, words="fine-tuning imposed"),
        Regime("endogenous", (False, True), words="the platform decides"),
        Regime("planner", (False, True), welfare=True, words="a planner decides"),
    )
}
"""Every regime of docs/model.md by its name."""

LAISSEZ_FAIRE, PLANNER = REGIMES["endogenous"], REGIMES["planner"]
"""What a policy is compared with."""


def regime_of(name: str, fix: Fixed = None) -> Regime:
    """Return the regime of a name, with choices fixed.

    Raises:
        InputError: with everything that is wrong: an unknown regime, an unknown choice, a value out of its
            range or one that the regime excludes. What depends on a game is left to `Regime.require`.
    """
    problems = [] if name in REGIMES else [f"unknown regime {name!r}: {nearest(name, REGIMES)}"]
    fixed = NOTHING
    try:
        fixed = read_fix(fix)
    except InputError as error:
        problems += map(str, error.problems)
    if problems:
        raise InputError(*problems)
    regime, beta = replace(REGIMES[name], quality=fixed.quality), fixed.intensity
    if beta is None or beta == regime.intensity:
        return regime
    if regime.intensity is not None and math.isfinite(regime.intensity):
        raise InputError(_against(regime, beta))
    return replace(regime, intensity=beta, tune=(beta > 0,))


def read_fix(fix: Mapping[str, object] | Fix | None) -> Fix:
    """Return what is fixed as a record.

    Raises:
        InputError: unknown choices, values that are no numbers in range.
    """
    given: object = fix.to_dict() if isinstance(fix, Fix) else {} if fix is None else fix
    if not isinstance(given, Mapping):
        raise InputError(f'fix = {shown(fix)}: expected choices by name, such as {{"quality": 0.6}}')
    problems, fixed = [], {}
    for name, value in given.items():
        if name not in CHOICES:
            problems.append(f"fix {name}: unknown choice: {nearest(str(name), CHOICES)}")
            continue
        expected = f"expected a number >= 0 and <= {CHOICES[name]:g}"
        if isinstance(value, bool) or not isinstance(value, Real):
            problems.append(f"fix {name} = {shown(value)}: {expected}")
        elif not _within(value, CHOICES[name]):
            problems.append(f"fix {name} = {shown(value)} is out of range: {expected}")
        else:
            fixed[name] = float(value)
    if problems:
        raise InputError(*problems)
    return Fix(**fixed)


def _within(value: Any, most: float) -> bool:
    return bool(0.0 <= value <= most)


def _against(regime: Regime, beta: float) -> str:
    own = regime.intensity
    fixed = "finetuning.strength" if own is None or math.isinf(own) else f"{own:g}"
    return f"fix intensity = {beta:g}: regime {regime.name} fixes it at {fixed}: expected another regime"
