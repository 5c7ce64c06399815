"""The integrator of dz/dtau = T(z) - z on flows whose limits are known or found by scipy."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import PchipInterpolator

from eqsolve.numerics.fixed_point import newton
from eqsolve.numerics.flow import settle

TOL = 1e-12
KNOTS = [0.0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.52, 0.6, 1.0]
UPHILL = PchipInterpolator(KNOTS, [0.5, 0.25, 0.0, -0.02, 0.0, 0.03, 0.015, 0.0, -0.08, -0.48])


def limits(force, slope, starts):
    """Limits of dz/dtau = force(z) from `starts` (R, D), in one batch; `slope` is the force's Jacobian."""
    starts = np.atleast_2d(np.asarray(starts, dtype=float))

    def derive(rows, z):
        jacobian = np.array([np.atleast_2d(slope(row)) for row in z]) + np.eye(z.shape[1])
        return lambda change: np.einsum("rij,rj->ri", jacobian, np.broadcast_to(change, z.shape))

    def image(rows, z):
        return z + np.array([force(row) for row in z])

    def distance(rows, one, other):
        return np.abs(one - other).max(axis=1)

    return settle(image, derive, distance, np.arange(len(starts)), starts, TOL)


def followed(force, start, time=2e3):
    """The same by a method of high order, for comparison."""
    path = solve_ivp(lambda _, z: force(z), (0, time), start, method="LSODA", rtol=1e-11, atol=1e-13)
    return path.y[:, -1]


def diagonal(*rates):
    """A linear flow to 0.3 in every coordinate."""
    rates = np.array(rates)
    return lambda z: rates * (z - 0.3), lambda z: np.diag(rates)


def turning(rate, frequency):
    """A linear flow that spirals into 0.3."""
    matrix = np.array([[rate, -frequency], [frequency, rate]])
    return lambda z: matrix @ (z - 0.3), lambda z: matrix


@pytest.mark.parametrize(
    ("flow", "dimension"),
    [
        (diagonal(-1e-3), 1),
        (diagonal(-1e-6), 1),
        (diagonal(-1e-6, -1.0), 2),
        (diagonal(-1e3, -0.5), 2),
        (diagonal(-1e6, -1e-3), 2),
        (diagonal(-1e12, -1.0), 2),
        (diagonal(-1e12, -1e6, -1e3, -1.0, -1e-3), 5),
        (turning(-0.5, 3.0), 2),
        (turning(-0.01, 30.0), 2),
        (turning(-1.0, 1e6), 2),
    ],
)
def test_linear_flows_end_at_their_rest_point_however_fast_they_are(flow, dimension):
    found = limits(*flow, [np.full(dimension, 0.9), np.linspace(-1.0, 1.0, dimension)])
    assert found.converged.all()
    np.testing.assert_allclose(found.state, 0.3, rtol=0, atol=1e-9)


def test_no_rest_point_is_jumped_over():
    starts = [1e-9, 0.29, 0.31, 0.9]
    found = limits(lambda z: UPHILL(z), lambda z: UPHILL(z, 1), np.array(starts)[:, None])
    assert found.converged.all()
    np.testing.assert_allclose(found.state[:, 0], [0.2, 0.2, 0.52, 0.52], rtol=0, atol=1e-10)


@pytest.mark.parametrize("offset", [1e-1, 1e-3, 1e-6, 1e-9, -1e-9, -1e-6, -1e-3, -1e-1])
def test_saddles_are_passed_on_the_side_of_the_start(offset):
    found = limits(
        lambda z: np.array([-z[0], z[1] - z[1] ** 3]),
        lambda z: np.diag([-1.0, 1.0 - 3.0 * z[1] ** 2]),
        [0.8, offset],
    )
    np.testing.assert_allclose(found.state[0], [0.0, np.sign(offset)], rtol=0, atol=1e-10)


def bent(z):
    """A saddle at (0, 0) with a bent inset, on whose sides the flow ends at (0, 1) and (0, -1)."""
    return np.array([-z[0], z[1] - z[1] ** 3 - z[0] ** 2])


def bent_slope(z):
    return np.array([[-1.0, 0.0], [-2.0 * z[0], 1.0 - 3.0 * z[1] ** 2]])


@pytest.mark.parametrize("near", [1e-2, 1e-3, 1e-4])
def test_the_inset_of_a_saddle_divides_starts_as_it_should(near):
    low, high = 0.0, 0.8
    while high - low > 1e-10:
        middle = (low + high) / 2.0
        up = followed(bent, [0.8, middle], 60.0)[1] > 0.0
        low, high = (low, middle) if up else (middle, high)
    found = limits(bent, bent_slope, [[0.8, high + near], [0.8, low - near]])
    np.testing.assert_allclose(found.state, [[0.0, 1.0], [0.0, -1.0]], rtol=0, atol=1e-10)


@pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-6])
def test_the_ghost_of_a_fold_is_passed_and_a_fold_stops_the_flow(gap):
    def force(sign):
        return lambda z: ((z - 0.5) ** 2 + sign * gap) * (1.0 - z)

    def slope(sign):
        return lambda z: 2.0 * (z - 0.5) * (1.0 - z) - ((z - 0.5) ** 2 + sign * gap)

    ghost, fold = (limits(force(sign), slope(sign), [0.0]) for sign in (1.0, -1.0))
    np.testing.assert_allclose(ghost.state, [[1.0]], rtol=0, atol=1e-10)
    np.testing.assert_allclose(fold.state, [[0.5 - np.sqrt(gap)]], rtol=0, atol=1e-8)


def test_what_decays_ends_at_nobody():
    found = limits(lambda z: -z, lambda z: -np.eye(3), [[1.0, 0.5, -0.5], [1e-6, 0.0, 0.0]])
    assert found.converged.all()
    np.testing.assert_allclose(found.state, 0.0, rtol=0, atol=TOL)


def test_where_the_map_is_the_identity_a_start_stays_and_no_path_strays():
    """To 0.3 from above; below 0.2 nothing moves, and a step that is too long would end there."""

    def force(z):
        return np.where(z > 0.2, 4 * (0.3 - z) / (1 + 8 * np.abs(z - 0.3)), 0.0)

    def slope(z):
        return np.diag(np.where(z > 0.2, -4 / np.square(1 + 8 * np.abs(z - 0.3)), 0.0))

    found = limits(force, slope, [[0.1], [0.2], [0.21], [0.5], [0.99]])
    assert found.converged.all()
    np.testing.assert_allclose(found.state[:, 0], [0.1, 0.2, 0.3, 0.3, 0.3], rtol=0, atol=1e-10)


def test_a_path_that_goes_well_into_where_the_map_is_the_identity_is_followed_once():
    """The second coordinate drives the first below 0, where nothing moves."""
    calls = []

    def force(z):
        calls.append(z)
        return np.array([z[1] - 0.8 - z[0], -z[1]]) if z[0] > 0.0 else np.zeros(2)

    def slope(z):
        return np.array([[-1.0, 1.0], [0.0, -1.0]]) * (z[0] > 0.0)

    found = limits(force, slope, [[0.9, 0.9]])
    assert found.converged.all() and found.state[0, 0] <= 0.0
    assert len(calls) <= 100


@pytest.mark.parametrize("steepness", [1e3, 1e6, 1e9])
def test_a_track_that_bends_is_followed_to_its_end(steepness):
    """The first coordinate is held where the second says, and that goes half around a circle."""

    def force(z):
        held = 0.5 - np.tanh(steepness * (z[0] - np.sqrt(1.0 - z[1] ** 2) / 2.0)) / 2.0
        return np.array([held - z[0], 0.9 - z[1]])

    def slope(z):
        root = np.sqrt(1.0 - z[1] ** 2)
        fall = np.clip(steepness * (z[0] - root / 2.0), -300.0, 300.0)
        steep = -steepness / 2.0 / np.cosh(fall) ** 2
        return np.array([[steep - 1.0, steep * z[1] / root / 2.0], [0.0, -1.0]])

    found = limits(force, slope, [[0.1, -0.9], [0.9, 0.0]])
    assert found.converged.all()
    end = np.sqrt(0.19) / 2.0
    np.testing.assert_allclose(found.state, [[end, 0.9]] * 2, rtol=0, atol=2.0 / steepness + 1e-10)


@pytest.mark.parametrize("seed", range(12))
def test_random_flows_with_several_rest_points_end_where_a_fine_method_says(seed):
    rng = np.random.default_rng(seed)
    dimension = int(rng.integers(2, 5))
    into, out = rng.normal(size=(2, dimension, dimension))
    shift = rng.normal(size=dimension) / 2.0
    scale = rng.uniform(1.0, 3.0)

    def force(z):
        return out @ np.tanh(scale * (into @ z) + shift) / dimension - z

    def slope(z):
        bend = scale / np.cosh(scale * (into @ z) + shift) ** 2
        return (out * bend) @ into / dimension - np.eye(dimension)

    starts = rng.normal(size=(8, dimension))
    ends = np.array([followed(force, start) for start in starts])
    at_rest = np.array([np.abs(force(end)).max() < 1e-9 for end in ends])
    found = limits(force, slope, starts)
    assert (found.converged == at_rest).all()
    np.testing.assert_allclose(found.state[at_rest], ends[at_rest], rtol=0, atol=1e-7)


@pytest.mark.parametrize("order", [1.0, 1.5, 2.0, 2.25])
def test_newtons_method_finds_zeros_of_the_orders_that_maps_have_where_users_begin_to_come(order):
    def image(rows, z):
        return z - np.sign(z) * np.abs(z) ** order

    def derive(rows, z):
        return lambda change: change - order * np.abs(z) ** (order - 1.0) * change

    def distance(rows, one, other):
        return np.abs(one - other).max(axis=1)

    found = newton(image, derive, distance, np.arange(1), np.array([[1e-7]]), TOL)
    assert found.converged.all()
    np.testing.assert_allclose(found.state, 0.0, rtol=0, atol=1e-11)
