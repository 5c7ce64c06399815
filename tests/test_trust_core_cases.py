"""Small games on which a solver of participation went wrong or took long, each with what is right."""

import tomllib
import warnings
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from closed_form_games import best_choice
from oracle import Oracle
from scipy import integrate, optimize, special
from staircases import Staircase

from eqsolve import Params, solve, solve_many

pytestmark = pytest.mark.thorough

CORE = Path(__file__).parent / "data" / "core"
CONTINUOUS = [
    "slow-cont-point-z0.25-sym-l0.05-b4.json",
    "slow-cont-point-z0.25-sym-l0.25-b50.json",
    "slow-cont-unif-z0.25-sym-l0.05-b50.json",
    "slow-continuous.toml",
]
BINARY = {
    "slow-initial.toml": "endogenous",
    "uncertified-beta-end.toml": "none",
    "uncertified-linear-b50.toml": "endogenous",
}
REGIMES = ["none", "forced", "endogenous", "planner"]
SECONDS = {"binary": 2.0, "continuous": 10.0}  # of CPU time, for one game


def core(name):
    return Params.from_file(CORE / name)


def test_every_file_has_a_test():
    mentioned = Path(__file__).read_text()
    assert all(path.name in mentioned for path in CORE.iterdir())


class TestFalseCertificates:
    """Games that were certified although another quality pays more."""

    @pytest.mark.parametrize("revenue", [0.001, 0.002, 0.003, 0.004, 0.01])
    def test_a_peak_between_nothing_and_the_first_qualities(self, revenue):
        params = core("narrow-peak-paper.toml").replace({"platform.revenue": revenue})
        found = solve(params, regime="none")
        quality = revenue / 0.5  # r / (k C)
        assert found.certificate.status == "certified"
        assert found.quality == pytest.approx(quality, rel=0, abs=1e-10)
        assert found.profit == pytest.approx(revenue * quality / 0.5 - quality**2 / 2, rel=0, abs=1e-13)
        assert found.certificate.maximum == "smooth"
        exact = best_choice(params.model_dump(mode="json"), "none")
        assert exact.quality == pytest.approx(quality, rel=0, abs=1e-14)

    def test_a_peak_on_a_rise(self):
        params = core("staircase.json")
        found = solve(params, regime="none")
        best = Staircase(params.model_dump(mode="json")).best()
        assert found.certificate.status == "certified"
        assert found.profit == pytest.approx(best.payoff, rel=0, abs=1e-11)
        assert found.quality == pytest.approx(best.quality, rel=0, abs=1e-7)

    def test_a_crowd_of_users_too_few_to_count(self):
        params = core("lognormal-underflow.toml")
        edge = crowd_quality(params)
        found = solve(params)
        there = Oracle(params.model_dump(mode="json"), refine=2).evaluate(
            edge + 1e-9, params.finetuning.strength
        )
        assert found.certificate.status == "certified"
        assert found.certificate.maximum == "jump"
        assert found.quality == pytest.approx(edge, rel=0, abs=1e-8)
        assert found.participation == pytest.approx(there.participation, rel=0, abs=1e-8)
        assert found.profit == pytest.approx(there.profit, rel=0, abs=1e-7)


def crowd_quality(params):
    """The quality at which 1e-12 of the users take part in the initial model (uniform tastes)."""
    users = params.users
    law, ell = users.transaction_cost, users.match.breadth

    def match(x):
        ends = special.erf((1 - x) / (ell * np.sqrt(2))) + special.erf(x / (ell * np.sqrt(2)))
        return ell * np.sqrt(np.pi / 2) * ends

    def participation(q):
        def share(x):
            v = q - users.misfit_cost * (1 - match(x))
            return special.ndtr(np.log(v / law.scale) / law.sigma) if v > 0 else 0.0

        return 2 * integrate.quad(share, 0, 0.5, epsabs=0, epsrel=1e-12, limit=200)[0]

    return optimize.brentq(lambda q: np.log(participation(q) / 1e-12), 0.25, 0.6, xtol=1e-14)


class TestRunnerUp:
    """A maximum that was its own runner-up, 0 behind itself."""

    def test_the_lead_is_that_over_no_finetuning(self):
        params = core("runner-up.toml")
        found, plain = solve(params), solve(params, regime="none")
        lead = found.profit - plain.profit
        assert found.intensity > 0
        assert lead == pytest.approx(0.035, rel=0, abs=1e-3)
        assert found.certificate.runner_up_gap == pytest.approx(lead, rel=0, abs=1e-8)

    def test_no_maximum_is_its_own_runner_up(self):
        gap = solve(core("runner-up.toml"), regime="forced").certificate.runner_up_gap
        assert np.isnan(gap) or gap > 1e-3


class TestEffort:
    """Games that took long or were not certified: certified, in time."""

    @pytest.mark.parametrize(("name", "regime"), BINARY.items())
    def test_binary_choices(self, name, regime):
        assert_certified_in_time(core(name), regime, SECONDS["binary"])

    @pytest.mark.slow
    @pytest.mark.parametrize("regime", REGIMES)
    @pytest.mark.parametrize("name", sorted(path.name for path in CORE.iterdir()))
    def test_every_game_in_every_regime(self, name, regime):
        params = core(name)
        assert_certified_in_time(params, regime, SECONDS[params.finetuning.choice])

    def test_a_continuous_choice_whose_curves_all_jump(self):
        """Where participation starts is known, so that no curve bisects its jump."""
        name = "slow-cont-point-z0.25-sym-l0.25-b50.json"
        assert_certified_in_time(core(name), "endogenous", SECONDS["continuous"])

    @pytest.mark.slow
    def test_costs_spread_a_little_let_adjustment_settle_where_an_atom_does_not(self):
        """Beside the atom users are indifferent over a range of tastes; the limit is the claim that fails."""
        point = core("slow-cont-point-z0.25-sym-l0.05-b4.json")
        payoffs = []
        for sigma in (0.006, 0.003):
            law = {"dist": "lognormal", "scale": 0.3, "sigma": sigma}
            start, found = process_time(), solve(point.replace({"users.transaction_cost": law}))
            assert process_time() - start < SECONDS["continuous"]
            assert found.certificate.status == "certified" and found.intensity == 0.0
            payoffs.append(found.profit)
        assert 2 * payoffs[1] - payoffs[0] == pytest.approx(solve(point).profit, rel=0, abs=1e-4)

    def test_the_edge_of_a_basin_is_placed_alike_by_two_ways(self):
        found = solve(core("uncertified-jump-beta.toml"), regime="forced")
        assert found.certificate.status == "certified"
        assert found.certificate.maximum == "jump"


def assert_certified_in_time(params, regime, seconds):
    start = process_time()
    found = solve(params, regime=regime)
    took = process_time() - start
    assert found.certificate.status == "certified"
    assert took < seconds


class TestWarnings:
    """Nothing that a user could ask makes numpy warn."""

    @pytest.mark.parametrize("selection", ["initial", "highest", "lowest"])
    def test_alone(self, selection):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            solve(core("warning.toml"), selection=selection)

    @pytest.mark.parametrize(
        "selection",
        ["initial", *(pytest.param(rule, marks=pytest.mark.slow) for rule in ("highest", "lowest"))],
    )
    def test_in_a_batch_with_others(self, selection):
        params = core("warning.toml")
        changes = [
            {"finetuning.personalization": 0.5},
            {"users.transaction_cost.sigma": 0.05, "users.transaction_cost.scale": 0.9},
            {"finetuning.feedback_prior": 0.0, "users.transaction_cost.scale": 1.4},
            {"users.misfit_cost": 0.0, "finetuning.learning": 0.0},
            {"platform.revenue": 0.0},
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            solve_many([params, *map(params.replace, changes)], selection=selection)


def test_the_files_are_games_of_their_kind():
    kinds = {path.name: tomllib.loads(path.read_text()) for path in CORE.glob("*.toml")}
    assert all(kinds[name].get("finetuning", {}).get("choice", "binary") == "binary" for name in BINARY)
    assert all(core(name).finetuning.choice == "continuous" for name in CONTINUOUS)
