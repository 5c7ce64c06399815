"""Mass farther than u from x where outputs are so narrow that panels of their grid differ in length.

Between two neighboring distances from x to the edges of panels, x - u and x + u stay in one panel each, and
mass is a polynomial in the panel's own coordinate: a Gauss rule there makes integrals of smooth functions of
the mass precise, however narrow a peak the panels follow. Only distances to the interval that holds all mass
count: nearer to x there is none, and farther away nothing is left.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics import special
from eqsolve.numerics.distances import Running, running_at, within
from eqsolve.numerics.quadrature import Array, Grid, reference
from eqsolve.numerics.record import record

Index = NDArray[np.intp]
Interval = tuple[float, float]


@record
class Edged:
    """Points u of integrals over the distances from x, and masses that lie farther than u from x.

    Of every pair, the first is for masses on the left of x, the second for those on its right.

    Attributes (S nodes x; L intervals of u with q points each; P panels of y with p nodes each):
        y: the grid on which masses are given.
        nearest, u, weights: see `Distances`, U = L q.
        panel: panels that hold x - u and x + u, (S, L) each.
        near: masses of these panels to what lies in them farther than u from x, (S, L, q, p) each.
    """

    y: Grid
    nearest: Array
    u: Array
    weights: Array
    panel: tuple[Index, Index]
    near: tuple[Array, Array]

    def outside(self, masses: Array) -> tuple[Array, Array]:
        """Mass farther than u from x, and all of it: masses (1 or S, R, Y) to (S, L q, R), (1 or S, R)."""
        return self._beyond(masses, 0) + self._beyond(masses, 1), masses.sum(axis=2)

    def _beyond(self, masses: Array, side: int) -> Array:
        """Mass on one side of x and farther from it than u: masses (1 or S, R, Y) to (S, L q, R)."""
        folded, far = self._by_panel(masses, side)
        panel = self.panel[side]
        at = np.arange(len(panel) if len(masses) > 1 else 1)[:, None]
        near = np.matmul(self.near[side], folded[at, :, panel].swapaxes(2, 3))
        near += far[at, :, panel][:, :, None]
        return np.asarray(near.reshape(*self.u.shape, -1))

    def _by_panel(self, masses: Array, side: int) -> tuple[Array, Array]:
        """Masses (S, R, P, p), and those of the panels beyond each panel, (S, R, P)."""
        folded = masses.reshape(*masses.shape[:2], self.y.panels, self.y.order)
        whole = folded.sum(axis=-1)
        if side == 0:
            return folded, np.cumsum(whole, axis=-1) - whole
        return folded, np.cumsum(whole[..., ::-1], axis=-1)[..., ::-1] - whole


@lru_cache(maxsize=64)
def edged(at: Grid, y: Grid, order: int, least: float, inside: Interval = (0.0, 1.0)) -> Edged:
    """Prepare integrals over the distances u from the nodes of `at`, for masses of each node's own.

    Args:
        at: nodes x.
        y: the full grid on which masses are given.
        order: points q in each interval.
        least: length of the shortest interval at the nearest mass, where integrands fall fastest.
        inside: the edges of panels between which all mass lies.
    """
    nearest, u, weights, panel, place = _points(at, y, order, least, inside)
    near = (within(y.rule, place[0]), 1.0 - within(y.rule, place[1]))
    return Edged(y, nearest, u, weights, panel, near)


@lru_cache(maxsize=64)
def edged_running(
    at: Grid, y: Grid, order: int, least: float, inside: Interval = (0.0, 1.0), cells: Grid | None = None
) -> Running:
    """Prepare the same for masses that all nodes share, cut at distances to edges of `cells`, or of y."""
    return running_at(at, y, *_points(at, cells or y, order, least, inside)[:3])


def _panel(edges: Array, points: Array) -> Index:
    """The panels that hold points; the nearest one of points outside of [0, 1]."""
    return np.clip(np.searchsorted(edges, points, side="right") - 1, 0, edges.size - 2)


def _place(y: Grid, u: Array, panel: Index) -> Array:
    """Coordinates u of the grid as places in [-1, 1] of panels."""
    low, high = y.ends[panel], y.ends[panel + 1]
    return np.clip(2.0 * (u - low) / (high - low) - 1.0, -1.0, 1.0)


def _points(
    at: Grid, y: Grid, order: int, least: float, inside: Interval
) -> tuple[Array, Array, Array, tuple[Index, Index], tuple[Array, Array]]:
    """What is nearest (S,), points and weights (S, L q), panels of x -+ u (S, L), and places there (S, L, q).

    On graded grids an interval that reaches into the first panel, or the last, is cut in the panel's own
    coordinate, in which masses are smooth.
    """
    x, edges = at.x[:, None], y.at(y.ends)
    nearest = np.maximum(np.maximum(inside[0] - x, x - inside[1]), 0.0)
    halvings = int(np.ceil(np.log2(max(1.0, 1.0 / (y.panels * least)))))
    more = nearest + 0.5 ** np.arange(1, halvings + 1) / y.panels
    cuts = np.unique(np.clip(edges, *inside))
    cuts = cuts if y.grading == 1 else np.union1d(cuts, [0.0, 1.0])
    ends = np.sort(np.concatenate([np.abs(x - cuts), more], axis=1), axis=1)
    ends = np.clip(ends, nearest, np.maximum(x - inside[0], inside[1] - x))
    starts = np.concatenate([nearest, ends[:, :-1]], axis=1)
    middle = (starts + ends) / 2.0
    panel = (_panel(edges, x - middle), _panel(edges, x + middle))
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
    flat = at.size, -1
    return nearest[:, 0], u.reshape(flat), weights.reshape(flat), panel, (places[0], places[1])


def _inverse(y: Grid, x: Array) -> Array:
    return y.inverse(np.clip(x, 0.0, 1.0))


def _slope(y: Grid, u: Array) -> Array:
    """dx/du of a graded grid."""
    return np.asarray((u * (1.0 - u)) ** (y.grading - 1) / special.beta(y.grading, y.grading))
