"""Batches of games that are solved together: one structure, one grid, shared work for equal games."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.discretization import needs_of, symmetric
from eqsolve.game.games import Games, Index, columns, structure

if TYPE_CHECKING:
    from eqsolve.params import Params

BATCH = 512
"""Games solved together: enough to amortize Python, few enough to stay in cache."""

BATCH_ROWS = 16384
"""The most rows of a batch, games that differ only in F included."""


def batches(games: Sequence[Params], *, imposed: bool) -> Iterator[tuple[Index, Games]]:
    """Split games into batches of one structure and grid.

    A batch holds at most `BATCH` games that differ in more than the fixed cost F; all others that differ from
    one of these in F only come along.

    Args:
        games: the games.
        imposed: whether the intensity is imposed, so that it does not matter whether it is continuous.

    Yields:
        Indices of the games of a batch, and their columns.
    """
    for members in _groups(games, imposed):
        group = columns([games[i] for i in members])
        of = distinct_games(group)[1]
        order = np.argsort(of, kind="stable")
        ends = np.flatnonzero(np.diff(of[order] // BATCH)) + 1
        for batch in np.split(order, ends):
            for start in range(0, batch.size, BATCH_ROWS):
                part = np.sort(batch[start : start + BATCH_ROWS])
                yield members[part], group.take(part)


def _groups(games: Sequence[Params], imposed: bool) -> list[Index]:
    """Indices of games that can share grids and code paths."""
    kinds: dict[object, list[int]] = {}
    for i, game in enumerate(games):
        continuous = not imposed and game.finetuning.choice == "continuous"
        kinds.setdefault((structure(game), continuous), []).append(i)
    groups = []
    for members in kinds.values():
        table = columns([games[i] for i in members])
        needs = np.column_stack([needs_of(table).table(), symmetric(table)])
        _, group = np.unique(needs, axis=0, return_inverse=True)
        groups += [np.array(members)[group == g] for g in range(group.max() + 1)]
    return groups


def distinct_games(games: Games) -> tuple[Index, Index]:
    """First of each set of games that differ only in F, and the set of each game."""
    densities = [_identities(games.tastes), _identities(games.outputs[:, None])]
    skipped = ("law", "kernel", "cost", "tastes", "outputs")
    values = [getattr(games, f.name).reshape(len(games), -1) for f in fields(games) if f.name not in skipped]
    _, first, of = np.unique(np.hstack([*values, *densities]), axis=0, return_index=True, return_inverse=True)
    return first, of


def _identities(records: NDArray[np.object_]) -> NDArray[np.float64]:
    """Equal numbers for equal records."""
    number: dict[object, int] = {}
    flat = [number.setdefault(record, len(number)) for record in records.ravel()]
    return np.array(flat, dtype=np.float64).reshape(records.shape)
