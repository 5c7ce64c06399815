import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from trust import Tally
from typer.testing import CliRunner, Result

from eqsolve_cli.app import app

settings.register_profile("eqsolve", deadline=None)  # times say nothing on a busy machine
settings.load_profile("eqsolve")

Run = Callable[..., Result]
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in this process, in an empty folder: run("solve", "--json")."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Run a line of bash in an empty folder, with the installed `eqsolve` on the path."""

    def execute(line: str, cwd: Path = tmp_path, **env: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=cwd,
            env={**os.environ, "PATH": path, **env},
            capture_output=True,
            text=True,
        )

    return execute


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Callable[[str], Tally]]:
    """Open the count of a trust suite: tally("staircases"); counts are printed when the run ends."""
    opened: list[Tally] = []

    def open_tally(suite: str) -> Tally:
        opened.append(Tally(suite))
        return opened[-1]

    yield open_tally
    for each in opened:
        record_property("tally", [each.suite, dict(each.counts)])


def pytest_terminal_summary(terminalreporter) -> None:
    """Print the counts of the trust suites, summed over their tests."""
    suites: dict[str, Counter[str]] = defaultdict(Counter)
    for report in terminalreporter.getreports(""):
        for name, value in report.user_properties if report.when == "teardown" else ():
            if name == "tally":
                suites[value[0]].update(value[1])
    for suite, counts in suites.items():
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
        terminalreporter.write_line(f"{suite}: {counts.total()} games: {verdicts}")
