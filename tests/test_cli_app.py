import platform
import shlex
import sys
from importlib.metadata import version

import pytest

import eqsolve
from eqsolve_cli.app import app

COMMANDS = [command.name for command in app.registered_commands]


def test_version_names_what_results_depend_on(run):
    lines = run("--version").stdout.splitlines()
    assert lines == [
        f"eqsolve {eqsolve.__version__}",
        f"Python {platform.python_version()}",
        f"numpy {version('numpy')}",
        f"scipy {version('scipy')}",
    ]
    assert eqsolve.__version__ == version("eqsolve")


@pytest.mark.parametrize(
    "line", [["--help"], *([*command.split(), "--help"] for command in COMMANDS), ["--version"]]
)
def test_help_is_instant(shell, line):
    code = (
        "import sys; from eqsolve_cli.app import main\n"
        f"sys.argv[1:] = {line!r}\n"
        "try: main()\n"
        "finally: print('modules', *{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    modules = set(shell(f'{shlex.quote(sys.executable)} -c "{code}"').stderr.split())
    assert "typer" in modules
    assert not modules & {"numpy", "scipy", "matplotlib", "eqsolve"}
    # Typer itself takes pydantic to describe the options of a command.
    assert len(line) > 1 or not modules & {"pydantic", "rich"}


def test_a_solve_takes_no_module_that_it_does_not_need(shell):
    code = (
        "import sys; from eqsolve_cli.app import main\n"
        "sys.argv[1:] = ['solve', 'examples/paper.toml']\n"
        "try: main()\n"
        "finally: print('modules', *sys.modules, file=sys.stderr)"
    )
    modules = set(shell(f'{shlex.quote(sys.executable)} -c "{code}"').stderr.split())
    assert "eqsolve.induction" in modules
    assert not modules & {"scipy", "matplotlib", "pandas", "numpy.ma", "numpy.random", "numpy.testing"}


def test_help_names_every_command(run):
    text = run("--help").stdout
    listed = [line.split()[0] for line in text.partition("Commands:")[2].splitlines() if line]
    assert listed == [command for command in COMMANDS if command != "sweep merge"]


def test_without_a_command_there_is_help_and_exit_2(run):
    result = run()
    assert result.exit_code == 2
    assert "Usage:" in result.output


def test_wrong_use_names_the_choices(run):
    result = run("solve", "--regime", "monopoly")
    assert result.exit_code == 2
    assert "expected one of none, forced, endogenous, planner" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("line", ["--help", "solve", "solve --json", "schema"])
def test_a_closed_pipe_is_quiet(shell, line):
    done = shell(f"{{ sleep 0.2; eqsolve {line}; }} | true")
    assert done.stderr == ""


def fail_with(error):
    def solve(*args, **options):
        raise error

    return solve


def test_interruption_exits_with_130(run, monkeypatch):
    monkeypatch.setattr("eqsolve.equilibrium._solve_batch", fail_with(KeyboardInterrupt()))
    result = run("solve")
    assert result.exit_code == 130
    assert result.stderr == "interrupted: nothing is kept but files that are said to be written\n"


def test_a_defect_is_not_mistaken_for_a_failed_comparison(run, monkeypatch):
    monkeypatch.setattr("eqsolve.equilibrium._solve_batch", fail_with(ZeroDivisionError("a defect")))
    result = run("solve")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("error: this is a defect of eqsolve")


def test_text_that_the_stream_cannot_encode_is_spelled(shell):
    done = shell("eqsolve solve", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "beta* " in done.stdout
