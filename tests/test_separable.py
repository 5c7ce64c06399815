"""Separable integral operators are the tables that they stand for."""

from dataclasses import replace

import numpy as np
import pytest

from eqsolve.numerics.product import product_weights, ramp
from eqsolve.numerics.quadrature import Grid, transfer
from eqsolve.numerics.separable import separable

POWERS = np.array([-400.0, -30.0, -1e-3, 0.0, 0.7, 8.0, 50.0, 900.0])
GRIDS = [Grid(1, 16), Grid(4, 16), Grid(33, 20), Grid(4, 12, 3), Grid(16, 16, 12)]


def tables(grid):
    """Both kernels at all pairs of nodes, the kink resolved by product integration."""

    def tilted(gap):
        c = POWERS.reshape(-1, *[1] * gap.ndim)
        return np.exp(c * (1.0 - np.abs(gap)) - np.maximum(c, 0.0))

    def matched(gap):
        return (1.0 - np.abs(gap)) * tilted(gap)

    gap = grid.x[:, None] - grid.x
    return [product_weights(f, f(gap), grid, grid) for f in (tilted, matched)]


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_integrals_are_products_with_the_tables(grid):
    rng = np.random.default_rng(1)
    which, masses = rng.integers(0, POWERS.size, 30), rng.random((30, grid.size)) * grid.weights
    expected = [np.einsum("rxy,ry->rx", table[which], masses) for table in tables(grid)]
    found = separable(POWERS, grid).integrals(which, masses)
    np.testing.assert_allclose(found, np.concatenate(expected, axis=1), rtol=2e-12, atol=1e-300)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_ramps_are_products_with_the_table(grid):
    other = replace(grid, order=12)
    gap = other.x[:, None] - grid.x
    table = product_weights(lambda gap: 1.0 - np.abs(gap)[None], 1.0 - np.abs(gap)[None], other, grid)[0]
    masses = np.random.default_rng(3).random((5, grid.size)) * grid.weights
    found = ramp(other, grid)(np.zeros(5, dtype=int), masses)
    np.testing.assert_allclose(found, masses @ table.T, rtol=2e-14)


@pytest.mark.parametrize("fine", [Grid(33, 16), Grid(64, 20), Grid(3, 16), Grid(8, 16, 3)], ids=str)
@pytest.mark.parametrize("coarse", [Grid(1, 16), Grid(32, 16), Grid(4, 12, 3), Grid(6, 16, 1, True)], ids=str)
def test_transfers_are_products_with_the_interpolation_table(coarse, fine):
    fine = replace(fine, half=coarse.half)
    table, found = coarse.interpolation(fine.x), transfer(coarse, fine)
    values, masses = (np.random.default_rng(4).random((2, 3, n)) for n in (coarse.size, fine.size))
    np.testing.assert_allclose(found.lift(values), values @ table.T, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.gather(masses), masses @ table, rtol=0, atol=1e-13)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_the_adjoint_is_the_transpose(grid):
    rng = np.random.default_rng(2)
    which, weights = rng.integers(0, POWERS.size, 30), rng.random((30, grid.size))
    expected = np.einsum("rxy,rx->ry", tables(grid)[0][which], weights)
    np.testing.assert_allclose(
        separable(POWERS, grid).adjoint(which, weights), expected, rtol=2e-12, atol=1e-300
    )


def test_a_smooth_integrand_is_integrated_past_the_kink():
    grid, c, x = Grid(4, 16), 3.0, Grid(4, 16).x
    found = separable(np.array([c]), grid).integrals(np.array([0]), grid.weights[None])[0, : grid.size]
    exact = (2.0 - np.exp(-c * x) - np.exp(-c * (1.0 - x))) / c
    np.testing.assert_allclose(found, exact, rtol=1e-14)
