"""Thresholds: identities first, then both sides of each, then bad input."""

import json

import pytest

from eqsolve import InputError, Params, solve, threshold
from eqsolve.adoption import OUTCOMES, Adopter
from eqsolve.spans import SPANS, default_span
from eqsolve.sweeps.keys import WHOLE_KEYS, numeric_keys
from eqsolve.thresholds import CONDITIONS, SCAN, TOLERANCE
from eqsolve_cli.threshold import ConditionName

PAPER = Params()
FREE = PAPER.replace({"finetuning.cost": 0.0})


@pytest.fixture(scope="module")
def fbar():
    return threshold(PAPER, "finetuning.cost")


def test_fbar_is_the_difference_of_two_profits(fbar):
    (crossing,) = fbar.crossings
    gain = solve(FREE, regime="forced").profit - solve(FREE, regime="none").profit
    assert crossing.value == pytest.approx(gain, abs=1e-9)
    assert crossing.below_value < gain < crossing.above_value
    assert crossing.above_value - crossing.below_value <= TOLERANCE


def test_the_games_beside_a_threshold_differ_in_what_it_says(fbar):
    (crossing,) = fbar.crossings
    assert crossing.certified and fbar.certified and not crossing.holds_above and not crossing.jump
    assert crossing.below.intensity == 4.0 and crossing.above.intensity == 0.0
    assert crossing.below.params.finetuning.cost == crossing.below_value
    assert crossing.below.profit == pytest.approx(crossing.above.profit, abs=1e-8)
    assert crossing.below.user_surplus < crossing.above.user_surplus - 0.01


def test_the_fixed_cost_takes_two_solves_and_two_beside_the_threshold(fbar):
    assert fbar.solves == 4


def test_all_crossings_in_a_range_are_found_and_hold_in_turn():
    """At paper users lose by fine-tuning where costs are neither small nor large."""
    found = threshold(PAPER, "users.transaction_cost.scale", "users-lose", low=0.3, high=0.9)
    assert [c.holds_above for c in found.crossings] == [True, False]
    assert found.scanned >= SCAN and found.certified
    for crossing in found.crossings:
        sides = [crossing.below.params, crossing.above.params]
        assert Adopter()(sides).users_lose.tolist() == [not crossing.holds_above, crossing.holds_above]


def test_a_threshold_that_jumps_says_so():
    found = threshold(PAPER, "users.transaction_cost.scale", "active", low=0.99, high=1.02)
    (crossing,) = found.crossings
    without = solve(crossing.below.params, regime="none"), solve(crossing.above.params, regime="none")
    assert crossing.jump and without[0].participation > 0.1 and without[1].participation == 0.0


def test_a_continuous_choice_has_the_same_kind_of_threshold():
    game = PAPER.replace({"finetuning.choice": "continuous", "finetuning.intensity_cost": 0.01})
    (crossing,) = threshold(game, "finetuning.cost").crossings
    free = game.replace({"finetuning.cost": 0.0})
    assert crossing.value == pytest.approx(solve(free).profit - solve(free, regime="none").profit, abs=1e-9)
    assert 0.0 < crossing.below.intensity < 4.0 and crossing.above.intensity == 0.0


def test_outcomes_agree_with_equilibria():
    games = [
        PAPER.replace({"users.transaction_cost.scale": scale, "finetuning.cost": cost})
        for scale, cost in ((0.2, 0.05), (0.2, 0.1), (0.5, 0.05), (0.5, 0.12), (1.1, 0.05), (1.1, 0.14))
    ]
    words = ["users-gain", "not-adopted", "users-lose", "society-loses", "opens-market", "inactive"]
    adopter = Adopter()
    found = adopter(games)
    assert found.outcome.tolist() == words and {*words} < {*OUTCOMES}
    assert adopter.solves == 6
    for game, word, direction in zip(games, words, found.outputs, strict=True):
        chosen, without = solve(game), solve(game, regime="none")
        adopts = chosen.intensity > 0
        assert adopts == (word not in ("inactive", "not-adopted"))
        assert (without.participation == 0) == (word in ("inactive", "opens-market"))
        assert direction == chosen.direction
        if adopts:
            assert (chosen.user_surplus < without.user_surplus) == (word in ("users-lose", "society-loses"))
            assert (chosen.welfare < without.welfare) == (word == "society-loses")


def test_default_ranges_are_allowed_by_their_keys():
    for key in {*numeric_keys(PAPER)} - {*WHOLE_KEYS}:
        for value in default_span(PAPER, key):
            PAPER.replace({key: value})
    assert all(low < high for low, high in SPANS.values())


def test_the_command_offers_the_conditions_of_the_library():
    assert [*ConditionName.__args__] == [*CONDITIONS]


def test_the_command_prints_both_sides(run):
    done = run("threshold", "--of", "finetuning.cost", "--where", "adopts")
    assert done.exit_code == 0
    assert "finetuning.cost = 0.1226296300" in done.stdout and "just above" in done.stdout


def test_json_has_the_thresholds(run):
    done = run("threshold", "--of", "finetuning.cost", "--json")
    data = json.loads(done.stdout)
    assert data["schema"] == "eqsolve/threshold/1"
    (one,) = data["thresholds"]
    assert one["below"]["value"] <= one["value"] <= one["above"]["value"] and one["holds"] == "below"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--of", "finetuning.cst"), ["finetuning.cst", "did you mean finetuning.cost?"]),
        (("--of", "finetuning.choice"), ["finetuning.choice", "not a number"]),
        (("--of", "finetuning.cost", "--range", "0.3:0.1"), ["0.3:0.1", "START must be below STOP"]),
        (("--of", "finetuning.cost", "--range", "-1:0.1"), ["-1", ">= 0"]),
        (("--of", "finetuning.cost", "--range", "0:x"), ['"x" is not a finite number']),
        (("--of", "finetuning.cost", "--range", "0:1:5"), ["expected LOW:HIGH"]),
        (("--of", "finetuning.cost", "--where", "adopt"), ["adopt", "adopts"]),
        (
            ("--of", "finetuning.cost", "--range", "0.2:0.4"),
            ["no threshold", "nowhere", "profit gain -0.0773704 at 0.2, -0.27737 at 0.4"],
        ),
    ],
)
def test_bad_input_is_named(run, options, words):
    done = run("threshold", *options)
    assert done.exit_code == 2
    for word in words:
        assert word in done.stderr


def test_all_problems_are_told_at_once():
    with pytest.raises(InputError) as caught:
        threshold(PAPER, "finetuning.cst", "adopt", low=2.0, high=1.0)
    assert len(caught.value.problems) == 3


def test_progress_is_told_from_the_first_batch_on():
    heard = []
    threshold(Params(), "finetuning.cost", low=0.1, high=0.2, report=lambda *at: heard.append(at))
    assert heard[0][0] == 0
    done = [each for each, _ in heard]
    assert done == sorted(done) and done[-1] <= heard[-1][1]
