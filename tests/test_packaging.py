import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import eqsolve
import eqsolve_cli
from eqsolve import regimes, selections
from eqsolve_cli import options

ROOT = Path(__file__).parent.parent
CITATION = [line.strip() for line in (ROOT / "CITATION.cff").read_text().splitlines()]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.tree
def test_every_package_of_the_tree_is_installed_and_cli_under_its_own_name():
    folders = {file.parent.relative_to(ROOT) for file in ROOT.glob("eqsolve/**/*.py")}
    packages = {".".join(folder.parts) for folder in folders} | {"eqsolve_cli"}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages
    assert PROJECT["tool"]["setuptools"]["package-dir"]["eqsolve_cli"] == "cli"


@pytest.mark.tree
def test_every_file_that_is_no_module_is_installed():
    patterns = {
        file
        for package, globs in PROJECT["tool"]["setuptools"]["package-data"].items()
        for glob in globs
        for file in ROOT.joinpath(*package.split(".")).glob(glob)
    }
    others = {
        file
        for file in ROOT.glob("eqsolve/**/*")
        if file.is_file() and file.suffix not in (".py", ".pyc") and not file.name.startswith(".")
    }
    assert patterns == others
    assert ROOT / "eqsolve" / "py.typed" in patterns


@pytest.mark.tree
def test_the_tests_run_on_this_tree():
    assert Path(eqsolve.__file__) == ROOT / "eqsolve" / "__init__.py"
    assert Path(eqsolve_cli.__file__) == ROOT / "cli" / "__init__.py"


def test_the_command_line_offers_the_choices_of_the_library():
    assert options.Regime == regimes.RegimeName
    assert options.Selection == selections.SelectionName


def test_make_says_what_is_missing_where_no_virtual_environment_can_be_made(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = subprocess.run(
        ["make", "PYTHON=false", ".venv/bin/python"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2 and "sudo apt install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_version_says_how_to_cite_as_the_citation_file_does(run):
    done, plain = run("--version", "-v"), run("--version")
    said = {key: text.strip(' "') for key, _, text in (line.partition(":") for line in CITATION)}
    assert done.stdout.startswith(plain.stdout) and "@software{eqsolve," in done.stdout
    assert said["title"] and f"title = {{{{{said['title']}}}}}" in done.stdout
    assert f"author = {{{{{said['- name']}}}}}" in done.stdout
    assert "cite" not in plain.stdout
