"""Random games over the whole parameter space: nobody beats the solver, and what it claims is so.

The first games run with every `make test`, all of them in all regimes with `make trust` (trust_suite.py).
Games that fail are kept as files in tests/failures, and the verdicts are counted at the end of the run.
"""

import pytest
from oracle import CROWD, UNSOLVED, Oracle
from oracle_search import best_payoff
from random_games import quick_seeds, random_game
from trust import BEATEN, Judgment, payoff_scale

from eqsolve import Params, solve

TOLERANCE = 1e-8  # of what is reported
ORACLE = 1e-10  # to which the oracle knows payoffs
REFINE = 1.5
QUICK = dict(qualities=81, intensities=11)
QUICK_GAMES = [*quick_seeds(11)[1:], 3, 4, 5]  # but for the first, which takes the oracle a minute
LONGER = {5, 10, 16}  # take it up to half a minute


def cases(seeds):
    """Every game as the platform plays it, most of them also in one of the other regimes."""
    others = ("planner", "forced", None, "planner", "forced", "none")
    return [(s, "endogenous") for s in seeds] + [(s, others[s % 6]) for s in seeds if others[s % 6]]


def play(name, game, regime, counted, **effort):
    """Solve a game, look for a better choice, and count what the claim is worth."""
    found = solve(Params.model_validate(game), regime=regime)
    counted.add(name, judge(found, game, regime, **effort), game, regime)


def judge(found, game, regime, refine=REFINE, **effort):
    """The judgment on a claim."""
    best = best_payoff(game, regime, **effort)
    again = Oracle(game, refine=refine).evaluate(best.quality, best.intensity)
    payoff = found.welfare if regime == "planner" else found.profit
    gain = min(best.payoff(regime), again.payoff(regime)) - payoff
    detail = f"q = {best.quality!r}, beta = {best.intensity!r} pays {gain:.3g} more"
    if found.certificate.status != "certified":
        return Judgment("uncertified", f"{found.certificate.status}; {detail}")
    choice = found.quality, found.intensity
    if gain > BEATEN * payoff_scale(game) + ORACLE:
        return Judgment("beaten", detail, choice, rival=(best.quality, best.intensity))
    try:
        checked = check_outcome(found, game, refine)
    except AssertionError as error:
        there = outcome_there(Oracle(game, refine=refine), found)
        return Judgment("misreported", str(error), choice, (float(there.participation),))
    return Judgment("right" if checked else "unchecked", detail)


def check_outcome(found, game, refine=REFINE):
    """Assert that the solver says about its choice what the oracle finds there, on a finer mesh.

    Returns:
        Whether the oracle comes to a limit there at all.
    """
    oracle = Oracle(game, refine=refine)
    there = outcome_there(oracle, found)
    if there.residual > UNSOLVED:
        return False
    for name in ("participation", "user_surplus", "profit", "welfare"):
        assert getattr(found, name) == pytest.approx(getattr(there, name), rel=0, abs=TOLERANCE), name
    for j, segment in enumerate(found.segments):
        assert segment.participation == pytest.approx(there.by_segment[j], rel=0, abs=TOLERANCE)
        assert segment.user_surplus == pytest.approx(there.surplus_by_segment[j], rel=0, abs=TOLERANCE)
        if found.participation > 0:
            assert segment.quality == pytest.approx(there.qualities[j], rel=1e-7, abs=TOLERANCE)
    if 0 < there.participation < CROWD:  # what so few receive is lost in rounding
        return True
    output = oracle.output(there)
    for name in ("mean", "variance", "entropy", "kl"):
        assert getattr(found, name) == pytest.approx(output[name], rel=0, abs=TOLERANCE), name
    low, high = output["delta"]
    if max(-low, high) > 1e-6 and not 1e-11 < min(-low, high) < 1e-6:
        mixed = min(-low, high) > 1e-6
        assert found.direction == ("mixed" if mixed else "centralized" if -low > high else "polarized")
    return True


def outcome_there(oracle, found):
    """The oracle at the solver's choice; where demand jumps there, on the side that the solver is on.

    Near such an edge the few first users decide, whose mass is known to rounding only: the branch that they
    start is then entered from a little farther inside.
    """
    q, beta = found.quality, found.intensity
    outcomes = [oracle.evaluate(q, beta)]
    if found.certificate.maximum == "jump":
        outcomes += [oracle.evaluate(min(max(q + side, 0), 1), beta) for side in (1e-9, -1e-9)]
        branches = [oracle.evaluate(q, beta, branch=min(max(q + side, 0), 1)) for side in (1e-4, -1e-4)]
        outcomes += [outcome for outcome in branches if outcome.residual < 1e-9]
    return min(outcomes, key=lambda outcome: abs(outcome.participation - found.participation))


def marked(seed, regime):
    marks = [pytest.mark.thorough] if seed in LONGER else []
    return pytest.param(seed, regime, marks=marks)


@pytest.mark.parametrize(("seed", "regime"), [marked(*case) for case in cases(QUICK_GAMES)])
def test_nobody_beats_the_solver(seed, regime, tally):
    counted = tally("random games")
    play(str(seed), random_game(seed), regime, counted, **QUICK)
    assert counted.counts == {"right": 1}, counted.failures
