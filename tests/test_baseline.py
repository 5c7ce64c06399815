"""Baselines: what is written is read back, what moved is found, and the worst comes first."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from eqsolve import InputError, Params, solve
from eqsolve.comparison import Baseline, Tolerance, Tolerances, check, pair, update
from eqsolve.comparison.quantities import names_of
from eqsolve.params import Finetuning
from eqsolve.status import Status

LOW_COST = Params().replace({"finetuning.cost": 0.02})


@pytest.fixture(scope="module")
def found():
    return {regime: solve(Params(), regime=regime) for regime in ("none", "forced")}


@pytest.fixture
def baseline(found, tmp_path):
    Baseline.of(found).write(tmp_path / "golden.json")
    return Baseline.read(tmp_path / "golden.json")


def changed(equilibrium, **values):
    return replace(equilibrium, **values)


def proved(equilibrium, **values):
    return replace(equilibrium, certificate=replace(equilibrium.certificate, **values))


def test_reading_gives_back_what_was_written(found, baseline):
    assert baseline.to_json() == Baseline.of(found).to_json()


def test_a_baseline_holds_the_question_the_answer_and_the_versions(baseline, tmp_path):
    document = json.loads((tmp_path / "golden.json").read_text(), parse_constant=pytest.fail)
    assert document["schema"] == "eqsolve/baseline/1"
    assert document["params"]["users.segments.high.share"] == 0.7
    assert set(document["versions"]) == {"eqsolve", "python", "numpy", "scipy"}
    assert document["tolerances"] == {"atol": 1e-9, "rtol": 1e-6, "quantities": {}}
    forced = document["regimes"]["forced"]
    assert (forced["status"], forced["equilibria_found"]) == ("certified", 1)
    assert list(forced["quantities"]) == names_of(Params())
    assert document["regimes"]["none"]["quantities"]["feedback_quality"] is None


def test_the_same_game_agrees(found, baseline):
    result = check(baseline, found)
    assert result.agrees
    assert result.compared == 2 * (len(names_of(Params())) + 2)
    assert result.notes == ()
    assert str(result) == "game: 46 values agree"


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("share", "agrees"), [(0.99, True), (1.01, False)])
def test_the_tolerance_is_that_of_numpy_isclose(found, baseline, sign, share, agrees):
    tolerances = Tolerances(Tolerance(atol=1e-4, rtol=1e-3))
    welfare = found["none"].welfare
    moved = welfare + sign * share * (1e-4 + 1e-3 * abs(welfare))
    now = {**found, "none": changed(found["none"], welfare=moved)}
    assert check(baseline, now, tolerances).agrees is agrees


def test_a_quantity_can_have_its_own_tolerance(found, baseline):
    now = {**found, "none": changed(found["none"], profit=found["none"].profit + 1e-4)}
    assert not check(baseline, now).agrees
    assert check(baseline, now, Tolerances().changed(own={"profit": 2e-4})).agrees
    assert not check(baseline, now, Tolerances().changed(own={"welfare": 2e-4})).agrees


def test_the_worst_comes_first_by_its_tolerance(found, baseline):
    none = found["none"]
    now = changed(none, profit=none.profit + 1e-3, welfare=none.welfare + 2e-3, mean=none.mean + 1e-4)
    tolerances = Tolerances().changed(own={"mean": 1e-9, "welfare": 1.9e-3})
    differences = check(baseline, {"none": now}, tolerances).differences
    assert [each.quantity for each in differences] == ["mean", "profit", "welfare"]
    first = differences[0]
    assert (first.expected, first.actual) == (none.mean, now.mean)
    assert first.difference == pytest.approx(1e-4)
    assert first.tolerance == 1e-9
    assert first.ratio == pytest.approx(1e5)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (lambda e: changed(e, direction="mixed"), "none: direction is mixed, expected unchanged"),
        (lambda e: proved(e, status=Status.DEVIATION_FOUND), "none: status is deviation_found, expected"),
        (lambda e: proved(e, equilibria_found=2), "none: equilibria_found is 2, expected 1 (difference +1)"),
        (lambda e: changed(e, feedback_quality=0.5), "feedback_quality is 0.5, expected no value"),
        (lambda e: changed(e, kl=math.nan), "kl is no value, expected 0"),
    ],
    ids=["direction", "status", "equilibria", "value", "no value"],
)
def test_words_counts_and_values_that_come_or_go_must_be_equal(found, baseline, now, words):
    (difference,) = check(baseline, {"none": now(found["none"])}).differences
    assert words in str(difference)
    assert difference.ratio == math.inf


def test_missing_and_new_quantities_and_regimes_are_differences(found, baseline):
    fewer = dict(baseline.regimes["none"].quantities)
    fewer["surprise"] = fewer.pop("kl")
    kept = {"none": replace(baseline.regimes["none"], quantities=fewer)}
    result = check(replace(baseline, regimes=kept), found)
    assert {(each.where, each.quantity, each.kind) for each in result.differences} == {
        ("none", "surprise", "missing"),
        ("none", "kl", "new"),
        ("forced", "", "new"),
    }


def test_regimes_that_are_not_asked_for_are_said_to_be_skipped(found, baseline):
    result = check(baseline, {"none": found["none"]})
    assert result.agrees
    assert result.notes == ("not checked, though the baseline has it: forced",)


def test_another_game_is_refused_with_every_key_that_differs(baseline):
    other = Params().replace({"finetuning.cost": 0.06, "users.segments.high.accuracy": 0.9})
    with pytest.raises(InputError) as refusal:
        check(baseline, {"none": solve(other, regime="none")}, name="mine")
    text = str(refusal.value)
    assert "mine: the baseline is of another game: finetuning.cost is 0.06 here, 0.05 in the" in text
    assert "users.segments.high.accuracy is 0.9 here, 0.95 in the baseline" in text
    assert len(refusal.value.problems) == 2


def test_another_selection_is_refused(baseline):
    with pytest.raises(InputError, match="the baseline has selection initial, this is lowest"):
        check(baseline, {"none": solve(Params(), regime="none", selection="lowest")})


def test_a_default_that_moved_is_no_other_game_but_said(found, baseline):
    """The key is stated neither now nor then, so that the library has moved."""
    moved = Params(
        finetuning=Finetuning.model_construct(_fields_set=set(), **{**dict(Finetuning()), "cost": 0.06})
    )
    result = check(baseline, {"forced": solve(moved, regime="forced")})
    assert result.differences[0].quantity == "finetuning_cost"
    assert "the default of finetuning.cost is 0.06 now, 0.05 in the baseline" in result.notes


def test_a_key_that_a_baseline_does_not_know_has_its_default(found, baseline, tmp_path):
    key = "platform.training_exponent"
    old = replace(baseline, params={name: value for name, value in baseline.params.items() if name != key})
    result = check(old, found)
    assert (result.agrees, result.notes) == (True, ())
    assert update(tmp_path / "golden.json", old, found, old.tolerances).changes == ()
    other = {"none": solve(found["none"].params.replace({key: 3.0}), regime="none")}
    with pytest.raises(InputError, match=f"{key} is 3.0 here, absent in the baseline"):
        check(old, other)


def test_where_numbers_came_from_is_no_part_of_the_game(tmp_path):
    values = {"dist": "empirical", "values": [0.2, 0.4, 0.5]}
    one, other = (
        Params.model_validate({"model": {"outputs": {**values, "file": file, "column": "y"}}})
        for file in ("old.csv", "new.csv")
    )
    baseline = Baseline.of({"none": solve(one, regime="none")})
    assert check(baseline, {"none": solve(other, regime="none")}).agrees


def tied():
    """Two games on either side of the fixed cost at which fine-tuning stops to pay."""
    free = Params().replace({"finetuning.cost": 0.0})
    gain = solve(free, regime="forced").profit - solve(free, regime="none").profit
    return [solve(Params().replace({"finetuning.cost": gain + each})) for each in (-1e-8, 1e-8)]


def test_a_flip_of_a_game_that_is_nearly_tied_is_called_fragile():
    before, after = tied()
    assert (before.intensity, after.intensity) == (4.0, 0.0)
    assert before.certificate.status.certified
    after = replace(after, params=before.params)
    result = check(Baseline.of({"endogenous": before}), {"endogenous": after})
    assert any("endogenous is fragile" in note for note in result.notes)


def test_a_flip_of_a_game_that_is_not_tied_is_not_called_fragile(found):
    flipped = replace(found["forced"], params=found["none"].params, regime="none")
    result = check(Baseline.of({"none": found["none"]}), {"none": flipped})
    assert "quality" in {each.quantity for each in result.differences}
    assert not any("fragile" in note for note in result.notes)


def test_other_versions_are_named_when_something_moved(found, baseline):
    old = replace(baseline, versions={**baseline.versions, "numpy": "1.0"})
    assert check(old, found).notes == ()
    now = {"none": changed(found["none"], mean=0.4)}
    assert any("written with numpy 1.0; this is numpy" in note for note in check(old, now).notes)


def test_updates_say_what_changes_and_touch_nothing_that_does_not(found, baseline, tmp_path):
    file = tmp_path / "golden.json"
    before = file.read_bytes()
    same = update(file, baseline, found, baseline.tolerances)
    assert (same.created, same.changes) == (False, ())
    same.write()
    assert file.read_bytes() == before

    other = {"forced": solve(LOW_COST, regime="forced")}
    changing = update(file, baseline, other, baseline.tolerances)
    assert changing.changes[0] == "finetuning.cost: 0.05 → 0.02"
    assert "none is no longer kept" in changing.changes
    assert any("finetuning_cost is 0.02, expected 0.05" in line for line in changing.changes)
    assert file.read_bytes() == before
    changing.write()
    assert check(Baseline.read(file), other).agrees


def test_tolerances_are_kept_and_checked_by_name(found, tmp_path):
    tolerances = Tolerances(Tolerance(1e-8, 1e-7)).changed(own={"participation.high": 1e-5})
    Baseline.of(found, tolerances).write(tmp_path / "golden.json")
    assert Baseline.read(tmp_path / "golden.json").tolerances == tolerances
    with pytest.raises(InputError, match=r"unknown quantity participation.hihg: did you mean"):
        Baseline.of(found, Tolerances().changed(own={"participation.hihg": 1e-5}))


def test_a_baseline_is_of_one_game(found):
    with pytest.raises(InputError, match="one game and one selection rule"):
        Baseline.of({**found, "planner": solve(LOW_COST, regime="planner")})


@pytest.mark.parametrize("values", [{"atol": -1.0}, {"rtol": math.nan}, {"atol": math.inf, "rtol": -1.0}])
def test_tolerances_are_numbers_from_zero_on(values):
    with pytest.raises(InputError) as refusal:
        Tolerance(**values)
    assert len(refusal.value.problems) == len(values)


def test_games_of_a_folder_are_paired_by_name(tmp_path):
    games, golden = tmp_path / "games", tmp_path / "golden"
    games.mkdir()
    golden.mkdir()
    for name in ("a.toml", "b.json", "notes.txt"):
        (games / name).touch()
    for name in ("a.json", "c.json"):
        (golden / name).touch()
    pairing = pair(games, golden)
    assert pairing.games == {
        "a": (games / "a.toml", golden / "a.json"),
        "b": (games / "b.json", golden / "b.json"),
    }
    assert pairing.extra == (golden / "c.json",)
    assert pair(games / "a.toml", golden).games == {"a": (games / "a.toml", golden / "a.json")}
    assert pair(None, Path("x.json")).games == {"paper": (None, Path("x.json"))}
