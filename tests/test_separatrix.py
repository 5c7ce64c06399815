"""Edges between basins of flows: where a start crosses a separatrix, and where a rest point ends."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsolve.numerics import folds, separatrix
from eqsolve.numerics.collocation import advance, depart, pass_saddles

TURN = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]


def family(force, slope, start):
    """The flow dz/dtau = force(z, x) as the family of flows of a map, every family alike."""

    def flows(_, x):
        x = np.asarray(x)

        def step(rows, z):
            return z + np.array([force(row, place) for row, place in zip(z, x[rows], strict=True)])

        def derive(rows, z):
            jacobian = np.array([slope(row, place) for row, place in zip(z, x[rows], strict=True)])
            jacobian += np.eye(z.shape[1])
            return lambda change: np.einsum("rij,rj->ri", jacobian, np.broadcast_to(change, z.shape))

        return separatrix.Flow(step, derive, np.array([start(place) for place in x]))

    return flows


def turned(force, slope, start, shift=0.0):
    """The same flow in turned coordinates: no mode is a coordinate then."""
    return family(
        lambda z, x: TURN @ force(TURN.T @ z - shift * x, x),
        lambda z, x: TURN @ slope(TURN.T @ z - shift * x, x) @ TURN.T,
        lambda x: TURN @ (start(x) + shift * x),
    )


def two_basins(rate, decay):
    """z' = rate z (1 - z^2) between -1 and 1, and two decaying modes; the start crosses z = 0 at 0.4."""

    def force(z, _):
        return np.array([rate * z[0] * (1 - z[0] ** 2), -decay * z[1], -2 * z[2]])

    def slope(z, _):
        return np.diag([rate * (1 - 3 * z[0] ** 2), -decay, -2.0])

    return force, slope, lambda x: np.array([np.sin(x - 0.4), 0.5 + x, 0.3])


def bent(bend):
    """x' = x - bend v^2 with v' = -v, far from x^3: the stable manifold of 0 is x = bend v^2 / 3."""

    def force(z, _):
        return np.array([z[0] - bend * z[1] ** 2, -z[1], -1.5 * z[2]])

    def slope(z, _):
        return np.array([[1.0, -2 * bend * z[1], 0], [0, -1, 0], [0, 0, -1.5]])

    return force, slope, lambda x: np.array([x - 0.4 + bend * 0.4**2 / 3, 0.4, 0.2])


CROSSINGS = {
    "slow": (*two_basins(0.2, 0.5), 0.0),
    "fast": (*two_basins(2.0, 0.8), 0.0),
    "slow decay": (*two_basins(1.0, 0.1), 0.0),
    "moving saddle": (*two_basins(1.0, 0.7), 0.5),
    "bent separatrix": (*bent(0.8), 0.0),
}


@pytest.mark.parametrize(("force", "slope", "start", "shift"), CROSSINGS.values(), ids=CROSSINGS)
@pytest.mark.parametrize("half", [0.35, 0.025, 1e-5])
def test_edges_are_where_the_start_crosses_the_stable_manifold(force, slope, start, shift, half):
    low, high = np.array([0.4 - half, 0.4 - 0.4 * half]), np.array([0.4 + 0.7 * half, 0.4 + half])
    found = separatrix.locate(turned(force, slope, start, shift), low, high)
    np.testing.assert_allclose(found.x, 0.4, rtol=0, atol=3e-11)
    below, above = ((z @ TURN)[:, 0] - shift * 0.4 for z in (found.below, found.above))
    assert (below < 0).all()
    assert (above > 0).all()


NO_EDGE = {
    "one limit": (lambda z, x: x - z, lambda z, x: -np.eye(1), lambda x: np.zeros(1)),
    "a fold": (
        lambda z, x: x - 0.4 + z * z * (1 - z),
        lambda z, x: np.array([2 * z - 3 * z * z]),
        lambda x: np.array([-1.0]),
    ),
    "not finite": (
        lambda z, x: np.full(1, np.nan),
        lambda z, x: np.full((1, 1), np.nan),
        lambda x: np.zeros(1),
    ),
}


@pytest.mark.parametrize("flow", NO_EDGE.values(), ids=NO_EDGE)
def test_nothing_is_found_where_there_is_no_saddle(flow):
    found = separatrix.locate(family(*flow), np.array([0.2]), np.array([0.5]))
    assert np.isnan(found.x).all()


def fold(scale, at=0.4):
    """z' = at - x - (z / scale)^2 and a decaying mode: its rest point ends at x = at."""

    def force(z, x):
        return np.array([at - x - (z[0] / scale) ** 2, z[0] - z[1]])

    def slope(z, _):
        return np.array([[-2 * z[0] / scale**2, 0.0], [1.0, -1.0]])

    return family(force, slope, lambda x: np.array([scale, 0.0]))


@pytest.mark.parametrize("scale", [1.0, 0.1, 0.001])
@pytest.mark.parametrize("begin", [0.2, 0.39, 0.39999])
@pytest.mark.parametrize("goal", [0.4 + 1e-9, 0.4001, 0.41, 0.9])
def test_folds_are_where_rest_points_end(scale, begin, goal):
    """Also where another mode leads until shortly before them, as it does far from narrow ones."""
    z = np.full((1, 2), scale * np.sqrt(0.4 - begin))
    found = folds.locate(fold(scale), np.zeros(1, dtype=int), np.array([begin]), np.array([goal]), z, z + 9)
    np.testing.assert_allclose(found.x, 0.4, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.state, 0.0, rtol=0, atol=1e-5 * scale)
    assert (found.way[0] < 0).all()


@pytest.mark.parametrize(("begin", "goal"), [(0.3, 0.35), (0.1, -0.5), (0.3, 0.399)])
def test_branches_that_go_on_have_no_fold(begin, goal):
    z = np.full((1, 2), np.sqrt(0.4 - begin))
    found = folds.locate(fold(1.0), np.zeros(1, dtype=int), np.array([begin]), np.array([goal]), z, z + 9)
    assert np.isnan(found.x).all()


@pytest.mark.parametrize("steepness", [0.3, 10.0, 30.0])
@pytest.mark.parametrize("spread", [0.1, 0.03, 0.01])
@pytest.mark.parametrize(("begin", "goal"), [(0.1, 0.4001), (0.1, 0.45), (0.2, 0.9), (0.39, 0.41)])
def test_a_long_step_that_fails_is_no_end(steepness, spread, begin, goal):
    """z = exp(-sqrt((0.4 - x) / spread)) runs over decades, so that Newton's method fails from far away."""

    def force(z, x):
        size = max(z[0], 1e-12)
        return np.array([steepness * size * (x - 0.4 + spread * np.log(size) ** 2), -z[1]])

    def slope(z, x):
        log = np.log(max(z[0], 1e-12))
        return np.diag([steepness * (x - 0.4 + spread * log**2 + 2 * spread * log), -1.0])

    flows, z = family(force, slope, lambda x: np.zeros(2)), np.zeros((1, 2))
    z[0, 0] = np.exp(-np.sqrt((0.4 - begin) / spread))
    found = folds.locate(flows, np.zeros(1, dtype=int), np.array([begin]), np.array([goal]), z, z + 9)
    np.testing.assert_allclose(found.x, 0.4, rtol=0, atol=1e-9)


@pytest.mark.parametrize("strength", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("begin", "goal"), [(0.3, 0.7), (0.3, 0.50001), (0.49, 0.9), (0.7, 0.3)])
def test_branches_also_end_where_the_map_has_a_kink(strength, begin, goal):
    """As with an atom of costs where others begin to come: nothing in the eigenvalues says so before."""
    sign = 1.0 if begin < goal else -1.0

    def force(z, x):
        over = max(z[0] - 0.5, 0.0)
        return np.array([sign * (x - 0.5) + 0.5 - z[0] + strength * np.sqrt(over), -z[1]])

    def slope(z, x):
        over = z[0] - 0.5
        return np.diag([strength / (2.0 * np.sqrt(over)) - 1.0 if over > 0.0 else -1.0, -1.0])

    z = np.array([[sign * (begin - 0.5) + 0.5, 0.0]])
    other = np.array([[0.5 + strength**2, 0.0]])
    flows = family(force, slope, lambda x: np.zeros(2))
    found = folds.locate(flows, np.zeros(1, dtype=int), np.array([begin]), np.array([goal]), z, other)
    np.testing.assert_allclose(found.x, 0.5, rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.state, [[0.5, 0.0]], rtol=0, atol=1e-11)
    assert found.way[0, 0] > 0.0


@pytest.mark.parametrize("rounding", [2e-16, 4e-16, 1e-15])
def test_a_test_that_hardly_falls_says_nothing_of_a_fold(rounding):
    """A branch that goes on, whose leading eigenvalue is 0 but for rounding, is followed in three steps."""
    calls = []
    flows = family(
        lambda z, x: np.array([x - z[0], -z[1]]),
        lambda _, x: np.diag([rounding * x - 1.0, -1.0]),
        lambda x: np.zeros(2),
    )

    def counted(number, x):
        calls.append(x)
        return flows(number, x)

    z = np.array([[0.1, 0.0]])
    found = folds.locate(counted, np.zeros(1, dtype=int), np.array([0.1]), np.array([0.7]), z, z + 9)
    assert np.isnan(found.x).all()
    assert len(calls) == 3


@pytest.mark.parametrize("allowed", [1e-6, 1e-9, 1e-12])
def test_windows_keep_the_error_that_they_are_allowed(allowed):
    def force(z):
        return np.array([z[0] * (1 - z[0] ** 2), np.cos(3 * z[0]) - z[1]])

    starts = np.array([[[1e-3, 0.2], [-0.3, 0.9]], [[0.5, -0.4], [2.0, 0.0]]])
    rows = np.arange(4).reshape(2, 2)

    def step(_, z):
        return z + np.array([force(row) for row in z])

    bundle = depart(step, rows, starts)
    windows = 0
    while (bundle.time < 3.0).any():
        windows += 1
        advance(step, rows, bundle, np.full(2, allowed))
    assert windows < 400
    for g in range(2):
        for m in range(2):
            exact = solve_ivp(
                lambda _, z: force(z),
                (0, bundle.time[g]),
                starts[g, m],
                rtol=1e-13,
                atol=1e-15,
                method="DOP853",
            ).y[:, -1]
            assert np.abs(bundle.z[g, m] - exact).max() <= 100 * allowed  # the saddle amplifies errors by e^3


@pytest.mark.parametrize("offset", [1e-2, 1e-6, -1e-6, 1e-11, -1e-11])
def test_saddles_are_passed_on_the_right_side(offset):
    force, slope, _ = two_basins(1.0, 0.5)
    flow = turned(force, slope, lambda x: np.array([offset, 0.5, 0.5]))(None, np.zeros(1))

    def distance(_, one, other):
        return np.abs(one - other).max(axis=1)

    z, there = pass_saddles(flow.step, distance, np.zeros(1, dtype=int), flow.start)
    assert there.all()
    assert np.sign((TURN.T @ z[0])[0]) == np.sign(offset)
