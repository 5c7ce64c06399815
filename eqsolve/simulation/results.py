"""Results of simulations, beside what the solver says."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsolve._version import __version__
from eqsolve.params import Params
from eqsolve.provenance import Provenance, number, provenance
from eqsolve.simulation.draws import Array
from eqsolve.simulation.rounds import QUANTITIES
from eqsolve.simulation.settings import Settings
from eqsolve.simulation.theory import Prediction, Theory
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIMULATION_SCHEMA = "eqsolve/simulation/1"
CONVERGENCE_SCHEMA = "eqsolve/convergence/1"


@dataclass(frozen=True, eq=False)
class Simulation(ByValue):
    """Paths of a simulated platform (R replications, T rounds after the start).

    Attributes:
        params, regime, users, settings, version: the question.
        theory: the choice that was simulated, and the equilibria there.
        paths: N, rho (nan before the first ratings), CS, mean and variance of outputs by name, and the
            participation of each segment (nan without users), (R, T + 1) each; round 0 is the start.
        histograms: density of the outputs that the last ratings were about, in equal bins, (R, bins).
    """

    params: Params = field(repr=False)
    regime: str
    users: int
    settings: Settings
    theory: Theory = field(repr=False)
    paths: Mapping[str, Array] = field(repr=False)
    histograms: Array = field(repr=False)
    version: str = __version__

    @property
    def expected(self) -> Prediction:
        """The equilibrium to which adjustment leads from the start."""
        return self.theory.equilibria[self.theory.expected(self.settings.start)]

    @property
    def reached(self) -> NDArray[np.intp]:
        """Number of the equilibrium that each replication is closest to at the end, (R,)."""
        names = [name for name in self.paths if name not in ("feedback_quality", "user_surplus")]
        ends = np.stack([self.paths[name][:, -1] for name in names], axis=1)
        targets = np.array([[each.quantities[name] for name in names] for each in self.theory.equilibria])
        return np.asarray(np.nansum(np.square(ends[:, None] - targets), axis=2).argmin(axis=1))

    @property
    def left_empty(self) -> NDArray[np.bool_]:
        """Replications whose users leave nobody to begin with though the equilibrium is not empty, (R,)."""
        nobody = ~self.paths["participation"].any(axis=1)
        return np.asarray(nobody & (self.expected.quantities["participation"] > 0))

    def mean(self, name: str) -> Array:
        """Mean over replications of a quantity in each round, (T + 1,)."""
        return np.asarray(self.paths[name].mean(axis=0))

    def standard_error(self, name: str) -> Array:
        """Standard error of that mean; nan for one replication, (T + 1,)."""
        return _standard_error(self.paths[name])

    def table(self) -> dict[str, Array]:
        """Flat columns: a row for each round and quantity."""
        rounds = np.arange(self.settings.rounds + 1)
        target = self.expected.quantities
        return {
            "round": np.repeat(rounds, len(self.paths)),
            "quantity": np.tile(np.array(list(self.paths)), rounds.size),
            "simulated": np.stack([self.mean(name) for name in self.paths], axis=1).ravel(),
            "standard_error": np.stack([self.standard_error(name) for name in self.paths], axis=1).ravel(),
            "equilibrium": np.tile(np.array([target[name] for name in self.paths]), rounds.size),
        }

    @property
    def provenance(self) -> Provenance:
        """How it came about."""
        return _provenance(self, (self.users,))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names; what is not finite becomes None."""
        whole = _question(self, SIMULATION_SCHEMA) | {
            "users": self.users,
            "expected": self.theory.expected(self.settings.start),
            "reached": self.reached,
            "rounds": {
                name: {"mean": self.mean(name), "standard_error": self.standard_error(name)}
                for name in self.paths
            },
            "histogram": self.histograms.mean(axis=0),
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON; numbers read back to the same double."""
        return to_json(self.to_dict())

    def to_csv(self) -> str:
        """Return `table()` as CSV, after comments on how it came about; what is not finite is left empty."""
        return self.provenance.comment() + _csv(self.table())

    def plot(self, ax: Axes | None = None) -> Figure:
        """Draw the rounds beside the equilibrium; those of participation into `ax` if given."""
        from eqsolve.simulation.figure import path_figure

        return path_figure(self, ax)


@dataclass(frozen=True, eq=False)
class Convergence(ByValue):
    """Deviations from the equilibrium after the last round, by the number of users (S sizes).

    Attributes:
        params, regime, sizes, settings, version: the question; `sizes` has the numbers of users.
        theory: the choice that was simulated, and the equilibria there.
        ends: quantities after the last round, by name, (S, R) each.
    """

    params: Params = field(repr=False)
    regime: str
    sizes: tuple[int, ...]
    settings: Settings
    theory: Theory = field(repr=False)
    ends: Mapping[str, Array] = field(repr=False)
    version: str = __version__

    @property
    def expected(self) -> Prediction:
        """The equilibrium to which adjustment leads from the start."""
        return self.theory.equilibria[self.theory.expected(self.settings.start)]

    def deviations(self, name: str) -> Array:
        """Simulated less equilibrium, (S, R)."""
        return np.asarray(self.ends[name] - self.expected.quantities[name])

    def bias(self, name: str) -> Array:
        """Mean deviation at each size, (S,)."""
        return np.asarray(self.deviations(name).mean(axis=1))

    def bias_error(self, name: str) -> Array:
        """Standard error of the bias; nan for one replication, (S,)."""
        return _standard_error(self.deviations(name).T)

    def rms(self, name: str) -> Array:
        """Root mean square deviation at each size, (S,)."""
        return np.asarray(np.sqrt(np.square(self.deviations(name)).mean(axis=1)))

    def rms_error(self, name: str) -> Array:
        """Standard error of the root mean square, to first order; nan for one replication, (S,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(_standard_error(np.square(self.deviations(name)).T) / (2.0 * self.rms(name)))

    @property
    def left_empty(self) -> NDArray[np.bool_]:
        """Replications that end with nobody though the equilibrium is not empty, (S, R)."""
        nobody = self.ends["participation"] == 0.0
        return np.asarray(nobody & (self.expected.quantities["participation"] > 0))

    def slope(self, name: str) -> tuple[float, float]:
        """Slope of log rms over log users and its standard error; nan for one size or if nothing varies."""
        rms, size = self.rms(name), np.log(self.sizes)
        if size.size < 2 or not (rms > 0).all():
            return np.nan, np.nan
        lever = (size - size.mean()) / np.square(size - size.mean()).sum()
        return float(lever @ np.log(rms)), float(np.linalg.norm(lever * self.rms_error(name) / rms))

    def table(self) -> dict[str, Array]:
        """Flat columns: a row for each size and quantity."""

        def column(values: Any) -> Array:
            return np.stack([values(name) for name in QUANTITIES], axis=1).ravel()

        def target(name: str) -> Array:
            return np.full(len(self.sizes), self.expected.quantities[name])

        return {
            "users": np.repeat(self.sizes, len(QUANTITIES)),
            "replications": np.full(len(self.sizes) * len(QUANTITIES), self.settings.replications),
            "quantity": np.tile(np.array(QUANTITIES), len(self.sizes)),
            "equilibrium": column(target),
            "bias": column(self.bias),
            "bias_standard_error": column(self.bias_error),
            "rms": column(self.rms),
            "rms_standard_error": column(self.rms_error),
        }

    @property
    def provenance(self) -> Provenance:
        """How it came about."""
        return _provenance(self, self.sizes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names; what is not finite becomes None."""
        whole = _question(self, CONVERGENCE_SCHEMA) | {
            "users": self.sizes,
            "expected": self.theory.expected(self.settings.start),
            "deviations": {
                name: {
                    "bias": self.bias(name),
                    "bias_standard_error": self.bias_error(name),
                    "rms": self.rms(name),
                    "rms_standard_error": self.rms_error(name),
                    "slope": self.slope(name)[0],
                    "slope_standard_error": self.slope(name)[1],
                }
                for name in QUANTITIES
            },
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON; numbers read back to the same double."""
        return to_json(self.to_dict())

    def to_csv(self) -> str:
        """Return `table()` as CSV, after comments on how it came about; what is not finite is left empty."""
        return self.provenance.comment() + _csv(self.table())

    def plot(self, ax: Axes | None = None) -> Figure:
        """Draw the deviations over the number of users, into `ax` if given."""
        from eqsolve.simulation.figure import convergence_figure

        return convergence_figure(self, ax)


def _provenance(result: Simulation | Convergence, sizes: tuple[int, ...]) -> Provenance:
    said = {name: value for name, value in asdict(result.settings).items() if value is not None}
    return provenance(
        "simulate",
        result.params,
        ("--regime", result.regime),
        ("--users", ",".join(map(str, sizes))),
        *(
            (f"--{name}", number(value) if isinstance(value, float) else value)
            for name, value in said.items()
        ),
        regimes=[result.regime],
        version=result.version,
    )


def _question(result: Simulation | Convergence, schema: str) -> dict[str, Any]:
    equilibria = [
        {
            **each.quantities,
            "stable": each.stable,
            "spectral_radius": each.spectral_radius,
            "starts": each.starts,
        }
        for each in result.theory.equilibria
    ]
    return {
        "schema": schema,
        "version": result.version,
        "provenance": result.provenance.to_dict(),
        "params": result.params.model_dump(mode="json"),
        "regime": result.regime,
        "settings": asdict(result.settings),
        "quality": result.theory.quality,
        "intensity": result.theory.intensity,
        "equilibria": equilibria,
    }


def _csv(table: Mapping[str, NDArray[Any]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    for row in zip(*(column.tolist() for column in table.values()), strict=True):
        writer.writerow(["" if value is None else value for value in strict(row)])
    return text.getvalue()


def _standard_error(values: Array) -> Array:
    """Standard error of the mean over the first axis."""
    count = len(values)
    if count < 2:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(count))
