"""Without fine-tuning: qualities excluded by monotonicity.

N(q) and CS(q) do not fall as q rises in the initial model, so on [q1, q2] the objective is at most
r N(q2) (+ CS(q2)) - k q1^n / n. One table of participation serves all rows of a market; its intervals are
divided where some row needs it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate.claim import Claim
from eqsolve.certificate.objective import Objective
from eqsolve.certificate.pieces import expand
from eqsolve.certificate.tolerances import Tolerances
from eqsolve.certificate.users import Users
from eqsolve.game.games import Index
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

DIVISIONS = 8
"""An interval is divided into at most so many."""


@record
class Bound:
    """What monotonicity excludes.

    Attributes:
        closed: rows in which no quality outside the neighborhood can gain, (R,).
        best: the most that a row was seen to earn at a quality of the tables, (R,).
        market, q, users: the tables: N and CS (K, 2) at qualities of markets, (K,) each.
    """

    closed: NDArray[np.bool_]
    best: Array
    market: Index
    q: Array
    users: Array


_Knots = tuple[Index, Array, Array]
"""Markets, qualities (K,) and N and CS there (K, 2)."""


@record
class _Intervals:
    """Intervals of quality with N and CS at both ends, (I,) and (I, 2)."""

    market: Index
    low: Array
    high: Array
    bottom: Array
    top: Array

    def take(self, rows: Index) -> _Intervals:
        return _Intervals(
            self.market[rows], self.low[rows], self.high[rows], self.bottom[rows], self.top[rows]
        )


def exclude(
    users: Users, claim: Claim, objective: Objective, own: Array, center: Array, tolerances: Tolerances
) -> Bound:
    """Divide intervals of quality until every row can close those outside its neighborhood.

    Args:
        users: of the claim's markets.
        claim, objective: what is claimed.
        own: the claimed payoff as the certificate finds it, (R,).
        center: middle of the neighborhood that is left to the pieces, (R,); nan for none.
        tolerances: how far and how close.
    """
    target = own + tolerances.bound * objective.scale()
    near = tolerances.near + tolerances.near_share * center
    closed, best = np.ones(len(claim), dtype=bool), np.full(len(claim), -np.inf)
    rows_of = np.bincount(claim.market, minlength=len(claim.markets))
    budget = np.minimum(tolerances.intervals_per_row * rows_of, tolerances.most_intervals)
    intervals, knots = _first(users, tolerances, objective.welfare)
    row, of = _first_pairs(claim, tolerances.first_intervals)
    used = np.full(len(claim.markets), tolerances.first_intervals)
    while row.size:
        part = intervals.take(of)
        low, high = np.maximum(part.low, claim.low[row]), np.minimum(part.high, claim.high[row])
        excess = objective.at(row, low, np.zeros(1), part.top) - target[row]
        inside = (low >= center[row] - near[row]) & (high <= center[row] + near[row])
        open_ = np.flatnonzero((low <= high) & (excess > 0) & ~inside)
        row, of, part, excess = row[open_], of[open_], part.take(open_), excess[open_]
        at_low = objective.at(row, part.low, np.zeros(1), part.bottom)
        allowed = part.low >= claim.low[row]
        np.maximum.at(best, row[allowed], at_low[allowed])
        room = np.maximum(target[row] - at_low, 1e-30)
        wanted = np.zeros(intervals.low.size)
        np.maximum.at(wanted, of, np.minimum(1.0 + np.maximum(excess, 0.0) / room, DIVISIONS))
        parts = np.where(wanted > 0, np.clip(np.ceil(wanted), 2, DIVISIONS), 0).astype(np.intp)
        parts[(intervals.high - intervals.low < tolerances.apart) | (used >= budget)[intervals.market]] = 0
        closed[row[parts[of] == 0]] = False
        np.add.at(used, intervals.market, np.maximum(parts - 1, 0))
        intervals, first, new = _divide(users, intervals, parts, objective.welfare)
        knots.append(new)
        owner, child = expand(first[of], parts[of])
        row, of = row[owner], child
    market, q, seen = zip(*knots, strict=True)
    return Bound(closed, best, np.concatenate(market), np.concatenate(q), np.concatenate(seen))


def _first_pairs(claim: Claim, count: int) -> tuple[Index, Index]:
    """Rows and the first intervals of their markets, flat."""
    return expand(claim.market * count, np.full(len(claim), count))


def _first(users: Users, tolerances: Tolerances, welfare: bool) -> tuple[_Intervals, list[_Knots]]:
    """Equal intervals of every market, and their ends as knots."""
    count, markets = tolerances.first_intervals, len(users.model.games)
    edges = np.linspace(0.0, 1.0, count + 1)
    market, q = np.repeat(np.arange(markets), count + 1), np.tile(edges, markets)
    seen = users.untuned(market, q, surplus=welfare)
    table = seen.reshape(markets, count + 1, 2)
    intervals = _Intervals(
        np.repeat(np.arange(markets), count),
        np.tile(edges[:-1], markets),
        np.tile(edges[1:], markets),
        table[:, :-1].reshape(-1, 2),
        table[:, 1:].reshape(-1, 2),
    )
    return intervals, [(market, q, seen)]


def _divide(
    users: Users, intervals: _Intervals, parts: Index, welfare: bool
) -> tuple[_Intervals, Index, _Knots]:
    """Divide intervals into equal parts (I,), those with none are dropped.

    Returns:
        The new intervals; the number of the first part of each old one; and the new knots.
    """
    owner, number = expand(np.zeros(parts.size, dtype=np.intp), parts)
    first = np.cumsum(parts) - parts
    width = (intervals.high - intervals.low) / np.maximum(parts, 1)
    low = intervals.low[owner] + number * width[owner]
    inner = np.flatnonzero(number > 0)
    market = intervals.market[owner]
    seen = users.untuned(market[inner], low[inner], surplus=welfare)
    bottom = intervals.bottom[owner]
    bottom[inner] = seen
    last = number == parts[owner] - 1
    ends = np.flatnonzero(last)
    high, top = np.roll(low, -1), np.roll(bottom, -1, axis=0)
    high[ends], top[ends] = intervals.high[owner[ends]], intervals.top[owner[ends]]
    return _Intervals(market, low, high, bottom, top), first, (market[inner], low[inner], seen)
