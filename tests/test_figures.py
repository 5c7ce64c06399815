import subprocess
import sys

import numpy as np
import pytest

from eqsolve import Params, curves, solve
from eqsolve.figures import SUFFIXES, equilibrium_figure, render


@pytest.fixture(scope="module")
def equilibrium():
    return solve(Params())


@pytest.fixture(scope="module")
def panels(equilibrium):
    return equilibrium_figure(equilibrium).axes


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_there_are_four_labelled_panels(panels):
    titles = [axes.get_legend().get_title().get_text() for axes in panels]
    assert [title[:3] for title in titles] == ["(a)", "(b)", "(c)", "(d)"]
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in panels)


def test_profit_is_marked_at_its_maximum_and_kinks(panels, equilibrium):
    drawn = lines(panels[0])
    curve = curves.profit_curve(equilibrium)
    np.testing.assert_array_equal(drawn[r"$\beta = \beta^*(q)$"].get_ydata(), curve.best_profit)
    assert drawn["equilibrium"].get_xydata().tolist() == [[equilibrium.quality, equilibrium.profit]]
    np.testing.assert_array_equal(drawn["kink"].get_xdata(), curve.kinks)
    assert np.nanmax(curve.best_profit) == pytest.approx(equilibrium.profit, abs=1e-8)


def test_a_jump_is_a_gap_with_a_filled_and_an_open_end():
    law = {"dist": "point", "scale": 0.3}
    found = solve(Params().replace({"users.transaction_cost": law}))
    payoff, intensity = equilibrium_figure(found).axes[:2]
    curve = curves.profit_curve(found)
    (at,) = np.flatnonzero(curve.best_jumps)
    (gap,) = np.flatnonzero(np.isnan(lines(payoff)[r"$\beta = \beta^*(q)$"].get_xdata()))
    assert gap == at + 1
    ends = {
        line.get_markerfacecolor(): line.get_xydata().tolist()
        for line in payoff.get_lines()
        if line.get_marker() == "o" and line.get_label() != "equilibrium"
    }
    assert ends.pop("white") == [[curve.quality[at], curve.best_profit[at]]]
    assert list(ends.values()) == [[[curve.quality[at + 1], curve.best_profit[at + 1]]]]
    assert curve.best_profit[at + 1] > curve.best_profit[at]
    breaks = np.isnan(lines(intensity)[r"$\beta^*(q)$"].get_xdata()).sum()
    assert breaks == curve.changes.sum() == 2


def test_segments_and_densities_can_be_told_apart_without_color(panels):
    assert list(lines(panels[2])) == ["high", "low"]
    for axes in panels[2:]:
        assert len({line.get_linestyle() for line in axes.get_lines()}) == 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_figures_are_equal_files(equilibrium, suffix):
    first, second = (render(equilibrium_figure(equilibrium), suffix) for _ in range(2))
    assert first == second


def test_drawing_leaves_the_state_of_matplotlib_alone():
    code = (
        "import sys; from eqsolve import Params, solve; from eqsolve.figures import *\n"
        "render(equilibrium_figure(solve(Params())), '.png')\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("regime", ["none", "forced", "planner"])
def test_every_regime_can_be_drawn(regime):
    assert render(equilibrium_figure(solve(Params(), regime=regime)), ".svg")


def test_continuous_choice_can_be_drawn():
    game = Params().replace({"finetuning.choice": "continuous", "finetuning.intensity_cost": 0.01})
    assert render(equilibrium_figure(solve(game)), ".svg")
