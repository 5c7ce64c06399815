"""Writing baselines: new ones, and those whose values have changed for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eqsolve.comparison.baseline import Baseline, Snapshot, question
from eqsolve.comparison.keys import differing, flat_as
from eqsolve.comparison.regression import differences_of, worst_first
from eqsolve.comparison.tolerances import Tolerances
from eqsolve.params import Params
from eqsolve.results import Equilibrium
from eqsolve.status import Status


@dataclass(frozen=True)
class Update:
    """What becomes of a baseline file.

    Attributes:
        path: the file.
        baseline: its new content.
        created: whether there was no such file.
        changes: what is not as it was, in words; a file without changes stays as it is.
    """

    path: Path
    baseline: Baseline
    created: bool
    changes: tuple[str, ...]

    @property
    def uncertified(self) -> dict[str, Snapshot]:
        """The regimes whose result is not certified."""
        kept = self.baseline.regimes.items()
        return {regime: each for regime, each in kept if not Status(each.status).certified}

    def write(self) -> None:
        """Write the file as a whole, in a folder that is made for it, unless nothing has changed."""
        if self.created or self.changes:
            self.path.parent.mkdir(exist_ok=True)
            self.baseline.write(self.path)


def update(
    path: Path, old: Baseline | None, equilibria: Mapping[str, Equilibrium], tolerances: Tolerances
) -> Update:
    """Say what a baseline of `equilibria` changes in the file; nothing is written yet.

    Values within their tolerance are no change, so that a baseline does not drift with rounding.

    Raises:
        InputError: equilibria of different games, tolerances of unknown quantities.
    """
    new = Baseline.of(equilibria, tolerances)
    params, _, _ = question(equilibria)
    return Update(path, new, old is None, tuple(_changes(old, new, params)) if old else ())


def _changes(old: Baseline, new: Baseline, params: Params) -> Iterator[str]:
    for key, (now, then) in differing(flat_as(params, old.params), dict(old.params)).items():
        yield f"{key}: {then} → {now}"
    if old.stated != new.stated:
        yield "which keys the params file states"
    if old.selection != new.selection:
        yield f"selection: {old.selection} → {new.selection}"
    if old.fix != new.fix:
        yield f"fixed: {old.fix or 'nothing'} → {new.fix or 'nothing'}"
    if old.tolerances != new.tolerances:
        yield "tolerances"
    for regime in old.regimes.keys() - new.regimes.keys():
        yield f"{regime} is no longer kept"
    _, differences = differences_of(old, new.regimes, new.tolerances)
    yield from map(str, worst_first(differences))
