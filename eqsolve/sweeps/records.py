"""Rows as fixed-size records: what workers send, journals keep and tables are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.equilibrium import Selection, solve_many
from eqsolve.params import Params
from eqsolve.regimes import Fixed, RegimeName
from eqsolve.results import BY_SEGMENT, QUANTITIES, Equilibria
from eqsolve.status import Status
from eqsolve.sweeps.design import games_at

Records = NDArray[np.void]
"""One record per row, with the fields of `record_type`."""

STATUSES = tuple(map(str, Status))
DIRECTIONS = ("", "centralized", "polarized", "unchanged", "mixed")
CARE = 4
"""Rows that the usual search leaves uncertified are searched this many times as finely."""

CODES: dict[str, tuple[str, ...]] = {"direction": DIRECTIONS, "status": STATUSES}
"""Columns of words, and the words that their numbers mean."""


def record_type(segments: Sequence[str]) -> np.dtype[np.void]:
    """The fields of a row: the flat columns of `Equilibria.table`, and the runner-up gap."""
    by_segment = [f"{name}.{segment}" for name in BY_SEGMENT for segment in segments]
    return np.dtype(
        [
            *((name, "<f8") for name in QUANTITIES),
            ("direction", "i1"),
            *((name, "<f8") for name in by_segment),
            ("status", "i1"),
            ("regret", "<f8"),
            ("equilibria_found", "<i4"),
            ("runner_up_gap", "<f8"),
        ]
    )


def to_records(solved: Equilibria) -> Records:
    """Return the rows of a batch as records."""
    table = {**solved.table(), "runner_up_gap": solved.columns["runner_up_gap"]}
    records = np.empty(len(solved), record_type([s.name for s in solved.params[0].users.segments]))
    for name in records.dtype.names or ():
        records[name] = _numbers(name, table[name])
    return records


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
    selection: Selection,
    fix: Fixed = None,
) -> Records:
    """Solve the games at `points` (n, number of keys) together; this is what engines run."""
    return to_records(solve_many(games_at(base, keys, points), regime=regime, selection=selection, fix=fix))


def solve_points_carefully(
    base: Params,
    keys: Sequence[str],
    points: NDArray[np.float64],
    regime: RegimeName,
    selection: Selection,
    fix: Fixed = None,
) -> Records:
    """Solve the games at `points` by a search that is `CARE` times as fine."""
    games = games_at(base, keys, points)
    return to_records(solve_many(games, regime=regime, selection=selection, fix=fix))
