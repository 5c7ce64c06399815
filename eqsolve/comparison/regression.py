"""Whether equilibria are still what a baseline says, and what moved most if not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eqsolve.comparison.baseline import Baseline, Snapshot, question, versions
from eqsolve.comparison.keys import differing, flat_as, stated
from eqsolve.comparison.quantities import Value
from eqsolve.comparison.tolerances import Tolerances
from eqsolve.errors import InputError, Problem
from eqsolve.results import Equilibrium
from eqsolve.strictjson import strict
from eqsolve.values import ByValue

SCHEMA = "eqsolve/check/1"
"""Name and version of the JSON layout of checks."""

FRAGILE = 1e-6
"""A lead over the runner-up below this share of the payoff scale is nearly a tie: smaller changes of code or
libraries than anybody would notice turn it."""

SHOWN = 20
"""Differences that are shown of a check; `to_dict` has all."""

CHOICES = ("quality", "intensity")
"""The platform's choices, which jump when a maximum flips."""


@dataclass(frozen=True, eq=False)
class Difference(ByValue):
    """One value that is not what was expected.

    Attributes:
        where: the regime, or the row of a sweep.
        quantity: its name; empty where all of `where` is missing or new.
        kind: "value", or "missing" or "new" for what only the expected or only the actual side has.
        expected, actual: both values; None for no value.
        tolerance: how far a number may be from the expected one; nan for what must be equal.
    """

    where: str
    quantity: str
    kind: str
    expected: Value
    actual: Value
    tolerance: float = math.nan

    @property
    def difference(self) -> float:
        """Actual minus expected; nan where one is no number."""
        if isinstance(self.expected, float | int) and isinstance(self.actual, float | int):
            return self.actual - self.expected
        return math.nan

    @property
    def ratio(self) -> float:
        """The difference as a multiple of its tolerance; infinite for what has none."""
        if math.isnan(self.tolerance) or math.isnan(self.difference):
            return math.inf
        return abs(self.difference) / self.tolerance if self.tolerance else math.inf

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        names = ("where", "quantity", "kind", "expected", "actual", "difference", "tolerance", "ratio")
        return {name: strict(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        name = f"{self.where}: {self.quantity}" if self.quantity else self.where
        if self.kind != "value":
            return f"{name} is {self.kind}"
        words = f"{name} is {_show(self.actual)}, expected {_show(self.expected)}"
        if math.isnan(self.difference):
            return words
        tolerance = "" if math.isnan(self.tolerance) else f", tolerance {self.tolerance:.3g}"
        return f"{words} (difference {self.difference:+.3g}{tolerance})"


@dataclass(frozen=True, eq=False)
class Check(ByValue):
    """A comparison of what is with what was expected.

    Attributes:
        name: the game, or what else was checked.
        compared: number of values compared.
        differences: what differs, the worst first.
        uncertified: the regimes whose result is not certified now.
        notes: what else to know, in words.
        refused: why nothing was compared, if it was not: the game is another one.
    """

    name: str
    compared: int
    differences: tuple[Difference, ...]
    uncertified: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether it was compared, and nothing differs."""
        return not (self.differences or self.refused)

    @property
    def headline(self) -> str:
        """What became of the check, in words."""
        if self.refused:
            return f"{self.name}: not compared"
        if not self.agrees and not self.compared:
            return f"{self.name}: nothing to compare"
        if not self.agrees:
            count = len(self.differences)
            return f"{self.name}: {count} difference{'s' * (count != 1)} in {self.compared} values"
        doubt = f", but NOT CERTIFIED: {', '.join(self.uncertified)}" if self.uncertified else ""
        return f"{self.name}: {self.compared} values agree{doubt}"

    def details(self, limit: int = SHOWN) -> list[str]:
        """Return the worst differences in words, what is not certified, and the notes."""
        lines = [*self.refused, *(str(each) for each in self.differences[:limit])]
        if len(self.differences) > limit:
            lines.append(f"and {len(self.differences) - limit} more")
        if self.uncertified and not self.agrees:
            lines.append(f"NOT CERTIFIED: {', '.join(self.uncertified)}")
        return lines + [f"note: {note}" for note in self.notes]

    def __str__(self) -> str:
        return "\n".join([self.headline, *self.details()])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "name": self.name,
            "agrees": self.agrees,
            "compared": self.compared,
            "uncertified": list(self.uncertified),
            "refused": list(self.refused),
            "notes": list(self.notes),
            "differences": [each.to_dict() for each in self.differences],
        }


def check(
    baseline: Baseline,
    equilibria: Mapping[str, Equilibrium],
    tolerances: Tolerances | None = None,
    name: str = "game",
) -> Check:
    """Compare equilibria of one game, by regime, with its baseline.

    A value agrees if |actual - expected| <= atol + rtol |expected|; status, direction and the number of
    participation equilibria must be equal. Regimes of the baseline that are not among `equilibria` are not
    compared.

    Args:
        baseline: what is expected.
        equilibria: what was found, by regime.
        tolerances: in place of the baseline's.
        name: what to call the game.

    Raises:
        InputError: the baseline is of another game or selection or has other choices fixed, with every key
            that differs; tolerances of unknown quantities. Defaults that differ are no other game: the
            library's have moved, and the values show how far.
    """
    moved = _require_same_game(baseline, equilibria, name)
    found = {regime: Snapshot.of(each) for regime, each in equilibria.items()}
    compared, differences = differences_of(baseline, found, tolerances or baseline.tolerances)
    notes = [*moved, *_notes(baseline, found, differences)]
    uncertified = tuple(r for r, each in equilibria.items() if not each.certificate.status.certified)
    return Check(name, compared, worst_first(differences), uncertified, tuple(notes))


def differences_of(
    baseline: Baseline, found: Mapping[str, Snapshot], tolerances: Tolerances
) -> tuple[int, list[Difference]]:
    """Return the number of values compared and those that differ, whatever the game.

    Raises:
        InputError: tolerances of unknown quantities.
    """
    kept = (*baseline.regimes.values(), *found.values())
    tolerances.require(dict.fromkeys(name for each in kept for name in each.quantities))
    differences: list[Difference] = []
    compared = 0
    for regime, actual in found.items():
        expected = baseline.regimes.get(regime)
        if expected is None:
            differences.append(Difference(regime, "", "new", None, None))
            continue
        compared += len(expected.compared)
        differences += compare_values(regime, expected.compared, actual.compared, tolerances)
    return compared, differences


def compare_values(
    where: str, expected: Mapping[str, Value], actual: Mapping[str, Value], tolerances: Tolerances
) -> Iterator[Difference]:
    """Yield what differs between two tables of values."""
    for name, value in expected.items():
        if name not in actual:
            yield Difference(where, name, "missing", value, None)
            continue
        tolerance = tolerances.of(name).at(value) if isinstance(value, float) else math.nan
        difference = Difference(where, name, "value", value, actual[name], tolerance)
        if value != actual[name] and not abs(difference.difference) <= tolerance:
            yield difference
    for name in actual:
        if name not in expected:
            yield Difference(where, name, "new", None, actual[name])


def worst_first(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Sort by how many times the tolerance was exceeded; what has no tolerance comes first."""
    return tuple(sorted(differences, key=lambda each: -each.ratio))


def _require_same_game(baseline: Baseline, equilibria: Mapping[str, Equilibrium], name: str) -> list[str]:
    """Return notes on defaults that moved; raise InputError on all other differences between the games."""
    params, selection, fix = question(equilibria)
    problems, moved = [], []
    own = stated(params) | baseline.stated
    for key, (here, there) in differing(flat_as(params, baseline.params), dict(baseline.params)).items():
        if key in own:
            message = f"the baseline is of another game: {key} is {here} here, {there} in the baseline"
            problems.append(Problem(f"{name}: {message}"))
        else:
            moved.append(f"the default of {key} is {here} now, {there} in the baseline")
    if selection != baseline.selection:
        message = f"the baseline has selection {baseline.selection}, this is {selection}"
        problems.append(Problem(f"{name}: {message}"))
    if fix != baseline.fix:
        message = f"the baseline has {baseline.fix or 'nothing'} fixed, this has {fix or 'nothing'}"
        problems.append(Problem(f"{name}: {message}"))
    if problems:
        raise InputError(*problems)
    return moved


def _notes(baseline: Baseline, found: Mapping[str, Snapshot], differences: list[Difference]) -> Iterator[str]:
    skipped = [regime for regime in baseline.regimes if regime not in found]
    if skipped:
        yield f"not checked, though the baseline has it: {', '.join(skipped)}"
    flipped = {each.where for each in differences if each.quantity in CHOICES}
    for regime in (regime for regime in found if regime in flipped):
        pair = baseline.regimes[regime], found[regime]
        close = [each.runner_up_gap for each in pair if each.runner_up_gap <= FRAGILE * each.payoff_scale]
        if close:
            yield (
                f"{regime} is fragile: two choices of the platform pay nearly the same (the lead is "
                f"{min(close):.1e}), and the other one has come out on top"
            )
    now = versions()
    changed = [library for library, v in baseline.versions.items() if now.get(library) != v]
    if differences and changed:
        then, today = (
            ", ".join(f"{name} {v.get(name)}" for name in changed) for v in (baseline.versions, now)
        )
        yield f"the baseline was written with {then}; this is {today}"


def _show(value: Value) -> str:
    if value is None:
        return "no value"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
