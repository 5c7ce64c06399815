"""`eqsolve compare` says and draws why users gain or lose."""

import json

import pytest

from eqsolve import Params, decompose, solve

REGIMES = ("--regime", "none", "--regime", "forced", "--regime", "endogenous")


@pytest.fixture(scope="module")
def expected():
    return decompose(solve(Params(), regime="none"), solve(Params(), regime="forced"))


def section(text):
    """The lines below the heading of the decomposition, by their first words."""
    _, _, below = text.partition("Why users gain or lose, none → forced, endogenous\n")
    return dict(line.strip().split("  ", 1) for line in below.splitlines() if "  " in line.strip())


def test_the_table_shows_every_term_and_the_split_by_tastes(run, expected):
    done = run("compare", *REGIMES)
    assert done.exit_code == 0, done.output
    rows = section(done.stdout)
    parts = (*expected.segments, expected.total)
    shown = {
        "initial quality": [part.terms.initial_quality for part in parts],
        "quality regained": [part.terms.quality_regained for part in parts],
        "outputs moved": [part.terms.outputs_moved for part in parts],
        "· popular tastes": [part.popular.outputs_moved for part in parts],
        "· niche tastes": [part.niche.outputs_moved for part in parts],
        "personal feedback": [part.terms.personal_feedback for part in parts],
        "change in surplus": [part.change for part in parts],
    }
    for name, values in shown.items():
        assert [float(cell) for cell in rows[name].split()] == pytest.approx(values, abs=6e-6), name


def test_words_say_who_loses_and_why(run):
    text = " ".join(run("compare", *REGIMES).stdout.split())
    assert "segment low loses 0.1239 per user: lower initial quality and misleading personal feedback" in text
    assert "no user gains, 92.2% lose" in text


def test_a_change_of_nothing_is_told_in_a_line(run):
    done = run("compare", "--set", "finetuning.cost=1", "--regime", "none", "--regime", "endogenous")
    assert done.stdout.endswith("Why users gain or lose, none → endogenous\n  - nobody gains or loses\n")


def test_json_has_the_decompositions(run, expected):
    document = json.loads(run("compare", *REGIMES, "--format", "json").stdout)
    (found,) = document["decompositions"]
    assert found.pop("title") == "none → forced, endogenous"
    assert found == json.loads(expected.to_json())


def test_results_without_a_companion_of_their_game_have_none(run):
    run("init", "one.toml")
    run("init", "other.toml", "--preset", "closed-form")
    done = run("compare", "one.toml", "other.toml", "--regime", "none")
    assert done.exit_code == 0, done.output
    assert "Why users gain or lose" not in done.stdout


@pytest.mark.parametrize("name", ["why.png", "why.svg", "why.pdf"])
def test_plot_draws_the_decomposition(run, tmp_path, name):
    done = run("compare", "--regime", "none", "--regime", "forced", "--plot", name)
    assert done.exit_code == 0, done.output
    assert f"wrote {name}" in done.stderr
    assert (tmp_path / name).stat().st_size > 5_000


def test_a_plot_of_another_kind_is_refused_before_solving(run, tmp_path):
    done = run("compare", "--plot", "why.bmp")
    assert done.exit_code == 2
    assert "why.bmp" in done.stderr and not (tmp_path / "why.bmp").exists()
