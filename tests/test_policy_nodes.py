"""Curves at the intensities at which a search looks first, which policies share."""

from dataclasses import replace

import numpy as np

from eqsolve import Params
from eqsolve.game.curve import Curves
from eqsolve.game.games import columns
from eqsolve.game.market import open_market
from eqsolve.game.stages import Choices, best_choices
from eqsolve.policies import nodes
from eqsolve.policies.nodes import Nodes
from eqsolve.selections import SELECTIONS


def test_choices_are_those_on_curves_of_their_own(monkeypatch):
    game = Params().replace({"finetuning.choice": "continuous"})
    games = replace(columns([game] * 3), tax=np.array([0.0, 0.02, 0.5]), aid=np.array([0.0, 0.3, 0.1]))
    market = open_market(games.take(np.zeros(1, dtype=int)), SELECTIONS["initial"])
    zero, one = np.zeros(3), np.ones(3)
    arguments = market, games, zero.astype(int), Choices(zero, one, zero, games.strength), zero - np.inf
    own = best_choices(*arguments, tune=True, welfare=False)
    built, build = [], nodes.participation_curves

    def counted(*arguments, **options) -> Curves:
        built.append(arguments[1].size)
        return build(*arguments, **options)

    monkeypatch.setattr(nodes, "participation_curves", counted)
    shared = Nodes(market)
    counts = []
    for _ in range(2):
        built.clear()
        mine = best_choices(*arguments, tune=True, welfare=False, supply=shared.supply)
        np.testing.assert_allclose(mine.peaks.height, own.peaks.height, rtol=0, atol=1e-10)
        np.testing.assert_allclose(mine.peaks.x, own.peaks.x, rtol=0, atol=1e-8)
        np.testing.assert_allclose(mine.intensity, own.intensity, rtol=0, atol=1e-6)
        counts.append(sum(built))
    assert counts[0] - counts[1] == len(shared._known) >= 9
