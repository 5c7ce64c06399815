"""What games share: one rule for who is solved together, one for who fine-tunes."""

import numpy as np
import pytest

from eqsolve import Params, solve, solve_many
from eqsolve.adoption import Adopter
from eqsolve.findings.regimes import solve_regimes
from eqsolve.findings.solver import Solver
from eqsolve.game.batches import (
    PAYOFF_KEYS,
    participation_primitives,
    sets_at,
    sets_of,
    without_fixed_cost,
)
from eqsolve.game.decision import TIE, fine_tunes
from eqsolve.game.games import columns, structure
from eqsolve.sweeps.keys import WHOLE_KEYS, varying_keys

PAPER = Params()
OTHER = {"platform.training_exponent": 3.0, "finetuning.feedback_prior": 0.1}
KEYS = [key for key in varying_keys(PAPER) if not key.endswith(".share") and key not in WHOLE_KEYS]


def moved(key):
    return PAPER.replace({key: OTHER.get(key, 0.8 * varying_keys(PAPER)[key] + 0.01)})


@pytest.mark.parametrize("key", KEYS)
def test_games_share_participation_unless_users_or_their_model_differ(key):
    """By records, by columns and by the points of a design."""
    games = [PAPER, moved(key), PAPER]
    expected = [0, 0, 0] if key in PAYOFF_KEYS else [0, 1, 0]
    assert sets_of(games).tolist() == expected
    values = np.array([[varying_keys(game)[key]] for game in games])
    assert sets_at([key], values).tolist() == expected
    first, of = participation_primitives(columns(games))
    assert len(first) == len(set(expected)) and (of[0] == of[2]) and (of[0] == of[1]) == (key in PAYOFF_KEYS)


@pytest.mark.parametrize("key", WHOLE_KEYS)
def test_games_of_another_structure_share_nothing(key):
    games = [PAPER, PAPER.replace({key: 2}), PAPER]
    assert sets_of(games).tolist() == sets_at([key], np.array([[1.0], [2.0], [1.0]])).tolist() == [0, 1, 0]
    assert len({structure(game) for game in games}) == 2


@pytest.mark.parametrize("key", [key for key in PAYOFF_KEYS if not key.startswith("policy.")])
def test_participation_at_given_choices_does_not_depend_on_what_the_platform_earns_and_pays(key):
    fix = {"quality": 0.5, "intensity": 3.0}
    here, there = (solve(game, fix=fix) for game in (PAPER, moved(key)))
    assert here.participation == there.participation
    assert here.user_surplus == there.user_surplus
    assert here.profit != there.profit


def test_games_of_any_structure_are_told_apart():
    games = [
        PAPER,
        PAPER.replace({"users.match": {"kind": "linear"}}),
        PAPER.replace({"finetuning.cost": 0.2}),
    ]
    assert sets_of(games).tolist() == [0, 1, 0]
    assert sets_of([]).size == 0
    assert (
        without_fixed_cost(games[2]) == without_fixed_cost(PAPER) == PAPER.replace({"finetuning.cost": 0.0})
    )


class TestDecision:
    @pytest.mark.parametrize(
        ("gain", "tuned", "chosen"),
        [
            (1e-3, 0.9, True),
            (-1e-3, 0.1, False),
            (2 * TIE, 0.9, True),
            (0.0, 0.4, True),
            (TIE / 2, 0.4, True),
            (-TIE / 2, 0.4, True),
            (TIE / 2, 0.6, False),
            (0.0, 0.5, False),
            (0.0, 0.5 - 1e-12, False),
        ],
    )
    def test_more_is_chosen_and_on_a_tie_the_lower_quality(self, gain, tuned, chosen):
        assert fine_tunes(np.array(gain), np.array(1.0), np.array(tuned), np.array(0.5)) == chosen

    def test_solver_adoption_and_findings_decide_alike(self):
        """Games on either side of the fixed cost at which fine-tuning stops to pay, one nearly tied."""
        costs = [float(solve(PAPER, regime="forced").profit - solve(PAPER, regime="none").profit) + 0.05]
        games = [PAPER.replace({"finetuning.cost": costs[0] + side}) for side in (-1e-3, -1e-9, 1e-9, 1e-3)]
        solved = solve_many(games).intensity > 0
        found = Adopter()(games)
        tables = solve_regimes(games, Solver())
        assert solved.tolist() == [True, True, False, False]
        assert found.adopts.tolist() == solved.tolist()
        assert ((found.adoption_margin > 0) == found.adopts).all()
        assert (tables.of("endogenous", "intensity") > 0).tolist() == solved.tolist()

    def test_a_platform_that_earns_nothing_does_not_fine_tune(self):
        game = PAPER.replace({"platform.revenue": 0.0, "finetuning.cost": 0.0})
        assert solve(game).intensity == 0.0
        assert not Adopter()([game]).adopts[0]
