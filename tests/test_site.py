"""The documentation site: every page is reached, and what is generated covers what it describes."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import eqsolve
from eqsolve.params import params_schema
from eqsolve.status import Status
from eqsolve_cli import streams
from eqsolve_cli.app import app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def reference():
    sys.path.insert(0, str(DOCS / "_ext"))
    try:
        import reference
    finally:
        sys.path.pop(0)
    return reference


def pages():
    return {
        file.relative_to(DOCS).with_suffix("").as_posix(): file.read_text() for file in DOCS.rglob("*.md")
    }


def test_every_page_is_in_a_table_of_contents():
    listed = [
        line
        for page in pages().values()
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        for line in tree.splitlines()
        if line and not line.startswith(":")
    ]
    assert sorted(listed) == sorted(pages().keys() - {"index"})


def test_every_fragment_has_one_page(reference):
    marks = [mark for page in pages().values() for mark in reference.MARK.findall(page)]
    assert sorted(marks) == sorted(reference.FRAGMENTS)


def schema_keys(schema, node, prefix=""):
    """The keys of params files; densities count as one key, choices are followed to their own keys."""
    node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    for name, child in node["properties"].items():
        if name == "$schema":
            continue
        if name in ("tastes", "outputs") or not child.keys() & {"oneOf", "$ref", "items"}:
            yield f"{prefix}{name}"
        for choice in child.get("oneOf", [child]) if name not in ("tastes", "outputs") else ():
            if "items" in choice:
                yield from schema_keys(schema, choice["items"], f"{prefix}{name}[].")
            elif "$ref" in choice:
                yield from schema_keys(schema, choice, f"{prefix}{name}.")


def test_parameters_have_every_key_word_and_density(reference):
    schema, text = params_schema(), reference.parameters()
    keys = re.findall(r"^\| `([\w.\[\]-]+)` \|", text.partition("\n\n")[0], re.MULTILINE)
    assert sorted(keys) == sorted({*schema_keys(schema, schema)})
    words = {
        str(node["properties"][tag]["const"])
        for node in schema["$defs"].values()
        for tag in ("dist", "kind")
        if tag in node.get("properties", {})
    }
    assert words <= set(re.findall(r"`(\w+)`", text.partition("## ")[2]))


def test_parameters_have_ranges_and_defaults(reference):
    rows = {line.split(" | ")[0].strip("| `"): line for line in reference.parameters().splitlines()}
    assert "| [1.5, 8] | `2.0` |" in rows["platform.training_exponent"]
    assert "| (0, 1000] | `4.0` |" in rows["finetuning.strength"]
    assert "| [0, 1] | `0.7`, `0.3` |" in rows["users.segments[].share"]
    assert "| > 0; `lognormal` only | – |" in rows["users.transaction_cost.sigma"]


def test_commands_have_every_command_and_option(reference, run):
    sections = re.split(r"^## ", reference.commands(), flags=re.MULTILINE)
    found = {section.partition("\n")[0].removeprefix("eqsolve "): section for section in sections[1:]}
    assert found.keys() == {command.name for command in app.registered_commands}
    for name, section in found.items():
        shown = run(*name.split(), "--help").stdout
        assert set(re.findall(r"^  .*?(--[\w-]+)", shown, re.MULTILINE)) <= set(
            re.findall(r"--[\w-]+", section)
        )


def test_statuses_have_every_status(reference):
    assert re.findall(r"^\| `(\w+)` \|", reference.statuses(), re.MULTILINE) == [*Status]


def test_exit_codes_are_those_of_the_commands():
    calls = (
        node
        for file in (ROOT / "cli").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "typer.Exit" and node.args
    )
    raised = {node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)}
    documented = re.findall(r"^\| (\d+) \|", pages()["reference/statuses"], re.MULTILINE)
    assert {int(code) for code in documented} == {0, *raised, streams.INTERRUPTED, streams.BROKEN_PIPE}


def test_python_has_every_public_name(reference):
    described = set(re.findall(r"^\.\. auto\w+:: eqsolve\.(\w+)$", reference.api(), re.MULTILINE))
    assert described == {*eqsolve.__all__} - {"__version__"}


def test_examples_are_all_shown(reference):
    shown = re.findall(r"/\.\./examples/(\S+)", reference.examples())
    assert set(shown) == {file.name for file in (ROOT / "examples").glob("*.toml")}


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    """Every command that pages show is run, and every link within the site leads somewhere."""
    options = ["--fail-on-warning", "--keep-going", "--quiet", "-d", tmp_path / "doctrees"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, DOCS, tmp_path / "docs"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "docs" / "searchindex.js").is_file()
