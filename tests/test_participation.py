"""Stage 3: the limit of best-response adjustment, and what counts as a crowd."""

from pathlib import Path

import numpy as np
import pytest
from random_games import random_game
from scipy.integrate import solve_ivp

from eqsolve import Params, solve
from eqsolve.game.discretization import discretize
from eqsolve.game.games import columns
from eqsolve.game.grids import needs_of
from eqsolve.game.market import open_market
from eqsolve.game.participation import NO_CROWD, adjust, participate, polish, state_distance
from eqsolve.game.response import best_response, crowd, make_rows, tangent, values
from eqsolve.game.starts import start_state
from eqsolve.selections import SELECTIONS

INITIAL = SELECTIONS["initial"]

RARE = {
    "platform.training_cost": 4.0,
    "finetuning.strength": 12.0,
    "finetuning.learning": 0.5,
    "finetuning.personalization": 0.0,
    "users.transaction_cost": {"dist": "lognormal", "scale": 0.3, "sigma": 0.1},
}
"""Lognormal costs: some users take part at any quality, if only 1e-300 of them."""


def rows_of(params, quality, check=False):
    games = columns([params])
    model = discretize(games, *needs_of(games).grids(20, 1)) if check else open_market(games, INITIAL).fine
    quality = np.atleast_1d(quality)
    game = np.zeros(quality.size, dtype=int)
    return make_rows(model, game, quality, np.full(quality.size, params.finetuning.strength))


@pytest.mark.parametrize(("seed", "qualities"), [(100, [0.15, 0.2]), (244, [0.15, 0.24]), (245, [0.2, 0.3])])
def test_limits_are_those_of_the_flow_of_masses_by_another_method(seed, qualities):
    rows = rows_of(Params.model_validate(random_game(seed)), qualities)
    start = start_state(rows, "initial")
    found = adjust(rows, start, rows.model.mirror[rows.game], 1e-13)
    assert found.converged.all()
    for i in np.flatnonzero(start[:, 0] > 0):
        row = rows.take(slice(i, i + 1))
        path = solve_ivp(
            lambda _, z, row=row: best_response(row, z[None])[0] - z, (0.0, 300.0), start[i],
            method="LSODA", rtol=1e-8, atol=1e-11,
        )  # fmt: skip
        end = path.y[:, -1:].T
        assert end[0, 0] == pytest.approx(found.state[i, 0], rel=0, abs=1e-6)
        assert end[0, 0] < 1e-6 or state_distance(row, end, found.state[i : i + 1])[0] < 1e-6


def test_fewer_than_a_trillionth_of_the_users_are_no_crowd_on_either_grid():
    edges = []
    for check in (False, True):
        low, high = 0.2, 0.5
        while high - low > 1e-13:
            middle = (low + high) / 2.0
            found = participate(rows_of(Params().replace(RARE), middle, check), INITIAL)
            assert found.solved[0]
            low, high = (low, middle) if found.state[0, 0] > 0.5 else (middle, high)
        edges.append(high)
        first = start_state(rows_of(Params().replace(RARE), high, check), "initial")[:, 0]
        assert first[0] == pytest.approx(NO_CROWD, rel=1e-8)
    assert edges[0] == pytest.approx(edges[1], rel=0, abs=1e-11)


def test_a_crowd_of_any_size_above_that_leads_where_its_direction_does():
    quality = np.array([0.3542, 0.36, 0.38, 0.42])
    found = participate(rows_of(Params().replace(RARE), quality), INITIAL)
    first = start_state(rows_of(Params().replace(RARE), quality), "initial")[:, 0]
    assert (first[1:] / first[:-1] > 3.0).all()
    np.testing.assert_allclose(found.state[:, 0], 1.0, atol=1e-3)


def test_own_feedback_draws_first_users_whose_direction_is_followed():
    params = Params().replace(
        {"finetuning.personalization": 0.5, "finetuning.learning": 1.0, "finetuning.strength": 3.0}
    )
    rows = rows_of(params, np.linspace(0.0, 0.2, 21))
    found = participate(rows, INITIAL)
    drawn = (start_state(rows, "initial")[:, 0] == 0) & (found.state[:, 0] > 0.01)
    assert drawn.any()
    assert found.solved.all()
    np.testing.assert_allclose(
        crowd(rows, best_response(rows, found.state))[drawn], crowd(rows, found.state)[drawn], atol=1e-11
    )


@pytest.mark.parametrize(("seed", "quality"), [(64, 0.4375), (328, 5 / 6)])
def test_polish_finds_the_equilibrium_next_to_a_guess_where_the_map_is_steep(seed, quality):
    rows = rows_of(Params.model_validate(random_game(seed)), quality)
    mirror = rows.model.mirror[rows.game]
    found = adjust(rows, start_state(rows, "initial"), mirror, 1e-13)
    again = polish(rows, found.state * (1.0 + 1e-7), mirror, 1e-13)
    assert again.converged[0]
    assert again.state[0, 0] == pytest.approx(found.state[0, 0], rel=0, abs=1e-9)


@pytest.mark.parametrize("pieces", [1, 2, 13])
@pytest.mark.parametrize("name", ["paper", "small-transaction-cost"])
def test_the_pieces_that_curves_begin_with_decide_nothing(monkeypatch, name, pieces):
    game = Params.from_file(Path(__file__).parent.parent / "examples" / f"{name}.toml")
    before = solve(game)
    monkeypatch.setattr("eqsolve.game.curve.PLAIN_PIECES", pieces)
    after = solve(game)
    assert after.certificate.status == before.certificate.status == "certified"
    assert after.profit == pytest.approx(before.profit, rel=0, abs=1e-12)
    assert after.quality == pytest.approx(before.quality, rel=0, abs=1e-8)
    assert after.welfare == pytest.approx(before.welfare, rel=0, abs=1e-8)


@pytest.mark.parametrize("draws", [1, 4])
def test_users_who_learn_from_nobody_else_see_what_no_crowd_changes(draws):
    """What each of many rows of two games sees is what it sees alone, and the response has no slope."""
    own = Params().replace({"finetuning.personalization": 1.0, "model.draws": draws})
    games = columns([own, own.replace({"users.misfit_cost": 0.8, "users.segments.low.accuracy": 0.2})])
    model = discretize(games, *needs_of(games).grids(16, 0))
    game, q, beta = (each.ravel() for each in np.meshgrid([0, 1], [0.2, 0.7], [1.0, 3.0, 4.0]))
    rows = make_rows(model, game, q, beta)
    together = values(rows, start_state(rows, "left"))
    for row in range(game.size):
        alone = make_rows(model, *(each[row : row + 1] for each in (game, q, beta)))
        seen = values(alone, start_state(alone, "right"))
        np.testing.assert_allclose(together.v[row], seen.v[0], rtol=0, atol=1e-14)
    assert np.unique(together.v[:, 0, 0]).size == game.size
    change = np.random.default_rng(1).random((game.size, 2 + model.y.size))
    slope = tangent(rows, start_state(rows, "everybody"))(change)
    assert not slope.any()
