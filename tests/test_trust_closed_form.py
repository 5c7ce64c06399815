"""Games with a closed form: no certified choice is beaten, and nearly all are certified."""

import numpy as np
import pytest
from closed_form_games import best_choice, best_quality, closed_form_game, learning_factor, outcomes
from scipy import special
from trust import EXPONENT, claimed_payoff, payoff_scale, verdict

from eqsolve import Params, solve, solve_many

pytestmark = pytest.mark.thorough

REGIMES = ("none", "forced", "endogenous", "planner")
QUICK, ALL = 100, 1500
BATCH = 50


def played(count, regime):
    """Seeds of the games that are played in a regime: all without fine-tuning, a third in each other."""
    others = REGIMES[1:]
    return [s for s in range(count) if regime == "none" or others[s % 3] == regime]


def play(seeds, regime, counted):
    """Solve games in batches of one structure and count the verdicts."""
    games = {seed: closed_form_game(seed) for seed in seeds}
    for size in (1, 2, 3):
        alike = [seed for seed in seeds if len(games[seed]["users"]["segments"]) == size]
        for start in range(0, len(alike), BATCH):
            batch = alike[start : start + BATCH]
            found = solve_many([Params.model_validate(games[seed]) for seed in batch], regime=regime)
            for i, seed in enumerate(batch):
                counted.add(str(seed), judge(found.row(i), games[seed], regime), games[seed], regime)


def judge(found, game, regime):
    there = outcomes(game, found.quality, found.intensity) if np.isfinite(found.quality) else []
    return verdict(found, regime, payoff_scale(game), best_choice(game, regime), there)


@pytest.mark.parametrize("regime", REGIMES)
def test_nobody_beats_a_certified_choice(regime, tally):
    counted = tally("closed-form")
    play(played(QUICK, regime), regime, counted)
    counted.check()


@pytest.mark.parametrize("exponent", [1.5, 8.0])
def test_next_to_a_jump_steep_training_costs_leave_the_choice_certified(exponent):
    """Users leave at a jump next to q = 1, where training costs rise fastest."""
    game = closed_form_game(384)
    game["platform"] |= {"training_exponent": exponent, "revenue": 2.5, "training_cost": 2.2 * exponent}
    found = solve(Params.model_validate(game), regime="forced")
    assert found.certificate.maximum == "jump"
    assert judge(found, game, "forced").verdict == "right"


class TestExactValues:
    """The closed form itself: against formulas that need no search, and against a dense scan."""

    @pytest.mark.parametrize("seed", range(60))
    def test_quality_without_finetuning(self, seed):
        game = closed_form_game(seed)
        r, k = game["platform"]["revenue"], game["platform"]["training_cost"]
        n = game["platform"].get("training_exponent", 2.0)
        law, C = game["users"]["transaction_cost"].values()
        q = {
            "uniform": min((r / (k * C)) ** (1 / (n - 1)), C, 1.0),
            "point": C if C <= 1 and r * n > k * C**n else 0.0,
            # q^(n-1) exp(q/C) = r / (k C): Lambert's function of its (n-1)-th root
            "exponential": min(
                1.0, C * (n - 1) * lambert(np.log(r / (k * C)) / (n - 1) - np.log(C * (n - 1)))
            ),
        }[law]
        assert best_quality(game, 0.0, welfare=False).quality == pytest.approx(q, rel=1e-9, abs=1e-15)

    @pytest.mark.parametrize("regime", REGIMES)
    @pytest.mark.parametrize("seed", range(40))
    def test_a_dense_scan_finds_nothing_better_and_nearly_as_much(self, seed, regime):
        game = closed_form_game(seed)
        best = best_choice(game, regime)
        most = max(scan(game, beta, regime == "planner") for beta in intensities(game, regime))
        assert best.payoff >= most - 2e-12 * payoff_scale(game)  # fewer than 1e-12 of the users are left out
        assert best.payoff <= most + 3e-3 * payoff_scale(game)

    def test_ties_go_to_the_lower_quality(self):
        game = closed_form_game(0)
        game["platform"] = {"revenue": 0.125, "training_cost": 1.0}
        game["users"]["transaction_cost"] = {"dist": "point", "scale": 0.5}
        assert best_choice(game, "none").quality == 0.0
        assert solve(Params.model_validate(game), regime="none").quality == 0.0


def lambert(log):
    """W(exp(log)), also where exp overflows."""
    return special.lambertw(np.exp(log)).real if log < 500 else special.wrightomega(log).real


def intensities(game, regime):
    beta_max = game["finetuning"]["strength"]
    if regime == "none":
        return [0.0]
    if regime == "forced":
        return [beta_max]
    steps = 60 if game["finetuning"]["choice"] == "continuous" else 1
    return [0.0, *beta_max * np.linspace(0, 1, steps + 1)[1:]]


def scan(game, beta, welfare):
    """The highest payoff over a dense set of qualities, from the definition."""
    cost, tuning = game["users"]["transaction_cost"], game["finetuning"]
    C, kind = cost["scale"], cost["dist"]
    inside = np.concatenate([np.geomspace(1e-13, 1e-2, 2000), np.linspace(0, 1, 20001)])
    q = np.unique(np.concatenate([inside, np.minimum(C, 1) * inside, [C] if C <= 1 else []]))

    def H(v):
        v = np.maximum(v, 0)
        return {"uniform": np.minimum(v / C, 1), "point": v >= C, "exponential": -np.expm1(-v / C)}[kind]

    N0, v = H(q), 1 - (1 - q) * learning_factor(game, beta)
    v = np.where((beta > 0) & (N0 < 1e-12), q, v)
    N = np.where((beta > 0) & (N0 == 0), 0, H(v))
    S = {
        "uniform": np.where(v < C, np.maximum(v, 0) ** 2 / (2 * C), v - C / 2),
        "point": np.maximum(v - C, 0),
        "exponential": np.maximum(v, 0) + C * np.expm1(-np.maximum(v, 0) / C),
    }[kind]
    r, k = game["platform"]["revenue"], game["platform"]["training_cost"]
    n = game["platform"].get("training_exponent", 2.0)
    fixed = (beta > 0) * (tuning["cost"] + tuning["intensity_cost"] * beta**2 / 2)
    return (r * N - k * q**n / n - fixed + welfare * S * (N > 0)).max()


def test_the_training_exponent_is_drawn_as_soon_as_params_have_it():
    drawn = ["training_exponent" in closed_form_game(seed)["platform"] for seed in range(50)]
    assert any(drawn) == EXPONENT


def test_the_claimed_payoff_is_that_of_the_regime():
    found = solve(Params(), regime="planner")
    assert claimed_payoff(found, "planner") == found.welfare > claimed_payoff(found, "none") == found.profit
