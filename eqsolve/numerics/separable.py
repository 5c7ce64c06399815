"""Integrals of exp(c (1 - |x - y|)) and (1 - |x - y|) exp(c (1 - |x - y|)) without a table of all pairs.

Between two panels such a kernel is a product of a factor of x, a factor of the distance of the panels and a
factor of y. So the integral at x is a sum over the panels to the left, one over those to the right, and the
integral over x's own panel, cut at the kink: p numbers for each node instead of one for each pair of nodes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.product import halves
from eqsolve.numerics.quadrature import Array, Grid
from eqsolve.numerics.record import record

Index = NDArray[np.intp]


@record
class Separable:
    """The two integral operators for T powers c, on a grid of P panels with p nodes each.

    Both are scaled so that the largest exponent is zero. Q is P, or 1 where all panels are alike.

    Attributes:
        grid: nodes of x and of y.
        sources: masses at a panel's nodes to the integrals over that panel at its own nodes, (2 p), and to
            four moments of the masses: those that act to the right and to the left, plain and times the
            distance from the panel's edge, (T, Q, p, 2 p + 4).
        coupling: moments to what arrives at the panels' edges, from the left and from the right, plain and
            times 1 - distance between panels, (T, 2, 2 P, P).
        targets: what arrives at a panel, (4), to values at its nodes, (T, Q, 4, 2 p).
    """

    grid: Grid
    sources: Array
    coupling: Array
    targets: Array

    def integrals(self, which: Index, masses: Array) -> Array:
        """Both integrals at all nodes, one after the other: (R,), (R, P p) to (R, 2 P p).

        Args:
            which: number of each row's power.
            masses: masses at the nodes.
        """
        grid = self.grid
        folded = masses.reshape(-1, grid.panels, grid.order)
        local = self._by_panel(folded, _gathered(self.sources, which))
        moments = local[..., 2 * grid.order :].reshape(-1, grid.panels, 2, 2).transpose(0, 2, 1, 3)
        both = np.matmul(_gathered(self.coupling, which), moments)
        plain, near = both[:, :, : grid.panels], both[:, :, grid.panels :, 0]
        arriving = np.stack([plain[..., 0], near - plain[..., 1]], axis=-1)
        arriving = arriving.transpose(0, 2, 1, 3).reshape(-1, grid.panels, 4)
        values = local[..., : 2 * grid.order] + self._by_panel(arriving, _gathered(self.targets, which))
        return np.asarray(
            values.reshape(-1, grid.panels, 2, grid.order).transpose(0, 2, 1, 3).reshape(len(masses), -1)
        )

    def adjoint(self, which: Index, weights: Array) -> Array:
        """Transpose of the first integral: (R,), (R, P p) to (R, P p)."""
        grid, p = self.grid, self.grid.order
        folded = weights.reshape(-1, grid.panels, p)
        sources, targets = _gathered(self.sources, which), _gathered(self.targets, which)
        leaving = self._by_panel(folded, targets[..., ::2, :p].swapaxes(-1, -2)).transpose(0, 2, 1)
        coupling = _gathered(self.coupling, which)[:, :, : grid.panels].swapaxes(-1, -2)
        arrived = np.matmul(coupling, leaving[..., None])[..., 0].transpose(0, 2, 1)
        back = np.concatenate([sources[..., :p], sources[..., 2 * p :: 2]], axis=-1).swapaxes(-1, -2)
        return self._by_panel(np.concatenate([folded, arrived], axis=-1), back).reshape(len(weights), -1)

    def _by_panel(self, vectors: Array, tables: Array) -> Array:
        """(R, P, a), (R or 1, Q, a, b) to (R, P, b)."""
        if tables.shape[1] == 1:
            return np.asarray(np.matmul(vectors, tables[:, 0]))
        return np.asarray(np.matmul(vectors[:, :, None, :], tables)[:, :, 0])


def _gathered(tables: Array, which: Index) -> Array:
    """Each row's table, (R, ...); (1, ...) where all rows share one."""
    return tables[which[0]][None] if (which == which[0]).all() else tables[which]


def separable(powers: Array, grid: Grid) -> Separable:
    """Prepare the operators for powers c (T,), positive or negative, on a grid."""
    panels = 1 if grid.alike else grid.panels
    edges = grid.at(grid.ends)
    nodes = grid.x.reshape(grid.panels, grid.order)[:panels]
    gaps = np.stack([edges[1 : panels + 1, None] - nodes, nodes - edges[:panels, None]], axis=-1)
    fade = np.exp(-powers[:, None, None, None] * gaps)
    moments = np.stack([fade, gaps * fade], axis=-1).reshape(*fade.shape[:-1], 4)
    near = _own_panel(powers, grid, panels)

    targets = np.zeros((powers.size, panels, 4, 2, grid.order))
    for side, other in ((0, 1), (1, 0)):
        factor = fade[..., other]
        targets[:, :, 2 * side, 0] = targets[:, :, 2 * side + 1, 1] = factor
        targets[:, :, 2 * side, 1] = -gaps[..., other] * factor
    return Separable(
        grid,
        np.concatenate([near, moments], axis=-1),
        _coupling(powers, edges),
        targets.reshape(powers.size, panels, 4, 2 * grid.order),
    )


def _coupling(powers: Array, edges: Array) -> Array:
    """What the distance between two panels leaves, (T, 2, 2 P, P): from the left, and from the right."""
    between = edges[:-1, None] - edges[None, 1:]
    before = np.tri(len(between), k=-1, dtype=bool)
    tables = []
    for distance, beyond in ((between, before), (between.T, before.T)):
        gap = np.where(beyond, distance, 0.0)
        scale = np.minimum(powers, 0.0)[:, None, None]
        decay = np.where(beyond, np.exp(scale - powers[:, None, None] * gap), 0.0)
        tables.append(np.concatenate([decay, (1.0 - gap) * decay], axis=1))
    return np.stack(tables, axis=1)


def _own_panel(powers: Array, grid: Grid, panels: int) -> Array:
    """Both integrals at the nodes of a panel over that panel, (T, Q, p, 2 p)."""
    points, basis = halves(grid.rule.nodes, grid.rule)
    where, _ = grid.panel_points(points.ravel())
    x = grid.x.reshape(grid.panels, grid.order, 1)[:panels]
    match = 1.0 - np.abs(x - where[:panels].reshape(panels, *points.shape))
    tilted = np.exp(powers[:, None, None, None] * match - np.maximum(powers, 0.0)[:, None, None, None])
    both = np.stack([tilted, match * tilted]).transpose(3, 0, 1, 2, 4)
    table = np.matmul(both.reshape(grid.order, -1, points.shape[1]), basis)
    table = table.reshape(grid.order, 2, powers.size, panels, grid.order)
    table = table.transpose(2, 3, 4, 1, 0)
    return np.asarray(table.reshape(powers.size, panels, grid.order, 2 * grid.order))
