"""Laws of the checker: it finds what is there, finds what is false, and counts what is certified only."""

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eqsolve import InputError, Params, best_policies, solve, solve_many
from eqsolve.findings import (
    DOMAINS,
    OF_POLICY,
    STATEMENTS,
    Domain,
    Part,
    PartResult,
    Statement,
    check_findings,
    checker,
    default_domain,
    participation_at,
    read_domain,
    solver,
)
from eqsolve.findings.adoption import adoption_set
from eqsolve.findings.checker import _test
from eqsolve.findings.feedback import GIVEN, Engagement, Raised
from eqsolve.findings.files import case_files
from eqsolve.findings.lines import Lines, solve_lines
from eqsolve.findings.planner import solve_planner
from eqsolve.findings.policies import SMALL, compare_policies, subsidize
from eqsolve.findings.regimes import REGIMES, Regimes, at_quality, solve_regimes
from eqsolve.findings.result import verdict_of
from eqsolve.findings.solver import Solver
from eqsolve.presets import preset_names, read_preset
from eqsolve.sweeps.design import Range

NEAR_PAPER = Domain(
    Params(),
    (Range("users.transaction_cost.scale", 0.4, 0.8), Range("finetuning.cost", 0.0, 0.1)),
)


def claim(check, kind="universal", error=1e-6):
    part = Part("claimed", REGIMES, check, ("none", "forced"), error, "money")
    return Statement(9, "Claim", kind, "A claim.", "active", (part,))


SOLVER = Solver()


def test_a_false_statement_is_refuted_by_a_game_that_refutes_it():
    never_lowers = claim(lambda found: (found.active, found.change("user_surplus")))
    found = check_findings(Params(), domain=NEAR_PAPER, points=8, statements=[never_lowers])
    (finding,) = found.refuted
    worst = finding.parts[0].counterexamples[0]
    none, forced = (solve(worst.games["game"], regime=regime) for regime in ("none", "forced"))
    assert finding.verdict == "fails"
    assert forced.user_surplus - none.user_surplus == pytest.approx(worst.margin, abs=1e-8)
    assert worst.margin == finding.parts[0].extreme < -0.01


def test_an_existence_statement_without_a_witness_fails():
    rises = claim(lambda found: (found.active, found.change("user_surplus") - 10.0), "existence")
    found = check_findings(Params(), domain=NEAR_PAPER, points=4, statements=[rises])
    assert found.findings[0].verdict == "fails"
    assert found.findings[0].parts[0].witness is None


def test_a_statement_about_no_game_is_vacuous():
    idle = Params().replace({"platform.revenue": 0.0})
    found = check_findings(idle, points=2, only=[2, 3, 4])
    assert [finding.verdict for finding in found.findings] == ["vacuous"] * 3
    assert all("premise" in finding.parts[0].note for finding in found.findings)


@pytest.mark.thorough
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda each: each.title)
def test_every_premise_is_met_where_a_vacuous_part_says_so(statement):
    base = Params()
    for domain in {part.met_in for part in statement.parts}:
        over = Domain(base, domain) if domain else default_domain(base)
        parts = tuple(part for part in statement.parts if part.met_in == domain)
        found = check_findings(base, domain=over, points=4, statements=[replace(statement, parts=parts)])
        assert all(result.premise for result in found.findings[0].parts)


def test_a_vacuous_part_names_its_premise_and_a_domain():
    found = check_findings(Params(), domain=NEAR_PAPER, points=2, only=[1, 4])
    notes = [result.note for finding in found.findings for result in finding.parts if result.note]
    assert notes == [
        "none of 2 certified games met the premise (active, and rho <= -0.1 under forced); games around the "
        "preset paper with users.segments.high.share in [0.05, 0.2] do",
        "none of 2 certified games met the premise (active, fine-tuning pays at F = 0, and q* is the same "
        "under none and forced); games around the preset paper with platform.revenue in [16, 32], "
        "users.transaction_cost.scale in [2, 3] do",
    ]


def test_what_is_kept_is_not_solved_again(tmp_path, monkeypatch):
    """A run goes on from what is kept, also one of more points; what is damaged is solved again."""
    solved = []

    def counting(work):
        def count(games, *rest):
            solved.append(len(games))
            return work(games, *rest)

        return count

    for name in ("solve_games", "_participation"):
        monkeypatch.setattr(solver, name, counting(getattr(solver, name)))
    monkeypatch.setattr(solver, "BATCH", 2)

    def run(points):
        solved.clear()
        return check_findings(
            Params(), domain=NEAR_PAPER, points=points, only=[2, 5], keep=tmp_path
        ).to_json()

    first, work = run(2), sum(solved)
    assert run(2) == first and not solved
    longer = run(4)
    assert 0 < sum(solved) < 2 * work
    next(iter(tmp_path.glob("*.npz"))).write_bytes(b"half")
    assert run(4) == longer and len(solved) == 1


def test_statement_3_is_vacuous_where_the_transaction_cost_does_not_vary():
    domain = Domain(Params(), (Range("finetuning.cost", 0.0, 0.1),))
    found = check_findings(Params(), domain=domain, points=2, only=[3])
    assert found.findings[0].verdict == "vacuous"
    assert "users.transaction_cost.scale" in found.findings[0].parts[0].note


def paper_column(count):
    games = [Params().replace({"users.transaction_cost.scale": 0.3 + 0.1 * i}) for i in range(count)]
    return solve_regimes(games, SOLVER)


class Fixed:
    """Work whose evidence is given, and stays the same when it is solved again."""

    solver = SOLVER

    def __init__(self, evidence):
        self.known = evidence

    def evidence(self, kind):
        return self.known


def test_what_is_not_certified_does_not_count():
    column = paper_column(4)
    statement = claim(lambda found: (found.active, -np.ones(len(found.games))))
    uncertified = Regimes(column.games, column.tables, np.array([True, False, True, False]))
    result = _test(statement.parts[0], statement, Fixed(uncertified))
    assert (result.games, result.certified, result.premise) == (4, 2, 2)
    assert len(result.counterexamples) == 2


def test_violations_within_the_numerical_error_do_not_count():
    column = paper_column(3)
    statement = claim(lambda found: (found.active, np.full(len(found.games), -1e-9)), error=1e-8)
    result = _test(statement.parts[0], statement, Fixed(column))
    assert (result.verdict, result.ties, result.counterexamples) == ("holds", 3, ())


def test_the_endogenous_equilibrium_follows_from_the_other_two():
    games = [Params().replace({"finetuning.cost": cost}) for cost in (0.02, 0.1, 0.12, 0.13, 0.2)]
    derived = solve_regimes(games, SOLVER)
    direct = solve_many(games, regime="endogenous")
    assert set(direct.intensity) == {0.0, 4.0}
    for name in ("quality", "intensity", "profit", "user_surplus"):
        np.testing.assert_allclose(derived.of("endogenous", name), getattr(direct, name), atol=1e-8)


def test_participation_given_the_choice_is_that_of_the_equilibrium():
    games = [Params().replace({"users.transaction_cost.scale": cost}) for cost in (0.3, 0.6, 1.0)]
    games.append(games[0].replace({"users.match.kind": "quadratic"}))
    direct = solve_many(games, regime="forced")
    found = participation_at(games, direct.quality, direct.intensity)
    assert found.certified.all()
    np.testing.assert_allclose(found.participation, direct.participation, atol=1e-10)
    np.testing.assert_allclose(found.by_segment, direct.segment_participation, atol=1e-10)


@pytest.mark.parametrize(("quality", "intensity"), [(1.5, 4.0), (0.5, -1.0), (0.5, np.inf), (np.nan, 1.0)])
def test_participation_at_impossible_choices_is_refused(quality, intensity):
    with pytest.raises(InputError):
        participation_at([Params()], quality, intensity)


class Peaked:
    """Markets whose gain from fine-tuning peaks just above the smallest transaction cost."""

    def equilibria(self, games, regime):
        cost = np.array([game.users.transaction_cost.scale for game in games])
        fixed = np.array([game.finetuning.cost for game in games])
        gain = np.where(cost < 0.13, cost, 0.05) - fixed if regime == "forced" else np.zeros(cost.size)
        status = np.full(cost.size, "certified", dtype=object)
        return {"profit": gain, "participation": np.ones(cost.size), "status": status}


def test_a_violation_between_two_costs_of_a_line_is_looked_for_more_finely():
    coarse = solve_lines([Params()], np.linspace(0.1, 0.5, 8), Peaked())
    check = STATEMENTS[2].parts[0].check
    finer = coarse.again([0], Peaked())
    assert check(coarse)[1][0] < 0 < check(finer)[1][0]
    assert finer.costs[0] == coarse.costs[0]
    assert finer.costs[-1] == coarse.costs[-1]


def lines(gain, active):
    shape = np.shape(gain)
    costs = np.linspace(0.1, 0.5, shape[1])
    return Lines(
        [Params()] * shape[0], costs, np.array(gain), np.array(active), np.ones(shape[0], dtype=bool)
    )


def test_statement_3_asks_whether_the_gain_is_larger_beyond_the_smallest_cost():
    gain = [[1.0, 2.0, 0.5], [2.0, 1.0, 0.5], [1.0, 9.0, 0.5], [1.0, 2.0, 3.0]]
    active = [[True] * 3, [True] * 3, [True, False, True], [False, True, True]]
    met, margin = STATEMENTS[2].parts[0].check(lines(gain, active))
    assert met.tolist() == [True, True, True, False]
    assert margin[:3].tolist() == [1.0, -1.0, -0.5]


def regimes(**columns):
    """Evidence of which only the given columns are known: name = (under none, under forced)."""
    count = len(columns["participation"][0])
    tables = {
        regime: {name: np.array(pair[i]) for name, pair in columns.items()}
        for i, regime in enumerate(("none", "forced"))
    }
    tables["endogenous"] = tables["forced"]
    return Regimes([Params()] * count, tables, np.ones(count, dtype=bool))


def test_statement_4_is_about_paying_games_and_allows_equality_at_a_bound_only():
    found = regimes(
        participation=([1.0, 1.0, 1.0, 0.0], [1.0] * 4),
        profit=([0.0] * 4, [1.0, 1.0, -1.0, 1.0]),
        quality=([0.5, 1.0, 0.5, 0.5], [0.6, 1.0, 0.6, 0.6]),
    )
    rises, equal = (part.check(found) for part in STATEMENTS[3].parts)
    assert rises[0].tolist() == [True, True, False, False]
    assert rises[1][:2] == pytest.approx([-0.1, 0.0])
    assert equal[0].tolist() == [False, True, False, False]
    assert equal[1][1] == 0.0
    inside = regimes(participation=([1.0], [1.0]), profit=([0.0], [1.0]), quality=([0.5], [0.5]))
    met, margin = STATEMENTS[3].parts[1].check(inside)
    assert (met.tolist(), margin.tolist()) == ([True], [-0.5])


def test_statement_5_wants_more_participation_from_better_feedback():
    one = np.array([0.5])
    found = Engagement([Params()], one, one, one - 0.1, one + 0.1, -one, [(None, None)], one > 0)
    margins = [part.check(found)[1][0] for part in STATEMENTS[4].parts[:3]]
    assert margins == pytest.approx([-0.1, 0.1, -0.5])


def test_the_counterexample_to_statement_5_that_the_docs_explain():
    game = Params().replace(
        {
            "users.transaction_cost.scale": 0.6621261872331299,
            "users.segments.high.share": 0.8768043260090053,
            "users.segments.high.accuracy": 0.9537736841477453,
            "users.segments.low.accuracy": 0.26033350005745887,
        }
    )
    sharper = game.replace({"users.segments.high.accuracy": 1.0})
    found = participation_at([game, sharper], 0.9971846621483564, 4.0)
    assert found.certified.all()
    assert found.by_segment[:, 0] == pytest.approx([1.0, 1.0], abs=1e-12)
    assert np.diff(found.participation)[0] == pytest.approx(-1.744e-5, rel=1e-3)


def test_statement_5_b_fails_in_paper_because_the_platform_trains_less():
    """Accuracy of segment high from 0.6 to 1 under forced: N and q* fall (docs/model.md, statement 5)."""
    games = [Params().replace({"users.segments.high.accuracy": accuracy}) for accuracy in (0.6, 1.0)]
    low, high = (solve(game, regime="forced") for game in games)
    assert [round(each.participation, 4) for each in (low, high)] == [0.8973, 0.8301]
    assert [round(each.quality, 3) for each in (low, high)] == [0.692, 0.369]
    given = participation_at(games, low.quality, low.intensity).participation
    assert given[1] > given[0]


def test_statement_5_b_compares_equilibria():
    one = np.array([[0.5, 0.5]])
    found = Raised([Params()], one, one - 0.1, one + 0.1, -one[:, 0], [(None, None)], one[:, 0] > 0)
    margins = [part.check(found)[1][0] for part in STATEMENTS[4].parts[3:]]
    assert margins == pytest.approx([-0.1, 0.1, -0.5])


def test_statement_7_compares_the_planner_with_the_platform():
    column = paper_column(2)
    found = solve_planner(column, SOLVER)
    met, margin = STATEMENTS[6].parts[0].check(found)
    direct = [solve(game, regime="planner").quality for game in column.games]
    assert met.all()
    np.testing.assert_allclose(margin, direct - column.of("endogenous", "quality"), atol=1e-9)


def test_statement_8_compares_the_best_floor_with_the_best_subsidy():
    found = compare_policies(paper_column(2), SOLVER)
    met, margin = OF_POLICY[0].parts[0].check(found)
    best = [best_policies(game) for game in found.regimes.games]
    gaps = [each["quality-floor"].welfare - each["training-subsidy"].welfare for each in best]
    assert met.all() and found.certified.all()
    assert margin == pytest.approx(gaps, rel=0, abs=1e-9)
    assert found.again([1], SOLVER).welfare("quality-floor") == pytest.approx(
        found.welfare("quality-floor")[1:]
    )
    case = found.case(0, float(margin[0]), ("endogenous",))
    assert solve(case.games["quality-floor"]).welfare == pytest.approx(case.facts["quality-floor"]["welfare"])


def test_statement_9_sets_a_ban_beside_the_platforms_choice():
    column = paper_column(2)
    raises, lowers, users = (part.check(column)[1][0] for part in OF_POLICY[1].parts)
    game = column.games[0]
    free, banned = solve(game), solve(game.under({"finetuning-cap": 0.0}))
    assert raises == -lowers == pytest.approx(banned.welfare - free.welfare, rel=0, abs=1e-9)
    assert users == pytest.approx(banned.user_surplus - free.user_surplus, rel=0, abs=1e-9)


def test_statement_10_subsidizes_a_little():
    found = subsidize(paper_column(2), SOLVER)
    met, margin = OF_POLICY[2].parts[0].check(found)
    game = found.before.games[0]
    gain = solve(game.under({"training-subsidy": SMALL})).user_surplus - solve(game).user_surplus
    assert met.all() and margin[0] == pytest.approx(gain, rel=0, abs=1e-9) and gain > 0
    assert found.case(0, gain, ("endogenous",)).games["subsidized"].policy.training_subsidy == SMALL


def test_statements_about_policies_are_tested_where_they_are_asked_for():
    numbers = [each.number for each in STATEMENTS]
    assert numbers == [1, 2, 3, 4, 5, 6, 7] and [each.number for each in OF_POLICY] == [8, 9, 10]
    found = check_findings(Params(), domain=NEAR_PAPER, points=2, only=[8, 9, 10])
    assert [each.statement.number for each in found.findings] == [8, 9, 10]
    assert "8,9,10" in str(found.provenance.to_dict())
    with pytest.raises(InputError, match="from 1 to 10"):
        check_findings(Params(), points=2, only=[11])


def test_harm_at_fixed_quality_is_that_of_a_fixed_choice():
    found = at_quality(paper_column(2), SOLVER)
    game, q = found.regimes.games[0], found.regimes.of("none", "quality")[0]
    tuned, plain = (solve(game, fix={"quality": q, "intensity": beta}) for beta in (4.0, 0.0))
    change = [t.user_surplus - p.user_surplus for t, p in zip(tuned.segments, plain.segments, strict=True)]
    np.testing.assert_allclose(found.change[0], change, atol=1e-9)


def test_what_is_reported_beside_a_statement_does_not_refute_it():
    part = replace(STATEMENTS[5].parts[3], name="beside")
    assert part.beside
    absent = PartResult(part, "existence", premise=5)
    shown = part_result("holds", "existence")
    assert (absent.verdict, verdict_of([shown, absent])) == ("absent", "holds")


def test_adoption_is_a_set_of_intervals():
    found = adoption_set(Params(), "users.transaction_cost.scale", 0.05, 1.25)
    (low, high), *more = found.intervals
    assert found.certified and not more and high == 1.25
    for value, adopts in ((low - 1e-6, False), (low + 1e-6, True), (high, True)):
        game = Params().replace({"users.transaction_cost.scale": value})
        assert (solve(game).intensity > 0) == adopts


@pytest.mark.parametrize("name", ["technology", "tastes"])
def test_other_domains_hold_games_that_can_be_played(name):
    domain = DOMAINS[name](Params())
    assert len(domain.reasons) == len(domain.ranges)
    found = check_findings(Params(), domain=domain, points=4, only=[7])
    assert found.findings[0].verdict == "holds"


def test_statement_6_wants_adoption_with_mostly_accurate_feedback():
    found = regimes(participation=([1.0], [1.0]), intensity=([0.0], [4.0]), user_surplus=([0.2], [0.1]))
    for part in STATEMENTS[5].parts[:2]:
        met, margin = part.check(found)
        assert (met.tolist(), margin[0]) == ([True], pytest.approx(0.1))
    few = Regimes([Params().replace({"users.segments.high.share": 0.5})], found.tables, found.certified)
    assert not any(part.check(few)[0].any() for part in STATEMENTS[5].parts[:2])


def part_result(verdict, kind):
    part = STATEMENTS[0].parts[0]
    refuted = {"counterexamples": (object(),)} if kind == "universal" else {}
    shown = {"witness": object()} if kind == "existence" else {}
    more = {"holds": shown, "fails": refuted, "vacuous": {}}[verdict]
    return PartResult(part, kind, premise=int(verdict != "vacuous"), **more)


@pytest.mark.parametrize(
    ("kind", "parts", "verdict"),
    [
        ("existence", ["holds", "holds"], "holds"),
        ("existence", ["holds", "fails"], "mixed"),
        ("existence", ["holds", "vacuous"], "vacuous"),
        ("existence", ["fails", "vacuous"], "fails"),
        ("universal", ["holds", "vacuous"], "holds"),
        ("universal", ["fails", "fails"], "fails"),
        ("universal", ["vacuous", "vacuous"], "vacuous"),
        ("universal", ["holds", "fails"], "mixed"),
    ],
)
def test_the_verdict_on_a_statement_follows_from_its_parts(kind, parts, verdict):
    assert verdict_of([part_result(each, kind) for each in parts]) == verdict


@pytest.mark.parametrize("name", preset_names())
def test_the_default_domain_holds_the_game_it_lies_around(name, tmp_path, request):
    folder = request.config.rootpath / "examples"
    game = Params.from_file(folder / f"{name}.toml")
    domain = default_domain(game)
    assert len(domain.reasons) == len(domain.ranges) == len({each.key for each in domain.ranges})
    for each in domain.ranges:
        *path, last = each.key.split(".")
        part = game
        for step in path:
            listed = getattr(part, "users", part).segments if step == "segments" else None
            part = listed or (
                next(s for s in part if s.name == step) if isinstance(part, tuple) else getattr(part, step)
            )
        assert each.low <= getattr(part, last) <= each.high
        for end in (each.low, each.high):
            game.replace({each.key: end})
    assert read_preset(name)


def test_witnesses_are_files_that_solve_reproduces(run, tmp_path):
    found = check_findings(Params(), domain=NEAR_PAPER, points=4, only=[3, 5, 6])
    files = case_files(found)
    assert any(name.startswith("6b-witness") for name in files)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    case = found.findings[-1].parts[0].witness
    assert Params.from_file(tmp_path / "6a-witness.toml") == case.games["game"]
    for regime in case.regimes:
        done = run("solve", "--params", "6a-witness.toml", "--regime", regime, "--json")
        solved = json.loads(done.stdout)["equilibrium"]
        assert solved["user_surplus"] == pytest.approx(case.facts[regime]["user_surplus"], abs=1e-9)


def test_files_of_counterexamples_say_how_to_reproduce_them():
    false = Part("N falls", GIVEN, lambda f: (f.base > 0, f.base - f.more), ("forced",), 1e-8, "users")
    statement = Statement(9, "Claim", "universal", "A claim.", "somebody", (false,))
    found = check_findings(Params(), domain=NEAR_PAPER, points=2, statements=[statement])
    files = case_files(found)
    assert sorted(files) == [
        f"9-counterexample-000{i}{label}.toml"
        for i in (1, 2)
        for label in ("-higher-accuracy", "-larger-share", "")
    ]
    text = files["9-counterexample-0001.toml"]
    assert "participation_at" in text
    case = found.findings[0].parts[0].counterexamples[0]
    given = case.facts["given"]
    games = [case.games["game"], case.games["larger-share"]]
    n = participation_at(games, given["quality"], given["intensity"]).participation
    assert n[0] - n[1] == pytest.approx(case.margin, abs=1e-10)
    assert tomllib.loads(text)["finetuning"]["strength"] == given["intensity"]


KEPT = Path(__file__).parent.parent / "docs" / "data" / "findings"
SHOWN = {
    "1a": lambda none, forced, free: forced.feedback_quality,
    "1b": lambda none, forced, free: -forced.feedback_quality,
    "2a": lambda none, forced, free: none.profit - forced.profit,
    "2b": lambda none, forced, free: none.user_surplus - forced.user_surplus,
    "2c": lambda none, forced, free: min(
        none.profit - forced.profit, none.user_surplus - forced.user_surplus
    ),
    "6a": lambda none, forced, free: none.user_surplus - free.user_surplus,
    "6b": lambda none, forced, free: none.user_surplus - free.user_surplus,
    "6c": lambda none, forced, free: none.segments[0].user_surplus - free.segments[0].user_surplus,
}
"""The margin of each witness that is kept, from its equilibria under none, forced and endogenous."""


def claimed(file):
    return float(re.search(r"^# margin = (\S+)", file.read_text(), re.MULTILINE)[1])


@pytest.mark.thorough
@pytest.mark.parametrize("file", [KEPT / "default" / f"{part}-witness.toml" for part in SHOWN], ids=SHOWN)
def test_kept_witnesses_show_what_they_say(file):
    found = [solve(Params.from_file(file), regime=regime) for regime in ("none", "forced", "endogenous")]
    assert all(each.certificate.status == "certified" for each in found)
    assert SHOWN[file.stem.partition("-")[0]](*found) == pytest.approx(claimed(file), abs=1e-8)


@pytest.mark.parametrize(
    ("part", "better"), [("5d", "larger-share"), ("5e", "higher-accuracy")], ids=["share", "accuracy"]
)
def test_kept_counterexamples_to_statement_5_in_equilibrium_are_some(part, better):
    (file,) = KEPT.glob(f"default/{part}-counterexample-0001.toml")
    pair = [file, file.with_name(f"{file.stem}-{better}.toml")]
    before, after = (solve(Params.from_file(each), regime="forced") for each in pair)
    assert before.certificate.status == after.certificate.status == "certified"
    assert after.participation - before.participation == pytest.approx(claimed(file), abs=1e-8)


BAD_DOMAINS = {
    "finetuning.cost = [0.2, 0.1]": ["domain.toml:1", "finetuning.cost", "below"],
    "finetuning.cost = [0.1, 0.1]": ["finetuning.cost"],
    "\nfinetuning.costs = [0.0, 0.1]": ["domain.toml:2", "finetuning.costs", "finetuning.cost"],
    "users.segments.high.share = [0.5, 1.5]": ["domain.toml:1", "users.segments.high.share", "1.5"],
    "finetuning.cost = [-1.0, 0.1]": ["domain.toml:1", "finetuning.cost", ">= 0"],
    "finetuning.cost = 0.1": ["domain.toml:1", "[low, high]"],
    'finetuning.cost = [0.0, 0.1, "log"]': ["finetuning.cost", "above zero"],
    'finetuning.cost = [0.1, 0.2, "lin"]': ["domain.toml:1", "log"],
    "": ["domain.toml", "no ranges"],
    "finetuning = [": ["domain.toml:1", "not valid TOML"],
    "[finetuning]\ncost = [1, 0]\nlearnin = [0, 1]\n[users]\nmisfit_cost = true": [
        "toml:2",
        "toml:3",
        "toml:5",
    ],
}


@pytest.mark.parametrize("text", BAD_DOMAINS)
def test_bad_domains_are_refused_with_key_and_line(run, tmp_path, text):
    (tmp_path / "domain.toml").write_text(text)
    done = run("findings", "--domain", "domain.toml", "--output", "out")
    assert done.exit_code == 2
    for culprit in BAD_DOMAINS[text]:
        assert culprit in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "culprit"),
    [
        (["--only", "11"], "there is no statement 11"),
        (["--only", "3,x"], '"x" is no statement'),
        (["--only", ""], "no statement"),
        (["--points", "0"], "points = 0"),
        (["--jobs", "0"], "jobs = 0"),
        (["--seed", "-1"], "seed = -1"),
        (["--set", "finetuning.cots=1"], "finetuning.cots"),
        (["--domain", "missing.toml"], "missing.toml"),
        (["--output", "missing/out"], "missing/out"),
        (["--output", "full"], "full: holds files already"),
    ],
)
def test_bad_input_is_refused(run, tmp_path, options, culprit):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    done = run("findings", *options)
    assert done.exit_code == 2
    assert culprit in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["full", "mine.txt"]


def test_every_unknown_statement_is_named():
    with pytest.raises(InputError) as caught:
        check_findings(Params(), only=[0, 3, 11])
    assert [str(each).partition(":")[0] for each in caught.value.problems] == [
        "there is no statement 0", "there is no statement 11",
    ]  # fmt: skip


DOMAIN = "users.transaction_cost.scale = [0.4, 0.8]\nfinetuning.cost = [0.0, 0.01]\n"


def test_the_command_exits_1_if_a_statement_fails_and_writes_what_it_found(run, tmp_path):
    (tmp_path / "domain.toml").write_text(DOMAIN)
    done = run("findings", "--domain", "domain.toml", "--points", 4, "--only", "2,6", "--output", "out")
    assert done.exit_code == 1
    assert "✗ mixed" in done.stdout
    assert "profit falls" in done.stdout
    written = json.loads((tmp_path / "out" / "findings.json").read_text())
    assert written["schema"] == "eqsolve/findings/2"
    assert [each["verdict"] for each in written["findings"]] == ["mixed", "holds"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "findings.json", "2b-witness.toml", "6a-witness.toml", "6b-witness.toml", "6c-witness.toml",
    }  # fmt: skip


def test_an_interrupted_run_goes_on(run, tmp_path, monkeypatch):
    """What is solved is kept beside the output until it is written, and used when that is asked for."""
    (tmp_path / "domain.toml").write_text(DOMAIN)
    line = ("findings", "--domain", "domain.toml", "--points", 2, "--only", "2", "--output", "out", "--json")

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checker, "verdict_of", stop)
        done = run(*line)
    assert done.exit_code == 130 and "--resume continues" in done.stderr
    assert list((tmp_path / "out.journal").glob("*.npz"))
    refused = run(*line)
    assert refused.exit_code == 2 and "out.journal" in refused.stderr and "--resume" in refused.stderr
    assert run(*line, "--resume").exit_code in (0, 1)
    assert (tmp_path / "out" / "findings.json").is_file() and not (tmp_path / "out.journal").exists()
    assert "--output" in run("findings", "--resume").stderr


def test_json_is_strict_and_the_same_for_the_same_seed(run, tmp_path):
    (tmp_path / "domain.toml").write_text(DOMAIN)
    line = ("findings", "--domain", "domain.toml", "--points", 2, "--only", "4,6", "--seed", 3, "--json")
    first, second = (run(*line) for _ in range(2))
    assert first.exit_code == 0
    assert first.stdout == second.stdout
    table = json.loads(first.stdout, parse_constant=pytest.fail)
    assert [each["key"] for each in table["domain"]] == ["users.transaction_cost.scale", "finetuning.cost"]


def test_an_untested_statement_and_an_unbalanced_design_are_said(run, tmp_path):
    (tmp_path / "domain.toml").write_text(DOMAIN)
    done = run("findings", "--domain", "domain.toml", "--points", 3, "--only", "1")
    assert done.exit_code == 0
    assert "vacuous" in done.stdout
    assert "premise" in done.stderr
    assert "3 Sobol points are not balanced" in done.stderr


def test_a_domain_file_may_name_keys_in_tables_and_logarithms(tmp_path):
    path = tmp_path / "domain.toml"
    path.write_text('[users.segments.high]\nshare = [0.5, 0.9]\n[platform]\nrevenue = [0.1, 1, "log"]\n')
    domain = read_domain(path, Params())
    assert domain.ranges == (
        Range("users.segments.high.share", 0.5, 0.9),
        Range("platform.revenue", 0.1, 1.0, log=True),
    )
