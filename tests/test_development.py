"""Laws, kernels and regimes are known by name where docs/development.md says so, and nowhere else."""

import ast
import re
from pathlib import Path

import pytest

from eqsolve.regimes import REGIMES

pytestmark = pytest.mark.tree

ROOT = Path(__file__).parent.parent
ROWS = dict(
    re.findall(r"^\| (a [\w ]+) \| (.+) \|$", (ROOT / "docs" / "development.md").read_text(), re.MULTILINE)
)
FILES = sorted([*ROOT.glob("eqsolve/**/*.py"), *ROOT.glob("cli/*.py")])
OWN_FORMULAS = {"eqsolve/simulation/reward.py"}
"""The simulation's idea of how rough a match is."""


def listed(what):
    return set(re.findall(r"`([\w/.]+)`", ROWS[what]))


def nodes(kind):
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, kind):
                yield str(file.relative_to(ROOT)), node


def spelled(words):
    """The files in which one of the words is a text of its own."""
    return {file for file, node in nodes(ast.Constant) if node.value in words}


@pytest.mark.parametrize("what", ROWS)
def test_the_files_exist(what):
    assert all((ROOT / file).is_file() for file in listed(what))


def test_laws_and_kernels_are_known_where_they_are_added():
    """By names that mean nothing else; `uniform` is a density, too, `linear` a scale of axes.

    The gaussian match is the preset's, which a table without `kind` means.
    """
    assert spelled({"lognormal", "exponential"}) == listed("a law of transaction costs")
    assert spelled({"gaussian", "quadratic"}) - OWN_FORMULAS == {
        *listed("a match kernel"),
        "eqsolve/params/record.py",
    }


def test_regimes_are_known_where_they_are_added():
    assert spelled({"planner"}) == listed("a regime")


def test_selection_rules_are_known_where_they_are_added():
    """By the names that mean nothing else: `initial` is a start, too, and the default everywhere."""
    assert spelled({"lowest"}) == listed("a selection rule")


@pytest.mark.parametrize("names", [REGIMES, {"highest", "lowest"}], ids=["regimes", "selection rules"])
def test_nobody_compares_the_names_of(names):
    compared = [
        (file, node.lineno)
        for file, node in nodes(ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant) and side.value in names
    ]
    assert compared == []
