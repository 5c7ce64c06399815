"""Files say how they came about: the command that they name makes them again, byte for byte."""

import json
import re
import shlex

import numpy as np
import pytest

from eqsolve import Params, check_findings, phase_diagram, sensitivity, sign_table, solve, sweep, threshold
from eqsolve.figures import render
from eqsolve.phase import Range
from eqsolve.provenance import GAME_FILE, Provenance, hash_of, provenance
from eqsolve.simulation import converge, simulate
from eqsolve.sources import read_source
from eqsolve.sweeps.readers import read_frame

pytestmark = pytest.mark.thorough

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"
OWN = Params().replace({SCALE: 0.3, "users.segments.high.share": 0.6, COST: 1 / 3})

GAMES = {
    "the preset": Params(),
    "a few values": OWN,
    "another law": Params().replace(
        {"users.transaction_cost": {"dist": "lognormal", "scale": 0.4, "sigma": 0.3}}
    ),
    "a point": Params().replace({"users.transaction_cost.dist": "point"}),
    "other outputs": Params().replace({"model.outputs": {"dist": "beta", "a": 2.0, "b": 3.0}}),
    "one segment": Params.model_validate(
        {
            "users": {
                "segments": [{"name": "all", "share": 1.0, "accuracy": 0.9, "tastes": {"dist": "uniform"}}]
            }
        }
    ),
}


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_commands_name_the_game(game, run, tmp_path):
    """By its differences from the preset, or as a file whose content is told."""
    told = provenance("solve", game)
    (tmp_path / GAME_FILE).write_text(json.dumps(told.params))
    done = run(*shlex.split(told.command)[1:], "--json")
    assert json.loads(done.stdout)["params"] == game.model_dump(mode="json")
    assert GAME_FILE not in told.command


def test_a_game_too_far_from_the_preset_for_a_line_is_named_as_a_file(run, tmp_path):
    tastes = {"dist": "empirical", "values": [n / 997 for n in range(997)]}
    game = Params().replace({"users.segments.high.tastes": tastes})
    told = provenance("solve", game)
    assert GAME_FILE in told.command
    (tmp_path / GAME_FILE).write_text(json.dumps(told.params))
    done = run(*shlex.split(told.command)[1:], "--json")
    assert json.loads(done.stdout)["params"] == game.model_dump(mode="json")


def test_the_hash_is_that_of_the_game_alone():
    one, other = provenance("solve", OWN), provenance("phase", OWN, ("--x", "a=0:1"))
    assert one.game == other.game != provenance("solve", Params()).game
    assert one.game == hash_of(dict(reversed(OWN.model_dump(mode="json").items())))
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", one.game)


def test_lines_read_back():
    told = provenance(
        "sweep", OWN, ("--vary", [f"{COST}=0,0.1"]), regimes=["none", "forced"], selection="lowest"
    )
    for sign in ("# ", "% "):
        comment = told.comment(sign)
        assert all(line.startswith(sign) for line in comment.splitlines())
        assert Provenance.from_lines(line[2:] for line in comment.splitlines()) == told
    assert Provenance.from_lines(["x,y", "1,2"]) is None


SWEEPS = {
    "a grid": ("--vary", f"{SCALE}=0.2:0.8:4", "--vary", f"{COST}=0.05,0.1", "--regime", "none"),
    "even in the logarithm": ("--vary", f"{SCALE}=0.1:0.9:3:log", "--set", f"{COST}=0.01"),
    "a design": ("--vary", f"{COST}=0:0.1", "--design", "sobol", "--points", "4", "--seed", "3"),
    "something fixed": ("--vary", f"{COST}=0,0.1", "--fix", "quality=0.6", "--selection", "highest"),
}


@pytest.mark.parametrize("line", SWEEPS.values(), ids=SWEEPS)
def test_the_command_of_a_sweep_makes_it_again(run, tmp_path, line):
    assert run("sweep", *line, "--output", "a.csv").exit_code == 0
    told = read_frame(tmp_path / "a.csv").provenance
    assert run(*shlex.split(told.command)[1:], "--output", "b.csv").exit_code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_every_format_of_a_sweep_says_the_same(run, tmp_path):
    for suffix in (".csv", ".nc", ".parquet"):
        assert run("sweep", *SWEEPS["a grid"], "--output", f"s{suffix}").exit_code == 0
    told = [read_frame(tmp_path / f"s{suffix}").provenance for suffix in (".csv", ".nc", ".parquet")]
    first = told[0]
    assert told == [first] * 3
    assert first.regimes == ("none",) and first.params == Params().model_dump(mode="json")


def test_other_programs_skip_the_comments(run, tmp_path):
    pandas = pytest.importorskip("pandas")
    assert run("sweep", *SWEEPS["a grid"], "--output", "s.csv").exit_code == 0
    table = pandas.read_csv(tmp_path / "s.csv", comment="#")
    frame = read_frame(tmp_path / "s.csv")
    assert list(table) == list(frame.columns) and len(table) == 8
    np.testing.assert_allclose(table["profit"], frame.columns["profit"], rtol=1e-15)  # pandas 2 drops a bit


def test_comments_that_a_spreadsheet_saved_again(run, tmp_path):
    assert run("sweep", *SWEEPS["a grid"], "--output", "s.csv").exit_code == 0
    lines = (tmp_path / "s.csv").read_text().splitlines()
    quoted = ['"{}",,,'.format(line.replace('"', '""')) if line.startswith("#") else line for line in lines]
    (tmp_path / "t.csv").write_text("\r\n".join(quoted))
    assert read_frame(tmp_path / "t.csv").provenance == read_frame(tmp_path / "s.csv").provenance


def test_lines_of_problems_count_comments(run, tmp_path):
    assert run("sweep", *SWEEPS["a grid"], "--output", "s.csv").exit_code == 0
    text = (tmp_path / "s.csv").read_text()
    (tmp_path / "s.csv").write_text(f"{text}0.5,oops\n")
    done = run("plot", "s.csv", "--output", "s.png")
    assert f"s.csv:{text.count(chr(10)) + 1}: the row has 2 cells" in done.stderr


def results():
    near = (Range(SCALE, 0.1, 0.3), Range(COST, 0.0, 0.15))
    yield phase_diagram(OWN, *near, cells=2, accuracy=0.05), ()
    yield threshold(OWN, COST, low=0.0, high=0.4), ()
    yield sensitivity(OWN, regime="forced"), ()
    yield sign_table(OWN, [near[0]], points=2), ()
    yield check_findings(OWN, points=4, only=[2]), ()
    yield simulate(OWN, 200, rounds=3, regime="forced"), ("--json",)
    yield converge(OWN, [100, 200], rounds=2, replications=2), ()
    yield solve(OWN, regime="planner", fix={"quality": 0.5}), ()


def test_the_command_of_a_result_makes_it_again(run):
    for result, _ in results():
        document = json.loads(result.to_json())
        command = document["provenance"]["command"]
        done = run(*shlex.split(command)[1:], "--json")
        assert json.loads(done.stdout) == document, command
        assert document["provenance"]["game"] == hash_of(document["params"])


def test_csv_of_the_library_says_how_it_came_about():
    found = simulate(Params(), 100, rounds=2)
    assert found.to_csv().startswith(found.provenance.comment())


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_figures_say_how_they_came_about(suffix):
    found = sweep(OWN, {COST: [0.0, 0.1]})
    content = render(found.plot(y="profit"), suffix, found.question.provenance)
    if suffix == ".png":
        image = pytest.importorskip("PIL.Image")
        from io import BytesIO

        text = image.open(BytesIO(content)).info["Description"]
    elif suffix == ".svg":
        text = content.decode().replace("&quot;", '"')
    else:
        text = content.decode("latin-1").replace("\\", "")
    assert found.question.provenance.command in text
    assert content == render(found.plot(y="profit"), suffix, found.question.provenance)


def test_a_footer_and_a_mark_need_a_file_that_says_its_game(run, tmp_path):
    grid = ("sweep", "--vary", f"{SCALE}=0.2,0.6", "--vary", f"{COST}=0,0.1", "--output")
    assert run(*grid, "g.csv").exit_code == run(*grid, "g.jsonl").exit_code == 0
    assert run("plot", "g.csv", "--mark", "--footer", "--output", "g.svg").exit_code == 0
    svg = (tmp_path / "g.svg").read_text()
    told = read_source(tmp_path / "g.csv").provenance
    assert told.game.removeprefix("sha256:")[:12] in re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    assert read_source(tmp_path / "g.jsonl").provenance == told
    lines = (tmp_path / "g.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "rest.jsonl").write_text("".join(lines[1:]))
    untold = {"--mark": "does not say its game", "--footer": "does not say how it came about"}
    for option, words in untold.items():
        done = run("plot", "rest.jsonl", option, "--output", "no.svg")
        assert done.exit_code == 2 and done.stderr.startswith(f"error: {option}: rest.jsonl {words}")
    done = run("plot", "g.csv", "--mark", "--x", SCALE, "--y", "profit", "--output", "no.svg")
    assert done.exit_code == 2 and "what lies over a map needs one" in done.stderr


@pytest.mark.parametrize("line", [("solve",), ("compare", "--regime", "none", "--regime", "forced")])
def test_latex_on_stdout_says_how_it_came_about(run, line):
    shown = run(*line, "--set", f"{COST}=0.1", "--format", "latex").stdout.splitlines()
    told = Provenance.from_lines(text.removeprefix("% ") for text in shown if text.startswith("% "))
    assert told.command.startswith(f"eqsolve {line[0]} --set {COST}=0.1 --regime")
