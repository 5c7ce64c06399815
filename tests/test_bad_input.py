"""Bad input of every kind: one message that names every culprit with its place, and no traceback."""

import tomllib

import jsonschema
import pytest

from eqsolve.errors import InputError
from eqsolve.params import Params, params_schema

TABLES = {
    "empty.csv": b"",
    "header.csv": b"id,taste\n",
    "text.csv": b"id,taste\n1,0.2\n2,much\n3,\n",
    "range.csv": b"taste\n0.2\n\n0.3\n1.01\n",
    "nan.csv": b"taste\n0.2\nnan\n",
    "ragged.csv": b"id,taste\n1,0.5\n2\n",
    "latin.csv": b"taste\n0.2\n\xe9\n",
    "single.csv": b"taste\n0.2\n0.2\n",
    "good.csv": b"id,taste\n1,0.2\n2,0.8\n",
}
"""What lies beside each file."""


def segment(name="a", share=1.0, accuracy=0.5, more=""):
    return f'[[users.segments]]\nname = "{name}"\nshare = {share}\naccuracy = {accuracy}\n{more}\n'


def outputs(text):
    return f"[model]\noutputs = {{ {text} }}\n"


def data(file, column="taste"):
    return outputs(f'dist = "empirical", file = "{file}", column = "{column}"')


TOML = {
    "unknown key": (
        "[finetuning]\ncsot = 0.2",
        ["game.toml:2: unknown key finetuning.csot: did you mean cost?"],
    ),
    "unknown table": (
        "[fintuning]\ncost = 0.2",
        ["game.toml:1: unknown key fintuning: did you mean finetuning?"],
    ),
    "key without table": (
        "revenue = 1",
        ["game.toml:1: unknown key revenue: expected one of platform, finetuning"],
    ),
    "unknown key of a segment": (
        segment(more="taste = 3"),
        ["game.toml:5", "users.segments.a.taste", "tastes?"],
    ),
    "unknown key in quotes": (
        '[users]\n"misfit\\ncost" = 1',
        [r'game.toml:2: unknown key users."misfit\ncost"'],
    ),
    "key of another choice": (
        "[users.transaction_cost]\nsigma = 1",
        [
            "game.toml:2",
            "users.transaction_cost.sigma",
            'for dist = "uniform": it belongs to dist = "lognormal"',
        ],
    ),
    "text for a number": (
        '[platform]\nrevenue = "1"',
        ["game.toml:2", 'platform.revenue = "1" has the wrong type'],
    ),
    "truth for a number": ("[platform]\nrevenue = true", ["game.toml:2", "revenue = true", "a number >= 0"]),
    "date for a number": (
        "[users]\nmisfit_cost = 2024-01-01",
        ["game.toml:2", "users.misfit_cost", "a number >= 0"],
    ),
    "list for a number": ("[users]\nmisfit_cost = [\n1,\n2]", ["game.toml:2", "users.misfit_cost = [1, 2]"]),
    "table for a number": (
        "[finetuning.cost]\nF = 1",
        ["game.toml:1", 'finetuning.cost = {"F": 1}', "a number >= 0"],
    ),
    "number for a table": ("users = 3", ["game.toml:1", "users = 3 has the wrong type: expected a table"]),
    "number for a density": (
        "[model]\noutputs = 0.5",
        ["game.toml:2", "model.outputs = 0.5", "expected a table"],
    ),
    "number for a name": (
        "[[users.segments]]\nname = 1\nshare = 1\naccuracy = 1",
        ["game.toml:2", "users.segments[0].name = 1", "expected letters, digits, _ and - only"],
    ),
    "negative cost": (
        "[finetuning]\n\ncost = -1",
        ["game.toml:3: finetuning.cost = -1 is out of range", ">= 0"],
    ),
    "free training": (
        "[platform]\ntraining_cost = 0",
        ["game.toml:2", "platform.training_cost = 0", "number > 0"],
    ),
    "training exponent too low": (
        "[platform]\ntraining_exponent = 1.4",
        ["game.toml:2: platform.training_exponent = 1.4 is out of range", ">= 1.5 and <= 8"],
    ),
    "training exponent too high": (
        "platform.training_exponent = 9",
        ["game.toml:1: platform.training_exponent = 9", ">= 1.5 and <= 8"],
    ),
    "strength too high": (
        "[finetuning]\nstrength = 1001",
        ["game.toml:2", "strength = 1001", "> 0 and <= 1000"],
    ),
    "strength zero": ("[finetuning]\nstrength = 0", ["game.toml:2", "strength = 0", "> 0 and <= 1000"]),
    "personalization above one": (
        "finetuning.personalization = 1.5",
        ["game.toml:1", "finetuning.personalization = 1.5", ">= 0 and <= 1"],
    ),
    "share above one": (segment(share=1.5), ["game.toml:3", "users.segments.a.share = 1.5", ">= 0 and <= 1"]),
    "accuracy below zero": (segment(accuracy=-0.1), ["game.toml:4", "users.segments.a.accuracy = -0.1"]),
    "sd of zero": (
        outputs('dist = "truncnorm", mean = 0, sd = 0.0'),
        ["game.toml:2", "model.outputs.sd = 0.0", "a number > 0"],
    ),
    "not a number": ("[platform]\nrevenue = nan", ["game.toml:2", "platform.revenue = nan is not finite"]),
    "infinity": ("[platform]\nrevenue = inf", ["game.toml:2", "platform.revenue = inf is not finite"]),
    "minus infinity": (outputs('dist = "truncnorm", mean = -inf, sd = 1'), ["game.toml:2", "mean = -inf"]),
    "unknown choice": (
        '[finetuning]\nchoice = "binry"',
        ["game.toml:2", 'choice = "binry"', "did you mean binary?"],
    ),
    "unknown law": (
        '[users.transaction_cost]\ndist = "uniforn"',
        ["game.toml:2", 'users.transaction_cost.dist = "uniforn" is unknown: did you mean uniform?'],
    ),
    "unknown kernel": ('[users]\nmatch.kind = "x"', ["game.toml:2", "one of gaussian, linear, quadratic"]),
    "number for a law": (
        "[users.transaction_cost]\ndist = 3",
        ["game.toml:2", "users.transaction_cost.dist = 3"],
    ),
    "missing breadth": (
        '[users]\n[users.match]\nkind = "gaussian"',
        ["game.toml:2: missing key users.match.breadth", 'kind = "gaussian" needs it', "a number > 0"],
    ),
    "missing sigma": (
        'users.transaction_cost.dist = "lognormal"',
        ["game.toml:1", "users.transaction_cost.sigma"],
    ),
    "missing exponents": (outputs('dist = "beta"'), ["game.toml:2", "model.outputs.a", "model.outputs.b"]),
    "missing weight": (
        outputs('dist = "mixture", components = [{ dist = "uniform" }]'),
        ["game.toml:2", "missing key model.outputs.components[0].weight"],
    ),
    "missing keys of a segment": (
        "[[users.segments]]\ntastes.dist = 'uniform'",
        ["game.toml:1", "users.segments[0].name", "users.segments[0].share", "users.segments[0].accuracy"],
    ),
    "no segments": ("users.segments = []", ["game.toml:1", "users.segments = [] is empty"]),
    "a table for the segments": (
        "[users.segments]\nname = 'a'",
        ["game.toml:1", "expected a list of tables"],
    ),
    "name with a dot": (
        segment(name="a.b"),
        ["game.toml:2", 'users.segments[0].name = "a.b" is not a usable name'],
    ),
    "empty name": (segment(name=""), ["game.toml:2", 'users.segments[0].name = ""']),
    "no components": (
        outputs('dist = "mixture", components = []'),
        ["game.toml:2", "model.outputs.components = []"],
    ),
    "negative weight": (
        outputs('dist = "mixture", components = [\n {weight = 1},\n {weight = -1},\n]'),
        ["game.toml:4", "model.outputs.components[1].weight = -1"],
    ),
    "mixture in a mixture": (
        outputs('dist = "mixture", components = [{weight = 1, dist = "mixture"}]'),
        ["game.toml:2", 'components[0].dist = "mixture" is unknown', "uniform, beta, truncnorm, empirical"],
    ),
    "no file of data": (
        outputs('dist = "empirical", column = "x"'),
        ["game.toml:2", "need a file and a column"],
    ),
    "number for a file": (
        outputs('dist = "empirical", file = 3, column = "x"'),
        ["game.toml:2", "model.outputs.file = 3", "need a file and a column"],
    ),
    "everything at once": (
        'platform = 1\nfinetuning.cost = -1\nfinetuning.chioce = "x"\nusers.match.kind = "gaussian"\n'
        + segment(share=0.3, accuracy=2)
        + segment(share=0.3)
        + data("text.csv"),
        [
            "game.toml:1: platform = 1",
            "game.toml:2: finetuning.cost = -1",
            "game.toml:3: unknown key finetuning.chioce: did you mean choice?",
            "game.toml:4: missing key users.match.breadth",
            "game.toml:8: users.segments[0].accuracy = 2",
            'game.toml:5: users.segments: 2 segments are named "a"',
            "game.toml:5: users.segments: the shares sum to 0.6",
            "text.csv:3",
        ],
    ),
}
"""Files that a JSON Schema refuses, too: what they hold, and what the message must say."""

BEYOND_SCHEMA = {
    "shares below one": (
        segment("a", 0.7) + segment("b", 0.2),
        ["game.toml:1", "the shares sum to 0.9: expected 1"],
    ),
    "shares above one": (
        segment("a", 0.7) + segment("b", 0.4),
        ["game.toml:1", "the shares sum to 1.1: expected 1"],
    ),
    "duplicate names": (segment("a", 0.5) + segment("a", 0.5), ["game.toml:1", '2 segments are named "a"']),
    "weights of zero": (
        outputs('dist = "mixture", components = [{weight = 0}, {weight = 0.0}]'),
        ["game.toml:2", "model.outputs.components: the weights sum to 0"],
    ),
    "infinite weights": (
        outputs('dist = "mixture", components = [{weight = 1e308}, {weight = 1e308}]'),
        ["game.toml:2", "the weights sum to inf"],
    ),
    "missing data": (
        data("none.csv"),
        ["game.toml:2: model.outputs.file", "none.csv: No such file or directory"],
    ),
    "empty data": (data("empty.csv"), ["game.toml:2", "empty.csv: the file is empty"]),
    "only a header": (data("header.csv"), ["game.toml:2", "header.csv: no rows"]),
    "missing column": (
        data("good.csv", "tastes"),
        ["game.toml:2", 'no column "tastes": did you mean taste?'],
    ),
    "text in the data": (
        data("text.csv"),
        ["game.toml:2", 'text.csv:3: "much" is not a number', "and 1 more row"],
    ),
    "data out of range": (
        data("range.csv"),
        ["game.toml:2", 'range.csv:5: "1.01" is not a number in [0, 1]'],
    ),
    "nan in the data": (data("nan.csv"), ["game.toml:2", 'nan.csv:3: "nan"']),
    "a cell is missing": (
        data("ragged.csv"),
        ["game.toml:2", "ragged.csv:3: the row has 1 cell"],
    ),
    "data not UTF-8": (data("latin.csv"), ["game.toml:2", "latin.csv: not UTF-8 text (line 3)"]),
    "data that do not vary": (data("single.csv"), ["game.toml:2", "at least two different numbers"]),
    "a folder for the data": (data("."), ["game.toml:2", "Is a directory"]),
    "no name for a file": (data("a\\u0000b"), ["game.toml:2", "null byte"]),
}
"""Files whose faults no JSON Schema sees."""

FILES = {
    "no value": ("game.toml", "[finetuning]\ncost =\n", ["game.toml:2:7: not valid TOML: Invalid value"]),
    "open table": ("game.toml", "a = 1\n[users\n", ["game.toml:2:7: not valid TOML"]),
    "key twice": (
        "game.toml",
        "[users]\nmisfit_cost = 1\nmisfit_cost = 2",
        ["game.toml:3:", "overwrite a value"],
    ),
    "table twice": ("game.toml", "[users]\n[model]\n[users]\n", ["game.toml:3", "declare ('users',) twice"]),
    "open list at the end": ("game.toml", "[users]\nsegments = [\n", ["game.toml:3: not valid TOML"]),
    "decimal comma": ("game.toml", "finetuning.cost = 0,2", ["game.toml:1:20: not valid TOML"]),
    "TOML not UTF-8": ("game.toml", b"# caf\xe9\n", ["game.toml: not UTF-8 text (line 1)"]),
    "JSON syntax": (
        "game.json",
        '{\n "platform": {"revenue" 1}}',
        ["game.json:2:25: not valid JSON: Expecting ':'"],
    ),
    "empty JSON": ("game.json", "", ["game.json:1:1: not valid JSON"]),
    "JSON key twice": (
        "game.json",
        '{"users": {\n "misfit_cost": 1,\n "match": {},\n "misfit_cost": 2\n}}',
        ['game.json:4: the key "misfit_cost" stands twice in one object'],
    ),
    "JSON list": ("game.json", "[]", ["game.json: expected one object"]),
    "JSON NaN": (
        "game.json",
        '{"platform":\n {"revenue": NaN}}',
        ["game.json:2", "revenue = nan is not finite"],
    ),
    "JSON infinity": (
        "game.json",
        '{"platform":\n {"revenue": -Infinity}}',
        ["game.json:2", "revenue = -inf"],
    ),
    "JSON overflow": ("game.json", '{"platform":\n {"revenue": 1e999}}', ["game.json:2", "revenue = inf"]),
    "JSON null": (
        "game.json",
        '{"platform":\n {"revenue": null},\n "model": {}}',
        ["game.json:2", "revenue = null"],
    ),
    "JSON unknown key": (
        "game.json",
        '{"users":\n\t{"match":\n\t\t{"bredth": 1}}}',
        ["game.json:3", "breadth?"],
    ),
    "JSON number without end": (
        "game.json",
        '{"platform": {"revenue": 1' + "0" * 400 + "}}",
        ["game.json:1: platform.revenue = 1000", "..."],
    ),
    "JSON without bottom": ("game.json", "[" * 100_000, ["game.json: tables are nested too deeply"]),
    "values that are wrong": (
        "game.json",
        '{"model": {"outputs": {"dist": "empirical", "values": [\n0.5,\n1.5]}}}',
        ["game.json:3: model.outputs.values[1] = 1.5", ">= 0 and <= 1"],
    ),
    "another result": ("game.json", '{"schema": "eqsolve/sweeps/1"}', ["game.json:1: unknown key schema"]),
    "unknown extension": (
        "game.yaml",
        "platform:",
        ["game.yaml: unknown extension: expected .toml or .json"],
    ),
    "missing file": ("folder/none.toml", None, ["none.toml: No such file or directory"]),
    "a folder": ("folder.toml", None, ["folder.toml: Is a directory"]),
}
"""Files of any kind: their name, what they hold, and what the message must say."""

FILES |= {what: ("game.toml", *case) for what, case in (TOML | BEYOND_SCHEMA).items()}

SEVERAL = {
    "missing exponents": 2,
    "missing keys of a segment": 3,
    "number for a file": 2,
    "everything at once": 8,
}
"""How many things are wrong, where it is more than one."""


@pytest.fixture
def bad_file(request, tmp_path):
    """A file of `FILES`, with data beside it: its path, what the message must say, and in how many lines."""
    name, content, fragments = FILES[request.param]
    (tmp_path / "folder.toml").mkdir()
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for table, text in TABLES.items():
        (tmp_path / table).write_bytes(text)
    return tmp_path / name, fragments, SEVERAL.get(request.param, 1)


every_file = pytest.mark.parametrize("bad_file", FILES, indirect=True)


@every_file
def test_the_message_names_every_culprit_and_nothing_else(bad_file):
    path, fragments, count = bad_file
    with pytest.raises(InputError) as caught:
        Params.from_file(path)
    message = str(caught.value)
    assert [fragment for fragment in fragments if fragment not in message] == []
    assert [line.startswith(f"{path}:") for line in message.splitlines()] == [True] * count


@every_file
def test_the_command_refuses_it(bad_file, tmp_path):
    from typer.testing import CliRunner

    from eqsolve_cli.app import app

    path, fragments, _ = bad_file
    output = tmp_path / "result.json"
    before = sorted(tmp_path.iterdir())
    result = CliRunner().invoke(app, ["solve", "--params", str(path), "--json", "--output", str(output)])
    assert result.exit_code == 2
    assert [fragment for fragment in fragments if fragment not in result.stderr] == []
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("what", TOML | BEYOND_SCHEMA)
def test_the_schema_refuses_what_a_schema_can(what):
    validator = jsonschema.Draft202012Validator(params_schema())
    finite = not {"not a number", "infinity", "minus infinity"} & {what}
    text, _ = (TOML | BEYOND_SCHEMA)[what]
    assert validator.is_valid(tomllib.loads(text)) == (what in BEYOND_SCHEMA or not finite)
