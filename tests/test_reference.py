"""Six games of an independent solver, in every regime."""

import json
from pathlib import Path

import pytest

from eqsolve import Params, solve

GAMES = json.loads((Path(__file__).parent / "data" / "reference.json").read_text())["games"]
CASES = [
    pytest.param(game["params"], regime, values, id=f"{name}-{regime}")
    for name, game in GAMES.items()
    for regime, values in game["regimes"].items()
]
VALUES = ("profit", "participation", "user_surplus", "mean", "variance", "entropy", "kl")


@pytest.mark.parametrize(("game", "regime", "reference"), CASES)
def test_reference(game, regime, reference):
    kink = reference["maximum"] == "kink"
    found = solve(Params.model_validate(game), regime=regime)

    def same(value):
        return pytest.approx(value, rel=0, abs=1e-6 if kink else 1e-8)

    assert found.certificate.status == "certified"
    assert found.quality == pytest.approx(reference["quality"], rel=0, abs=1e-5 if kink else 1e-6)
    assert found.intensity == reference["intensity"]
    assert {name: getattr(found, name) for name in VALUES} == same({name: reference[name] for name in VALUES})
    assert found.welfare == same(reference["profit"] + reference["user_surplus"])
    assert [segment.participation for segment in found.segments] == same(
        reference["participation_by_segment"]
    )
    assert [segment.user_surplus for segment in found.segments] == same(reference["user_surplus_by_segment"])
    if reference["feedback_quality"] is None:
        assert found.feedback_quality != found.feedback_quality
    else:
        assert found.feedback_quality == same(reference["feedback_quality"])
    assert found.certificate.maximum == reference["maximum"]


def test_every_regime_of_six_games_is_compared():
    assert {param.id.rsplit("-", 1)[1] for param in CASES} == {"none", "forced", "endogenous", "planner"}
    assert len(CASES) == 24
