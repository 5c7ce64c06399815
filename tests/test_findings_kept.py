"""Witnesses and counterexamples that docs/findings.md refers to: what their headers say is found again."""

import re
from pathlib import Path

import pytest

from eqsolve import Params, solve
from eqsolve.findings import participation_at

KEPT = Path(__file__).parent.parent / "docs" / "data" / "findings"
FILES = sorted(KEPT.glob("*/*.toml"))
TOLERANCE = 2e-8

pytestmark = [pytest.mark.tree, pytest.mark.slow]


def numbers(text):
    """The numbers in a line of a header, by name."""
    found = re.findall(r"([a-z][\w -]*) = (-?[\d.]+(?:e-?\d+)?)", text)
    return {name.strip(): float(value) for name, value in found}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_kept_game_is_found_again(path):
    header = [
        line.removeprefix("# ") for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"
    ]
    regimes = re.findall(r"--regime (\w+)", "\n".join(header))
    said = {line.split(":")[0]: numbers(line.split(":", 1)[1]) for line in header if ":" in line}
    game = Params.from_file(path)
    assert regimes
    for regime in regimes:
        found = solve(game, regime=regime)
        assert found.certificate.status == "certified"
        for name, value in said.get(regime, {}).items():
            if name in ("quality", "intensity", "participation", "profit", "user_surplus"):
                assert getattr(found, name) == pytest.approx(value, rel=TOLERANCE, abs=TOLERANCE), (
                    regime,
                    name,
                )
    variant = next((v for v in ("larger-share", "higher-accuracy") if path.stem.endswith(v)), "game")
    if "given" in said:
        choice = said["given"]["quality"], said["given"]["intensity"]
        assert participation_at([game], *choice).participation[0] == pytest.approx(
            said["participation"][variant], abs=TOLERANCE
        )
    elif "quality" in said:
        assert found.quality == pytest.approx(said["quality"][variant], abs=TOLERANCE)
        assert found.participation == pytest.approx(said["participation"][variant], abs=TOLERANCE)
