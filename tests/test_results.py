"""What a result says about itself: the certificate's basis, the maximum, the runner-up."""

import json
import math

import numpy as np
import pytest

from eqsolve import Params, solve, solve_many
from eqsolve.results import QUANTITIES, RunnerUp

TWO_PEAKS = Params().replace({"users.transaction_cost.scale": 0.05, "users.misfit_cost": 1.5})


@pytest.mark.parametrize("regime", ["none", "forced", "endogenous", "planner"])
@pytest.mark.parametrize("game", [Params(), TWO_PEAKS], ids=["paper", "two peaks"])
def test_the_runner_up_pays_what_is_said(game, regime):
    found = solve(game, regime=regime)
    second = found.certificate.runner_up
    if second is None:
        assert math.isnan(found.certificate.runner_up_gap)
        return
    objective = found.rules.objective
    other = solve(
        game, regime="planner" if regime == "planner" else "endogenous",
        fix={"quality": second.quality, "intensity": second.intensity},
    )  # fmt: skip
    assert second.gap == found.certificate.runner_up_gap > 0
    assert getattr(other, objective) == pytest.approx(getattr(found, objective) - second.gap, rel=0, abs=2e-6)


def test_a_runner_up_is_another_maximum_or_the_other_plan():
    plain = solve(Params(), regime="none")
    second = solve(Params()).certificate.runner_up
    assert second == RunnerUp("the other plan", plain.quality, 0.0, second.gap)
    assert plain.certificate.runner_up.kind == "another local maximum"
    assert plain.certificate.runner_up.quality == 0.0


@pytest.mark.parametrize(("regime", "basis"), [("none", "bound"), ("endogenous", "curve")])
def test_the_certificate_says_on_what_it_rests(regime, basis):
    found = solve(Params(), regime=regime)
    document = json.loads(found.to_json())
    assert document["schema"] == "eqsolve/equilibrium/2"
    certificate = document["certificate"]
    assert certificate["basis"] == basis == found.certificate.basis
    assert certificate["accuracy"] >= 0.0
    assert set(certificate["runner_up"]) == {"kind", "quality", "intensity", "gap"}


@pytest.mark.parametrize(
    ("changes", "options", "maximum"),
    [
        ({}, {}, "smooth"),
        ({"users.misfit_cost": 0.0, "platform.revenue": 1.0}, {"regime": "none"}, "kink"),
        ({"users.misfit_cost": 0.0, "users.transaction_cost": {"dist": "point", "scale": 0.3}},
         {"regime": "none"}, "jump"),
        ({"platform.training_cost": 1e-3, "users.misfit_cost": 0.9}, {"regime": "none"}, "bound"),
        ({}, {"fix": {"quality": 0.3}}, "fixed"),
    ],
)  # fmt: skip
def test_the_certificate_says_what_the_maximum_is(changes, options, maximum):
    assert solve(Params().replace(changes), **options).certificate.maximum == maximum


def test_progress_counts_games_and_moves_no_result():
    games = [Params().replace({"users.transaction_cost.scale": 0.3 + 0.005 * i}) for i in range(100)]
    heard = []
    told = solve_many(games, progress=lambda *at: heard.append(at))
    assert heard[0] == (0, 100) and heard[-1] == (100, 100)
    assert len(heard) > 2
    alone = solve_many(games)
    for name in QUANTITIES:
        assert np.allclose(getattr(told, name), getattr(alone, name), rtol=1e-9, atol=1e-11, equal_nan=True)
