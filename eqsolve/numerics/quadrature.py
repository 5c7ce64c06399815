"""Composite Gauss-Legendre grids on [0, 1], graded toward the ends where a density is singular."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics import special
from eqsolve.numerics.record import record

Array = NDArray[np.float64]


@record
class Reference:
    """The Gauss-Legendre rule of one order on [-1, 1] and the Lagrange basis of its nodes.

    Attributes:
        order: number of nodes p.
        nodes, weights: the rule, (p,) each.
        barycentric: barycentric weights of the nodes, (p,).
        derivative: nodal values to nodal derivatives, (p, p).
    """

    order: int
    nodes: Array
    weights: Array
    barycentric: Array
    derivative: Array

    def lagrange(self, points: Array) -> Array:
        """Lagrange basis at `points` (...) in [-1, 1], as (..., p), by the second barycentric formula."""
        terms, size = self.terms(points)
        terms *= size[..., None]
        return terms

    def terms(self, points: Array) -> tuple[Array, Array]:
        """That basis (..., p) up to a factor for each point, and the factors, (...)."""
        gap = points.reshape(-1, 1) - self.nodes
        gap += 1e-290  # nothing but a point on a node notices
        terms = np.divide(self.barycentric, gap, out=gap)
        size = 1.0 / (terms @ np.ones(self.order))
        return terms.reshape(*points.shape, self.order), size.reshape(points.shape)


@cache
def reference(order: int) -> Reference:
    """Return the reference rule with `order` nodes (Berrut and Trefethen 2004 for the basis)."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    gap = nodes[:, None] - nodes
    np.fill_diagonal(gap, 1.0)
    barycentric = 1.0 / gap.prod(axis=1)
    barycentric /= np.abs(barycentric).max()
    derivative = barycentric / barycentric[:, None] / gap
    np.fill_diagonal(derivative, 0.0)
    np.fill_diagonal(derivative, -derivative.sum(axis=1))
    return Reference(order, nodes, weights, barycentric, derivative)


@dataclass(frozen=True)
class Grid:
    """Panels in u on [0, 1], each with a Gauss rule, mapped to x = I_u(m, m).

    The map is the identity for grading m = 1. For m > 1 it crowds nodes at both ends so that densities
    behaving like x^(a-1) with a non-integer a become smooth in u.

    Attributes:
        panels: number of panels P.
        order: nodes in a panel p; the grid has P p nodes.
        grading: the exponent m >= 1 of the map.
        half: for functions even about 1/2: the panels cover [0, 1/2], and weights count both sides.
        edges: ends of the panels in u, (P + 1,); equal panels if none are given.
    """

    panels: int
    order: int
    grading: int = 1
    half: bool = False
    edges: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.panels * self.order

    @property
    def alike(self) -> bool:
        """Whether all panels are equal in x, too."""
        return self.grading == 1 and not self.edges

    @cached_property
    def rule(self) -> Reference:
        """The reference rule of a panel."""
        return reference(self.order)

    def unfolded(self) -> Grid:
        """The full grid that a half grid and its mirror image make."""
        edges = self.edges and (*self.edges, *(1.0 - edge for edge in self.edges[-2::-1]))
        return Grid(2 * self.panels, self.order, self.grading, edges=edges)

    @cached_property
    def ends(self) -> Array:
        """Ends of the panels in u, (P + 1,)."""
        if self.edges:
            return np.array(self.edges)
        return np.arange(self.panels + 1) / self._per_line

    @property
    def _per_line(self) -> int:
        """Number of equal panels that [0, 1] would have."""
        return self.panels * (2 if self.half else 1)

    @cached_property
    def mirrored(self) -> bool:
        """Whether the panels of a full grid are symmetric about 1/2, so that 1 - x are the nodes x, too."""
        return not self.edges or bool(np.abs(self.ends + self.ends[::-1] - 1.0).max() < 1e-15)

    @cached_property
    def u(self) -> Array:
        """Nodes in u, (P p,)."""
        return self._spread(self.rule.nodes).ravel()

    @cached_property
    def x(self) -> Array:
        """Nodes in x, (P p,)."""
        return self.at(self.u)

    @cached_property
    def complement(self) -> Array:
        """1 - x without cancellation, (P p,)."""
        return 1.0 - self.x if self.half else self.at(self._rest(self.rule.nodes).ravel())

    @cached_property
    def weights(self) -> Array:
        """Weights of the integral over x, (P p,)."""
        width = np.diff(self.ends) * (2.0 if self.half else 1.0)
        inverse = 1.0 / width if self.edges else np.full(self.panels, float(self.panels))
        du = (self.rule.weights / (2.0 * inverse[:, None])).ravel()
        if self.grading == 1:
            return du
        m = self.grading
        rest = 1.0 - self.u if self.half else self._rest(self.rule.nodes).ravel()
        return np.asarray(du * (self.u * rest) ** (m - 1) / special.beta(m, m))

    def at(self, u: Array) -> Array:
        """Map u in [0, 1] to x."""
        return u if self.grading == 1 else np.asarray(special.betainc(self.grading, self.grading, u))

    def inverse(self, x: Array) -> Array:
        """Map x in [0, 1] back to u."""
        return x if self.grading == 1 else np.asarray(special.betaincinv(self.grading, self.grading, x))

    def locate(self, points: Array) -> tuple[NDArray[np.intp], Array]:
        """The panels that hold `points` of [0, 1], and their places there, in [-1, 1]."""
        if self.half:
            points = np.minimum(points, 1.0 - points)
        u = self.inverse(points)
        if self.edges:
            panel = np.clip(np.searchsorted(self.ends, u, side="right") - 1, 0, self.panels - 1)
            share = (u - self.ends[panel]) / (self.ends[panel + 1] - self.ends[panel])
        else:
            scaled = u * self._per_line
            panel = np.minimum(scaled.astype(np.intp), self.panels - 1)
            share = scaled - panel
        return panel, np.asarray(2.0 * share - 1.0)

    def point(self, panel: NDArray[np.intp], place: Array) -> Array:
        """The points x at places (K,) of [-1, 1] in panels (K,): the inverse of `locate`."""
        low, high = self.ends[panel], self.ends[panel + 1]
        return self.at(low + (high - low) * (1.0 + place) / 2.0)

    def interpolation(self, points: Array) -> Array:
        """Nodal values to values at `points` (n,) in [0, 1], as a table (n, P p)."""
        panel, place = self.locate(points)
        table = np.zeros((points.size, self.panels, self.order))
        table[np.arange(points.size), panel] = self.rule.lagrange(place)
        return table.reshape(points.size, self.size)

    def panel_points(self, points: Array) -> tuple[Array, Array]:
        """Points (k,) of [-1, 1] placed in every panel of a full grid: x and 1 - x, each (P, k)."""
        return self.at(self._spread(points)), self.at(self._rest(points))

    def _spread(self, points: Array) -> Array:
        """Points (k,) of [-1, 1] in every panel, as values of u, (P, k)."""
        share = (1.0 + points) / 2.0
        if not self.edges:
            return np.asarray((np.arange(self.panels)[:, None] + share) / self._per_line)
        return np.asarray(self.ends[:-1, None] + np.diff(self.ends)[:, None] * share)

    def _rest(self, points: Array) -> Array:
        """1 - u at points (k,) of [-1, 1] in every panel of a full grid, without cancellation, (P, k)."""
        if self.mirrored:
            return self._spread(-points)[::-1]
        width = np.diff(self.ends)[:, None]
        return np.asarray((1.0 - self.ends[1:, None]) + width * ((1.0 - points) / 2.0))


@record
class Transfer:
    """Interpolation from one grid to another, panel by panel.

    Attributes:
        size: number of nodes of the fine grid and of the coarse one.
        blocks: for every panel of the coarse grid with nodes of the fine one in it, those nodes, the panel's
            own, and values at these to values at those.
    """

    size: tuple[int, int]
    blocks: tuple[tuple[slice, slice, Array], ...]

    def lift(self, values: Array) -> Array:
        """Carry values (..., S) from the coarse grid to the fine one, (..., X)."""
        flat = values.reshape(-1, self.size[1])
        lifted = np.empty((len(flat), self.size[0]))
        for fine, coarse, block in self.blocks:
            lifted[:, fine] = flat[:, coarse] @ block.T
        return lifted.reshape(*values.shape[:-1], self.size[0])

    def gather(self, masses: Array) -> Array:
        """Carry masses (..., X) from the fine grid to the coarse one, (..., S): the transpose of `lift`."""
        flat = masses.reshape(-1, self.size[0])
        gathered = np.zeros((len(flat), self.size[1]))
        for fine, coarse, block in self.blocks:
            gathered[:, coarse] = flat[:, fine] @ block
        return gathered.reshape(*masses.shape[:-1], self.size[1])


def transfer(coarse: Grid, fine: Grid) -> Transfer:
    """Prepare interpolation between two grids."""
    table = coarse.interpolation(fine.x)
    blocks = []
    for panel in range(coarse.panels):
        own = slice(panel * coarse.order, (panel + 1) * coarse.order)
        inside = np.flatnonzero(table[:, own].any(axis=1))
        if inside.size:
            nodes = slice(int(inside[0]), int(inside[-1]) + 1)
            blocks.append((nodes, own, table[nodes, own].copy()))
    return Transfer((fine.size, coarse.size), tuple(blocks))


def trailing(values: Array, grid: Grid) -> Array:
    """Largest of the last two Legendre coefficients of each panel, relative to the largest of all, (P,).

    Args:
        values: nodal values (P p,) of a function of u.
        grid: where they were sampled.
    """
    rule = grid.rule
    degrees = np.arange(rule.order)
    vander = np.polynomial.legendre.legvander(rule.nodes, rule.order - 1)
    to_legendre = (vander * rule.weights[:, None]).T * (degrees + 0.5)[:, None]
    coefficients = np.abs(values.reshape(grid.panels, rule.order) @ to_legendre.T)
    largest = coefficients.max(initial=0.0)
    last = coefficients[:, -2:].max(axis=1)
    return np.asarray(last / largest if largest > 0 else last)
