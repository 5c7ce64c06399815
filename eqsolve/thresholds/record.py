"""Thresholds, each with the games beside it, as records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eqsolve._version import __version__
from eqsolve.provenance import Provenance, provenance
from eqsolve.results import QUANTITIES
from eqsolve.strictjson import strict, to_json
from eqsolve.thresholds.conditions import CONDITIONS
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.params import Params
    from eqsolve.results import Equilibrium

SCHEMA = "eqsolve/threshold/1"
"""Name and version of the JSON layout."""


@dataclass(frozen=True, eq=False)
class Crossing(ByValue):
    """A value at which a condition starts or stops to hold.

    Attributes:
        value: the threshold.
        below, above: the equilibria just beside it, at most `TOLERANCE` apart.
        below_value, above_value: their values of the parameter.
        holds_above: whether the condition holds above (and not below) or below (and not above).
        jump: whether the margin of the condition jumps there rather than passing through zero.
    """

    value: float
    below_value: float
    above_value: float
    holds_above: bool
    jump: bool
    below: Equilibrium = field(repr=False)
    above: Equilibrium = field(repr=False)

    @property
    def certified(self) -> bool:
        """Whether the equilibria on both sides are."""
        return self.below.certificate.status.certified and self.above.certificate.status.certified


@dataclass(frozen=True, eq=False)
class Threshold(ByValue):
    """All thresholds found in a range of one parameter.

    Attributes:
        params, key, condition, selection, version: the question.
        low, high: the range.
        crossings: the thresholds, in order.
        scanned: values at which the range was scanned; what happens twice between two of them may be missed.
        solves: equilibria computed.
        uncertified: scanned values whose equilibria are not certified.
    """

    params: Params = field(repr=False)
    key: str
    condition: str
    selection: str
    low: float
    high: float
    crossings: tuple[Crossing, ...]
    scanned: int
    solves: int
    uncertified: int
    version: str = __version__

    @property
    def values(self) -> tuple[float, ...]:
        """The thresholds."""
        return tuple(crossing.value for crossing in self.crossings)

    @property
    def certified(self) -> bool:
        """Whether every equilibrium beside a threshold is."""
        return all(crossing.certified for crossing in self.crossings)

    @property
    def provenance(self) -> Provenance:
        """How they came about."""
        return provenance(
            "threshold",
            self.params,
            ("--of", self.key),
            ("--where", self.condition),
            ("--range", f"{self.low!r}:{self.high!r}"),
            selection=self.selection,
            version=self.version,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names."""
        whole = {
            "schema": SCHEMA,
            "version": self.version,
            "provenance": self.provenance.to_dict(),
            "params": self.params.model_dump(mode="json"),
            "of": self.key,
            "where": self.condition,
            "selection": self.selection,
            "range": [self.low, self.high],
            "scanned": self.scanned,
            "solves": self.solves,
            "uncertified": self.uncertified,
            "thresholds": [_crossing_dict(crossing) for crossing in self.crossings],
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())

    def plot(self, ax: Axes | None = None) -> Figure:
        """Draw the range and the games beside each threshold; the range alone into `ax` if given."""
        from eqsolve.threshold_figure import threshold_figure

        return threshold_figure(self.to_dict(), ax)

    def __str__(self) -> str:
        words = CONDITIONS[self.condition].words
        sides = (f"{c.value:.10g} ({'above' if c.holds_above else 'below'})" for c in self.crossings)
        return f"{words} where {self.key} crosses {', '.join(sides)}"


def _crossing_dict(crossing: Crossing) -> dict[str, Any]:
    sides = {
        side: {
            "value": value,
            **{name: getattr(equilibrium, name) for name in (*QUANTITIES, "direction")},
            "status": equilibrium.certificate.status,
            "regret": equilibrium.certificate.regret,
        }
        for side, value, equilibrium in (
            ("below", crossing.below_value, crossing.below),
            ("above", crossing.above_value, crossing.above),
        )
    }
    return {"value": crossing.value, "holds": "above" if crossing.holds_above else "below",
            "jump": crossing.jump, **sides}  # fmt: skip
