"""Decompositions: laws of the rule first, then numbers against an oracle and random games."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from decomposition_oracle import by_every_order, on_fine_grid, popular, surplus, worlds
from oracle import Oracle
from random_games import random_game

from eqsolve import InputError, Params, decompose, solve, solve_many
from eqsolve.decomposition.figure import decomposition_figure
from eqsolve.decomposition.record import FACTORS
from eqsolve.decomposition.several import decompose_all
from eqsolve.decomposition.shapley import corners, shapley
from eqsolve.decomposition.words import verdicts
from eqsolve.figures import render

EXACT = 1e-12

GAMES = {
    "paper": {},
    "misleading": {"users.segments.high.share": 0.2, "finetuning.cost": 0.0},
    "point": {"users.transaction_cost.dist": "point", "users.transaction_cost.scale": 0.3},
    "exponential": {"users.transaction_cost.dist": "exponential"},
    "lognormal": {"users.transaction_cost": {"dist": "lognormal", "scale": 0.3, "sigma": 0.7}},
    "one model": {"finetuning.personalization": 0.0, "finetuning.strength": 8.0},
    "three segments": {
        "users.segments": [
            {"name": "left", "share": 0.5, "accuracy": 0.9, "tastes": {"dist": "beta", "a": 2.0, "b": 5.0}},
            {"name": "right", "share": 0.3, "accuracy": 0.8, "tastes": {"dist": "beta", "a": 6.0, "b": 2.5}},
            {"name": "noise", "share": 0.2, "accuracy": 0.4, "tastes": {"dist": "uniform"}},
        ],
        "model.outputs": {"dist": "truncnorm", "mean": 0.4, "sd": 0.3},
    },
}


def game(name="paper", **changes):
    return Params().replace(GAMES[name] | {key.replace("__", "."): v for key, v in changes.items()})


@cache
def solved(params, regime):
    return solve(params, regime=regime)


@cache
def between(params, before="none", after="forced"):
    return decompose(solved(params, before), solved(params, after))


def everyone(decomposition):
    return (*decomposition.segments, decomposition.total)


def array(terms):
    return np.array([getattr(terms, factor) for factor in FACTORS])


def largest_gap(decomposition):
    return max(abs(part.terms.sum - part.change) for part in everyone(decomposition))


@pytest.fixture(scope="module")
def paper():
    return between(game())


# The rule


def test_every_corner_once():
    assert {tuple(row) for row in corners(3).tolist()} == {
        (a, b, c) for a in (False, True) for b in (False, True) for c in (False, True)
    }
    assert not corners(4)[0].any() and corners(4)[-1].all()


def test_terms_are_means_over_all_orders():
    worth = np.random.default_rng(1).normal(size=(16, 3))
    sets = {frozenset(np.flatnonzero(row)): value for row, value in zip(corners(4), worth, strict=True)}
    np.testing.assert_allclose(shapley(worth), by_every_order(sets), rtol=0, atol=1e-14)
    np.testing.assert_allclose(shapley(worth).sum(axis=0), worth[-1] - worth[0], rtol=0, atol=1e-14)


def test_factors_that_add_up_get_what_they_add():
    gains = np.array([0.5, -2.0, 0.0, 4.0])
    np.testing.assert_array_equal(shapley(corners(4) @ gains), gains)


def test_the_names_of_factors_do_not_matter():
    worth = np.random.default_rng(2).normal(size=16)
    order = np.array([2, 0, 3, 1])
    renamed = worth[corners(4)[:, order] @ (1 << np.arange(4))]
    np.testing.assert_allclose(shapley(renamed)[order], shapley(worth), rtol=0, atol=1e-14)


# Laws of decompositions


@pytest.mark.parametrize("name", GAMES)
def test_terms_sum_to_the_change_of_the_results(name):
    found = between(game(name))
    before, after = found.before, found.after
    assert largest_gap(found) <= EXACT
    assert found.total.change == after.user_surplus - before.user_surplus
    for segment, old, new in zip(found.segments, before.segments, after.segments, strict=True):
        assert segment.change == new.user_surplus - old.user_surplus
    assert max(abs(array(part.terms)).max() for part in found.segments) > 1e-4


@pytest.mark.parametrize("name", GAMES)
def test_popular_and_niche_tastes_share_the_terms(name):
    for part in everyone(between(game(name))):
        np.testing.assert_allclose(
            array(part.popular) + array(part.niche), array(part.terms), rtol=0, atol=EXACT
        )
        assert abs(array(part.popular)).max() > 1e-6 and abs(array(part.niche)).max() > 1e-6


def test_the_total_weights_segments_by_their_shares(paper):
    for part in ("terms", "popular", "niche"):
        mean = 0.7 * array(getattr(paper.segments[0], part)) + 0.3 * array(getattr(paper.segments[1], part))
        np.testing.assert_allclose(array(getattr(paper.total, part)), mean, rtol=0, atol=1e-15)


@pytest.mark.parametrize("regime", ["none", "forced", "endogenous", "planner"])
def test_equal_regimes_have_no_terms_at_all(regime):
    found = between(game(), regime, regime)
    for part in everyone(found):
        for terms in (part.terms, part.popular, part.niche):
            assert array(terms).tolist() == [0.0] * 4
        assert (part.change, part.gaining, part.losing) == (0.0, 0.0, 0.0)
    assert not found.by_taste(11).terms.any()
    assert verdicts(found) == ("nobody gains or loses",)


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"finetuning__personalization": 0.0}, {"personal_feedback"}),
        ({"finetuning__personalization": 1.0}, {"quality_regained", "outputs_moved"}),
        ({"finetuning__learning": 0.0}, {"quality_regained"}),
        ({"users__misfit_cost": 0.0}, {"outputs_moved"}),
    ],
)
def test_what_does_not_matter_has_no_term(changes, absent):
    found = between(game(**changes))
    for part in everyone(found):
        for terms in (part.terms, part.popular, part.niche):
            zero = {factor for factor in FACTORS if getattr(terms, factor) == 0.0}
            assert zero == absent
    curve = found.by_taste(11)
    for factor in absent:
        assert not curve.terms[FACTORS.index(factor)].any()


def test_nobody_gains_or_loses_where_nobody_takes_part():
    costs = {"dist": "point", "scale": 5.0}
    found = between(game(users__transaction_cost=costs))
    assert found.after.participation == 0.0
    for part in everyone(found):
        assert not array(part.terms).any() and not array(part.popular).any()
        assert part.gaining == part.losing == 0.0
    assert [segment.losing_tastes for segment in found.segments] == [(), ()]


def test_the_way_back_has_the_opposite_terms(paper):
    back = decompose(paper.after, paper.before)
    for there, here in zip(everyone(paper), everyone(back), strict=True):
        np.testing.assert_allclose(array(here.terms), -array(there.terms), rtol=0, atol=1e-15)
        assert (here.gaining, here.losing) == pytest.approx((there.losing, there.gaining), abs=1e-14)
        assert here.change == -there.change


def test_a_mirrored_game_has_the_same_terms():
    def mirrored(table):
        match table:
            case {"dist": "beta", "a": a, "b": b}:
                return table | {"a": b, "b": a}
            case {"dist": "truncnorm", "mean": mean}:
                return table | {"mean": 1.0 - mean}
        return table

    one = GAMES["three segments"]
    segments = [s | {"tastes": mirrored(s["tastes"])} for s in one["users.segments"]]
    other = Params().replace({"users.segments": segments, "model.outputs": mirrored(one["model.outputs"])})
    here, there = between(game("three segments")), between(other)
    for a, b in zip(everyone(here), everyone(there), strict=True):
        for part in ("terms", "popular", "niche"):
            np.testing.assert_allclose(array(getattr(a, part)), array(getattr(b, part)), rtol=0, atol=1e-9)
    left, right = here.by_taste(21), there.by_taste(21)
    np.testing.assert_allclose(left.terms, right.terms[:, :, ::-1], rtol=0, atol=1e-9)


def test_two_halves_of_a_segment_are_like_the_whole(paper):
    high, low = game().model_dump()["users"]["segments"]
    halves = [high | {"name": name, "share": 0.35} for name in ("one", "other")]
    split = between(game(users__segments=[*halves, low]))
    np.testing.assert_allclose(array(split.total.terms), array(paper.total.terms), rtol=0, atol=1e-9)
    np.testing.assert_array_equal(array(split.segments[0].terms), array(split.segments[1].terms))


def test_tastes_add_up_to_segments(paper):
    nodes, weights = np.polynomial.legendre.leggauss(400)
    curve = paper.by_taste((nodes + 1) / 2)
    for j, segment in enumerate(paper.segments):
        np.testing.assert_allclose(curve.terms[:, j] @ weights / 2, array(segment.terms), rtol=0, atol=1e-7)
    np.testing.assert_allclose(curve.terms.sum(axis=0), curve.change, rtol=0, atol=EXACT)


def test_outputs_move_toward_popular_tastes_by_good_feedback_and_away_by_misleading():
    good, bad = between(game()), between(game("misleading"))
    assert good.after.feedback_quality > 0.1 and bad.after.feedback_quality < -0.1
    for found, sign in ((good, 1), (bad, -1)):
        assert sign * found.total.popular.outputs_moved > 0 > sign * found.total.niche.outputs_moved


def test_popular_tastes_are_those_of_the_middle_where_all_are_alike(paper):
    ((low, high),) = paper.popular_tastes
    assert low + high == pytest.approx(1.0, abs=1e-12)
    assert 0.1 < low < 0.4


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"users__misfit_cost": 1.2},
        {"users__transaction_cost": {"dist": "point", "scale": 0.1}, "users__misfit_cost": 0.9},
        {"users__transaction_cost__dist": "exponential", "users__misfit_cost": 1.2},
    ],
)
def test_gainers_and_losers_are_where_the_curve_is(changes):
    found = between(game(**changes))
    curve = found.by_taste((np.arange(2000) + 0.5) / 2000)
    for j, segment in enumerate(found.segments):
        for intervals, sign in ((segment.gaining_tastes, 1), (segment.losing_tastes, -1)):
            inside = np.zeros(curve.taste.size, dtype=bool)
            for low, high in intervals:
                inside |= (curve.taste >= low) & (curve.taste <= high)
            np.testing.assert_array_equal(inside, sign * curve.change[j] > 1e-15)


def test_who_stays_away_neither_gains_nor_loses(paper):
    assert paper.segments[1].gaining == 0.0
    assert paper.segments[1].losing == pytest.approx(paper.before.segments[1].participation, abs=EXACT)


def test_regimes_that_both_fine_tune_can_be_compared():
    choice = game(finetuning__choice="continuous", finetuning__intensity_cost=0.01, finetuning__cost=0.0)
    found = between(choice, "endogenous", "planner")
    assert 0 < found.before.intensity != found.after.intensity > 0
    assert largest_gap(found) <= EXACT
    assert all(abs(array(part.terms)).min() > 0 for part in found.segments)


def test_rows_of_a_batch_can_be_decomposed():
    games = [game(platform__revenue=revenue) for revenue in (0.4, 0.5, 0.6)]
    before, after = (solve_many(games, regime=regime) for regime in ("none", "endogenous"))
    for i in range(3):
        assert largest_gap(decompose(before.row(i), after.row(i))) <= EXACT


def test_several_results_are_decomposed_against_the_first_of_their_game():
    one, other = game(), game("one model")
    results = {
        f"paper {regime}": solved(one, regime) for regime in ("none", "forced", "endogenous", "planner")
    }
    results |= {f"other {regime}": solved(other, regime) for regime in ("none", "forced")}
    found = decompose_all(results)
    assert list(found) == [
        "paper none → paper forced, paper endogenous",
        "paper none → paper planner",
        "other none → other forced",
    ]
    for title, decomposition in found.items():
        before, _, after = title.partition(" → ")
        assert (decomposition.before, decomposition.after) == (results[before], results[after.split(", ")[0]])
    assert decompose_all({"one": solved(one, "none"), "other": solved(other, "none")}) == {}
    unsolved = replace(solved(one, "forced"), quality=float("nan"))
    assert decompose_all({"none": solved(one, "none"), "forced": unsolved}) == {}


# Against the oracle


@pytest.mark.parametrize("name", GAMES)
def test_terms_are_those_of_the_oracle(name):
    params = game(name)
    found = between(params)
    oracle = Oracle(params.model_dump())
    before, after = (oracle.evaluate(r.quality, r.intensity) for r in (found.before, found.after))
    values = worlds(oracle, before, after)
    expected = by_every_order({on: surplus(oracle, v) for on, v in values.items()})
    actual = np.array([array(segment.terms) for segment in found.segments]).T
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-8)

    region = popular(oracle)
    split = by_every_order({on: on_fine_grid(oracle, v, region, oracle.cost.S) for on, v in values.items()})
    actual = np.array([array(segment.popular) for segment in found.segments]).T
    np.testing.assert_allclose(actual, split, rtol=0, atol=2e-5)

    old, new = values[frozenset()], values[frozenset(range(4))]
    for j, segment in enumerate(found.segments):
        for share, here, there in ((segment.gaining, new, old), (segment.losing, old, new)):
            fine = on_fine_grid(oracle, here, (here - there)[j], oracle.cost.H)[j]
            assert share == pytest.approx(fine, abs=2e-5)


def check_random_game(seed):
    params = Params.model_validate(random_game(seed))
    results = [solve(params, regime=regime) for regime in ("none", "forced")]
    if not all(np.isfinite(result.quality) for result in results):
        pytest.skip("not solved")
    found = decompose(*results)
    assert largest_gap(found) <= EXACT
    for part in found.segments:
        assert params.finetuning.personalization > 0 or part.terms.personal_feedback == 0.0
        assert min(part.gaining, part.losing) >= 0 and part.gaining + part.losing <= 1 + EXACT
    curve = found.by_taste(101)
    np.testing.assert_allclose(curve.terms.sum(axis=0), curve.change, rtol=0, atol=EXACT)


@pytest.mark.parametrize("seed", [6, 7, 14, 15, 18, 20])
def test_terms_sum_in_random_games(seed):
    check_random_game(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(500))
def test_terms_sum_in_many_random_games(seed):
    check_random_game(seed)


# Bad input


def test_different_games_are_named_by_their_keys():
    other = game(users__segments__low__accuracy=0.4, finetuning__learning=0.3)
    with pytest.raises(InputError) as error:
        decompose(solved(game(), "none"), solved(other, "none"))
    assert [problem.key for problem in error.value.problems] == [
        "finetuning.learning", "users.segments.low.accuracy",
    ]  # fmt: skip
    assert "0.2 before and 0.3 after" in str(error.value)


def test_other_segments_are_another_game():
    renamed = [{"name": "all", "share": 1.0, "accuracy": 0.5}]
    with pytest.raises(InputError, match=r"users\.segments"):
        decompose(solved(game(), "none"), solved(game(users__segments=renamed), "none"))


def test_what_was_not_solved_is_not_decomposed(paper):
    with pytest.raises(InputError, match="nothing to decompose"):
        decompose(paper.before, replace(paper.after, quality=float("nan")))


def test_tastes_lie_on_the_line(paper):
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        paper.by_taste([0.5, 1.5])


# What is shown


def test_plain_data_are_strict_json_and_complete(paper):
    data = json.loads(paper.to_json())
    assert data["schema"] == "eqsolve/decomposition/1"
    assert (data["before"]["regime"], data["after"]["regime"]) == ("none", "forced")
    assert Params.model_validate(data["params"]) == paper.after.params
    for stored, part in zip([*data["segments"], data["total"]], everyone(paper), strict=True):
        assert stored["terms"] == {factor: getattr(part.terms, factor) for factor in FACTORS}
        assert stored["change"] == part.change
    assert tuple(data["factors"]) == paper.factors == FACTORS


def test_printing_shows_every_term(paper):
    text = str(paper)
    for part in everyone(paper):
        (row,) = [line for line in text.splitlines() if line.split()[0] == part.name]
        for value in (*array(part.terms), part.change):
            assert f"{value:+.6f}" in row


def test_words_say_who_loses_and_why(paper):
    high, low, total = verdicts(paper)
    assert high.startswith(
        "segment high gains 0.0078 per user: quality regained from feedback, personal feedback and outputs "
        "moved toward its tastes outweigh lower initial quality"
    )
    assert high.endswith("5.4% lose (those with tastes 0.00–0.04 and 0.96–1.00)")
    assert low.startswith(
        "segment low loses 0.1239 per user: lower initial quality and misleading personal feedback"
    )
    assert low.endswith("; no user gains, 92.2% lose")
    assert total.startswith("everyone loses 0.0317 per user: lower initial quality outweighs")


@pytest.mark.parametrize(
    ("gaining", "losing", "words"),
    [
        (1.0, 0.0, "all users gain"),
        (0.0, 1.0, "all users lose"),
        (0.9999, 0.0, ">99.9% of users gain, none lose"),
        (0.5, 0.0001, "50.0% of users gain, <0.1% lose"),
        (0.0, 0.25, "no user gains, 25.0% lose"),
    ],
)
def test_words_do_not_round_to_nobody_or_everybody(paper, gaining, losing, words):
    shared = replace(paper, total=replace(paper.total, gaining=gaining, losing=losing))
    assert verdicts(shared)[-1].endswith(f"; {words}")


def test_a_panel_for_each_segment_and_regime(paper):
    planner = between(game(), "none", "planner")
    figure = decomposition_figure({"forced": paper, "planner": planner})
    titles = [axes.get_title(loc="left").partition(":")[0] for axes in figure.axes]
    assert titles == ["high, forced", "low, forced", "high, planner", "low, planner"]
    for axes, found, j in zip(figure.axes, [paper, paper, planner, planner], [0, 1, 0, 1], strict=True):
        curve = found.by_taste()
        drawn = {line.get_label(): line for line in axes.get_lines()}
        np.testing.assert_array_equal(drawn["change (hatched: loss)"].get_ydata(), curve.change[j])
        for i, factor in enumerate(FACTORS):
            np.testing.assert_array_equal(drawn[factor.replace("_", " ")].get_ydata(), curve.terms[i, j])
        hatched = sum(path.vertices.size > 0 for path in axes.collections[0].get_paths())
        assert bool(hatched) == bool((curve.change[j] < 0).any())
        losers = drawn["tastes that lose (bar above)"].get_xdata()
        assert losers[~np.isnan(losers)].tolist() == [
            end for interval in found.segments[j].losing_tastes for end in interval
        ]
        styles = {str(line.get_linestyle()) + str(line._dash_pattern) for line in axes.get_lines()[1:6]}
        assert len(styles) == 5


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_equal_figures_are_equal_files(paper, suffix):
    first, second = (render(decomposition_figure({"forced": paper}), suffix) for _ in range(2))
    assert first == second


def test_regimes_name_decompositions_without_a_title(paper):
    other = between(game("misleading"))
    titles = [axes.get_title(loc="left") for axes in decomposition_figure([paper, other]).axes]
    assert [title.rpartition(":")[0] for title in titles] == ["high, none → forced", "low, none → forced"] * 2


def test_games_with_other_segments_share_a_figure(paper):
    figure = decomposition_figure({"three": between(game("three segments")), "paper": paper})
    assert [axes.get_visible() for axes in figure.axes] == [True] * 5 + [False]


def test_no_figure_of_nothing():
    with pytest.raises(InputError, match="nothing to draw"):
        decomposition_figure({})


def test_decomposing_does_not_need_matplotlib():
    code = "import sys; from eqsolve import decompose; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_example_of_the_page_runs():
    page = (Path(__file__).parent.parent / "docs" / "decomposition.md").read_text()
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    scope: dict[str, object] = {}
    exec(compile(example, "decomposition.md", "exec"), scope)
    assert scope["curve"].terms.shape == (4, 2, 101)


def test_the_page_names_every_factor_and_key(paper):
    page = (Path(__file__).parent.parent / "docs" / "decomposition.md").read_text()
    data = paper.to_dict()
    for key in (*FACTORS, *data, *data["segments"][0], data["schema"]):
        assert f"`{key}" in page, key
