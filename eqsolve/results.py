"""Results: one record for one game, columns for many; both remember the question."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from eqsolve._version import __version__
from eqsolve.errors import InputError
from eqsolve.params.file import BINDING, RESULT_SCHEMA
from eqsolve.provenance import Provenance, number, provenance
from eqsolve.regimes import NOTHING, Fix, Regime, regime_of
from eqsolve.status import Status
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.numerics.quadrature import Array
    from eqsolve.params import Params

SCHEMA = RESULT_SCHEMA
"""Name and version of the JSON layout."""

RESULT_SCHEMA_FILE = "result.schema.json"
"""What the JSON Schema of results (`eqsolve schema --of result`) is called beside them."""

QUANTITIES = (
    "quality", "intensity", "participation", "feedback_quality", "profit", "revenue", "training_cost",
    "finetuning_cost", "user_surplus", "welfare", "mean", "variance", "entropy", "kl",
)  # fmt: skip
"""Names of the quantities that every result, sweep and comparison shares."""

BY_SEGMENT = ("participation", "user_surplus", "quality")
"""Names of the quantities that are reported for every segment."""

EVIDENCE = (
    "residual", "regret_intensity", "regret_quality", "payoff_scale", "accounting", "accuracy",
    "runner_up_gap", "runner_up_quality", "runner_up_intensity", "equilibria_found", "spectral_radius",
)  # fmt: skip

MAXIMA = ("smooth", "kink", "jump", "bound", "fixed")
"""What the maximum over quality may be."""

AT_BOUND = 1e-9
"""A choice closer than this to a bound, as a share of its range, is at the bound."""


@dataclass(frozen=True, eq=False)
class SegmentOutcome(ByValue):
    """What one segment gets: participation N_j, user surplus CS_j, quality Q_j."""

    name: str
    participation: float
    user_surplus: float
    quality: float


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
        """The regime as a record: who chooses, what is maximized, what is fixed."""
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
        """What the regulator receives less what it pays under the policy: welfare less profit and surplus."""
        return self.welfare - self.profit - self.user_surplus if self.params.policy else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout of `SCHEMA`; what is not finite becomes None."""
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


def empty_columns(rows: int, segments: int) -> dict[str, Array]:
    """Columns for `rows` results that are not there yet: nan, failed."""
    table: dict[str, Any] = {name: np.full(rows, np.nan) for name in (*QUANTITIES, *EVIDENCE)}
    table |= {f"segment_{name}": np.full((rows, segments), np.nan) for name in BY_SEGMENT}
    table["equilibria_found"] = np.zeros(rows, dtype=np.intp)
    table["status"] = np.full(rows, Status.FAILED, dtype=object)
    for name in ("maximum", "basis", "runner_up"):
        table[name] = np.full(rows, "", dtype=object)
    table["direction"] = np.full(rows, "", dtype=object)
    table["break_quality"] = np.full((rows, 2), np.nan)
    table["break_kind"] = np.full((rows, 2), "", dtype=object)
    return table


def _missing(value: Any) -> bool:
    """Whether a cell has no value."""
    return value is None or value == "" or value != value


@dataclass(frozen=True, eq=False, repr=False)
class Equilibria(ByValue):
    """Equilibria of many games as columns; `.quality`, `.profit`, `.status`, ... are arrays, a row per game.

    A sequence of `Equilibrium`: it has a length, iterates, and takes indices and slices.

    Attributes:
        params: the games.
        regime, selection, fix: the question.
        columns: the columns by name; `segment_participation` and its like have a column per segment.
    """

    params: tuple[Params, ...]
    regime: str
    selection: str
    columns: Mapping[str, Array] = field(repr=False)
    fix: Fix = NOTHING
    version: str = __version__

    def __len__(self) -> int:
        return len(self.params)

    def __iter__(self) -> Iterator[Equilibrium]:
        return (self.row(i) for i in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Equilibrium: ...
    @overload
    def __getitem__(self, index: slice) -> Equilibria: ...
    def __getitem__(self, index: int | slice) -> Equilibrium | Equilibria:
        if isinstance(index, slice):
            columns = {name: column[index] for name, column in self.columns.items()}
            return replace(self, params=self.params[index], columns=columns)
        return self.row(range(len(self))[index])

    def __repr__(self) -> str:
        certified = int((self.columns["status"] == Status.CERTIFIED).sum())
        fixed = f", {self.fix} fixed" if self.fix else ""
        return (
            f"<Equilibria of {len(self):,} games: {certified:,} certified; regime {self.regime}, "
            f"selection {self.selection}{fixed}>"
        )

    def __getattr__(self, name: str) -> Array:
        columns = self.__dict__.get("columns", {})
        if name in columns:
            return np.asarray(columns[name])
        raise AttributeError(f"no column {name!r}: there are {', '.join(columns)}")

    def table(self) -> dict[str, Array]:
        """Return the flat columns that sweeps and comparisons share, by name, (n,) each.

        The quantities of `QUANTITIES`, direction, those of `BY_SEGMENT` as `participation.high`, then status,
        regret and equilibria_found.
        """
        cells = self.columns
        flat = {name: cells[name] for name in (*QUANTITIES, "direction")}
        for name in BY_SEGMENT:
            for j, segment in enumerate(self.params[0].users.segments):
                flat[f"{name}.{segment.name}"] = cells[f"segment_{name}"][:, j]
        evidence = {"status": cells["status"], "regret": self.regret}
        return flat | evidence | {"equilibria_found": cells["equilibria_found"]}

    def to_pandas(self) -> pandas.DataFrame:
        """Return a data frame, a row per game: the parameters that differ between games, then `table()`.

        Raises:
            InputError: if pandas is not installed.
        """
        from eqsolve.frames import frame_of
        from eqsolve.params.words import differing

        return frame_of({**differing(self.params), **self.table()})

    def plot(
        self,
        ax: Axes | None = None,
        x: str | None = None,
        y: Sequence[str] | str | None = None,
        z: Sequence[str] | str | None = None,
    ) -> Figure:
        """Draw them as a sweep over what differs between games (`eqsolve.sweeps.figures`).

        Parameters that only some of the games have, such as those of a law, are no axes.

        Raises:
            InputError: names that there are none of; games that differ in no parameter, or in several that
                are neither `x` nor `y`.
        """
        from eqsolve.params.words import differing
        from eqsolve.sweeps.figures import sweep_figure
        from eqsolve.sweeps.readers import Frame

        keys = {
            key: column for key, column in differing(self.params).items() if not any(map(_missing, column))
        }
        if not keys:
            raise InputError("there is nothing to draw: the games differ in no parameter")
        regime = np.full(len(self), self.regime, dtype=object)
        return sweep_figure(Frame({**keys, "regime": regime, **self.table()}), x, y, z, ax=ax)

    @property
    def regret(self) -> Array:
        """The larger of the two regrets, (n,)."""
        return np.fmax(self.columns["regret_intensity"], self.columns["regret_quality"])

    def row(self, i: int) -> Equilibrium:
        """Return row `i` as a record."""
        cells = {name: column[i] for name, column in self.columns.items()}
        params = self.params[i]
        segments = tuple(
            SegmentOutcome(s.name, *(float(cells[f"segment_{name}"][j]) for name in BY_SEGMENT))
            for j, s in enumerate(params.users.segments)
        )
        numbers: dict[str, Any] = {name: float(cells[name]) for name in QUANTITIES}
        return Equilibrium(
            params=params,
            regime=self.regime,
            selection=self.selection,
            fix=self.fix,
            version=self.version,
            **numbers,
            direction=str(cells["direction"]),
            segments=segments,
            certificate=_certificate(cells, _corners(cells, params, regime_of(self.regime, self.fix))),
        )


def _certificate(cells: Mapping[str, Any], corners: tuple[str, ...]) -> Certificate:
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
        corners=corners,
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
