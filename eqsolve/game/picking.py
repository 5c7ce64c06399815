"""The best of several outputs: how far it is from tastes, and what that costs (docs/model.md, Draws)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.nodes import BASE_ORDER, SHARP, factor_nodes, match_nodes
from eqsolve.numerics.distances import Distances, Tabled, power, running, tabled
from eqsolve.numerics.edged import edged, edged_running
from eqsolve.numerics.quadrature import Array, Grid, Transfer, transfer
from eqsolve.numerics.record import record
from eqsolve.primitives.densities import grading

SHORTEST = 2.0
"""Length of the first interval of distances where outputs are narrow, in units of 1 / K: the fall of
(1 - A)^K over it is integrated to rounding by order 16 as long as the density of outputs is below 4."""

EDGED_SHARE = 5 / 8
"""...and the points that an interval between edges of panels, half a panel on average, needs for each of a
panel's (measured over random games)."""

FINER = 2
"""How much finer the rules are for initial models, so that closed forms hold to rounding."""


@record
class Picking:
    """What the expected match of the best of K > 1 outputs needs.

    Attributes (S nodes x, U points u):
        draws: K.
        at: the nodes x at which it is computed.
        onto: interpolation from there to the grid of tastes; None where the two are one.
        half: whether masses come on half grids of y.
        spread: factors of f_0 at the nodes of y to those at the nodes where they are interpolated, (Z, Y);
            None where distances take masses at the nodes of the full grid of y.
        distances: points u, and masses beyond them.
        slopes: how fast the match of each kernel falls at u, times the weights of u, (S, U, kernels).
        tops: s(x, x) of each kernel, (kernels,).
        match: s(x, y) of each kernel at the nodes of `at` and those that masses come on, (S, kernels, Z);
            empty for kernels with a kink.
    """

    draws: int
    at: Grid
    onto: Transfer | None
    half: bool
    spread: Array | None
    distances: Distances
    slopes: Array
    tops: Array
    match: Array

    def fall(self, kernel: Index) -> tuple[Array, Array]:
        """Slopes and tops of kernels (R,): (S, U, R or 1) and (R or 1,)."""
        some = kernel[:1] if (kernel == kernel[0]).all() else kernel
        return self.slopes[..., some], self.tops[some]

    def arranged(self, masses: Array, factors: Array) -> Array:
        """What distances take, (R, Z), from masses at the nodes y and the factors of f_0 in them, (R, Y)."""
        if self.spread is not None:
            return factors @ self.spread.T
        return _unfolded(masses) if self.half else masses

    def lift(self, values: Array) -> Array:
        """Carry values (..., S) to the taste grid, (..., X)."""
        return values if self.onto is None else self.onto.lift(values)


def prepare(games: Games, kernels: Array, x: Grid, shape: Grid, y: Grid, outputs: Array) -> Picking:
    """Prepare the best of several outputs for kernels (kernels, S) and initial models (U, Y)."""
    kernel, full = games.kernel, y.unfolded() if y.half else y
    at, where = _places(games, shape, full, y.half)
    factors, spread = full, None
    count = factor_nodes(games) * y.order // BASE_ORDER
    if isinstance(where, Tabled) and len(outputs) == 1 and count < full.size:
        factors = Grid(1, count)
        spread = y.interpolation(factors.x)
        initial = _unfolded(outputs)[0] if y.half else outputs[0]
        where = replace(where, table=where.table @ (initial[:, None] * factors.interpolation(full.x)))
    match = np.empty((at.size, len(kernels), 0))
    if kernel.smooth:
        match = kernel.value(at.x[:, None, None] - factors.x, kernels[:, None, :])
        match = np.broadcast_to(match, (at.size, len(kernels), factors.size))
    onto = None if at == x else transfer(at, x)
    return Picking(games.draws, at, onto, y.half, spread, where, *_falls(games, kernels, where), match)


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
    at, where = _places(games, shape, y.unfolded() if y.half else y, y.half, FINER)
    slopes, tops = _falls(games, kernels, where)
    expected = np.empty((len(masses), at.size))
    for row, (which, mass) in enumerate(zip(kernel, _unfolded(masses) if y.half else masses, strict=True)):
        outside, total = where.outside(mass[None, None])
        share = outside / total[:, None]
        lost = over_distances(slopes[..., which, None], power(share, games.draws))
        expected[row] = tops[which] - lost[:, 0]
    return expected if at == x else transfer(at, x).lift(expected)


def _unfolded(masses: Array) -> Array:
    """Masses on a half grid as masses on the full one, (R, Y) to (R, 2 Y)."""
    return np.concatenate([masses, masses[:, ::-1]], axis=1) / 2.0


def _falls(games: Games, kernels: Array, where: Distances) -> tuple[Array, Array]:
    """The slopes and tops of a `Picking`."""
    kernel, size = games.kernel, len(kernels)
    slopes = where.weights * kernel.fall(where.u, kernels[:, None, None, :])
    slopes = np.moveaxis(np.broadcast_to(slopes, (size, *where.u.shape)), 0, -1)
    return np.ascontiguousarray(slopes), np.broadcast_to(kernel.value(np.zeros(1), kernels), size)


def _places(games: Games, shape: Grid, y: Grid, half: bool, finer: int = 1) -> tuple[Grid, Distances]:
    """Nodes x at which the best match is computed, and points of the integrals over distances.

    So many times finer rules serve masses that all nodes share.
    """
    counts = match_nodes(games)
    if (counts == 0).any():
        by_panels = edged if games.kernel.smooth and finer == 1 else edged_running
        points = int(np.ceil(finer * EDGED_SHARE * y.order))
        return shape, by_panels(shape, y, points, SHORTEST / games.draws)
    # Finer rules, which check others, are so here, too; an edge at 1/2 is where the nearer end changes.
    nodes, points = (finer * int(count) * y.order // BASE_ORDER for count in counts.max(axis=0))
    at = Grid(1 if half else 2, nodes, half=half)
    singular = any(grading(density) > SHARP for density in games.outputs)
    prepared = tabled if games.kernel.smooth and finer == 1 else running
    return at, prepared(at, y, points, singular)


def over_distances(weights: Array, values: Array) -> Array:
    """Sums over distances of values (S, U, R) times weights (S, U, R or 1), (S, R)."""
    if weights.shape[2] == 1:
        return np.asarray(np.matmul(weights.swapaxes(1, 2), values)[:, 0])
    return np.asarray(np.einsum("sur,sur->sr", weights, values))
