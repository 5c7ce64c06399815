"""Reports in terminals of any width: every name and every number of the piped report is there, whole."""

import io
import re
from collections import Counter

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.progress import Progress

from eqsolve_cli.grids import NO_BARS, Grid, fit, wrap
from eqsolve_cli.progress import bar_columns

pytestmark = pytest.mark.thorough

COLOR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
DRAWN = re.compile(r"[\u2500-\u259f]")
WIDTHS = (40, 60, 72, 100, 200)

NAMES = ("enthusiasts", "professionals", "newcomers", "occasional_visitors", "trolls")


def segments(names):
    share, accuracies = 1 / len(names), (0.95, 0.9, 0.6, 0.45, 0.1)
    return "".join(
        f'[[users.segments]]\nname = "{name}"\nshare = {share!r}\naccuracy = {accuracies[i % 5]}\n'
        for i, name in enumerate(names)
    )


REPORTS = {
    "a game": ("solve",),
    "a game of five segments": ("solve", "--params", "game.toml", "--all-equilibria"),
    "no fine-tuning": ("solve", "--regime", "none", "--set", "platform.revenue=0"),
    "regimes": ("compare", "--params", "game.toml"),
    "thresholds": ("threshold", "--of", "finetuning.cost"),
    "slopes": ("sensitivity",),
    "signs": ("sensitivity", "--over", "platform.revenue=0.3:0.7", "--points", "2"),
    "rounds": ("simulate", "--params", "game.toml", "--users", "50", "--rounds", "3"),
    "deviations": ("simulate", "--users", "20,40", "--rounds", "2", "--replications", "2"),
    "presets": ("init", "--list"),
    "findings": ("findings", "--points", "2", "--only", "1,6"),
}  # fmt: skip


def words(text):
    """The words and numbers of a report without its pictures; a label may stand anywhere."""
    densities = ("  output y", "  before f₀", "  after f̄")
    plain = "\n".join(line for line in text.splitlines() if not line.startswith(densities))
    return Counter(word for word in plain.split() if not DRAWN.search(word))


@pytest.fixture
def report(run, tmp_path, monkeypatch):
    (tmp_path / "game.toml").write_text(segments(NAMES))

    def of(line, width=None):
        for name in ("FORCE_COLOR", "COLUMNS", "NO_COLOR", "TTY_COMPATIBLE"):
            monkeypatch.delenv(name, raising=False)
        if width:
            monkeypatch.setenv("FORCE_COLOR", "1")
            monkeypatch.setenv("COLUMNS", str(width))
        return COLOR.sub("", run(*line).stdout)

    return of


@pytest.mark.parametrize("line", REPORTS.values(), ids=REPORTS)
def test_nothing_is_cut_and_nothing_sticks_out(report, line):
    whole = words(report(line))
    assert whole
    for width in WIDTHS:
        text = report(line, width)
        assert max(map(cell_len, text.splitlines())) <= width, width
        assert not whole.keys() - words(text).keys(), width
        assert "…" not in text


def test_regions(report):
    line = ["phase", "--x", "users.transaction_cost.scale=0.3:0.9", "--y", "finetuning.cost=0:0.15"]
    line += ["--grid", "2", "--accuracy", "0.1"]
    whole, narrow = report(line), report(line, 40)
    assert words(whole).keys() <= words(narrow).keys()
    assert max(map(cell_len, narrow.splitlines())) <= 40


def test_names_longer_than_the_terminal_are_whole(report, tmp_path):
    name = "n" * 60
    (tmp_path / "game.toml").write_text(segments([*NAMES, name]))
    for line in (("solve", "--params", "game.toml"), ("compare", "--params", "game.toml")):
        assert name in report(line, 40)
        assert name in report(line, 80)


def test_a_pipe_gets_tables_of_any_width(report, tmp_path):
    names = [f"segment-{i:03d}-{'x' * 20}" for i in range(120)]
    (tmp_path / "game.toml").write_text(segments(names))
    text = report(("compare", "--params", "game.toml", "--regime", "none", "--regime", "forced"))
    assert all(name in text for name in names)


TABLE = Grid(
    "lrrb", [("first", "1.25", "2.5", "███"), ("second", "10.5", "", "█")], ("name", "one", "two", "")
)


def shown(grid, width, margin=0):
    return [line.plain for line in fit(grid, width, margin)]


def test_a_table_gives_way_step_by_step():
    assert shown(TABLE, None, 1) == shown(TABLE, 23, 1) == [
        " name     one  two",
        " first   1.25  2.5  ███",
        " second  10.5       █",
    ]  # fmt: skip
    assert shown(TABLE, 22, 1) == [" name     one  two", " first   1.25  2.5", " second  10.5", f" {NO_BARS}"]
    turned = ["name first", "  one  1.25", "  two  2.5", "", "name second", "  one  10.5", NO_BARS]
    assert shown(TABLE, 16) == turned
    assert shown(TABLE, 5)[:3] == ["name", "first", "  one"]


def test_columns_move_into_further_tables():
    grid = Grid("lrrrr", [("a", "1", "2", "3", "4")], ("", "one", "two", "three", "four"), group=2)
    assert shown(grid, 18) == ["   one  two", "a    1    2", "", "   three  four", "a      3     4"]
    assert shown(grid, 13) == ["a", "  one    1", "  two    2", "  three  3", "  four   4"]


def test_words_wrap_before_anything_else():
    grid = Grid("lrl", [("a", "1", "some words that wrap")], ("", "n", "why"))
    assert shown(grid, 18) == ["   n  why", "a  1  some words", "      that wrap"]
    assert shown(Grid("lrl", [("name", "12.5", "some words that wrap")]), 16) == [
        "name  12.5",
        "  some words",
        "  that wrap",
    ]


@pytest.mark.parametrize("command", ["solve", "compare", "plot", "sensitivity", "simulate", "init"])
def test_help_is_whole(report, command):
    def joined(width):
        return re.sub(r"(?<=\w)-\n\s*", "-", report((command, "--help"), width))

    whole = words(joined(200))
    for width in WIDTHS:
        text = report((command, "--help"), width)
        assert all(cell_len(line) <= width or len(line.split()) == 1 for line in text.splitlines())
        assert not {*whole} - {*words(joined(width))}, width


@pytest.mark.parametrize("width", WIDTHS)
def test_progress_is_shown_whole(width):
    console = Console(width=width, file=io.StringIO(), force_terminal=True)
    bar = Progress(*bar_columns(width), console=console)
    bar.add_task(
        "differentiating", total=1e6, completed=5e5, rate="12,345 games/s", note="1,234,567 certified"
    )
    with console.capture() as capture:
        console.print(bar.get_renderable())
    text = COLOR.sub("", capture.get())
    assert "…" not in text and len(text.splitlines()) == 1
    assert "differentiating" in text and "50%" in text


def test_text_breaks_between_words_only():
    assert wrap("  one two three", 9) == ["  one two", "  three"]
    assert wrap("unbreakable word", 4) == ["unbreakable", "word"]
    assert wrap("as it is   here", None) == ["as it is   here"]


@pytest.mark.parametrize("width", [None, 40, 3])
def test_tables_without_rows_are_their_headings_at_most(width):
    assert shown(Grid("", []), width) == shown(Grid("ll", [], ("", "")), width) == []
    assert shown(Grid("lr", [], ("a", "b")), width) in (["a  b"], [])
