"""Tables in every format hold the same cells; LaTeX is parsed, and compiled where there is a LaTeX."""

import csv
import io
import json
import re
import shutil
import subprocess

import pytest

from eqsolve import Params, compare, sensitivity, simulate, solve, threshold
from eqsolve.errors import InputError
from eqsolve.tables import Column, Look, Table, render, select
from eqsolve.tables.latex import NUMBER, PACKAGES, escaped, name_of
from eqsolve.tables.of import tables_of

SPECIAL = Table(
    "special",
    "100 % of_it",
    (Column("key", "name", ""), Column("a_b", heading="x & y"), Column("words", "word")),
    (("finetuning.cost", 0.00012345, "a_b & {c} ~ \\ 5 % #1 $ ^"), ("quality", float("nan"), "β* → ρ ≥ 0"),
     ("no_such_key", None, True), ("profit", 1e-13, 3)),
)  # fmt: skip


@pytest.fixture(scope="module")
def results():
    regimes = [solve(Params(), regime=regime) for regime in ("none", "forced", "planner")]
    return {
        "equilibrium": regimes[1],
        "comparison": compare(*regimes),
        "threshold": threshold(Params(), "finetuning.cost", low=0.1, high=0.2),
        "sensitivity": sensitivity(Params(), regime="none"),
        "simulation": simulate(Params(), 30, rounds=2, replications=2),
    }


@pytest.fixture(scope="module")
def tables(results):
    return {name: tables_of(found)[0] for name, found in results.items()} | {"special": SPECIAL}


NAMES = ("equilibrium", "comparison", "threshold", "sensitivity", "simulation", "special")


def cells(line):
    """The cells of a row of LaTeX: parted by & that are not escaped."""
    assert line.endswith(r" \\")
    return [cell.strip() for cell in re.split(r"(?<!\\)&", line.removesuffix(r"\\"))]


def parsed(text):
    """The columns, the head and the rows of a tabular, and that it is well formed."""
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    (columns,) = re.findall(r"^\\begin\{tabular\}\{(.*)\}$", lines[0])
    letters = re.findall(r"[lr]|S\[table-format=-?\d+\.\d+(?:e-\d+)?\]", columns)
    assert " ".join(letters) == columns
    assert lines[1] == r"\toprule" and lines[3] == r"\midrule"
    assert lines[-2:] == [r"\bottomrule", r"\end{tabular}"]
    body = [lines[2], *lines[4:-2]]
    for line in body:
        plain = re.sub(r"\\[{}&%$#_\\]", "", line)
        assert plain.count("{") == plain.count("}")
        assert plain.count("$") % 2 == 0
        assert not re.search(r"[#%~^_]", re.sub(r"\$.*?\$|\\text\w+\{\}", "", plain))
        assert all(ord(sign) < 128 for sign in line)
    return letters, cells(body[0]), [cells(line) for line in body[1:]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("names", ["symbols", "words"])
def test_latex_is_well_formed(tables, name, names):
    letters, head, rows = parsed(render([tables[name]], "latex", Look(names=names)))
    assert len(letters) == len(head) == len(tables[name].columns)
    assert len(rows) == len(tables[name].rows)
    for row in rows:
        assert len(row) == len(letters)
        for letter, cell in zip(letters, row, strict=True):
            braced = cell.startswith("{") and cell.endswith("}")
            assert letter[0] != "S" or not cell or braced or NUMBER.fullmatch(cell), cell
    assert all(cell.startswith("{") for letter, cell in zip(letters, head, strict=True) if letter[0] == "S")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
def test_latex_compiles(tables, tmp_path):
    looks = (Look(), Look(names="words", digits=2), Look(labels={"quality": r"$q^\star$ (own)"}))
    body = "\n\n".join(render([table], "latex", look) for table in tables.values() for look in looks)
    (tmp_path / "page.tex").write_text(
        rf"\documentclass{{article}}{PACKAGES}\begin{{document}}\tiny" + f"\n{body}\n\\end{{document}}\n"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name", NAMES)
def test_csv_and_json_hold_the_values_whole(tables, name):
    table = tables[name]
    rows = list(csv.reader(io.StringIO(render([table], "csv"))))
    assert rows[0] == [column.key for column in table.columns]
    (data,) = json.loads(render([table], "json"), parse_constant=pytest.fail)["tables"]
    for row, read, document in zip(table.whole, rows[1:], data["rows"], strict=True):
        for value, text, plain in zip(row, read, document.values(), strict=True):
            if isinstance(value, float) and value == value:
                assert float(text) == plain == value
            else:
                assert text == str("" if value is None or value != value else value)


def test_markdown_has_a_cell_for_every_column(tables):
    for table in tables.values():
        lines = [line for line in render([table], "markdown").splitlines() if line.startswith("|")]
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        assert counts == {len(table.columns) + 1}


def test_numbers_have_the_digits_that_are_asked_for():
    table = Table("t", columns=(Column("a"),), rows=((0.123456789,), (1e-7,), (123456.0,)))
    shown = [line.strip("| ") for line in render([table], "markdown", Look(digits=2)).splitlines()[2:5]]
    assert shown == ["0.12", "1.0e-07", "1.2e+05"]


def test_labels_take_the_place_of_keys():
    look = Look(labels={"quality": "$Q$", "finetuning.cost": "F & co"})
    text = render([SPECIAL], "latex", look)
    assert "$Q$ &" in text and "F & co &" in text
    assert "| $Q$ |" in render([SPECIAL], "markdown", look)
    assert "quality," in render([SPECIAL], "csv", look), "data keep their keys"


def test_names_are_those_of_the_model():
    assert name_of("quality", {}) == "$q^*$"
    assert name_of("quality", {}, "words") == "initial quality"
    assert name_of("participation.high", {}) == r"$N_{\mathrm{high}}$"
    assert name_of("variance", {}) != name_of("mean", {}), "both are of the same outputs"
    assert name_of("no_such", {}) == r"no\_such"
    assert escaped("50 % & more_or {less}") == r"50 \% \& more\_or \{less\}"


def test_columns_and_rows_are_chosen_by_name(tables):
    (table,) = select([tables["comparison"]], ["planner", "profit", "quality"])
    assert [column.key for column in table.columns] == ["quantity", "planner"]
    assert [row[0] for row in table.rows] == ["profit", "quality"]
    with pytest.raises(InputError) as caught:
        select(list(tables.values()), ["plannner", "qualty"])
    assert [str(each) for each in caught.value.problems] == [
        "unknown column plannner: did you mean planner?",
        "unknown column qualty: did you mean quality?",
    ]


@pytest.mark.parametrize(
    "line",
    [
        ["solve"],
        ["compare", "--regime", "none", "--regime", "forced"],
        ["threshold", "--of", "finetuning.cost", "--range", "0.1:0.2"],
        ["sensitivity", "--regime", "none"],
        ["simulate", "--users", "20", "--rounds", "1"],
        ["findings", "--points", "2", "--only", "2"],
        ["phase", "--x", "finetuning.cost=0:0.2", "--y", "platform.revenue=0.4:0.5", "--grid", "1",
         "--accuracy", "0.1"],
    ],
    ids=lambda line: line[0],
)  # fmt: skip
def test_every_command_prints_its_table_in_every_format(run, line):
    parsed(run(*line, "--format", "latex").stdout)
    assert run(*line, "--format", "markdown").stdout.count("|") > 10
    lines = run(*line, "--format", "csv").stdout.splitlines(keepends=True)
    assert lines[0].startswith("# eqsolve ") and lines[1].startswith(
        f"# command: eqsolve {line[0]} ".rstrip()
    )
    assert len({len(row) for row in csv.reader(each for each in lines if not each.startswith("#"))}) == 1
    assert json.loads(run(*line, "--format", "json").stdout)["schema"].startswith("eqsolve/")
    refused = run(*line, "--format", "json", "--digits", "2")
    assert refused.exit_code == 2 and "--digits" in refused.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["--json", "--format", "csv"], "--json and --format csv: expected one"),
        (["--json", "--columns", "profit"], "JSON is the whole result"),
        (["--label", "profit"], '--label "profit": expected KEY=TEXT'),
        (["--brief", "--format", "latex"], "--brief prints sentences"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_is_solved(run, monkeypatch, line, message):
    monkeypatch.setattr("eqsolve.solve", lambda *_, **__: pytest.fail("solved"))
    result = run("solve", *line)
    assert result.exit_code == 2 and result.stdout == ""
    assert message in result.stderr
