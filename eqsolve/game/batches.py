"""Batches of games that are solved together: one structure, one grid, shared work for equal games.

Participation at given quality and intensity does not depend on what the platform earns and pays: r, k, n, F
and G. Games that share everything else, their participation primitives, share their participation curves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.discretization import symmetric
from eqsolve.game.games import SHARED, Games, Index, columns, structure
from eqsolve.game.grids import needs_of

if TYPE_CHECKING:
    from eqsolve.params import Params

FIXED_COST = "finetuning.cost"
"""The key of F, which moves no choice of quality once the plan for stage 2 is given."""

FIXED_COSTS = (FIXED_COST, "policy.finetuning-tax")
"""The same for what the platform pays beside it."""

PAYOFF_KEYS = {
    "platform.revenue": "revenue",
    "platform.training_cost": "training_cost",
    "platform.training_exponent": "exponent",
    FIXED_COST: "cost",
    "finetuning.intensity_cost": "intensity_cost",
    "policy.training-subsidy": "aid",
    "policy.quality-floor": "floor",
    "policy.finetuning-tax": "tax",
}
"""The keys that participation at given choices does not depend on, and their columns in `Games`."""

BATCH = 512
"""Sets of games solved together: enough to amortize Python, few enough to stay in cache."""

BATCH_ROWS = 16384
"""The most games of a batch."""


def batches(games: Sequence[Params], *, imposed: bool, size: int = BATCH) -> Iterator[tuple[Index, Games]]:
    """Split games into batches of one structure and grid.

    A batch holds at most `size` sets of games that share their participation primitives.

    Args:
        games: the games.
        imposed: whether the intensity is imposed, so that it does not matter whether it is continuous.
        size: the most sets of a batch.

    Yields:
        Indices of the games of a batch, and their columns.
    """
    for members, group, of in _groups(games, imposed):
        order = np.argsort(of, kind="stable")
        ends = np.flatnonzero(np.diff(of[order] // size)) + 1
        for batch in np.split(order, ends):
            for start in range(0, batch.size, BATCH_ROWS):
                part = np.sort(batch[start : start + BATCH_ROWS])
                yield members[part], group.take(part)


def _groups(games: Sequence[Params], imposed: bool) -> Iterator[tuple[Index, Games, Index]]:
    """Indices of games that can share grids and code paths, their columns, and what primitives they share."""
    kinds: dict[object, list[int]] = {}
    for i, game in enumerate(games):
        continuous = not imposed and game.finetuning.choice == "continuous"
        kinds.setdefault((structure(game), continuous), []).append(i)
    for members in kinds.values():
        table = columns([games[i] for i in members])
        first, of = participation_primitives(table)
        once = table.take(first)
        needs = np.column_stack([needs_of(once).key(), symmetric(once)])
        group = np.unique(needs, axis=0, return_inverse=True)[1].ravel()
        for g in range(group.max() + 1):
            some = np.flatnonzero(group[of] == g)
            yield np.array(members)[some], table.take(some), np.cumsum(group == g)[of[some]] - 1


def participation_primitives(games: Games) -> tuple[Index, Index]:
    """First of each set of games that share their participation primitives, and the set of each game."""
    densities = [_identities(games.tastes), _identities(games.outputs[:, None])]
    skipped = {*SHARED, "tastes", "outputs", *PAYOFF_KEYS.values()}
    values = [getattr(games, f.name).reshape(len(games), -1) for f in fields(games) if f.name not in skipped]
    _, first, of = np.unique(np.hstack([*values, *densities]), axis=0, return_index=True, return_inverse=True)
    return first, of.ravel()


def sets_of(games: Sequence[Params]) -> Index:
    """Number of each game's set of games that share their participation primitives, (n,).

    The sets are numbered in the order of their first games; games may have any structure.
    """
    number: dict[object, int] = {}
    return np.array([number.setdefault(_primitives(game), len(number)) for game in games], dtype=np.intp)


def sets_at(keys: Sequence[str], points: NDArray[np.float64]) -> Index:
    """As `sets_of`, of games that differ from one another in the values (n, len(keys)) of keys alone."""
    rest = [column for column, key in enumerate(keys) if key not in PAYOFF_KEYS]
    if not rest:
        return np.zeros(len(points), dtype=np.intp)
    _, first, of = np.unique(points[:, rest], axis=0, return_index=True, return_inverse=True)
    order = np.empty(first.size, dtype=np.intp)
    order[np.argsort(first)] = np.arange(first.size)
    return np.asarray(order[of.ravel()])


def _primitives(game: Params) -> tuple[object, ...]:
    tables = {"platform": game.platform, "finetuning": game.finetuning}
    values = (
        value for name, table in tables.items() for key, value in table if f"{name}.{key}" not in PAYOFF_KEYS
    )
    return (*values, game.policy.finetuning_cap, game.users, game.model)


def without_fixed_cost(game: Params) -> Params:
    """The game without F and a tax on fine-tuning, which stands for all games that differ in these alone.

    A cap becomes its strength, unless it is a ban, which leaves no fine-tuning to look at.
    """
    rules, tuning = game.policy, game.finetuning
    strength = rules.strongest(tuning.strength) or tuning.strength
    free: dict[str, object] = {
        "finetuning": tuning.model_copy(update={"cost": 0.0, "strength": strength}),
        "policy": rules.but("finetuning-tax", "finetuning-cap") if rules else rules,
    }
    return game.model_copy(update=free)


def _identities(records: NDArray[np.object_]) -> NDArray[np.float64]:
    """Equal numbers for equal records."""
    number: dict[object, int] = {}
    flat = [number.setdefault(record, len(number)) for record in records.ravel()]
    return np.array(flat, dtype=np.float64).reshape(records.shape)
