"""Where adjustment starts: who takes part is the same on every grid."""

import numpy as np
import pytest
from scipy import stats

from eqsolve import Params
from eqsolve.certificate.users import open_users
from eqsolve.game.games import columns
from eqsolve.game.market import open_market
from eqsolve.game.response import make_rows
from eqsolve.game.starts import start_state
from eqsolve.selections import SELECTIONS

INTERVALS = {
    "everybody": [(0.0, 1.0)],
    "nobody": [],
    "left": [(0.0, 0.5)],
    "right": [(0.5, 1.0)],
    "center": [(0.25, 0.75)],
    "ends": [(0.0, 0.25), (0.75, 1.0)],
}
TASTES = {
    "uniform": ({"dist": "uniform"}, stats.uniform()),
    "beta": ({"dist": "beta", "a": 2.0, "b": 3.5}, stats.beta(2.0, 3.5)),
    "truncnorm": (
        {"dist": "truncnorm", "mean": 0.7, "sd": 0.25}, stats.truncnorm(-0.7 / 0.25, 0.3 / 0.25, 0.7, 0.25)
    ),
}  # fmt: skip
MATCHES = {"gaussian": {"kind": "gaussian", "breadth": 0.3}, "linear": {"kind": "linear"}}


@pytest.mark.parametrize("match", MATCHES)
@pytest.mark.parametrize("tastes", TASTES)
@pytest.mark.parametrize("start", INTERVALS)
def test_starts_have_the_mass_of_their_tastes_on_every_grid(start, tastes, match):
    density, law = TASTES[tastes]
    segments = {f"users.segments.{name}.tastes": density for name in ("high", "low")}
    params = Params().replace({**segments, "users.match": MATCHES[match]})
    market = open_market(columns([params]), SELECTIONS["highest"])
    expected = sum(law.cdf(high) - law.cdf(low) for low, high in INTERVALS[start])
    for model in (market.fine, market.whole, open_users(market.games, SELECTIONS["highest"]).model):
        rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.3]), np.array([4.0]))
        assert start_state(rows, start)[0, 0] == pytest.approx(expected, rel=0, abs=1e-11)
