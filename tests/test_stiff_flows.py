"""Flows that hold to a narrow track: they have limits, and those are found."""

import numpy as np
import pytest
from random_games import random_game

from eqsolve import Params
from eqsolve.game.discretization import discretize
from eqsolve.game.enumeration import stability
from eqsolve.game.games import columns
from eqsolve.game.grids import needs_of
from eqsolve.numerics.flow import settle
from eqsolve.numerics.pieces import cut, project
from eqsolve.numerics.quadrature import Grid
from eqsolve.numerics.spectrum import leading_eigenvalue
from eqsolve.outcome import evaluate
from eqsolve.selections import SELECTIONS

INITIAL = SELECTIONS["initial"]

NARROW = [(59, 0.28), (64, 0.4375), (135, 0.75), (191, 0.0625), (241, 0.5), (328, 5 / 6)]
"""Random games and qualities where a tiny change of the crowd turns a whole group of users around."""


def flow(image, derivative):
    """Map, derivative and distance of one row, as `settle` wants them."""

    def derive(rows, z):
        return lambda change: np.einsum("rij,rj->ri", np.array([derivative(row) for row in z]), change)

    return (
        lambda rows, z: np.array([image(row) for row in z]),
        derive,
        lambda rows, one, other: np.abs(one - other).max(axis=1),
    )


@pytest.mark.parametrize("steepness", [1e2, 1e4, 1e6])
def test_the_limit_on_a_narrow_track_is_found(steepness):
    def image(z):  # the first coordinate is held where the second says; that drifts to 0.3
        return np.array([0.5 - np.tanh(steepness * (z[0] - 0.2 - 0.5 * z[1])) / 2, 0.3])

    def derivative(z):
        bend = -steepness / 2 / np.cosh(np.clip(steepness * (z[0] - 0.2 - 0.5 * z[1]), -300, 300)) ** 2
        return np.array([[bend, -bend / 2], [0.0, 0.0]])

    found = settle(*flow(image, derivative), np.array([0]), np.array([[0.7, 0.9]]), 1e-13)
    assert found.converged[0]
    held = 0.35 + np.arctanh(1 - 2 * found.state[0, 0]) / steepness
    np.testing.assert_allclose(found.state[0], [held, 0.3], rtol=0, atol=1e-12)


def test_a_flow_that_goes_round_has_no_limit():
    turn = np.array([[1.0, -1.0], [1.0, 1.0]])  # dz/dtau = T(z) - z turns about the center forever

    def image(z):
        return turn @ (z - 0.5) + 0.5

    found = settle(*flow(image, lambda z: turn), np.array([0]), np.array([[0.7, 0.5]]), 1e-13)
    assert not found.converged[0]
    np.testing.assert_array_equal(found.state, [[0.7, 0.5]])


@pytest.mark.parametrize(("seed", "quality"), NARROW)
def test_participation_on_a_narrow_track_comes_to_the_same_stable_rest_on_both_grids(seed, quality):
    games = columns([Params.model_validate(random_game(seed))])
    coarse, fine = (discretize(games, *needs_of(games).grids(*grid)) for grid in ((16, 0), (20, 1)))
    choice = np.zeros(1, dtype=int), np.array([quality]), games.strength
    outcome, again = (evaluate(model, *choice, INITIAL) for model in (coarse, fine))
    assert outcome.solved[0]
    assert again.solved[0]
    assert outcome.participation[0] == pytest.approx(again.participation[0], rel=0, abs=1e-9)
    assert stability(outcome.rows, outcome.state)[0] < 1.0


def test_steep_maps_do_not_fake_eigenvalues():
    one, other = np.random.default_rng(0).normal(size=(2, 40))
    other -= 0.999 * (other @ one) / (one @ one) * one
    steep = -1e5 * np.outer(one, other) / (one @ other)  # its other eigenvalues are all 0
    found = leading_eigenvalue(lambda change: change @ steep.T, 40)
    assert found[0] == pytest.approx(0.0, rel=0, abs=1e-2)


def reached(v, row):
    return (v >= 0).astype(float)


@pytest.mark.parametrize("order", [16, 20])
def test_a_hump_that_barely_rises_above_a_level_is_seen_wherever_it_is(order):
    grid = Grid(3, order)
    for peak in np.linspace(0.01, 0.99, 197):
        for half in (1e-2, 1e-4, 1e-6):
            v = (half**2 - (grid.x - peak) ** 2)[None, None]
            pieces = cut(v, np.array([[0.0]]), grid)
            shares = project(reached, v, np.zeros_like(v), pieces, grid)
            above = shares[0, 0] @ grid.weights
            assert above == pytest.approx(2 * half, rel=1e-3), (peak, half)
