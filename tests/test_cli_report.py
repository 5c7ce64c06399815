import math
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eqsolve import Params, solve
from eqsolve.status import Status
from eqsolve_cli.report import print_report

EQSOLVE = Path(sys.executable).parent / "eqsolve"
COLOR = re.compile(r"\x1b\[[0-9;]*m")
BOXES_AND_BLOCKS = re.compile(r"[\u2500-\u259f]")


@pytest.fixture(scope="module")
def equilibrium():
    return solve(Params(), all_equilibria=True)


def terminal(*args, **env):
    """What a terminal of 80 columns gets from the command."""
    master, slave = pty.openpty()
    env = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": "80", **env}
    process = subprocess.Popen([EQSOLVE, *args], stdout=slave, stderr=subprocess.DEVNULL, env=env)
    os.close(slave)
    chunks = []
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(master)
    assert process.wait() == 0
    return b"".join(chunks).decode().replace("\r\n", "\n")


def test_a_terminal_gets_color_bars_and_a_picture():
    text = terminal("solve")
    assert COLOR.search(text)
    assert "█" in text
    plain = COLOR.sub("", text).splitlines()
    assert len(plain) <= 50, "two screens: the answer, and the evidence"
    assert max(map(len, plain)) <= 80


def test_no_color_is_respected():
    codes = {
        code for found in COLOR.findall(terminal("solve", NO_COLOR="1")) for code in found[2:-1].split(";")
    }
    assert codes <= {"0", "1", "2"}, "more than reset, bold and dim"


@pytest.mark.parametrize("line", ["eqsolve solve", "eqsolve solve --all-equilibria"])
def test_a_pipe_gets_plain_lines(shell, line):
    text = shell(line).stdout
    assert not BOXES_AND_BLOCKS.search(text)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert not any(row.endswith(" ") for row in text.splitlines())


def test_a_terminal_and_a_pipe_get_the_same_words(shell):
    def words(text):
        kept = [word for word in COLOR.sub("", text).split() if not BOXES_AND_BLOCKS.search(word)]
        return kept[: kept.index("Outputs")] + kept[kept.index("Certificate") :]

    assert words(terminal("solve")) == words(shell("eqsolve solve").stdout)


def test_the_report_holds_what_the_result_holds(shell):
    lines = [line.split() for line in shell("eqsolve solve").stdout.splitlines()]
    found = {line[0]: line for line in reversed(lines) if line}
    assert found["profit"] == ["profit", "=", "0.27989"]
    assert found["user"] == ["user", "surplus", "+", "0.18475"]
    assert found["everyone"] == ["everyone", "0.83191", "0.18475"]
    assert found["high"][:4] == ["high", "0.7", "0.95", "0.93233"]
    assert found["initial"][2:4] == ["q*", "0.41488"]
    assert found["fine-tuning"][1:3] == ["β*", "4.00000"]
    assert found["status"][1] == "certified:"


@pytest.mark.parametrize("status", [status for status in Status if not status.certified])
def test_words_say_what_is_not_certified(equilibrium, capsys, status):
    certificate = replace(equilibrium.certificate, status=status)
    print_report(replace(equilibrium, certificate=certificate), "game")
    text = capsys.readouterr().out
    assert "NOT CERTIFIED" in text.splitlines()[1]
    assert f"{status}: {status.message}" in text


def test_numbers_that_do_not_exist_are_dashes(equilibrium, capsys):
    print_report(replace(equilibrium, feedback_quality=math.nan, profit=math.nan), "game")
    text = capsys.readouterr().out
    assert "nan" not in text
    assert re.search(r"^  profit +=  +–$", text, re.MULTILINE)


def test_of_a_game_that_is_not_solved_only_the_status_is_shown(capsys):
    unresolved = {"users.match.breadth": 1e-4, "finetuning.strength": 1000.0}
    print_report(solve(Params().replace(unresolved)), "game")
    assert [line for line in capsys.readouterr().out.splitlines() if line][2:] == [
        "Certificate",
        f"  status  unresolved: {Status.UNRESOLVED.message}",
    ]


def test_rounding_errors_are_not_shown(equilibrium, capsys):
    print_report(replace(equilibrium, kl=-1e-17, entropy=3e-15), "game")
    assert "-0.00000" not in capsys.readouterr().out


def test_all_equilibria_are_listed_with_the_one_that_is_played(equilibrium, capsys):
    print_report(equilibrium, "game")
    _, *rows = capsys.readouterr().out.partition("Participation equilibria\n")[2].splitlines()
    assert [row.startswith("  played") for row in rows] == [each.selected for each in equilibrium.equilibria]


def test_the_picture_is_as_high_as_the_density(equilibrium):
    from eqsolve_cli.report import _picture

    assert _picture([0.0, 0.5, 1.0], 1.0, rows=2).splitlines() == ["  █", " ██"]
    assert _picture([0.25, math.inf], 2.0, rows=1) == "▁█"
