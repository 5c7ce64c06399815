"""The oracle itself: against reference values, the closed form, and finer versions of itself."""

import json
from pathlib import Path

import numpy as np
import pytest
from closed_form import closed_form
from oracle import Oracle
from oracle_search import Scan, best_payoff
from random_games import random_game

pytestmark = pytest.mark.thorough

GAMES = json.loads((Path(__file__).parent / "data" / "reference.json").read_text())["games"]
CASES = [
    pytest.param(game["params"], regime, values, id=f"{name}-{regime}")
    for name, game in GAMES.items()
    for regime, values in game["regimes"].items()
]


@pytest.mark.parametrize(("game", "regime", "reference"), CASES)
class TestReference:
    def test_participation_and_payoffs_at_the_reference_choice(self, game, regime, reference):
        found = Oracle(game).evaluate(reference["quality"], reference["intensity"])
        assert found.participation == pytest.approx(reference["participation"], abs=1e-10)
        assert found.by_segment == pytest.approx(reference["participation_by_segment"], abs=1e-10)
        assert found.user_surplus == pytest.approx(reference["user_surplus"], abs=1e-10)
        assert found.surplus_by_segment == pytest.approx(reference["user_surplus_by_segment"], abs=1e-10)
        assert found.profit == pytest.approx(reference["profit"], abs=1e-10)
        if reference["feedback_quality"] is not None:
            assert found.feedback_quality == pytest.approx(reference["feedback_quality"], abs=1e-10)

    def test_outputs_at_the_reference_choice(self, game, regime, reference):
        oracle = Oracle(game)
        output = oracle.output(oracle.evaluate(reference["quality"], reference["intensity"]))
        assert output["mass"] == pytest.approx(1, abs=1e-12)
        for moment in ("mean", "variance", "entropy", "kl"):
            assert output[moment] == pytest.approx(reference[moment], abs=1e-10)

    def test_nothing_better_is_found(self, game, regime, reference):
        payoff = reference["profit"] + (reference["user_surplus"] if regime == "planner" else 0)
        best = best_payoff(game, regime)
        assert best.payoff(regime) == pytest.approx(payoff, abs=1e-12)
        assert best.quality == pytest.approx(reference["quality"], abs=1e-6)
        assert best.intensity == reference["intensity"]


@pytest.mark.parametrize("beta", [0.0, 0.7, 2.0])
def test_closed_form(beta):
    game = GAMES["closed-form"]["params"]
    exact = closed_form(game, beta)
    oracle = Oracle(game)
    found = oracle.evaluate(exact["quality"], beta)
    for name in ("participation", "user_surplus", "profit", "welfare"):
        assert getattr(found, name) == pytest.approx(exact[name], abs=1e-13)
    output = oracle.output(found)
    for name in ("mean", "variance", "entropy", "kl"):
        assert output[name] == pytest.approx(exact[name], abs=1e-13)


def test_closed_form_refuses_games_outside_its_domain():
    game = json.loads(json.dumps(GAMES["closed-form"]["params"]))
    game["users"]["transaction_cost"]["scale"] = 0.3
    with pytest.raises(ValueError, match="outside the domain"):
        closed_form(game, 2.0)


HARD = [81, 225, 369, 420, 480]  # entropy of beta densities, outputs that bend with a linear match


@pytest.mark.parametrize("seed", [*range(24), *HARD])
def test_refinement(seed):
    """N, CS and outputs change by less than 1e-10 on a finer mesh and with shorter steps."""
    game = random_game(seed)
    rng = np.random.default_rng(seed)
    q, beta = rng.uniform(), game["finetuning"]["strength"] * rng.choice([rng.uniform(), 1.0])
    coarse = Oracle(game, refine=1.5).evaluate(q, beta)
    fine = Oracle(game, refine=2.2, step=0.07).evaluate(q, beta)
    assert coarse.residual < 1e-11
    assert coarse.participation == pytest.approx(fine.participation, abs=1e-10)
    assert coarse.user_surplus == pytest.approx(fine.user_surplus, abs=1e-10)
    one, other = (outcome.oracle.output(outcome) for outcome in (coarse, fine))
    for moment in ("mass", "mean", "variance", "entropy", "kl"):
        assert one[moment] == pytest.approx(other[moment], abs=1e-10)


@pytest.mark.parametrize("seed", range(40))
def test_the_scan_agrees_with_the_accurate_grid(seed):
    """Two discretizations without common code for integrals: midpoint masses from cdfs, and Fejer's rule."""
    game = random_game(seed)
    oracle = Oracle(game)
    for beta in (0.0, game["finetuning"]["strength"] / 2):
        rough = Scan(oracle, beta, points=400).payoffs(np.array([0.4]), "planner")
        assert rough[0] == pytest.approx(oracle.evaluate(0.4, beta).welfare, abs=3e-4)
