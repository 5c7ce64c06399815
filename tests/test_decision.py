"""The choice between two plans, and what comes second."""

import numpy as np
import pytest

from eqsolve import Params
from eqsolve.game.decision import TIE, choose_plan
from eqsolve.game.games import columns
from eqsolve.game.payoffs import payoff_scale
from eqsolve.game.stages import Plan
from eqsolve.numerics.maxima import Peaks

COST = 0.05
NONE = (np.nan, np.nan)


def games(count=1, cost=COST):
    return columns([Params().replace({"finetuning.cost": cost})] * count)


SCALE = float(payoff_scale(games())[0])


def plan(*rows, intensity=0.0):
    """The best choices under a plan, from rows of (place, height, kind, (place, height) of the runner-up)."""
    x, height, kind, other = zip(*rows, strict=True)
    other_x, other_height = np.array(other, dtype=float).T
    bend = np.full(len(rows), np.nan)
    inside = np.zeros(len(rows), dtype=int)
    peaks = Peaks(np.array(x), np.array(height), np.array(kind), bend, inside, other_x, other_height)
    return Plan(np.broadcast_to(float(intensity), len(rows)), peaks, None, None)


def decide(untuned, tuned, *, intensity=3.0, cost=COST):
    """The decision of one game between two rows, and the fields of its record."""
    plans = {False: plan(untuned), True: plan(tuned, intensity=intensity)}
    return choose_plan(games(cost=cost), plans)


def fields(decision, *names):
    return [getattr(decision, name)[0] for name in names]


HALF = (0.5, 0.4, "smooth", NONE)
CHOICE = ("quality", "intensity", "payoff", "kind")
SECOND = ("runner_up_quality", "runner_up_intensity", "runner_up", "runner_up_kind")


class TestChoice:
    @pytest.mark.parametrize(
        ("height", "quality", "chosen"),
        [
            (0.5, 0.9, True),
            (0.44, 0.1, False),
            (0.4 + COST + 3.0 * TIE * SCALE, 0.9, True),
            (0.4 + COST - 3.0 * TIE * SCALE, 0.1, False),
            (0.4 + COST, 0.4, True),
            (0.4 + COST, 0.6, False),
            (0.4 + COST, 0.5, False),
            (0.4 + COST, 0.5 - 1e-12, False),
        ],
    )
    def test_the_better_plan_with_its_fixed_cost_and_on_a_tie_the_lower_quality(
        self, height, quality, chosen
    ):
        found = decide(HALF, (quality, height, "kink", NONE))
        expected = [quality, 3.0, height - COST, "kink"] if chosen else [0.5, 0.0, 0.4, "smooth"]
        assert fields(found, *CHOICE) == expected

    def test_the_order_of_the_plans_does_not_matter(self):
        untuned, tuned = plan(HALF), plan((0.2, 0.6, "jump", (0.8, 0.5)), intensity=2.0)
        one = choose_plan(games(), {False: untuned, True: tuned})
        other = choose_plan(games(), {True: tuned, False: untuned})
        for name in (*CHOICE, *SECOND):
            assert fields(one, name) == fields(other, name)

    def test_games_decide_each_for_itself(self):
        untuned = plan(HALF, HALF, HALF)
        tuned = plan(
            (0.3, 0.5, "kink", NONE), (0.3, 0.1, "jump", NONE), (0.3, 0.6, "bound", NONE), intensity=2.0
        )
        found = choose_plan(games(3), {False: untuned, True: tuned})
        assert found.intensity.tolist() == [2.0, 0.0, 2.0]
        assert found.kind.tolist() == ["kink", "smooth", "bound"]
        assert found.runner_up_intensity.tolist() == [0.0, 2.0, 0.0]

    @pytest.mark.parametrize("cost", [0.0, COST])
    def test_a_plan_without_intensity_is_not_to_fine_tune(self, cost):
        found = decide(HALF, (0.2, 0.4, "smooth", NONE), intensity=0.0, cost=cost)
        assert fields(found, "quality", "intensity", "payoff") == [0.5, 0.0, 0.4]

    @pytest.mark.parametrize(("tune", "paid"), [(False, 0.0), (True, COST)])
    def test_one_plan_alone_is_chosen(self, tune, paid):
        only = plan((0.5, 0.4, "kink", (0.9, 0.3)), intensity=3.0 if tune else 0.0)
        found = choose_plan(games(), {tune: only})
        assert fields(found, *CHOICE) == [0.5, 3.0 if tune else 0.0, 0.4 - paid, "kink"]
        assert fields(found, *SECOND) == [0.9, 3.0 if tune else 0.0, 0.3 - paid, "other basin"]

    def test_the_fixed_cost_is_paid_for_a_positive_intensity_only(self):
        found = choose_plan(games(), {True: plan((0.5, 0.4, "smooth", (0.9, 0.3)), intensity=0.0)})
        assert fields(found, "payoff", "runner_up") == [0.4, 0.3]


class TestRunnerUp:
    @pytest.mark.parametrize(
        ("untuned", "tuned", "expected"),
        [
            (HALF, (0.3, 0.5, "smooth", NONE), [0.5, 0.0, 0.4, "other plan"]),
            (HALF, (0.3, 0.3, "smooth", NONE), [0.3, 3.0, 0.3 - COST, "other plan"]),
            (HALF, (0.3, 0.5, "smooth", (0.8, 0.48)), [0.8, 3.0, 0.48 - COST, "other basin"]),
            (HALF, (0.3, 0.5, "smooth", (0.8, 0.44)), [0.5, 0.0, 0.4, "other plan"]),
            ((0.5, 0.4, "smooth", (0.9, 0.39)), (0.3, 0.3, "kink", NONE), [0.9, 0.0, 0.39, "other basin"]),
            ((0.5, 0.4, "kink", (0.9, 0.2)), (0.3, 0.3, "kink", NONE), [0.3, 3.0, 0.3 - COST, "other plan"]),
            (
                (0.5, 0.4, "smooth", NONE), (0.3, 0.3, "kink", (0.6, 0.29)),
                [0.3, 3.0, 0.3 - COST, "other plan"],
            ),
        ],
    )  # fmt: skip
    def test_it_is_the_best_of_the_other_peaks_of_both_plans(self, untuned, tuned, expected):
        assert fields(decide(untuned, tuned), *SECOND) == expected

    def test_it_pays_no_more_than_the_choice(self):
        rng = np.random.default_rng(0)
        rows = [
            [(x, height, "smooth", (1.0 - x, height - gap)) for x, height, gap in rng.uniform(0, 1, (200, 3))]
            for _ in range(2)
        ]
        found = choose_plan(games(200), {False: plan(*rows[0]), True: plan(*rows[1], intensity=1.0)})
        assert (found.runner_up <= found.payoff).all()
        assert {*found.runner_up_kind.tolist()} == {"other plan", "other basin"}

    def test_there_is_none_where_the_only_plan_has_one_peak(self):
        found = choose_plan(games(), {False: plan(HALF)})
        assert np.isnan(fields(found, *SECOND[:3])).all()
        assert fields(found, SECOND[3]) == [""]

    def test_a_plan_without_intensity_is_no_other_plan(self):
        found = decide(HALF, (0.5, 0.4, "smooth", NONE), intensity=0.0)
        assert np.isnan(fields(found, *SECOND[:3])).all()
        assert fields(found, SECOND[3]) == [""]


def test_where_no_plan_is_known_there_is_no_payoff():
    unknown = (0.0, np.nan, "smooth", NONE)
    found = decide(unknown, unknown)
    assert np.isnan(fields(found, "payoff", "runner_up")).all()
