"""`eqsolve compare`: what it prints, writes and says by its exit code."""

import json
import os
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from eqsolve import Params, compare, solve
from eqsolve.comparison import Baseline
from eqsolve.comparison.quantities import names_of
from eqsolve.presets import read_preset
from eqsolve.status import Status
from eqsolve.tables import Column, Table, render
from eqsolve_cli.options import Regime, RegimeName
from eqsolve_cli.sheets import print_tables

FAST = ("--regime", "none")


@pytest.fixture
def game(tmp_path):
    file = tmp_path / "game.toml"
    file.write_text(read_preset("closed-form"))
    return file


@pytest.fixture
def golden(run, game, tmp_path):
    assert run("compare", "--params", game, "--baseline", "golden.json", "--update", *FAST).exit_code == 0
    return tmp_path / "golden.json"


def edit(file, change):
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


def move(file, **values):
    """Change quantities of the regime none in a baseline."""
    edit(file, lambda document: document["regimes"]["none"]["quantities"].update(values))


@pytest.fixture
def uncertified(monkeypatch):
    def doubt(*args, **options):
        found = solve(*args, **options)
        return replace(found, certificate=replace(found.certificate, status=Status.DEVIATION_FOUND))

    monkeypatch.setattr("eqsolve.solve", doubt)


def test_regimes_stand_side_by_side(run, game):
    result = run("compare", "--params", game)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "game.toml, against none: ✓ certified"
    said = [line.split()[0] for line in lines[1 : lines.index("Values")] if re.match(" {2}[a-z]", line)]
    assert said == ["forced", "endogenous", "planner", "welfare"]
    values = lines[lines.index("Values") + 1 :]
    assert values[0].split() == ["none", "forced", "endogenous", "planner"]
    assert [line.split()[0] for line in values[1:23]] == [*names_of(Params()), "status"]
    assert "Change from none" in lines
    assert "Why users gain or lose, none → forced, endogenous" in lines
    assert re.search(r"short of the planner's: none 0\.\d+ \(\d+\.\d%\), forced", result.stdout)


def test_regimes_in_json_are_those_of_the_library(run, game):
    result = run("compare", "--params", game, "--regime", "none", "--regime", "forced", "--format", "json")
    document = json.loads(result.stdout, parse_constant=pytest.fail)
    params = Params.from_file(game)
    found = compare(*(solve(params, regime=regime) for regime in ("none", "forced")))
    (why,) = document.pop("decompositions")
    assert document == json.loads(found.to_json())
    assert why["title"] == "none → forced"
    assert why["total"]["change"] == pytest.approx(found.difference("user_surplus")[1], abs=1e-12)


def test_games_stand_side_by_side(run, game, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("[platform]\nrevenue = 0.6\n")
    result = run("compare", game, other, *FAST, "--format", "json")
    document = json.loads(result.stdout)
    assert [column["name"] for column in document["columns"]] == ["game", "other"]
    assert [column["params"]["platform"]["revenue"] for column in document["columns"]] == [0.5, 0.6]
    assert "decompositions" not in document
    text = run("compare", game, other, *FAST).stdout
    assert "scenarios, against game: ✓ certified" in text


def test_games_can_be_compared_under_several_regimes_and_files_of_one_name(run, game, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "game.toml").write_text(game.read_text())
    line = [
        "compare",
        "game.toml",
        "new/game.toml",
        "--regime",
        "none",
        "--regime",
        "forced",
        "--format",
        "json",
    ]
    names = [column["name"] for column in json.loads(run(*line).stdout)["columns"]]
    assert names == [
        f"{file} {regime}" for file in ("game.toml", "new/game.toml") for regime in ("none", "forced")
    ]


def test_set_and_selection_reach_the_library(run, game):
    line = ["--set", "platform.revenue=0.7", "--selection", "highest", "--format", "json"]
    document = json.loads(run("compare", "--params", game, *line).stdout)
    for column in document["columns"]:
        assert column["params"]["platform"]["revenue"] == 0.7
        assert column["selection"] == "highest"


def test_the_plot_shows_who_loses(run, game, tmp_path):
    line = ["--regime", "none", "--regime", "forced", "--plot", "why.svg"]
    result = run("compare", "--params", game, *line)
    assert result.stderr == "wrote why.svg\n"
    assert b"<svg" in (tmp_path / "why.svg").read_bytes()


def test_a_new_baseline_agrees_at_once(run, game, golden):
    result = run("compare", "--params", game, "--baseline", golden)
    assert result.exit_code == 0
    assert result.stdout == "✓ game: 23 values agree\n"
    assert result.stderr == ""


def test_without_regimes_all_four_are_kept_and_later_those_that_are(run, game, golden):
    assert list(Baseline.read(golden).regimes) == ["none"]
    run("compare", "--params", game, "--baseline", "all.json", "--update")
    assert list(Baseline.read(golden.with_name("all.json")).regimes) == [*RegimeName]


def test_a_difference_exits_with_1_and_tells_all_about_it(run, game, golden):
    move(golden, profit=0.07, welfare=0.12)
    result = run("compare", "--params", game, "--baseline", golden)
    assert result.exit_code == 1
    first, header, *rows, note = result.stdout.splitlines()
    assert first == "✗ game: 2 differences in 23 values"
    assert header.split() == ["expected", "actual", "difference", "tolerance"]
    assert [row.split()[:3] for row in rows] == [["none:", "profit", "0.07"], ["none:", "welfare", "0.12"]]
    command = note.partition("eqsolve ")[2]
    assert run(*command.split()).exit_code == 0
    assert run("compare", "--params", game, "--baseline", golden).exit_code == 0


def test_tolerances_of_the_command_line_come_before_those_of_the_baseline(run, game, golden):
    actual = Baseline.read(golden).regimes["none"].quantities["profit"]
    move(golden, profit=actual + 1e-4)
    line = ["compare", "--params", game, "--baseline", golden]
    assert run(*line).exit_code == 1
    assert run(*line, "--tol", "profit=1.01e-4").exit_code == 0
    assert run(*line, "--tol", "profit=0.99e-4").exit_code == 1
    assert run(*line, "--atol", "1.01e-4").exit_code == 0
    assert run(*line, "--rtol", "1e-2").exit_code == 0
    assert run(*line, "--atol", "1.01e-4", "--tol", "profit=0").exit_code == 1


def test_update_rewrites_and_says_what_changed(run, game, golden):
    move(golden, profit=0.07)
    result = run("compare", "--params", game, "--baseline", golden, "--update")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith(
        f"CHANGED {golden}\n  none: profit is 0.0659722222222, expected 0.07 (diff"
    )
    before = golden.read_bytes()
    result = run("compare", "--params", game, "--baseline", golden, "--update")
    assert result.stderr == f"unchanged: {golden}\n"
    assert golden.read_bytes() == before


def test_update_takes_another_game_and_other_tolerances(run, game, golden):
    line = ["compare", "--params", game, "--baseline", golden, "--set", "platform.revenue=0.6"]
    result = run(*line, "--update", "--rtol", "1e-4", "--tol", "kl=1e-3")
    assert result.exit_code == 0
    assert "\n  platform.revenue: 0.5 → 0.6\n" in result.stderr
    assert "\n  tolerances\n" in result.stderr
    kept = Baseline.read(golden).tolerances
    assert (kept.default.rtol, kept.default.atol, kept.quantities["kl"].atol) == (1e-4, 1e-9, 1e-3)
    assert run(*line).exit_code == 0


def test_what_is_not_certified_exits_with_3(run, game, golden, uncertified):
    result = run("compare", "--params", game, "--regime", "none", "--regime", "forced")
    assert result.exit_code == 3
    assert "NOT CERTIFIED" in result.stdout
    result = run("compare", "--params", game, "--baseline", golden)
    assert result.exit_code == 3
    assert re.search(r"none: status +certified +deviation_found", result.stdout)
    result = run("compare", "--params", game, "--baseline", golden, "--update")
    assert result.exit_code == 3
    assert f"warning: not certified: {golden}: none is deviation_found" in result.stderr
    result = run("compare", "--params", game, "--baseline", golden)
    assert result.exit_code == 3
    assert result.stdout == "✗ game: 23 values agree, but NOT CERTIFIED: none\n"


@pytest.fixture
def folder(run, tmp_path):
    games = tmp_path / "games"
    games.mkdir()
    for name, revenue in (("one", 0.4), ("two", 0.5)):
        text = read_preset("closed-form")
        (games / f"{name}.toml").write_text(f"platform.revenue = {revenue}\n{text}")
    line = ["compare", "--params", "games", "--baseline", "golden"]
    assert run(*line, "--update", *FAST).exit_code == 0
    return line


def test_every_game_of_a_folder_is_checked(run, tmp_path, folder):
    assert sorted(file.name for file in (tmp_path / "golden").iterdir()) == ["one.json", "two.json"]
    result = run(*folder)
    assert result.exit_code == 0
    assert result.stdout.startswith("✓ 2 games agree\n")
    move(tmp_path / "golden" / "two.json", profit=0.07)
    result = run(*folder)
    assert result.exit_code == 1
    assert result.stdout.startswith("✗ two: 1 difference in 23 values\n")
    assert result.stdout.endswith("✓ one: 23 values agree\n")


def test_missing_and_extra_baselines_are_said(run, tmp_path, folder):
    (tmp_path / "golden" / "two.json").rename(tmp_path / "golden" / "three.json")
    result = run(*folder)
    assert result.exit_code == 1
    assert "\n  - baseline golden/two.json is missing\n" in result.stdout
    assert "\n  - the game of golden/three.json is missing\n" in result.stdout
    result = run(*folder, "--update", *FAST)
    assert result.exit_code == 0
    assert "unchanged: golden/one.json\nwrote golden/two.json\n" in result.stderr
    assert "warning: golden/three.json: no game goes with this baseline" in result.stderr


def test_a_tolerance_may_name_a_segment_that_only_some_games_have(run, tmp_path, folder):
    one = tmp_path / "games" / "one.toml"
    segment = '[[users.segments]]\nname = "all"\nshare = 1.0\naccuracy = 0.8\n'
    one.write_text(one.read_text() + segment)
    assert run(*folder, "--update").exit_code == 0
    assert run(*folder, "--tol", "quality.all=1e-3", "--tol", "quality.high=1e-3").exit_code == 0
    result = run(*folder, "--tol", "quality.al=1e-3")
    assert result.exit_code == 2
    assert "unknown quantity quality.al: did you mean quality.all?" in result.stderr


def test_json_has_every_difference(run, game, golden):
    move(golden, **{name: 9.0 for name in names_of(Params()) if name != "direction"})
    result = run("compare", "--params", game, "--baseline", golden, "--format", "json")
    document = json.loads(result.stdout, parse_constant=pytest.fail)
    assert (result.exit_code, document["schema"], document["agrees"]) == (1, "eqsolve/check/1", False)
    (check,) = document["checks"]
    assert len(check["differences"]) == 20
    assert check["file"] == str(golden)
    ratios = [each["ratio"] for each in check["differences"]]
    assert ratios[0] is None, "what has no value now comes first"
    assert ratios[1:] == sorted(ratios[1:], reverse=True)


def test_junit_has_a_case_per_game_and_a_failure_where_one_differs(run, tmp_path, folder):
    move(tmp_path / "golden" / "two.json", profit=0.07)
    result = run(*folder, "--format", "junit")
    assert result.exit_code == 1
    root = ElementTree.fromstring(result.stdout.encode())
    assert root.attrib == {"name": "eqsolve compare", "tests": "2", "failures": "1", "errors": "0"}
    failures = {case.get("name"): case.find("failure") for case in root.iter("testcase")}
    assert failures["one"] is None
    assert failures["two"].get("message") == "two: 1 difference in 23 values"
    assert "none: profit is" in failures["two"].text


def test_junit_calls_what_is_not_certified_an_error(run, game, uncertified):
    result = run("compare", "--params", game, "--regime", "none", "--regime", "forced", "--format", "junit")
    root = ElementTree.fromstring(result.stdout.encode())
    assert (root.get("failures"), root.get("errors")) == ("0", "2")


def test_github_gets_annotations_and_a_summary(run, tmp_path, folder, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    move(tmp_path / "golden" / "two.json", profit=0.07)
    result = run(*folder, "--format", "github")
    (line,) = result.stderr.splitlines()
    assert line.startswith(
        "::error file=golden/two.json,title=eqsolve compare%3A two::"
        "two: 1 difference in 23 values%0Anone: profit is 0.0659722222222, expected 0.07"
    )
    assert result.stdout == run(*folder).stdout
    summary = (tmp_path / "summary.md").read_text()
    assert "### ✗ two: 1 difference in 23 values\n\n|  | expected |" in summary
    assert "| none: profit | 0.07 | 0.06597222222 |" in summary
    run(*folder, "--format", "github")
    assert (tmp_path / "summary.md").read_text() == 2 * summary


def test_github_says_nothing_where_all_agrees_and_needs_no_summary(run, game, golden, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    result = run("compare", "--params", game, "--baseline", golden, "--format", "github")
    assert (result.exit_code, result.stderr) == (0, "")


def test_markdown_tables_have_as_many_cells_as_columns(run, game):
    text = run("compare", "--params", game, "--format", "markdown").stdout
    tables = [part.splitlines() for part in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]
    assert len(tables) >= 4
    for table in tables:
        assert len({line.count("|") for line in table}) == 1
    assert "### game.toml, against none: ✓ certified" in text


def test_markdown_does_not_take_names_for_markup():
    table = Table("t", "a|b", (Column("a", "word", ""), Column("x_y")), (("*", "<b>"),), ("`n`",))
    assert render([table], "markdown").split("\n") == [
        r"### a\|b", "", r"|  | x\_y |", "| :-- | --: |", r"| \* | \<b> |", "", r"- \`n\`", "",
    ]  # fmt: skip


def test_wide_tables_are_cut_between_groups(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    headings = ["", *(f"column{i}" for i in range(6))]
    columns = (Column("first", "word", ""), *(Column(heading) for heading in headings[1:]))
    print_tables([Table("t", "title", columns, (("name", *"123456"),), group=2)])
    text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(map(len, text.splitlines())) <= 40
    assert text.count("name") == 3
    shown = [line.split() for line in text.splitlines() if "column" in line]
    assert shown == [headings[1:3], headings[3:5], headings[5:]]


def test_the_names_of_the_regimes_are_the_regimes():
    assert tuple(RegimeName) == Regime.__args__


def test_a_summary_that_cannot_be_written_is_trouble(run, game, golden, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", os.fspath(tmp_path))
    result = run("compare", "--params", game, "--baseline", golden, "--format", "github")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: Is a directory")
