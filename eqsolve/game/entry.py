"""Where participation with fine-tuning starts: the lowest quality at which there is a crowd.

Below it nobody takes part, and above it adjustment starts, so that participation mostly jumps there. It needs
no search along a curve: those who come without a crowd do not depend on anybody else. They are the users of
the initial model, and where own feedback counts, those who come for that alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eqsolve.brackets import Brackets, Look, narrow
from eqsolve.game.discretization import Discretization
from eqsolve.game.games import Index
from eqsolve.game.participation import NO_CROWD
from eqsolve.game.response import Rows, best_response, initial_values, make_rows, respond, values
from eqsolve.numerics.pieces import highest
from eqsolve.numerics.quadrature import Array

NEAR = 1e-6
"""How far above the first user a crowd mostly forms: the mass of users rises like a power of the distance."""

PLACED = 1e-13
"""To how much of quality entries are placed."""

LEAST = 1e-300
"""Stands for no mass in logarithms."""


def initial_crowd(model: Discretization, first: Array) -> Array:
    """Qualities at which the users of the initial model become a crowd, (G,); 1 or more where they never do.

    Args:
        model: the games.
        first: qualities at which the first of them comes, or lower, (G,).
    """

    def mass(game: Index, q: Array) -> Array:
        rows = Rows(model, game, q, np.zeros(q.size), None, np.zeros((q.size, 1), dtype=np.intp))
        return np.asarray(respond(rows, initial_values(rows))[:, 0])

    return _crowd(mass, np.arange(first.size), first)


def own_crowd(model: Discretization, game: Index, beta: Array) -> Array:
    """The same for users who come for what their own feedback does at intensities (K,), (K,)."""
    rows = make_rows(model, game, np.zeros(game.size), beta)

    def mass(some: Index, q: Array) -> Array:
        part = rows.take(some)
        part = Rows(model, part.game, q, part.beta, part.own, part.own_of)
        return np.asarray(best_response(part, np.zeros((q.size, 2 + model.y.size)))[:, 0])

    return _crowd(mass, np.arange(game.size), _first_own(rows))


def _first_own(rows: Rows) -> Array:
    """Qualities at which a taste of any segment is worth the lowest cost without a crowd, (R,)."""
    games = rows.model.games
    seen = values(rows, np.zeros((len(rows), 2 + rows.model.y.size)))
    at_zero = np.stack([highest(v, rows.model.x) for v in seen.v.swapaxes(0, 1)], axis=1)
    # v rises with q at the rate at which the gap is left open.
    needed = games.law.lowest(games.scale, games.cost_shape)[rows.game][:, None] - at_zero
    there = games.share[rows.game] > 0.0
    return np.asarray(np.where(there, needed / seen.remaining, np.inf).min(axis=1))


def _crowd(mass: Callable[[Index, Array], Array], line: Index, first: Array) -> Array:
    """Where masses that rise with q reach that of a crowd, (K,), above `first`."""

    def look(some: Index, q: Array) -> tuple[NDArray[np.intp], Array]:
        size = np.log(np.maximum(mass(some, q), LEAST)) - np.log(NO_CROWD)
        return (size >= 0.0).astype(np.intp), size[:, None]

    low, result = np.clip(first, 0.0, 1.0), np.ones(line.size)
    left, kind, guide = line, *look(line, low)
    result[kind > 0] = low[kind > 0]
    for reach in (NEAR, 1.0):
        left = left[kind[left] == 0]
        if not left.size:
            break
        high = np.minimum(low[left] + reach, 1.0)
        high_kind, high_guide = look(left, high)
        some = np.flatnonzero(high_kind > 0)
        if some.size:
            at = left[some]
            brackets = Brackets(low[at], high[some], kind[at], high_kind[some], guide[at], high_guide[some])
            found = narrow(partial(_of, look, at), brackets, PLACED)
            result[at], kind[at] = found.high, 1
    return result


def _of(look: Look, some: Index, number: Index, q: Array) -> tuple[NDArray[np.intp], Array]:
    """A look at numbers (K,) among some lines."""
    return look(some[number], q)
