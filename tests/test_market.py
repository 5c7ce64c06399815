"""What the platform expects from users: the same on half grids, along paths, and with slopes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_games import random_game

from eqsolve import Params
from eqsolve.game.games import columns
from eqsolve.game.market import open_market

EXAMPLES = Path(__file__).parents[1] / "examples"

SYMMETRIC = {
    "paper": {},
    "no own feedback": {"finetuning.personalization": 0.0},
    "misleading": {"users.segments.low.share": 0.8, "finetuning.feedback_prior": 0.1},
    "exponential": {"users.transaction_cost": {"dist": "exponential", "scale": 0.3}},
    "point": {"users.transaction_cost": {"dist": "point", "scale": 0.3}},
    "quadratic": {"users.match": {"kind": "quadratic"}, "finetuning.strength": 30.0},
    "beta": {"model.outputs": {"dist": "beta", "a": 0.6, "b": 0.6}, "users.match": {"kind": "quadratic"}},
}


def market(params, **options):
    return open_market(columns([params]), "initial", **{"welfare": False, "continuous": False} | options)


def rows(params, q, tune):
    beta = np.full(q.size, params.finetuning.strength if tune else 0.0)
    return np.zeros(q.size, dtype=int), q, beta


@pytest.mark.parametrize("keys", SYMMETRIC.values(), ids=SYMMETRIC)
@pytest.mark.parametrize("check", [False, True], ids=["solver", "certificate"])
def test_half_grids_lead_to_the_same_payoffs(keys, check):
    params = Params().replace(keys)
    half = market(params, check=check, welfare=True)
    assert half.precise.x.half
    full = replace(half, precise=half.whole)
    for tune in (False, True):
        choices = rows(params, np.linspace(0.0, 1.0, 21), tune)
        expected = full.payoff(*choices, precise=True)
        np.testing.assert_allclose(half.payoff(*choices, precise=True), expected, rtol=0, atol=2e-12)


def test_games_that_are_not_symmetric_keep_full_grids():
    lopsided = {"users.segments.low.tastes": {"dist": "beta", "a": 2.0, "b": 3.0}}
    assert not market(Params().replace(lopsided)).precise.x.half
    assert not market(Params().replace({"users.match": {"kind": "linear"}})).precise.x.half
    assert not open_market(columns([Params()]), "highest", welfare=False, continuous=False).precise.x.half


@pytest.mark.parametrize("welfare", [False, True], ids=["profit", "welfare"])
@pytest.mark.parametrize("seed", [1, 4, 6, 7, 8, 10, 15, 27])
def test_slopes_are_those_of_the_payoffs(seed, welfare):
    params = Params.model_validate(random_game(seed))
    place, step = market(params, welfare=welfare), 1e-5
    for tune in (False, True):
        game, q, beta = rows(params, np.random.default_rng(seed).uniform(0.05, 0.95, 6), tune)
        payoff, slope = place.payoff_and_slope(game, q, beta)

        def difference(width, at=(game, q, beta)):
            ahead, behind = (
                place.payoff(at[0], at[1] + side, at[2], precise=True) for side in (width, -width)
            )
            return (ahead - behind) / (2.0 * width)

        np.testing.assert_allclose(payoff, place.payoff(game, q, beta, precise=True), rtol=0, atol=1e-13)
        central = (4.0 * difference(step) - difference(2.0 * step)) / 3.0
        np.testing.assert_allclose(slope, central, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["paper", "misleading-majority", "small-transaction-cost"])
def test_a_scan_along_a_path_is_that_of_its_points(name):
    params = Params.from_file(EXAMPLES / f"{name}.toml")
    place, q = market(params), np.linspace(0.0, 1.0, 401)
    together = place.payoff(*rows(params, q, True), precise=False)
    apart = np.concatenate(
        [place.payoff(*rows(params, part, True), precise=False) for part in np.split(q[1:], 20)]
    )
    np.testing.assert_allclose(together[1:], apart, rtol=0, atol=1e-5)
