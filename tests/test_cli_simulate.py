import csv
import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import get_args

import pytest

import eqsolve
from eqsolve_cli import simulate as command

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "simulation.md").read_text()
SMALL = ("--users", "60", "--rounds", "3", "--ratings", "2")


def rows(path):
    lines = path.read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_the_report_has_rounds_beside_the_equilibrium(run):
    result = run("simulate", *SMALL, "--seed", "1")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1:3] == ["60 users", "3 rounds, 2 ratings each, start initial, seed 1"]
    assert [line.split()[0] for line in lines[6:11]] == ["round", "0", "1", "2", "3"]
    target = next(line for line in lines if line.split()[:1] == ["equilibrium"])
    assert target.split()[1:] == ["0.83191", "0.93233", "0.59759", "0.61985", "0.18475", "0.50000", "0.06815"]
    assert "\x1b" not in result.stdout


def test_many_segments_have_a_table_of_their_own(run):
    game = ROOT / "examples" / "three-segments.toml"
    text = run("simulate", "--params", game, *SMALL, "--quality", "0.5").stdout
    assert "quality q = 0.50000 (given), intensity β = " in text
    assert " (regime endogenous)" in text
    assert re.search(r"^Participation by segment\n +round +(\S+ +){2}\S+$", text, re.MULTILINE)


def test_replications_have_standard_errors(run):
    text = run("simulate", *SMALL, "--replications", "3").stdout
    assert re.search(r"^ +± +0\.\d+", text, re.MULTILINE)
    assert "3 replications" in text


def test_several_sizes_give_deviations_and_slopes(run, tmp_path):
    line = ("--users", "50, 100", "--replications", "3", "--rounds", "2", "--ratings", "2")
    result = run("simulate", *line, "--output", "convergence.csv", "--plot", "convergence.svg")
    assert result.exit_code == 0
    assert "Root mean square deviation" in result.stdout
    assert re.search(r"^ +slope +[+-]\d\.\d\d", result.stdout, re.MULTILINE)
    table = rows(tmp_path / "convergence.csv")
    assert [(row["users"], row["quantity"]) for row in table[::5]] == [
        ("50", "participation"),
        ("100", "participation"),
    ]
    assert all(float(row["rms"]) >= abs(float(row["bias"])) for row in table)
    assert (tmp_path / "convergence.svg").read_text().startswith("<?xml")


def test_rounds_are_written_and_drawn(run, tmp_path):
    result = run("simulate", *SMALL, "--output", "path.csv", "--plot", "path.png")
    assert result.stderr.splitlines() == ["wrote path.csv", "wrote path.png"]
    table = rows(tmp_path / "path.csv")
    assert {row["round"] for row in table} == {"0", "1", "2", "3"}
    first = next(row for row in table if row["quantity"] == "feedback_quality")
    assert first["simulated"] == first["standard_error"] == ""
    assert (tmp_path / "path.png").read_bytes().startswith(b"\x89PNG")


def test_json_is_the_same_on_stdout_and_in_a_file(run, tmp_path):
    result = run("simulate", *SMALL, "--json", "--output", "path.json")
    assert json.loads(result.stdout) == json.loads((tmp_path / "path.json").read_text())
    assert json.loads(result.stdout)["schema"] == "eqsolve/simulation/1"


def test_the_same_seed_gives_the_same_bytes(run):
    one, two, other = (run("simulate", *SMALL, "--json", "--seed", seed).stdout for seed in (3, 3, 4))
    assert one == two != other


def test_an_unstable_equilibrium_is_called_so(run):
    game = ROOT / "examples" / "unstable-center.toml"
    text = run("simulate", "--params", game, "--users", "2000", "--seed", "1").stdout
    assert "unstable equilibrium" in text
    assert "chance leads away from it" in text
    ends = [line.split() for line in text.splitlines() if re.search(r" (yes|NO) ", line)]
    assert [row[row.index("NO" if "NO" in row else "yes") + 1] for row in ends] in (
        ["0", "1", "0"],
        ["0", "0", "1"],
    )


def test_a_platform_that_stays_empty_at_the_edge_of_a_jump_is_explained(run):
    line = ("--set", "users.match.breadth=0.1", "--set", "finetuning.personalization=0.0")
    text = run("simulate", *SMALL, *line, "--set", "finetuning.strength=20.0", "--regime", "forced").stdout
    assert re.search(r"^ +3 +0\.00000", text, re.MULTILINE)
    assert "stays empty: that equilibrium needs a first few users" in " ".join(text.split())


def test_a_draw_without_first_users_is_told_from_one_with_them(run):
    line = ("simulate", "--set", "finetuning.personalization=0", "--quality", 0.202, "--intensity", 4)
    line = (*line, "--users", 200, "--rounds", 12, "--seed", 1)
    empty, filled = run(*line).stdout, run(*line, "--start", "everybody").stdout
    assert "nobody takes part to begin with" in empty and "--start everybody" in empty
    assert "to begin with" not in filled


def test_the_starts_are_those_of_the_library():
    from eqsolve.simulation import rounds

    assert command.Start == rounds.Start
    assert set(get_args(rounds.Start)) == {"initial", *rounds.STARTS}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["--users", "0"], "error: users = 0 is out of range: expected at least 1"),
        (["--users", "100,-3"], "error: users = -3 is out of range: expected at least 1"),
        (["--users", "many"], 'error: --users: "many" is no number of users: expected one as in 5000'),
        (["--users", "100,"], 'error: --users: "" is no number of users: expected one as in 5000'),
        (["--users", "1e3"], 'error: --users: "1e3" is no number of users: expected one as in 5000'),
        (["--users", "10,10"], "error: users = 10 is listed twice"),
        (["--rounds", "0"], "error: rounds = 0 is out of range: expected at least 1"),
        (["--ratings", "0"], "error: ratings = 0 is out of range: expected at least 1"),
        (["--replications", "0"], "error: replications = 0 is out of range: expected at least 1"),
        (["--seed", "-1"], "error: seed = -1 is out of range: expected at least 0"),
        (["--revision", "2"], "error: revision = 2 is out of range: expected a share > 0 and <= 1"),
        (["--quality", "nan"], "error: quality = nan is out of range: expected a number >= 0 and <= 1"),
        (["--intensity", "-1"], "error: intensity = -1 is out of range: expected a number >= 0 and <= 1000"),
        (["--users", "100000000"], "error: users = 100000000 need 9.2"),
        (["--output", "path.txt"], "error: path.txt: unknown extension: end the name in .csv or .json"),
        (["--plot", "path.jpg"], "error: path.jpg: unknown extension: end the name in .png or .svg or .pdf"),
        (
            ["--set", "users.match.breadth=1e-4"],
            "error: there is no equilibrium to compare with: unresolved: ",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_named_and_nothing_is_written(run, tmp_path, line, message):
    outputs = [] if "--output" in line else ["--output", "out.json"]
    result = run("simulate", *line, *outputs)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(message)
    assert not list(tmp_path.iterdir())


def test_everything_wrong_is_said_at_once(run):
    result = run("simulate", "--users", "0,-1", "--rounds", "0", "--ratings", "0")
    assert len(result.stderr.splitlines()) == 4


def test_an_unknown_start_names_the_choices(run):
    result = run("simulate", "--start", "middle")
    assert result.exit_code == 2
    assert "expected one of initial, everybody, nobody, left" in result.stderr


def test_without_matplotlib_plots_say_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in ("figures", "drawing"):
        monkeypatch.delitem(sys.modules, f"eqsolve.{name}", raising=False)
        monkeypatch.delattr(eqsolve, name, raising=False)
    result = run("simulate", *SMALL, "--plot", "plot.png")
    assert result.exit_code == 2
    assert "pip install 'eqsolve[plot]'" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("line", re.findall(r"^\$ eqsolve (simulate.*)", PAGE, re.MULTILINE))
def test_the_commands_of_the_page_run_on_fewer_users(run, tmp_path, line):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    smaller = re.sub(r"\d{4,}", lambda number: str(30 * len(number[0])), line).replace("50 --", "3 --")
    smaller = re.sub(r" --rounds \d+", "", smaller)
    result = run(*smaller.split(), "--rounds", "3")
    assert result.exit_code == 0, result.stderr
    named = re.findall(r"--(?:plot|output) (\S+)", line)
    assert result.stderr.splitlines() == [f"wrote {file}" for file in named]
    assert all((tmp_path / file).stat().st_size for file in named)


def test_the_python_of_the_page_runs(capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    exec(compile(code, "simulation.md", "exec"), {})
    simulated, equilibrium = map(float, capsys.readouterr().out.split())
    assert simulated == pytest.approx(equilibrium, abs=0.03)


def test_links_and_examples_of_the_page_exist():
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target


def test_the_picture_of_the_page_is_of_its_command():
    game = "eqsolve simulate examples/paper.toml"
    assert f"$ {game} --users 5000 --rounds 40 --ratings 20 --seed 1 --plot path.png" in PAGE
    assert "](images/simulation.png)" in PAGE


def test_progress_is_shown_on_a_terminal_only(run, monkeypatch):
    monkeypatch.setattr("eqsolve_cli.progress.PATIENCE", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run("simulate", *SMALL).stderr == ""


def test_progress_is_a_bar_on_a_terminal(shell):
    code = "import eqsolve_cli.progress as p; p.PATIENCE = 0.0; from eqsolve_cli.app import main; main()"
    line = f"{shlex.quote(sys.executable)} -c '{code}' simulate --users 2000 --rounds 3 --replications 3"
    done = shell(
        f'script --quiet --return --command "{line}" /dev/null' if shutil.which("script") else "exit 77"
    )
    if done.returncode == 77:
        pytest.skip("needs script(1), which gives a command a terminal")
    assert "simulating" in done.stdout
    assert "user rounds/s" in done.stdout
