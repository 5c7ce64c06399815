"""Choices fixed from outside: the other stages are played as before, and every result says what was fixed."""

import json
import math

import numpy as np
import pytest
from closed_form import closed_form

from eqsolve import Params, compare, solve, solve_many, sweep
from eqsolve.comparison import Baseline, check
from eqsolve.errors import InputError
from eqsolve.regimes import NOTHING, REGIMES, Fix, regime_of
from eqsolve.results import QUANTITIES
from eqsolve.sweeps.question import Question

PAPER = Params()
CONTINUOUS = Params().replace({"finetuning.choice": "continuous", "finetuning.intensity_cost": 0.01})
CLOSED = Params().replace(
    {
        "finetuning.personalization": 0.0,
        "users.match": {"kind": "quadratic"},
        "users.transaction_cost.scale": 1.0,
        "users.misfit_cost": 0.3,
    }
)


def same(one, other):
    """The same equilibrium, whatever the question was."""
    return all(
        getattr(one, name) == pytest.approx(getattr(other, name), rel=0, abs=1e-9, nan_ok=True)
        for name in QUANTITIES
    )


@pytest.mark.parametrize(
    ("regime", "beta"), [("none", 0.0), ("forced", PAPER.finetuning.strength)], ids=["none", "forced"]
)
@pytest.mark.parametrize("game", [PAPER, CONTINUOUS], ids=["binary", "continuous"])
def test_none_and_forced_are_intensities_that_are_fixed(game, regime, beta):
    assert same(solve(game, fix={"intensity": beta}), solve(game, regime=regime))


@pytest.mark.parametrize("regime", REGIMES)
def test_fixing_what_would_be_chosen_changes_nothing(regime):
    free = solve(PAPER, regime=regime)
    fixed = solve(PAPER, regime=regime, fix={"quality": free.quality})
    assert fixed.certificate.status == "certified"
    assert fixed.certificate.maximum == "fixed"
    assert same(fixed, free)
    assert fixed.free.payoff == getattr(free, REGIMES[regime].objective)


@pytest.mark.parametrize("beta", [0.0, 0.5, 2.0, 4.0])
@pytest.mark.parametrize("q", [None, 0.6])
def test_the_closed_form_holds_at_every_intensity(beta, q):
    fix = {"intensity": beta} | ({} if q is None else {"quality": q})
    found, exact = solve(CLOSED, fix=fix), closed_form(CLOSED.model_dump(), beta, q)
    assert found.certificate.status == "certified"
    assert found.quality == pytest.approx(exact["quality"], rel=0, abs=1e-11)
    assert found.profit == pytest.approx(exact["profit"], rel=0, abs=1e-12)
    assert found.user_surplus == pytest.approx(exact["user_surplus"], rel=0, abs=1e-11)


@pytest.mark.parametrize("regime", ["endogenous", "planner"])
def test_the_other_choice_is_the_best_at_the_one_that_is_fixed(regime):
    objective = REGIMES[regime].objective
    found = solve(CONTINUOUS, regime=regime, fix={"quality": 0.5})
    assert found.certificate.status == "certified" and found.quality == 0.5
    for beta in np.linspace(0, 4, 9).tolist():
        both = solve(CONTINUOUS, regime=regime, fix={"quality": 0.5, "intensity": beta})
        assert (both.quality, both.intensity) == (0.5, beta)
        assert getattr(both, objective) <= getattr(found, objective) + 1e-10
    assert getattr(found, objective) <= found.free.payoff + 1e-10


def test_many_games_with_something_fixed_are_those_games_one_by_one():
    values = [(t, s) for t in (0.3, 0.6) for s in (3, 9)]
    games = [PAPER.replace({"users.misfit_cost": t, "finetuning.strength": s}) for t, s in values]
    found = solve_many(games, fix={"intensity": 2.5})
    assert found.fix == Fix(intensity=2.5)
    for i, game in enumerate(games):
        assert same(found.row(i), solve(game, fix={"intensity": 2.5}))


def test_results_say_what_was_fixed_and_what_would_be_chosen():
    found = solve(PAPER, fix={"quality": 0.6})
    plain, free = found.to_dict(), solve(PAPER)
    assert plain["fix"] == {"quality": 0.6}
    assert plain["free"] == {
        "quality": free.quality, "intensity": 4.0, "payoff": free.profit, "status": "certified"
    }  # fmt: skip
    assert str(found).startswith("endogenous (initial, quality = 0.6 fixed): certified")
    assert free.to_dict()["fix"] == {} and free.to_dict()["free"] is None and free.fix == NOTHING
    columns = compare(free, found, names=["free", "fixed"]).to_dict()["columns"]
    assert [column["fix"] for column in columns] == [{}, {"quality": 0.6}]


def test_a_corner_that_is_fixed_is_no_corner():
    assert solve(PAPER, fix={"quality": 1.0}).certificate.corners == ()


def test_baselines_are_of_what_is_fixed(tmp_path):
    found = {"none": solve(PAPER, regime="none", fix={"quality": 0.6})}
    Baseline.of(found).write(tmp_path / "golden.json")
    baseline = Baseline.read(tmp_path / "golden.json")
    assert baseline.fix == Fix(quality=0.6)
    assert check(baseline, found).agrees
    with pytest.raises(InputError, match=r"the baseline has quality = 0\.6 fixed, this has nothing"):
        check(baseline, {"none": solve(PAPER, regime="none")})
    Baseline.of({"none": solve(PAPER, regime="none")}).write(tmp_path / "free.json")
    assert "fix" not in json.loads((tmp_path / "free.json").read_text())


def test_sweeps_are_of_what_is_fixed():
    axes = {"users.transaction_cost.scale": [0.4, 0.8]}
    found = sweep(PAPER, axes, regimes=["none", "endogenous"], fix={"quality": 0.6})
    assert found.table["quality"].tolist() == [0.6] * 4
    asked = found.question.to_dict()
    assert asked["fix"] == {"quality": 0.6}
    assert Question.from_dict(json.loads(json.dumps(asked))).to_dict() == asked


WRONG = {
    "unknown choice": ({"fix": {"qualty": 0.6}}, "fix qualty: unknown choice: did you mean quality?"),
    "quality above one": ({"fix": {"quality": 1.5}}, r"fix quality = 1.5 is out of range: .* >= 0 and <= 1"),
    "negative intensity": ({"fix": {"intensity": -1}}, "fix intensity = -1 is out of range"),
    "above strength": ({"fix": {"intensity": 5}}, r"<= 4, the game's finetuning.strength"),
    "not a number": ({"fix": {"quality": math.nan}}, "fix quality = nan is out of range"),
    "text": ({"fix": {"quality": "high"}}, "fix quality = 'high': expected a number"),
    "truth": ({"fix": {"quality": True}}, "fix quality = True: expected a number"),
    "beyond doubles": ({"fix": {"quality": 10**400}}, r"fix quality = 1000.* \.\.\. is out of range"),
    "a choice that is no text": ({"fix": {3: 0.6}}, "fix 3: unknown choice: expected one of quality"),
    "zero": ({"fix": 0}, "fix = 0: expected choices by name"),
    "a list": ({"fix": []}, r"fix = \[\]: expected choices by name"),
    "no names": ({"fix": 0.6}, "expected choices by name"),
    "against none": ({"regime": "none", "fix": {"intensity": 2}}, "regime none fixes it at 0"),
    "against forced": (
        {"regime": "forced", "fix": {"intensity": 2}},
        "regime forced fixes it at finetuning.strength",
    ),
    "unknown regime": ({"regime": "forcd", "fix": {"quality": 0.6}}, "'forcd': did you mean forced"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_fixed(arguments, message):
    for attempt in (solve, lambda game, **more: solve_many([game], **more)):
        with pytest.raises(InputError, match=message):
            attempt(PAPER, **arguments)


def test_everything_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        solve(PAPER, regime="nobody", fix={"quality": 2, "intensty": 1})
    assert len(caught.value.problems) == 3


def test_a_sweep_must_suit_what_is_fixed_at_every_point():
    with pytest.raises(InputError, match=r"<= 1, the game's finetuning\.strength"):
        sweep(PAPER, {"finetuning.strength": [1.0, 3.0]}, fix={"intensity": 2})
    with pytest.raises(InputError, match="regime none fixes"):
        sweep(PAPER, {"finetuning.cost": [0.0, 0.1]}, regimes=["none", "endogenous"], fix={"intensity": 2})


class TestRecords:
    def test_regimes_say_who_chooses(self):
        plans = {name: (regime.tune, regime.objective, regime.imposed) for name, regime in REGIMES.items()}
        assert plans == {
            "none": ((False,), "profit", True),
            "forced": ((True,), "profit", True),
            "endogenous": ((False, True), "profit", False),
            "planner": ((False, True), "welfare", False),
        }

    def test_what_a_regime_fixes_itself_is_not_fixed_from_outside(self):
        assert regime_of("none", {"intensity": 0}).fix == NOTHING
        assert regime_of("forced", {"intensity": 4, "quality": 0}).fix == Fix(0.0, 4.0)
        assert regime_of("endogenous", {"intensity": 0}).tune == (False,)

    def test_intensities_are_those_of_the_games(self):
        most = np.array([3.0, 5.0])
        assert regime_of("endogenous").strength(most).tolist() == [3.0, 5.0]
        assert regime_of("forced").strength(most).tolist() == [3.0, 5.0]
        assert regime_of("planner", {"intensity": 2}).strength(most).tolist() == [2.0, 2.0]


class TestCommands:
    def test_solve_says_what_was_fixed_and_what_would_be_chosen(self, run):
        done = run("solve", "--fix", "quality=0.6")
        assert done.exit_code == 0
        assert "preset paper --fix quality=0.6" in done.stdout
        assert "fixed from outside" in done.stdout
        assert "profit 0.27989, 0.03438 more than with quality = 0.6" in done.stdout
        assert json.loads(run("solve", "--fix", "intensity=2", "--json").stdout)["fix"] == {"intensity": 2.0}

    def test_compare_keeps_the_regimes_that_leave_it_open(self, run):
        document = json.loads(run("compare", "--fix", "intensity=2", "--format", "json").stdout)
        assert [each["regime"] for each in document["columns"]] == ["endogenous", "planner"]
        document = json.loads(run("compare", "--fix", "quality=0.6", "--format", "json").stdout)
        assert document["quantities"]["quality"]["values"] == [0.6] * 4

    def test_a_baseline_says_what_is_fixed_the_next_time(self, run):
        line = ["compare", "--baseline", "golden.json"]
        assert run(*line, "--fix", "quality=0.6", "--regime", "none", "--update").exit_code == 0
        assert run(*line).exit_code == 0
        done = run(*line, "--fix", "quality=0.5")
        assert done.exit_code == 2 and "the baseline has quality = 0.6 fixed" in done.stderr

    def test_a_sweep_goes_on_only_with_the_same_choices_fixed(self, run, tmp_path):
        line = ["sweep", "--vary", "finetuning.cost=0,0.1", "--fix", "quality=0.6", "--output", "out.csv"]
        assert run(*line, "--shard", "1/2").exit_code == 0
        done = run(*line[:3], "--output", "out.csv", "--shard", "1/2", "--resume")
        assert done.exit_code == 2 and "fix.quality: 0.6 there, nothing here" in done.stderr

    def test_a_spec_fixes_too(self, run, tmp_path):
        (tmp_path / "sweep.toml").write_text('fix = { quality = 0.6 }\n[vary]\n"finetuning.cost" = [0.0]\n')
        assert ",0.6," in run("sweep", "--spec", "sweep.toml").stdout
        (tmp_path / "sweep.toml").write_text('fix = { quality = 6 }\n[vary]\n"finetuning.cost" = [0.0]\n')
        assert "fix quality = 6 is out of range" in run("sweep", "--spec", "sweep.toml").stderr

    @pytest.mark.parametrize(
        "command", [("solve",), ("compare",), ("sweep", "--vary", "finetuning.cost=0,1")]
    )
    def test_what_cannot_be_fixed_exits_with_2(self, run, command):
        for wrong, message in {
            "qualty=0.6": "fix qualty: unknown choice: did you mean quality?",
            "intensity=5": "the game's finetuning.strength",
            "quality": '--fix "quality" sets nothing: expected CHOICE=VALUE',
        }.items():
            done = run(*command, "--fix", wrong)
            assert done.exit_code == 2 and message in done.stderr and done.stdout == ""
