"""Games whose equilibrium docs/model.md gives in closed form, to rounding."""

from pathlib import Path

import numpy as np
import pytest
from closed_form import closed_form
from oracle import Oracle
from oracle_search import Scan
from scipy import integrate

from eqsolve import Params, sensitivity, solve

VALUES = ("participation", "user_surplus", "profit", "welfare", "mean", "variance", "entropy", "kl")


EXAMPLE = Params.from_file(Path(__file__).parent.parent / "examples" / "closed-form.toml")


def game(seed, exponent=2.0):
    """A game inside the domain of the closed form, as a plain table."""
    rng = np.random.default_rng([12, seed])
    while True:
        shares = rng.dirichlet(np.ones(rng.integers(1, 4)))
        segments = [
            {"name": f"{j}", "share": float(share), "accuracy": rng.uniform(), "tastes": {"dist": "uniform"}}
            for j, share in enumerate(shares / shares.sum())
        ]
        table = {
            "platform": {
                "revenue": rng.uniform(0.1, 2),
                "training_cost": rng.uniform(0.5, 3),
                "training_exponent": exponent,
            },
            "finetuning": {
                "choice": "binary",
                "strength": rng.uniform(0.5, 6),
                "cost": rng.uniform(0, 0.1),
                "intensity_cost": 0.0,
                "learning": rng.uniform(0, 0.5),
                "personalization": 0.0,
                "feedback_prior": 0.0,
            },
            "users": {
                "misfit_cost": rng.uniform(0, 0.8),
                "transaction_cost": {"dist": "uniform", "scale": rng.uniform(0.8, 1.5)},
                "match": {"kind": "quadratic"},
                "segments": segments,
            },
            "model": {"outputs": {"dist": "uniform"}},
        }
        if all(is_global(table, beta) for beta in (0.0, table["finetuning"]["strength"])):
            return table


def is_global(table, beta):
    """Whether the closed form applies and no quality outside its domain pays more."""
    try:
        best = closed_form(table, beta)["profit"]
    except ValueError:
        return False
    return Scan(Oracle(table), beta).payoffs(np.linspace(0, 1, 101), "forced").max() < best + 1e-4


@pytest.mark.parametrize(("seed", "exponent"), [(s, 2.0) for s in range(20)] + [(0, 1.5), (1, 3.0), (2, 8.0)])
@pytest.mark.parametrize("regime", ["none", "forced"])
def test_closed_form(seed, exponent, regime):
    table = game(seed, exponent)
    beta = table["finetuning"]["strength"] if regime == "forced" else 0.0
    found = solve(Params.model_validate(table), regime=regime)
    exact = closed_form(table, beta)
    at_quality = closed_form(table, beta, q=found.quality)

    assert found.certificate.status == "certified"
    assert found.intensity == beta
    assert found.quality == pytest.approx(exact["quality"], rel=0, abs=1e-12)
    assert found.profit == pytest.approx(exact["profit"], rel=0, abs=1e-12)
    for name in VALUES:
        assert getattr(found, name) == pytest.approx(at_quality[name], rel=0, abs=1e-12), name
    assert np.all([segment.participation == pytest.approx(found.participation) for segment in found.segments])
    if regime == "forced":
        assert found.feedback_quality == pytest.approx(exact["feedback_quality"], rel=0, abs=1e-12)


@pytest.mark.parametrize("regime", ["none", "forced"])
@pytest.mark.parametrize("exponent", [1.5, 2.0, 3.0, 8.0])
def test_training_exponents(exponent, regime):
    """q* = (r E / (k C))^(1 / (n - 1)), E being 1 without fine-tuning."""
    found = solve(EXAMPLE.replace({"platform.training_exponent": exponent}), regime=regime)
    platform, scale = found.params.platform, found.params.users.transaction_cost.scale
    left = np.exp(-found.params.finetuning.learning * 2.0 * 0.51) if regime == "forced" else 1.0
    exact = (platform.revenue * left / (platform.training_cost * scale)) ** (1 / (exponent - 1))
    assert found.certificate.status == "certified"
    assert found.quality == pytest.approx(exact, rel=0, abs=1e-12)


@pytest.mark.parametrize(("regime", "quality"), [("none", 0.64549722436790), ("forced", 0.58290306912445)])
def test_the_example_with_cubic_training_costs(regime, quality):
    found = solve(EXAMPLE.replace({"platform.training_exponent": 3.0}), regime=regime)
    assert found.quality == pytest.approx(quality, rel=0, abs=1e-12)


@pytest.mark.parametrize("learning", [0.05, 0.2, 0.4])
def test_participation_in_equilibrium_follows_feedback_as_in_the_closed_form(learning):
    """dN*/drho = eta beta E (1 - 2 q*) / C - (t beta / C) V'(kappa), V' by the moments of the outputs."""
    game = EXAMPLE.replace({"finetuning.learning": learning})
    key = "users.segments.high.accuracy"
    found = sensitivity(game, keys=key, regime="forced")
    there, users, beta = found.equilibrium, game.users, game.finetuning.strength
    rho, C = 0.51, users.transaction_cost.scale

    def moment(p):
        return integrate.quad(
            lambda z: z**p * np.exp(-beta * rho * z * z), -0.5, 0.5, epsabs=0, epsrel=1e-13
        )[0]

    V, fourth = moment(2) / moment(0), moment(4) / moment(0)
    slope = learning * beta * np.exp(-learning * beta * rho) * (1 - 2 * there.quality) / C
    slope -= users.misfit_cost * beta / C * (V**2 - fourth)
    drho = 2 * users.segments[0].share
    assert found.slopes[key]["participation"].value / drho == pytest.approx(slope, rel=0, abs=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_finetuning_lowers_quality_by_the_factor_of_the_closed_form(seed):
    table = game(seed)
    none, forced = (solve(Params.model_validate(table), regime=regime) for regime in ("none", "forced"))
    factor = np.exp(-table["finetuning"]["learning"] * forced.intensity * forced.feedback_quality)
    assert forced.quality == pytest.approx(none.quality * factor, rel=0, abs=1e-12)
