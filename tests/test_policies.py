"""The regulator's stage: laws and a closed form, games under a policy, what is refused, the command."""

import csv
import dataclasses
import json
import math
import re
import shlex

import numpy as np
import pytest
from matplotlib.image import imread
from policy_lies import lies
from policy_oracle import answers, policy_games
from test_docs import ROOT

from eqsolve import (
    Params,
    best_policies,
    compare,
    phase_diagram,
    policies_of,
    policy,
    sensitivity,
    solve,
    solve_many,
    sweep,
)
from eqsolve.adoption import Adopter
from eqsolve.errors import InputError
from eqsolve.game.games import columns
from eqsolve.params import Rules
from eqsolve.policies import INSTRUMENTS, check_policies
from eqsolve.policies.curve import policy_curve
from eqsolve.policies.evidence import allowance, fresh_strengths, judge
from eqsolve.policies.flips import Flips, narrow, scan
from eqsolve.policies.regulator import _best
from eqsolve.status import Status
from eqsolve.sweeps.axes import Range
from eqsolve.tables.policies import _notes

PAPER = Params()
CLOSED = Params.from_file(
    ROOT / "examples" / "closed-form.toml", {"platform.training_cost": 2.0, "finetuning.cost": 0.0}
)
HARMFUL = Params.from_file(ROOT / "examples" / "harmful-finetuning.toml")
PAGE = (ROOT / "docs" / "policy.md").read_text()
DRAWN = re.findall(r"^    eqsolve (policy examples/.* --plot ([\w-]+)\.png)$", PAGE, re.MULTILINE)
TOLD = {
    "training-subsidy": "0.4318366",
    "quality-floor": "0.6827",
    "finetuning-cap": "1.147",
    "finetuning-tax": "0.04494",
}
ORACLE_NAMES = {
    "training-subsidy": "subsidy",
    "quality-floor": "floor",
    "finetuning-cap": "cap",
    "finetuning-tax": "tax",
}


@pytest.fixture(scope="module")
def paper():
    return best_policies(PAPER)


@pytest.fixture(scope="module")
def closed():
    return best_policies(CLOSED)


@pytest.fixture(scope="module")
def harmful():
    return best_policies(HARMFUL)


class TestClosedForm:
    """docs/model.md, Closed form, with k = 2 and F = 0."""

    def test_the_best_subsidy_and_the_best_floor_reach_the_planner(self, closed):
        planner = solve(CLOSED, regime="planner", fix={"intensity": 2.0})
        assert closed["training-subsidy"].value == pytest.approx(0.43183661234747, rel=0, abs=1e-10)
        assert closed["quality-floor"].value == pytest.approx(planner.quality, rel=0, abs=1e-10)
        for name in ("training-subsidy", "quality-floor"):
            assert closed[name].welfare == pytest.approx(0.12932075124595, rel=0, abs=1e-10)
            assert closed[name].welfare == pytest.approx(planner.welfare, rel=0, abs=1e-10)
            assert closed[name].certified and closed[name].certificate.maximum == "smooth"

    @pytest.mark.parametrize(("seed", "game"), policy_games(4).items())
    def test_platforms_answer_as_the_closed_form_says(self, seed, game):
        """Subsidies, floors, caps and taxes at which no jump is near."""
        params = Params.model_validate(game)
        values = {"subsidy": 0.31, "floor": 0.37, "cap": 0.41 * game["finetuning"]["strength"], "tax": 0.013}
        names = {oracle: name for name, oracle in ORACLE_NAMES.items()}
        for oracle, value in values.items():
            found = solve(params.under({names[oracle]: value}))
            quality, intensity, welfare = (float(x[0]) for x in answers(game, **{oracle: value}))
            assert found.certificate.status == "certified"
            assert (found.quality, found.intensity) == pytest.approx((quality, intensity), rel=0, abs=1e-9)
            assert found.welfare == pytest.approx(welfare, rel=0, abs=1e-9)


@pytest.mark.parametrize(
    ("seed", "name"),
    [(19, "training-subsidy"), (61, "training-subsidy"), (172, "training-subsidy"), (84, "finetuning-cap")],
)
def test_kinks_and_flips_are_placed_where_platforms_turn(seed, name):
    """A kink that is narrow, a kink on which a platform sits, and a lead that hardly changes with the cap."""
    game = policy_games(seed + 1)[seed]
    params = Params.model_validate(game)
    found = policy(params, name)
    most = float(INSTRUMENTS[name].most(columns([params]))[0])
    welfare = answers(game, **{ORACLE_NAMES[name]: np.linspace(0.0, most, 1000)})[2].max()
    platform = params.platform
    scale = max(platform.revenue, platform.training_cost / platform.training_exponent)
    assert found.certified and welfare <= found.welfare + 1e-10 * scale


class TestBestPolicies:
    def test_no_policy_is_worse_than_none_and_none_better_than_the_planner(self, paper, closed, harmful):
        for found in (paper, closed, harmful):
            assert found.certified
            for each in found:
                assert found.laissez_faire.welfare <= each.welfare <= found.planner.welfare + 1e-12
                assert each.equilibrium.certificate.status == "certified"

    @pytest.mark.parametrize("name", INSTRUMENTS)
    @pytest.mark.parametrize("game", [PAPER, HARMFUL], ids=["paper", "harmful"])
    def test_no_value_on_a_grid_is_better(self, name, game, paper, harmful):
        best = (paper if game is PAPER else harmful)[name]
        most = float(INSTRUMENTS[name].most(columns([game]))[0])
        grid = solve_many([game.under({name: x}) for x in np.linspace(0.0, most, 60).tolist()])
        assert (grid.status == "certified").all()
        assert grid.welfare.max() <= best.welfare + 1e-9 * best.certificate.scale

    def test_at_a_jump_the_policy_stands_on_the_better_side(self, paper):
        best = paper["quality-floor"]
        assert best.certificate.maximum == "jump" and best.equilibrium.intensity > 0
        beyond = solve(PAPER.under({"quality-floor": best.value + 1e-7}))
        assert beyond.intensity == 0 and beyond.welfare < best.welfare - 0.1

    @pytest.mark.parametrize("name", ["finetuning-cap", "finetuning-tax"])
    def test_a_ban_in_disguise_is_the_smallest_that_is_one(self, name, harmful):
        best, instrument = harmful[name], INSTRUMENTS[name]
        assert best.bans and not best.idle and best.budget == pytest.approx(0.0, abs=1e-15)
        weaker = solve(HARMFUL.under({name: best.value + (1e-6 if instrument.inverse else -1e-6)}))
        assert weaker.intensity > 0 and weaker.welfare < best.welfare

    def test_the_best_tax_is_what_fine_tuning_gains(self, harmful):
        gain = Adopter()([HARMFUL]).profit_gain[0]
        assert harmful["finetuning-tax"].value == pytest.approx(gain, rel=0, abs=1e-8)

    def test_a_tie_is_doing_nothing(self, paper):
        for name in ("finetuning-cap", "finetuning-tax"):
            assert paper[name].idle and paper[name].equilibrium.params.policy.binding(4.0) == ()
            assert paper[name].gain == 0.0 and paper[name].gap_closed == 0.0

    def test_a_subsidy_at_the_end_of_the_search_is_said_to_be(self, paper):
        found = policy(PAPER.replace({"users.segments.high.share": 0.5}), "training-subsidy")
        assert found.at_limit and found.certified and not any(each.at_limit for each in paper)
        (note,) = [note for note in _notes(found) if "more would be better" in note]
        assert "0.9999847" in note

    def test_transfers_cancel(self, paper):
        each = paper["training-subsidy"]
        game, answer = each.params.platform, each.equilibrium
        paid = each.value * game.training_cost * answer.quality**game.training_exponent / 2.0
        assert each.budget == pytest.approx(-paid, rel=0, abs=1e-14)
        parts = each.profit_before_transfers + answer.user_surplus
        assert each.welfare == pytest.approx(parts, rel=0, abs=1e-14)

    def test_games_solved_together_are_those_games_one_by_one(self, paper, harmful):
        together = policies_of([HARMFUL, PAPER])
        for one, other in zip((harmful, paper), together, strict=True):
            for name in INSTRUMENTS:
                assert one[name].value == pytest.approx(other[name].value, rel=0, abs=1e-8)
                assert one[name].welfare == pytest.approx(other[name].welfare, rel=0, abs=1e-9)

    def test_one_instrument_is_that_of_all(self, paper):
        alone = policy(PAPER, "quality-floor")
        assert alone.value == pytest.approx(paper["quality-floor"].value, rel=0, abs=1e-9)

    def test_who_gains_is_the_decomposition(self, paper):
        change = paper["quality-floor"].change
        assert change.total.change == pytest.approx(
            paper["quality-floor"].equilibrium.user_surplus - paper.laissez_faire.user_surplus
        )

    def test_results_are_plain_data(self, paper):
        data = json.loads(paper.to_json())
        assert data["schema"] == "eqsolve/policy/1"
        assert [each["instrument"] for each in data["policies"]] == [*INSTRUMENTS]
        assert data["policies"][1]["value"] == paper["quality-floor"].value
        assert json.loads(paper["quality-floor"].to_json())["certificate"]["status"] == "certified"

    def test_a_game_that_is_too_narrow_is_said_to_be(self):
        found = best_policies(PAPER.replace({"users.match.breadth": 1e-5}))
        assert {str(each.certificate.status) for each in found} == {"unresolved"}
        assert all(math.isnan(each.value) for each in found) and not found.certified


class TestEvidence:
    """The regulator's certificate refuses what is not best."""

    def test_fresh_values_lie_in_the_range_and_come_again(self):
        seed, claim, most = np.array([7, 8], dtype=np.uint64), np.array([0.0, 0.4]), np.array([1.0, 2.0])
        which, strength = fresh_strengths(seed, claim, most)
        assert (strength >= 0).all() and (strength <= most[which]).all()
        assert np.array_equal(fresh_strengths(seed, claim, most)[1], strength)
        assert not np.array_equal(fresh_strengths(seed + np.uint64(1), claim, most)[1][:8], strength[:8])

    def test_policies_are_judged_by_what_they_say(self, harmful):
        """Ninety lies about one game: no value but the best, no number but what is played, is believed."""
        told = lies([*harmful])
        assert len(told) >= 80
        assert believed(told) == []
        assert all(each.status.certified for each in check_policies([*harmful]))

    def test_policies_of_several_selections_are_not_judged_together(self, harmful):
        other = dataclasses.replace(harmful["quality-floor"], selection="highest")
        for policies in ([], [harmful["quality-floor"], other]):
            with pytest.raises(InputError, match="one selection"):
                check_policies(policies)

    def test_a_value_is_judged_by_what_is_played_elsewhere(self):
        """The best, a worse claim, one that a doubtful value might beat, and one that is doubtful itself."""
        sure, doubt = Status.CERTIFIED, Status.CURVE_NOT_CONFIRMED
        which, welfare = np.array([0, 1, 2, 3]), np.array([0.9, 1.1, 1.1, 1.1])
        status = np.array([sure, sure, doubt, sure], dtype=object)
        own = np.array([sure, sure, sure, Status.FAILED], dtype=object)
        found = judge(which, welfare, status, np.ones(4), own, allowance(np.ones(4), own == Status.FAILED))
        assert found.status.tolist() == [sure, Status.DEVIATION_FOUND, doubt, Status.FAILED]
        assert found.regret == pytest.approx([0.0, 0.1, 0.0, 0.1])
        assert found.uncertified.tolist() == [0, 0, 1, 0]

    def test_the_weakest_of_the_best_candidates_is_taken(self):
        table = {
            "status": np.array([Status.CERTIFIED] * 3 + [Status.FAILED], dtype=object),
            "welfare": np.array([1.0, 2.0, 2.0 + 1e-14, 3.0]),
        }
        assert _best(np.zeros(4, dtype=np.intp), np.array([0.0, 0.7, 0.3, 0.1]), table, np.ones(1)) == [2]


def believed(told):
    """The names of the lies that are believed."""
    judged = check_policies([each for _, each in told])
    return [name for (name, _), verdict in zip(told, judged, strict=True) if verdict.status.certified]


class TestFlips:
    """Two questions with leads that vanish at known strengths: a cubic and a jump."""

    ROOTS = np.array([0.3, 0.777])

    def lead(self, which, strength):
        gap = strength - self.ROOTS[which]
        return np.where(which == 0, gap + 5.0 * gap**3, np.sign(gap) * (1.0 + strength))

    def test_flips_are_placed(self):
        which, strength = np.repeat([0, 1], 9), np.tile(np.linspace(0.0, 1.0, 9), 2)
        found = scan(which, strength, self.lead(which, strength), np.ones(18))
        placed = narrow(self.lead, found, np.ones(2))
        assert placed.which.tolist() == [0, 1]
        assert (placed.ends[:, 0] <= self.ROOTS).all() and (placed.ends[:, 1] >= self.ROOTS).all()
        assert np.ptp(placed.ends, axis=1).max() <= 1e-10

    def test_flips_where_welfare_is_low_are_left(self):
        welfare = np.array([9.0, 1.0, 1.0, 1.1, 1.1])
        found = scan(np.zeros(5, dtype=int), np.arange(5.0), np.array([1.0, 1.0, 1.0, -1.0, -1.0]), welfare)
        assert isinstance(found, Flips) and not found.which.size

    def test_a_flip_takes_few_rounds(self):
        asked = []

        def lead(which, strength):
            asked.append(strength)
            return np.exp(strength) - 1.5

        ends = np.array([[0.0, 1.0]])
        narrow(lead, Flips(np.zeros(1, dtype=int), ends, np.exp(ends) - 1.5), np.ones(1))
        assert len(asked) <= 7


class TestGamesUnderAPolicy:
    def test_no_policy_leaves_no_trace(self):
        assert "policy" not in PAPER.model_dump(mode="json")
        assert PAPER.under({"finetuning-tax": 0.1}).under({}) == PAPER
        assert Params.model_validate(
            PAPER.under({"quality-floor": 0.5}).model_dump(mode="json")
        ).policy == Rules(**{"quality-floor": 0.5})

    def test_a_floor_that_does_not_bind_changes_nothing(self):
        assert solve(PAPER.under({"quality-floor": 0.2})).quality == pytest.approx(
            solve(PAPER).quality, abs=1e-12
        )

    @pytest.mark.parametrize("choice", ["binary", "continuous"])
    def test_a_ban_is_no_fine_tuning(self, choice):
        game = PAPER.replace({"finetuning.choice": choice})
        banned, none = solve(game.under({"finetuning-cap": 0.0})), solve(game, regime="none")
        assert banned.certificate.status == "certified" and banned.intensity == 0
        assert banned.profit == pytest.approx(none.profit, rel=0, abs=1e-12)

    def test_floors_that_share_a_curve_are_those_floors_one_by_one(self):
        """Ends of the range of quality lie anywhere between the nodes of the curve."""
        games = [PAPER.under({"quality-floor": x}) for x in np.linspace(0.4, 1.0, 25).tolist()]
        together = solve_many(games)
        assert (together.status == "certified").all()
        for game, welfare in zip(games[1::6], together.welfare[1::6], strict=True):
            assert solve(game).welfare == pytest.approx(welfare, rel=0, abs=1e-10)

    def test_continuous_games_that_share_curves_are_certified_together(self):
        games = [
            PAPER.replace({"finetuning.choice": "continuous", "platform.training_cost": k})
            for k in (0.6, 0.9, 1.2, 1.6)
        ]
        assert (solve_many(games).status == "certified").all()

    def test_sweeps_and_phases_vary_policies(self):
        swept = sweep(PAPER, ["policy.training-subsidy=0:0.9:4"])
        one = solve(PAPER.under({"training-subsidy": 0.3}))
        assert swept.table["welfare"][1] == pytest.approx(one.welfare, rel=0, abs=1e-10)
        diagram = phase_diagram(
            HARMFUL, Range("policy.finetuning-tax", 0.0, 0.1), Range("policy.finetuning-cap", 0.0, 2.0),
            cells=4, accuracy=0.05,
        )  # fmt: skip
        assert {region.outcome for region in diagram.regions} == {"not-adopted", "society-loses"}

    def test_adoption_under_a_tax_a_cap_and_a_ban(self):
        gain = Adopter()([HARMFUL]).profit_gain[0]
        rules = [{"finetuning-tax": 0.9 * gain}, {"finetuning-tax": 1.1 * gain}, {"finetuning-cap": 0.0}]
        found = Adopter()([HARMFUL.under(each) for each in rules])
        assert found.adopts.tolist() == [True, False, False]
        assert found.profit_gain[0] == pytest.approx(0.1 * gain)

    def test_the_envelope_theorem_holds_under_a_policy(self):
        found = sensitivity(
            PAPER.under({"training-subsidy": 0.3}), keys=["policy.training-subsidy", "platform.training_cost"]
        )
        q = found.equilibrium.quality
        assert found.slopes["policy.training-subsidy"]["profit"].value == pytest.approx(q**2 / 2.0)
        assert found.slopes["platform.training_cost"]["profit"].value == pytest.approx(-0.7 * q**2 / 2.0)

    def test_compare_sets_a_policy_beside_none(self):
        both = compare(solve(PAPER), solve(PAPER.under({"quality-floor": 0.6})), names=["none", "floor"])
        assert "floor" in str(both.to_dict())


class TestRefused:
    @pytest.mark.parametrize(
        ("rules", "message"),
        [
            ({"quality-flor": 0.5}, "did you mean quality-floor?"),
            ({"training-subsidy": 1.0}, "expected a number >= 0 and < 1"),
            ({"quality-floor": 1.1}, "expected a number >= 0 and <= 1"),
            ({"finetuning-tax": -0.1}, "expected a number >= 0"),
            ({"finetuning-cap": 5.0}, "cannot bind: expected a number >= 0 and <= 4"),
        ],
    )
    def test_instruments_and_values(self, rules, message):
        with pytest.raises(InputError, match=message.replace("?", r"\?")):
            PAPER.under(rules)

    @pytest.mark.parametrize(
        ("rules", "question"),
        [
            ({"finetuning-tax": 0.1}, {"regime": "forced"}),
            ({"finetuning-cap": 1.0}, {"regime": "none"}),
            ({"finetuning-tax": 0.1}, {"fix": {"intensity": 2.0}}),
            ({"training-subsidy": 0.1}, {"fix": {"quality": 0.5}}),
            ({"quality-floor": 0.1}, {"regime": "planner"}),
        ],
    )
    def test_what_cannot_bind(self, rules, question):
        (name,) = rules
        with pytest.raises(InputError, match=f"policy {name} cannot bind"):
            solve(PAPER.under(rules), **question)

    def test_sweeps_say_it_before_they_start(self):
        with pytest.raises(InputError, match="policy finetuning-tax cannot bind: regime forced"):
            sweep(PAPER, ["policy.finetuning-tax=0,0.1"], regimes=["forced"])

    def test_regulators_need_an_instrument_that_exists_and_a_game_without_a_policy(self):
        with pytest.raises(InputError, match="did you mean quality-floor"):
            policy(PAPER, "quality-flor")
        with pytest.raises(InputError, match="under a policy already"):
            best_policies(PAPER.under({"quality-floor": 0.1}))


class TestCommand:
    def test_json_is_what_the_library_gives(self, run, paper):
        done = run("policy", "--instrument", "finetuning-tax", "--json")
        data = json.loads(done.stdout)
        assert done.exit_code == 0 and data["instrument"] == "finetuning-tax" and data["idle"]
        assert data["planner"]["equilibrium"]["welfare"] == pytest.approx(paper.planner.welfare)

    def test_a_line_of_games_is_a_table(self, run, tmp_path, monkeypatch):
        monkeypatch.setattr("eqsolve_cli.policy.TOGETHER", 2)  # more than one share of the work
        done = run("policy", "--over", "platform.revenue=0.3:0.6:3", "--instrument", "quality-floor",
                   "--output", "floor.csv")  # fmt: skip
        lines = (tmp_path / "floor.csv").read_text().splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        assert done.exit_code == 0 and done.stdout == ""
        assert [float(row["platform.revenue"]) for row in rows] == pytest.approx([0.3, 0.45, 0.6])
        assert {row["status"] for row in rows} == {"certified"}
        assert all(float(row["welfare"]) >= float(row["laissez_faire.welfare"]) for row in rows)

    def test_every_instrument_has_a_picture(self):
        assert [name for _, name in DRAWN] == [*INSTRUMENTS] == [*TOLD]

    @pytest.mark.parametrize(("line", "name"), DRAWN, ids=[name for _, name in DRAWN])
    def test_pictures_are_what_the_page_says_draws_them(self, run, tmp_path, line, name):
        """And the numbers that the page tells of them are the best values."""
        done = run(*shlex.split(line.replace(" examples/", f" {ROOT}/examples/")), "--output", "found.json")
        assert done.exit_code == 0 and f"wrote {name}.png" in done.stderr
        drawn, shown = (imread(folder / f"{name}.png") for folder in (tmp_path, ROOT / "docs" / "images"))
        assert drawn.shape == shown.shape and np.abs(drawn - shown).mean() < 0.01
        told = TOLD[name]
        value = json.loads((tmp_path / "found.json").read_text())["value"]
        assert told in PAGE and f"{value:.{len(told) - 2}f}" == told

    def test_the_curve_breaks_where_adoption_flips(self, paper):
        curve = policy_curve(paper["quality-floor"], points=11)
        assert curve.flips.sum() == 1 and curve.welfare.max() <= paper["quality-floor"].welfare + 1e-9
        assert curve.welfare == pytest.approx(curve.profit + curve.user_surplus)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--plot", "floor.pdf"], "say --instrument"),
            (["--over", "platform.revenue=0.3:0.6:3", "--json"], "--over gives a table"),
            (["--over", "platform.revenue=0.3:0.6:3", "--output", "x.json"], ".csv"),
            (["--over", "platform.revenu=0.3:0.6:3"], "did you mean platform.revenue?"),
            (["--set", "policy.quality-floor=0.2"], "under a policy already"),
        ],
    )
    def test_bad_input_exits_with_2(self, run, options, message):
        done = run("policy", *options)
        assert done.exit_code == 2 and message in done.stderr and "Traceback" not in done.stderr

    @pytest.mark.parametrize(
        "command", [("solve",), ("compare",), ("sweep", "--vary", "finetuning.cost=0,0.1")]
    )
    def test_policies_are_given_to_commands_that_play_games(self, run, command):
        done = run(*command, "--policy", "quality-floor=0.5")
        assert done.exit_code == 0 and "0.5" in done.stdout
        wrong = run(*command, "--policy", "quality-flor=0.5")
        assert wrong.exit_code == 2 and "did you mean quality-floor?" in wrong.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "game"), policy_games(200).items())
def test_no_value_on_a_fine_grid_is_better(seed, game):
    """200 random games whose answers to any policy are known in closed form, 1,000 values an instrument.

    The scale is that of welfare: platforms at a kink are placed to 1e-10 in quality, as narrow as pieces get,
    and welfare, which counts users, need not be flat there.
    """
    params = Params.model_validate(game)
    found = best_policies(params)
    for name, oracle in ORACLE_NAMES.items():
        most = float(INSTRUMENTS[name].most(columns([params]))[0])
        welfare = answers(game, **{oracle: np.linspace(0.0, most, 1000)})[2]
        assert welfare.max() <= found[name].welfare + 1e-9 * found[name].certificate.scale
        assert found[name].certificate.status == "certified"
        assert found.laissez_faire.welfare <= found[name].welfare
    assert found.best.welfare <= found.planner.welfare + 1e-9 * found.best.certificate.scale


@pytest.mark.slow
def test_lies_about_policies_are_refused(paper, closed):
    """A thousand of them, about games with and without jumps; the truth is believed."""
    random = [best_policies(Params.model_validate(game)) for game in policy_games(12).values()]
    count = 0
    for found in (paper, closed, *random):
        told = lies([*found])
        count += len(told)
        assert believed(told) == []
        assert all(each.status.certified for each in check_policies([*found]))
    assert count >= 1000
