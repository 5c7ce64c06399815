"""Results of a regulator's choice: one record for an instrument, one for all instruments of a game."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eqsolve._version import __version__
from eqsolve.policies.instruments import INSTRUMENTS
from eqsolve.provenance import Provenance, provenance
from eqsolve.regimes import PLANNER
from eqsolve.results import Equilibrium
from eqsolve.status import Status
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.decomposition.record import Decomposition
    from eqsolve.params import Params

SCHEMA = "eqsolve/policy/1"
"""Name and version of the JSON layout."""

NO_GAP = 1e-9
"""A gap between laissez-faire and planner below this share of the scale is none."""


@dataclass(frozen=True, eq=False)
class PolicyCertificate(ByValue):
    """The evidence that no other value of the instrument is better (docs/policy.md, Certificate).

    Attributes:
        status: the verdict: that of the platform's certificate under the policy, `deviation_found` where a
            fresh value is better, `curve_not_confirmed` where one that is not certified might be.
        regret: the largest gain in welfare at a fresh value of the instrument.
        scale: what it is judged against: the larger of the payoff scale max(r, k / n) and S(1).
        checked, uncertified: fresh values, and how many of them are not certified.
        maximum: what the maximum over the instrument is: "smooth", "kink", "jump" or "bound".
    """

    status: Status
    regret: float
    scale: float
    checked: int
    uncertified: int
    maximum: str

    @property
    def message(self) -> str:
        """What the status means and what to do."""
        if self.status is Status.DEVIATION_FOUND:
            return (
                "The certificate found a better value of the instrument than the search did. Look at welfare "
                "over the instrument (--plot) and report the game."
            )
        return self.status.message


@dataclass(frozen=True, eq=False)
class Policy(ByValue):
    """The best value of one instrument, and what comes of it.

    Attributes:
        params, instrument, selection, version: the question.
        value: of the instrument; at its resting value the best is to do nothing.
        equilibrium: the platform's answer, with its certificate.
        laissez_faire, planner: the game without a policy, and what a planner would choose.
        certificate: the evidence.
    """

    params: Params = field(repr=False)
    instrument: str
    selection: str
    value: float
    equilibrium: Equilibrium = field(repr=False)
    laissez_faire: Equilibrium = field(repr=False)
    planner: Equilibrium = field(repr=False)
    certificate: PolicyCertificate
    version: str = __version__

    @property
    def welfare(self) -> float:
        """Welfare under the policy."""
        return self.equilibrium.welfare

    @property
    def gain(self) -> float:
        """Welfare above laissez-faire."""
        return self.welfare - self.laissez_faire.welfare

    @property
    def budget(self) -> float:
        """What the regulator receives less what it pays."""
        return self.equilibrium.budget

    @property
    def profit_before_transfers(self) -> float:
        """Profit with what the regulator pays taken out, and what it receives put back."""
        return self.equilibrium.profit + self.budget

    @property
    def gap_closed(self) -> float:
        """Share of the gap between laissez-faire and planner that is closed; nan where there is none."""
        gap = self.planner.welfare - self.laissez_faire.welfare
        return self.gain / gap if gap > NO_GAP * self.certificate.scale else math.nan

    @property
    def idle(self) -> bool:
        """Whether the best is to do nothing."""
        return not self.equilibrium.params.policy.binding(self.params.finetuning.strength)

    @property
    def at_limit(self) -> bool:
        """Whether it is the strongest that is looked at, and a stronger one might be better still."""
        return INSTRUMENTS[self.instrument].exhausted(self.params, self.value)

    @property
    def bans(self) -> bool:
        """Whether the platform gives up fine-tuning, which it would adopt, as under a ban."""
        return self.laissez_faire.intensity > 0.0 and self.equilibrium.intensity == 0.0

    @property
    def certified(self) -> bool:
        """Whether the policy, laissez-faire and the planner's choice all are."""
        beside = (self.laissez_faire, self.planner)
        return self.certificate.status.certified and all(e.certificate.status.certified for e in beside)

    @property
    def provenance(self) -> Provenance:
        """How it came about."""
        return provenance(
            "policy", self.params, ("--instrument", self.instrument),
            selection=self.selection, version=self.version,
        )  # fmt: skip

    @cached_property
    def change(self) -> Decomposition:
        """Who gains and loses against laissez-faire by segment and taste, and why (docs/decomposition.md)."""
        from eqsolve.decomposition.decompose import decompose

        return decompose(self.laissez_faire, self.equilibrium)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names; what is not finite becomes None."""
        return dict(
            strict(
                {
                    "schema": SCHEMA,
                    "version": self.version,
                    "params": self.params.model_dump(mode="json"),
                    "selection": self.selection,
                    **self._own(),
                    "laissez_faire": self.laissez_faire.to_dict(),
                    PLANNER.name: self.planner.to_dict(),
                }
            )
        )

    def _own(self) -> dict[str, Any]:
        """What this instrument does not share with others of the game."""
        solved = math.isfinite(self.equilibrium.quality) and math.isfinite(self.laissez_faire.quality)
        who = ("name", "change", "gaining", "losing", "gaining_tastes", "losing_tastes")
        segments = (
            [{name: getattr(each, name) for name in who} for each in self.change.segments] if solved else []
        )
        return {
            "instrument": self.instrument,
            "value": self.value,
            "welfare": self.welfare,
            "gain": self.gain,
            "gap_closed": self.gap_closed,
            "profit_before_transfers": self.profit_before_transfers,
            "budget": self.budget,
            "idle": self.idle,
            "bans": self.bans,
            "at_limit": self.at_limit,
            "segments": segments,
            "equilibrium": self.equilibrium.to_dict(),
            "certificate": {**asdict(self.certificate), "message": self.certificate.message},
        }

    def plot(self, ax: Axes | None = None) -> Figure:
        """Draw welfare over the instrument, into `ax` if given (`eqsolve.policies.figure`)."""
        from eqsolve.policies.figure import policy_figure

        return policy_figure(self, ax)

    def to_json(self) -> str:
        """Return strict JSON; numbers read back to the same double."""
        return to_json(self.to_dict())

    def __str__(self) -> str:
        names = ("value", "welfare", "gain", "gap_closed", "budget")
        lines = [f"{INSTRUMENTS[self.instrument].title}: {self.certificate.status}"]
        return "\n".join([*lines, *(f"{name:17s} {getattr(self, name):.10g}" for name in names)])


@dataclass(frozen=True, eq=False)
class Policies(ByValue):
    """Every instrument of a game at its best, side by side.

    Attributes:
        params, selection, version: the question.
        policies: one for each instrument asked for.
    """

    params: Params = field(repr=False)
    selection: str
    policies: tuple[Policy, ...]
    version: str = __version__

    def __iter__(self) -> Iterator[Policy]:
        return iter(self.policies)

    def __getitem__(self, instrument: str) -> Policy:
        return next(each for each in self.policies if each.instrument == instrument)

    @property
    def laissez_faire(self) -> Equilibrium:
        """The game without a policy."""
        return self.policies[0].laissez_faire

    @property
    def planner(self) -> Equilibrium:
        """What a planner would choose."""
        return self.policies[0].planner

    @property
    def provenance(self) -> Provenance:
        """How it came about."""
        return provenance("policy", self.params, selection=self.selection, version=self.version)

    @property
    def best(self) -> Policy:
        """The policy with the most welfare; the first of those that tie."""
        return max(self.policies, key=lambda each: each.welfare)

    @property
    def certified(self) -> bool:
        """Whether every policy is, with laissez-faire and the planner's choice."""
        return all(each.certified for each in self.policies)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names."""
        whole = self.policies[0].to_dict()
        shared = {key: whole[key] for key in ("schema", "version", "params", "selection")}
        beside = {key: whole[key] for key in ("laissez_faire", PLANNER.name)}
        return {**shared, **beside, "policies": [strict(each._own()) for each in self.policies]}

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())

    def __str__(self) -> str:
        sides = {"laissez-faire": self.laissez_faire, PLANNER.name: self.planner}
        lines = [f"{name:17s} {each.welfare:.10g}" for name, each in sides.items()]
        rows = (f"{each.instrument:17s} {each.welfare:.10g} at {each.value:.10g}" for each in self.policies)
        return "\n".join(["welfare", *lines, *rows])
