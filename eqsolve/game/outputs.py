"""What participants receive: the output distribution, its diversity and its direction."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.participation import VANISHING
from eqsolve.game.response import Rows, crowd, shown, tilted
from eqsolve.numerics.product import product_weights
from eqsolve.numerics.quadrature import Array, Grid
from eqsolve.numerics.record import record

DIRECTION_TOLERANCE = 1e-9
"""Integrated differences of distribution functions smaller than this count as zero."""


@record
class Outputs:
    """The average output distribution f̄ of each row.

    Attributes:
        mass: masses of f̄ at the output nodes, (R, Y).
        mean, variance, entropy, kl: of f̄, (R,) each.
        direction: "centralized", "polarized", "unchanged" or "mixed", (R,).
    """

    mass: Array
    mean: Array
    variance: Array
    entropy: Array
    kl: Array
    direction: NDArray[np.str_]


def output_mass(rows: Rows, state: Array, participants: Array) -> Array:
    """Masses of f̄ at the output nodes, (R, Y); those of f_0 where nobody takes part or beta = 0.

    Args:
        rows: games, qualities and intensities.
        state: participation equilibria, (R, 2 + Y).
        participants: masses of participating users at the taste nodes, (R, J, X).
    """
    model, games = rows.model, rows.model.games
    before = model.outputs[model.output_of[rows.game]]
    tilt, factor = tilted(rows, crowd(rows, state)[:, 1:])
    if rows.own is not None:
        _, total = shown(rows, tilt, factor).mean()
        demand = games.share[rows.game][:, :, None] * model.gather(participants) / total
        after = np.zeros_like(before)
        for j in range(rows.own_of.shape[1]):
            after += rows.own.adjoint(rows.own_of[:, j], demand[:, j])
        after *= tilt
    else:
        after = tilt
    total = after.sum(axis=1, keepdims=True)
    served = (rows.beta > 0) & (state[:, 0] > VANISHING) & (total[:, 0] > 0)
    return np.where(served[:, None], after / np.where(total > 0, total, 1.0), before)


def describe(rows: Rows, mass: Array) -> Outputs:
    """Moments, diversity and direction of output distributions given as masses (R, Y)."""
    model = rows.model
    before = model.outputs[model.output_of[rows.game]]
    y, cell = model.y.x, model.y.weights
    mean = mass @ y
    variance = (mass * np.square(y - mean[:, None])).sum(axis=1)
    entropy = 0.0 - _expected_log(mass, mass / cell)
    ratio = np.divide(mass, before, out=np.ones_like(mass), where=before > 0)
    kl = np.maximum(_expected_log(mass, ratio), 0.0)
    return Outputs(mass, mean, variance, entropy, kl, direction(model.y, before, mass))


def _expected_log(mass: Array, ratio: Array) -> Array:
    """sum p log(ratio) with 0 log 0 = 0, (R,)."""
    return np.asarray((mass * np.log(np.where(mass > 0, ratio, 1.0))).sum(axis=1))


def direction(grid: Grid, before: Array, after: Array) -> NDArray[np.str_]:
    """Whether outputs moved to the center or apart, in the order of mean-preserving spreads.

    Both distributions are centered at their own means; Delta(z) is the integral up to z of the difference
    of their distribution functions. It is compared with zero within `DIRECTION_TOLERANCE`.
    """
    shift = (before - after) @ grid.x
    integrated = after @ _integrated(grid).T
    initial = _evaluate(grid, before @ _integrated(grid).T, before @ grid.x, shift)
    delta = integrated - initial
    falls = (delta <= DIRECTION_TOLERANCE).all(axis=1)
    rises = (delta >= -DIRECTION_TOLERANCE).all(axis=1)
    words = np.where(falls, "centralized", np.where(rises, "polarized", "mixed"))
    return np.asarray(np.where(falls & rises, "unchanged", words))


@lru_cache(maxsize=64)
def _integrated(grid: Grid) -> Array:
    """Masses to the integral of the distribution function up to each node, (Y, Y)."""

    def positive(gap: Array) -> Array:
        return np.maximum(gap, 0.0)[None]

    return np.asarray(product_weights(positive, positive(grid.x[:, None] - grid.x), grid, grid)[0])


def _evaluate(grid: Grid, nodal: Array, mean: Array, shift: Array) -> Array:
    """The integrated distribution function at the nodes moved by `shift`, (R, Y), from its nodal values."""
    at = grid.x + shift[:, None]
    inside = np.clip(at, 0.0, 1.0)
    panel, place = grid.locate(inside)
    basis = grid.rule.lagrange(place)
    folded = nodal.reshape(len(nodal), grid.panels, grid.order)
    value = (folded[np.arange(len(nodal))[:, None], panel] * basis).sum(axis=-1)
    return np.where(at <= 0.0, 0.0, np.where(at >= 1.0, at - mean[:, None], value))
