"""Bad input of `eqsolve compare`: exit 2, the culprit by name and place, no traceback, nothing written."""

import json

import pytest

from eqsolve.comparison import Sweep, Tolerances, check_sweeps
from eqsolve.errors import InputError
from eqsolve.presets import read_preset

REGIME = "endogenous"


@pytest.fixture
def folder(run, tmp_path):
    (tmp_path / "game.toml").write_text(read_preset("closed-form"))
    line = ["compare", "--params", "game.toml", "--baseline", "golden.json", "--regime", "none", "--update"]
    assert run(*line).exit_code == 0
    return tmp_path


def refused(run, folder, *line):
    """What is said on stderr when the line is refused; nothing is written, whether or not by --update."""
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    result = run("compare", *line)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    return result.stderr


CHECK = ("--params", "game.toml", "--baseline", "golden.json")


def line_of(text, word):
    return next(number for number, line in enumerate(text.splitlines(), 1) if word in line)


BASELINES = {
    "another schema version": (
        lambda text: text.replace("eqsolve/baseline/1", "eqsolve/baseline/2"),
        '"schema"',
        'schema "eqsolve/baseline/2" is of another version of eqsolve; this one reads eqsolve/baseline/1',
    ),
    "no baseline at all": (
        lambda text: text.replace("eqsolve/baseline/1", "eqsolve/sweeps/1"),
        None,
        'golden.json: not a baseline: expected "schema": "eqsolve/baseline/1"',
    ),
    "NaN": (
        lambda text: text.replace('"intensity": 0.0', '"intensity": NaN'),
        '"intensity"',
        "regimes.none.quantities.intensity = nan is not finite: expected a number or null",
    ),
    "infinity": (
        lambda text: text.replace('"intensity": 0.0', '"intensity": 1e999'),
        '"intensity"',
        "regimes.none.quantities.intensity = inf is not finite",
    ),
    "null in a solved game": (
        lambda text: text.replace('"intensity": 0.0', '"intensity": null'),
        '"intensity"',
        "regimes.none.quantities.intensity = null: expected a number, since the game was solved",
    ),
    "negative tolerance": (
        lambda text: text.replace('"atol": 1e-09', '"atol": -1e-09'),
        '"atol"',
        "tolerances.atol = -1e-09: input should be greater than or equal to 0",
    ),
    "tolerance of an unknown quantity": (
        lambda text: text.replace('"quantities": {}', '"quantities": {"profi": {"atol": 1, "rtol": 0}}'),
        '"profi"',
        "tolerances.quantities.profi: unknown quantity: did you mean profit?",
    ),
    "unknown regime": (
        lambda text: text.replace('"none": {', '"nobody": {'),
        None,
        "regimes.nobody",
    ),
    "unknown status": (
        lambda text: text.replace('"certified"', '"fine"'),
        '"status"',
        'regimes.none.status = "fine"',
    ),
    "unknown key": (
        lambda text: text.replace('"stated"', '"spare": 1, "stated"'),
        '"spare"',
        "unknown key spare",
    ),
    "missing key": (
        lambda text: text.replace('"selection"', '"selector"'),
        None,
        "missing key selection",
    ),
    "not JSON": (
        lambda text: text.replace('"stated":', '"stated"'),
        '"stated"',
        "not valid JSON: Expecting ':'",
    ),
    "key twice": (
        lambda text: text.replace('"intensity":', '"quality": 1.0, "intensity":'),
        None,
        'the key "quality" stands twice in one object',
    ),
    "empty": (lambda text: "", None, "golden.json:1:1: not valid JSON"),
    "no object": (lambda text: "[1]", None, "golden.json: expected one object"),
}


@pytest.mark.parametrize(("spoil", "place", "message"), BASELINES.values(), ids=BASELINES)
@pytest.mark.parametrize("update", [(), ("--update",)], ids=["check", "update"])
def test_a_bad_baseline_is_refused(run, folder, spoil, place, message, update):
    good = (folder / "golden.json").read_text()
    text = spoil(good)
    assert text != good
    (folder / "golden.json").write_text(text)
    said = refused(run, folder, *CHECK, *update)
    assert message in said
    if place:
        assert f"golden.json:{line_of(text, place)}" in said


def test_every_problem_of_a_baseline_is_said_at_once(run, folder):
    document = json.loads((folder / "golden.json").read_text())
    document["regimes"]["none"]["quantities"] |= {"profit": float("nan"), "kl": True}
    document["tolerances"]["rtol"] = "small"
    (folder / "golden.json").write_text(json.dumps(document))
    said = refused(run, folder, *CHECK)
    for key in ("regimes.none.quantities.profit", "regimes.none.quantities.kl", "tolerances.rtol"):
        assert key in said


def test_the_column_of_broken_json_is_named(run, folder):
    (folder / "golden.json").write_text('{"schema": "eqsolve/baseline/1",,}')
    assert "error: golden.json:1:33: not valid JSON" in refused(run, folder, *CHECK)


def another_game(run, folder, *line):
    """What is said of a game that its baseline is not of: it is a check that fails, and exits with 2."""
    before = (folder / "golden.json").read_bytes()
    result = run("compare", *CHECK, *line)
    assert result.exit_code == 2
    assert result.stdout.startswith("✗ game: not compared")
    assert "another game; if that is meant: eqsolve compare game.toml" in result.stdout.replace("\n    ", " ")
    assert "hint: the game was edited" in result.stderr and "--update if that is meant" in result.stderr
    assert (folder / "golden.json").read_bytes() == before
    return result.stderr


def test_another_game_is_refused_and_its_keys_named(run, folder):
    line = ("--set", "platform.revenue=0.6", "--set", "users.segments.low.accuracy=0.2")
    said = another_game(run, folder, *line)
    assert "the baseline is of another game: platform.revenue is 0.6 here, 0.5 in the baseline" in said
    assert "users.segments.low.accuracy is 0.2 here, 0.3 in the baseline" in said


def test_a_game_that_states_less_than_its_baseline_is_another(run, folder):
    """A key that was stated and no longer is: not the default has moved but the game."""
    text = (folder / "game.toml").read_text()
    (folder / "game.toml").write_text(text.replace("misfit_cost = 0.3", ""))
    said = another_game(run, folder)
    assert "of another game: users.misfit_cost is 0.5 here, 0.3 in the baseline" in said


def test_an_edited_game_stops_no_other_and_is_an_annotation(run, folder):
    """In a folder the others are checked, in every format."""
    (folder / "games").mkdir()
    for name in ("a", "b"):
        (folder / "games" / f"{name}.toml").write_text((folder / "game.toml").read_text())
    line = ("games", "--baseline", "golden", "--regime", "none")
    assert run("compare", *line, "--update").exit_code == 0
    (folder / "games" / "a.toml").write_text(read_preset("closed-form").replace("0.3", "0.31", 1))
    for form in ("table", "github", "junit", "json"):
        result = run("compare", *line, "--format", form)
        assert result.exit_code == 2
        assert "not compared" in result.stdout or form == "json"
        assert "b" in result.stdout
        if form == "github":
            (note,) = [each for each in result.stderr.splitlines() if each.startswith("::error")]
            assert "file=golden/a.json" in note and "if that is meant" in note
    assert [check["name"] for check in json.loads(result.stdout)["checks"] if check["agrees"]] == ["b"]


def test_an_unknown_key_is_still_the_fault_of_the_params(run, folder):
    assert "unknown key platform.revenu: did you mean revenue?" in refused(
        run, folder, *CHECK, "--set", "platform.revenu=1"
    )


TOLERANCES = {
    "unknown quantity": (
        ["--tol", "profi=1"],
        ["tolerance of an unknown quantity profi: did you mean profit?"],
    ),
    "negative": (
        ["--tol", "profit=-1", "--rtol", "-1", "--atol", "nan"],
        ["atol = nan: expected", "rtol = -1.0: expected a number >= 0", "tolerance of profit is -1.0"],
    ),
    "no number": (["--tol", "profit=small"], ['--tol "profit=small": expected NAME=TOL']),
    "no name": (["--tol", "=1", "--tol", "profit"], ['--tol "=1"', '--tol "profit"']),
}


@pytest.mark.parametrize(("line", "messages"), TOLERANCES.values(), ids=TOLERANCES)
@pytest.mark.parametrize("update", [(), ("--update",)], ids=["check", "update"])
def test_bad_tolerances(run, folder, line, messages, update):
    said = refused(run, folder, *CHECK, *line, *update)
    assert all(message in said for message in messages)


USE = {
    "a file twice": (["game.toml", "game.toml"], "a file is named twice"),
    "files and params": (
        ["game.toml", "golden.json", "--params", "game.toml"],
        "games are named, game.toml, or given by --params game.toml: not both",
    ),
    "files and baseline": (["game.toml", "x.toml", "--baseline", "golden.json"], "not files side by side"),
    "update of nothing": (["--params", "game.toml", "--update"], "--update needs the --baseline"),
    "update in a format": ([*CHECK, "--update", "--format", "json"], "--format means nothing to --update"),
    "tolerances of nothing": (
        ["--params", "game.toml", "--rtol", "1"],
        "--rtol means nothing to the regimes",
    ),
    "tolerance zero of nothing": (
        ["--params", "game.toml", "--atol", "0"],
        "--atol means nothing to the regimes",
    ),
    "a folder without baselines": (["--params", "."], ".: a folder of games is checked with --baseline"),
    "game and sweep": (["game.toml", "a.csv"], "sweeps do not compare with games"),
    "three sweeps": (["a.csv", "b.csv", "c.csv"], "two sweeps are compared"),
    "sweeps with params": (
        ["a.csv", "b.csv", "--set", "platform.revenue=1"],
        "--set means nothing to two sweeps",
    ),
    "plot of a check": ([*CHECK, "--plot", "x.png"], "--plot means nothing to a check"),
    "plot of scenarios": (["game.toml", "x.toml", "--plot", "x.png"], "--plot draws"),
    "plot of unknown kind": (["--params", "game.toml", "--plot", "x.gif"], "x.gif: unknown extension"),
    "one regime": (["--params", "game.toml", "--regime", "none"], "needs two equilibria at least"),
    "no such game": (["--params", "gone.toml", "--baseline", "golden.json"], "gone.toml: No such file"),
    "no such baseline": (
        ["--params", "game.toml", "--baseline", "x.json"],
        "x.json: there is no such baseline",
    ),
    "baseline of another kind": (
        ["--params", "game.toml", "--baseline", "game.toml"],
        "a baseline is a .json",
    ),
    "update over the game": (["--params", "game.toml", "--baseline", "game.toml", "--update"], "game.toml"),
    "update into nowhere": (["--params", "game.toml", "--baseline", "a/b/c.json", "--update"], "a/b/c.json"),
    "baseline of another suffix": (
        ["--params", "game.toml", "--baseline", "x.yml", "--update"],
        "x.yml: unknown",
    ),
}


@pytest.mark.parametrize(("line", "message"), USE.values(), ids=USE)
def test_options_that_mean_nothing_together(run, folder, line, message):
    assert message in refused(run, folder, *line)


def test_an_unknown_regime_or_format_names_the_choices(run, folder):
    assert "expected one of none, forced, endogenous, planner" in refused(
        run, folder, *CHECK, "--regime", "monopoly"
    )
    assert "github" in refused(run, folder, *CHECK, "--format", "xml")


@pytest.mark.parametrize("update", [(), ("--update",)], ids=["check", "update"])
def test_bad_folders(run, folder, update):
    (folder / "empty").mkdir()
    (folder / "twice").mkdir()
    (folder / "twice" / "a.toml").touch()
    (folder / "twice" / "a.json").write_text("{}")
    said = refused(run, folder, "--params", "empty", "--baseline", "golden", *update)
    assert said == "error: empty: no games here: expected .toml or .json files\n"
    said = refused(run, folder, "--params", "twice", "--baseline", "golden", *update)
    assert "twice/a.json: another game in this folder has this name" in said
    assert "twice/a.toml" in said
    said = refused(run, folder, "--params", "twice", "--baseline", "golden.json", *update)
    assert "golden.json: the games are a folder, twice, and so their baselines must be" in said
    said = refused(run, folder, "--params", "twice", "--baseline", "twice", *update)
    assert "games and baselines need a folder each" in said


def test_every_bad_game_and_baseline_of_a_folder_is_named(run, folder):
    (folder / "games").mkdir()
    (folder / "golden").mkdir()
    for name in ("a", "b", "c"):
        (folder / "games" / f"{name}.toml").write_text("")
    (folder / "games" / "b.toml").write_text("[platform]\nrevenue = -1\n")
    (folder / "golden" / "a.json").write_text("{")
    (folder / "golden" / "c.json").write_text("{}")
    said = refused(run, folder, "--params", "games", "--baseline", "golden")
    assert "golden/a.json:1:2: not valid JSON" in said
    assert "games/b.toml:2: platform.revenue = -1 is out of range" in said
    assert "golden/c.json: not a baseline" in said


HEADER = "a,regime,quality,status,regret"
ROWS = "1.0,none,0.5,certified,1e-12\n2.0,none,0.25,certified,1e-13\n"
SWEEPS = {
    "unreadable": (None, "new.csv: No such file"),
    "empty": ("", "new.csv: not the table of a sweep: it has no column regime"),
    "no rows": (f"{HEADER}\n", "new.csv: no rows below the header"),
    "no sweep": ("a,b\n1,2\n", "new.csv: not the table of a sweep"),
    "different keys": (
        f"b{HEADER[1:]}\n{ROWS}",
        "different keys: old.csv has a, regime; new.csv has b, regime",
    ),
    "more keys": (f"b,{HEADER}\n1,{ROWS}".replace("\n2", "\n1,2"), "new.csv has b, a, regime"),
    "duplicate keys": (
        f"{HEADER}\n{ROWS}1,none,0.5,certified,0\n",
        "new.csv:4: the row a=1, none stands in line 2",
    ),
    "column twice": (
        f"{HEADER},quality\n1,none,1,certified,0,1\n",
        "new.csv:1: two columns are named quality",
    ),
    "ragged": (f"{HEADER}\n1.0,none,0.5\n", "new.csv:2: the row has 3 cells, the header 5"),
    "NaN": (f"{HEADER}\n1.0,none,nan,certified,0\n", "new.csv:2: quality = nan is not finite"),
    "infinite key": (f"{HEADER}\ninf,none,1,certified,0\n", "new.csv:2: a = inf is not finite"),
    "not text": (b"\xff\xfe\x00", "new.csv: not UTF-16 text"),
}


@pytest.mark.parametrize(("text", "message"), SWEEPS.values(), ids=SWEEPS)
def test_bad_sweeps(run, tmp_path, text, message):
    (tmp_path / "old.csv").write_text(f"{HEADER}\n{ROWS}")
    if text is not None:
        (tmp_path / "new.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert message in refused(run, tmp_path, "old.csv", "new.csv")


def test_both_sweeps_are_read_before_anything_is_refused(run, tmp_path):
    (tmp_path / "old.csv").write_text(f"{HEADER}\n1,none,nan,certified,0\n1,none,2,certified\n")
    said = refused(run, tmp_path, "old.csv", "new.csv")
    assert "old.csv:2: quality = nan" in said
    assert "old.csv:3: the row has 4 cells" in said
    assert "new.csv: No such file" in said


def test_an_unknown_quantity_of_sweeps(run, tmp_path):
    for name in ("old.csv", "new.csv"):
        (tmp_path / name).write_text(f"{HEADER}\n{ROWS}")
    said = refused(run, tmp_path, "old.csv", "new.csv", "--tol", "qualty=1")
    assert "unknown quantity qualty: did you mean quality?" in said
    sweeps = [Sweep.read(tmp_path / name) for name in ("old.csv", "new.csv")]
    with pytest.raises(InputError):
        check_sweeps(*sweeps, Tolerances().changed(own={"qualty": 1.0}))
