"""Rows as fixed-size records: what workers send, journals keep and tables are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.equilibrium import solve_many
from eqsolve.params import Params
from eqsolve.regimes import Fixed, RegimeName
from eqsolve.results import BY_SEGMENT, MAXIMA, QUANTITIES, Equilibria
from eqsolve.selections import SelectionName
from eqsolve.status import Status
from eqsolve.sweeps.design import NO_WORDS, games_at

Records = NDArray[np.void]
"""One record per row, with the fields of `record_type`."""

STATUSES = tuple(map(str, Status))
DIRECTIONS = ("", "centralized", "polarized", "unchanged", "mixed")
BRANCHES = ("", *(f"{plan} {kind}" for plan in ("untuned", "tuned") for kind in MAXIMA))
"""What is known of the branch of a row: whether the platform fine-tunes, and what its maximum is."""

CODES: dict[str, tuple[str, ...]] = {"direction": DIRECTIONS, "status": STATUSES, "branch": BRANCHES}
"""Columns of words, and the words that their numbers mean."""


def record_type(segments: Sequence[str]) -> np.dtype[np.void]:
    """The fields of a row: the flat columns of `Equilibria.table`, the branch, and where the runner-up is."""
    by_segment = [f"{name}.{segment}" for name in BY_SEGMENT for segment in segments]
    return np.dtype(
        [
            *((name, "<f8") for name in QUANTITIES),
            ("direction", "i1"),
            *((name, "<f8") for name in by_segment),
            ("status", "i1"),
            ("regret", "<f8"),
            ("equilibria_found", "<i4"),
            ("branch", "i1"),
            ("runner_up_quality", "<f8"),
            ("runner_up_intensity", "<f8"),
        ]
    )


def to_records(solved: Equilibria) -> Records:
    """Return the rows of a batch as records."""
    beside = {name: solved.columns[name] for name in ("runner_up_quality", "runner_up_intensity")}
    table = {**solved.table(), **beside, "branch": branches(solved)}
    records = np.empty(len(solved), record_type([s.name for s in solved.params[0].users.segments]))
    for name in records.dtype.names or ():
        records[name] = _numbers(name, table[name])
    return records


def branches(solved: Equilibria) -> NDArray[np.object_]:
    """The branch of each row in words of `BRANCHES`, (n,); empty where a row is not solved."""
    plans = np.where(solved.columns["intensity"] > 0, "tuned", "untuned")
    kinds = np.where(np.isfinite(solved.columns["quality"]), solved.columns["maximum"], "")
    words = [f"{plan} {kind}" if kind else "" for plan, kind in zip(plans, kinds, strict=True)]
    return np.array(words, dtype=object)


def _numbers(name: str, column: NDArray[Any]) -> NDArray[Any]:
    if name not in CODES:
        return column
    code = {word: number for number, word in enumerate(CODES[name])}
    return np.array([code[str(word)] for word in column], dtype="i1")


def solve_points(
    base: Params,
    keys: Sequence[str],
    points: NDArray[np.float64],
    regime: RegimeName,
    selection: SelectionName,
    fix: Fixed = None,
    words: Mapping[str, Sequence[str]] = NO_WORDS,
) -> Records:
    """Solve the games at `points` (n, number of keys) together; this is what engines run."""
    games = games_at(base, keys, points, words)
    return to_records(solve_many(games, regime=regime, selection=selection, fix=fix))
