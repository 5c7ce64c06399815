"""Where users are evaluated: half grids are the same as whole ones, and curves are what their points say."""

from dataclasses import replace

import numpy as np
import pytest
from random_games import random_game

from eqsolve import Params
from eqsolve.game.curve import Sampler, participation_curves
from eqsolve.game.games import columns
from eqsolve.game.grids import needs_of
from eqsolve.game.market import open_market
from eqsolve.game.payoffs import revenue
from eqsolve.numerics.quadrature import Grid, transfer
from eqsolve.selections import SELECTIONS

INITIAL = SELECTIONS["initial"]

SYMMETRIC = {
    "paper": {},
    "no own feedback": {"finetuning.personalization": 0.0},
    "misleading": {"users.segments.low.share": 0.8, "finetuning.feedback_prior": 0.1},
    "exponential": {"users.transaction_cost": {"dist": "exponential", "scale": 0.3}},
    "point": {"users.transaction_cost": {"dist": "point", "scale": 0.3}},
    "quadratic": {"users.match": {"kind": "quadratic"}, "finetuning.strength": 30.0},
    "beta": {"model.outputs": {"dist": "beta", "a": 0.6, "b": 0.6}, "users.match": {"kind": "quadratic"}},
}


class Everything:
    """The question to which every value matters."""

    def see(self, owner, x, value):
        pass

    def open(self, owner, x, value):
        return np.ones(x.shape, dtype=bool)


def market(params):
    return open_market(columns([params]), INITIAL)


def sampled(place, q, beta):
    """N and CS at qualities, each found on its own."""
    users = Sampler(place, np.zeros(1, dtype=int), np.array([beta]), surplus=True)
    nothing = np.zeros((q.size, 2 + place.fine.y.size))
    return users(np.zeros(q.size, dtype=int), q, nothing, np.full(q.size, np.inf))


@pytest.mark.parametrize("keys", SYMMETRIC.values(), ids=SYMMETRIC)
def test_half_grids_lead_to_the_same_payoffs(keys):
    params = Params().replace(keys)
    half = market(params)
    assert half.fine.x.half
    whole = replace(half, fine=half.whole)
    q = np.linspace(0.0, 1.0, 21)
    for beta in (0.0, params.finetuning.strength):
        here, there = sampled(half, q, beta), sampled(whole, q, beta)
        assert here.sound.all()
        for value in (here.value, there.value):
            value[:, 0] = revenue(half.games, np.zeros(q.size, dtype=int), value[:, 0])
        np.testing.assert_allclose(here.value, there.value, rtol=0, atol=2e-12)


def test_games_that_are_not_symmetric_keep_full_grids():
    lopsided = {"users.segments.low.tastes": {"dist": "beta", "a": 2.0, "b": 3.0}}
    assert not market(Params().replace(lopsided)).fine.x.half
    assert not market(Params().replace({"users.match": {"kind": "linear"}})).fine.x.half
    assert not open_market(columns([Params()]), SELECTIONS["highest"]).fine.x.half


@pytest.mark.parametrize("seed", [1, 4, 6, 7, 8, 10, 15, 27])
def test_the_first_users_take_part_in_the_initial_model_at_the_quality_of_entry(seed):
    place = market(Params.model_validate(random_game(seed)))
    entry = place.entry[0]
    if entry > 1e-3:
        q = np.linspace(0.0, min(entry, 1.0), 9)[:-1]
        assert (sampled(place, q, 0.0).value[:, 0] == 0.0).all()
    if entry < 0.98:
        q = np.linspace(max(entry, 0.0), 1.0, 9)[1:]
        assert (sampled(place, q, 0.0).value[:, 0] > 0.0).all()


@pytest.mark.parametrize("tune", [False, True], ids=["initial model", "fine-tuned"])
@pytest.mark.parametrize("seed", [4, 6, 7, 8, 10, 15])
def test_curves_are_within_their_errors_of_what_every_quality_says_by_itself(seed, tune):
    params = Params.model_validate(random_game(seed))
    place = market(params)
    beta = np.array([params.finetuning.strength if tune else 0.0])
    first = np.zeros(1, dtype=int)
    curves = participation_curves(place, first, beta, np.zeros(1), np.ones(1), Everything(), surplus=True)
    pieces = curves.pieces
    q = np.random.default_rng(seed).uniform(0.0, 1.0, 40)
    piece = pieces.find(np.zeros(q.size, dtype=int), q)
    found = sampled(place, q, beta[0])
    known = np.isfinite(pieces.error[piece]).all(axis=1)
    assert known.mean() > 0.9
    off = np.abs(pieces.value(piece, q) - found.value)
    jump = pieces.high[piece] - pieces.low[piece] < 1e-10
    assert (off <= pieces.error[piece] + 1e-10)[known & ~jump].all()


@pytest.mark.parametrize("exponent", [0.5, 0.94, 1.2, 1.5, 2.5, 4.5])
@pytest.mark.parametrize("breadth", [0.05, 0.1, 0.25, 0.5, 1.0])
def test_the_match_is_interpolated_to_rounding_also_where_tastes_are_singular(exponent, breadth):
    """Panels resolve the kernel, and not what tastes need."""
    game = Params().model_dump(mode="json")
    game["finetuning"] |= {"strength": 0.1, "personalization": 0.0}
    game["users"]["match"]["breadth"] = breadth
    for segment in game["users"]["segments"]:
        segment["tastes"] = {"dist": "beta", "a": exponent, "b": 3.0}
    _, shape, *_ = needs_of(columns([Params.model_validate(game)])).grids(16, 0)
    fine = Grid(4 * shape.panels, 16, shape.grading)
    bells = [np.exp(-np.square((grid.x - np.array([[0.0], [0.3]])) / breadth) / 2) for grid in (shape, fine)]
    np.testing.assert_allclose(transfer(shape, fine).lift(bells[0]), bells[1], rtol=0, atol=1e-12)


STRONG = {
    "narrow": {"users.match": {"kind": "gaussian", "breadth": 0.05}},
    "point": {"users.transaction_cost": {"dist": "point", "scale": 0.3}},
    "lopsided": {"users.segments.low.tastes": {"dist": "beta", "a": 3.2, "b": 0.7}},
}


@pytest.mark.parametrize("keys", STRONG.values(), ids=STRONG)
def test_weaker_fine_tuning_leads_to_the_same_on_its_coarser_grids(keys):
    """Grids are as fine as intensities need; users do the same on them."""
    params = Params().replace({"finetuning.choice": "continuous", "finetuning.strength": 50.0, **keys})
    place, beta = market(params), np.array([50.0, 12.5, 3.0, 0.0])
    which = np.zeros(beta.size, dtype=int)
    parts = place.by_intensity(which, beta)
    np.testing.assert_array_equal(np.sort(np.concatenate([some for _, some in parts])), which + np.arange(4))
    sizes = [fitting.fine.numbers for fitting, _ in parts]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < sizes[0]
    q = np.linspace(0.3, 1.0, 5)
    for fitting, some in parts:
        for number in some:
            here, there = sampled(fitting, q, beta[number]), sampled(place, q, beta[number])
            both = here.sound & there.sound
            assert both.sum() >= 4
            np.testing.assert_allclose(here.value[both], there.value[both], rtol=0, atol=2e-12)


def test_several_draws_take_fewer_nodes_where_fine_tuning_is_weaker():
    changes = {"finetuning.choice": "continuous", "finetuning.strength": 10.0, "model.draws": 16}
    place, beta = market(Params().replace(changes)), np.array([10.0, 6.0, 2.0])
    parts = place.by_intensity(np.zeros(3, dtype=int), beta)
    tables = [fitting.fine.picking.tables.distances.table.size for fitting, _ in parts]
    assert [some.tolist() for _, some in parts] == [[0], [1], [2]]
    assert tables[1] < 0.6 * tables[0] and tables[2] < 0.6 * tables[1]
    q = np.linspace(0.3, 1.0, 5)
    for fitting, some in parts:
        here, there = (sampled(each, q, beta[some[0]]) for each in (fitting, place))
        assert here.sound.all() and there.sound.all()
        np.testing.assert_allclose(here.value, there.value, rtol=0, atol=1e-9)


def test_a_binary_choice_has_one_grid():
    params = Params().replace(
        {"finetuning.strength": 50.0, "users.match": {"kind": "gaussian", "breadth": 0.05}}
    )
    place = market(params)
    assert [fitting for fitting, _ in place.by_intensity(np.zeros(2, dtype=int), np.array([0.0, 50.0]))] == [
        place
    ]
