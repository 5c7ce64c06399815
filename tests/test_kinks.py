"""Kinks between pieces are placed to rounding; what is no kink is left alone."""

import numpy as np
import pytest

from eqsolve import Params, solve
from eqsolve.numerics.active import WHOLE, Samples
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.kinks import place

AT = 0.348 + 1e-9 / 3.0


def explored(function, **options):
    """A function of x on [0, 1] as a `Function`, and its pieces."""

    def sampled(owner, x, guess, doubt):
        return Samples(function(x)[:, None], np.zeros((x.size, 0)), np.ones(x.size, dtype=bool))

    zero = np.zeros(1)
    first = zero.astype(np.intp)
    pieces = explore(sampled, WHOLE, first, zero, zero + 1.0, 1, 0, monotone=np.zeros(1, bool), **options)
    return sampled, pieces


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.minimum(x / AT, 1.0),
        lambda x: np.abs(x - AT),
        lambda x: np.exp(3.0 * x) - 40.0 * np.maximum(x - AT, 0.0) * np.cos(x),
    ],
)
def test_two_pieces_meet_at_a_kink(function):
    sampled, pieces = explored(function)
    placed = place(sampled, pieces, 0)
    assert np.abs(placed.high - AT).min() < 1e-14
    assert np.array_equal(placed.low[1:], placed.high[:-1])
    x = AT + np.linspace(-1e-6, 1e-6, 501)
    value = placed.value(placed.find(np.zeros(x.size, dtype=np.intp), x), x)[:, 0]
    np.testing.assert_allclose(value, function(x), rtol=0, atol=2e-15 * np.abs(function(x)).max() + 1e-15)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.where(x < AT, x, x + 0.3),
        lambda x: np.where(x < AT, x, x + 1e-8),
        lambda x: np.sqrt(np.maximum(x - AT, 0.0)),
        np.sin,
    ],
)
def test_what_is_no_kink_is_left_as_it_is(function):
    sampled, pieces = explored(function)
    placed = place(sampled, pieces, 0)
    assert all(np.array_equal(value, getattr(placed, name)) for name, value in vars(pieces).items())


@pytest.mark.parametrize("subsidy", [0.0, 0.072, 0.3, 0.57])
def test_a_platform_sits_at_a_kink_to_rounding(subsidy):
    """All users take part once v reaches C: (1 - q) E = 1 - C without fine-tuning, E = 1."""
    game = Params().replace({"users.misfit_cost": 0.0, "platform.training_cost": 0.2})
    found = solve(game.under({"training-subsidy": subsidy}), regime="none")
    assert found.certificate.maximum == "kink" and found.certificate.status.certified
    assert found.quality == pytest.approx(game.users.transaction_cost.scale, rel=0, abs=1e-15)
