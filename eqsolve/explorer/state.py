"""What is explored, and how it came about: a game, who plays it, and the way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from eqsolve.equilibrium import checked
from eqsolve.errors import InputError
from eqsolve.params import Params, keys
from eqsolve.params.policy import CAP, STRONGEST
from eqsolve.params.record import Record
from eqsolve.regimes import REGIMES, RegimeName
from eqsolve.selections import SelectionName
from eqsolve.spans import default_span

FIRST_SHARE = 0.1
"""The share of a segment that is added; the others make room in proportion."""

BACK = 500
"""Steps that can be undone."""


@dataclass(frozen=True)
class State:
    """A game and who plays it; one that cannot be played raises InputError.

    Attributes:
        params: the game.
        regime: who chooses what.
        selection: the rule among participation equilibria.
    """

    params: Params
    regime: RegimeName = "endogenous"
    selection: SelectionName = "initial"

    def __post_init__(self) -> None:
        checked([self.params], self.regime, self.selection, None)

    @property
    def continuous(self) -> bool:
        """Whether the intensity is chosen from an interval, which takes long to solve."""
        return not REGIMES[self.regime].imposed and self.params.finetuning.choice == "continuous"

    def played(self, **who: str) -> State:
        """Return the same game with another regime or selection."""
        return replace(self, **cast(Any, who))

    def changed(self, key: str, value: object) -> State:
        """Return the game with another value at a key; a word starts what depends on it afresh.

        What a new word needs starts in the middle of the range that is worth looking at.

        Raises:
            InputError: the key or the value cannot be used; the message says why.
        """
        if key == f"policy.{CAP}" and value == self.params.finetuning.strength:
            value = STRONGEST  # a cap there does nothing, and need not follow the strength
        changes = {key: value, **self._needed(key, value)}
        return replace(self, params=self.params.replace(changes))

    def added(self, key: str) -> State:
        """Return the game with one more table in the list at a key: a segment, or a part of a mixture."""
        rows = self._rows(key)
        if key == "users.segments":
            taken = {row["name"] for row in rows}
            name = next(name for n in range(1, len(rows) + 2) if (name := f"segment-{n}") not in taken)
            for row in rows:
                row["share"] *= 1.0 - FIRST_SHARE
            rows.append({"name": name, "share": FIRST_SHARE, "accuracy": 0.5})
        else:
            rows.append({"dist": "uniform", "weight": max(row["weight"] for row in rows)})
        return replace(self, params=self.params.replace({key: rows}))

    def removed(self, key: str, which: str) -> State:
        """Return the game without a table, by name or number, of a list; shares of others fill its place.

        Raises:
            InputError: it is the only one, or the others have nothing to fill it with.
        """
        rows = self._rows(key)
        del rows[keys.find(rows, which)]
        total = math.fsum(row.get("share", 1.0) for row in rows)
        if key == "users.segments" and rows:
            if not total:
                raise InputError(f"{key}: the shares of the others are 0: set one of them first")
            for row in rows:
                row["share"] /= total
        return replace(self, params=self.params.replace({key: rows}))

    def _rows(self, key: str) -> list[dict[str, Any]]:
        found: Any = self.params.model_dump(mode="json")
        for step in keys.split(key):
            found = keys.child(found, keys.find(found, step))
        return [*found]

    def _needed(self, key: str, word: object) -> dict[str, object]:
        """Values for the keys that a word needs and that have no default."""
        table, _, tag = key.rpartition(".")
        if tag not in ("dist", "kind") or word == "empirical":
            return {}
        if word == "mixture":
            part = dict(_at(self.params, table).model_dump(mode="json"), weight=1.0)
            parts = part.pop("components", None) or [part, {"dist": "uniform", "weight": 1.0}]
            return {f"{table}.components": parts}
        record = next((each for each in _choices(self.params, table) if _word(each, tag) == word), None)
        fields = record.model_fields.items() if record else ()
        return {
            f"{table}.{name}": _middle(*default_span(self.params, f"{table}.{name}"))
            for name, field in fields
            if field.is_required() and name != "weight"
        }


def _at(params: Params, key: str) -> Any:
    found: Any = params
    for step in keys.resolve(params.model_dump(mode="json"), key):
        found = keys.child(found, step)
    return found


def _choices(params: Params, key: str) -> list[type[Record]]:
    """The records that a table can be."""
    parent, _, name = key.rpartition(".")
    field = type(_at(params, parent)).model_fields.get(name)
    if field is None:  # a part of a mixture: key[number]
        field = type(_at(params, parent)).model_fields[name.partition("[")[0]]
        return list(get_args(get_args(get_args(field.annotation)[0])[0]))
    return [each for each in get_args(field.annotation) if issubclass(each, Record)]


def _word(record: type[Record], tag: str) -> str:
    return str(record.model_fields[tag].default)


def _middle(low: float, high: float) -> float:
    """The middle of a range, in ratios where it starts above 0, as short as two digits say it."""
    middle = math.sqrt(low * high) if low > 0 else (low + high) / 2.0
    return float(f"{middle:.2g}")


class History:
    """The state at hand, and those before it.

    A change that goes on (a slider under way) is shown without being kept; `settle` keeps it as one step.
    """

    def __init__(self, start: State) -> None:
        self.state = self.kept = start
        self._past: list[State] = []

    def show(self, state: State) -> None:
        """Move on for now."""
        self.state = state

    def settle(self, state: State) -> None:
        """Move on for good; a step that changes nothing is none."""
        self.state = state
        if state != self.kept:
            self._past = [*self._past, self.kept][-BACK:]
            self.kept = state

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    def undo(self) -> State:
        """Return to the state before the last step."""
        if self._past:
            self.kept = self._past.pop()
        self.state = self.kept
        return self.state


def tried(change: Callable[[], State]) -> State | InputError:
    """The state after a change, or why there is none."""
    try:
        return change()
    except InputError as error:
        return error
