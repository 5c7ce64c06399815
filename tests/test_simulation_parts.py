"""The parts of the simulation against the formulas that they stand for."""

import ast
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from eqsolve.params import Params, Users
from eqsolve.simulation import feedback, rounds
from eqsolve.simulation.draws import Population, distribution, draw, draw_costs, draw_users, match_of
from eqsolve.simulation.feedback import Streams, as_if_shared, rate
from eqsolve.simulation.reward import smoother
from eqsolve.simulation.service import initial_model

PACKAGE = Path(rounds.__file__).parent
OBSERVED = (0.02, 0.05, 0.3, 0.31, 0.4, 0.9, 0.95)


def density(**table):
    return Params.model_validate({"model": {"outputs": table}}).model.outputs


DENSITIES = {
    "uniform": (density(dist="uniform"), stats.uniform()),
    "beta": (density(dist="beta", a=0.5, b=3.0), stats.beta(0.5, 3.0)),
    "truncnorm": (density(dist="truncnorm", mean=0.7, sd=0.2), stats.truncnorm(-3.5, 1.5, 0.7, 0.2)),
    "far below": (density(dist="truncnorm", mean=-5.0, sd=0.5), stats.truncnorm(10.0, 12.0, -5.0, 0.5)),
    "far above": (density(dist="truncnorm", mean=6.0, sd=0.5), stats.truncnorm(-12.0, -10.0, 6.0, 0.5)),
    "wide": (density(dist="truncnorm", mean=0.0, sd=50.0), stats.truncnorm(0.0, 0.02, 0.0, 50.0)),
}


def reflected_kernels(x):
    """The distribution function of the smoothed numbers, by folding the line onto [0, 1]."""
    values = np.array(OBSERVED)
    spread = min(values.std(ddof=1), np.subtract(*np.percentile(values, [75, 25])) / 1.34)
    kernel = stats.norm(values, 0.9 * spread * len(values) ** -0.2)
    folds = [(2 * k - x, 2 * k + x) for k in range(-4, 5)]
    return sum((kernel.cdf(high) - kernel.cdf(low)).mean() for low, high in folds)


@pytest.mark.parametrize("name", DENSITIES)
def test_draws_and_distribution_functions_are_those_of_the_density(name):
    record, oracle = DENSITIES[name]
    x = np.linspace(0.0, 1.0, 41)
    np.testing.assert_allclose(distribution(record, x), oracle.cdf(x), atol=1e-9)
    assert stats.kstest(draw(record, 20_000, np.random.default_rng(0)), oracle.cdf).pvalue > 0.01


def test_observed_numbers_are_smoothed_by_the_stated_rule():
    record = density(dist="empirical", values=OBSERVED)
    x = np.linspace(0.0, 1.0, 11)
    np.testing.assert_allclose(distribution(record, x), [reflected_kernels(z) for z in x], atol=1e-12)
    drawn = draw(record, 20_000, np.random.default_rng(0))
    assert stats.kstest(drawn, lambda z: distribution(record, z)).pvalue > 0.01


def test_mixtures_mix_by_relative_weight():
    parts = [{"dist": "uniform", "weight": 2.0}, {"dist": "beta", "a": 8.0, "b": 1.0, "weight": 6.0}]
    record = density(dist="mixture", components=parts)
    x = np.linspace(0.0, 1.0, 11)
    np.testing.assert_allclose(distribution(record, x), 0.25 * x + 0.75 * x**8, atol=1e-12)
    drawn = draw(record, 20_000, np.random.default_rng(0))
    assert stats.kstest(drawn, lambda z: 0.25 * z + 0.75 * z**8).pvalue > 0.01


@pytest.mark.parametrize(
    ("law", "oracle"),
    [
        ({"dist": "uniform"}, stats.uniform(0.0, 0.4)),
        ({"dist": "exponential"}, stats.expon(0.0, 0.4)),
        ({"dist": "lognormal", "sigma": 0.7}, stats.lognorm(0.7, 0.0, 0.4)),
    ],
)
def test_costs_follow_their_law(law, oracle):
    record = Users.model_validate({"transaction_cost": {**law, "scale": 0.4}}).transaction_cost
    assert stats.kstest(draw_costs(record, 20_000, np.random.default_rng(0)), oracle.cdf).pvalue > 0.01


def test_point_costs_are_all_alike():
    record = Users.model_validate({"transaction_cost": {"dist": "point", "scale": 0.4}}).transaction_cost
    assert set(draw_costs(record, 9, np.random.default_rng(0))) == {0.4}


def test_segments_come_in_their_shares_and_empty_ones_not_at_all():
    shares = {"high": 0.6, "none": 0.0, "low": 0.4, "last": 0.0}
    users = Users.model_validate(
        {"segments": [{"name": name, "share": share, "accuracy": 0.5} for name, share in shares.items()]}
    )
    counts = np.bincount(draw_users(users, 20_000, np.random.default_rng(0)).segment, minlength=4)
    assert counts[1] == counts[3] == 0
    assert counts[0] / 20_000 == pytest.approx(0.6, abs=0.012)


@pytest.fixture(params=[0.0, 0.4], ids=lambda zeta: f"zeta={zeta}")
def game(request):
    return Params().replace({"finetuning.personalization": request.param, "users.match.breadth": 0.3})


@pytest.fixture
def model(game):
    """A model tuned to some reward, with an intensity at which users are shown quite different outputs."""
    initial = initial_model(game, np.random.default_rng(0))
    return initial.tuned(np.sin(3.0 * initial.outputs), 6.0)


def test_a_tuned_model_is_the_closed_form(game, model):
    zeta, y = game.finetuning.personalization, model.outputs
    kernel = stats.norm(0.0, game.users.match.breadth)
    users = Population(np.array([0, 1]), np.array([0.25, 0.75]), np.zeros(2))
    for segment, taste, serves in zip(users.segment, users.taste, model.serves(users), strict=True):
        own = model.w[segment] * kernel.pdf(y - taste) / kernel.pdf(0.0)
        weight = np.exp(6.0 * ((1.0 - zeta) * np.sin(3.0 * y) + zeta * own))
        np.testing.assert_allclose(model.chances[serves], weight / weight.sum(), rtol=1e-9)
        suits = kernel.pdf(y - taste) / kernel.pdf(0.0)
        expected = model.match(Population(np.array([segment]), np.array([taste]), np.zeros(1)))
        assert expected[0] == pytest.approx((suits * weight).sum() / weight.sum(), rel=1e-9)


def test_between_its_tastes_the_match_is_interpolated_closely(game, model):
    if game.finetuning.personalization:
        return
    taste = np.random.default_rng(0).random(50)
    users = Population(np.zeros(50, dtype=np.int16), taste, np.zeros(50))
    exact = match_of(game.users.match)(taste[:, None] - model.outputs) @ model.shared
    np.testing.assert_allclose(model.match(users), exact, atol=1e-6)


def test_without_intensity_the_model_is_the_initial_one(model):
    back = model.tuned(np.sin(3.0 * model.outputs), 0.0)
    np.testing.assert_array_equal(back.chances, model.initial[None])


def test_the_initial_model_has_the_mass_and_moments_of_its_density():
    record, oracle = DENSITIES["beta"]
    model = initial_model(
        Params.model_validate({"model": {"outputs": record.model_dump()}}), np.random.default_rng(0)
    )
    assert model.initial.sum() == pytest.approx(1.0, abs=1e-14)
    assert model.initial @ model.outputs == pytest.approx(oracle.mean(), abs=1e-4)
    assert model.initial @ model.outputs**2 == pytest.approx(oracle.moment(2), abs=1e-4)


def test_slots_round_chances_to_the_next_and_are_exact_on_average(model):
    rng, rows = np.random.default_rng(0), [0, len(model.chances) - 1]
    shares = []
    for _ in range(40):
        slots = model.slots(rng)[rows]
        counts = np.array([np.bincount(row, minlength=model.outputs.size) for row in slots])
        shares.append(counts / slots.shape[1])
        assert np.abs(counts - model.chances[rows] * slots.shape[1]).max() < 1.0 + 1e-9
    error = np.abs(np.mean(shares, axis=0) - model.chances[rows]).max() * slots.shape[1]
    assert error < 5.0 * 0.5 / np.sqrt(40)


def rated(game, model, takes, users, each, seed=0):
    accuracy = np.array([segment.accuracy for segment in game.users.segments])
    kernel = match_of(game.users.match)
    return rate(model, users, takes, accuracy, kernel, each, Streams.of(seed, len(users), 0))


def test_thumbs_tell_the_reward_up_to_a_constant_and_a_factor(game, model):
    """The mean thumb at y is the mean of 1 - theta over participants + r(y) (N + nu) / N."""
    users = draw_users(game.users, 4000, np.random.default_rng(1))
    takes = users.taste < 0.6
    shown, up = as_if_shared(model, rated(game, model, takes, users, 400))
    theta = np.array([segment.accuracy for segment in game.users.segments])[users.segment[takes]]
    suits = match_of(game.users.match)(users.taste[takes][:, None] - model.outputs)
    n, nu = takes.mean(), 0.3
    reward = ((2.0 * theta - 1.0) @ suits) / len(users) / (n + nu)
    predicted = (1.0 - theta).mean() + reward * (n + nu) / n
    count, thumbs, expected = (z.reshape(16, -1).sum(axis=1) for z in (shown, up, shown * predicted))
    assert (np.abs(thumbs - expected) < 5.0 * 0.5 * np.sqrt(count)).all()
    assert np.ptp(predicted) > 0.1


def test_outputs_are_shown_as_often_as_the_model_says(game, model):
    users = draw_users(game.users, 2000, np.random.default_rng(1))
    ratings = rated(game, model, np.ones(2000, dtype=bool), users, 100)
    served = np.bincount(model.serves(users), minlength=len(model.chances))
    expected = (served @ model.chances) * 100
    counts = ratings.shown.sum(axis=0)
    bins = 32
    observed, expected = (values.reshape(bins, -1).sum(axis=1) for values in (counts, expected))
    assert np.abs(observed - expected).max() < 5.0 * np.sqrt(expected.max())
    assert ratings.total == 200_000


def test_honesty_is_accuracy(game, model):
    users = draw_users(game.users, 5000, np.random.default_rng(1))
    takes = users.segment == 0
    accuracy = game.users.segments[0].accuracy
    assert rated(game, model, takes, users, 20).quality == pytest.approx(2.0 * accuracy - 1.0, abs=0.01)


def test_only_participants_rate(game, model):
    users = draw_users(game.users, 100, np.random.default_rng(1))
    takes = np.zeros(100, dtype=bool)
    assert rated(game, model, takes, users, 5).total == 0
    takes[3] = True
    ratings = rated(game, model, takes, users, 5)
    assert ratings.total == 5
    assert np.flatnonzero(ratings.shown.sum(axis=1)).tolist() == [model.serves(users)[3]]


def test_ratings_do_not_depend_on_how_many_are_drawn_together(game, model, monkeypatch):
    users = draw_users(game.users, 200, np.random.default_rng(1))
    takes = users.taste > 0.3
    whole = rated(game, model, takes, users, 7)
    monkeypatch.setattr(feedback, "CHUNK", 13)
    pieces = rated(game, model, takes, users, 7)
    np.testing.assert_array_equal(whole.shown, pieces.shown)
    np.testing.assert_array_equal(whole.up, pieces.up)
    assert whole.honest == pieces.honest


def kernel_and_grid():
    return Params().users.match, (np.arange(512) + 0.5) / 512


def test_the_spline_finds_a_smooth_reward_from_thumbs():
    kernel, y = kernel_and_grid()
    truth = 0.3 + 0.5 * np.exp(-((y - 0.4) ** 2) / 0.1)
    shown = np.full(512, 4000)
    up = np.random.default_rng(0).binomial(shown, truth)
    fit = smoother(kernel, y).fit(shown, up)
    off = fit - truth
    assert np.abs(off - off.mean()).max() < 1e-2


def test_the_spline_is_linear_in_the_thumbs_and_straight_where_nothing_is_rated():
    kernel, y = kernel_and_grid()
    spline = smoother(kernel, y)
    rng = np.random.default_rng(0)
    shown = np.where(y < 0.5, 20, 0)
    one, two = rng.binomial(shown, 0.3), rng.binomial(shown, 0.2 + 0.5 * y)
    np.testing.assert_allclose(spline.fit(shown, one + two), spline.fit(shown, one) + spline.fit(shown, two))
    assert np.abs(spline.fit(shown, two)).max() < 1.0


def test_one_rating_is_no_reason_to_change_much():
    kernel, y = kernel_and_grid()
    shown = np.zeros(512)
    shown[100] = 1
    np.testing.assert_allclose(smoother(kernel, y).fit(shown, shown), 0.0, atol=1e-12)


def test_nobody_knows_the_solver_but_the_comparison():
    """Modules other than theory.py take params records, errors, and each other; figures take their style."""
    allowed = {"params", "arguments", "errors", "regimes", "strictjson", "values", "provenance", "_version"}
    allowed.add("simulation")
    for file in PACKAGE.glob("*.py"):
        tree = ast.parse(file.read_text())
        modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        modules += [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
        own = {name.split(".")[1] if "." in name else name for name in modules if name.startswith("eqsolve")}
        extra = {"theory.py": own, "figure.py": {"figures", "drawing", "palette", "panels", "ticks"}}.get(
            file.name, set()
        )
        assert own <= allowed | extra, file.name


def test_who_decides_knows_the_surplus_of_the_model():
    """E[(v - c)+] over users, at the start, is the integral of the cost law up to v."""
    game = Params().replace({"finetuning.personalization": 0.0})
    trial = rounds.Trial(40_000, 1, 1, "initial", 0.5, 0.6, 4.0)
    path = rounds.walk(game, trial, Streams.of(0, 40_000, 0), lambda: None)
    bell = stats.norm(0.0, 0.25)
    match = lambda x: 0.25 * np.sqrt(2.0 * np.pi) * (bell.cdf(1.0 - x) - bell.cdf(-x))  # noqa: E731
    value = lambda x: 0.6 - 0.5 * (1.0 - match(x))  # noqa: E731
    surplus, _ = integrate.quad(lambda x: max(value(x), 0.0) ** 2 / (2.0 * 0.5), 0.0, 1.0)
    share, _ = integrate.quad(lambda x: max(value(x), 0.0) / 0.5, 0.0, 1.0)
    assert path.quantities["user_surplus"][0] == pytest.approx(surplus, abs=0.003)
    assert path.quantities["participation"][0] == pytest.approx(share, abs=0.01)


def test_ruined_quality_empties_the_platform_without_overflow():
    game = Params().replace({"users.segments.high.accuracy": 0.0, "users.segments.low.accuracy": 0.0})
    game = game.replace({"finetuning.learning": 50.0})
    trial = rounds.Trial(200, 20, 5, "everybody", 0.5, 0.5, 40.0)
    path = rounds.walk(game, trial, Streams.of(0, 200, 0), lambda: None)
    assert path.quantities["participation"][-1] == 0.0
    assert np.isfinite(path.quantities["user_surplus"]).all()
