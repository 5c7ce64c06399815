"""Editors bind files to schemas: by `$schema` in every file that is read, and in what is written."""

import json

import jsonschema
import pytest

from eqsolve import InputError, Params, solve
from eqsolve.comparison import Baseline
from eqsolve.findings import read_domain
from eqsolve.params import params_schema
from eqsolve.result_schema import result_schema
from eqsolve.sweeps.spec import read_spec

BOUND = {"$schema": "./params.schema.json"}
GAME = {"finetuning": {"cost": 0.1}}


def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def write(tmp_path):
    def put(name, data):
        (tmp_path / name).write_text(data if isinstance(data, str) else json.dumps(data, indent=1))
        return tmp_path / name

    return put


def test_params_files_name_their_schema_and_the_schema_allows_it(write):
    game = Params().replace({"finetuning.cost": 0.1})
    assert Params.from_file(write("a.json", BOUND | GAME)) == game
    assert Params.from_file(write("b.json", GAME | BOUND)) == game
    toml = '"$schema" = "./params.schema.json"\n[finetuning]\ncost = 0.1\n'
    assert Params.from_file(write("a.toml", toml)) == game
    assert (
        Params.from_file(write("b.toml", "#:schema ./params.schema.json\n[finetuning]\ncost = 0.1\n")) == game
    )
    assert validator(params_schema()).is_valid(BOUND | GAME)
    assert not validator(params_schema()).is_valid({"$schema": 3} | GAME)


def test_every_other_file_may_name_one(write):
    vary = {"vary": {"finetuning.cost": [0.0, 0.1]}}
    assert len(read_spec(write("spec.json", BOUND | vary))) == 2
    write("game.json", BOUND | GAME)
    spec = read_spec(write("spec.json", BOUND | vary | {"params": "game.json"}))
    assert (len(spec), spec.design.base.finetuning.cost) == (2, 0.1)
    domain = read_domain(write("domain.json", BOUND | {"finetuning": {"cost": [0.0, 0.1]}}), Params())
    assert [each.key for each in domain.ranges] == ["finetuning.cost"]
    result = solve(Params())
    baseline = Baseline.of({"endogenous": result})
    assert Baseline.read(write("golden.json", BOUND | json.loads(baseline.to_json()))) == baseline
    assert Params.from_file(write("result.json", result.to_json())) == Params()


def test_lines_and_other_keys_are_told_as_before(write):
    with pytest.raises(InputError, match=r"a.json:5: unknown key finetuning.cots"):
        Params.from_file(write("a.json", BOUND | {"finetuning": {"cost": 0.1, "cots": 0.1}}))
    file = write("b.json", '{\n "finetuning": {},\n "$schema": 3\n}')
    with pytest.raises(InputError, match=r"b.json:3: \$schema = 3: expected text"):
        Params.from_file(file)
    with pytest.raises(InputError, match="unknown key finetuning"):
        Params.from_file(write("c.json", {"finetuning": BOUND}))


@pytest.mark.parametrize("regime", ["none", "endogenous"])
@pytest.mark.parametrize("fix", [None, {"quality": 0.6}, {"quality": 0.6, "intensity": 0}], ids=str)
def test_results_name_a_schema_and_follow_it(regime, fix):
    result = solve(Params(), regime=regime, fix=fix, all_equilibria=True)
    check = validator(result_schema())
    document = json.loads(result.to_json())
    assert document["$schema"] == "./result.schema.json"
    check.validate(document)
    assert not check.is_valid(document | {"more": 1})
    assert not check.is_valid(document | {"fix": {"quality": 2}})
    assert not check.is_valid(document | {"fix": {"participation": 0.5}})
    assert not check.is_valid(document | {"free": {"quality": 0.5}})
    assert not check.is_valid(document | {"certificate": document["certificate"] | {"runner_up": {}}})
    for key in ("fix", "free"):
        assert not check.is_valid({name: each for name, each in document.items() if name != key})
    assert not check.is_valid(document | {"params": {"finetuning": {"cost": -1}}})
    assert not check.is_valid(document | {"certificate": document["certificate"] | {"residual": "small"}})
    failed = dict.fromkeys(document["equilibrium"], None) | {"direction": "", "segments": []}
    del failed["equilibria"]
    check.validate(document | {"equilibrium": failed})


def test_init_binds_its_file_to_a_schema_beside_it(run, tmp_path):
    (tmp_path / "sub").mkdir()
    assert run("init", "sub/game.toml").exit_code == 0
    first, *_ = (tmp_path / "sub" / "game.toml").read_text().splitlines()
    bound = first.removeprefix("#:schema ")
    assert json.loads((tmp_path / "sub" / bound).read_text()) == params_schema()


def test_init_leaves_a_schema_alone_but_for_force(run, tmp_path):
    schema = tmp_path / "params.schema.json"
    schema.write_text("{}")
    assert run("init", "a.toml").stderr == "wrote a.toml\n"
    assert schema.read_text() == "{}"
    assert run("init", "b.toml", "--force").stderr == "wrote b.toml\nwrote params.schema.json\n"
    assert json.loads(schema.read_text()) == params_schema()


def test_init_does_not_touch_a_schema_that_it_leaves(run, tmp_path):
    (tmp_path / "params.schema.json").mkdir()
    assert run("init", "a.toml").exit_code == 0
    done = run("init", "a.toml", "--force")
    assert done.exit_code == 2 and "params.schema.json: is a directory" in done.stderr


def test_schemas_among_games_and_baselines_are_neither(run, tmp_path):
    for folder in ("games", "golden"):
        (tmp_path / folder).mkdir()
    assert run("init", "games/a.toml").exit_code == 0
    line = ("compare", "--params", "games", "--baseline", "golden", "--regime", "none")
    assert run(*line, "--update").exit_code == 0
    (tmp_path / "golden" / "baseline.schema.json").write_text("{}")
    done = run(*line)
    assert (done.exit_code, done.stderr) == (0, "")


def test_the_command_prints_the_schema_of_results(run, tmp_path):
    assert json.loads(run("schema", "--of", "result").stdout) == result_schema()
    assert run("schema", "--of", "result", "--output", "r.json").exit_code == 0
    assert json.loads((tmp_path / "r.json").read_text()) == result_schema()
    assert run("schema", "--of", "sweep").exit_code == 2
