"""Many games that differ only in the fixed cost F: solved in batches of games that truly differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve import equilibrium as induction
from eqsolve.equilibrium import BATCH, Regime, Selection, distinct_games
from eqsolve.game.games import Index, columns
from eqsolve.numerics.threads import one_thread
from eqsolve.params import Params
from eqsolve.results import Equilibria, empty_columns

BATCH_ROWS = 16384
"""The most games in a batch, those that differ only in F included."""


def solve_alike(games: Sequence[Params], regime: Regime, selection: Selection) -> Equilibria:
    """Solve games as `solve_many` does, fastest where many differ only in the fixed cost F.

    `solve_many` takes its games in batches as they come; here a batch is filled with games that differ
    in more than F, and all that differ from one of these in F only come along.

    Raises:
        InputError: as `solve_many`.
    """
    induction._check_arguments(games, regime, selection)
    table = empty_columns(len(games), len(games[0].users.segments))
    for members in induction._groups(games, regime):
        group = columns([games[i] for i in members])
        with one_thread():
            for part in _batches(distinct_games(group)[1]):
                induction._solve_batch(group.take(part), regime, selection, table, members[part])
    return Equilibria(tuple(games), regime, selection, table)


def _batches(of: Index) -> list[Index]:
    """Rows in batches of at most BATCH sets of alike games and BATCH_ROWS rows, given the set of each row."""
    order = np.argsort(of, kind="stable")
    ends = np.flatnonzero(np.diff(of[order] // BATCH)) + 1
    return [
        batch[i : i + BATCH_ROWS] for batch in np.split(order, ends) for i in range(0, batch.size, BATCH_ROWS)
    ]
