"""Users who see K outputs and pick the best: closed forms, Monte Carlo, the oracle, and the simulation."""

from pathlib import Path

import numpy as np
import pytest
from oracle import Oracle
from random_games import random_game
from test_random_games import play

from eqsolve import InputError, Params, compare, sensitivity, solve, solve_many, threshold
from eqsolve.findings import read_domain
from eqsolve.game import picking
from eqsolve.game.discretization import discretize
from eqsolve.game.games import columns
from eqsolve.game.grids import needs_of
from eqsolve.game.nodes import factor_nodes
from eqsolve.game.response import best_response, make_rows, tangent, values
from eqsolve.game.starts import start_state
from eqsolve.numerics.quadrature import Grid
from eqsolve.simulation import converge
from eqsolve.simulation.service import initial_model
from eqsolve.sweeps.design import Axis, Range, make_design, sample

PAPER = Params()
EXAMPLE = Params.from_file(Path(__file__).parent.parent / "examples" / "draws.toml")
CLOSED = Params.from_file(Path(__file__).parent.parent / "examples" / "closed-form.toml").replace(
    {"model.draws": 2}
)
KERNELS = {"linear": {"kind": "linear"}, "quadratic": {"kind": "quadratic"}}


def match_at(params, grids=(16, 0)):
    """m(x) in the initial model at the nodes of the grid of tastes, and the grid."""
    games = columns([params])
    model = discretize(games, *needs_of(games).grids(*grids))
    return model.initial_match[0], model.x


def drawn(seed, draws=None):
    """A random game with K in 2..16, as a plain table."""
    game = random_game(seed)
    game["model"]["draws"] = draws or int(np.random.default_rng([14, seed]).integers(2, 17))
    return game


@pytest.mark.parametrize("grids", [(16, 0), (20, 1)])
@pytest.mark.parametrize("draws", [2, 3, 4, 5, 8, 13, 16, 31, 32, 64])
class TestClosedForm:
    """Uniform outputs: m(x) = 1 - (1 + |1 - 2x|^(K+1)) / (2 (K+1)) for a linear match."""

    def test_linear(self, draws, grids):
        match, x = match_at(PAPER.replace({"model.draws": draws, "users.match": KERNELS["linear"]}), grids)
        exact = 1 - (1 + np.abs(1 - 2 * x.x) ** (draws + 1)) / (2 * (draws + 1))
        np.testing.assert_allclose(match, exact, rtol=0, atol=1e-12)
        mean = (draws + 3) / (2 * (draws + 1) * (draws + 2))
        assert x.weights @ (1 - match) == pytest.approx(mean, rel=0, abs=1e-12)

    def test_quadratic(self, draws, grids):
        """1 - m = 2 ∫ u (1 - A)^K du, in two parts: both sides of the taste within the line, and one."""
        match, x = match_at(PAPER.replace({"model.draws": draws, "users.match": KERNELS["quadratic"]}), grids)
        near = np.minimum(x.x, x.complement)
        rest, first, second = 1 - 2 * near, draws + 1, draws + 2
        inner = (1 - rest**first) / (2 * first) - (1 - rest**second) / (2 * second)
        outer = 2 * ((1 - near) * rest**first / first - rest**second / second)
        np.testing.assert_allclose(match, 1 - inner - outer, rtol=0, atol=1e-12)


def test_one_draw_is_the_mean_match():
    places, found = np.linspace(0.0, 1.0, 101), []
    for draws in (1, 2):
        match, x = match_at(PAPER.replace({"model.draws": draws}))
        found.append(x.interpolation(places) @ match)
    assert (found[1] > found[0]).all()


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [2, 3, 4, 6, 7, 8])
def test_the_match_agrees_with_the_oracle_at_any_crowd(seed):
    game = drawn(seed)
    params, beta = Params.model_validate(game), game["finetuning"]["strength"]
    oracle = Oracle(game, refine=2.5)
    R, N = oracle.start(0.9, "left")
    games = columns([params])
    model = discretize(games, *needs_of(games).grids(16, 0))
    rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.9]), np.array([beta]))
    seen = values(rows, start_state(rows, "left"))
    reward, rho = oracle.signal(R, N)
    exact = oracle.values(0.9, beta, reward, rho)[0]
    at = np.linspace(0.01, 0.99, 197)
    v = np.stack([oracle.at(oracle.mesh.u_of(at), row) for row in exact])
    mine = np.broadcast_to(seen.v[0], (len(exact), model.x.size)) @ model.x.interpolation(at).T
    np.testing.assert_allclose(mine, v, rtol=0, atol=3e-8)


@pytest.mark.parametrize("seed", range(4))
def test_the_tangent_is_the_derivative(seed):
    params = Params.model_validate(drawn(seed))
    games = columns([params])
    model = discretize(games, *needs_of(games).grids(16, 0))
    rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.9]), np.array([params.finetuning.strength]))
    state, step = start_state(rows, "everybody"), 1e-5
    change = start_state(rows, "left")
    slope = tangent(rows, state).value_change(change)
    ahead, behind = (values(rows, state + sign * step * change).v for sign in (1, -1))
    scale = np.abs(slope).max()
    np.testing.assert_allclose(slope / scale, (ahead - behind) / (2 * step) / scale, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "key", [{}, {"finetuning.personalization": 0.0}, {"users.match": KERNELS["quadratic"]}]
)
def test_the_solver_agrees_with_the_oracle(key):
    found = solve(PAPER.replace({"model.draws": 4, **key}))
    there = Oracle(found.params.model_dump(mode="json")).evaluate(found.quality, found.intensity)
    assert found.certificate.status == "certified"
    for name in ("participation", "user_surplus", "profit", "welfare"):
        assert getattr(found, name) == pytest.approx(getattr(there, name), rel=0, abs=1e-9)


COARSE = {
    "paper": ({}, 2e-8),
    "linear": ({"users.match": KERNELS["linear"]}, 2e-9),
    "quadratic": ({"users.match": KERNELS["quadratic"]}, 2e-8),
    "strong": ({"finetuning.strength": 20.0}, 1e-8),
    "beta": ({"model.outputs": {"dist": "beta", "a": 2.0, "b": 2.0}}, 1e-8),
    "singular": ({"model.outputs": {"dist": "beta", "a": 0.7, "b": 1.3}}, 4e-8),
    "one-sided": ({"model.outputs": {"dist": "truncnorm", "mean": 0.3, "sd": 0.15}}, 1e-8),
    "narrow, linear": (
        {"users.match": KERNELS["linear"], "model.outputs": {"dist": "truncnorm", "mean": 0.3, "sd": 0.04}},
        1e-12,
    ),
    "narrow at an end, linear": (
        {"users.match": KERNELS["linear"], "model.outputs": {"dist": "truncnorm", "mean": 0.03, "sd": 0.04}},
        2e-9,
    ),
    "a peak for all": (
        {
            "users.match": {"kind": "gaussian", "breadth": 0.1},
            "model.outputs": {"dist": "truncnorm", "mean": 0.5, "sd": 0.3},
            "finetuning.personalization": 0.0,
            "finetuning.strength": 60.0,
        },
        1e-12,
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("draws", [2, 4, 8, 16])
@pytest.mark.parametrize("name", COARSE)
def test_few_nodes_are_enough(name, draws):
    """The match that users face on the grids of a game, beside rules that are twice as fine, at any taste."""
    changes, tolerance = COARSE[name]
    games = columns([PAPER.replace({"model.draws": draws, **changes})])
    at, found = np.linspace(0.0, 1.0, 401), []
    for order in (16, 32):
        model = discretize(games, *needs_of(games).grids(order, 0))
        rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.7]), games.strength)
        crowd = best_response(rows, start_state(rows, "left"))
        found.append(values(rows, crowd).match.expected[0] @ model.x.interpolation(at).T)
    np.testing.assert_allclose(*found, rtol=0, atol=tolerance)


def test_games_without_finetuning_make_no_tables(monkeypatch):
    """Tables for tuned outputs take far longer than such a game does."""

    def refuse(*_):
        raise AssertionError("tables were made")

    monkeypatch.setattr("eqsolve.game.picking._tables", refuse)
    assert solve(PAPER.replace({"model.draws": 8}), regime="none").certificate.status == "certified"


def test_factors_of_one_initial_model_are_interpolated_alone():
    """A game takes the shorter way alone, not beside one with other outputs, to the same match."""
    changes = [{"model.outputs": {"dist": "beta", "a": a, "b": 2.0}} for a in (2.0, 2.1)]
    game, other = (PAPER.replace({"model.draws": 4, **change}) for change in changes)
    found = []
    for batch in ([game], [game, other]):
        games = columns(batch)
        model = discretize(games, *needs_of(columns([other])).grids(16, 0))
        assert (model.picking.tables.spread is None) == (len(batch) > 1)
        rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.7]), np.array([4.0]))
        found.append(values(rows, start_state(rows, "left")).match.expected)
    np.testing.assert_allclose(*found, rtol=0, atol=2e-8)


@pytest.mark.parametrize("regime", ["none", "endogenous"])
def test_a_rough_piece_beside_the_best_quality_counts_only_there(regime):
    """Its other end, with a kink where the last user is won, is excluded by monotonicity."""
    games = [CLOSED.replace({"users.misfit_cost": t}) for t in (0.57, 0.585, 0.595)]
    assert set(solve_many(games, regime=regime).status) == {"certified"}


@pytest.mark.parametrize(("seed", "regime"), [(142, "forced"), (144, "endogenous")])
def test_outputs_that_tuning_gathers_are_resolved(seed, regime):
    """By common tuning to a peak narrower than the match, and around each taste by own feedback."""
    assert solve(Params.model_validate(drawn(seed)), regime=regime).certificate.status == "certified"


@pytest.mark.parametrize("draws", [2, 4, 8, 16, 64])
@pytest.mark.parametrize(("a", "b"), [(2.0, 2.0), (1.5, 2.0), (2.2, 5.0)])
def test_mildly_singular_outputs_need_no_graded_tastes(a, b, draws):
    game = PAPER.replace({"model.draws": draws, "model.outputs": {"dist": "beta", "a": a, "b": b}})
    games = columns([game])
    needs = needs_of(games)
    at = np.concatenate([np.linspace(0.0, 1.0, 401), np.geomspace(1e-5, 0.02, 100)])
    found = []
    for x, shape, y, *_ in (needs.grids(16, 0), (Grid(24, 16, 4), Grid(24, 16, 4), Grid(24, 16, 4))):
        model = discretize(games, x, shape, y)
        rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.7]), np.array([4.0]))
        faced = [values(rows, start_state(rows, name)).v[0] for name in ("left", "everybody")]
        found.append(
            np.stack([*model.initial_match[:1], *np.concatenate(faced)]) @ model.x.interpolation(at).T
        )
    assert needs.gradings[0, 1] == 1
    np.testing.assert_allclose(*found, rtol=0, atol=6e-9)


@pytest.mark.parametrize("interval", [(0.0, 1.0), (0.6, 1.0)])
@pytest.mark.parametrize("strength", [0.1, 2.0, 9.0, 25.0, 50.0])
@pytest.mark.parametrize(
    "match",
    [{"kind": "quadratic"}, {"kind": "gaussian", "breadth": 0.1}, {"kind": "gaussian", "breadth": 0.6}],
    ids=str,
)
def test_factors_of_fine_tuned_models_are_interpolated(match, strength, interval):
    """Point by point to 1e-6 of what is in a panel's middle; integrals are more precise, as errors swing."""
    games = columns([PAPER.replace({"users.match": match, "finetuning.strength": strength})])
    panels, nodes = factor_nodes(games, *interval)
    grid, fine = Grid(panels, nodes), np.linspace(0.0, 1.0, 40 * panels + 1)[:-1]
    power, (low, high) = strength * np.abs(games.w).max(), interval
    x = np.linspace(0.0, 1.0, 11)[:, None]
    for sign in (1.0, -1.0):
        tilt, exact = (
            np.exp(sign * power * games.kernel.value(x - low - (high - low) * y, games.match_shape))
            for y in (grid.x, fine)
        )
        error = np.abs(tilt @ grid.interpolation(fine).T - exact).reshape(11, panels, 40).max(axis=2)
        within = np.log(exact).reshape(11, panels, 40)
        middle = np.exp((within.max(axis=2) + within.min(axis=2)) / 2.0)
        assert (error / middle).max() < 1e-6


def test_one_draw_is_the_default():
    assert solve(PAPER.replace({"model.draws": 1})) == solve(PAPER)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "is out of range"),
        (65, "is out of range"),
        (2.5, "has the wrong type"),
        ("4", "has the wrong type"),
        (True, "has the wrong type"),
    ],
)
def test_what_is_not_a_number_of_draws(value, words):
    with pytest.raises(InputError, match=r"model\.draws") as error:
        Params.model_validate({"model": {"draws": value}})
    assert f"{words}: expected a whole number >= 1 and <= 64" in str(error.value)


def test_whole_numbers_may_be_floats():
    draws = PAPER.replace({"model.draws": 4.0}).model.draws
    assert draws == 4 and type(draws) is int


def test_the_simulation_knows_the_same_match():
    """By order statistics of its own outputs, whose drawing moves means by some 3e-5."""
    game = PAPER.replace({"model.draws": 4})
    model = initial_model(game, np.random.default_rng(1))
    match, x = match_at(game)
    mine = x.interpolation(model.tastes) @ match
    np.testing.assert_allclose(model.expected[0], mine, rtol=0, atol=3e-4)


def test_a_sweep_takes_lists_of_draws_and_nothing_between():
    games = make_design(PAPER, [Axis("model.draws", (1, 2, 4))]).games()
    assert [game.model.draws for game in games] == [1, 2, 4]
    for broken in (Axis("model.draws", (1.5, 2.0)), Range("model.draws", 1, 4)):
        kind = "grid" if isinstance(broken, Axis) else "sobol"
        with pytest.raises(InputError, match="whole number"):
            make_design(PAPER, [broken], kind=kind, points=None if kind == "grid" else 4)
    for ask in (lambda: threshold(PAPER, "model.draws"), lambda: sensitivity(PAPER, keys="model.draws")):
        with pytest.raises(InputError, match="whole numbers"):
            ask()


@pytest.mark.parametrize("text", ["[1, 2.5]", "[0, 2]", "[4]", "[1, 65]", "4", "[true, 2]"])
def test_a_domain_over_draws_is_a_list_of_whole_numbers(tmp_path, text):
    (tmp_path / "domain.toml").write_text(f"model.draws = {text}\n")
    with pytest.raises(InputError, match=r"domain\.toml:1: .*model\.draws"):
        read_domain(tmp_path / "domain.toml", PAPER)


def test_a_domain_draws_from_its_list(tmp_path):
    (tmp_path / "domain.toml").write_text("model.draws = [1, 4, 2]\n")
    (over,) = read_domain(tmp_path / "domain.toml", PAPER).ranges
    assert (over.values, set(sample([over], 64)[:, 0])) == ((1, 2, 4), {1.0, 2.0, 4.0})


def test_the_example_is_about_diversity():
    """Accurate users with niche tastes lose, far more so with four outputs, at fixed quality too."""
    fall = {}
    for draws in (4, 1):
        game = EXAMPLE.replace({"model.draws": draws})
        pair = compare(*(solve(game, regime=regime) for regime in ("none", "endogenous")))
        before, after = pair.equilibria
        fixed = pair.at_quality[0] or after
        niche = [next(s for s in each.segments if s.name == "niche") for each in (before, after, fixed)]
        assert pair.certified and after.intensity > 0 and after.direction == "centralized"
        fall[draws] = [niche[0].user_surplus - each.user_surplus for each in niche[1:]]
    assert fall[4][0] > 4 * fall[1][0] > 0
    assert fall[4][1] > 2 * fall[1][1] > 0
    assert "by the worse initial model, not by the outputs" in " ".join(
        compare(*(solve(EXAMPLE, regime=regime) for regime in ("none", "endogenous"))).causes
    )


class TestSlow:
    """Many draws, many games."""

    pytestmark = pytest.mark.slow

    @pytest.mark.parametrize("seed", range(10))
    def test_monte_carlo(self, seed):
        """The mean over 1e7 draws of K outputs, from f_jx by rejection."""
        params = Params.model_validate(drawn(seed))
        kind = ("gaussian", "linear", "quadratic")[seed % 3]
        table = {"kind": kind, "breadth": 0.2} if kind == "gaussian" else {"kind": kind}
        params = params.replace(
            {"users.match": table, "finetuning.strength": 4.0, "model.draws": 2 + seed % 5}
        )
        games = columns([params])
        model = discretize(games, *needs_of(games).grids(16, 0))
        rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.5]), np.array([4.0]))
        state = start_state(rows, "right")
        rng = np.random.default_rng([7, seed])
        x, j = rng.random(), int(rng.integers(len(params.users.segments)))
        seen = values(rows, state)
        match = np.broadcast_to(seen.match.expected[0], (len(params.users.segments), model.x.size))[j]
        expected = float(match @ model.x.interpolation(np.array([x]))[0])
        mean, error = best_of_draws(params, model, state, j, x, rng)
        assert abs(mean - expected) <= 3 * error

    def test_simulations_converge(self):
        """Deviations fall with the users to the power of -1/2."""
        found = converge(
            PAPER.replace({"model.draws": 4}), [2000, 8000, 32000], regime="forced", replications=24, seed=4
        )
        slope, error = found.slope("participation")
        assert abs(slope + 0.5) <= 3 * error

    @pytest.mark.parametrize("seed", range(200))
    def test_nobody_beats_the_solver(self, seed, tally):
        counted = tally("random games with several draws")
        regime = ("endogenous", "planner", "forced", "none")[seed % 4]
        play(f"draws-{seed}", drawn(seed), regime, counted, refine=2, qualities=81, intensities=11)
        counted.check(uncertified=0)


def best_of_draws(params, model, state, j, x, rng, count=10**7):
    """Mean and standard error of the best match that a user of segment j with taste x gets."""
    from eqsolve.simulation.draws import draw, match_of

    beta, zeta, draws = 4.0, params.finetuning.personalization, params.model.draws
    reward = state[0, 2:] / (state[0, 0] + params.finetuning.feedback_prior)
    kernel = match_of(params.users.match)
    table = model.y.interpolation(np.linspace(0, 1, 4001)) @ reward
    total = squares = done = 0.0
    while done < count:
        y = draw(params.model.outputs, 2_000_000, rng)
        own = beta * zeta * params.users.segments[j].w * kernel(x - y)
        exponent = beta * (1 - zeta) * np.interp(y, np.linspace(0, 1, 4001), table) + own
        y = y[rng.random(y.size) < np.exp(exponent - exponent.max())]
        best = kernel(np.abs(x - y[: y.size // draws * draws].reshape(-1, draws)).min(axis=1))
        total, squares, done = total + best.sum(), squares + (best**2).sum(), done + best.size
    mean = total / done
    return mean, np.sqrt((squares / done - mean**2) / done)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["quadratic", "linear"])
@pytest.mark.parametrize(("mean", "sd"), [(0.5, 0.01), (0.4, 0.03)])
def test_narrow_outputs_are_resolved(kind, mean, sd):
    """They were refused: nodes for the whole line did not resolve them, and the certificate saw it."""
    outputs = {"dist": "truncnorm", "mean": mean, "sd": sd}
    game = PAPER.replace({"users.match": {"kind": kind}, "model.draws": 16, "model.outputs": outputs})
    found = solve(game)
    assert found.certificate.status == "certified"
    assert found.certificate.accounting < 1e-9
    if sd > 0.01:
        told = Oracle(game.model_dump(mode="json")).evaluate(found.quality, found.intensity)
        pairs = (found.participation, told.participation), (found.user_surplus, told.user_surplus)
        np.testing.assert_allclose(*zip(*pairs, strict=True), rtol=0, atol=2e-9)


@pytest.mark.parametrize("draws", [2, 9, 32, 64])
def test_narrow_outputs_take_points_for_each_draw(draws, monkeypatch):
    """The match of one-sided crowds where outputs are densest at an end, against twice as many points."""
    outputs = {"dist": "truncnorm", "mean": 1.1, "sd": 0.05}
    changes = {"users.match": KERNELS["quadratic"], "model.draws": draws, "model.outputs": outputs}
    games, found = columns([PAPER.replace(changes)]), []
    for _ in range(2):
        model = discretize(games, *needs_of(games).grids(16, 0))
        rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.5]), np.array([4.0]))
        found.append([values(rows, start_state(rows, name)).v[0] for name in ("left", "everybody")])
        for name in ("EDGED_SHARE", "EDGED_DRAWS"):
            monkeypatch.setattr(picking, name, 2 * getattr(picking, name))
    np.testing.assert_allclose(*found, rtol=0, atol=1e-9)
