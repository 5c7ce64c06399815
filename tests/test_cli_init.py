import json

import pytest

from eqsolve.params import Params, params_schema
from eqsolve.presets import preset_names, preset_summary, read_preset


def test_init_writes_the_commented_preset(run, tmp_path):
    result = run("init", "game.toml")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "wrote game.toml\nwrote params.schema.json\n"
    text = (tmp_path / "game.toml").read_text()
    assert text == f"#:schema ./params.schema.json\n{read_preset('paper')}"
    assert Params.from_file(tmp_path / "game.toml") == Params()


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_can_be_read_where_it_is_written(run, tmp_path, preset):
    assert run("init", "game.toml", "--preset", preset).exit_code == 0
    Params.from_file(tmp_path / "game.toml")


def test_list_names_every_preset(run):
    lines = run("init", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == preset_names()
    assert all(preset_summary(name) in line for name, line in zip(preset_names(), lines, strict=True))


@pytest.mark.parametrize("name", ["game.toml", "tastes.csv"])
def test_init_replaces_files_only_by_force(run, tmp_path, name):
    (tmp_path / name).write_text("mine")
    result = run("init", "game.toml", "--preset", "empirical-tastes")
    assert result.exit_code == 2
    assert result.stderr == f"error: {name}: exists; --force replaces it\n"
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"
    assert run("init", "game.toml", "--preset", "empirical-tastes", "--force").exit_code == 0
    assert (tmp_path / name).read_text() != "mine"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["init"], "error: init needs the name of the file"),
        (["init", "game.toml", "--preset", "papr"], "error: unknown preset papr: did you mean paper?"),
        (["init", "game.json"], "error: game.json: unknown extension: end the name in .toml"),
        (["schema", "--output", "schema.txt"], "error: schema.txt: unknown extension: end the name in .json"),
    ],
)
def test_bad_input_exits_with_2_and_writes_nothing(run, tmp_path, line, message):
    result = run(*line)
    assert result.exit_code == 2
    assert result.stderr.startswith(message)
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


def test_schema_is_that_of_the_library(run, tmp_path):
    assert json.loads(run("schema").stdout) == params_schema()
    assert run("schema", "--output", "schema.json").stdout == ""
    assert json.loads((tmp_path / "schema.json").read_text()) == params_schema()
