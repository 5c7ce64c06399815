"""Designs: the points of a sweep, and everything that can be wrong with its axes."""

import warnings

import numpy as np
import pytest

from eqsolve import InputError, Params
from eqsolve.sweeps.axes import Axis, Range, parse_axis
from eqsolve.sweeps.design import games_at, make_design, sample
from eqsolve.sweeps.keys import check_keys, numeric_keys

SCALE, COST, HIGH = "users.transaction_cost.scale", "finetuning.cost", "users.segments.high.share"


def test_an_axis_lists_values_or_spaces_them():
    assert parse_axis("a=3,1,2") == Axis("a", (3.0, 1.0, 2.0))
    assert parse_axis("a=0:1:5") == Axis("a", (0.0, 0.25, 0.5, 0.75, 1.0))
    assert parse_axis("a=1:0:3") == Axis("a", (1.0, 0.5, 0.0))
    assert parse_axis("a=0.01:100:5:log").values == pytest.approx((0.01, 0.1, 1.0, 10.0, 100.0), rel=1e-14)
    assert parse_axis("a=2:2:1") == Axis("a", (2.0,))
    assert parse_axis("a=0.1:1:log") == Range("a", 0.1, 1.0, log=True)


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        ("a", '"a"'),
        ("a=", '"a="'),
        ("=1:2:3", '"=1:2:3"'),
        ("a=1,x", '"x"'),
        ("a=1,,2", '""'),
        ("a=1,nan", '"nan"'),
        ("a=1:2:3:4", "1:2:3:4"),
        ("a=1:2:three", '"three"'),
        ("a=1:2:2.5", '"2.5"'),
        ("a=2:3:1", "without STOP: say 2, or a COUNT of 2"),
        ("a=2:3:1:log", "without STOP: say 2"),
        ("a=0:0.1:1", "for steps of 0.1 from 0 to 1 say 0:1:11"),
        ("a=0:1:0.1", "for steps of 0.1 from 0 to 1 say 0:1:11"),
        ("a=1:0:-0.25", "for steps of -0.25 from 1 to 0 say 1:0:5"),
        ("a=1:2:nan", '"nan" is not a finite number'),
        ("a=1:1:3", "equal"),
        ("a=1:2:0", "COUNT must be at least 1"),
        ("a=0:1:3:log", "above zero"),
        ("a=-1:1:log", "above zero"),
        ("a=2:1", "below STOP"),
    ],
)
def test_an_axis_that_means_nothing_is_refused(text, culprit):
    with pytest.raises(InputError) as refused:
        parse_axis(text)
    assert culprit in str(refused.value)
    assert "a" in str(refused.value)


def test_every_number_of_a_game_can_vary_and_nothing_else():
    game = Params().replace(
        {
            "model.outputs": {
                "dist": "mixture",
                "components": [
                    {"dist": "uniform", "weight": 1},
                    {"dist": "beta", "a": 2, "b": 3, "weight": 1},
                ],
            }
        }
    )
    known = numeric_keys(game)
    assert {SCALE, COST, HIGH, "users.segments.low.accuracy", "model.outputs.components[1].a"} <= known.keys()
    for key, value in known.items():
        assert game.replace({key: value}) == game
    assert "finetuning.choice" not in known


@pytest.mark.parametrize(
    ("key", "culprit"),
    [
        ("users.transaction_cost.scael", f"did you mean {SCALE}?"),
        ("finetuning.choice", 'finetuning.choice = "binary" is not a number'),
        ("users.transaction_cost", "a table"),
        ("users.segments.hihg.share", f"did you mean {HIGH}?"),
    ],
)
def test_keys_that_cannot_vary_are_named(key, culprit):
    with pytest.raises(InputError) as refused:
        check_keys(Params(), [key])
    assert key in str(refused.value)
    assert culprit in str(refused.value)


def test_a_grid_nests_its_axes_and_a_zip_goes_in_step():
    axes = [Axis(SCALE, (0.2, 0.4)), Axis(COST, (0.0, 0.1, 0.2))]
    grid = make_design(Params(), axes)
    assert grid.shape == (2, 3)
    assert grid.points.tolist() == [[c, f] for c in (0.2, 0.4) for f in (0.0, 0.1, 0.2)]
    pairs = make_design(Params(), [Axis(SCALE, (0.2, 0.4)), Axis(COST, (0.0, 0.1))], kind="zip")
    assert pairs.points.tolist() == [[0.2, 0.0], [0.4, 0.1]]


def test_points_that_share_their_participation_primitives_are_alike():
    design = make_design(Params(), [Axis(COST, (0.0, 0.1)), Axis(SCALE, (0.4, 0.2, 0.3))])
    assert design.likes.tolist() == [0, 1, 2, 0, 1, 2]
    assert make_design(Params(), [Axis(COST, (0.0, 0.1))]).likes.tolist() == [0, 0]
    axes = [Axis("platform.revenue", (0.1, 0.2)), Axis("platform.training_exponent", (2.0, 3.0))]
    assert make_design(Params(), axes).likes.tolist() == [0, 0, 0, 0]


def test_games_are_those_that_replace_makes():
    names = [SCALE, COST, HIGH, "users.misfit_cost", "platform.revenue"]
    points = np.random.default_rng(1).uniform(0.1, 0.9, (12, 5)).round(1)
    base = Params()
    expected = [base.replace(dict(zip(names, row, strict=True))) for row in points.tolist()]
    assert games_at(base, names, points) == expected


@pytest.mark.parametrize("method", ["sobol", "lhs"])
def test_drawn_points_fill_the_box_evenly_and_come_back(method):
    box = [Range("a", 0.01, 100.0, log=True), Range("b", -1.0, 1.0)]
    points = sample(box, 64, method, seed=3)
    assert np.array_equal(points, sample(box, 64, method, seed=3))
    assert not np.array_equal(points, sample(box, 64, method, seed=4))
    unit = np.stack([np.log10(points[:, 0]) / 4 + 0.5, (points[:, 1] + 1) / 2], axis=1)
    for column in unit.T:
        assert np.unique(np.floor(column * 64)).tolist() == list(range(64)), "one point in each of 64 slices"


def test_sobol_points_that_are_no_power_of_two_warn():
    with pytest.warns(UserWarning, match="such as 64 or 128"):
        sample([Range("a", 0.0, 1.0)], 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sample([Range("a", 0.0, 1.0)], 128)
        sample([Range("a", 0.0, 1.0)], 100, "lhs")


BAD_DESIGNS = {
    "nothing varies": ([], {}),
    "unknown key platform.revenu": ([Axis("platform.revenu", (1.0,))], {}),
    f"{SCALE} = 0.0 is out of range": ([Axis(SCALE, (0.0, 1.0))], {}),
    f"{SCALE} = -1.0 is out of range": ([Range(SCALE, -1.0, 1.0)], {"kind": "sobol", "points": 4}),
    f"{HIGH} = 1.5 is out of range": ([Axis(HIGH, (0.5, 1.5, 0.7))], {}),
    f"{COST} varies twice": ([Axis(COST, (0.0,)), Axis(COST, (1.0,))], {}),
    f"{HIGH} varies twice": ([Axis(HIGH, (0.1,)), Axis("users.segments[0].share", (0.2,))], {}),
    "equal lengths": ([Axis(COST, (0.0, 1.0)), Axis(SCALE, (1.0,))], {"kind": "zip"}),
    "stands twice": ([Axis(COST, (0.1, 0.2, 0.1))], {}),
    "needs START:STOP:COUNT": ([Range(COST, 0.0, 1.0)], {}),
    "draws from a range": ([Axis(COST, (0.0, 1.0))], {"kind": "lhs", "points": 4}),
    "needs the number of points": ([Range(COST, 0.0, 1.0)], {"kind": "sobol"}),
    "points = 0": ([Range(COST, 0.0, 1.0)], {"kind": "sobol", "points": 0}),
    "points = 5": ([Axis(COST, (0.0, 1.0))], {"points": 5}),
    "seed = -1": ([Range(COST, 0.0, 1.0)], {"kind": "lhs", "points": 4, "seed": -1}),
    "unknown design 'random'": ([Range(COST, 0.0, 1.0)], {"kind": "random", "points": 4}),
    "shares sum to 0.3": ([Axis(HIGH, (0.2,)), Axis("users.segments.low.share", (0.1, 0.8))], {}),
}


@pytest.mark.parametrize("culprit", BAD_DESIGNS)
def test_what_is_wrong_with_a_design_is_named(culprit):
    axes, options = BAD_DESIGNS[culprit]
    with pytest.raises(InputError) as refused:
        make_design(Params(), axes, **options)
    assert culprit in str(refused.value)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(InputError) as refused:
        make_design(Params(), [Axis("a", (1.0,)), Axis(SCALE, (-1.0,)), Axis(COST, (-2.0, 0.0))])
    assert [problem.message.partition(" =")[0].partition(":")[0] for problem in refused.value.problems] == [
        "unknown key a",
        SCALE,
        COST,
    ]
