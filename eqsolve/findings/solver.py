"""What solves the games of findings: in batches, on several cores, and never twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eqsolve.errors import InputError
from eqsolve.findings.engagement import ParticipationAt, participation_at
from eqsolve.findings.evidence import Table
from eqsolve.findings.store import Store, question_of
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params
from eqsolve.policies import policies_of
from eqsolve.regimes import RegimeName
from eqsolve.sweeps.engine import SMALL_CHUNK, executor_of, run, solve_games

BATCH = 1024
"""Games that are solved and kept together: enough that those of one grid share their work, and so few that a
run that is cut off loses a minute or so."""

Task = tuple[Any, ...]


class Solver:
    """Solves games under regimes, and participation at given choices.

    Batches are consecutive games, so that a longer design begins with those of a shorter one.

    Args:
        jobs: processes.
        store: where batches are kept that are solved; None keeps none.
        report: called as report(games, note) when so many more games are done.
    """

    def __init__(
        self, jobs: int = 1, store: Store | None = None, report: Callable[[int, str], None] | None = None
    ) -> None:
        if jobs < 1:
            raise InputError(f"jobs = {jobs}: expected at least 1")
        self.jobs, self.store, self.report = jobs, store, report

    def quietly(self) -> Solver:
        """The same without reports: for what is beside the plan."""
        return Solver(self.jobs, self.store)

    def equilibria(self, games: Sequence[Params], regime: RegimeName) -> Table:
        """Solve games under a regime, into the flat columns of `Equilibria.table`."""
        tasks = [(games[rows], regime, "initial") for rows in _batches(len(games))]
        return self._solve(solve_games, tasks, "equilibria", regime)

    def participation(self, games: Sequence[Params], quality: Array, intensity: Array) -> ParticipationAt:
        """Play stage 3 at given qualities and intensities, (n,) each, as `participation_at` does."""
        tasks = [(games[rows], quality[rows], intensity[rows]) for rows in _batches(len(games))]
        return ParticipationAt(**self._solve(_participation, tasks, "participation", "given choices"))

    def policies(self, games: Sequence[Params], instruments: Sequence[str]) -> Table:
        """Value and welfare of the best policies, and whether they are certified, by name and instrument."""
        tasks = [(games[rows], list(instruments)) for rows in _batches(len(games))]
        return self._solve(_policies, tasks, "policies", "best policies")

    def _solve(self, function: Callable[..., Table], tasks: Sequence[Task], work: str, note: str) -> Table:
        """Columns of all tasks, each games and settings, from the store where it has them."""
        names = [question_of(work, games, _settings(rest)) for games, *rest in tasks]
        parts = {i: found for i, name in enumerate(names) if self.store and (found := self.store.get(name))}
        for i in parts:
            self._tell(tasks[i], note)
        missing = [i for i in range(len(tasks)) if i not in parts]
        with executor_of(self.jobs if len(missing) > 1 else 1) as executor:
            for number, part in run(function, (tasks[i] for i in missing), executor, self.jobs):
                which = missing[number]
                parts[which] = part
                if self.store:
                    self.store.put(names[which], part)
                self._tell(tasks[which], note)
        return {name: np.concatenate([parts[i][name] for i in range(len(tasks))]) for name in parts[0]}

    def _tell(self, task: Task, note: str) -> None:
        if self.report:
            self.report(len(task[0]), note)


def _batches(games: int) -> list[slice]:
    """Consecutive games; of a few, fewer at a time, so that several cores have some."""
    size = BATCH if games >= BATCH else max(SMALL_CHUNK, -(-games // 4))
    return [slice(start, start + size) for start in range(0, games, size)]


def _settings(rest: Sequence[object]) -> list[object]:
    return [each.tolist() if isinstance(each, np.ndarray) else each for each in rest]


def _participation(games: Sequence[Params], quality: Array, intensity: Array) -> Table:
    """The columns of `participation_at`; a function of the module, which other processes can call."""
    found = participation_at(games, quality, intensity)
    return {name: getattr(found, name) for name in ("participation", "by_segment", "surplus", "certified")}


def _policies(games: Sequence[Params], instruments: Sequence[str]) -> Table:
    """The best policies as columns; a function of the module, which other processes can call."""
    found = policies_of(games, instruments)
    columns = {"value": float, "welfare": float, "certified": bool}
    return {
        f"{what}.{name}": np.array([getattr(each[name], what) for each in found], dtype=kind)
        for name in instruments
        for what, kind in columns.items()
    }
