"""The equilibrium of one game; it remembers the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from eqsolve.params.file import BINDING
from eqsolve.provenance import Provenance, number, provenance
from eqsolve.regimes import NOTHING, Fix, Regime, regime_of
from eqsolve.results.certificate import Certificate
from eqsolve.results.names import BY_SEGMENT, QUANTITIES, RESULT_SCHEMA_FILE, SCHEMA
from eqsolve.status import Status
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.params import Params


@dataclass(frozen=True, eq=False)
class SegmentOutcome(ByValue):
    """What one segment gets: participation N_j, user surplus CS_j, quality Q_j."""

    name: str
    participation: float
    user_surplus: float
    quality: float


@dataclass(frozen=True, eq=False)
class ParticipationEquilibrium(ByValue):
    """One of the participation equilibria at the platform's choice, and the starts that lead to it."""

    participation: float
    participation_by_segment: tuple[float, ...]
    feedback_quality: float
    mean_output: float
    stable: bool
    spectral_radius: float
    starts: tuple[str, ...]
    selected: bool


@dataclass(frozen=True, eq=False)
class FreeChoice(ByValue):
    """What would be chosen if nothing were fixed, what that pays to whoever chooses, and how sure that is."""

    quality: float
    intensity: float
    payoff: float
    status: Status

    @classmethod
    def of(cls, free: Equilibrium) -> FreeChoice:
        """Return the choice in an equilibrium in which nothing is fixed."""
        payoff = getattr(free, free.rules.objective)
        return cls(free.quality, free.intensity, payoff, free.certificate.status)


@dataclass(frozen=True, eq=False)
class Equilibrium(ByValue):
    """The equilibrium of one game with its certificate; symbols as in docs/model.md.

    Attributes:
        params, regime, selection, fix, version: the question.
        quality, intensity: q* and beta*.
        participation, feedback_quality: N, and rho (nan where beta* = 0).
        profit, revenue, training_cost, finetuning_cost: the platform's payoff and its parts, under a policy
            after transfers.
        user_surplus, welfare: CS, and profit + CS; transfers cancel in it.
        mean, variance, entropy, kl, direction: of the outputs that participants receive.
        segments: the same for every segment.
        certificate: the evidence.
        equilibria: participation equilibria, where they were asked for.
        free: what would be chosen if nothing were fixed; None where nothing is.
    """

    params: Params = field(repr=False)
    regime: str
    selection: str
    version: str
    quality: float
    intensity: float
    participation: float
    feedback_quality: float
    profit: float
    revenue: float
    training_cost: float
    finetuning_cost: float
    user_surplus: float
    welfare: float
    mean: float
    variance: float
    entropy: float
    kl: float
    direction: str
    segments: tuple[SegmentOutcome, ...]
    certificate: Certificate
    equilibria: tuple[ParticipationEquilibrium, ...] = ()
    fix: Fix = NOTHING
    free: FreeChoice | None = None

    @property
    def rules(self) -> Regime:
        """The regime as a record, which says who chooses, what is maximized and what is fixed."""
        return regime_of(self.regime, self.fix)

    @property
    def provenance(self) -> Provenance:
        """How it came about."""
        return provenance(
            "solve",
            self.params,
            ("--regime", self.regime),
            ("--fix", [f"{name}={number(value)}" for name, value in self.fix.to_dict().items()]),
            ("--all-equilibria", "" if self.equilibria else None),
            regimes=[self.regime],
            selection=self.selection,
            version=self.version,
        )

    @property
    def budget(self) -> float:
        """What the regulator receives less what it pays, which is welfare less profit and surplus."""
        return self.welfare - self.profit - self.user_surplus if self.params.policy else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names; what is not finite becomes None."""
        certificate = asdict(self.certificate)
        certificate["message"] = self.certificate.message
        certificate["regret"] = self.certificate.regret
        equilibrium: dict[str, Any] = {name: getattr(self, name) for name in (*QUANTITIES, "direction")}
        equilibrium["segments"] = [asdict(segment) for segment in self.segments]
        if self.params.policy:
            equilibrium["budget"] = self.budget
        if self.equilibria:
            equilibrium["equilibria"] = [asdict(each) for each in self.equilibria]
        whole = {
            BINDING: f"./{RESULT_SCHEMA_FILE}",
            "schema": SCHEMA,
            "version": self.version,
            "provenance": self.provenance.to_dict(),
            "params": self.params.model_dump(mode="json"),
            "regime": self.regime,
            "selection": self.selection,
            "fix": self.fix.to_dict(),
            "free": self.free and asdict(self.free),
            "equilibrium": equilibrium,
            "certificate": certificate,
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON; numbers read back to the same double."""
        return to_json(self.to_dict())

    def plot(self, ax: Axes | None = None, panels: Sequence[str] | str | None = None) -> Figure:
        """Draw the stages of the game, or the first of `panels` into `ax` (`eqsolve.figures`)."""
        from eqsolve.figures import equilibrium_figure

        return equilibrium_figure(self, panels, ax)

    def __str__(self) -> str:
        fixed = f", {self.fix} fixed" if self.fix else ""
        lines = [f"{self.regime} ({self.selection}{fixed}): {self.certificate.status}"]
        lines += [f"{name:17s} {getattr(self, name):.10g}" for name in QUANTITIES]
        lines.append(f"{'direction':17s} {self.direction}")
        for segment in self.segments:
            lines += [f"{f'{n}.{segment.name}':17s} {getattr(segment, n):.10g}" for n in BY_SEGMENT]
        return "\n".join(lines)
