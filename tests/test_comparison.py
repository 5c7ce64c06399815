"""Equilibria side by side: differences are differences, and verdicts say what the numbers say."""

import json
import math
from dataclasses import replace

import pytest

from eqsolve import InputError, Params, compare, solve
from eqsolve.comparison.quantities import names_of, quantities
from eqsolve.equilibrium import solve_many
from eqsolve.status import Status

REGIMES = ("none", "forced", "endogenous", "planner")
SEGMENT = {"accuracy": 0.5}


@pytest.fixture(scope="module")
def regimes():
    return {regime: solve(Params(), regime=regime) for regime in REGIMES}


@pytest.fixture(scope="module")
def comparison(regimes):
    return compare(*regimes.values())


def test_quantities_are_the_columns_of_many(regimes):
    table = solve_many([Params()], regime="forced").table()
    flat = quantities(regimes["forced"])
    assert list(flat) == list(table)[: len(flat)] == names_of(Params())
    assert set(list(table)[len(flat) :]) == {"status", "regret", "equilibria_found"}
    for name, value in flat.items():
        assert table[name][0] == value


def test_regimes_are_named_after_themselves_and_games_by_number(regimes):
    assert compare(*regimes.values()).names == REGIMES
    none = regimes["none"]
    assert compare(none, none).names == ("1", "2")
    assert compare(none, none, names=["old", "new"]).names == ("old", "new")


def test_values_are_those_of_the_equilibria(comparison, regimes):
    assert list(comparison.values) == names_of(Params())
    for i, equilibrium in enumerate(regimes.values()):
        assert {name: values[i] for name, values in comparison.values.items()} == pytest.approx(
            quantities(equilibrium), nan_ok=True
        )


def test_differences_are_to_the_first_absolute_and_relative(comparison, regimes):
    none, planner = regimes["none"], regimes["planner"]
    assert comparison.difference("profit")[0] == 0.0
    assert comparison.difference("profit")[3] == planner.profit - none.profit
    assert comparison.relative("profit")[3] == pytest.approx(planner.profit / none.profit - 1)


def test_there_is_no_relative_difference_to_zero_and_no_difference_to_nothing(comparison):
    assert math.isnan(comparison.relative("intensity")[1])
    assert comparison.difference("intensity")[1] == 4.0
    assert all(math.isnan(value) for value in comparison.difference("feedback_quality"))
    assert all(math.isnan(value) for value in comparison.difference("direction"))


def test_an_unknown_quantity_is_named(comparison):
    with pytest.raises(InputError, match="unknown quantity 'profi'"):
        comparison.difference("profi")


def test_verdicts_have_the_sign_of_the_change(comparison, regimes):
    assert [verdict.name for verdict in comparison.verdicts] == ["forced", "endogenous", "planner"]
    forced = {stake.who: stake.outcome for stake in comparison.verdicts[0].stakes}
    assert forced == {
        "platform": "gains",
        "segment high": "gains",
        "segment low": "loses",
        "users": "loses",
        "society": "gains",
    }
    planner = {stake.who: stake.change for stake in comparison.verdicts[2].stakes}
    assert planner["society"] == regimes["planner"].welfare - regimes["none"].welfare


def test_verdicts_are_sentences(comparison):
    sentence = str(comparison.verdicts[0])
    assert "platform gains 0.07263 (+35.0%)" in sentence
    assert "segment low loses 0.1239 (-57.2%)" in sentence
    assert "users lose 0.03169 (-14.6%)" in sentence


def test_nobody_gains_from_no_change_or_from_rounding(regimes):
    none = regimes["none"]
    rounded = replace(none, profit=none.profit + 1e-12)
    for stake in compare(none, rounded).verdicts[0].stakes:
        assert stake.outcome == "unchanged"
        assert str(stake) == f"{stake.who} unchanged"


def test_what_was_not_solved_is_unknown(regimes):
    none = regimes["none"]
    failed = replace(none, profit=math.nan)
    assert compare(none, failed).verdicts[0].stakes[0].outcome == "unknown"


def test_no_regime_beats_the_planner(comparison):
    shortfall = comparison.shortfall
    assert shortfall[3] == 0.0
    assert min(shortfall[:3]) > 0.0


def test_the_distance_to_the_planner_is_within_one_game(regimes):
    other = solve(Params().replace({"finetuning.cost": 0.1}), regime="none")
    shortfall = compare(regimes["none"], other, regimes["planner"], names=["a", "b", "c"]).shortfall
    assert shortfall[0] == regimes["planner"].welfare - regimes["none"].welfare
    assert math.isnan(shortfall[1])


def test_games_with_other_segments_share_what_they_share(regimes):
    alone = Params.model_validate({"users": {"segments": [{"name": "mid", "share": 1.0, **SEGMENT}]}})
    other = solve(alone, regime="none")
    comparison = compare(regimes["none"], other, names=["two", "one"])
    assert comparison.values["participation.mid"][0] is None
    assert math.isnan(comparison.difference("participation.mid")[1])
    assert [s.who for s in comparison.verdicts[0].stakes] == ["platform", "users", "society"]


def test_json_is_strict_and_complete(comparison):
    document = json.loads(comparison.to_json(), parse_constant=pytest.fail)
    assert document["schema"] == "eqsolve/comparison/1"
    assert [column["name"] for column in document["columns"]] == list(REGIMES)
    assert set(document["quantities"]) == set(comparison.values)
    assert document["quantities"]["feedback_quality"]["values"][0] is None
    assert document["quantities"]["profit"]["difference"][1] == comparison.difference("profit")[1]
    assert document["verdicts"][0]["stakes"][0] == {
        "who": "platform",
        "outcome": "gains",
        "change": comparison.difference("profit")[1],
        "relative": comparison.relative("profit")[1],
    }


def test_the_text_has_every_quantity_and_verdict(comparison):
    text = str(comparison)
    assert all(f"\n{name} " in text for name in comparison.values)
    assert all(str(verdict) in text for verdict in comparison.verdicts)


def test_certified_means_all_of_them(comparison, regimes):
    assert comparison.certified
    none = regimes["none"]
    doubtful = replace(none, certificate=replace(none.certificate, status=Status.FAILED))
    assert not compare(none, doubtful).certified


@pytest.mark.parametrize(
    ("count", "names", "message"),
    [
        (1, None, "two equilibria at least"),
        (2, ["a"], "1 names for 2 equilibria"),
        (2, ["a", "a"], "two equilibria are called a"),
    ],
)
def test_bad_comparisons(regimes, count, names, message):
    with pytest.raises(InputError, match=message):
        compare(*[regimes["none"]] * count, names=names)


def test_compare_stays_a_function_once_its_package_is_imported():
    import eqsolve.comparison

    assert eqsolve.compare is eqsolve.comparison.compare
