"""Functions on intervals as polynomial pieces: coordinates, values, and which piece holds a place."""

import numpy as np
import pytest

from eqsolve.numerics.piecewise import (
    DEGREE,
    Piecewise,
    chebyshev,
    derivative,
    interpolation,
    join,
    nodes,
)

EPS = np.finfo(np.float64).eps


def pieces(*rows):
    """Pieces of (owner, low, high, function)."""
    owner, low, high, functions = zip(*rows, strict=True)
    count = len(rows)
    empty = Piecewise(
        np.array(owner), np.array(low), np.array(high),
        np.zeros((count, DEGREE + 1, 1)), np.zeros((count, 1)),
    )  # fmt: skip
    x = empty.points(nodes())
    value = np.stack([f(x[row]) for row, f in enumerate(functions)])
    coefficients = np.einsum("mn,pn->pm", interpolation(), value)[..., None]
    return Piecewise(empty.owner, empty.low, empty.high, coefficients, empty.error)


@pytest.mark.parametrize("degree", [2, 4, 8, 16])
def test_finer_nodes_contain_coarser_ones_and_both_ends(degree):
    fine = nodes(2 * degree)
    np.testing.assert_allclose(fine[::2], nodes(degree), rtol=0, atol=EPS)
    assert (fine[0], fine[-1]) == (-1.0, 1.0)
    assert (np.diff(fine) > 0).all()


@pytest.mark.parametrize(
    ("degree", "power"), [(degree, power) for degree in (2, 8, 16) for power in range(degree + 1)]
)
def test_polynomials_up_to_the_degree_come_back_with_their_slopes(degree, power):
    u = np.linspace(-1.0, 1.0, 101)
    coefficients = interpolation(degree) @ nodes(degree) ** power
    np.testing.assert_allclose(chebyshev(u, degree) @ coefficients, u**power, rtol=0, atol=1e-14)
    slope = chebyshev(u, degree) @ (derivative(degree) @ coefficients)
    expected = power * u ** max(power - 1, 0)
    np.testing.assert_allclose(slope, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.3), (0.1, 0.1 + 1e-11), (1 / 3, 2 / 3), (0.7, 0.7)])
def test_ends_are_exact_however_narrow_a_piece_is(low, high):
    piece = pieces((0, low, high, np.ones_like))
    x = piece.points(nodes())[0]
    assert (x[0], x[-1]) == (low, high)
    assert (np.diff(x) >= 0).all()


@pytest.mark.parametrize("function", [lambda x: np.exp(3.0 * x), np.cos, lambda x: 1.0 / (2.0 + x)])
def test_smooth_functions_are_polynomials(function):
    piece = pieces((0, 0.2, 0.9, function))
    x = np.linspace(0.2, 0.9, 333)
    where = np.zeros(x.size, dtype=int)
    found = piece.value(where, x)[:, 0]
    np.testing.assert_allclose(found, function(x), rtol=0, atol=1e-12)
    np.testing.assert_allclose(piece.points(piece.coordinates(where, x)[None])[0], x, rtol=0, atol=4 * EPS)
    assert np.abs(piece.coefficients[0, -3:]).max() < 1e-12


def steps():
    """Two functions: constants 1, 2, 3 on [0, 0.25, 0.5, 1], and 7 on [0.2, 0.4]."""
    ones = np.ones_like
    return pieces(
        (1, 0.2, 0.4, lambda x: 7.0 * ones(x)),
        (0, 0.5, 1.0, lambda x: 3.0 * ones(x)),
        (0, 0.0, 0.25, ones),
        (0, 0.25, 0.5, lambda x: 2.0 * ones(x)),
    ).ordered()


@pytest.mark.parametrize(
    ("owner", "x", "value"),
    [
        (0, 0.0, 1), (0, 0.2, 1), (0, 0.25, 1), (0, np.nextafter(0.25, 1), 2), (0, 0.5, 2), (0, 0.75, 3),
        (0, 1.0, 3), (1, 0.2, 7), (1, 0.3, 7), (1, 0.4, 7),
    ],
)  # fmt: skip
def test_the_piece_that_holds_a_place_is_the_lower_one_at_a_break(owner, x, value):
    several = steps()
    piece = several.find(np.array([owner]), np.array([x]))
    assert several.owner[piece] == owner
    assert several.value(piece, np.array([x]))[0, 0] == pytest.approx(value, rel=0, abs=1e-14)


def test_pieces_are_ordered_by_owner_and_place():
    several = steps()
    assert several.owner.tolist() == [0, 0, 0, 1]
    assert several.low.tolist() == [0.0, 0.25, 0.5, 0.2]
    again = join([several.take(np.array([3, 1])), several.take(np.array([2, 0]))])
    for name in ("owner", "low", "high", "coefficients", "error"):
        np.testing.assert_array_equal(getattr(again, name), getattr(several, name))
    assert len(several.take(several.owner == 1)) == 1
