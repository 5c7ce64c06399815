import json
import sys

import pytest

import eqsolve
from eqsolve import Params, equilibrium, solve
from eqsolve.status import Status

TOML = """
[finetuning]
cost = 0.02
"""


def strict_json(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def game(tmp_path):
    file = tmp_path / "game.toml"
    file.write_text(TOML)
    return file


@pytest.fixture
def uncertified(monkeypatch):
    """Make `solve` return results that are not certified, as they are after a failed check."""

    def doubt(games, regime, selection, table, at):
        solve_batch(games, regime, selection, table, at)
        table["status"][at] = Status("unresolved")

    solve_batch = equilibrium._solve_batch
    monkeypatch.setattr(equilibrium, "_solve_batch", doubt)


def test_json_is_the_result_of_the_library(run, game):
    result = run("solve", "--params", game, "--json")
    assert result.exit_code == 0
    assert result.stdout == solve(Params.from_file(game)).to_json() + "\n"
    assert result.stderr == ""


def test_json_is_strict_where_there_is_no_number(run):
    document = strict_json(run("solve", "--regime", "none", "--json").stdout)
    assert document["equilibrium"]["feedback_quality"] is None


@pytest.mark.parametrize("regime", ["none", "forced", "endogenous", "planner"])
def test_options_reach_the_library(run, game, regime):
    line = ["--set", "finetuning.cost=0.2", "--set", "users.segments.high.share=0.5", "--regime", regime]
    document = strict_json(run("solve", "--params", game, *line, "--selection", "highest", "--json").stdout)
    params = Params.from_file(game, {"finetuning.cost": 0.2, "users.segments.high.share": 0.5})
    assert document == strict_json(solve(params, regime=regime, selection="highest").to_json())
    assert [segment["share"] for segment in document["params"]["users"]["segments"]] == [0.5, 0.5]


def test_without_params_the_game_is_the_preset_paper(run):
    assert strict_json(run("solve", "--json").stdout)["params"] == Params().model_dump(mode="json")


def test_a_result_file_can_be_solved_again(run, tmp_path):
    first = run("solve", "--set", "finetuning.cost=0.2", "--json", "--output", "result.json")
    assert run("solve", "--params", tmp_path / "result.json", "--json").stdout == first.stdout


def test_output_is_what_json_prints(run, tmp_path):
    result = run("solve", "--json", "--all-equilibria", "--output", "result.json")
    assert (tmp_path / "result.json").read_text() == result.stdout
    assert result.stderr == "wrote result.json\n"
    assert strict_json(result.stdout)["equilibrium"]["equilibria"]


def test_output_is_replaced(run, tmp_path):
    (tmp_path / "result.json").write_text("old")
    assert run("solve", "--output", "result.json").exit_code == 0
    assert strict_json((tmp_path / "result.json").read_text())["schema"] == "eqsolve/equilibrium/2"


@pytest.mark.parametrize(("name", "magic"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.PDF", b"%PDF")])
def test_plot_writes_a_figure(run, tmp_path, name, magic):
    result = run("solve", "--plot", name)
    assert (result.exit_code, result.stderr) == (0, f"wrote {name}\n")
    assert (tmp_path / name).read_bytes().startswith(magic)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["--params", "missing.toml"], "error: missing.toml"),
        (["--params", "."], "error: ."),
        (["--set", "finetuning.cots=1"], "error: unknown key finetuning.cots: did you mean cost?"),
        (["--set", "finetuning.cost=-1"], "error: finetuning.cost"),
        (["--set", "finetuning.cost"], 'error: --set "finetuning.cost" sets nothing: expected KEY=VALUE'),
        (["--output", "result.txt"], "error: result.txt: unknown extension: end the name in .json"),
        (["--output", "missing/result.json"], "error: missing/result.json: cannot be written"),
        (["--plot", "plot.gif"], "error: plot.gif: unknown extension: end the name in .png or .svg or .pdf"),
        (["--plot", "missing/plot.png"], "error: missing/plot.png: cannot be written"),
    ],
)
def test_bad_input_is_said_before_anything_is_solved_or_written(run, tmp_path, monkeypatch, line, message):
    monkeypatch.setattr("eqsolve.equilibrium._solve_batch", lambda *args: pytest.fail("solved"))
    result = run("solve", *line)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(message)
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_every_problem_is_an_error_line_and_advice_comes_last(run, tmp_path):
    (tmp_path / "bad.toml").write_text("[finetuning]\ncots = 1\nlearning = -1\n")
    lines = run("solve", "--params", "bad.toml").stderr.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["error:", "error:", "hint:"]
    assert lines[0].startswith("error: bad.toml:2: ")
    assert lines[1].startswith("error: bad.toml:3: ")


def test_the_params_file_is_never_replaced(run, tmp_path):
    (tmp_path / "game.json").write_text("{}")
    result = run("solve", "--params", "game.json", "--output", "game.json")
    assert result.exit_code == 2
    assert (tmp_path / "game.json").read_text() == "{}"


def test_when_solving_fails_files_stay_as_they_were(run, tmp_path, monkeypatch):
    def fail(*args, **options):
        raise RuntimeError("a defect")

    monkeypatch.setattr("eqsolve.equilibrium._solve_batch", fail)
    (tmp_path / "result.json").write_text("old")
    assert run("solve", "--output", "result.json", "--plot", "plot.png").exit_code == 2
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_when_drawing_fails_the_results_are_there(run, tmp_path, monkeypatch):
    def fail(equilibrium):
        raise RuntimeError("a defect")

    monkeypatch.setattr("eqsolve.figures.equilibrium_figure", fail)
    result = run("solve", "--output", "result.json", "--plot", "plot.png")
    assert result.exit_code == 2
    assert "Payoffs" in result.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["result.json"]
    assert strict_json((tmp_path / "result.json").read_text())["certificate"]["status"] == "certified"


def test_a_full_disk_is_a_message(run, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    result = run("solve", "--output", "result.json")
    assert result.exit_code == 2
    assert result.stderr == "error: result.json: cannot be written: No space left on device\n"


def test_what_is_not_certified_is_shown_and_exits_with_3(run, tmp_path, uncertified):
    result = run("solve", "--output", "result.json")
    assert result.exit_code == 3
    assert "NOT CERTIFIED" in result.stdout
    assert result.stderr.splitlines()[-1].startswith("warning: not certified: ")
    assert strict_json((tmp_path / "result.json").read_text())["certificate"]["status"] == "unresolved"


def test_of_a_game_that_is_not_solved_no_figure_is_drawn(run, tmp_path):
    line = ["--set", "users.match.breadth=0.0001", "--set", "finetuning.strength=1000"]
    result = run("solve", *line, "--output", "result.json", "--plot", "plot.png")
    assert result.exit_code == 3
    assert [file.name for file in tmp_path.iterdir()] == ["result.json"]
    assert strict_json((tmp_path / "result.json").read_text())["equilibrium"]["profit"] is None


def test_without_matplotlib_plots_say_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in ("figures", "drawing"):
        monkeypatch.delitem(sys.modules, f"eqsolve.{name}", raising=False)
        monkeypatch.delattr(eqsolve, name, raising=False)
    result = run("solve", "--plot", "plot.png")
    assert result.exit_code == 2
    assert "pip install 'eqsolve[plot]'" in result.stderr
    assert not list(tmp_path.iterdir())


def test_the_answer_comes_first_and_brief_is_only_that(run, game):
    brief, whole = run("solve", game, "--brief"), run("solve", game)
    assert brief.exit_code == 0
    assert 3 <= len(brief.stdout.splitlines()) <= 5
    assert whole.stdout.startswith(brief.stdout)
    assert len(whole.stdout.splitlines()) > 20
    assert "platform gains" in brief.stdout and "users lose" in brief.stdout


def test_what_is_not_certified_is_not_hidden_by_brief(run, uncertified):
    result = run("solve", "--brief")
    assert result.exit_code == 3
    assert "NOT CERTIFIED" in result.stdout
