"""The regression check of the project: its examples against examples/golden/, by the command of its users."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import eqsolve
import eqsolve_cli
from eqsolve.comparison import Baseline, Tolerance

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "examples" / "golden"
LINE = "examples/ --baseline examples/golden/"
RUN = "from eqsolve_cli.app import main; main()"


def compare(*line, cwd=ROOT, **env):
    return subprocess.run(
        [sys.executable, "-c", RUN, "compare", *line],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )


def test_the_examples_agree_with_their_baselines():
    done = compare(*LINE.split(), "--format", "github")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::error" not in done.stderr
    assert done.stdout.startswith(f"✓ {len(list(GOLDEN.iterdir()))} games agree")


@pytest.mark.parametrize("file", sorted(GOLDEN.iterdir()), ids=lambda file: file.stem)
def test_baselines_are_tight_and_hold_all_regimes(file):
    """Versions of numpy and scipy move values by 1e-11 at most: seen with 1.26 and 1.12, 2.4 and 1.17."""
    baseline = Baseline.read(file)
    assert (baseline.tolerances.default, baseline.tolerances.quantities) == (Tolerance(1e-8, 1e-8), {})
    assert list(baseline.regimes) == ["none", "forced", "endogenous", "planner"]
    assert all(kept.status == "certified" for kept in baseline.regimes.values())


@pytest.fixture
def library(tmp_path):
    """A copy of the library whose constants can be changed, and the line that checks an example with it."""
    for package in (eqsolve, eqsolve_cli):
        source = Path(package.__file__).parent
        shutil.copytree(source, tmp_path / package.__name__, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "examples", tmp_path / "examples")

    def check(old, new, game):
        source = tmp_path / "eqsolve" / "params" / "game.py"
        text = source.read_text()
        assert text.count(old) == 1
        source.write_text(text.replace(old, new))
        line = ["--params", f"examples/{game}.toml", "--baseline", f"examples/golden/{game}.json"]
        done = compare(*line, "--format", "json", cwd=tmp_path, PYTHONPATH=str(tmp_path))
        assert done.returncode == 1, done.stderr
        return json.loads(done.stdout)["checks"][0]

    return check


@pytest.mark.parametrize(
    ("key", "old", "new", "worst"),
    [
        (
            "finetuning.cost",
            "cost: NonNegative = Field(0.05,",
            "cost: NonNegative = Field(0.050001,",
            "finetuning_cost",
        ),
        (
            "platform.revenue",
            "revenue: NonNegative = Field(0.5,",
            "revenue: NonNegative = Field(0.500001,",
            "profit",
        ),
    ],
)
def test_a_default_that_moves_by_a_millionth_fails_with_the_right_quantity_on_top(
    library, key, old, new, worst
):
    """F goes into its cost alone; of r the platform gets N, which is nearly 1 here (envelope theorem)."""
    check = library(old, new, "small-transaction-cost")
    first = check["differences"][0]
    assert first["quantity"] == worst
    assert first["difference"] == pytest.approx(1e-6, rel=1e-3)
    assert first["tolerance"] == pytest.approx(1e-8 * (1.0 + abs(first["expected"])))
    assert any(note.startswith(f"the default of {key} is 0.") for note in check["notes"])
