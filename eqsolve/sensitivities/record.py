"""What `sensitivity` returns: a slope for every parameter and quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from eqsolve._version import __version__
from eqsolve.provenance import Provenance, provenance
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.params import Params
    from eqsolve.results import Equilibrium

SCHEMA = "eqsolve/sensitivity/1"
"""Name and version of the JSON layout."""

MEASURED = ("quality", "intensity", "participation", "profit", "user_surplus")
"""q*, beta*, N, profit and CS: the quantities that are differentiated."""

ZERO = 1e-9
"""Slopes that would change a quantity by less than this, were the parameter to double, are zero."""

Kind = Literal["smooth", "kink", "one-sided", "jump"]


@dataclass(frozen=True, eq=False)
class Slope(ByValue):
    """How one quantity moves with one parameter at a game.

    Attributes:
        kind: "smooth"; "kink" (the derivatives to the left and to the right differ); "one-sided" (the
            parameter is at a bound of its range, or the branch ends on one side); "jump" (it ends on both).
        value: the derivative, or the one-sided derivative if there is only one; nan at a kink or jump.
        error: estimate of its error; at a kink the larger of both.
        left, right: one-sided derivatives; nan where there is none.
        elasticity: relative change of the quantity per relative change of the parameter; nan if either is 0.
        sign: "+", "-", "0", at a kink as in "-|+", or "?" where the error is larger than the slope.
    """

    kind: Kind
    value: float
    error: float
    left: float
    right: float
    elasticity: float
    sign: str


def sign_of(slope: float, error: float, scale: float) -> str:
    """The sign of a slope in a parameter whose values are of size `scale`."""
    if not isfinite(slope):
        return "?"
    if abs(slope) * scale <= ZERO and error * scale <= ZERO:
        return "0"
    if abs(slope) <= error:
        return "?"
    return "+" if slope > 0 else "-"


@dataclass(frozen=True, eq=False)
class Sensitivity(ByValue):
    """Derivatives of an equilibrium in every numeric parameter, along its branch.

    Attributes:
        params, regime, selection, version: the question.
        equilibrium: the equilibrium itself.
        values: the parameters, by key.
        slopes: by key, then by the name of the quantity.
        notes: what is special, in sentences: corners, kinks, bounds, where the branch ends.
        solves: equilibria computed.
    """

    params: Params = field(repr=False)
    regime: str
    selection: str
    equilibrium: Equilibrium = field(repr=False)
    values: Mapping[str, float]
    slopes: Mapping[str, Mapping[str, Slope]] = field(repr=False)
    notes: tuple[str, ...]
    solves: int
    version: str = __version__

    @property
    def error(self) -> float:
        """The largest error estimate of any slope."""
        errors = [slope.error for row in self.slopes.values() for slope in row.values()]
        return max(filter(isfinite, errors), default=0.0)

    @property
    def provenance(self) -> Provenance:
        """How they came about."""
        return provenance(
            "sensitivity",
            self.params,
            ("--regime", self.regime),
            regimes=[self.regime],
            selection=self.selection,
            version=self.version,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names; what is not finite becomes None."""
        whole = {
            "schema": SCHEMA,
            "version": self.version,
            "provenance": self.provenance.to_dict(),
            "params": self.params.model_dump(mode="json"),
            "regime": self.regime,
            "selection": self.selection,
            "status": self.equilibrium.certificate.status,
            "solves": self.solves,
            "quantities": {name: getattr(self.equilibrium, name) for name in MEASURED},
            "sensitivities": [
                {"key": key, "value": self.values[key], **{name: vars(slope) for name, slope in row.items()}}
                for key, row in self.slopes.items()
            ],
            "notes": self.notes,
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())

    def plot(self, ax: Axes | None = None, quantities: Sequence[str] | str | None = None) -> Figure:
        """Draw the slopes of quantities, all if left out; of the first into `ax` if given."""
        from eqsolve.sensitivities.figure import sensitivity_figure

        return sensitivity_figure(self.to_dict(), quantities, ax)

    def __str__(self) -> str:
        width = max(map(len, self.slopes))
        lines = [" ".join([f"{'d / d':{width}s}", *(f"{name:>14s}" for name in MEASURED)])]
        for key, row in self.slopes.items():
            cells = (f"{row[name].value:14.6g}" for name in MEASURED)
            lines.append(" ".join([f"{key:{width}s}", *cells]))
        return "\n".join([*lines, *self.notes])
