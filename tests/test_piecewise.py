"""Functions on intervals as polynomial pieces: coordinates, values, and which piece holds a place."""

import numpy as np
import pytest

from eqsolve.numerics.piecewise import (
    DEGREE,
    Piecewise,
    chebyshev,
    coordinate,
    derivative,
    interpolation,
    join,
    nodes,
    place,
)

ENDS = [(False, False), (True, False), (False, True), (True, True)]
EPS = np.finfo(np.float64).eps


def pieces(*rows, soft=(False, False)):
    """Pieces of (owner, low, high, function)."""
    owner, low, high, functions = zip(*rows, strict=True)
    count = len(rows)
    empty = Piecewise(
        np.array(owner), np.array(low), np.array(high), np.tile(soft, (count, 1)),
        np.zeros((count, DEGREE + 1, 1)), np.zeros((count, 1)),
    )  # fmt: skip
    x = empty.points(nodes())
    value = np.stack([f(x[row]) for row, f in enumerate(functions)])
    coefficients = np.einsum("mn,pn->pm", interpolation(), value)[..., None]
    return Piecewise(empty.owner, empty.low, empty.high, empty.soft, coefficients, empty.error)


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


@pytest.mark.parametrize("soft", ENDS)
def test_places_rise_from_end_to_end_and_coordinates_lead_back(soft):
    t = np.linspace(0.0, 1.0, 1001)
    flags = np.broadcast_to(np.array(soft), (t.size, 2))
    share = place(t, flags)
    assert (share[0], share[-1]) == (0.0, 1.0)
    assert (np.diff(share) > 0).all()
    there = coordinate(share, flags)
    np.testing.assert_allclose(place(there, flags), share, rtol=0, atol=4 * EPS)
    np.testing.assert_allclose(there[100:-100], t[100:-100], rtol=0, atol=1e-13)


@pytest.mark.parametrize("soft", ENDS)
def test_coordinates_run_quadratically_at_soft_ends(soft):
    for end, flag in enumerate(soft):
        near = 1e-4 if end == 0 else 1.0 - 1e-4
        share = place(np.array([near]), np.array([soft]))[0]
        far = share if end == 0 else 1.0 - share
        assert far == pytest.approx((3.0 if all(soft) else 1.0) * 1e-8 if flag else 1e-4, rel=1e-3) or (
            not flag and any(soft) and far == pytest.approx(2e-4, rel=1e-3)
        )


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.3), (0.1, 0.1 + 1e-11), (1 / 3, 2 / 3), (0.7, 0.7)])
@pytest.mark.parametrize("soft", ENDS)
def test_ends_are_exact_however_narrow_a_piece_is(low, high, soft):
    piece = pieces((0, low, high, np.ones_like), soft=soft)
    x = piece.points(nodes())[0]
    assert (x[0], x[-1]) == (low, high)
    assert (np.diff(x) >= 0).all()


@pytest.mark.parametrize(
    ("soft", "function"),
    [
        ((False, False), lambda x: np.exp(3.0 * x)),
        ((True, False), lambda x: np.sqrt(x - 0.2)),
        ((True, False), lambda x: (x - 0.2) ** 1.5),
        ((False, True), lambda x: np.sqrt(0.9 - x)),
        ((False, True), lambda x: (0.9 - x) ** 1.5 + np.cos(x)),
    ],
)
def test_functions_with_square_roots_at_soft_ends_are_polynomials_there(soft, function):
    piece = pieces((0, 0.2, 0.9, function), soft=soft)
    x = np.linspace(0.2, 0.9, 333)
    found = piece.value(np.zeros(x.size, dtype=int), x)[:, 0]
    np.testing.assert_allclose(found, function(x), rtol=0, atol=1e-12)
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
    for name in ("owner", "low", "high", "soft", "coefficients", "error"):
        np.testing.assert_array_equal(getattr(again, name), getattr(several, name))
    assert len(several.take(several.owner == 1)) == 1
