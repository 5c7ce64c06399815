"""How high functions may be between their nodes, beside jumps: bounds against functions that are known."""

import numpy as np
import pytest
from functions import Evaluated, Highest

from eqsolve.numerics.active import TOLERANCES, begin
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.bounds import margins
from eqsolve.numerics.piecewise import DEGREE, nodes

SIDES = {
    "line": lambda x: 0.3 * x,
    "falling": lambda x: np.exp(-x),
    "steep": lambda x: np.exp(2.0 * x) / 8.0,
    "bent": lambda x: 0.2 * x**3 - 0.1 * x,
    "wave": lambda x: 0.2 * np.sin(3.0 * x),
    "flat": lambda x: 0.0 * x,
}
PLACES = np.linspace(-1.0, 1.0, 1001)


def jumping(left, right, at, drop):
    """One function up to a place, and another one behind it, lower by so much."""
    return lambda x: np.where(x <= at, SIDES[left](x), SIDES[right](x) - drop)


def bounded(function, full):
    """The margins of one piece over [-1, 1] by interval, and by how much the function exceeds its nodes."""
    piece = begin(np.zeros(1, dtype=int), -np.ones(1), np.ones(1), 1, 0)
    piece.value[0, :, 0] = function(nodes())
    piece.full[:] = full
    margin = margins(piece, np.zeros(1, dtype=bool), TOLERANCES)[0]
    step = 1 if full else 2
    u = nodes()[::step]
    cell = np.clip(np.searchsorted(u, PLACES, side="right") - 1, 0, u.size - 2)
    above = function(PLACES) - np.maximum(function(u[cell]), function(u[cell + 1]))
    excess = np.full(u.size - 1, -np.inf)
    np.maximum.at(excess, cell, above)
    return margin[::step], excess


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("left", SIDES)
@pytest.mark.parametrize("right", SIDES)
def test_functions_with_a_jump_stay_below_their_bounds(left, right, full):
    known = []
    for at in np.linspace(-0.93, 0.93, 12):
        for drop in (-2.5, 2.5):
            margin, excess = bounded(jumping(left, right, at, drop), full)
            assert margin.shape == (DEGREE if full else DEGREE // 2,)
            assert (excess <= margin + 1e-12).all()
            known.append(np.isfinite(margin).mean())
    assert np.mean(known) > 0.35


def test_bounds_are_no_wider_than_what_a_function_does():
    margin, _ = bounded(jumping("line", "line", 0.1, 2.0), True)
    assert np.isfinite(margin).all()
    assert margin.max() <= 0.3 * np.diff(nodes()).max() + 1e-12
    assert np.sort(margin)[-2] <= 1e-12


def test_nothing_is_known_without_nodes_that_tell_a_side():
    for at in (-0.999, 0.999):
        margin, _ = bounded(jumping("steep", "line", at, 2.0), False)
        assert np.isinf(margin).any()


def test_functions_without_a_jump_are_left_to_their_polynomials():
    assert np.isinf(bounded(SIDES["steep"], True)[0]).all()


def spike(at, growth, height):
    """A function that rises ever faster up to a jump, where it falls by one, and goes on level."""
    return lambda x: np.where(x <= at, height * np.exp(growth * (x - at)), height - 1.0)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("growth", [2.0, 9.0])
@pytest.mark.parametrize("at", np.linspace(0.09, 0.91, 6))
def test_a_maximum_beside_a_jump_is_found_though_another_place_seems_higher(at, growth, mirrored):
    rising = spike(at, growth, 0.3)
    function = (lambda x: rising(1.0 - x)) if mirrored else rising
    # Elsewhere it is a hair lower than at the jump, and known from the start.
    question = Highest(1)
    question.best[:] = 0.3 - 1e-7
    explore(
        Evaluated([function]), question, np.zeros(1, dtype=int), np.zeros(1), np.ones(1), 1, 0,
        monotone=np.zeros(1, dtype=bool),
    )  # fmt: skip
    assert question.best[0] == pytest.approx(0.3, rel=0, abs=1e-9)
