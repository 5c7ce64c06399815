"""The best of several outputs: how far it is from tastes, and what that costs (docs/model.md, Draws)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.nodes import (
    BASE_ORDER,
    JUMPED_NODES,
    KINKED_NODES,
    SHARP,
    factor_nodes,
    match_nodes,
    strongest,
)
from eqsolve.numerics.distances import Distances, Running, power, running, tabled
from eqsolve.numerics.edged import Interval, edged, edged_running
from eqsolve.numerics.quadrature import Array, Grid, Transfer, transfer
from eqsolve.numerics.record import record
from eqsolve.primitives.densities import grading, refined

SHORTEST = 2.0
"""Length of the first interval of distances where outputs are narrow, in units of 1 / K: the fall of
(1 - A)^K over it is integrated to rounding by order 16 as long as the density of outputs is below 4."""

EDGED_SHARE, EDGED_DRAWS = 3 / 8, 1 / 64
"""...and the points that an interval between edges of panels, half a panel on average, needs for each of a
panel's: at least, and more for each draw (measured over random games and up to 64 draws)."""

TABLE_PANELS = 4
"""Masses of at most so many panels are cheaper in one table than in running integrals (measured)."""

ROUNDING = 1e-14
"""Mass that is none, as a share of all."""

FINER = 2
"""How much finer the rules are for initial models, so that closed forms hold to rounding."""


@record
class Tables:
    """How far the best of several outputs is, and what that costs, where tuned outputs come as masses.

    Attributes (S nodes x, U points u):
        spread: factors of f_0 at the nodes of y to those at the nodes where they are interpolated, (Z, Y);
            None where distances take masses at the nodes of the full grid of y.
        distances: points u, and masses beyond them.
        slopes: how fast the match of each kernel falls at u, times the weights of u, (S, U, kernels).
        tops: what the match of each kernel is at the nearest mass, (S, kernels).
        match: s(x, y) of each kernel at the nodes x and those that masses come on, (S, kernels, Z); empty for
            kernels with a kink.
    """

    spread: Array | None
    distances: Distances
    slopes: Array
    tops: Array
    match: Array

    def fall(self, kernel: Index) -> tuple[Array, Array]:
        """Slopes and tops of kernels (R,): (S, U, R or 1) and (S, R or 1)."""
        some = slice(kernel[0], kernel[0] + 1) if (kernel == kernel[0]).all() else kernel
        return self.slopes[..., some], self.tops[:, some]


@record
class Picking:
    """What the expected match of the best of K > 1 outputs needs.

    Attributes (S nodes x):
        draws: K.
        at: the nodes x at which it is computed.
        onto: interpolation from there to the grid of tastes; None where the two are one.
        half: whether masses come on half grids of y.
        make: makes the tables.
    """

    draws: int
    at: Grid
    onto: Transfer | None
    half: bool
    make: Callable[[], Tables]

    @cached_property
    def tables(self) -> Tables:
        """Made when first asked for: games without fine-tuning need none."""
        return self.make()

    def arranged(self, masses: Array, factors: Array) -> Array:
        """What distances take, (R, Z), from masses at the nodes y and the factors of f_0 in them, (R, Y)."""
        if self.tables.spread is not None:
            return factors @ self.tables.spread.T
        return _unfolded(masses) if self.half else masses

    def lift(self, values: Array) -> Array:
        """Carry values (..., S) to the taste grid, (..., X)."""
        return values if self.onto is None else self.onto.lift(values)


def prepare(games: Games, kernels: Array, x: Grid, shape: Grid, y: Grid, outputs: Array) -> Picking:
    """Prepare the best of several outputs for kernels (kernels, S) and initial models (U, Y)."""
    counts = match_nodes(games)
    at = _nodes(games, counts[:, 0], shape)
    make = partial(_tables, games, counts[:, 1], kernels, at, y, outputs)
    return Picking(games.draws, at, None if at == x else transfer(at, x), y.half, make)


def _tables(games: Games, points: Index, kernels: Array, at: Grid, y: Grid, outputs: Array) -> Tables:
    """The tables of a `Picking` whose masses come on y; points over distances as `match_nodes` has them."""
    kernel, full = games.kernel, y.unfolded() if y.half else y
    initial = _unfolded(outputs) if y.half else outputs
    inside = _support(games, points, full, initial)
    own = kernel.smooth and bool((games.personalization > 0).any())
    few = _few_factors(games, full, inside, own) if kernel.smooth and len(outputs) == 1 else None
    where, at_y, spread = _distances(games, points, at, full, inside, own=own and few is None), full.x, None
    if few is not None and isinstance(where, Running):
        at_y, onto = _interpolated(few, full.x, inside)
        spread = y.interpolation(at_y)
        where = where.tabled(initial[0] * onto.T)
    match = np.empty((at.size, len(kernels), 0))
    if kernel.smooth:
        match = kernel.value(at.x[:, None, None] - at_y, kernels[:, None, :])
        match = np.broadcast_to(match, (at.size, len(kernels), at_y.size))
    return Tables(spread, where, *_falls(games, kernels, where), match)


def _few_factors(games: Games, y: Grid, inside: Interval, own: bool) -> Grid | None:
    """The grid on which factors of f_0 are interpolated; None where masses at all nodes are cheaper."""
    panels, nodes = factor_nodes(games, *inside)
    factors = Grid(panels, nodes * y.order // BASE_ORDER)
    return factors if factors.size < (y.size if own else min(y.size, TABLE_PANELS * y.order)) else None


def _interpolated(factors: Grid, y: Array, inside: Interval) -> tuple[Array, Array]:
    """Places of a grid of factors on the line, (Z,), and these to factors at y, none outside, (Y, Z)."""
    low, high = inside
    onto = factors.interpolation(np.clip((y - low) / (high - low), 0.0, 1.0))
    onto[(y < low) | (y > high)] = 0.0
    return low + (high - low) * factors.x, onto


def initial_match(
    games: Games, kernels: Array, grids: tuple[Grid, Grid, Grid], kernel: Index, masses: Array
) -> Array:
    """Expected match of the best of K outputs of initial models, with finer rules, which cost nothing here.

    Args:
        games: the batch.
        kernels: parameters of its kernels, (kernels, S).
        grids: of tastes, shape and outputs.
        kernel, masses: the number of each model's kernel, (M,), and its masses at the nodes y, (M, Y).

    Returns:
        The match at the nodes of tastes, (M, X).
    """
    x, shape, y = grids
    counts = match_nodes(games)
    at = _nodes(games, counts[:, 0], shape, FINER)
    full, masses = (y.unfolded(), _unfolded(masses)) if y.half else (y, masses)
    inside = _support(games, counts[:, 1], full, masses)
    where = _distances(games, counts[:, 1], at, full, inside, finer=FINER)
    slopes, tops = _falls(games, kernels, where)
    expected = np.empty((len(masses), at.size))
    for row, (which, mass) in enumerate(zip(kernel, masses, strict=True)):
        outside, total = where.outside(mass[None, None])
        share = outside / total[:, None]
        lost = over_distances(slopes[..., which, None], power(share, games.draws))
        expected[row] = tops[:, which] - lost[:, 0]
    return expected if at == x else transfer(at, x).lift(expected)


def _unfolded(masses: Array) -> Array:
    """Masses on a half grid as masses on the full one, (R, Y) to (R, 2 Y)."""
    return np.concatenate([masses, masses[:, ::-1]], axis=1) / 2.0


def _falls(games: Games, kernels: Array, where: Distances) -> tuple[Array, Array]:
    """The slopes and tops of `Tables`."""
    kernel, size = games.kernel, len(kernels)
    slopes = where.weights * kernel.fall(where.u, kernels[:, None, None, :])
    slopes = np.moveaxis(np.broadcast_to(slopes, (size, *where.u.shape)), 0, -1)
    tops = kernel.value(where.nearest[:, None], kernels)
    return np.ascontiguousarray(slopes), np.broadcast_to(tops, (where.nearest.size, size))


def _support(games: Games, counts: Index, y: Grid, masses: Array) -> Interval:
    """Between which nodes outputs lie, also those tuned toward or away from any taste, from masses (U, Y).

    All of the line where panels do not follow outputs: there are `counts` of points then.
    """
    if counts.all():
        return 0.0, 1.0
    x = np.linspace(0.0, 1.0, BASE_ORDER)[:, None]
    match = games.kernel.value(x - y.x, games.match_shape[:, None, None, :])
    pull = strongest(games)[:, None, None] * (match - match.max(axis=-1, keepdims=True))
    some = np.zeros(y.size, dtype=bool)
    for tilt in (np.exp(pull), np.exp(pull.min(axis=-1, keepdims=True) - pull)):
        for mass in masses:
            tuned = tilt * mass
            some |= (tuned > ROUNDING * tuned.sum(axis=-1, keepdims=True)).any(axis=(0, 1))
    ends = np.concatenate([[0.0], y.x, [1.0]])
    return float(ends[some.argmax()]), float(ends[y.size + 1 - some[::-1].argmax()])


def _nodes(games: Games, counts: Index, shape: Grid, finer: int = 1) -> Grid:
    """Nodes x at which the best match is computed, so many times more than `counts` (G,).

    Where outputs are narrow, panels follow them; kinks of participation bend the match less than the model.
    """
    if counts.all():  # finer rules, which check others, are so here, too; at 1/2 the nearer end changes
        nodes = finer * int(counts.max()) * shape.order // BASE_ORDER
        return Grid(1 if shape.half else 2, nodes, half=shape.half)
    if games.kernel.smooth:
        return shape
    least = 2 * (JUMPED_NODES if games.law.jumps else KINKED_NODES) // BASE_ORDER
    outputs = tuple(dict.fromkeys(games.outputs))
    return refined(outputs, least, shape.order, shape.grading, shape.half).grid


def _distances(
    games: Games,
    counts: Index,
    at: Grid,
    y: Grid,
    inside: Interval,
    *,
    own: bool = False,
    finer: int = 1,
) -> Distances:
    """Points of the integrals over distances.

    Args:
        games: the batch.
        counts: points for each node as `match_nodes` has them, (G,).
        at: nodes x.
        y: the full grid on which masses are given.
        inside: where they are, if `counts` are none.
        own: whether nodes have masses of their own.
        finer: how many times finer rules are.
    """
    if not counts.all():
        share, least = EDGED_SHARE + games.draws * EDGED_DRAWS, SHORTEST / games.draws
        points = int(np.ceil(finer * share * y.order))
        if own:
            return edged(at, y, points, least, inside)
        cells = at.unfolded() if at.half else at
        return edged_running(at, y, points, least, inside, None if games.kernel.smooth else cells)
    singular = any(grading(density) > SHARP for density in games.outputs)
    count = finer * int(counts.max()) * y.order // BASE_ORDER
    return (tabled if own else running)(at, y, count, singular)


def over_distances(weights: Array, values: Array) -> Array:
    """Sums over distances of values (S, U, R) times weights (S, U, R or 1), (S, R)."""
    if weights.shape[2] == 1:
        return np.asarray(np.matmul(weights.swapaxes(1, 2), values)[:, 0])
    return np.asarray(np.einsum("sur,sur->sr", weights, values))
