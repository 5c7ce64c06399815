"""Qualities at which the first users come: on both sides of them, and what curves make of them."""

import math

import numpy as np
import pytest
from oracle import Oracle
from random_games import random_game

from eqsolve import Params, solve
from eqsolve.game.curve import Sampler, participation_curves
from eqsolve.game.entry import entries
from eqsolve.game.games import columns
from eqsolve.game.market import open_market
from eqsolve.game.participation import NO_CROWD, participate
from eqsolve.game.response import best_response, initial_values, respond
from eqsolve.numerics.active import WHOLE
from eqsolve.selections import SELECTIONS

GAMES = {
    "paper": {},
    "no own feedback": {"finetuning.personalization": 0.0},
    "point": {"users.transaction_cost": {"dist": "point", "scale": 0.1}},
    "exponential": {"users.transaction_cost": {"dist": "exponential", "scale": 0.3}},
    "lognormal": {"users.transaction_cost": {"dist": "lognormal", "scale": 0.4, "sigma": 0.3}},
    "own feedback": {
        "finetuning.personalization": 0.9,
        "finetuning.learning": 0.01,
        "users.misfit_cost": 1.5,
    },
    "own feedback, lognormal": {
        "finetuning.personalization": 0.6,
        "finetuning.learning": 0.01,
        "users.transaction_cost": {"dist": "lognormal", "scale": 1.0, "sigma": 0.4},
    },
    "prior": {"finetuning.feedback_prior": 0.1},
}


def sampler(params, beta):
    market = open_market(columns([params]), SELECTIONS["initial"])
    return Sampler(market, np.zeros(1, dtype=int), np.array([beta]), False)


@pytest.mark.parametrize("keys", GAMES.values(), ids=GAMES)
def test_the_first_users_are_a_crowd_above_and_none_below(keys):
    params = Params().replace(keys)
    found = sampler(params, params.finetuning.strength)
    breaks = entries(found)[0]
    initial, own = breaks
    if params.finetuning.feedback_prior > 0:
        assert initial[0] == initial[1] == found.market.entry[0]
        assert np.isnan(own).all()
        return
    for pair, alone in ((initial, False), (own, True)):
        if np.isfinite(pair).all():
            assert 0 < pair[1] - pair[0] < 1e-14
            rows = found.rows(np.zeros(2, dtype=int), pair)
            state = respond(rows, initial_values(rows))
            mass = (best_response(rows, np.zeros_like(state)) if alone else state)[:, 0]
            assert mass[0] < NO_CROWD <= mass[1]
    assert np.isfinite(initial).all()
    assert not (own[1] >= initial[0])


@pytest.mark.parametrize("keys", [GAMES["own feedback"], GAMES["own feedback, lognormal"]])
def test_some_come_for_their_own_feedback_first(keys):
    params = Params().replace(keys)
    initial, own = entries(sampler(params, params.finetuning.strength))[0]
    assert own[1] < initial[0] - 1e-3


@pytest.mark.parametrize("draws", [1, 4, 16])
def test_adjustment_starts_with_nobody_right_below(draws):
    """Also where tables of fine-tuned models, as for several draws, differ from the initial model's."""
    params = Params().replace(GAMES["no own feedback"]).replace({"model.draws": draws})
    curve = sampler(params, params.finetuning.strength)
    rows = curve.rows(np.zeros(2, dtype=int), entries(curve)[0, 0])
    found = participate(rows, curve.market.selection)
    assert found.state[0, 0] < NO_CROWD < 1e-4 < found.state[1, 0]


@pytest.mark.parametrize("seed", [333, 425])
def test_a_small_crowd_begins_where_its_first_users_do(seed):
    """Games in which a branch was followed below its begin, since it was small."""
    game = random_game(seed)
    beta = game["finetuning"]["strength"]
    market = open_market(columns([Params.model_validate(game)]), SELECTIONS["initial"])
    which, ends = np.zeros(1, dtype=int), (np.zeros(1), np.full(1, 0.1))
    pieces = participation_curves(market, which, np.array([beta]), *ends, WHOLE, surplus=False).pieces
    oracle = Oracle(game)
    for q in np.random.default_rng(seed).uniform(0, 0.1, 12):
        piece = pieces.find(which, np.array([q]))
        truth = oracle.evaluate(q, beta)
        assert truth.residual < 1e-9
        assert pieces.value(piece, np.array([q]))[0, 0] == pytest.approx(truth.participation, abs=1e-8)


def test_where_a_prior_stands_for_the_crowd_all_may_follow_the_first_user_of_point_costs():
    """The first user, in the middle, gains from q = C + t (1 - m(1/2)) on; learning then draws everybody."""
    r, k, F, C, t, breadth = 0.33, 0.94, 0.02, 0.49, 0.73, 0.46
    params = Params().replace({
        "platform.revenue": r, "platform.training_cost": k, "finetuning.cost": F, "finetuning.learning": 0.6,
        "finetuning.personalization": 0.0, "finetuning.feedback_prior": 0.18, "users.misfit_cost": t,
        "users.transaction_cost": {"dist": "point", "scale": C}, "users.match.breadth": breadth,
        "users.segments.high.accuracy": 0.8, "users.segments.low.accuracy": 0.8,
    })  # fmt: skip
    best = breadth * math.sqrt(2 * math.pi) * math.erf(0.5 / (breadth * math.sqrt(2)))
    entry = C + t * (1 - best)
    found = solve(params)
    assert found.certificate.status.certified and found.certificate.maximum == "jump"
    assert found.participation == 1.0
    below, above = entries(sampler(params, params.finetuning.strength))[0, 0]
    assert below < entry < above < below + 1e-14
    assert found.quality == pytest.approx(entry, abs=1e-9)
    assert found.profit == pytest.approx(r - k * entry**2 / 2 - F, abs=1e-9)


def test_where_first_users_drive_others_away_participation_rises_from_none():
    keys = {
        "finetuning.learning": 0.6, "finetuning.personalization": 0.0, "finetuning.feedback_prior": 0.15,
        "users.transaction_cost": {"dist": "point", "scale": 0.3}, "users.segments.high.accuracy": 0.1,
        "users.segments.low.accuracy": 0.1,
    }  # fmt: skip
    params = Params().replace(keys)
    found = sampler(params, params.finetuning.strength)
    below, above = entries(found)[0, 0]
    assert below == above
    assert 0.0 < found.market.entry[0] - below < 1e-14
    assert solve(params, regime="forced").certificate.status.certified


@pytest.mark.parametrize("learning", [0.01, 0.5, 2.0])
@pytest.mark.parametrize("strength", [2.0, 8.0])
def test_with_a_prior_point_costs_jump_where_the_first_come_for_their_own_feedback(strength, learning):
    """Also where values hardly rise with quality, since learning closes most of the gap."""
    params = Params().replace(
        {
            "users.transaction_cost": {"dist": "point", "scale": 0.5},
            "finetuning.feedback_prior": 0.2,
            "finetuning.strength": strength,
            "finetuning.learning": learning,
            "finetuning.personalization": 0.5,
        }
    )
    found = sampler(params, strength)
    initial, own = entries(found)[0]
    assert own[1] < initial[0] - 1e-3
    if own[0] > 0.0:
        assert 0.0 < own[1] - own[0] < 1e-10
        samples = found(
            np.zeros(2, dtype=int),
            own,
            np.full((2, 2 + found.market.fine.y.size), np.nan),
            np.full(2, np.inf),
        )
        assert samples.sound.all() and samples.value[0, 0] == 0.0 < 1e-3 < samples.value[1, 0]
    exact = Oracle(params.model_dump(mode="json"))
    for side, comes in ((-1e-6, False), (1e-6, True)):
        if 0.0 < own[1] + side < 1.0:
            assert (exact.evaluate(own[1] + side, strength).participation > 1e-3) == comes


def test_curves_leave_no_gap_at_breaks():
    params = Params().replace(GAMES["point"] | {"finetuning.feedback_prior": 0.2})
    market = open_market(columns([params]), SELECTIONS["initial"])
    zero, one = np.zeros(1), np.ones(1)
    curves = participation_curves(
        market, np.zeros(1, dtype=int), np.array([4.0]), zero, one, WHOLE, surplus=False
    )
    assert (curves.pieces.low[1:] == curves.pieces.high[:-1]).all()
