"""Random games over the whole parameter space: nobody beats the solver, and what it claims is so.

The first games run with every `make test`; `pytest -m slow` plays all of them against a finer scan.
"""

import pytest
from oracle import Oracle
from oracle_search import best_payoff
from random_games import random_game

from eqsolve import Params, solve

TOLERANCE = 1e-8
QUICK = dict(qualities=81, intensities=11)
QUICK_GAMES, ALL_GAMES = 40, 500


def cases(seeds):
    """Every game as the platform plays it, a quarter of them also in one of the other regimes."""
    others = ("planner", "forced", "planner", "none")
    return [(s, "endogenous") for s in seeds] + [(s, others[s // 4 % 4]) for s in seeds if s % 4 == 0]


def check(seed, regime, **effort):
    game = random_game(seed)
    found = solve(Params.model_validate(game), regime=regime)
    payoff = found.welfare if regime == "planner" else found.profit
    assert found.certificate.status == "certified"

    there = outcome_there(game, found)
    assert found.participation == pytest.approx(there.participation, rel=0, abs=TOLERANCE)
    assert found.user_surplus == pytest.approx(there.user_surplus, rel=0, abs=TOLERANCE)
    assert found.profit == pytest.approx(there.profit, rel=0, abs=TOLERANCE)
    assert [segment.participation for segment in found.segments] == pytest.approx(
        there.by_segment, rel=0, abs=TOLERANCE
    )

    best = best_payoff(game, regime, **effort)
    again = Oracle(game, refine=1.5).evaluate(best.quality, best.intensity)
    gain = min(best.payoff(regime), again.payoff(regime)) - payoff
    assert gain <= TOLERANCE, f"q = {best.quality}, beta = {best.intensity} pays {gain:.3g} more"


def outcome_there(game, found):
    """The oracle at the solver's choice; where demand jumps there, on the side that the solver is on."""
    oracle = Oracle(game)
    sides = (0.0, 1e-9, -1e-9) if found.certificate.maximum == "jump" else (0.0,)
    outcomes = [oracle.evaluate(min(max(found.quality + side, 0), 1), found.intensity) for side in sides]
    return min(outcomes, key=lambda outcome: abs(outcome.participation - found.participation))


@pytest.mark.parametrize(("seed", "regime"), cases(range(QUICK_GAMES)))
def test_nobody_beats_the_solver(seed, regime):
    check(seed, regime, **QUICK)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "regime"), cases(range(ALL_GAMES)))
def test_nobody_beats_the_solver_in_many_games(seed, regime):
    check(seed, regime)
