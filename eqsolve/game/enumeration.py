"""All participation equilibria of a choice of the platform, and whether they are stable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.games import Index
from eqsolve.game.participation import SAME, adjust_from, state_distance
from eqsolve.game.response import Rows, tangent
from eqsolve.game.starts import start_state
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.spectrum import leading_eigenvalue
from eqsolve.selections import STARTS
from eqsolve.telling import tell

SPACING = 1.0 / 16.0
"""Longest interval of quality in which equilibria are not counted again."""

UNKNOWN = -2
"""Stands for a start that was not followed yet."""


@record
class Enumeration:
    """Participation equilibria found from all starts.

    Attributes (R rows, S starts):
        states: limits of adjustment, (S, R, 2 + Y).
        number: number of each limit's equilibrium, counted from zero in the order of `STARTS`; -1 where
            adjustment found none, (S, R).
        count: number of distinct equilibria, (R,).
    """

    states: Array
    number: NDArray[np.intp]
    count: NDArray[np.intp]


def enumerate_equilibria(rows: Rows, tol: float = 1e-10) -> Enumeration:
    """Find the distinct participation equilibria of rows with beta > 0."""
    limits = adjust_from(rows, STARTS, tol)
    number = np.full((len(STARTS), len(rows)), -1, dtype=np.intp)
    count = np.zeros(len(rows), dtype=np.intp)
    for s, limit in enumerate(limits):
        for earlier in range(s):
            same = state_distance(rows, limit.state, limits[earlier].state) < SAME
            known = limit.converged & (number[s] < 0) & (number[earlier] >= 0) & same
            number[s] = np.where(known, number[earlier], number[s])
        new = limit.converged & (number[s] < 0)
        number[s] = np.where(new, count, number[s])
        count += new
    return Enumeration(np.stack([limit.state for limit in limits]), number, count)


def equilibria(row: Rows, tol: float) -> list[tuple[tuple[str, ...], Array]]:
    """The distinct participation equilibria of a single row: which starts lead there, and its state.

    They come in the order of the starts; without fine-tuning there is one.
    """
    if row.beta[0] == 0.0:
        return [(STARTS, start_state(row, "initial"))]
    found = enumerate_equilibria(row, tol)
    numbers, listed = found.number[:, 0], []
    for number in range(int(found.count[0])):
        leads = np.flatnonzero(numbers == number)
        listed.append((tuple(STARTS[start] for start in leads), found.states[leads[0]]))
    return listed


def count_equilibria(rows: Rows) -> NDArray[np.intp]:
    """How many participation equilibria there are at rows with beta > 0, (R,).

    Where many rows lie on a curve (game, beta), they are enumerated at both ends and in the middle of
    intervals of q, which are halved until they are no longer than `SPACING` and the same starts lead to the
    same equilibria at all three; rows in between then have as many.
    """
    order = np.lexsort((rows.q, rows.beta, rows.game))
    curve = np.stack([rows.game[order], rows.beta[order]])
    first = np.flatnonzero(np.append(True, (np.diff(curve, axis=1) != 0).any(axis=0)))
    last = np.append(first[1:], order.size) - 1
    pattern = np.full((len(STARTS), order.size), UNKNOWN, dtype=np.intp)
    ends = np.zeros(order.size, dtype=bool)
    ends[first] = ends[last] = True
    _enumerate(rows, order, pattern, np.flatnonzero(ends))
    while first.size:
        open_ = last > first + 1
        first, last = first[open_], last[open_]
        middle = (first + last) // 2
        _enumerate(rows, order, pattern, middle)
        alike = (pattern[:, first] == pattern[:, middle]) & (pattern[:, middle] == pattern[:, last])
        done = alike.all(axis=0) & (rows.q[order[last]] - rows.q[order[first]] <= SPACING)
        for a, b in zip(first[done], last[done], strict=True):
            pattern[:, a:b] = pattern[:, a, None]
        first, middle, last = first[~done], middle[~done], last[~done]
        first, last = np.concatenate([first, middle]), np.concatenate([middle, last])
    count = np.empty(order.size, dtype=np.intp)
    count[order] = pattern.max(axis=0) + 1
    return count


def _enumerate(rows: Rows, order: Index, pattern: NDArray[np.intp], places: Index) -> None:
    """Fill in columns of `pattern`: the number of the equilibrium that each start leads to."""
    if places.size:
        tell(lambda: f"all equilibria at {places.size} choices")
        pattern[:, places] = enumerate_equilibria(rows.take(order[places])).number


def stability(rows: Rows, state: Array) -> Array:
    """Largest real part of the spectrum of the best-response map's derivative, (R,); stable below 1.

    Adjustment dz/dtau = T(z) - z returns to a state exactly if it is below 1. Nobody taking part is probed
    by its derivative from a small uniform participation.
    """
    empty = state[:, 0] <= 0
    probe = np.where(empty[:, None], 1e-6 * start_state(rows, "everybody"), state)
    value = leading_eigenvalue(tangent(rows, probe), state.shape[1])
    return np.where(rows.beta > 0, value, 0.0)
