"""The simulation as a whole: where it goes, how far it stays from there, and what it returns."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import eqsolve.simulation.theory as theory
from eqsolve import InputError, Params, participation_equilibria, solve
from eqsolve.params import params_schema
from eqsolve.simulation import converge, feedback, rounds, simulate
from eqsolve.simulation.rounds import QUANTITIES, STARTS
from eqsolve.simulation.service import count_models

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parent.parent
MEASURES = ("participation", "user_surplus", "variance")


def example(name, **changes):
    changes = {key.replace("__", "."): value for key, value in changes.items()}
    return Params.from_file(ROOT / "examples" / f"{name}.toml", changes)


@pytest.fixture(scope="module")
def unstable():
    return example("unstable-center")


@pytest.mark.parametrize(
    ("game", "regime"),
    [
        (example("paper", finetuning__personalization=0.0), "endogenous"),
        (example("misleading-majority"), "forced"),
    ],
    ids=["paper", "misleading"],
)
def test_deviations_fall_like_one_over_the_root_of_users(game, regime):
    sizes = (100, 400, 1600, 6400)
    found = converge(game, sizes, regime=regime, rounds=15, ratings=10, replications=24, seed=1)
    for name in MEASURES:
        slope, error = found.slope(name)
        assert -0.6 <= slope <= -0.4, name
        assert 0.0 < error < 0.08
        assert abs(found.bias(name)[-1]) <= 2.0 * found.bias_error(name)[-1], name


@pytest.mark.parametrize("start", STARTS)
def test_from_anywhere_the_paper_game_goes_to_its_one_equilibrium(start):
    game = example("paper", finetuning__personalization=0.0)
    found = simulate(game, 20_000, start=start, rounds=20, ratings=5, seed=3)
    assert found.expected.stable
    assert found.expected.quantities["participation"] == pytest.approx(solve(game).participation, abs=1e-9)
    for name in ("participation", "mean"):
        assert found.paths[name][0, -1] == pytest.approx(found.expected.quantities[name], abs=0.015)


def test_with_personalization_segments_take_part_as_in_equilibrium():
    found = simulate(Params(), 20_000, rounds=15, ratings=5, seed=2)
    for name, value in found.expected.quantities.items():
        assert found.paths[name][0, -1] == pytest.approx(value, abs=0.015), name


KINDS = {
    "lognormal": {"users.transaction_cost.dist": "lognormal", "users.transaction_cost.sigma": 0.6},
    "linear": {"users.match.kind": "linear"},
    "prior": {"finetuning.feedback_prior": 0.5},
    "own feedback only": {"finetuning.personalization": 1.0},
    "rough outputs": {"model.outputs": {"dist": "beta", "a": 0.5, "b": 2.0}},
}
EXAMPLES = ("bimodal-tastes", "closed-form", "empirical-tastes", "exponential-costs", "three-segments")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*EXAMPLES, *KINDS])
def test_games_of_every_kind_go_to_their_equilibrium(name):
    game = Params().replace(KINDS[name]) if name in KINDS else example(name)
    found = converge(game, (20_000,), rounds=25, replications=16, seed=1)
    assert found.theory.intensity > 0.0
    for quantity in QUANTITIES:
        assert abs(found.bias(quantity)[0]) <= 4.0 * found.bias_error(quantity)[0], quantity


@pytest.mark.parametrize("start", ["left", "right"])
def test_from_one_side_the_crowd_locks_in_to_the_stable_equilibrium_there(unstable, start):
    found = simulate(unstable, 5000, start=start, rounds=25, seed=1)
    expected = found.expected
    assert expected.stable
    assert found.reached.tolist() == [found.theory.expected(start)]
    assert found.paths["mean"][0, -1] == pytest.approx(expected.quantities["mean"], abs=0.03)
    assert (expected.quantities["mean"] < 0.5) == (start == "left")


def test_the_unstable_center_is_left_to_either_side(unstable):
    result = solve(unstable)
    assert result.certificate.status.certified
    assert not result.certificate.stable
    assert result.mean == pytest.approx(0.5)
    found = simulate(unstable, 2000, replications=8, ratings=10, seed=1)
    assert not found.expected.stable
    assert found.expected.quantities["participation"] == pytest.approx(result.participation, abs=1e-9)
    assert all(found.theory.equilibria[number].stable for number in found.reached)
    assert (np.abs(found.paths["mean"][:, -1] - 0.5) > 0.1).all()
    assert len(set(found.reached.tolist())) == 2


def test_the_equilibria_compared_with_are_those_of_the_solver(unstable):
    listed = participation_equilibria(solve(unstable))
    ours = theory.predict(unstable, "endogenous").equilibria
    assert [each.starts for each in ours] == [each.starts for each in listed]
    for mine, other in zip(ours, listed, strict=True):
        assert mine.quantities["participation"] == pytest.approx(other.participation, abs=1e-12)
        assert mine.quantities["mean"] == pytest.approx(other.mean_output, abs=1e-12)
        assert mine.density.mean() == pytest.approx(1.0, abs=0.02)


def test_given_choices_replace_those_of_the_equilibrium():
    found = simulate(Params(), 100, rounds=1, quality=0.8, intensity=2.0)
    assert (found.theory.quality, found.theory.intensity) == (0.8, 2.0)
    half = simulate(Params(), 100, rounds=1, quality=0.8)
    assert (half.theory.quality, half.theory.intensity) == (0.8, 4.0)


def test_without_fine_tuning_outputs_are_those_of_the_initial_model():
    found = simulate(Params(), 20_000, regime="none", rounds=12, ratings=1, seed=1)
    assert found.theory.intensity == 0.0
    np.testing.assert_allclose(found.paths["variance"], 1.0 / 12.0, atol=1e-4)
    assert found.paths["participation"][0, -1] == pytest.approx(
        found.expected.quantities["participation"], abs=0.015
    )


def test_a_platform_without_users_stays_empty():
    found = simulate(Params(), 50, start="nobody", quality=0.0, intensity=4.0, rounds=3)
    assert (found.paths["participation"] == 0.0).all()
    assert (found.paths["user_surplus"] == 0.0).all()
    assert np.isnan(found.histograms).all()
    json.loads(found.to_json(), parse_constant=pytest.fail)


def test_own_feedback_counts_before_anybody_rates():
    """With zeta = 1 a model serves each user as in equilibrium from the first round on, crowd or no crowd."""
    game = Params().replace({"finetuning.personalization": 1.0})
    found = simulate(game, 20_000, start="nobody", revision=1.0, rounds=1, ratings=1, seed=1)
    for name in ("participation.high", "participation.low", "user_surplus", "variance"):
        assert found.paths[name][0, -1] == pytest.approx(found.expected.quantities[name], abs=0.015), name


def same(one, other):
    return all(np.array_equal(one.paths[name], other.paths[name], equal_nan=True) for name in one.paths)


def test_seeds_reproduce_bit_for_bit(monkeypatch):
    options = {"rounds": 3, "ratings": 3, "replications": 2}
    one = simulate(Params(), 300, seed=7, **options)
    assert same(one, simulate(Params(), 300, seed=7, **options))
    assert not same(one, simulate(Params(), 300, seed=8, **options))
    assert not np.array_equal(*one.paths["participation"])
    monkeypatch.setattr(feedback, "CHUNK", 101)
    assert same(one, simulate(Params(), 300, seed=7, **options))


def test_a_size_is_simulated_alike_in_any_company():
    options = {"rounds": 2, "ratings": 3, "seed": 5}
    alone = simulate(Params(), 300, replications=1, **options)
    among = converge(Params(), (200, 300), replications=2, **options)
    for name in QUANTITIES:
        assert among.ends[name][1, 0] == alone.paths[name][0, -1]


def test_progress_grows_to_its_total():
    calls = []
    converge(Params(), (10, 20), rounds=2, replications=2, report=lambda *call: calls.append(call))
    assert [done for done, _ in calls] == [10, 20, 30, 40, 60, 80, 100, 120]
    assert {total for _, total in calls} == {120}


def test_statistics_over_replications_are_the_textbook_ones():
    found = converge(Params(), (50, 200), rounds=2, ratings=2, replications=5)
    off = found.ends["participation"] - found.expected.quantities["participation"]
    np.testing.assert_allclose(found.bias("participation"), off.mean(axis=1))
    np.testing.assert_allclose(found.bias_error("participation"), off.std(axis=1, ddof=1) / np.sqrt(5))
    rms = np.sqrt((off**2).mean(axis=1))
    np.testing.assert_allclose(found.rms("participation"), rms)
    slope, error = found.slope("participation")
    assert slope == pytest.approx(np.log(rms[1] / rms[0]) / np.log(4.0))
    relative = (off**2).std(axis=1, ddof=1) / np.sqrt(5) / (2.0 * rms**2)
    assert error == pytest.approx(np.hypot(*relative) / np.log(4.0))


def test_one_replication_has_no_standard_errors_and_one_size_no_slope():
    found = converge(Params(), (50,), rounds=1, ratings=2)
    assert np.isnan(found.bias_error("mean")).all()
    assert np.isnan(found.slope("mean")).all()
    assert np.isnan(simulate(Params(), 50, rounds=1).standard_error("mean")).all()


def test_tables_have_a_row_for_each_round_and_quantity():
    found = simulate(Params(), 50, rounds=2)
    table = found.table()
    names = [*QUANTITIES, "participation.high", "participation.low"]
    assert table["quantity"].tolist() == names * 3
    assert table["round"].tolist() == [0] * 7 + [1] * 7 + [2] * 7
    at = (table["round"] == 1) & (table["quantity"] == "variance")
    assert table["simulated"][at] == found.paths["variance"][0, 1]
    assert table["equilibrium"][at] == found.expected.quantities["variance"]


def test_json_is_strict_and_names_its_layout():
    for found, schema in (
        (simulate(Params(), 50, rounds=2), "eqsolve/simulation/1"),
        (converge(Params(), (50, 60), rounds=1), "eqsolve/convergence/1"),
    ):
        data = json.loads(found.to_json(), parse_constant=pytest.fail)
        assert data["schema"] == schema
        assert data["params"].keys() == params_schema()["properties"].keys() - {"$schema", "policy"}
        assert data["equilibria"][data["expected"]]["stable"] is True
        assert data["settings"]["seed"] == 0


def test_no_users_in_a_segment_is_no_number():
    found = simulate(Params(), 1, rounds=1)
    segments = [found.paths[f"participation.{name}"][0, 0] for name in ("high", "low")]
    assert np.isnan(segments).sum() == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rounds": 0}, "rounds = 0 is out of range: expected at least 1"),
        ({"ratings": 0}, "ratings = 0 is out of range: expected at least 1"),
        ({"ratings": 10**30}, "expected at most 1,000,000"),
        ({"replications": 0}, "replications = 0 is out of range: expected at least 1"),
        ({"seed": -1}, "seed = -1 is out of range: expected at least 0"),
        ({"rounds": 2.5}, "rounds = 2.5 is no whole number: expected one as in 1"),
        ({"start": "lefd"}, "start = lefd is unknown: did you mean left?"),
        ({"revision": 0.0}, "revision = 0 is out of range: expected a share > 0 and <= 1"),
        ({"revision": float("nan")}, "revision = nan is out of range"),
        ({"quality": 1.5}, "quality = 1.5 is out of range: expected a number >= 0 and <= 1"),
        ({"intensity": -1.0}, "intensity = -1 is out of range: expected a number >= 0 and <= 1000"),
        ({"intensity": float("inf")}, "intensity = inf is out of range"),
    ],
)
def test_settings_out_of_range_are_named(settings, message):
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        simulate(Params(), 10, **settings)


def test_everything_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        converge(Params(), (0, -5), rounds=0, ratings=-1)
    assert len(caught.value.problems) == 4


def test_more_memory_than_the_bound_is_refused_with_a_choice_that_fits():
    with pytest.raises(
        InputError, match=r"users = 1000000000 need 90\.2 GB.* the 4 GB .*at most 42,\d+,000 users"
    ):
        simulate(Params(), 10**9)
    with pytest.raises(InputError, match=r"rounds = 100000000 .* choose at most [\d,]+ rounds"):
        simulate(Params(), 10, rounds=10**8)


def peak(users, game):
    tracemalloc.start()
    simulate(game, users, rounds=1, ratings=1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_the_memory_that_is_stated_is_enough():
    game = Params().replace({"users.match.breadth": 0.1})
    few, many = peak(100, game), peak(200_000, game)
    assert few < rounds.BYTES_OF_A_RUN + rounds.BYTES_PER_MODEL * count_models(game)
    assert many - few < rounds.BYTES_PER_USER * 200_000
    assert peak(100, game) - peak(100, game.replace({"finetuning.personalization": 0.0})) < (
        rounds.BYTES_PER_MODEL * count_models(game)
    )


def test_without_an_equilibrium_the_status_is_said():
    narrow = Params().replace({"users.match.breadth": 0.0001, "finetuning.strength": 1000.0})
    with pytest.raises(InputError, match="no equilibrium to compare with: unresolved: The game"):
        simulate(narrow, 10)


def test_a_start_from_which_adjustment_never_rests_is_said(monkeypatch):
    nowhere = theory.Theory(0.5, 4.0, ())
    monkeypatch.setattr("eqsolve.simulation.runs.predict", lambda *args: nowhere)
    with pytest.raises(InputError, match="from the start left, adjustment never comes to rest at"):
        simulate(Params(), 10, start="left")
