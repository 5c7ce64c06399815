"""Participation along paths of rows: equilibria at neighboring qualities or intensities are warm starts.

Every fourth row of a path is solved by itself. In between, the equilibrium is predicted from its neighbors,
and accelerated from there, twice as finely each time. By continuity that is where best-response adjustment
leads, as long as it led to the neighbors directly, from starts of the same kind (somebody or hardly anybody
takes part in the initial model), and they are close to each other. Other rows are solved by themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.games import Index
from eqsolve.game.participation import adjust, polish, state_distance
from eqsolve.game.response import Rows
from eqsolve.numerics.flow import Limit
from eqsolve.numerics.quadrature import Array

FOOTHOLD = 1e-3
"""Mass of participants from which adjustment starts from a crowd."""

FEW = 256
"""Fewer rows are solved faster all at once."""

STRIDE = 4
"""Rows from one that is solved by itself to the next."""

CLOSE = 0.1
"""Farthest neighbors, in N, rho and r(y), between which an equilibrium is predicted."""

SURPRISE = 0.5
"""Farthest that an equilibrium may be from its prediction, as a share of its neighbors' distance."""


def adjust_along(rows: Rows, start: Array, mirror: NDArray[np.bool_], tol: float) -> Limit:
    """Limits of best-response adjustment from `start` (R, 2 + Y), as by `adjust`.

    A path is a run of rows of one game in which only q or only beta changes.
    """
    if len(rows) < FEW:
        return adjust(rows, start, mirror, tol)
    every, many = np.arange(len(rows)), start[:, 0] > FOOTHOLD
    place, left = _places(rows)
    whole = place + left - (place + left) % STRIDE
    alone = (place % STRIDE == 0) | (place > whole)
    limit = _blank(start)
    _write(limit, every[alone], adjust(rows.take(every[alone]), start[alone], mirror[alone], tol))
    step = STRIDE // 2
    while step:
        level = every[~alone & (place % (2 * step) == step)]
        before, after = level - step, level + step
        gap = state_distance(rows.take(level), limit.state[before], limit.state[after])
        between = limit.direct[before] & limit.direct[after] & (gap <= CLOSE)
        between &= (many[before] == many[level]) & (many[after] == many[level])
        near = level[between]
        if near.size:
            guess = _predict(rows, limit, near, step, place, left)
            found = polish(rows.take(near), guess, mirror[near], tol)
            surprise = state_distance(rows.take(near), guess, found.state)
            good = found.converged & (surprise <= SURPRISE * gap[between] + tol)
            _write(limit, near[good], found.take(np.flatnonzero(good)))
        lost = level[~limit.converged[level]]
        if lost.size:
            _write(limit, lost, adjust(rows.take(lost), start[lost], mirror[lost], tol))
        step //= 2
    return limit


def _places(rows: Rows) -> tuple[Index, Index]:
    """How many rows of its path come before each row, and after it, (R,) each."""
    joined = (np.diff(rows.game) == 0) & ((np.diff(rows.q) == 0) | (np.diff(rows.beta) == 0))
    first = np.concatenate([[0], np.flatnonzero(~joined) + 1, [len(rows)]])
    length = np.diff(first)
    place = np.arange(len(rows)) - np.repeat(first[:-1], length)
    return place, np.repeat(length, length) - 1 - place


def _predict(rows: Rows, limit: Limit, near: Index, step: int, place: Index, left: Index) -> Array:
    """States interpolated from the rows `step` before and after, and from the next ones where known."""
    at = rows.q + rows.beta
    around = near[:, None] + step * np.array([-3, -1, 1, 3])
    inside = (place[near] >= 3 * step) & (left[near] >= 3 * step)
    around = np.where(inside[:, None], around, np.clip(around, 0, len(rows) - 1))
    cubic = inside & limit.direct[around].all(axis=1)
    x = at[around] - at[near][:, None]
    weights = np.empty_like(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        for i in range(4):
            others = [j for j in range(4) if j != i]
            weights[:, i] = np.prod([x[:, j] / (x[:, j] - x[:, i]) for j in others], axis=0)
        line = x[:, 2] / (x[:, 2] - x[:, 1])
    weights[~cubic] = np.stack([0.0 * line, line, 1.0 - line, 0.0 * line], axis=1)[~cubic]
    guess = sum(weights[:, i, None] * limit.state[around[:, i]] for i in range(4))
    return np.where(guess[:, :1] > 0.0, guess, limit.state[near - step])


def _blank(start: Array) -> Limit:
    no = np.zeros(len(start), dtype=bool)
    return Limit(start.copy(), np.full(len(start), np.inf), no.copy(), no.copy())


def _write(limit: Limit, rows: Index, found: Limit) -> None:
    limit.state[rows], limit.residual[rows] = found.state, found.residual
    limit.converged[rows], limit.direct[rows] = found.converged, found.direct
