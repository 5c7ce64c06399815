"""The recipes for continuous integration, run as they stand on the examples in a new repository."""

import json
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RECIPES = sorted((ROOT / "examples" / "ci").iterdir())


def commands(recipe):
    return re.findall(r"^ +(?:- run|entry): (.*)$", recipe.read_text(), re.MULTILINE)


@pytest.fixture
def repository(tmp_path):
    """A new repository: a game, its baseline, and a clone of eqsolve beside them."""
    for source, target in (
        ("examples/closed-form.toml", "games"),
        ("examples/golden/closed-form.json", "golden"),
    ):
        (tmp_path / target).mkdir()
        shutil.copy(ROOT / source, tmp_path / target)
    (tmp_path / ".eqsolve").symlink_to(ROOT)
    return tmp_path


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_the_recipe_runs_as_copied(shell, repository, recipe):
    *installs, check = commands(recipe)
    for each in installs:
        (folder,) = re.fullmatch(r"pip install (\./\S+)", each).groups()
        assert (repository / folder / "pyproject.toml").is_file()
    assert shell(check).returncode == 0
    baseline = repository / "golden" / "closed-form.json"
    document = json.loads(baseline.read_text())
    document["regimes"]["none"]["quantities"]["profit"] += 1e-3
    baseline.write_text(json.dumps(document))
    moved = shell(check, GITHUB_STEP_SUMMARY=str(repository / "summary.md"))
    assert moved.returncode == 1
    assert ("::error file=golden/closed-form.json" in moved.stderr) == ("github" in check)
