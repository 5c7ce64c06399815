"""Edges of curves under every rule of selection: where the selected branch ends in a fold.

Without misfit, with one segment whose feedback is right, lognormal costs and a prior nu, those who take part
are N = H(v) with v = 1 - (1 - q) exp(-eta beta N / (N + nu)), so that q is known as a function of N. Its
extrema are the folds: the lowest equilibrium ends at a maximum, the highest at a minimum.
"""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from eqsolve import Params
from eqsolve.game.curve import Sampler
from eqsolve.game.edges import EdgeFinder
from eqsolve.game.games import columns
from eqsolve.game.market import open_market
from eqsolve.selections import SELECTIONS

LEARNING, STRENGTH, PRIOR, SCALE, SIGMA = 0.5, 2.0, 0.3, 0.7, 0.15

GAME = Params().replace({
    "finetuning.learning": LEARNING,
    "finetuning.strength": STRENGTH,
    "finetuning.personalization": 0.0,
    "finetuning.feedback_prior": PRIOR,
    "users.misfit_cost": 0.0,
    "users.transaction_cost": {"dist": "lognormal", "scale": SCALE, "sigma": SIGMA},
    "users.segments": [{"name": "all", "share": 1.0, "accuracy": 1.0}],
})  # fmt: skip


def quality(N):
    v = SCALE * np.exp(SIGMA * norm.ppf(N))
    return 1.0 - (1.0 - v) * np.exp(LEARNING * STRENGTH * N / (N + PRIOR))


def fold(selection):
    """The quality at which the rule's equilibrium jumps, from the explicit curve."""
    N = np.linspace(0.001, 0.999, 20001)
    sign = -1.0 if selection == "lowest" else 1.0
    turns = np.flatnonzero(np.diff(np.sign(np.diff(sign * quality(N)))) > 0) + 1
    assert turns.size == 1
    around = (N[turns[0] - 1], N[turns[0] + 1])
    found = minimize_scalar(
        lambda n: sign * quality(n), bounds=around, method="bounded", options={"xatol": 1e-14}
    )
    return float(sign * found.fun)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("wide", [0.02, 1e-4])
def test_the_end_of_the_selected_branch_is_located(selection, wide):
    edge = fold("highest" if selection == "highest" else "lowest")
    market = open_market(columns([GAME]), SELECTIONS[selection])
    sampler, curve = (
        Sampler(market, np.zeros(1, dtype=int), np.array([STRENGTH]), False),
        np.zeros(1, dtype=int),
    )
    low, high = np.array([edge - wide]), np.array([edge + 0.7 * wide])
    unknown = np.full((1, 2 + market.fine.y.size), np.nan)
    ends = [sampler(curve, q, unknown, np.full(1, np.inf)).memo for q in (low, high)]
    x, below, above = EdgeFinder(sampler, market.selection).locate(curve, low, high, *ends)
    assert x[0] == pytest.approx(edge, rel=0, abs=1e-10)
    assert quality(below.value[0, 0]) == pytest.approx(edge, rel=0, abs=1e-9)
    assert quality(above.value[0, 0]) == pytest.approx(edge, rel=0, abs=1e-9)
    assert above.value[0, 0] - below.value[0, 0] > 0.1
