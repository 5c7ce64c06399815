"""The README and docs are run: every command, every example, every number that is shown."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from eqsolve import Params, solve
from eqsolve_cli.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = [
    README,
    *(
        (ROOT / "docs" / f"{page}.md").read_text()
        for page in ("compare", "figures", "files", "policy", "sweep")
    ),
]
BLOCKS = [
    block for page in PAGES for block in re.findall(r"^```(\w+)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
]
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[-+]\d+)?")
SECONDS = re.compile(r"\bin \d+\.\d s\b")
COLOR = re.compile(r"\x1b\[[0-9;]*m")


def blocks(language):
    return [text for name, text in BLOCKS if name == language]


def commands(text):
    """The commands of a console block, each with the output that is shown after it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield line, output


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


def assert_same(actual, shown):
    """The same text, and the same numbers to what is displayed; numbers below 1e-9 are rounding errors.

    How long something took is not compared.
    """
    actual, shown = (SECONDS.sub("in a moment", text) for text in (actual, shown))
    assert NUMBER.sub("#", actual).split() == NUMBER.sub("#", shown).split()
    for found, expected in zip(NUMBER.findall(actual), NUMBER.findall(shown), strict=True):
        assert float(found) == pytest.approx(float(expected), rel=1e-4, abs=2e-5)


@pytest.mark.parametrize("text", blocks("console"), ids=lambda text: text.splitlines()[0][2:])
def test_commands_print_what_the_readme_shows(shell, folder, text):
    for line, shown in commands(text):
        done = shell(line, FORCE_COLOR="1", COLUMNS="88")
        assert done.returncode == 0, done.stderr
        assert_same(COLOR.sub("", done.stdout + done.stderr), shown)


@pytest.mark.parametrize("text", blocks("python"))
def test_python_examples_run(folder, monkeypatch, text):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    exec(compile(text, "README.md", "exec"), {})


def test_the_numbers_of_the_first_result():
    without, chosen = (solve(Params(), regime=regime) for regime in ("none", "endogenous"))
    for name in ("profit", "user_surplus"):
        assert re.search(rf"{getattr(chosen, name):.4f} instead of\s+{getattr(without, name):.4f}", README)
    assert f"q* = {chosen.quality:.2f} instead of {without.quality:.2f}" in README


def test_make_targets_exist():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b", README))
    assert {"demo", "test", "install"} <= named <= targets


def test_every_command_is_documented_and_every_documented_command_exists():
    existing = {command.name for command in app.registered_commands if " " not in command.name}
    assert set(re.findall(r"^\| `eqsolve (\w+)`", README, re.MULTILINE)) == existing


def test_links_lead_somewhere():
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\((?!https:)([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), target


def test_docstrings_cite_sections_that_exist():
    sections = set(re.findall(r"^#+ (.+)$", (ROOT / "docs" / "model.md").read_text(), re.MULTILINE))
    for file in (*ROOT.glob("eqsolve/**/*.py"), *ROOT.glob("cli/*.py")):
        for cited in re.findall(r"docs/model\.md, ([A-Z][\w ]*\w)", file.read_text()):
            assert cited in sections, file


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_the_readme_has_every_exit_code():
    told = README.partition("The exit code is")[2].partition("##")[0]
    assert re.findall(r"\b\d\b", told) == [*"0123"]
