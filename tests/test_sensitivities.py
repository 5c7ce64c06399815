"""Sensitivities: the envelope theorem and closed forms first, then kinks, bounds and jumps."""

import json
from pathlib import Path

import numpy as np
import pytest

from eqsolve import InputError, Params, sensitivity, sign_table, solve
from eqsolve.sensitivities import MEASURED
from eqsolve.sensitivities.differences import STEPS, agree, central, one_sided, steps_from, usable_steps
from eqsolve.sweeps.axes import Range

PAPER = Params()


@pytest.fixture(scope="module")
def paper():
    return sensitivity(PAPER)


def test_the_envelope_theorem(paper):
    """At an interior optimum profit moves with r, k and F as if the platform's choice stood still."""
    e, slopes = paper.equilibrium, paper.slopes
    assert slopes["platform.revenue"]["profit"].value == pytest.approx(e.participation, abs=1e-9)
    assert slopes["platform.training_cost"]["profit"].value == pytest.approx(-(e.quality**2) / 2, abs=1e-9)
    assert slopes["finetuning.cost"]["profit"].value == pytest.approx(-1.0, abs=1e-9)
    assert slopes["finetuning.intensity_cost"]["profit"].value == pytest.approx(-(4.0**2) / 2, abs=1e-7)


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
    assert data["schema"] == "eqsolve/signs/1" and data["signs"][0]["profit"]["verdict"] == "always -"


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
    assert drawn == {"key": "platform.revenue", "low": 0.4, "high": 0.6, "log": False}
    Path("domain.toml").write_text("[platform]\nrevenue = [0.6, 0.4]\n")
    done = run("sensitivity", "--domain", "domain.toml")
    assert done.exit_code == 2 and "domain.toml:2" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
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
