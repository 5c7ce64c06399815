"""The grammar that all commands share: FILE, help, loudness, words for what is wrong, completion."""

import inspect
import os
import shlex

import pytest
from rich.cells import cell_len

from eqsolve import Params, solve
from eqsolve.presets import preset_names, read_preset
from eqsolve_cli import app as application
from eqsolve_cli.app import app

COMMANDS = {command.name: command for command in app.registered_commands}
ABOUT_A_GAME = {
    "solve": (),
    "compare": ("--regime", "none", "--regime", "forced"),
    "sweep": ("--vary", "finetuning.cost=0,0.1"),
    "threshold": ("--of", "finetuning.cost", "--range", "0.1:0.2"),
    "sensitivity": ("--regime", "none"),
    "simulate": ("--users", "20", "--rounds", "1"),
    "findings": ("--points", "2", "--only", "2"),
}


@pytest.fixture
def game(tmp_path):
    file = tmp_path / "game.toml"
    file.write_text(read_preset("closed-form"))
    return file


@pytest.mark.parametrize("command", ABOUT_A_GAME)
def test_a_game_is_a_file_or_params_and_not_both(run, game, command):
    options = ABOUT_A_GAME[command]
    named, by_option = run(command, game, *options), run(command, "--params", game, *options)
    assert (named.exit_code, named.stdout) == (by_option.exit_code, by_option.stdout)
    assert named.output
    both = run(command, game, "--params", game, *options)
    assert (both.exit_code == 2 and "not both" in both.stderr) or "expected one" in both.stderr


@pytest.mark.parametrize("text", ["[finetuning]\ncost = 0.02\n", '{"finetuning": {"cost": 0.02}}'])
def test_stdin_is_a_game(shell, tmp_path, text):
    (tmp_path / "text").write_text(text)
    done = shell("eqsolve solve - --json < text")
    assert done.stdout == solve(Params().replace({"finetuning.cost": 0.02})).to_json() + "\n"


def test_what_is_wrong_in_stdin_is_named_with_its_line(shell):
    done = shell("printf '[finetuning]\\ncsot = 1' | eqsolve solve -")
    assert done.returncode == 2
    assert done.stderr.startswith("error: stdin:2: unknown key finetuning.csot: did you mean cost?")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_starts_with_two_examples_and_fits(run, name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = run(*name.split(), "-h").stdout
    assert text == run("help", *name.split()).stdout
    assert text.startswith("Examples:\n  eqsolve ")
    examples = text.partition("\n\n")[0].replace("\\\n", "").splitlines()[1:]
    assert len(examples) == 2
    assert all(example.startswith("  eqsolve ") for example in examples)
    assert max(map(cell_len, text.splitlines())) <= 80
    assert "-q, --quiet" in text and "-v, --verbose" in text


@pytest.mark.parametrize(
    "example", [each for pair in application.COMMANDS.values() for each in pair], ids=lambda text: text[8:40]
)
def test_examples_are_lines_that_the_commands_read(run, game, example):
    """With one option more, which no command has: nothing else is wrong with them."""
    line = shlex.split(example.partition(" > ")[0])[1:]
    result = run(*line, "--no-such-option")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: unknown option --no-such-option")


def test_summaries_fit_their_lines(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    listed = run("--help").stdout.partition("Commands:\n")[2].splitlines()
    names = [name for name in COMMANDS if " " not in name]
    assert [line.split()[0] for line in listed] == names
    assert not any(line.endswith("...") for line in listed)
    order = ("init", "solve", "compare", "sweep", "plot", "phase", "threshold", "sensitivity", "findings")
    assert [name for name in names if name in order] == list(order)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            ["solve", "--regime", "none", "--regime", "forced"],
            "--regime is given 2 times: it takes one value",
        ),
        (["threshold", "--of", "a", "--of", "b"], "--of is given 2 times: it takes one value"),
        (["solve", "--regime", "endogenus"], '--regime "endogenus" is unknown: did you mean endogenous?'),
        (
            ["solve", "--regime", "none,forced"],
            '--regime "none,forced" are 2 values: expected one of none, forced, endogenous, planner',
        ),
        (
            ["compare", "--regime", "none,forcd"],
            '--regime "none,forcd" is unknown: repeat the option: --regime none --regime forced',
        ),
        (
            ["solve", "--policy", "quality-floor"],
            '--policy "quality-floor" sets nothing: expected NAME=VALUE',
        ),
        (["findings", "--domain", "tastse"], "--domain tastse: did you mean tastes?"),
        (["findings", "--points", "many"], '--points "many": expected a whole number'),
        (["compare", "--rtol", "small"], '--rtol "small": expected a number'),
        (["solve", "--digits", "99"], '--digits "99": expected a whole number from 0 to 15'),
        (["threshold"], "--of is missing: expected KEY"),
        (["slove"], "unknown command slove: did you mean solve?"),
        (["solve", "--regme", "none"], "unknown option --regme: did you mean --regime?"),
        (["solve", "--set"], "--set needs a value"),
        (["solve", "-q", "-v"], "--quiet and --verbose exclude each other"),
        (["sweep", "x.toml", "--spec", "y.toml"], "--spec says the whole sweep: FILE belong into y.toml"),
    ],
)
def test_whatever_is_wrong_is_an_error_line(run, line, message):
    result = run(*line)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[0] == f"error: {message}"
    assert all(each.startswith("hint: ") for each in result.stderr.splitlines()[1:])


def test_how_much_is_said(run):
    line = ("solve", "--output", "a.json")
    quiet, usual, verbose = (run(*line, *flags).stderr for flags in (("-q",), (), ("-v",)))
    assert quiet == ""
    assert usual == "wrote a.json\n"
    assert "game: preset paper" in verbose and "done in" in verbose and "wrote a.json" in verbose


def test_a_sweep_says_which_game_it_takes(run, game):
    line = ("sweep", "--vary", "finetuning.cost=0,0.1", "--regime", "none")
    assert "sweeping the preset paper" in run(*line).stderr
    assert "preset" not in run(*line, game).stderr


def complete(shell, line):
    words = shlex.split(line)
    env = {"_EQSOLVE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    return shell("eqsolve", **env).stdout.split()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("eqsolve solve --set finetuning.c", ["finetuning.cost=", "finetuning.choice="]),
        ("eqsolve threshold --of users.mis", ["users.misfit_cost"]),
        ("eqsolve sweep --vary users.match.k", ["users.match.kind="]),
        ("eqsolve init --preset ", preset_names()),
        ("eqsolve sens", ["sensitivity"]),
        ("eqsolve plot costs.csv --y wel", ["welfare"]),
        ("eqsolve plot costs.csv --x users.mis", ["users.misfit_cost"]),
        ("eqsolve plot costs.csv --against n", ["none"]),
        ("eqsolve solve --fix q", ["quality="]),
        ("eqsolve solve --policy quality", ["quality-floor="]),
    ],
)
def test_shells_complete_what_the_game_has(shell, line, found):
    if line.endswith(" "):
        words = line.split()
        env = {"_EQSOLVE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
        assert shell("eqsolve", **env).stdout.split() == found
    else:
        assert complete(shell, line) == found


def test_no_function_is_longer_than_a_screen():
    for module in os.listdir(os.path.dirname(application.__file__)):
        if module.endswith(".py") and module != "__init__.py":
            loaded = __import__(f"eqsolve_cli.{module[:-3]}", fromlist=["_"])
            for name, function in inspect.getmembers(loaded, inspect.isfunction):
                if function.__module__ == loaded.__name__:
                    assert len(inspect.getsourcelines(function)[0]) <= 60, f"{module}: {name}"
