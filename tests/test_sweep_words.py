"""Sweeps over words, such as functional forms: every file and figure carries them as words."""

import json

import numpy as np
import pytest

from eqsolve import InputError, Params, solve, sweep
from eqsolve.params.words import words_of
from eqsolve.sweeps.axes import Axis, changes_of, parse_axis
from eqsolve.sweeps.readers import read_frame

KIND, LAW, COST = "users.match.kind", "users.transaction_cost.dist", "finetuning.cost"
LINE = ("sweep", "--vary", f"{KIND}=gaussian,linear", "--vary", f"{COST}=0,0.2")


def test_words_are_values_of_an_axis():
    assert parse_axis(f"{KIND}=gaussian,linear") == Axis(KIND, ("gaussian", "linear"))
    axis = parse_axis(f"{LAW}=uniform, lognormal( sigma = 0.5 )".replace(" = ", "="))
    assert axis.values == ("uniform", "lognormal(sigma=0.5)")
    assert parse_axis("model.outputs.dist=beta(a=2, b=3)").values == ("beta(a=2 b=3)",)
    assert axis.numbers == (0, 1)
    assert changes_of(LAW, "lognormal(sigma=0.5)") == {LAW: "lognormal", "users.transaction_cost.sigma": 0.5}
    assert changes_of(COST, 0.1) == {COST: 0.1}


def test_rows_are_what_solve_says():
    found = sweep(Params(), {KIND: ["gaussian", "linear"], COST: [0.0, 0.2]})
    assert found.summary.certified
    assert found.table[KIND].tolist() == ["gaussian", "gaussian", "linear", "linear"]
    for kind, cost, profit in zip(*(found.table[name] for name in (KIND, COST, "profit")), strict=True):
        alone = solve(Params().replace({KIND: kind, COST: float(cost)}))
        assert profit == pytest.approx(alone.profit, rel=1e-9)
    assert f"jump.{KIND}" not in found.table, "nothing is between two words"
    assert f"jump.{COST}" in found.table


def test_a_word_may_bring_the_keys_that_it_needs():
    found = sweep(Params(), [f"{LAW}=uniform,lognormal(sigma=0.5)"])
    alone = solve(Params().replace({LAW: "lognormal", "users.transaction_cost.sigma": 0.5}))
    assert found.table["profit"][1] == pytest.approx(alone.profit, rel=1e-9)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.nc"])
def test_all_files_carry_words(run, tmp_path, name):
    assert run(*LINE, "--output", name, "--plot", "a.png").exit_code == 0
    frame = read_frame(tmp_path / name)
    assert frame.keys == (KIND, COST)
    assert frame.columns[KIND].tolist() == ["gaussian", "gaussian", "linear", "linear"]
    assert frame.columns[COST].tolist() == [0.0, 0.2, 0.0, 0.2]
    for line in ((), ("--x", COST, "--y", "profit"), ("--x", KIND, "--y", "profit")):
        assert run("plot", name, "--output", "b.png", *line).exit_code == 0


def test_axes_of_figures_carry_words():
    from eqsolve.sweeps.figures import sweep_figure
    from eqsolve.sweeps.readers import Frame

    found = sweep(Params(), {KIND: ["linear", "gaussian"], COST: [0.0, 0.2]})
    frame = Frame(found.table)
    (lines, *_) = sweep_figure(frame, KIND, "profit").axes
    assert [tick.get_text() for tick in lines.get_xticklabels()] == ["linear", "gaussian"]
    (mapped, *_) = sweep_figure(frame, COST, KIND, "intensity").axes
    assert [tick.get_text() for tick in mapped.get_yticklabels()] == ["linear", "gaussian"]


def test_an_interrupted_sweep_over_words_continues(run, tmp_path, monkeypatch):
    from eqsolve.sweeps import work

    run(*LINE, "--output", "whole.csv")
    solve_points = work.solve_points
    monkeypatch.setattr(work, "solve_points", lambda *task: (_ for _ in ()).throw(KeyboardInterrupt()))
    assert run(*LINE, "--output", "a.csv").exit_code == 130
    monkeypatch.setattr(work, "solve_points", solve_points)
    run(*LINE, "--output", "a.csv", "--force")
    rows = [
        [line for line in (tmp_path / name).read_text().splitlines() if not line.startswith("#")]
        for name in ("whole.csv", "a.csv")
    ]
    assert rows[0] == rows[1] and len(rows[0]) == 5


def test_two_sweeps_over_words_are_compared(run, tmp_path):
    assert run(*LINE, "--output", "a.csv").exit_code == 0
    (tmp_path / "b.csv").write_text((tmp_path / "a.csv").read_text().replace("linear", "quadratic"))
    assert run("compare", "a.csv", "b.csv").exit_code == 1
    assert f"{KIND}=linear" in run("compare", "a.csv", "b.csv").stdout


def test_a_spec_may_list_words(run, tmp_path):
    (tmp_path / "s.toml").write_text(f'[vary]\n"{KIND}" = ["gaussian", "linear"]\n"{COST}" = [0, 0.2]\n')
    assert run("sweep", "--spec", "s.toml").stdout == run(*LINE).stdout


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        ([f"{KIND}=gausian,linear"], [f'{KIND} = "gausian" is unknown: did you mean gaussian?']),
        ([f"{COST}=cheap"], [f'"{COST}=cheap": "cheap" is not a finite number']),
        ([f"{KIND}=1"], [f"{KIND} takes words: expected some of gaussian, linear, quadratic"]),
        (["model.outputs.dist=uniform,beta"], ["missing key model.outputs.a", "missing key model.outputs.b"]),
        ([f"{LAW}=lognormal(sigma)"], ['"sigma": expected NAME=NUMBER']),
        (["users.match.knd=linear"], ["unknown key users.match.knd: did you mean users.match.kind?"]),
        (
            [f"{KIND}=gaussian,linear", "users.match.breadth=0.2,0.3"],
            [f"at the point {KIND} = linear, users.match.breadth = 0.2: unknown key users.match.breadth"],
        ),
    ],
    ids=lambda value: value[0][:40],
)
def test_what_is_wrong_with_words_is_named_once(run, line, messages):
    result = run("sweep", *(text for each in line for text in ("--vary", each)))
    assert (result.exit_code, result.stdout) == (2, "")
    errors = [each for each in result.stderr.splitlines() if each.startswith("error: ")]
    assert len(errors) == len(messages)
    assert all(message in error for message, error in zip(messages, errors, strict=True))


def test_words_are_known_from_the_records():
    assert words_of(Params())[KIND] == ("gaussian", "linear", "quadratic")
    with pytest.raises(InputError):
        sweep(Params(), {KIND: ["gaussian", 1.0]})


def test_a_choice_of_intensity_may_vary():
    found = sweep(Params(), {"finetuning.choice": ["binary", "continuous"], COST: [0.0, 0.2, 0.4]})
    jumps = found.table[f"jump.{COST}"].reshape(2, 3)
    tuned = (found.table["intensity"] > 0).reshape(2, 3)
    assert np.array_equal(jumps[0, 1:], tuned[0, 1:] != tuned[0, :-1])
    assert json.loads(json.dumps(found.question.to_dict())) == found.question.to_dict()
    assert type(found.question).from_dict(found.question.to_dict()).design == found.question.design
