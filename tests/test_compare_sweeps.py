"""Two sweeps: rows are matched by their keys, and every column counts but rounding errors."""

import math

import pytest

from eqsolve.comparison import Sweep, Tolerance, Tolerances, check_sweeps

HEADER = ["finetuning.cost", "regime", "quality", "feedback_quality", "direction", "status", "regret"]
ROWS = [
    [0.05, "none", 0.5, "", "unchanged", "certified", 1e-12],
    [0.05, "forced", 0.25, 0.5, "mixed", "certified", 1e-13],
    [0.1, "none", 0.5, "", "unchanged", "certified", 1e-12],
]


@pytest.fixture
def write(tmp_path):
    def table(name, header=HEADER, rows=ROWS):
        file = tmp_path / name
        lines = [header, *rows]
        file.write_text("".join(",".join(map(str, line)) + "\n" for line in lines))
        return file

    return table


@pytest.fixture
def compared(write):
    def differences(header=HEADER, rows=ROWS, tolerances=None):
        old, new = Sweep.read(write("old.csv")), Sweep.read(write("new.csv", header, rows))
        return check_sweeps(old, new, tolerances)

    return differences


def edited(row, column, value):
    rows = [list(each) for each in ROWS]
    rows[row][HEADER.index(column)] = value
    return rows


def test_a_sweep_agrees_with_itself(compared):
    result = compared()
    assert result.agrees
    assert result.compared == 3 * 4
    assert result.name == "old.csv → new.csv"


def test_files_of_one_name_are_told_apart(write, tmp_path):
    (tmp_path / "new").mkdir()
    old, new = Sweep.read(write("a.csv")), Sweep.read(write("new/a.csv"))
    assert check_sweeps(old, new).name == f"{old.path} → {new.path}"


def test_the_order_of_rows_and_columns_means_nothing(compared):
    order = [0, 1, 5, 4, 3, 2, 6]
    rows = [[row[i] for i in order] for row in reversed(ROWS)]
    assert compared([HEADER[i] for i in order], rows).agrees


def test_keys_match_as_numbers_however_they_are_written(compared):
    assert compared(rows=[["5e-2", *ROWS[0][1:]], ["0.050", *ROWS[1][1:]], ROWS[2]]).agrees


def test_rounding_errors_are_not_compared(compared):
    assert compared(rows=edited(0, "regret", 1e-10)).agrees


def test_the_worst_value_comes_first_with_its_row(compared):
    rows = edited(1, "quality", 0.26)
    rows[2][2] = 0.6
    first, second = compared(rows=rows).differences
    assert (first.where, first.quantity) == ("finetuning.cost=0.1, none", "quality")
    assert (first.expected, first.actual) == (0.5, 0.6)
    assert first.tolerance == 1e-9 + 1e-6 * 0.5
    assert second.where == "finetuning.cost=0.05, forced"


def test_tolerances_hold(compared):
    rows = edited(1, "quality", 0.26)
    assert compared(rows=rows, tolerances=Tolerances(Tolerance(atol=0.011))).agrees
    assert compared(rows=rows, tolerances=Tolerances().changed(own={"quality": 0.011})).agrees


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (0, "status", "failed", "finetuning.cost=0.05, none: status is failed, expected certified"),
        (1, "direction", "centralized", "direction is centralized, expected mixed"),
        (0, "feedback_quality", 0.5, "feedback_quality is 0.5, expected no value"),
        (1, "feedback_quality", "", "feedback_quality is no value, expected 0.5"),
    ],
)
def test_words_and_values_that_come_or_go_are_differences(compared, row, column, value, words):
    (difference,) = compared(rows=edited(row, column, value)).differences
    assert words in str(difference)
    assert difference.ratio == math.inf


def test_missing_and_new_rows_are_differences(compared):
    result = compared(rows=[*ROWS[:2], [0.2, *ROWS[2][1:]]])
    assert {str(each) for each in result.differences} == {
        "finetuning.cost=0.1, none is missing",
        "finetuning.cost=0.2, none is new",
    }


def test_missing_and_new_columns_are_differences(compared):
    header = [*HEADER[:3], "surprise", *HEADER[4:]]
    assert {str(each) for each in compared(header).differences} == {
        "all rows: feedback_quality is missing",
        "all rows: surprise is new",
    }


def test_the_command_compares_and_exits(run, write):
    old, new = write("old.csv"), write("new.csv", rows=edited(2, "quality", 0.6))
    assert run("compare", old, old.with_name("same.csv")).exit_code == 2
    write("same.csv")
    result = run("compare", old, old.with_name("same.csv"))
    assert (result.exit_code, result.stdout) == (0, "✓ old.csv → same.csv: 12 values agree\n")
    result = run("compare", old, new)
    assert result.exit_code == 1
    assert result.stdout.startswith("✗ old.csv → new.csv: 1 difference in 12 values\n")
    assert run("compare", old, new, "--tol", "quality=0.11").exit_code == 0
