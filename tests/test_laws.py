"""Laws of the game that need no reference: symmetries, revealed preference, comparative statics."""

import copy

import numpy as np
import pytest
from random_games import quick_seeds, random_game

from eqsolve import Params, solve, solve_many

PAYOFFS = ("profit", "participation", "user_surplus", "welfare", "variance", "entropy", "kl")
REGIMES = ("none", "forced", "endogenous", "planner")


def play(table, regime="endogenous"):
    found = solve(Params.model_validate(table), regime=regime)
    assert found.certificate.status == "certified"
    return found


def changed(table, key, value):
    """A copy of the table with one key set."""
    *path, last = key.split(".")
    copied = inner = copy.deepcopy(table)
    for step in path:
        inner = inner[step]
    inner[last] = value
    return copied


def with_segments(table, segments):
    return changed(table, "users.segments", segments)


def same_equilibrium(one, other, mean=None):
    assert other.quality == pytest.approx(one.quality, rel=0, abs=1e-6)
    assert other.intensity == pytest.approx(one.intensity, rel=1e-5, abs=1e-5)
    for name in PAYOFFS[:4]:
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=0, abs=1e-6), name
    assert other.profit == pytest.approx(one.profit, rel=0, abs=1e-8)
    for name in PAYOFFS[4:]:
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=0, abs=1e-5), name
    assert other.mean == pytest.approx(one.mean if mean is None else mean, rel=0, abs=1e-5)
    assert other.direction == one.direction


def by_name(found):
    return {segment.name: (segment.participation, segment.user_surplus) for segment in found.segments}


def mirrored(density):
    """The density of 1 - x."""
    match density["dist"]:
        case "beta":
            return {**density, "a": density["b"], "b": density["a"]}
        case "truncnorm":
            return {**density, "mean": 1 - density["mean"]}
        case "empirical":
            return {**density, "values": [1 - value for value in density["values"]]}
        case "mixture":
            return {**density, "components": [mirrored(part) for part in density["components"]]}
        case _:
            return density


def paper(**keys):
    """The preset `paper` with some keys changed: dots are written as double underscores."""
    table = Params().model_dump(mode="json")
    for key, value in keys.items():
        table = changed(table, key.replace("__", "."), value)
    return table


class TestSymmetries:
    @pytest.mark.parametrize("seed", quick_seeds(3))
    def test_mirror(self, seed):
        """Reversing the line of tastes and outputs changes nothing but the mean."""
        table = random_game(seed)
        segments = [
            {**segment, "tastes": mirrored(segment["tastes"])} for segment in table["users"]["segments"]
        ]
        other = changed(with_segments(table, segments), "model.outputs", mirrored(table["model"]["outputs"]))
        one, other = play(table), play(other)
        same_equilibrium(one, other, mean=1 - one.mean)

    @pytest.mark.parametrize(
        "seed", [s for s in quick_seeds(20) if len(random_game(s)["users"]["segments"]) > 2][:8]
    )
    def test_order_of_segments(self, seed):
        table = random_game(seed)
        one = play(table)
        other = play(with_segments(table, table["users"]["segments"][::-1]))
        same_equilibrium(one, other)
        for name, values in by_name(one).items():
            assert by_name(other)[name] == pytest.approx(values, rel=0, abs=1e-6)

    @pytest.mark.parametrize("seed", quick_seeds(3))
    def test_a_segment_in_two_halves(self, seed):
        table = random_game(seed)
        first, *rest = table["users"]["segments"]
        part = 0.37 * first["share"]
        halves = [{**first, "name": "left", "share": part}, {**first, "share": first["share"] - part}]
        one, other = play(table), play(with_segments(table, [*halves, *rest]))
        same_equilibrium(one, other)
        assert by_name(other)["left"] == pytest.approx(by_name(other)[first["name"]], rel=0, abs=1e-12)

    @pytest.mark.parametrize("seed", quick_seeds(3))
    def test_units_of_money(self, seed):
        """Profit is linear in r, k, F and G: doubling them all doubles profit and changes no choice."""
        table = random_game(seed)
        other = table
        for key in (
            "platform.revenue",
            "platform.training_cost",
            "finetuning.cost",
            "finetuning.intensity_cost",
        ):
            section, name = key.split(".")
            other = changed(other, key, 2 * table[section][name])
        one, other = play(table), play(other)
        assert other.quality == pytest.approx(one.quality, rel=0, abs=1e-6)
        assert other.intensity == pytest.approx(one.intensity, rel=1e-5, abs=1e-5)
        assert other.profit == pytest.approx(2 * one.profit, rel=0, abs=2e-8)

    def test_revenue_over_training_cost_decides_without_tuning_costs(self):
        one = play(paper(finetuning__cost=0.0))
        other = play(paper(finetuning__cost=0.0, platform__revenue=1.5, platform__training_cost=3.0))
        assert other.quality == pytest.approx(one.quality, rel=0, abs=1e-9)


class TestLimits:
    @pytest.mark.parametrize("seed", quick_seeds(3))
    def test_weak_tuning_is_no_tuning(self, seed):
        table = random_game(seed)
        for key, value in {"strength": 1e-9, "cost": 0.0, "intensity_cost": 0.0}.items():
            table = changed(table, f"finetuning.{key}", value)
        none, forced = play(table, "none"), play(table, "forced")
        assert forced.profit == pytest.approx(none.profit, rel=0, abs=1e-7)
        assert forced.kl == pytest.approx(0, abs=1e-12)

    def test_without_misfit_the_match_does_not_matter(self):
        kernels = [{"kind": "gaussian", "breadth": 0.1}, {"kind": "linear"}, {"kind": "quadratic"}]
        played = [play(paper(users__misfit_cost=0.0, users__match=kernel), "forced") for kernel in kernels]
        for other in played[1:]:
            assert other.quality == pytest.approx(played[0].quality, rel=0, abs=1e-6)
            assert other.profit == pytest.approx(played[0].profit, rel=0, abs=1e-10)

    @pytest.mark.parametrize("dist", ["uniform", "exponential"])
    def test_fully_personal_models_ignore_the_crowd(self, dist):
        """With zeta = 1 nobody's participation depends on who else takes part, given the quality."""
        played = []
        for share, accuracy, prior in ((0.7, 0.3, 0.0), (0.2, 0.9, 0.5)):
            table = at_quality_one(finetuning__personalization=1.0, finetuning__feedback_prior=prior)
            table = changed(table, "users.transaction_cost", {"dist": dist, "scale": 1.2})
            high, low = table["users"]["segments"]
            table = with_segments(
                table, [{**high, "share": share}, {**low, "share": 1 - share, "accuracy": accuracy}]
            )
            played.append(play(table, "forced"))
        assert [found.quality for found in played] == [1.0, 1.0]
        first, second = (found.segments[0] for found in played)
        assert second.participation == pytest.approx(first.participation, rel=0, abs=1e-10)
        assert second.user_surplus == pytest.approx(first.user_surplus, rel=0, abs=1e-10)

    def test_nobody_is_paid_for(self):
        """Without revenue the platform does nothing."""
        found = play(paper(platform__revenue=0.0))
        assert (found.quality, found.intensity, found.profit) == (0.0, 0.0, 0.0)


class TestRevealedPreference:
    """What was chosen at other prices stays possible, and participation does not depend on prices."""

    @pytest.mark.parametrize("seed", quick_seeds(3))
    def test_prices(self, seed):
        table = random_game(seed)
        rng = np.random.default_rng([5, seed])
        dear = table
        for section, name in (
            ("platform", "revenue"),
            ("platform", "training_cost"),
            ("finetuning", "cost"),
            ("finetuning", "intensity_cost"),
        ):
            dear = changed(dear, f"{section}.{name}", table[section][name] * rng.uniform(0.7, 1.4))
        one, other = play(table), play(dear)
        assert one.profit >= profit_at(table, other) - 1e-8
        assert other.profit >= profit_at(dear, one) - 1e-8

    @pytest.mark.parametrize("seed", quick_seeds(3))
    def test_regimes(self, seed):
        table = random_game(seed)
        none, forced, endogenous, planner = (play(table, regime) for regime in REGIMES)
        assert endogenous.profit >= max(none.profit, forced.profit, planner.profit) - 1e-8
        assert planner.welfare >= max(none.welfare, forced.welfare, endogenous.welfare) - 1e-8
        if table["finetuning"]["choice"] == "binary":
            better = max(none, forced, key=lambda found: found.profit)
            assert endogenous.profit == pytest.approx(better.profit, rel=0, abs=1e-10)

    def test_fixed_cost_only_costs(self):
        cheap, dear = (play(paper(finetuning__cost=cost), "forced") for cost in (0.0, 0.3))
        assert dear.quality == pytest.approx(cheap.quality, rel=0, abs=1e-12)
        assert dear.participation == pytest.approx(cheap.participation, rel=0, abs=1e-12)
        assert dear.profit == pytest.approx(cheap.profit - 0.3, rel=0, abs=1e-12)

    def test_more_revenue_more_participation(self):
        revenues = np.linspace(0.05, 1.0, 12)
        played = solve_many([Params.model_validate(paper(platform__revenue=float(r))) for r in revenues])
        assert np.all(np.diff(played.participation) >= -1e-9)
        slopes = np.diff(played.profit) / np.diff(revenues)
        assert np.all(slopes >= played.participation[:-1] - 1e-8)
        assert np.all(slopes <= played.participation[1:] + 1e-8)


def profit_at(table, found):
    """Profit at prices of the table if the choices of another equilibrium are imitated."""
    platform, tuning = table["platform"], table["finetuning"]
    n = platform.get("training_exponent", 2.0)
    fixed = tuning["cost"] + tuning["intensity_cost"] * found.intensity**2 / 2
    quality_cost = platform["training_cost"] * found.quality**n / n
    return platform["revenue"] * found.participation - quality_cost - (found.intensity > 0) * fixed


def at_quality_one(**keys):
    """A game whose platform chooses q = 1 in every regime: training is cheap, some users always stay away."""
    cost = {"dist": "uniform", "scale": 1.2}
    return paper(platform__training_cost=1e-3, users__transaction_cost=cost, **keys)


def at_quality_zero(**keys):
    """A game whose platform chooses q = 0 in every regime, because users bring no money."""
    return paper(platform__revenue=0.0, users__misfit_cost=0.1, **keys)


DESIGNS = [(at_quality_one, zeta) for zeta in (0.0, 0.25, 0.8)] + [
    (at_quality_zero, zeta) for zeta in (0.25, 0.8)
]


@pytest.mark.parametrize(("design", "zeta"), DESIGNS)
class TestEngagement:
    """Finding 5: given (q, beta > 0), participation rises with feedback quality.

    At q = 0 and without personal models nobody starts to take part, so that there is nothing to compare.
    """

    def participation(self, design, share=0.7, high=0.95, low=0.3, **keys):
        table = design(**keys)
        first, second = table["users"]["segments"]
        segments = [
            {**first, "share": share, "accuracy": high},
            {**second, "share": 1 - share, "accuracy": low},
        ]
        found = play(with_segments(table, segments), "forced")
        assert found.quality == (1.0 if design is at_quality_one else 0.0)
        return found

    def test_share_of_the_better_segment(self, design, zeta):
        shares = (0.3, 0.5, 0.7, 0.9)
        played = [self.participation(design, share=s, finetuning__personalization=zeta) for s in shares]
        assert np.all(np.diff([found.participation for found in played]) > 0)

    def test_accuracy_of_the_better_segment(self, design, zeta):
        accuracies = (0.6, 0.75, 0.9, 1.0)
        played = [self.participation(design, high=a, finetuning__personalization=zeta) for a in accuracies]
        assert np.all(np.diff([found.participation for found in played]) > 0)

    def test_the_better_segment_takes_part_more(self, design, zeta):
        high, low = self.participation(design, finetuning__personalization=zeta).segments
        assert high.participation > low.participation if zeta > 0 else high.participation >= low.participation


class TestUnderTraining:
    """Finding 4: where fine-tuning pays gross of its fixed cost, quality is not above that without it."""

    @pytest.mark.parametrize("scale", [0.2, 0.5, 0.9])
    @pytest.mark.parametrize("strength", [1.0, 4.0, 8.0])
    def test_quality(self, scale, strength):
        cost = {"dist": "uniform", "scale": scale}
        table = paper(users__transaction_cost=cost, finetuning__strength=strength, finetuning__cost=0.0)
        none, forced = play(table, "none"), play(table, "forced")
        assert none.participation > 0
        assert forced.profit > none.profit
        assert forced.quality < none.quality


class TestMany:
    COLUMNS = ("quality", "intensity", *PAYOFFS, "mean", "revenue", "training_cost", "finetuning_cost")

    @pytest.mark.parametrize("regime", REGIMES)
    def test_rows_equal_single_solutions(self, regime):
        rng = np.random.default_rng(8)
        games = [
            Params().replace(
                {
                    "finetuning.cost": float(rng.uniform(0, 0.2)),
                    "users.transaction_cost.scale": float(rng.uniform(0.1, 1.2)),
                    "users.segments.high.share": float(rng.uniform(0.2, 0.9)),
                }
            )
            for _ in range(8)
        ]
        self.compare(games, regime)

    def test_games_of_different_structure(self):
        games = [Params.model_validate(random_game(seed)) for seed in quick_seeds(16)]
        self.compare([game for game in games if len(game.users.segments) == 2][:3], "endogenous")

    def compare(self, games, regime):
        many = solve_many(games, regime=regime)
        for i, game in enumerate(games):
            one = solve(game, regime=regime)
            assert many.status[i] == one.certificate.status
            assert many.row(i).params == game
            for name in self.COLUMNS:
                assert getattr(many, name)[i] == pytest.approx(getattr(one, name), rel=0, abs=1e-8), name
