"""Edges of participation curves: qualities at which adjustment changes its limit.

Either the start of adjustment crosses the border of a basin (`eqsolve.numerics.separatrix`), or the
equilibrium that it led to is no more (`eqsolve.numerics.folds`).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from eqsolve.game.games import Index
from eqsolve.game.participation import PRECISE, adjustment, participate, rest
from eqsolve.game.response import Rows
from eqsolve.numerics import folds, separatrix
from eqsolve.numerics.active import Samples
from eqsolve.numerics.piecewise import Flags
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.separatrix import Family
from eqsolve.selections import Selection

BEFORE = 1e-6
"""How far before a fold adjustment is seen to lead to the equilibrium that ends there..."""

BEYOND = 1e-3
"""...and how far beyond it, in N, rho and r(y), adjustment goes on."""


class Curves(Protocol):
    """Participation on curves (see `eqsolve.game.curve.Sampler`)."""

    @property
    def beta(self) -> Array:
        """Intensity of each curve."""

    def rows(self, curve: Index, q: Array) -> Rows:
        """Rows on curves (R,) at qualities (R,)."""

    def samples(self, rows: Rows, state: Array, sound: Flags) -> Samples:
        """Values and memos at states."""


@record
class _Brackets:
    """Brackets of edges, and what is found in them.

    Attributes (K brackets):
        owner: numbers of curves, (K,).
        q, ends: both ends, (K,) each, and (N, rho, r) there, (K, D) each.
        edge: where the edge is; nan while it is not known, (K,).
        sides: samples just below and above it.
    """

    owner: Index
    q: tuple[Array, Array]
    ends: tuple[Array, Array]
    edge: Array
    sides: tuple[Samples, Samples]

    def leads(self, some: Index, memo: Array, side: int) -> Flags:
        """Whether states (N, rho, r) of some brackets are on the branch of one end, not of the other."""
        here, there = (np.abs(memo - self.ends[k][some]).max(axis=1) for k in (side, 1 - side))
        return np.asarray(here < there)


@record
class EdgeFinder:
    """Locates edges: a `Locate` of `eqsolve.numerics.active`.

    Attributes:
        curves: what has the edges.
        selection: the rule; starts of adjustment cross borders of basins where it has one alone.
    """

    curves: Curves
    selection: Selection

    def locate(
        self, owner: Index, low: Array, high: Array, below: Array, above: Array
    ) -> tuple[Array, Samples, Samples]:
        """Edges in brackets (K,), nan where none was placed, and samples on both sides.

        Args:
            owner, low, high: curves and brackets, (K,) each.
            below, above: (N, rho, r) at both ends of the brackets, (K, D) each.
        """
        nobody = np.zeros(below.shape), np.zeros(owner.size, dtype=bool)
        sides = [self.curves.samples(self.curves.rows(owner, low), *nobody) for _ in range(2)]
        brackets = _Brackets(
            owner, (low, high), (below, above), np.full(owner.size, np.nan), (sides[0], sides[1])
        )
        tuned = np.flatnonzero(self.curves.beta[owner] > 0)
        if tuned.size and self.selection.follows:
            self._crossings(brackets, tuned)
        for side in (0, 1):
            left = tuned[np.isnan(brackets.edge[tuned])]
            if left.size:
                self._folds(brackets, left, side)
        return brackets.edge, *brackets.sides

    def _family(self, owner: Index) -> Family:
        return lambda number, q: adjustment(self.curves.rows(owner[number], q), self.selection)

    def _crossings(self, brackets: _Brackets, some: Index) -> None:
        """Edges where the start of adjustment crosses the stable manifold of a saddle."""
        low, high = (q[some] for q in brackets.q)
        edges = separatrix.locate(self._family(brackets.owner[some]), low, high)
        placed = np.flatnonzero(np.isfinite(edges.x))
        if placed.size:
            starts = edges.below[placed], edges.above[placed]
            self._accept(brackets, some[placed], edges.x[placed], starts, (False, False))

    def _folds(self, brackets: _Brackets, some: Index, side: int) -> None:
        """Edges where the equilibrium at one end of the bracket is no more; 0 is the lower end, 1 the other.

        Adjustment must lead to that equilibrium just before it ends.
        """
        rows = self.curves.rows(brackets.owner[some], brackets.q[side][some])
        prior, state = rows.model.games.prior[rows.game], brackets.ends[side][some]
        some = some[(state[:, 0] > 0.0) | (prior > 0.0)]
        owner, state = brackets.owner[some], brackets.ends[side][some]
        if not some.size:
            return
        start, goal = brackets.q[side][some], brackets.q[1 - side][some]
        found = folds.locate(
            self._family(owner), np.arange(some.size), start, goal, state, brackets.ends[1 - side][some]
        )
        placed = np.flatnonzero(np.isfinite(found.x))
        if not placed.size:
            return
        rows = self.curves.rows(owner[placed], found.x[placed] + (BEFORE if side else -BEFORE))
        limit = participate(rows, self.selection)
        reached = self.curves.samples(rows, limit.state, limit.solved)
        placed = placed[reached.sound & brackets.leads(some[placed], reached.memo, side)]
        if placed.size:
            way = found.way[placed]
            length = np.abs(way).max(axis=1, keepdims=True)
            on = BEYOND * np.divide(way, length, out=np.zeros_like(way), where=length > 0.0)
            starts = [found.state[placed], found.state[placed] + on]
            first, second = starts[side], starts[1 - side]
            self._accept(brackets, some[placed], found.x[placed], (first, second), (side == 0, side == 1))

    def _accept(
        self, brackets: _Brackets, some: Index, x: Array, starts: tuple[Array, Array],
        resting: tuple[bool, bool],
    ) -> None:  # fmt: skip
        """Keep edges from which adjustment leads to where it leads from the ends of their brackets.

        Args:
            brackets: filled.
            some: numbers of the brackets, (E,).
            x: edges, (E,).
            starts: states (N, rho, r) on the way to both sides, (E, D) each.
            resting: whether these are equilibria already.
        """
        rows, right = self.curves.rows(brackets.owner[some], x), np.ones(some.size, dtype=bool)
        sides = []
        for side, start in enumerate(starts):
            mass = start[:, :1] + rows.model.games.prior[rows.game][:, None]
            state, sound = np.concatenate([start[:, :1], start[:, 1:] * mass], axis=1), right
            if not resting[side]:
                limit = rest(rows, self.selection, start, PRECISE)
                state, sound = limit.state, limit.converged
            sides.append(self.curves.samples(rows, state, sound.copy()))
            right = right & sound & brackets.leads(some, sides[side].memo, side)
        for mine, found in zip(brackets.sides, sides, strict=True):
            mine.put(some[right], found.take(right))
        brackets.edge[some[right]] = x[right]
