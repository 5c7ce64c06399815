"""`eqsolve paper`: exhibits are made where something changed, and nothing that is wrong is passed over."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from eqsolve import InputError
from eqsolve.paper import make, read_paper, states
from eqsolve.paper.kinds import KINDS
from eqsolve.sources import read_source
from eqsolve.sweeps.readers import read_frame

EXAMPLE = Path(__file__).parent.parent / "examples" / "paper-exhibits"
PAPER = """
params = { finetuning = { cost = 0.1 } }
size = "column"

[exhibits.regimes]
kind = "regimes"
regimes = ["none", "endogenous"]

[exhibits.statics]
kind = "sweep"
vary = { "users.transaction_cost.scale" = [0.2, 0.4, 0.6] }
regimes = ["none", "endogenous"]
y = ["profit"]
against = "none"

[exhibits.border]
kind = "threshold"
of = "finetuning.cost"
low = 0.1
high = 0.2
"""


@pytest.fixture
def paper(tmp_path):
    (tmp_path / "paper.toml").write_text(PAPER)
    return tmp_path / "paper.toml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with everything made, to copy."""
    path = tmp_path_factory.mktemp("made") / "paper.toml"
    path.write_text(PAPER)
    listed = read_paper(path)
    for exhibit in listed.exhibits:
        make(listed, exhibit)
    return path.parent


@pytest.fixture
def folder(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "copy"))


def late(folder, **changes):
    """What is not up to date, and why, after words of the file were replaced."""
    text = (folder / "paper.toml").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "paper.toml").write_text(text)
    found = states(read_paper(folder / "paper.toml"))
    return {state.exhibit.name: state for state in found if state.reasons}


def test_every_exhibit_has_its_files_and_says_how_it_came_about(folder):
    files = {path.name for path in (folder / "exhibits").iterdir()}
    assert files == {
        "exhibits.json", "regimes.json", "regimes.tex", "statics.csv", "statics.pdf", "border.json",
        "border.tex", "border.pdf",
    }  # fmt: skip
    told = read_frame(folder / "exhibits/statics.csv").provenance
    assert told.command.startswith("eqsolve sweep --set finetuning.cost=0.1 --vary")
    table = (folder / "exhibits/regimes.tex").read_text()
    assert "% command: eqsolve compare --set finetuning.cost=0.1 --regime none --regime endogenous\n" in table
    assert read_source(folder / "exhibits/border.json").provenance.command in (
        folder / "exhibits/border.tex"
    ).read_text().replace("% command: ", "")


def test_what_was_made_is_up_to_date_wherever_it_lies(folder):
    assert late(folder) == {}


def test_equal_questions_make_equal_files(folder, tmp_path):
    (tmp_path / "again").mkdir()
    shutil.copy(folder / "paper.toml", tmp_path / "again")
    listed = read_paper(tmp_path / "again/paper.toml")
    for exhibit in listed.exhibits:
        make(listed, exhibit)
    for path in (folder / "exhibits").iterdir():
        assert (tmp_path / "again/exhibits" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_figure_that_is_asked_for_in_another_way_is_drawn_from_its_data(folder, monkeypatch):
    found = late(folder, **{'against = "none"': 'title = "Profit"'})
    assert {name: state.reasons for name, state in found.items()} == {
        "statics": ("its figure is asked for in another way",)
    }
    monkeypatch.setattr("eqsolve.paper.build._answer", None)
    listed = read_paper(folder / "paper.toml")
    written = make(listed, found["statics"].exhibit, answered=found["statics"].answered)
    assert [path.name for path in written] == ["statics.pdf"]
    assert late(folder) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cost = 0.1": "cost = 0.12"}, {"regimes", "statics", "border"}),
        ({"0.2, 0.4": "0.3, 0.4"}, {"statics"}),
        ({"high = 0.2": "high = 0.3"}, {"border"}),
    ],
    ids=["the game", "an axis", "a range"],
)
def test_a_question_that_changed_is_answered_again(folder, changes, expected):
    found = late(folder, **changes)
    assert {*found} == expected
    assert all(state.reasons[0] == "its question changed" and not state.answered for state in found.values())


@pytest.mark.parametrize(
    ("name", "answered"), [("statics.csv", False), ("regimes.tex", False), ("border.pdf", True)]
)
def test_files_that_were_changed_or_are_gone(folder, name, answered):
    path = folder / "exhibits" / name
    path.write_bytes(path.read_bytes() + b"\n")
    (state,) = late(folder).values()
    assert state.reasons == (f"{name} was changed",) and state.answered == answered
    path.unlink()
    (state,) = late(folder).values()
    assert state.reasons == (f"{name} is missing",) and state.answered == answered


def test_another_version_is_another_question(folder, monkeypatch):
    monkeypatch.setattr("eqsolve.paper.spec.__version__", "99.0")
    assert len(late(folder)) == 3


def test_exhibits_that_are_no_longer_listed_are_forgotten(folder):
    text = (folder / "paper.toml").read_text()
    (folder / "paper.toml").write_text(text.partition("[exhibits.border]")[0].replace("0.2, 0.4", "0.3, 0.4"))
    listed = read_paper(folder / "paper.toml")
    make(listed, listed.exhibits[1])
    assert {*json.loads((folder / "exhibits/exhibits.json").read_text())["exhibits"]} == {
        "regimes",
        "statics",
    }


def test_the_command_checks_makes_and_checks(run, paper):
    done = run("paper", paper, "--check")
    assert done.exit_code == 1 and done.stdout.count("not up to date: not made yet") == 3
    assert not (paper.parent / "exhibits").exists()
    assert run("paper", paper, "--only", "regimes").exit_code == 0
    done = run("paper", paper, "--check")
    assert done.exit_code == 1 and "regimes" not in done.stdout
    done = run("paper", paper)
    assert done.exit_code == 0
    assert (
        "regimes: up to date" in done.stderr
        and "border: wrote border.json, border.tex, border.pdf" in done.stderr
    )
    done = run("paper", paper, "--check")
    assert (done.exit_code, done.stdout) == (0, "3 exhibits are up to date\n")
    assert "regimes: wrote" in run("paper", paper, "--force", "--only", "regimes").stderr


WRONG = """
parms = "paper.toml"
size = 3
formats = ["pfd"]

[exhibits.a]
kind = "sweeep"

[exhibits.b]
kind = "sweep"
regime = "none"

[exhibits.c]
kind = "regimes"
size = "page"

[exhibits."d/e"]
kind = "phase"

[exhibits.f]
kind = "threshold"
of = 3
"""


def test_every_problem_is_told_at_once_with_its_line(tmp_path):
    path = tmp_path / "paper.toml"
    path.write_text(WRONG)
    with pytest.raises(InputError) as caught:
        read_paper(path)
    told = [str(problem).replace(f"{path}:", "") for problem in caught.value.problems]
    assert told == [
        "2: unknown key parms: did you mean params?",
        "3: size = 3: expected text",
        '4: formats = ["pfd"]: did you mean pdf?',
        '7: exhibits.a.kind = "sweeep": did you mean sweep?',
        "11: unknown key exhibits.b.regime: did you mean regimes?",
        "9: missing key exhibits.b.vary: expected a table",
        "15: unknown key exhibits.c.size: expected one of kind, params, set, regimes, selection, labels",
        told[7],
        "22: exhibits.f.of = 3: expected text",
    ]
    assert "exhibits.d/e: not a name of files" in told[7]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("cost = 0.1", "cots = 0.1", "paper.toml:2: unknown key finetuning.cots: did you mean cost?"),
        ('params = { finetuning = { cost = 0.1 } }', 'params = "none.toml"', "none.toml: No such file"),
        ('size = "column"', 'size = "colum"', 'size "colum": did you mean column?'),
        ('[exhibits.regimes]\nkind = "regimes"', "[other]", "unknown key other"),
    ],
    ids=["a key of the game", "no game", "a size", "a table"],
)  # fmt: skip
def test_what_is_wrong_with_games_and_looks(paper, old, new, words):
    text = paper.read_text()
    assert old in text
    paper.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=re.escape(words)):
        read_paper(paper)


def test_what_is_wrong_with_questions_is_told_at_once_before_any_work(run, paper):
    text = paper.read_text()
    for old, new in {
        '["profit"]': '["proft"]',
        'regimes = ["none", "endogenous"]\n\n': 'regimes = ["none", "endogenus"]\n\n',
        'finetuning.cost"\nlow': 'finetuning.cots"\nlow',
        "transaction_cost.scale": "transaction_cost.scal",
        'against = "none"': 'against = "planner"',
    }.items():
        assert old in text
        text = text.replace(old, new)
    paper.write_text(text)
    done = run("paper", paper)
    assert done.exit_code == 2 and not (paper.parent / "exhibits").exists()
    told = [line.replace(f"error: {paper}:", "") for line in done.stderr.splitlines()]
    assert told[:5] == [
        "7: regimes = endogenus: did you mean endogenous?",
        "11: unknown key users.transaction_cost.scal: did you mean users.transaction_cost.scale?",
        "13: y = proft: did you mean profit?",
        "14: against = planner: expected one of none, endogenous",
        "18: unknown key finetuning.cots: did you mean finetuning.cost?",
    ]


def test_the_command_refuses(run, paper):
    for line, words in {
        ("--check", "--force"): "exclude each other",
        ("--only", "regims"): "no such exhibit: did you mean regimes?",
    }.items():
        done = run("paper", paper, *line)
        assert done.exit_code == 2 and words in done.stderr
    (paper.parent / "exhibits").mkdir()
    (paper.parent / "exhibits/exhibits.json").write_text("{}")
    assert "not a list of exhibits" in run("paper", paper).stderr


def test_the_page_shows_what_the_command_does(shell, tmp_path):
    page = (EXAMPLE.parent.parent / "docs" / "paper.md").read_text()
    (listed,) = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (console,) = re.findall(r"^```console\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    shutil.copytree(EXAMPLE.parent, tmp_path / "examples")
    (tmp_path / "tiny.toml").write_text(listed)
    for part in console.split("$ ")[1:]:
        line, _, shown = part.partition("\n")
        done = shell(line)
        assert (done.returncode, done.stdout + done.stderr) == (0, shown)


def test_the_page_names_every_kind_and_key():
    page = (EXAMPLE.parent.parent / "docs" / "paper.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    assert {*rows} == {"kind", *KINDS}
    for name, kind in KINDS.items():
        assert {*re.findall(r"`(\w+)`", rows[name])} == {*kind.asks, *(kind.draws or {})}


def test_the_example_has_every_kind_and_boundaries_come_first():
    listed = read_paper(EXAMPLE / "paper.toml")
    assert {exhibit.word for exhibit in listed.exhibits} == {*KINDS}
    assert listed.exhibits[0].name == "phase"
    text = (EXAMPLE / "paper.tex").read_text()
    included = set(re.findall(r"\{exhibits/(\w+)\}", text))
    assert included == {exhibit.name for exhibit in listed.exhibits}


@pytest.mark.slow
def test_the_example_compiles(tmp_path, run):
    """As it is, but on coarse grids."""
    shutil.copytree(EXAMPLE.parent, tmp_path / "examples")
    folder = tmp_path / "examples" / "paper-exhibits"
    text = (folder / "paper.toml").read_text()
    for old, new in {"1:48": "1:5", "1.2:40": "1.2:4", "0.15:40": "0.15:4", "grid = 16": "grid = 3",
                     "accuracy = 0.003": "accuracy = 0.05", "points = 32": "points = 4"}.items():  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    (folder / "paper.toml").write_text(text)
    assert run("paper", folder / "paper.toml").exit_code == 0
    latex = shutil.which("pdflatex")
    for name in re.findall(r"\\input\{(.*?)\}", (folder / "paper.tex").read_text()):
        table = (folder / f"{name}.tex").read_text()
        assert table.startswith("% eqsolve") and r"\begin{tabular}" in table
    if latex:
        done = subprocess.run(
            [latex, "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
            cwd=folder,
            capture_output=True,
        )
        assert done.returncode == 0, done.stdout[-2000:]
