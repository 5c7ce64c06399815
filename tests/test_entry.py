"""Where participation with fine-tuning starts: against where adjustment from nobody leads on either side."""

import numpy as np
import pytest

from eqsolve import Params
from eqsolve.game.curve import participation_curves
from eqsolve.game.games import columns
from eqsolve.game.market import open_market
from eqsolve.game.participation import VANISHING, participate
from eqsolve.game.response import best_response, initial_values, make_rows, respond
from eqsolve.numerics.active import TOLERANCES, WHOLE
from eqsolve.selections import SELECTIONS

BESIDE = 1e-9
GAMES = {
    "paper": {},
    "crowd alone": {"finetuning.personalization": 0.0},
    "point": {"users.transaction_cost": {"dist": "point", "scale": 0.3}},
    "exponential": {"users.transaction_cost": {"dist": "exponential", "scale": 0.3}},
    "lognormal": {"users.transaction_cost": {"dist": "lognormal", "scale": 0.5, "sigma": 0.2}},
    "bad feedback": {"users.segments.high.share": 0.0, "users.segments.low.share": 1.0},
    "narrow tastes": {
        "users.segments.high.tastes": {"dist": "truncnorm", "mean": 0.2, "sd": 0.02},
        "users.segments.low.tastes": {"dist": "truncnorm", "mean": 0.9, "sd": 0.03},
        "users.match": {"kind": "gaussian", "breadth": 0.1},
    },
}
INTENSITIES = np.array([0.3, 1.5, 2.5])


def market(keys):
    params = Params().replace({"finetuning.choice": "continuous", **keys})
    return open_market(columns([params]), SELECTIONS["initial"])


def masses(place, q, beta):
    """Users who come without a crowd: those of the initial model, and those whom own feedback brings."""
    rows = make_rows(place.fine, np.zeros(q.size, dtype=int), q, beta)
    nobody = np.zeros((q.size, 2 + place.fine.y.size))
    return respond(rows, initial_values(rows))[:, 0], best_response(rows, nobody)[:, 0]


@pytest.mark.parametrize("keys", GAMES.values(), ids=GAMES)
class TestCrowds:
    def test_users_are_a_crowd_just_above_and_not_just_below(self, keys):
        place = market(keys)
        crowd = place.crowds(np.zeros(3, dtype=int), INTENSITIES)
        assert ((crowd > BESIDE) & (crowd < 1.0)).all()
        above = np.maximum(*masses(place, crowd + BESIDE, INTENSITIES))
        below = np.maximum(*masses(place, crowd - BESIDE, INTENSITIES))
        assert (above >= 1e-12).all() and (below < 1e-12).all()

    def test_nobody_takes_part_below(self, keys):
        place = market(keys)
        which = np.zeros(3, dtype=int)
        q = place.crowds(which, INTENSITIES) - BESIDE
        found = participate(make_rows(place.fine, which, q, INTENSITIES), SELECTIONS["initial"])
        assert found.solved.all() and (found.state[:, 0] <= VANISHING).all()

    def test_curves_have_their_jump_there(self, keys):
        place = market(keys)
        which = np.zeros(1, dtype=int)
        beta = INTENSITIES[1:2]
        crowd = place.crowds(which, beta)[0]
        low = np.array([crowd - 0.05])
        curves = participation_curves(place, which, beta, low, np.array([crowd + 0.05]), WHOLE, surplus=False)
        pieces = curves.pieces
        assert pieces.low[0] == low[0] and pieces.high[-1] == crowd + 0.05
        np.testing.assert_array_equal(pieces.low[1:], pieces.high[:-1])
        held = (pieces.low <= crowd) & (pieces.high >= crowd)
        assert (pieces.high - pieces.low)[held].max() <= TOLERANCES.width
        left = np.flatnonzero(pieces.high <= crowd)
        assert np.abs(pieces.coefficients[left]).max() <= 1e-15


def test_segments_without_users_do_not_come_first():
    keys = GAMES["bad feedback"]
    crowd = market(keys).crowds(np.zeros(1, dtype=int), np.array([2.0]))
    alone = Params().replace({"finetuning.choice": "continuous"}).model_dump(mode="json")
    alone["users"]["segments"] = [{**alone["users"]["segments"][1], "share": 1.0}]
    single = open_market(columns([Params.model_validate(alone)]), SELECTIONS["initial"])
    np.testing.assert_allclose(
        crowd, single.crowds(np.zeros(1, dtype=int), np.array([2.0])), rtol=0, atol=1e-12
    )


def test_where_nobody_comes_there_is_no_crowd():
    keys = {"users.transaction_cost": {"dist": "point", "scale": 5.0}}
    assert market(keys).crowds(np.zeros(1, dtype=int), np.array([2.0]))[0] >= 1.0
