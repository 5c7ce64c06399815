"""Jumps of the chosen equilibrium along lines are told from smooth change, kinks and steep slopes."""

import numpy as np
import pytest

from eqsolve import Params
from eqsolve.sweeps import sweep
from eqsolve.sweeps.axes import Axis
from eqsolve.sweeps.continuity import FLOOR, jumps
from eqsolve.sweeps.design import make_design
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import record_type

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"


def flags(quality, *, choice="continuous", **columns):
    """The jumps along a line with these columns; where none is said, the reason for a jump is there."""
    n = len(quality)
    rows = np.zeros(n, record_type(["high", "low"]))
    defaults = {"quality": quality, "participation": 0.5, "equilibria_found": 2, "runner_up_gap": np.nan}
    for name, values in {**defaults, **columns}.items():
        rows[name] = values
    base = Params().replace({"finetuning.choice": choice})
    asked = Question(make_design(base, [Axis(SCALE, tuple(np.linspace(0.1, 1.0, n).tolist()))]))
    return np.flatnonzero(jumps(asked, rows)[f"jump.{SCALE}"]).tolist()


X = np.linspace(0.0, 1.0, 41)


@pytest.mark.parametrize("x", [X, np.linspace(0.0, 1.0, 9), X[::-1]], ids=["fine", "coarse", "falling"])
@pytest.mark.parametrize(
    "curve",
    {
        "constant": lambda x: 0 * x + 0.3,
        "line": lambda x: x,
        "parabola": lambda x: x**2,
        "square root": lambda x: np.sqrt(x),
        "kink": lambda x: np.maximum(0.2, x - 0.3),
        "covered": lambda x: np.minimum(2 * x, 0.9),
        "steep": lambda x: 1 / (1 + np.exp(-12 * (x - 0.5))),
        "wave": lambda x: 0.5 + 0.4 * np.sin(8 * x),
        "peak": lambda x: np.minimum(x, 1.2 - x),
        "hyperbola": lambda x: 0.05 / (0.05 + x),
    }.values(),
)
def test_smooth_change_and_kinks_are_no_jumps(curve, x):
    assert flags(curve(x)) == []


def test_jumps_are_found_wherever_they_are():
    for at in (2, 5, 20, 38):
        assert flags(0.3 + 0.1 * X + 0.2 * (np.arange(41) >= at)) == [at]
    assert flags(0.3 + 0.2 * (np.arange(41) >= 12) - 0.1 * (np.arange(41) >= 13)) == [12, 13]


def test_a_jump_needs_a_reason():
    quality = 0.3 + 0.2 * (np.arange(41) >= 20)
    assert flags(quality, equilibria_found=1) == []
    assert flags(quality, equilibria_found=1, runner_up_gap=np.abs(X - 0.49) + 1e-4) == [20]
    assert flags(quality, equilibria_found=1, runner_up_gap=0.3 + 0.01 * X) == []
    assert flags(quality, equilibria_found=1, participation=0.4 * (np.arange(41) >= 20)) == [20]


def test_with_a_binary_choice_starting_to_fine_tune_is_a_jump_also_on_two_points():
    assert flags([0.5, 0.4], intensity=[0.0, 4.0], choice="binary") == [1]
    assert flags(0 * X, intensity=4.0 * (np.arange(41) >= 7), choice="binary", equilibria_found=1) == [7]
    slow = np.maximum(X - 0.5, 0.0)
    assert flags(0 * X, intensity=slow, choice="continuous") == []


def test_rows_without_values_are_no_jumps():
    quality = np.where(np.arange(41) == 20, np.nan, X)
    assert flags(quality) == []


def test_small_changes_are_not_looked_at():
    assert flags(0.3 + 0.5 * FLOOR * (np.arange(41) >= 20)) == []


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
