"""Sensitivities: the envelope theorem and closed forms first, then kinks, bounds and jumps."""

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from closed_form import closed_form

from eqsolve import InputError, Params, sensitivity, sign_table, solve
from eqsolve.findings import DOMAINS
from eqsolve.sensitivities import MEASURED
from eqsolve.sensitivities.differences import STEPS, agree, central, one_sided, steps_from, usable_steps
from eqsolve.sensitivities.envelope import envelope
from eqsolve.sweeps.axes import Range

PAPER = Params()
EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def paper():
    return sensitivity(PAPER)


def test_the_envelope_theorem(paper):
    """At an optimum profit moves with r, k, n, F and G as if the platform's choice stood still."""
    e, slopes = paper.equilibrium, paper.slopes
    expected = {
        "platform.revenue": e.participation,
        "platform.training_cost": -(e.quality**2) / 2,
        "platform.training_exponent": -(e.quality**2) * (2 * np.log(e.quality) - 1) / 4,
        "finetuning.cost": -1.0,
        "finetuning.intensity_cost": -(4.0**2) / 2,
    }
    for key, value in expected.items():
        assert slopes[key]["profit"].value == pytest.approx(value, abs=1e-12)
        assert slopes[key]["profit"].error < 1e-10


@pytest.mark.parametrize("regime", ["endogenous", "none", "forced"])
def test_differences_agree_with_the_envelope_theorem(regime, monkeypatch):
    keys = [key for key in envelope(solve(PAPER, regime=regime)) if not key.startswith("policy.")]
    known = sensitivity(PAPER, keys=keys, regime=regime)
    module = import_module("eqsolve.sensitivities.sensitivity")
    monkeypatch.setattr(module, "envelope", lambda base: {})
    plain = sensitivity(PAPER, keys=keys, regime=regime)
    for key in keys:
        exact, found = (each.slopes[key]["profit"] for each in (known, plain))
        assert (found.kind, found.sign) == (exact.kind, exact.sign)
        assert abs(found.value - exact.value) <= found.error + exact.error
        assert found.error < 1e-6


def test_a_planner_does_not_maximize_profit():
    assert envelope(solve(PAPER, regime="planner")) == {}


def test_smooth_slopes_of_the_example_are_no_kinks(paper):
    """q* in the learning rate was once printed as a kink with two equal sides."""
    slope = paper.slopes["finetuning.learning"]["quality"]
    assert slope.kind == "smooth" and slope.value == pytest.approx(-1.62588, abs=1e-5)
    kinds = {each.kind for row in paper.slopes.values() for each in row.values()}
    assert kinds == {"smooth", "one-sided"}


def test_closed_form_slopes_lie_within_their_errors():
    """q* and N of docs/model.md, Closed form, differentiated in every parameter by five points."""
    game = Params.from_file(EXAMPLES / "closed-form.toml")
    found = sensitivity(game, regime="forced")
    beta, h = game.finetuning.strength, 1e-3
    keys = ["platform.revenue", "platform.training_cost", "platform.training_exponent"]
    keys += ["finetuning.learning", "users.misfit_cost", "users.transaction_cost.scale"]
    for key in keys:
        value = found.values[key]

        def exact(step, key=key, value=value):
            moved = game.replace({key: value + step}).model_dump(mode="json")
            return closed_form(moved, beta)

        sides = {step: exact(step * h) for step in (-2, -1, 1, 2)}
        for name in ("quality", "participation", "user_surplus", "profit"):
            near, far = (sides[s][name] - sides[-s][name] for s in (1, 2))
            slope, error = (8 * near - far) / (12 * h), abs(8 * near - far - 6 * near) / (12 * h) * h
            assert abs(found.slopes[key][name].value - slope) <= found.slopes[key][name].error + error


def test_only_the_ratio_of_revenue_to_training_cost_moves_users(paper):
    r, k = paper.slopes["platform.revenue"], paper.slopes["platform.training_cost"]
    for name in ("quality", "participation", "user_surplus"):
        assert r[name].elasticity == pytest.approx(-k[name].elasticity, rel=1e-7)
    assert r["profit"].elasticity + k["profit"].elasticity == pytest.approx(
        (paper.equilibrium.profit + 0.05) / paper.equilibrium.profit, rel=1e-7
    )


def test_shares_of_two_segments_are_one_parameter(paper):
    high, low = (paper.slopes[f"users.segments.{name}.share"] for name in ("high", "low"))
    for name in MEASURED:
        assert high[name].value == pytest.approx(-low[name].value, abs=1e-7)


def test_every_number_of_the_game_has_a_slope_and_a_sign(paper):
    assert len(paper.slopes) == 16 and paper.solves == 1 + 2 * STEPS * 16 - 2 * STEPS
    assert [slope.sign for slope in paper.slopes["finetuning.cost"].values()] == ["0", "0", "0", "-", "0"]
    assert paper.slopes["finetuning.strength"]["intensity"].value == pytest.approx(1.0, abs=1e-9)
    assert paper.error < 1e-5


def test_a_parameter_at_its_bound_has_one_side(paper):
    slope = paper.slopes["finetuning.feedback_prior"]["profit"]
    assert slope.kind == "one-sided" and np.isnan(slope.left) and slope.value == slope.right < 0
    assert any("finetuning.feedback_prior = 0 has no room below" in note for note in paper.notes)


def test_a_quality_at_its_bound_stays_there_and_is_said():
    game = PAPER.replace(
        {"users.misfit_cost": 0.0, "users.transaction_cost.scale": 2.0, "platform.revenue": 3.0}
    )
    found = sensitivity(game, keys=["platform.revenue"], regime="none")
    assert found.equilibrium.quality == 1.0
    slopes = found.slopes["platform.revenue"]
    assert slopes["quality"].sign == "0" and slopes["profit"].value == pytest.approx(0.5)
    assert "corner: quality = 1" in found.notes


def test_a_kink_at_the_game_has_two_slopes():
    """Where training at q = 1 just begins to pay, q* rises on one side only: q* = r / (k C) at t = 0."""
    game = PAPER.replace(
        {"users.misfit_cost": 0.0, "users.transaction_cost.scale": 1.0, "platform.revenue": 1.0}
    )
    found = sensitivity(game, keys=["platform.training_cost"], regime="none")
    slope = found.slopes["platform.training_cost"]["quality"]
    assert found.equilibrium.quality == pytest.approx(1.0, abs=1e-9)
    assert slope.kind == "kink" and slope.sign == "0|-" and np.isnan(slope.value)
    assert slope.left == pytest.approx(0.0, abs=1e-7) and slope.right == pytest.approx(-1.0, abs=1e-6)
    assert any("is a kink of quality" in note for note in found.notes)


def test_beside_a_switch_only_the_own_branch_counts():
    """Just below Fbar the platform adopts; above it does not, and that is no derivative."""
    free = PAPER.replace({"finetuning.cost": 0.0})
    fbar = solve(free, regime="forced").profit - solve(free, regime="none").profit
    game = PAPER.replace({"finetuning.cost": fbar - 1e-7})
    found = sensitivity(game, keys=["finetuning.cost"])
    slope = found.slopes["finetuning.cost"]["profit"]
    assert slope.kind == "one-sided" and slope.value == pytest.approx(-1.0, abs=1e-8)
    assert any("another branch above" in note for note in found.notes)


def test_slopes_agree_with_plain_differences(paper):
    step = 1e-5
    for key, value in (("users.misfit_cost", 0.5), ("users.segments.low.accuracy", 0.3)):
        low, high = (solve(PAPER.replace({key: value + d})) for d in (-step, step))
        for name in MEASURED:
            plain = (getattr(high, name) - getattr(low, name)) / (2 * step)
            assert paper.slopes[key][name].value == pytest.approx(plain, abs=2e-6)


def around(function, at=1.0, largest=2.0**-6):
    steps = steps_from(largest)
    low, high = (np.array([[function(at + sign * h)] for h in steps]) for sign in (-1.0, 1.0))
    return np.array([function(at)]), low, high, steps


@pytest.mark.parametrize(
    ("function", "slope"),
    [(np.exp, np.e), (np.sin, np.cos(1.0)), (lambda x: 1e6 * x, 1e6), (lambda x: 3.0, 0.0)],
)
def test_error_estimates_cover_the_errors(function, slope):
    at, low, high, steps = around(function)
    value, error = central(at, low, high, steps, STEPS)
    assert abs(value[0] - slope) <= error[0] < 1e-7 * max(1.0, abs(slope))
    for moved, sign in ((low, -1.0), (high, 1.0)):
        side = one_sided(at, moved, sign * steps, STEPS)
        assert abs(side.slope[0] - slope) <= side.error[0] < 1e-5 * max(1.0, abs(slope))


def test_a_kink_makes_the_sides_disagree():
    at, low, high, steps = around(lambda x: abs(x - 1.0) + x**2)
    left, right = one_sided(at, low, -steps, STEPS), one_sided(at, high, steps, STEPS)
    assert not agree(left, right)[0]
    assert left.slope[0] == pytest.approx(1.0) and right.slope[0] == pytest.approx(3.0)


def test_a_jump_within_the_steps_ends_the_branch():
    at, low, high, _ = around(lambda x: x + (x > 1.001))
    alike = np.ones(STEPS, dtype=bool)
    assert usable_steps(at, low, alike) == STEPS
    assert usable_steps(at, high, alike) == 3
    assert usable_steps(at, low, np.array([True, True, False, True, True])) == 2


def test_signs_over_a_domain_and_where_they_change():
    ranges = [Range("users.transaction_cost.scale", 0.3, 0.9)]
    table = sign_table(PAPER, ranges, points=4, regime="none")
    row = table.signs["users.transaction_cost.scale"]
    assert row["profit"].verdict == "always -" and row["intensity"].verdict == "always 0"
    for name, signs in row.items():
        assert sum(signs.counts.values()) == 4
        if signs.verdict == "changes":
            for sign, point in (("+", signs.plus), ("-", signs.minus)):
                found = sensitivity(PAPER.replace(point), keys=list(point), regime="none")
                assert found.slopes["users.transaction_cost.scale"][name].sign == sign
    assert row["quality"].verdict == "changes"
    data = json.loads(table.to_json())
    assert data["schema"] == "eqsolve/signs/2" and data["signs"][0]["profit"]["verdict"] == "always -"


def test_signs_in_equilibrium_stand_beside_those_at_fixed_choices(run):
    """Better feedback brings users at a given quality; in equilibrium the platform trains less."""
    line = (
        "sensitivity",
        "--over",
        "users.segments.high.accuracy=0.8:0.9",
        "--points",
        2,
        "--regime",
        "forced",
    )
    data = json.loads(run(*line, "--json").stdout)
    (chosen,), (given,) = data["signs"], data["at_fixed_choices"]
    assert (chosen["participation"]["verdict"], given["participation"]["verdict"]) == ("always -", "always +")
    assert (chosen["quality"]["verdict"], given["quality"]["verdict"]) == ("always -", "always 0")
    assert "at fixed choices" in run(*line).stdout


def test_the_command_prints_slopes_and_elasticities(run):
    done = run("sensitivity", "--regime", "none")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert any(line.startswith("platform.revenue") and "+0.92204" in line for line in lines)
    assert any(line.startswith("elasticity") for line in lines)


def test_the_command_prints_json(run):
    data = json.loads(run("sensitivity", "--json", "--regime", "none").stdout)
    assert data["schema"] == "eqsolve/sensitivity/1" and len(data["sensitivities"]) == 16
    profit = data["sensitivities"][0]["profit"]
    assert data["sensitivities"][0]["key"] == "platform.revenue" and profit["sign"] == "+"


def test_the_command_prints_signs(run):
    done = run("sensitivity", "--over", "platform.revenue=0.4:0.6", "--points", 2, "--regime", "none")
    assert done.exit_code == 0
    assert "always +" in done.stdout


def test_a_domain_file_gives_the_ranges(run):
    Path("domain.toml").write_text("[platform]\nrevenue = [0.4, 0.6]\n")
    done = run("sensitivity", "--domain", "domain.toml", "--points", 2, "--regime", "none", "--json")
    assert done.exit_code == 0
    (drawn,) = json.loads(done.stdout)["ranges"]
    assert drawn == {"key": "platform.revenue", "low": 0.4, "high": 0.6, "log": False, "values": []}
    Path("domain.toml").write_text("[platform]\nrevenue = [0.6, 0.4]\n")
    done = run("sensitivity", "--domain", "domain.toml")
    assert done.exit_code == 2 and "domain.toml:2" in done.stderr


@pytest.mark.parametrize("name", DOMAINS)
def test_a_domain_has_the_names_that_findings_knows(run, name):
    done = run("sensitivity", "--domain", name, "--points", 1, "--regime", "none", "--json")
    assert done.exit_code == 0
    data, domain = json.loads(done.stdout), DOMAINS[name](Params())
    assert [each["key"] for each in data["ranges"]] == [each.key for each in domain.ranges]
    assert data["params"] == domain.base.model_dump(mode="json")


def test_whole_numbers_vary_and_have_no_slope(run):
    over = ("--over", "model.draws=1,2,4", "--over", "platform.revenue=0.4:0.6")
    done = run("sensitivity", *over, "--points", 3, "--regime", "none", "--json")
    data = json.loads(done.stdout)
    assert (done.exit_code, data["uncertified"]) == (0, 0)
    assert [row["key"] for row in data["signs"]] == ["platform.revenue"]
    assert data["signs"][0]["profit"]["verdict"] == "always +"
    assert data["signs"][0]["profit"]["plus"]["model.draws"] in (1, 2, 4)
    assert "--over model.draws=1,2,4" in data["provenance"]["command"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--over", "model.draws=1,2"), ["model.draws takes whole numbers"]),
        (("--over", "model.draws=1,2.5"), ["model.draws = 2.5", "whole number"]),
        (("--domain", "tastse"), ["did you mean tastes?"]),
        (("--over", "platform.revenu=0:1"), ["platform.revenu", "did you mean platform.revenue?"]),
        (("--over", "platform.revenue=1:0.5"), ["platform.revenue = 1:0.5", "below"]),
        (("--over", "platform.revenue=-1:0.5"), ["platform.revenue = -1.0", ">= 0"]),
        (("--over", "platform.revenue=1"), ["not a range"]),
        (("--over", "platform.revenue=0:1", "--points", 0), ["points = 0"]),
        (("--set", "platform.revenue=-1"), ["platform.revenue = -1", ">= 0"]),
    ],
)
def test_bad_input_is_named(run, options, words):
    done = run("sensitivity", *options)
    assert done.exit_code == 2
    for word in words:
        assert word in done.stderr


def test_unknown_keys_are_named():
    with pytest.raises(InputError, match=r"did you mean platform\.revenue"):
        sensitivity(PAPER, keys=["platform.revenu"])


@pytest.mark.parametrize("bound", [0.0, 1e-12, 1e-10, 1e-8])
@pytest.mark.parametrize(
    ("function", "slope"), [(np.exp, np.e), (np.sin, np.cos(1.0)), (lambda x: 1 / (x - 0.5), -4.0)]
)
def test_noise_is_covered_by_errors_and_taken_for_no_kink(function, slope, bound):
    """Values with a uniform error: of 500 slopes 98 % lie within their error, and all are smooth."""
    random, steps = np.random.default_rng(5), steps_from(2.0**-6)
    missed = 0
    for _ in range(500):
        at, low, high = (
            (function(x) + bound * random.uniform(-1.0, 1.0, x.size))[:, None]
            for x in (np.ones(1), 1.0 - steps, 1.0 + steps)
        )
        value, error = central(at[0], low, high, steps, STEPS)
        missed += abs(value[0] - slope) > error[0]
        assert agree(*(one_sided(at[0], side, sign * steps, STEPS) for side, sign in ((low, -1), (high, 1))))
    assert missed <= 10


def test_a_kink_larger_than_the_noise_is_found():
    random, steps = np.random.default_rng(6), steps_from(2.0**-6)
    for _ in range(200):
        at, low, high = (
            (np.exp(x) + 1e-3 * np.maximum(x - 1.0, 0.0) + 1e-9 * random.uniform(-1.0, 1.0, x.size))[:, None]
            for x in (np.ones(1), 1.0 - steps, 1.0 + steps)
        )
        sides = (one_sided(at[0], side, sign * steps, STEPS) for side, sign in ((low, -1), (high, 1)))
        assert not agree(*sides)


def test_several_regimes_stand_in_one_table_and_one_document(run):
    line = ("sensitivity", "--regime", "none", "--regime", "forced")
    whole = json.loads(run(*line, "--json").stdout)
    assert whole["provenance"]["command"] == "eqsolve sensitivity --regime none --regime forced"
    for regime, document in zip(("none", "forced"), whole["results"], strict=True):
        assert document == json.loads(run("sensitivity", "--regime", regime, "--json").stdout)
    rows = [row for row in run(*line, "--format", "csv").stdout.splitlines() if not row.startswith("#")]
    assert rows[0].startswith("regime,parameter,")
    assert [row.partition(",")[0] for row in rows[1:]] == ["none"] * 16 + ["forced"] * 16
    report = run(*line).stdout
    assert "regime none" in report and "regime forced" in report
    assert "one --regime" in run(*line, "--plot", "a.png").stderr
