"""Linear systems and leading eigenvalues of maps that are known by their products."""

import numpy as np
import pytest

from eqsolve.numerics.spectrum import (
    LARGEST,
    RESOLVED,
    Krylov,
    growing_components,
    leading_eigenvalue,
    resolve,
)


def product_of(matrices):
    return lambda change: np.einsum("rij,rj->ri", matrices, np.broadcast_to(change, matrices.shape[:2]))


def contraction(size, seed, count=3):
    """Matrices with quickly falling singular values, the largest of them 0.9."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(count, size, size)))[0] for _ in range(2))
    return left @ (0.9 * 0.5 ** np.arange(size)[:, None] * right)


@pytest.mark.parametrize("share", [1.0, 0.5, -2.0, 0.0])
@pytest.mark.parametrize("size", [1, 2, 7, 130])
def test_systems_are_solved_to_their_tolerance(size, share):
    matrices = contraction(size, size)
    source = np.random.default_rng(1).normal(size=(3, size))
    found = Krylov(product_of(matrices), source).resolve(np.full(3, share), RESOLVED)
    exact = np.linalg.solve(np.eye(size) - share * matrices, source[..., None])[..., 0]
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-10 * np.abs(exact).max())


@pytest.mark.parametrize("tol", [1e-1, 1e-3, 1e-6])
def test_rough_solutions_leave_no_more_than_the_residual_that_was_asked_for(tol):
    matrices = contraction(130, 5)
    source = np.random.default_rng(2).normal(size=(3, 130))
    space = Krylov(product_of(matrices), source)
    found = space.resolve(np.ones(3), tol)
    residual = np.linalg.norm(found - product_of(matrices)(found) - source, axis=1)
    assert (residual <= 1.01 * tol * np.linalg.norm(source, axis=1)).all()
    assert space.dimension < LARGEST


def test_one_space_serves_several_shares():
    matrices = contraction(40, 7)
    source = np.random.default_rng(3).normal(size=(3, 40))
    space = Krylov(product_of(matrices), source)
    for share in (0.1, 1.0, -1.0):
        found = space.resolve(np.full(3, share), RESOLVED)
        exact = np.linalg.solve(np.eye(40) - share * matrices, source[..., None])[..., 0]
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-10)


def test_rows_do_not_disturb_each_other():
    matrices = contraction(20, 9)
    matrices[1] = np.nan
    matrices[2] = np.eye(20)
    source = np.ones((3, 20))
    with np.errstate(invalid="ignore"):
        found = resolve(product_of(matrices), source)
    alone = resolve(product_of(matrices[:1]), source[:1])
    np.testing.assert_allclose(found[0], alone[0], rtol=0, atol=1e-11)
    assert np.isnan(found[1]).all()
    assert np.isnan(found[2]).all()


def test_nothing_comes_from_nothing():
    assert (resolve(product_of(contraction(20, 9)), np.zeros((3, 20))) == 0.0).all()


@pytest.mark.parametrize("size", [1, 3, 10, 130])
def test_the_leading_eigenvalue_of_maps_whose_spectrum_falls(size):
    rng = np.random.default_rng(size)
    basis = np.linalg.qr(rng.normal(size=(4, size, size)))[0]
    signs = np.where(np.arange(size) % 2, -1.0, 1.0)
    values = signs * rng.uniform(0.5, 1.5, (4, 1)) * 0.3 ** np.arange(size)
    matrices = np.einsum("rij,rj,rkj->rik", basis, values, basis)
    found = leading_eigenvalue(product_of(matrices), size)
    np.testing.assert_allclose(found, values.max(axis=1), rtol=0, atol=1e-8)


def test_the_leading_eigenvalue_is_that_with_the_largest_real_part():
    turning = np.array([[[0.2, -5.0, 0.0], [5.0, 0.2, 0.0], [0.0, 0.0, 0.1]]])
    assert leading_eigenvalue(product_of(turning), 3)[0] == pytest.approx(0.2, rel=0, abs=1e-12)


@pytest.mark.parametrize("size", [3, 30, 400])
def test_growing_components_are_those_of_the_left_eigenvector(size):
    rng = np.random.default_rng(size)
    right, rates = rng.normal(size=(size, size)), 0.9 * 0.5 ** np.arange(size)
    rates[1], turn = 1.3, np.linalg.inv(right)
    vectors = rng.normal(size=(3, size)) * [[1.0], [1e-3], [0.0]]
    found = growing_components(lambda each: each @ (right * rates @ turn).T, vectors)
    expected = vectors @ turn[1]
    np.testing.assert_allclose(found / found[0], expected / expected[0], rtol=1e-9)


@pytest.mark.parametrize("rates", [(0.9, 0.3), (1.2, 1.1), (np.nan, 2.0), (-1.5, 0.2)], ids=str)
def test_without_exactly_one_growing_mode_there_are_no_components(rates):
    assert growing_components(lambda each: each * np.array(rates), np.eye(2)) is None
