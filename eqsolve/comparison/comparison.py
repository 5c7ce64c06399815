"""Equilibria side by side: every quantity, its change from the first, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from eqsolve import arguments as read
from eqsolve._version import __version__
from eqsolve.comparison.quantities import Value, order, quantities
from eqsolve.comparison.verdict import Verdict, cause, judge
from eqsolve.equilibrium import solve
from eqsolve.errors import InputError
from eqsolve.provenance import Provenance, provenance
from eqsolve.results import Equilibrium
from eqsolve.selections import SelectionName
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCHEMA = "eqsolve/comparison/1"
"""Name and version of the JSON layout."""

ZERO = 1e-12
"""What is no larger is a rounding error."""


@dataclass(frozen=True, eq=False)
class Comparison(ByValue):
    """Equilibria side by side; the first is the reference.

    Attributes:
        names: what each is called, (m,).
        equilibria: the results, (m,).
    """

    names: tuple[str, ...]
    equilibria: tuple[Equilibrium, ...] = field(repr=False)

    @cached_property
    def values(self) -> dict[str, tuple[Value, ...]]:
        """Every quantity by name, (m,) each; None where one of the games has no such segment."""
        columns = [quantities(each) for each in self.equilibria]
        names = order({name for column in columns for name in column})
        return {name: tuple(column.get(name) for column in columns) for name in names}

    def difference(self, quantity: str) -> tuple[float, ...]:
        """Return value minus value of the reference, (m,); nan where there is no number.

        Raises:
            InputError: unknown quantity.
        """
        first, *_ = values = self._numbers(quantity)
        return tuple(value - first for value in values)

    def relative(self, quantity: str) -> tuple[float, ...]:
        """Return the difference as a share of the reference, (m,); nan where that is no number or 0.

        Raises:
            InputError: unknown quantity.
        """
        first = abs(self._numbers(quantity)[0])
        divisor = first if first > ZERO else math.nan
        return tuple(difference / divisor for difference in self.difference(quantity))

    def _numbers(self, quantity: str) -> tuple[float, ...]:
        if quantity not in self.values:
            raise InputError(f"unknown quantity {quantity!r}: expected one of {', '.join(self.values)}")
        return tuple(v if isinstance(v, float) else math.nan for v in self.values[quantity])

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Who gains and who loses from the reference to each of the others, (m - 1,)."""
        (name, reference), *others = zip(self.names, self.equilibria, strict=True)
        return tuple(judge(other, after, name, reference) for other, after in others)

    @cached_property
    def at_quality(self) -> tuple[Equilibrium | None, ...]:
        """Each of the others at the quality of the reference, its own intensity fixed, (m - 1,).

        None where it is another game, where nothing was solved, or where the quality is that already.
        """
        first, *others = self.equilibria
        return tuple(_at(first, each) for each in others)

    @property
    def causes(self) -> tuple[str, ...]:
        """By what users gain or lose, one sentence for each of the others; empty where it is not known."""
        first, *others = self.equilibria
        return tuple(cause(first, each, fixed) for each, fixed in zip(others, self.at_quality, strict=True))

    @property
    def shortfall(self) -> tuple[float, ...]:
        """Welfare that is missing to the planner's of the same game, (m,); nan where that is not compared."""
        most = {(each.params, each.fix): each.welfare for each in self.equilibria if each.rules.welfare}
        return tuple(most.get((each.params, each.fix), math.nan) - each.welfare for each in self.equilibria)

    @property
    def certified(self) -> bool:
        """Whether every equilibrium is."""
        return all(each.certificate.status.certified for each in self.equilibria)

    @property
    def provenance(self) -> Provenance | None:
        """How it came about, where it is one game under several regimes; None for several games."""
        first = self.equilibria[0]
        alike = all(
            (each.params, each.selection, each.fix) == (first.params, first.selection, first.fix)
            for each in self.equilibria
        )
        if not alike or first.fix:
            return None
        regimes = [each.regime for each in self.equilibria]
        return provenance(
            "compare", first.params, ("--regime", regimes), regimes=regimes, selection=first.selection
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names; what is not finite becomes None."""
        columns = [
            {
                "name": name,
                "params": each.params.model_dump(mode="json"),
                "regime": each.regime,
                "selection": each.selection,
                "fix": each.fix.to_dict(),
                "status": each.certificate.status,
                "equilibria_found": each.certificate.equilibria_found,
                "shortfall": shortfall,
            }
            for name, each, shortfall in zip(self.names, self.equilibria, self.shortfall, strict=True)
        ]
        table = {
            name: {"values": values, "difference": self.difference(name), "relative": self.relative(name)}
            for name, values in self.values.items()
        }
        verdicts = [
            {
                "name": verdict.name,
                "reference": verdict.reference,
                "stakes": [
                    {"who": s.who, "outcome": s.outcome, "change": s.change, "relative": s.relative}
                    for s in verdict.stakes
                ],
                "at_quality": None if fixed is None else _changes(self.equilibria[0], fixed),
                "cause": words or None,
            }
            for verdict, fixed, words in zip(self.verdicts, self.at_quality, self.causes, strict=True)
        ]
        whole = {
            "schema": SCHEMA,
            "version": __version__,
            "provenance": told.to_dict() if (told := self.provenance) else None,
            "columns": columns,
            "quantities": table,
            "verdicts": verdicts,
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())

    def plot(self, ax: Axes | None = None, quantities: Sequence[str] | str | None = None) -> Figure:
        """Draw quantities side by side, the main ones if left out; into `ax` if given."""
        from eqsolve.comparison.figure import comparison_figure

        return comparison_figure(self.to_dict(), quantities, ax)

    def __str__(self) -> str:
        width = max(map(len, self.values))
        lines = [" ".join([" " * width, *(f"{name:>14s}" for name in self.names)])]
        for name, values in self.values.items():
            cells = [f"{v:14.8g}" if isinstance(v, float) else f"{v or '–':>14s}" for v in values]
            lines.append(" ".join([f"{name:{width}s}", *cells]))
        lines += [f"{verdict.name} against {verdict.reference}: {verdict}" for verdict in self.verdicts]
        return "\n".join(lines)


@read.arguments(equilibria=read.several(read.equilibrium), names=read.optional(read.several(read.text)))
def compare(*equilibria: Equilibrium, names: Sequence[str] | None = None) -> Comparison:
    """Put equilibria side by side; the first is the reference.

    Args:
        equilibria: two or more, of one game under several regimes or of several games.
        names: what to call each; by default its regime where the regimes differ, or else its number.

    Raises:
        InputError: fewer than two equilibria, names of another number, or a name twice.
    """
    if len(equilibria) < 2:
        raise InputError("a comparison needs two equilibria at least")
    names = tuple(names) if names is not None else _names(equilibria)
    if len(names) != len(equilibria):
        raise InputError(f"{len(names)} names for {len(equilibria)} equilibria")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(*(f"two equilibria are called {name}: names must differ" for name in twice))
    return Comparison(names, equilibria)


def _at(reference: Equilibrium, other: Equilibrium) -> Equilibrium | None:
    """The other result at the quality of the reference."""
    q = reference.quality
    if other.params != reference.params or math.isnan(q) or math.isnan(other.quality) or q == other.quality:
        return None
    fix = {"quality": q, "intensity": other.intensity}
    return solve(other.params, selection=cast(SelectionName, other.selection), fix=fix)


def _changes(reference: Equilibrium, fixed: Equilibrium) -> dict[str, Any]:
    """Changes from the reference at its quality."""
    names = ("participation", "profit", "user_surplus", "welfare")
    change = {name: getattr(fixed, name) - getattr(reference, name) for name in names}
    return {"quality": reference.quality, "status": fixed.certificate.status, **change}


def _names(equilibria: Sequence[Equilibrium]) -> tuple[str, ...]:
    regimes = tuple(each.regime for each in equilibria)
    return regimes if len(set(regimes)) == len(regimes) else tuple(map(str, range(1, len(regimes) + 1)))
