"""Staircases of narrow tastes: no certified quality is beaten by one that lies between two steps."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats
from staircases import Staircase, staircase
from trust import payoff_scale, verdict

from eqsolve import Params, solve_many

pytestmark = pytest.mark.thorough

QUICK, ALL, BATCH = 40, 500, 25


def play(seeds, counted):
    for start in range(0, len(seeds), BATCH):
        games = {seed: staircase(seed) for seed in seeds[start : start + BATCH]}
        found = solve_many([Params.model_validate(game) for game in games.values()], regime="none")
        for i, (seed, game) in enumerate(games.items()):
            counted.add(str(seed), judge(found.row(i), game), game, "none")


def judge(found, game):
    stairs = Staircase(game)
    there = [tuple(float(value) for value in stairs.outcome(found.quality))]
    return verdict(found, "none", payoff_scale(game), stairs.best(), there)


def test_no_quality_beats_a_certified_one(tally):
    counted = tally("staircases")
    play(range(QUICK), counted)
    counted.check(uncertified=0)


class TestClosedForm:
    """The closed form: against adaptive quadrature of the definition, and against denser scans."""

    @pytest.mark.parametrize("seed", range(24))
    def test_participation_and_surplus(self, seed):
        game = staircase(seed)
        stairs, rng = Staircase(game), np.random.default_rng(seed)
        for q in stairs.best().quality + rng.uniform(-0.1, 0.1, 4):
            N, CS = integrals(game, q)
            assert stairs.outcome(q)[0] == pytest.approx(N, rel=0, abs=1e-11)
            assert stairs.outcome(q)[1] == pytest.approx(CS, rel=0, abs=1e-11)

    @pytest.mark.parametrize("seed", range(24))
    def test_a_denser_scan_finds_nothing_better(self, seed):
        stairs = Staircase(staircase(seed))
        best = stairs.best()
        assert stairs.payoff(np.linspace(0, 1, 40_001)).max() <= best.payoff + 1e-14
        near = np.clip(best.quality + np.linspace(-1e-3, 1e-3, 20_001), 0, 1)
        assert stairs.payoff(near).max() <= best.payoff + 1e-14

    def test_the_staircase_that_was_certified_wrongly(self):
        game = json.loads((Path(__file__).parent / "data" / "core" / "staircase.json").read_text())
        best = Staircase(game).best()
        assert best.quality == pytest.approx(0.222367, abs=1e-6)
        assert best.payoff == pytest.approx(0.00127492, abs=1e-8)


def integrals(game, q):
    """N and CS by adaptive quadrature over each component of the tastes, cut where H has a kink."""
    users = game["users"]
    kind, C, t = *users["transaction_cost"].values(), users["misfit_cost"]
    components = users["segments"][0]["tastes"]["components"]
    total = sum(c["weight"] for c in components)
    N = CS = 0.0
    for c in components:
        law = stats.truncnorm(-c["mean"] / c["sd"], (1 - c["mean"]) / c["sd"], c["mean"], c["sd"])

        def v(x):
            return q - t * (1 / 12 + (x - 0.5) ** 2)

        low, high = max(0.0, c["mean"] - 9 * c["sd"]), min(1.0, c["mean"] + 9 * c["sd"])
        distances = [np.sqrt(z) for z in ((q - level) / t - 1 / 12 for level in (0, C)) if z > 0]
        cuts = [x for d in distances for x in (0.5 - d, 0.5 + d) if low < x < high]
        ends = sorted({low, c["mean"], high, *cuts})

        def parts(x, law=law, v=v):
            value = max(v(x), 0.0)
            H = float(value >= C) if kind == "point" else min(value / C, 1.0)
            S = (
                max(value - C, 0.0)
                if kind == "point"
                else (value**2 / (2 * C) if value < C else value - C / 2)
            )
            return law.pdf(x) * np.array([H, S])

        for a, b in pairwise(ends):
            # strictly inside: a user at a cut is on either side
            part = integrate.quad_vec(parts, a + 1e-15, b - 1e-15, epsabs=1e-14, epsrel=1e-12)[0]
            N, CS = N + c["weight"] / total * part[0], CS + c["weight"] / total * part[1]
    return N, CS
