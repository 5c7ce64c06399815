"""Participation and surplus at given choices, evaluated on the certificate's own grids."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate.adjustment import CLOSELY, STAGES, limits, polish
from eqsolve.game.discretization import Discretization, discretize, symmetric
from eqsolve.game.games import Games, Index
from eqsolve.game.grids import fitting, needs_of, weaker
from eqsolve.game.response import (
    Rows,
    Values,
    crowd,
    cut_panels,
    initial_values,
    integrand,
    make_rows,
    masses,
    values,
)
from eqsolve.numerics.batch import Batch
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.selections import Selection

ORDER, EXTRA_PANELS = 20, 1
"""The grids: another order than the solver's, one panel more, other panel edges."""

TILE = 2**17
"""Numbers in a work array (rows times nodes): keeps the working set in cache."""

TABLES = 2**23
"""Numbers in tables of own feedback at a time, 64 MB."""


@record
class Seen(Batch):
    """What users do at choices (market, q, beta), (R,) each, with J segments.

    Attributes:
        by_segment, surplus: N_j and CS_j, (R, J) each.
        total: N and CS, (R, 2).
        rho: average feedback quality; nan where beta = 0, (R,).
        residual: change of N, rho and r under the best response, (R,); zero where beta = 0.
        solved: whether adjustment came to rest, (R,).
    """

    by_segment: Array
    surplus: Array
    total: Array
    rho: Array
    residual: Array
    solved: NDArray[np.bool_]


@record
class Users:
    """The users of some markets.

    Attributes:
        model: the certificate's grids and tables; half grids where all markets are symmetric and stay so.
        selection: rule among participation equilibria.
    """

    model: Discretization
    selection: Selection

    def at(self, market: Index, q: Array, beta: Array) -> Seen:
        """What users do at choices (R,) each; equal choices are evaluated once."""
        key = np.stack([market.astype(np.float64), beta, q])
        distinct, of = np.unique(key, axis=1, return_inverse=True)
        market, beta, q = distinct[0].astype(np.intp), distinct[1], distinct[2]
        seen = self.nothing(q.size)
        for part in self._tiles(np.flatnonzero(beta == 0)):
            seen.put(part, account(self._initial(market[part], q[part]), None))
        for users, some in self._by_intensity(market, beta):
            users._tuned(seen, some[beta[some] > 0], market, q, beta, self._ways)
        return seen.take(of.ravel())

    def untuned(self, market: Index, q: Array, *, surplus: bool) -> Array:
        """N and CS in the initial model at qualities (R,), (R, 2); CS is nan unless asked for."""
        total = np.empty((q.size, 2))
        for part in self._tiles(np.arange(q.size)):
            total[part] = account(self._initial(market[part], q[part]), None, surplus=surplus).total
        return total

    def nothing(self, count: int) -> Seen:
        """Nothing seen yet of so many choices."""
        return _empty(count, self.model.games.share.shape[1])

    def closely(self, market: Index, q: Array, beta: Array) -> Seen:
        """What users do at choices (R,) each with beta > 0, by the way that tells the sides of an edge.

        Where that way gets nowhere, which jumps of H can do, the other ways tell.
        """
        seen = self.nothing(q.size)
        for users, some in self._by_intensity(market, beta):
            users._tuned(seen, some, market, q, beta, [CLOSELY, *self._ways])
        return seen

    def beside(self, market: Index, q: Array, beta: Array, side: Array) -> Seen:
        """What users do at q on the branch that adjustment selects at q + side, (R,) each.

        Where beta = 0 there are no branches but jumps of H: these users are those at q + side.
        """
        seen, there = self.nothing(q.size), np.clip(q + side, 0.0, 1.0)
        plain = np.flatnonzero(beta == 0)
        if plain.size:
            seen.put(plain, self.at(market[plain], there[plain], beta[plain]))
        stages = CLOSELY if self.selection.follows else STAGES
        for part in self._tiles(np.flatnonzero(beta > 0)):
            rows = make_rows(self.model, market[part], there[part], beta[part])
            begin = limits(rows, self.selection, stages=stages)
            left = np.flatnonzero(~begin.solved)
            if left.size and stages is CLOSELY:
                begin.put(left, limits(rows.take(left), self.selection))
            rows = make_rows(self.model, market[part], q[part], beta[part])
            end = polish(rows, begin.state, self.model.mirror[rows.game] & self.selection.symmetric)
            result = account(rows, end.state)
            result.residual[:] = end.residual
            moved = np.abs(end.state[:, 0] - begin.state[:, 0])
            result.solved[:] = begin.solved & end.solved & (moved <= FOLLOWED)
            seen.put(part, result)
        return seen

    def ceiling(self) -> Array:
        """The most that N and CS can be in each market, where v is 1 for everybody, (M, 2)."""
        every = np.arange(len(self.model.games))
        rows, full = self._initial(every, np.ones(every.size)), np.ones((every.size, 1, 1))
        most = [integrand(rows, full, name, None)[:, 0, 0] for name in ("share", "surplus")]
        return np.stack(most, axis=1)

    @property
    def _ways(self) -> list[tuple[str, ...]]:
        """Ways to the limits, each for what those before it left."""
        return [(stage,) for stage in STAGES] if self.selection.follows else [STAGES]

    def _by_intensity(self, market: Index, beta: Array) -> list[tuple[Users, Index]]:
        """The same users on the grids that choices (K,) need at their intensities, and numbers of these."""
        return fitting(self, self._weaker, self.model.games.strength[market], beta)

    @cached_property
    def _weaker(self) -> list[tuple[float, Users]]:
        return [
            (share, _users(games, self.selection, self.model.y.half))
            for share, games in weaker(self.model.games)
        ]

    def _initial(self, market: Index, q: Array) -> Rows:
        """Rows without fine-tuning, which need no tables of own feedback."""
        return Rows(self.model, market, q, np.zeros(q.size), None, np.zeros((q.size, 1), dtype=np.intp))

    def _tuned(
        self, seen: Seen, pending: Index, market: Index, q: Array, beta: Array, ways: list[tuple[str, ...]]
    ) -> None:
        """What users do at choices with fine-tuning, the rows `pending`; filled into `seen`.

        What one of the ways to the limits leaves is gathered for the next one, which costs as much for few
        rows.
        """
        for way in ways:
            left = []
            for part in self._sharing(pending, market, beta):
                rows = make_rows(self.model, market[part], q[part], beta[part])
                end = limits(rows, self.selection, stages=way)
                done = np.flatnonzero(end.solved)
                if done.size:
                    found = account(rows.take(done), end.state[done])
                    found.residual[:] = end.residual[done]
                    seen.put(part[done], found)
                left.append(part[~end.solved])
            pending = np.concatenate([pending[:0], *left])
        seen.solved[pending], seen.residual[pending] = False, np.inf

    def _sharing(self, rows: Index, market: Index, beta: Array) -> Iterator[Index]:
        """The same where tables of own feedback, of each market and intensity, must not fill the memory."""
        model, pairs = self.model, np.stack([market[rows].astype(np.float64), beta[rows]])
        size = 2 * model.games.share.shape[1] * model.pairs.size
        tabled = bool(model.match) and bool(model.games.personalization.any())
        most = max(1, TABLES // size) if tabled else rows.size
        number = np.cumsum((np.diff(pairs, axis=1, prepend=pairs[:, :1]) != 0.0).any(axis=0))
        for tile in self._tiles(np.arange(rows.size)):
            cuts = np.flatnonzero(np.diff((number[tile] - number[tile[0]]) // most)) + 1
            yield from (rows[part] for part in np.split(tile, cuts))

    def _tiles(self, rows: Index) -> Iterator[Index]:
        """Row numbers that are worked on together."""
        size = max(1, TILE // self.model.numbers)
        return (rows[start : start + size] for start in range(0, rows.size, size))


def open_users(markets: Games, selection: Selection) -> Users:
    """Build the certificate's grids for markets that need the same ones."""
    half = selection.symmetric and markets.kernel.smooth and bool(symmetric(markets).all())
    return _users(markets, selection, half)


def _users(markets: Games, selection: Selection, half: bool) -> Users:
    return Users(discretize(markets, *needs_of(markets).grids(ORDER, EXTRA_PANELS, half)), selection)


def account(rows: Rows, state: Array | None, *, surplus: bool = True) -> Seen:
    """Masses and surplus (nan unless asked for) at states (R, 2 + Y); in the initial model without states."""
    seen = _empty(len(rows), rows.model.games.share.shape[1])
    v = initial_values(rows)
    if state is not None:
        faced: Values = values(rows, state)
        v = np.broadcast_to(faced.v, v.shape)
        seen.rho[:] = np.where(state[:, 0] > NO_CROWD, crowd(rows, state)[:, 0], 0.0)
    pieces = cut_panels(rows, v)
    share = rows.model.games.share[rows.game]
    seen.by_segment[:] = masses(rows, integrand(rows, v, "share", pieces)).sum(axis=2)
    seen.surplus[:] = masses(rows, integrand(rows, v, "surplus", pieces)).sum(axis=2) if surplus else np.nan
    seen.total[:, 0] = (share * seen.by_segment).sum(axis=1)
    seen.total[:, 1] = (share * seen.surplus).sum(axis=1)
    return seen


FOLLOWED = 1e-2
"""By how much N may change along a branch over a tiny step: a hundred times its root, as at folds."""

NO_CROWD = 1e-90
"""Masses below this stand for nobody."""


def _empty(rows: int, segments: int) -> Seen:
    by_segment, surplus = np.zeros((2, rows, segments))
    total, rho = np.zeros((rows, 2)), np.full(rows, np.nan)
    return Seen(by_segment, surplus, total, rho, np.zeros(rows), np.ones(rows, dtype=bool))
