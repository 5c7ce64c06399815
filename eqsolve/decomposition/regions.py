"""Parts of the tastes: where a function of taste is positive, and integrals over there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eqsolve.game.discretization import Discretization
from eqsolve.game.games import Index
from eqsolve.game.response import Rows, make_rows, masses, moments
from eqsolve.numerics.pieces import crossings
from eqsolve.numerics.quadrature import Array, Grid

JOINED = 1e-12
"""Pieces closer than this are one interval."""

Intervals = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Region:
    """Pieces of the panels of a taste grid, (K,) each: the panel, and the ends of the piece in [-1, 1]."""

    grid: Grid
    panel: Index
    low: Array
    high: Array

    def intervals(self) -> Intervals:
        """The region as intervals of tastes, neighbors joined."""
        found: list[tuple[float, float]] = []
        for left, right in zip(self._taste(self.low), self._taste(self.high), strict=True):
            if found and left - found[-1][1] < JOINED:
                left = found.pop()[0]
            found.append((float(left), float(right)))
        return tuple(each for each in found if each[1] - each[0] > JOINED)

    def _taste(self, place: Array) -> Array:
        return self.grid.point(self.panel, place)


def positive(nodal: Array, grid: Grid) -> Region:
    """Where the interpolant of nodal values (X,) is positive."""
    found = crossings(nodal[None, None], np.zeros((1, 1)), grid)
    every = np.arange(grid.panels)
    panel = np.concatenate([every, every, found.panel[found.owner]])
    place = np.concatenate([np.full(grid.panels, -1.0), np.full(grid.panels, 1.0), found.point])
    order = np.lexsort((place, panel))
    panel, place = panel[order], place[order]
    same = np.flatnonzero(panel[1:] == panel[:-1])
    panel, low, high = panel[same], place[same], place[same + 1]
    middle = (grid.rule.lagrange((low + high) / 2.0) * nodal.reshape(-1, grid.order)[panel]).sum(axis=1)
    inside = (middle > 0) & (high > low)
    return Region(grid, panel[inside], low[inside], high[inside])


def intersection(one: Intervals, other: Intervals) -> Intervals:
    """The tastes that lie in both."""
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted((low, high) for low, high in both if high - low > JOINED))


def restrict(rows: Rows, v: Array, region: Region) -> tuple[Rows, Array] | None:
    """Rows and values (R, J, X) on the tastes of a region only, for integrals; None if there are none.

    Every piece becomes a panel with a Gauss rule of its own, so integrals are as exact as on all tastes.
    """
    if not region.panel.size:
        return None
    model, rule = rows.model, region.grid.rule
    half = (region.high - region.low) / 2.0
    basis = rule.lagrange(region.low[:, None] + half[:, None] * (1.0 + rule.nodes))

    def carry(nodal: Array) -> Array:
        folded = nodal.reshape(*nodal.shape[:-1], -1, rule.order)[..., region.panel, :]
        return np.asarray(np.einsum("kab,...kb->...ka", basis, folded).reshape(*nodal.shape[:-1], -1))

    density = carry(model.tastes / np.tile(rule.weights, region.grid.panels))
    inside = _only_integrals(
        model,
        x=Grid(region.panel.size, rule.order),
        tastes=density * (half[:, None] * rule.weights).ravel(),
    )
    return make_rows(inside, rows.game, rows.q, rows.beta), carry(v)


def _only_integrals(model: Discretization, **fields: object) -> Discretization:
    games = replace(model.games, personalization=np.zeros_like(model.games.personalization))
    return replace(model, games=games, **fields)  # type: ignore[arg-type]


def popular_tastes(rows: Rows) -> Region:
    """Where p(x) > ∫ p f_0 dy, with p(y) = sum_j lambda_j ∫ s(x', y) g_j(x') dx' over all users.

    Tastes whose own output y = x suits the users on average better than the initial model's outputs do
    (docs/decomposition.md). They depend on the game only, not on a regime.
    """
    model = rows.model
    heard = replace(model.games, w=np.ones_like(model.games.w))
    everybody = make_rows(_only_integrals(replace(model, games=heard)), *_first(rows))
    reward = moments(everybody, masses(everybody, np.ones((1, heard.w.shape[1], model.x.size))))[0, 2:]
    average = model.outputs[model.output_of[0]] @ reward
    return positive(model.y.interpolation(model.x.x) @ reward - average, model.x)


def _first(rows: Rows) -> tuple[Index, Array, Array]:
    return rows.game[:1], rows.q[:1], rows.beta[:1]
