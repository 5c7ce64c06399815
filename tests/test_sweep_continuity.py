"""Jumps of the chosen equilibrium along lines are told from smooth change, kinks and steep slopes."""

import numpy as np
import pytest

from eqsolve import Params, solve
from eqsolve.sweeps import sweep
from eqsolve.sweeps.axes import Axis
from eqsolve.sweeps.continuity import jumps
from eqsolve.sweeps.design import make_design
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import BRANCHES, record_type

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"


def flags(quality, runner_up=np.nan, *, choice="continuous", **columns):
    """The jumps along a line with these choices and runners-up, in quality."""
    n = len(quality)
    rows = np.zeros(n, record_type(["high", "low"]))
    for name, values in {"quality": quality, "runner_up_quality": runner_up, **columns}.items():
        rows[name] = values
    base = Params().replace({"finetuning.choice": choice})
    asked = Question(make_design(base, [Axis(SCALE, tuple(np.linspace(0.1, 1.0, n).tolist()))]))
    return np.flatnonzero(jumps(asked, rows)[f"jump.{SCALE}"]).tolist()


X = np.linspace(0.0, 1.0, 41)
CURVES = {
    "constant": lambda x: 0 * x + 0.3,
    "line": lambda x: 0.5 * x,
    "square root": lambda x: 0.6 * np.sqrt(x),
    "kink": lambda x: np.maximum(0.2, x - 0.3),
    "steep": lambda x: 0.6 / (1 + np.exp(-12 * (x - 0.5))),
    "wave": lambda x: 0.3 + 0.2 * np.sin(8 * x),
}


@pytest.mark.parametrize("x", [X, X[::4], X[::-1]], ids=["fine", "coarse", "falling"])
@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_smooth_change_is_no_jump_whatever_the_runner_up_does(curve, x):
    assert flags(curve(x)) == []
    assert flags(curve(x), 0.95 - 0.1 * x) == []
    assert flags(curve(x), np.where(x > 0.5, 0.95, np.nan)) == []


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize("at", [1, 5, 20, 40])
def test_a_runner_up_that_takes_over_is_a_jump(curve, at):
    low, high, before = curve(X), 0.95 - 0.1 * X, np.arange(41) < at
    chosen, other = np.where(before, low, high), np.where(before, high, low)
    assert flags(chosen, other) == [at]
    assert flags(chosen, np.where(before, other, np.nan)) == [at], "the old branch ends"
    assert flags(chosen, np.where(before, np.nan, other)) == [at], "the new branch starts"
    assert flags(chosen, np.where(before, other, 0.99)) == [at], "a third one is next"


def test_jumps_close_to_each_other_are_found():
    at = np.arange(41)
    high = (at >= 12) & (at != 13)
    assert flags(np.where(high, 0.8, 0.3 * X), np.where(high, 0.3 * X, 0.8)) == [12, 13, 14]


def test_with_a_binary_choice_starting_to_fine_tune_is_a_jump():
    tuned = 4.0 * (np.arange(41) >= 7)
    assert flags([0.5, 0.4], intensity=[0.0, 4.0], choice="binary") == [1]
    assert flags(0 * X, intensity=tuned, choice="binary") == [7]


def test_with_a_continuous_choice_it_is_one_if_the_other_plan_takes_over():
    plans = {"intensity": 4.0 * (np.arange(41) >= 7), "runner_up_intensity": 4.0 * (np.arange(41) < 7)}
    assert flags(0 * X + 0.5, 0 * X + 0.5, **plans) == [7]
    assert flags(0 * X, intensity=np.maximum(X - 0.5, 0.0)) == []


def test_rows_without_values_are_no_jumps():
    assert flags(np.where(np.arange(41) == 20, np.nan, X)) == []


def test_every_row_names_its_branch():
    found = sweep(
        Params(), {"platform.training_cost": [1e-3, 1.0], COST: [0.05, 0.2]}, regimes=("endogenous",)
    )
    alone = [solve(game) for game in found.question.design.games()]
    plans = ["tuned" if each.intensity else "untuned" for each in alone]
    expected = [f"{plan} {each.certificate.maximum}" for plan, each in zip(plans, alone, strict=True)]
    assert found.table["branch"].tolist() == expected
    assert {"tuned smooth", "untuned smooth"} <= {*expected} <= {*BRANCHES}
    fixed = sweep(Params(), {COST: [0.05]}, fix={"quality": 0.4})
    assert fixed.table["branch"].tolist() == ["tuned fixed"]


def test_lines_of_a_grid_are_judged_along_both_axes_and_regimes_apart():
    found = sweep(
        Params(), {SCALE: np.linspace(0.3, 0.6, 4), COST: [0.0, 0.05, 0.2]}, regimes=("endogenous", "none")
    )
    tuned = (found.table["intensity"] > 0).reshape(4, 3, 2)
    assert tuned[:, :, 0].tolist() == [[True, True, False]] * 4
    along_cost = found.table[f"jump.{COST}"].reshape(4, 3, 2)
    assert along_cost[:, :, 0].tolist() == [[False, False, True]] * 4
    assert not along_cost[:, :, 1].any()
    assert not found.table[f"jump.{SCALE}"].any()


def test_a_flagged_step_stays_a_step_when_it_is_refined_and_others_shrink():
    coarse = sweep(Params(), [f"{SCALE}=0.06:0.2:8"])
    (at,) = np.flatnonzero(coarse.table[f"jump.{SCALE}"])
    scales, quality = coarse.table[SCALE], coarse.table["quality"]
    fine = sweep(Params(), {SCALE: np.linspace(scales[at - 1], scales[at], 5)}).table["quality"]
    assert np.abs(np.diff(fine)).max() > 0.9 * abs(quality[at] - quality[at - 1])
    other = sweep(Params(), {SCALE: np.linspace(scales[at], scales[at + 1], 5)}).table["quality"]
    assert np.abs(np.diff(other)).max() < 0.5 * abs(quality[at + 1] - quality[at])
