"""Participation at given quality and intensity, for many games, checked on the certificate's grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate import TOLERANCES
from eqsolve.errors import InputError
from eqsolve.game.discretization import discretize
from eqsolve.game.games import Games, Index, columns, structure
from eqsolve.game.grids import needs_of
from eqsolve.game.participation import VANISHING, state_distance
from eqsolve.game.response import best_response, make_rows, respond
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.threads import one_thread
from eqsolve.outcome import Outcome, evaluate
from eqsolve.params import Params
from eqsolve.selections import SELECTIONS

GRIDS = ((16, 0), (20, 1))
"""Order and additional panels of the grid for outcomes, and of the one that checks them."""


@dataclass(frozen=True)
class ParticipationAt:
    """Participation equilibria at given choices, a row per game.

    Attributes:
        participation: N, (n,).
        by_segment: N_j, (n, J).
        surplus: CS_j, (n, J).
        certified: whether participation reproduces itself on the independent grid, (n,).
    """

    participation: Array
    by_segment: Array
    surplus: Array
    certified: NDArray[np.bool_]


def participation_at(games: Sequence[Params], quality: Array, intensity: Array) -> ParticipationAt:
    """Play stage 3 at given qualities and intensities (docs/model.md, Participation).

    Args:
        games: games with the same number of segments.
        quality: q in [0, 1], (n,) or one for all.
        intensity: beta >= 0, (n,) or one for all.

    Raises:
        InputError: a quality or intensity out of its range.
    """
    q, beta = (np.broadcast_to(np.asarray(x, dtype=np.float64), len(games)) for x in (quality, intensity))
    if not ((q >= 0) & (q <= 1)).all() or not ((beta >= 0) & np.isfinite(beta)).all():
        raise InputError("expected quality in [0, 1] and finite intensity >= 0")
    found = ParticipationAt(
        np.full(len(games), np.nan),
        np.full((len(games), len(games[0].users.segments)), np.nan),
        np.full((len(games), len(games[0].users.segments)), np.nan),
        np.zeros(len(games), dtype=bool),
    )
    for members in _alike(games):
        batch = columns([games[i] for i in members])
        if not needs_of(batch).met.all():
            continue
        with one_thread():
            outcome, residual = _play(batch, q[members], beta[members])
        found.participation[members] = outcome.participation
        found.by_segment[members] = outcome.participation_by_segment
        found.surplus[members] = outcome.user_surplus_by_segment
        found.certified[members] = outcome.solved & (residual <= TOLERANCES.residual)
    return found


def _play(batch: Games, q: Array, beta: Array) -> tuple[Outcome, Array]:
    """Outcomes, and how far their participation is from reproducing itself on the other grid."""
    needs = needs_of(batch)
    claimed, auditor = (discretize(batch, *needs.grids(order, extra)) for order, extra in GRIDS)
    every = np.arange(len(batch))
    outcome = evaluate(claimed, every, q, beta, SELECTIONS["initial"])
    rows = make_rows(auditor, every, q, beta)
    state = respond(rows, outcome.v @ claimed.x.interpolation(auditor.x.x).T)
    residual = state_distance(rows, state, best_response(rows, state))
    empty = outcome.participation <= VANISHING
    return outcome, np.where((beta > 0) & ~empty, residual, np.where(empty, state[:, 0], 0.0))


def _alike(games: Sequence[Params]) -> list[Index]:
    """Rows of games that share grids and code paths."""
    kinds: dict[object, list[int]] = {}
    for i, game in enumerate(games):
        kinds.setdefault(structure(game), []).append(i)
    groups = []
    for members in kinds.values():
        needs = needs_of(columns([games[i] for i in members])).key()
        _, group = np.unique(needs, axis=0, return_inverse=True)
        groups += [np.array(members)[group.ravel() == g] for g in range(group.max() + 1)]
    return groups
