"""Grids of Gauss panels: integrals, values between nodes, cuts at levels and highest points."""

import numpy as np
import pytest
from scipy import special

from eqsolve.numerics.pieces import cut, highest, project
from eqsolve.numerics.product import ramp
from eqsolve.numerics.quadrature import Grid, transfer

GRIDS = [
    Grid(1, 8),
    Grid(3, 16),
    Grid(8, 20),
    Grid(4, 16, 3),
    Grid(2, 16, half=True),
    Grid(3, 16, 4, half=True),
    Grid(4, 16, edges=(0.0, 0.1, 0.125, 0.6, 1.0)),
    Grid(4, 16, 3, edges=(0.0, 0.25, 0.5, 0.75, 1.0)),
    Grid(3, 16, half=True, edges=(0.0, 0.2, 0.3, 0.5)),
]
IDS = [
    "one panel",
    "three",
    "eight",
    "graded",
    "half",
    "half graded",
    "unequal",
    "graded unequal",
    "half unequal",
]


def even(x):
    return np.cos(3.0 * (x - 0.5)) + (x - 0.5) ** 4


@pytest.mark.parametrize("grid", GRIDS, ids=IDS)
class TestGrid:
    def test_weights_integrate_over_the_line(self, grid):
        assert grid.x.size == grid.size == grid.weights.size
        assert grid.weights.sum() == pytest.approx(1.0, rel=0, abs=1e-14)
        exact = 2.0 * np.sin(1.5) / 3.0 + 2.0 * 0.5**5 / 5.0
        assert grid.weights @ even(grid.x) == pytest.approx(exact, rel=0, abs=1e-10)

    def test_complements_are_exact(self, grid):
        np.testing.assert_allclose(grid.complement, 1.0 - grid.x, rtol=1e-13, atol=2e-16)

    def test_places_lead_back(self, grid):
        np.testing.assert_allclose(grid.inverse(grid.x), grid.u, rtol=0, atol=1e-12)

    def test_points_are_found_in_their_panels(self, grid):
        x = np.random.default_rng(1).uniform(0.0, 0.5 if grid.half else 1.0, 100)
        np.testing.assert_allclose(grid.point(*grid.locate(x)), x, rtol=0, atol=1e-13)

    def test_values_between_nodes(self, grid):
        x = np.random.default_rng(0).uniform(0.0, 1.0, 200)
        found = grid.interpolation(x) @ even(grid.x)
        np.testing.assert_allclose(found, even(x), rtol=0, atol=1e-4 if grid.order < 16 else 1e-9)


@pytest.mark.parametrize("power", [-0.4, 0.6, 1.5])
def test_grading_integrates_densities_that_behave_like_powers_at_the_ends(power):
    grid = Grid(4, 16, 6)
    value = (grid.x * grid.complement) ** power
    assert grid.weights @ value == pytest.approx(special.beta(1 + power, 1 + power), rel=0, abs=1e-9)


def test_masses_carried_to_a_coarser_grid_keep_their_integrals():
    coarse, fine = Grid(3, 16), Grid(8, 20)
    carried = transfer(coarse, fine)
    lifted = carried.lift(np.exp(coarse.x)[None])
    np.testing.assert_allclose(lifted[0], np.exp(fine.x), rtol=0, atol=1e-13)
    masses = np.random.default_rng(1).uniform(0.0, 1.0, (2, fine.size))
    one = carried.gather(masses) @ np.exp(coarse.x)
    np.testing.assert_allclose(one, masses @ np.exp(fine.x), rtol=1e-13, atol=0)


@pytest.mark.parametrize("orders", [(16, 16), (16, 20)])
def test_the_ramp_integrates_distances_over_masses(orders):
    x, y = (Grid(4, order) for order in orders)
    masses = np.stack([y.weights, y.weights * 6.0 * y.x * (1.0 - y.x)])
    found = ramp(x, y)(np.zeros(2, dtype=int), masses)
    at = x.x
    plain = 1.0 - (at**2 + (1.0 - at) ** 2) / 2.0
    fine = (np.arange(200_000) + 0.5) / 200_000
    bent = ((1.0 - np.abs(at[::9, None] - fine)) * 6.0 * fine * (1.0 - fine)).mean(axis=1)
    np.testing.assert_allclose(found[0], plain, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found[1, ::9], bent, rtol=0, atol=1e-9)


@pytest.mark.parametrize("grid", GRIDS[1:3], ids=IDS[1:3])
@pytest.mark.parametrize("level", [-0.95, -0.3, 0.0, 0.123, 0.9])
def test_pieces_are_cut_where_values_cross_a_level(grid, level):
    """The share of the line where cos(2 pi x) is above the level is arccos(level) / pi."""
    v = np.cos(2.0 * np.pi * grid.x)[None, None]
    plain = (v >= level).astype(float)
    cuts = cut(v, np.array([[level]]), grid)
    above = project(lambda value, _: (value >= level).astype(float), v, plain, cuts, grid)[0, 0]
    assert grid.weights @ above == pytest.approx(np.arccos(level) / np.pi, rel=0, abs=1e-9)


@pytest.mark.parametrize("peak", [0.0, 0.013, 0.3, 1 / 3, 0.5, 0.77, 1.0])
def test_the_highest_value_lies_between_nodes(peak):
    grid = Grid(3, 16)
    v = 1.0 - (grid.x - peak) ** 2
    assert highest(v[None, None], grid) == pytest.approx(1.0, rel=0, abs=1e-12)
