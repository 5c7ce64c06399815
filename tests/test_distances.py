"""Integrals over distances, and masses beyond them: exact laws, and all ways that agree."""

import numpy as np
import pytest

from eqsolve.numerics.distances import below, points, power, running, tabled
from eqsolve.numerics.edged import edged, edged_running
from eqsolve.numerics.quadrature import Grid

AT = Grid(2, 9)
EDGED = [edged, edged_running]
GRIDS = [Grid(2, 16), Grid(6, 16, 4), Grid(3, 12, edges=(0.0, 0.1, 0.3, 1.0))]


def cumulative(z):
    """Mass below z of the density 0.5 + 3 y^2 - y^3, which is 0 below 0 and 1.25 above 1."""
    z = np.clip(z, 0.0, 1.0)
    return 0.5 * z + z**3 - z**4 / 4.0


def masses(grid):
    return (0.5 + 3.0 * grid.x**2 - grid.x**3) * grid.weights


@pytest.mark.parametrize("degree", range(4))
def test_points_integrate_polynomials_up_to_the_farther_end(degree):
    x = np.array([0.0, 1e-9, 0.13, 0.5, 0.8, 1.0])
    _, u, weights = points(x, 12, singular=False)
    farther = np.maximum(x, 1.0 - x)
    exact = farther ** (degree + 1) / (degree + 1)
    np.testing.assert_allclose((weights * u**degree).sum(axis=1), exact, rtol=1e-14)


def test_points_do_not_see_the_kink_at_the_nearer_end():
    """Twice as much mass up to there, half as much from there on: K = 8 draws of uniform outputs."""
    x = np.linspace(0.0, 1.0, 41)
    _, u, weights = points(x, 20, singular=False)
    mass = np.minimum(u, x[:, None]) + np.minimum(u, 1.0 - x[:, None])
    exact = (1.0 + np.abs(1.0 - 2.0 * x) ** 9) / 18.0
    np.testing.assert_allclose((weights * (1.0 - mass) ** 8).sum(axis=1), exact, rtol=0, atol=1e-15)


def test_singular_masses_are_integrated_with_points_that_crowd_at_the_ends():
    """Mass that rises like a power a of the distance to the ends: more precise by far."""
    x, a = np.linspace(0.02, 0.98, 25), 0.7

    def integral(count, singular):
        _, u, weights = points(x, count, singular)
        below = np.clip(x[:, None] - u, 0.0, 1.0) ** a
        return (weights * (below + np.clip(1.0 - x[:, None] - u, 0.0, 1.0) ** a) ** 3).sum(axis=1)

    fine = integral(400, True)
    crowded, plain = (np.abs(integral(40, singular) - fine).max() for singular in (True, False))
    assert 10 * crowded < plain and crowded < 4e-8


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_mass_below_points_is_the_integral(grid):
    z = np.concatenate([[-0.5, 0.0], np.random.default_rng(2).random(50), [1.0, 1.5]])
    np.testing.assert_allclose(below(grid, z) @ masses(grid), cumulative(z), rtol=0, atol=1e-14)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("prepare", [tabled, running], ids=lambda way: way.__name__)
def test_mass_outside_is_what_is_not_within(prepare, grid):
    where, x = prepare(AT, grid, 12, False), AT.x[:, None]
    outside, total = where.outside(np.stack([masses(grid), 2.0 * masses(grid)])[None])
    within = cumulative(x + where.u) - cumulative(x - where.u)
    for row, times in enumerate((1.0, 2.0)):
        np.testing.assert_allclose(outside[..., row], times * (1.25 - within), rtol=0, atol=1e-14)
        np.testing.assert_allclose(total[:, row], times * 1.25, rtol=0, atol=1e-14)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("prepare", EDGED, ids=lambda way: way.__name__)
def test_mass_between_edges_is_what_is_not_within(prepare, grid):
    where, x = prepare(AT, grid, 10, 2.0, (0.0, 1.0)), AT.x[:, None]
    outside, total = where.outside(masses(grid)[None, None])
    within = cumulative(x + where.u) - cumulative(x - where.u)
    some = where.weights > 0
    np.testing.assert_allclose(outside[some][:, 0], 1.25 - within[some], rtol=0, atol=1e-13)
    np.testing.assert_allclose(total, 1.25, rtol=0, atol=1e-14)


@pytest.mark.parametrize("grid", [GRIDS[2], Grid(6, 16, 4)], ids=str)
@pytest.mark.parametrize("prepare", EDGED, ids=lambda way: way.__name__)
def test_only_distances_to_where_mass_lies_count(prepare, grid):
    x, (low, high) = AT.x, grid.at(grid.ends)[1:3]
    where = prepare(AT, grid, 10, 2.0, (low, high))
    nearest, farthest = np.maximum(np.maximum(low - x, x - high), 0.0), np.maximum(x - low, high - x)
    np.testing.assert_allclose(where.nearest, nearest, rtol=0, atol=1e-15)
    for degree in range(4):
        exact = (farthest ** (degree + 1) - nearest ** (degree + 1)) / (degree + 1)
        np.testing.assert_allclose((where.weights * where.u**degree).sum(axis=1), exact, rtol=0, atol=1e-14)
    inside = np.where((grid.x > low) & (grid.x < high), masses(grid), 0.0)
    outside, _ = where.outside(inside[None, None])
    ends = (np.clip(x[:, None] + side * where.u, low, high) for side in (1, -1))
    above, below = (cumulative(end) for end in ends)
    left = cumulative(high) - cumulative(low) - (above - below)
    some = where.weights > 0
    np.testing.assert_allclose(outside[some][:, 0], left[some], rtol=0, atol=1e-14)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("prepare", [running, edged_running], ids=lambda way: way.__name__)
def test_both_sides_make_the_whole(prepare, grid):
    where = prepare(AT, grid, 12, False) if prepare is running else prepare(AT, grid, 10, 2.0)
    mass = np.random.default_rng(3).random((4, grid.size))
    (left, near), (right, rest) = (where.beyond(mass, side) for side in (0, 1))
    outside, total = where.outside(mass[None])
    np.testing.assert_allclose(left + right, outside, rtol=0, atol=1e-12)
    np.testing.assert_allclose(near + rest, np.broadcast_to(total, near.shape), rtol=1e-13)


def test_masses_of_each_node_are_those_of_one():
    where, grid = tabled(AT, GRIDS[0], 12, False), GRIDS[0]
    mass = np.random.default_rng(4).random((AT.size, 5, grid.size))
    found, total = where.outside(mass)
    for node in (0, 7, AT.size - 1):
        alone, whole = where.outside(mass[node][None])
        np.testing.assert_allclose(found[node], alone[node], rtol=1e-13)
        np.testing.assert_allclose(total[node], whole[node], rtol=1e-13)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("prepare", [running, edged_running], ids=lambda way: way.__name__)
def test_a_table_of_some_masses_knows_their_sums(prepare, grid):
    where = prepare(AT, grid, 12, False) if prepare is running else prepare(AT, grid, 10, 2.0)
    rng = np.random.default_rng(6)
    some, factors = rng.random((3, grid.size)), rng.random((AT.size, 2, 3))
    found, total = where.tabled(some).outside(factors)
    for node in (0, 7, AT.size - 1):
        outside, whole = where.outside((factors[node] @ some)[None])
        np.testing.assert_allclose(found[node], outside[node], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(total[node], np.broadcast_to(whole, total.shape)[node], rtol=1e-13)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 7, 16, 63, 64])
@pytest.mark.parametrize("overwrite", [False, True])
def test_powers(exponent, overwrite):
    base = np.random.default_rng(5).random((3, 4))
    given = base.copy()
    np.testing.assert_allclose(power(given, exponent, overwrite=overwrite), base**exponent, rtol=1e-13)
    assert overwrite or (given == base).all()
