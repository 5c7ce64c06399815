"""How much mass lies farther than u from x: points u for integrals over distances, and their mass.

Mass within u of x is a smooth function of u up to the nearer end of the line, and from there to the farther
one, wherever the masses are smooth: the edges of their panels do not matter. So two Gauss rules do, and the
mass at their points is one product with a table of the integrals of the panels' polynomials.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array, Grid, Reference, reference
from eqsolve.numerics.record import record

Index = NDArray[np.intp]

FEWEST = 2
"""Points of the shorter part, which may be empty."""

BLOCK = 32
"""Points of one panel whose mass is found in one small product."""


class Distances(Protocol):
    """Points u of integrals over the distances from x, (S, U), and masses that lie farther than u from x."""

    @property
    def nearest(self) -> Array:
        """Distances up to which there is no mass, where integrals begin, (S,)."""

    @property
    def u(self) -> Array:
        """Points, (S, U)."""

    @property
    def weights(self) -> Array:
        """Weights of the integral over u, (S, U)."""

    def outside(self, masses: Array) -> tuple[Array, Array]:
        """Mass farther than u from x, and all of it: masses (1 or S, R, Y) to (S, U, R), (1 or S, R)."""


@record
class Tabled:
    """Mass beyond all distances in one product, where masses may differ from node to node.

    Attributes:
        nearest, u, weights: see `Distances`.
        table: masses at all nodes to what lies farther than u from x, and to all mass, (S, U + 1, Y).
    """

    nearest: Array
    u: Array
    weights: Array
    table: Array

    def outside(self, masses: Array) -> tuple[Array, Array]:
        """Mass farther than u from x, and all of it: masses (1 or S, R, Y) to (S, U, R), (S, R)."""
        if len(masses) > 1:
            both = np.matmul(self.table, masses.swapaxes(1, 2))
        else:
            flat = self.table.reshape(-1, self.table.shape[2]) @ masses[0].T
            both = flat.reshape(*self.table.shape[:2], -1)
        return both[:, :-1], both[:, -1]


@record
class Running:
    """Mass beyond all distances from running integrals of masses that all nodes share.

    Attributes:
        y: the grid on which masses are given.
        nearest, u, weights: see `Distances`.
        sides: running integrals from the left at x - u and from the right at x + u, then at x.
    """

    y: Grid
    nearest: Array
    u: Array
    weights: Array
    sides: tuple[Blocks, Blocks]

    def outside(self, masses: Array) -> tuple[Array, Array]:
        """Mass farther than u from x, and all of it: masses (1, R, Y) to (S, U, R), (S, R)."""
        (outside, near), (other, rest) = (self.beyond(masses[0], side) for side in (0, 1))
        outside += other
        return outside, near + rest

    def tabled(self, masses: Array) -> Tabled:
        """A table for sums of some masses (Z, Y), whose factors may differ from node to node."""
        outside, total = self.outside(masses[None])
        return Tabled(self.nearest, self.u, self.weights, np.concatenate([outside, total[:, None]], axis=1))

    def beyond(self, masses: Array, side: int) -> tuple[Array, Array]:
        """Mass on one side and farther than u, and all of that side: masses (R, Y) to (S, U, R), (S, R)."""
        running = self.sides[side](masses)
        beyond = running[: self.u.size].reshape(*self.u.shape, -1)
        return beyond, running[self.u.size :]


@record
class Blocks:
    """Integrals of masses from one end of the line to N points, panel by panel.

    Attributes:
        y: the grid on which masses are given.
        side: 0 for integrals from the left, 1 from the right.
        panel: panels of the B blocks, (B,).
        tables: a panel's masses to its part of the integrals, (B, b, p).
        where: places of the points among all of the blocks, (N,).
    """

    y: Grid
    side: int
    panel: Index
    tables: Array
    where: Index

    def __call__(self, masses: Array) -> Array:
        """Masses (R, Y) to integrals (N, R)."""
        folded = masses.T.reshape(self.y.panels, self.y.order, -1)
        whole = folded.sum(axis=1)
        far = np.cumsum(whole[::-1], axis=0)[::-1] if self.side else np.cumsum(whole, axis=0)
        far -= whole
        integrals = np.matmul(self.tables, folded[self.panel])
        integrals += far[self.panel, None]
        return np.asarray(integrals.reshape(-1, len(masses)).take(self.where, axis=0))


@lru_cache(maxsize=16)
def tabled(at: Grid, y: Grid, count: int, singular: bool) -> Tabled:
    """Prepare integrals over the distances u from the nodes of `at`, for masses of each node's own.

    Args:
        at: nodes x.
        y: the full grid on which masses are given.
        count: points for each node.
        singular: whether masses are singular at the ends of the line (see `points`).
    """
    nearest, u, weights = points(at.x, count, singular)
    table = np.ones((at.size, count + 1, y.size))
    for x, distances, row in zip(at.x, u, table, strict=True):
        row[:-1] = below(y, x - distances) + (1.0 - below(y, x + distances))
    return Tabled(nearest, u, weights, table)


@lru_cache(maxsize=64)
def running(at: Grid, y: Grid, count: int, singular: bool) -> Running:
    """Prepare the same for masses that all nodes share."""
    return running_at(at, y, *points(at.x, count, singular))


def running_at(at: Grid, y: Grid, nearest: Array, u: Array, weights: Array) -> Running:
    """The same with what is nearest (S,), points and weights (S, U)."""
    x = at.x[:, None]
    sides = (np.concatenate([(x - u).ravel(), at.x]), np.concatenate([(x + u).ravel(), at.x]))
    return Running(y, nearest, u, weights, (_blocks(y, sides[0], 0), _blocks(y, sides[1], 1)))


def points(x: Array, count: int, singular: bool) -> tuple[Array, Array, Array]:
    """What is nearest to x (S,): mass at x; points u and weights of integrals from there, (S, count) each.

    Mass within u grows twice as fast up to the nearer end of the line, and a Gauss rule needs points like the
    square root of how far a function falls: that sets the shares of both parts.

    Args:
        x: nodes.
        count: points for each node.
        singular: whether masses are singular at the ends, so that their integrals rise like fractional
            powers of the distance to them: points are then denser there, quadratically.
    """
    near = np.minimum(x, 1.0 - x)
    inner, outer = np.sqrt(2.0 * near), np.sqrt(np.maximum(1.0 - 2.0 * near, 0.0))
    counts = np.clip(np.rint(count * inner / (inner + outer)), FEWEST, count - FEWEST).astype(np.intp)
    u, weights = np.empty((x.size, count)), np.empty((x.size, count))
    for row, (first, split) in enumerate(zip(counts.tolist(), near.tolist(), strict=True)):
        for part, low, high in ((slice(first), 0.0, split), (slice(first, None), split, 1.0 - split)):
            rule = reference(first if part.start is None else count - first)
            t, w = (1.0 + rule.nodes) / 2.0, rule.weights / 2.0
            if singular and part.start is None:
                t, w = t * (2.0 - t), w * 2.0 * (1.0 - t)
            elif singular:
                t, w = t * t * (3.0 - 2.0 * t), w * 6.0 * t * (1.0 - t)
            u[row, part], weights[row, part] = low + (high - low) * t, (high - low) * w
    return np.zeros(x.size), u, weights


def below(y: Grid, z: Array) -> Array:
    """Masses at the nodes of y to the mass below z (...), (..., Y); none below 0, all of it below 1."""
    panel, place = _located(y, z)
    table = np.zeros((*z.shape, y.panels, y.order))
    table[np.arange(y.panels) < panel[..., None]] = 1.0
    np.put_along_axis(table, panel[..., None, None], within(y.rule, place)[..., None, :], axis=-2)
    return table.reshape(*z.shape, y.size)


def _blocks(y: Grid, z: Array, side: int) -> Blocks:
    """Prepare integrals from an end of the line to points z (N,)."""
    distinct, which = np.unique(np.clip(z, 0.0, 1.0), return_inverse=True)
    panel, place = _located(y, distinct)
    slot = np.arange(distinct.size) - np.searchsorted(panel, panel)
    blocks = -(-np.bincount(panel, minlength=y.panels) // BLOCK)
    first = np.cumsum(blocks) - blocks
    tables = np.zeros((int(blocks.sum()) * BLOCK, y.order))
    where = first[panel] * BLOCK + slot
    inside = within(y.rule, place)
    tables[where] = 1.0 - inside if side else inside
    return Blocks(
        y, side, np.repeat(np.arange(y.panels), blocks), tables.reshape(-1, BLOCK, y.order), where[which]
    )


def _located(y: Grid, z: Array) -> tuple[Index, Array]:
    """The panels that hold points z, the nearest one of points outside of [0, 1], and their places there."""
    return y.locate(np.clip(z, 0.0, 1.0))


def within(rule: Reference, place: Array) -> Array:
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


def power(base: Array, exponent: int, *, overwrite: bool = False) -> Array:
    """base^exponent for whole exponents >= 0, by repeated squaring from the leading digit.

    With `overwrite` the base may be used as working space.
    """
    if exponent == 0:
        return np.ones_like(base)
    result = base.copy() if not overwrite or exponent & (exponent - 1) else base
    for digit in f"{exponent:b}"[1:]:
        result *= result
        if digit == "1":
            result *= base
    return result
