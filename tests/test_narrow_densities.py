"""Densities too narrow for equal panels: resolved where they are, however narrow, or refused."""

import numpy as np
import pytest
from scipy import integrate
from staircases import Staircase, staircase
from test_trust_staircases import judge

from eqsolve import Params, solve
from eqsolve.game.games import columns
from eqsolve.game.grids import needs_of
from eqsolve.params import BetaDensity, TruncnormDensity
from eqsolve.primitives.densities import MOST_PANELS, grading, is_even, panels_needed, pdf, refined


def peak(mean, sd, **weight):
    return {"dist": "truncnorm", "mean": mean, "sd": sd} | weight


def stairs_of(*components):
    """A staircase with other tastes, whose closed form holds for components of any width."""
    game = staircase(0)
    game["users"]["segments"][0]["tastes"] = {"dist": "mixture", "components": list(components)}
    return game


@pytest.mark.parametrize("mean", [0.0, 0.31, 0.5, 1.0])
@pytest.mark.parametrize("sd", [3e-3, 1e-4, 1e-6])
@pytest.mark.parametrize("panels", [2, 3, 16])
def test_few_panels_resolve_a_peak(mean, sd, panels):
    density = TruncnormDensity(mean=mean, sd=sd)
    found = refined((density,), panels, 16, 1)
    assert found.enough
    assert found.grid.panels <= panels + 50
    mass = pdf(density, found.grid.x, found.grid.complement) * found.grid.weights
    inward = {0.0: 1.0, 1.0: -1.0}.get(mean, 0.0) * sd * np.sqrt(2 / np.pi)
    assert mass.sum() == pytest.approx(1.0, rel=0, abs=1e-9)
    assert mass @ found.grid.x == pytest.approx(mean + inward, rel=0, abs=1e-9)


def test_a_peak_beyond_the_line_is_resolved():
    density = TruncnormDensity(mean=1.01, sd=1e-3)
    found = refined((density,), 2, 16, 1)
    assert found.enough
    assert found.grid.panels < 40


def test_a_peak_that_rounding_blurs_is_refused():
    density = TruncnormDensity(mean=0.31, sd=1e-9)
    found = refined((density,), 2, 16, 1)
    assert not found.enough
    assert found.grid.panels <= MOST_PANELS
    game = Params().replace({"users.segments.low.tastes": peak(0.31, 1e-9)})
    assert solve(game, regime="none").certificate.status == "unresolved"


def test_equal_panels_serve_as_long_as_they_can():
    narrow = Params().replace({"users.segments.low.tastes": peak(0.3, 1e-3)})
    wide = Params().replace({"users.segments.low.tastes": peak(0.3, 0.02)})
    needs = needs_of(columns([wide, narrow]))
    assert needs.met.all()
    assert needs.narrow[0] == ((), (), ())
    assert needs.narrow[1][0] and not needs.narrow[1][2]
    assert not needs.grids(16, 0)[1].edges
    assert len(np.unique(needs.key(), axis=0)) == 2


def test_a_peak_between_all_nodes_is_seen():
    density = TruncnormDensity(mean=0.31, sd=1e-5)
    assert panels_needed(density, 16, 1) is None
    assert not is_even(density)
    assert is_even(TruncnormDensity(mean=0.5, sd=1e-3))
    beta = BetaDensity(a=0.5, b=1e4)
    assert refined((beta,), 2, 16, grading(beta)).enough


class TestGames:
    """Certified, and as the closed form says."""

    @pytest.mark.parametrize("sd", [3e-3, 1e-3, 1e-4, 1e-5])
    @pytest.mark.parametrize("mean", [0.31, 0.5, 1.0])
    def test_a_narrow_taste_among_wide_ones(self, mean, sd):
        game = stairs_of(peak(0.4, 0.5, weight=0.7), peak(mean, sd, weight=0.3))
        found = solve(Params.model_validate(game), regime="none")
        assert found.certificate.status == "certified"
        assert judge(found, game).verdict == "right"

    def test_tastes_of_very_different_widths(self):
        game = stairs_of(*(peak(0.1 + 0.2 * i, 10.0 ** -(1 + i), weight=0.2) for i in range(5)))
        found = solve(Params.model_validate(game), regime="none")
        best = Staircase(game).best()
        assert found.certificate.status == "certified"
        assert found.profit == pytest.approx(best.payoff, rel=0, abs=1e-10)

    @pytest.mark.parametrize("kind", ["quadratic", "linear"])
    def test_an_initial_model_with_one_kind_of_output(self, kind):
        keys = {"model.outputs": peak(0.4, 1e-4), "users.match": {"kind": kind}, "finetuning.strength": 2.0}
        for regime in ("none", "forced"):
            assert solve(Params().replace(keys), regime=regime).certificate.status == "certified"
        found = solve(Params().replace(keys), regime="none", fix={"quality": 0.6})

        def share(x):
            gap = abs(x - 0.4)
            return np.clip((0.6 - 0.5 * (gap if kind == "linear" else gap**2)) / 0.5, 0, 1)

        N = integrate.quad(share, 0, 1, points=[0.2, 0.4, 0.6], epsabs=1e-12)[0]
        assert found.participation == pytest.approx(N, rel=0, abs=1e-7)

    @pytest.mark.parametrize("kind", ["gaussian", "linear"])
    def test_narrow_tastes_with_fine_tuning(self, kind):
        match = {"kind": kind} | ({"breadth": 0.25} if kind == "gaussian" else {})
        keys = {"users.segments.low.tastes": peak(0.3, 1e-3), "users.match": match}
        assert solve(Params().replace(keys), regime="endogenous").certificate.status == "certified"
