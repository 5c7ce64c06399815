"""How much mass lies farther than u from x: points u for integrals over distances, and tables for their mass.

Between two neighboring distances from x to the edges of panels, x - u and x + u stay in one panel each, and
mass is a polynomial in the panel's own coordinate: a Gauss rule there makes integrals of smooth functions of
the mass precise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics import special
from eqsolve.numerics.quadrature import Array, Grid, Reference, reference

Index = NDArray[np.intp]

SHARING = 0.25
"""Tables of panels are shared where at least so many nodes and intervals meet each in every panel."""

DENSE = 96
"""Nodes up to which one product with a table of all nodes beats many small ones."""


@dataclass(frozen=True)
class Distances:
    """Points u of integrals over [0, max(x, 1 - x)], and masses that lie farther than u from x.

    Of every pair, the first is for masses on the left of x, the second for those on its right.

    Attributes (S nodes x; L intervals of u with q points each; P panels of y with p nodes each):
        y: the grid on which masses are given.
        u, weights: points and weights of the integrals, (S, L q) each.
        panel: panels that hold x - u and x + u, (S, L) each.
        near: masses of these panels to what lies in them farther than u from x, (S, L, p, q) each.
        own_panel, own_near: the same for u = 0, (S,) and (S, p).
        table: masses at all nodes to what lies farther than u from x, (S, Y, L q), where that is the faster
            way; None on large grids.
        shared: the different ones of `near`, (p, T q) each, and where each is among those of all panels,
            T panel + number, (S L,) each, where they are few: nodes that divide panels alike meet the same
            places in all. None where they are many.
    """

    y: Grid
    u: Array
    weights: Array
    panel: tuple[Index, Index]
    near: tuple[Array, Array]
    own_panel: Index
    own_near: tuple[Array, Array]
    table: Array | None
    shared: tuple[tuple[Array, Index], tuple[Array, Index]] | None = None

    def outside(self, masses: Array) -> Array:
        """Mass farther than u from x: masses (R, 1 or S, Y) to (S, R, L q)."""
        if self.table is not None:
            return np.asarray(np.matmul(masses.swapaxes(0, 1), self.table))
        outside = self.beyond(masses, 0)
        outside += self.beyond(masses, 1)
        return outside

    def beyond(self, masses: Array, side: int) -> Array:
        """Mass on one side of x and farther from it than u: masses (R, 1 or S, Y) to (S, R, L q)."""
        folded, far = self._by_panel(masses, side)
        panel = self.panel[side]
        if self.shared is not None and masses.shape[1] == 1:
            tables, which = self.shared[side]
            every = np.matmul(folded[:, 0], tables)
            every += far[:, 0, :, None]
            outside = np.take(every.reshape(len(masses), -1, self._points), which, axis=1)
            return np.asarray(outside.reshape(len(masses), len(panel), -1).swapaxes(0, 1))
        at = np.arange(len(panel) if masses.shape[1] > 1 else 1)[:, None]
        near = np.matmul(folded[:, at, panel].transpose(1, 2, 0, 3), self.near[side])
        near += far[:, at, panel].transpose(1, 2, 0)[..., None]
        return np.asarray(near.swapaxes(1, 2).reshape(len(panel), len(masses), -1))

    def aside(self, masses: Array, side: int) -> Array:
        """Mass on one side of x: masses (R, 1, Y) to (S, R)."""
        folded, far = self._by_panel(masses, side)
        near = np.einsum("rsk,sk->sr", folded[:, 0, self.own_panel], self.own_near[side])
        return np.asarray(near + far[:, 0, self.own_panel].T)

    @property
    def _points(self) -> int:
        return int(self.near[0].shape[3])

    def _by_panel(self, masses: Array, side: int) -> tuple[Array, Array]:
        """Masses (R, S, P, p), and those of the panels beyond each panel, (R, S, P)."""
        folded = masses.reshape(*masses.shape[:2], self.y.panels, self.y.order)
        whole = folded.sum(axis=-1)
        if side == 0:
            return folded, np.cumsum(whole, axis=-1) - whole
        return folded, np.cumsum(whole[..., ::-1], axis=-1)[..., ::-1] - whole


@lru_cache(maxsize=64)
def distances(at: Grid, y: Grid, order: int, least: float) -> Distances:
    """Prepare integrals over the distances u from the nodes of `at`.

    Args:
        at: nodes x.
        y: the full grid on which masses are given.
        order: points q in each interval.
        least: length of the shortest interval at u = 0, where integrands fall fastest.
    """
    x, edges = at.x[:, None], y.at(y.ends)
    halvings = int(np.ceil(np.log2(max(1.0, 1.0 / (y.panels * least)))))
    more = np.broadcast_to(0.5 ** np.arange(1, halvings + 1) / y.panels, (x.size, halvings))
    ends = np.sort(np.concatenate([np.abs(x - edges), more], axis=1), axis=1)
    ends = np.minimum(ends, np.maximum(x, 1.0 - x))
    starts = np.concatenate([np.zeros_like(x), ends[:, :-1]], axis=1)
    middle = (starts + ends) / 2.0
    panel = (_panel(edges, x - middle), _panel(edges, x + middle))
    u, weights, place = _points(x, y, order, starts, ends, panel)
    own = _panel(edges, at.x)
    below = _below(y.rule, _place(y, y.inverse(at.x), own))
    near = [table.swapaxes(2, 3) for table in (_below(y.rule, place[0]), 1.0 - _below(y.rule, place[1]))]
    result = Distances(
        y, u.reshape(x.size, -1), weights.reshape(x.size, -1), panel,
        (np.ascontiguousarray(near[0]), np.ascontiguousarray(near[1])), own, (below, 1.0 - below), None,
    )  # fmt: skip
    if y.size > DENSE:
        return replace(result, shared=_shared(result))
    unit = np.broadcast_to(np.eye(y.size)[:, None], (y.size, x.size, y.size))
    return replace(result, table=result.outside(unit))


def _shared(where: Distances) -> tuple[tuple[Array, Index], tuple[Array, Index]] | None:
    """The different tables of `near`, if there are few; those of empty intervals do not matter."""
    empty = (where.weights.reshape(*where.panel[0].shape, -1) == 0.0).all(axis=2)
    found = []
    for near, panel in zip(where.near, where.panel, strict=True):
        flat = np.where(empty[..., None], 0.0, near.reshape(*near.shape[:2], -1))
        flat = flat.reshape(-1, flat.shape[2])
        _, first, which = np.unique(
            np.round(flat[:, :: near.shape[3]], 9), axis=0, return_index=True, return_inverse=True
        )
        if first.size * where.y.panels * SHARING > len(flat):
            return None
        tables = flat[first].reshape(first.size, *near.shape[2:]).swapaxes(0, 1)
        found.append((tables.reshape(near.shape[2], -1), panel.ravel() * first.size + which.reshape(-1)))
    return found[0], found[1]


def _panel(edges: Array, points: Array) -> Index:
    """The panels that hold points; the nearest one of points outside of [0, 1]."""
    return np.clip(np.searchsorted(edges, points, side="right") - 1, 0, edges.size - 2)


def _place(y: Grid, u: Array, panel: Index) -> Array:
    """Coordinates u of the grid as places in [-1, 1] of panels."""
    low, high = y.ends[panel], y.ends[panel + 1]
    return np.clip(2.0 * (u - low) / (high - low) - 1.0, -1.0, 1.0)


def _points(
    x: Array, y: Grid, order: int, starts: Array, ends: Array, panel: tuple[Index, Index]
) -> tuple[Array, Array, tuple[Array, Array]]:
    """Points and weights, and the places of x - u and x + u in their panels, (S, L, q) each.

    On graded grids an interval that reaches into the first panel, or the last, is cut in the panel's own
    coordinate, in which masses are smooth.
    """
    rule = reference(order)
    t, w = (1.0 + rule.nodes) / 2.0, rule.weights / 2.0
    starts, ends, x, rest = starts[..., None], ends[..., None], x[..., None], 1.0 - x[..., None]
    u, weights = starts + (ends - starts) * t, (ends - starts) * w
    inner = [_inverse(y, x - u), _inverse(y, x + u)]
    if y.grading > 1:
        middle = (starts + ends) / 2.0
        first = (panel[0] == 0)[..., None] & (middle < x)
        last = (panel[1] == y.panels - 1)[..., None] & (middle < rest)
        for side, room, mine in (
            (0, x, first & ((x <= rest) | ~last)),
            (1, rest, last & ((x > rest) | ~first)),
        ):
            low, high = _inverse(y, room - ends), _inverse(y, room - starts)
            own = low + (high - low) * t
            u = np.where(mine, room - y.at(own), u)
            weights = np.where(mine, (high - low) * _slope(y, own) * w, weights)
            inner[side] = np.where(mine, own if side == 0 else 1.0 - own, inner[side])
            across = _inverse(y, x + u if side == 0 else x - u)
            inner[1 - side] = np.where(mine, across, inner[1 - side])
    places = [_place(y, value, which[..., None]) for value, which in zip(inner, panel, strict=True)]
    return u, weights, (places[0], places[1])


def _inverse(y: Grid, x: Array) -> Array:
    return y.inverse(np.clip(x, 0.0, 1.0))


def _slope(y: Grid, u: Array) -> Array:
    """dx/du of a graded grid."""
    return np.asarray((u * (1.0 - u)) ** (y.grading - 1) / special.beta(y.grading, y.grading))


def _below(rule: Reference, place: Array) -> Array:
    """Masses at a panel's nodes to the mass below places (...) in [-1, 1] of it, (..., p).

    By the Legendre series of the density, whose integrals are known.
    """
    degrees = np.arange(rule.order)
    legendre = np.polynomial.legendre.legvander(place, rule.order)
    integrals = np.empty_like(legendre[..., :-1])
    integrals[..., 0] = place + 1.0
    integrals[..., 1:] = (legendre[..., 2:] - legendre[..., :-2]) / (2.0 * degrees[1:] + 1.0)
    series = np.polynomial.legendre.legvander(rule.nodes, rule.order - 1) * (degrees + 0.5)
    return np.asarray(integrals @ series.T)


def power(base: Array, exponent: int) -> Array:
    """base^exponent for whole exponents >= 0, by repeated squaring."""
    result: Array | None = None
    while exponent:
        if exponent & 1:
            result = base.copy() if result is None else result * base
        exponent >>= 1
        if exponent:
            base = base * base
    return np.ones_like(base) if result is None else result
