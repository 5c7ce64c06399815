"""Sweeps that another program has saved again load, plot and compare, or are refused with file and line."""

import math

import numpy as np
import pandas
import pytest

from eqsolve import InputError
from eqsolve.comparison import Sweep, check_sweeps
from eqsolve.sweeps.readers import read_frame
from eqsolve.sweeps.rounding import KEY_ROUNDING, near, unified

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    from typer.testing import CliRunner

    from eqsolve_cli.app import app

    file = tmp_path_factory.mktemp("sweep") / "s.csv"
    line = ["sweep", "--vary", f"{SCALE}=0.1:0.9:5", "--vary", f"{COST}=0,0.3", "--regime", "endogenous"]
    assert CliRunner().invoke(app, [*line, "--regime", "none", "--output", str(file)]).exit_code == 0
    return file


@pytest.fixture(scope="module")
def frame(original):
    return pandas.read_csv(original, comment="#")


def edited(text, old, new):
    assert old in text
    return text.replace(old, new)


def excel(text):
    """Upper-case truth values, Windows line ends, rows and columns of nothing."""
    lines = edited(text, ",false", ",FALSE").replace(",true", ",TRUE").splitlines()
    return "".join(f"{line},,\r\n" for line in [*lines, "," * lines[-1].count(",")])


def written_by_r(frame, separator, comma):
    def cell(value):
        if isinstance(value, bool | np.bool_):
            return str(bool(value)).upper()
        if isinstance(value, str):
            return f'"{value}"'
        return "NA" if math.isnan(value) else f"{value:.15g}".replace(".", comma)

    rows = [['""', *(f'"{name}"' for name in frame.columns)]]
    rows += [[f'"{i}"', *map(cell, row)] for i, row in enumerate(frame.itertuples(index=False), 1)]
    return "".join(separator.join(row) + "\n" for row in rows)


SAVED = {
    "pandas": lambda text, frame: frame.to_csv(index=False),
    "pandas with its index": lambda text, frame: frame.to_csv(),
    "pandas, twice": lambda text, frame: frame.reset_index().rename(columns={"index": "Unnamed: 0"}).to_csv(),
    "pandas, semicolons": lambda text, frame: frame.to_csv(sep=";", decimal=",", index=False),
    "pandas, 15 digits": lambda text, frame: frame.to_csv(float_format="%.15g", index=False),
    "pandas, truth as numbers": lambda text, frame: frame.assign(
        **{name: frame[name].astype(float) for name in frame if name.startswith("jump")}
    ).to_csv(index=False),
    "R": lambda text, frame: written_by_r(frame, ",", "."),
    "R, write.csv2": lambda text, frame: written_by_r(frame, ";", ","),
    "Excel": lambda text, frame: excel(text),
    "Excel, Unicode text": lambda text, frame: frame.to_csv(sep="\t", index=False).encode("utf-16"),
    "the last bit": lambda text, frame: frame.assign(
        **{SCALE: np.nextafter(frame[SCALE], 1), COST: np.nextafter(frame[COST], -1)}
    ).to_csv(index=False),
    "reversed": lambda text, frame: frame.iloc[::-1, [1, 0, *range(2, frame.shape[1])]].to_csv(index=False),
}


@pytest.mark.parametrize("save", SAVED.values(), ids=SAVED)
def test_saved_again_they_load_compare_and_plot(original, frame, tmp_path, run, save):
    content = save(original.read_text(), frame)
    file = tmp_path / "again.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    check = check_sweeps(Sweep.read(original), Sweep.read(file))
    assert check.agrees and check.compared == 20 * 26, str(check)
    loaded = read_frame(file)
    assert set(loaded.keys) == {SCALE, COST}
    assert all(loaded.columns[f"jump.{key}"].dtype == bool for key in loaded.keys)
    assert run("plot", file, "--x", SCALE, "--y", "quality", "--output", "a.png").exit_code == 0


@pytest.mark.parametrize("name", ["again.jsonl", "again.parquet"])
def test_other_formats_saved_by_pandas(original, frame, tmp_path, name):
    file = tmp_path / name
    if name.endswith("jsonl"):
        text = frame.to_json(orient="records", lines=True, double_precision=15)
        file.write_text(f"\n{text}\n\n")
    else:
        frame.set_index(SCALE, drop=False).rename_axis(None).to_parquet(file)
    mine, theirs = read_frame(original), read_frame(file)
    assert mine.columns.keys() == theirs.columns.keys()
    for key, column in mine.columns.items():
        same = theirs.columns[key]
        if column.dtype.kind == "f":
            np.testing.assert_allclose(same, column, rtol=1e-13, atol=1e-15)
        else:
            assert (same == column).all() and same.dtype == column.dtype


def test_netcdf_saved_by_xarray(tmp_path, run):
    import xarray

    grid = ("sweep", "--vary", f"{SCALE}=0.3,0.6", "--vary", f"{COST}=0,0.3", "--output", "s.nc")
    assert run(*grid).exit_code == 0
    xarray.load_dataset("s.nc", engine="scipy").to_netcdf("again.nc", engine="scipy")
    mine, theirs = (read_frame(tmp_path / name) for name in ("s.nc", "again.nc"))
    for key in mine.columns:
        np.testing.assert_array_equal(theirs.columns[key], mine.columns[key])


def test_branches_are_words_even_where_no_row_has_one(frame, tmp_path):
    file = tmp_path / "s.csv"
    frame.assign(branch="").to_csv(file, index=False)
    assert read_frame(file).columns["branch"].tolist() == [""] * len(frame)
    file = tmp_path / "s.jsonl"
    file.write_text(frame.assign(branch=1.0).to_json(orient="records", lines=True))
    with pytest.raises(InputError, match=r"1: branch = 1\.0 is not a word"):
        read_frame(file)


WRONG = {
    **{
        f"truth value {new}": ((",false\n", f",{new}\n"), f"jump.{COST} = {new or 'nothing'} is not a truth")
        for new in ("FALSCH", "no", "", "2", "0.5")
    },
    "a number": (("0.1,0.0,", "0.1x,0.0,"), f"2: {SCALE} = 0.1x is not a number"),
    "percent": (("0.1,0.0,", "10%,0.0,"), f"2: {SCALE} = 10% is not a number"),
    "decimal comma": (("0.1,0.0,", '"0,1",0.0,'), f"2: {SCALE} = 0,1 is not a number: it looks like a"),
    "no key": (("0.1,0.0,", ",0.0,"), f"2: {SCALE} = nothing: expected a number"),
    "NaN": (("0.1,0.0,", "NaN,0.0,"), f"2: {SCALE} = NaN is not finite"),
    "no status": ((",certified,", ",,"), "2: status = nothing: expected a word"),
    "two columns": ((",profit,", ",quality,"), "1: two columns are named quality"),
    "a column without name": ((",profit,", ",,"), "1: column 8 has no name"),
    "no regime": ((",regime,", ",regimes,"), "not the table of a sweep: it has no column regime"),
    "longer rows": (("0.1,0.0,", "0,1,0,0,"), "2: the row has 32 cells, the header 30: it looks"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_by_plot_and_compare(original, tmp_path, run, change, message):
    file = tmp_path / "bad.csv"
    text = original.read_text()
    file.write_text(edited(text, *change))
    line, _, words = message.partition(": ")
    if line.isdecimal():
        message = f"{int(line) + text.count('# ')}: {words}"
    for line in (("plot", file, "--y", "quality", "--output", "a.png"), ("compare", original, file)):
        done = run(*line)
        assert done.exit_code == 2
        assert "bad.csv:" in done.stderr and message in done.stderr
        assert len(done.stderr.splitlines()) <= 22
    assert not (tmp_path / "a.png").exists()


def test_netcdf_that_is_none_of_ours(tmp_path, run):
    from scipy.io import netcdf_file

    grid = ("sweep", "--vary", f"{SCALE}=0.3,0.6", "--output", "s.nc")
    assert run(*grid).exit_code == 0
    (tmp_path / "four.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    (tmp_path / "doubtful.nc").write_bytes((tmp_path / "s.nc").read_bytes())
    with netcdf_file(str(tmp_path / "doubtful.nc"), "a", mmap=False) as file:
        file.variables[f"jump.{SCALE}"][:] = 2
    for name, message in {
        "four.nc": "save it as NetCDF 3",
        "doubtful.nc": "not made of truth values",
    }.items():
        done = run("plot", name, "--output", "a.png")
        assert done.exit_code == 2 and message in done.stderr


def test_own_columns_of_words_and_numbers_are_no_fault(original, frame, tmp_path):
    file = tmp_path / "more.csv"
    frame.assign(note="seen", extra=1.5).to_csv(file, index=False)
    loaded = read_frame(file)
    assert loaded.columns["note"][0] == "seen" and loaded.columns["extra"][0] == 1.5
    differences = check_sweeps(Sweep.read(original), Sweep.read(file)).differences
    assert {(each.quantity, each.kind) for each in differences} == {("note", "new"), ("extra", "new")}


def test_keys_that_really_differ_are_told_with_enough_digits(original, frame, tmp_path):
    file = tmp_path / "off.csv"
    frame.assign(**{SCALE: frame[SCALE] * (1 + 10 * KEY_ROUNDING)}).to_csv(file, index=False)
    check = check_sweeps(Sweep.read(original), Sweep.read(file))
    missing = {each.where for each in check.differences if each.kind == "missing"}
    new = {each.where for each in check.differences if each.kind == "new"}
    assert len(missing) == len(new) == 20 and not missing & new
    assert f"{SCALE}=0.1, {COST}=0, none" in missing


def test_a_row_goes_with_one_row(tmp_path):
    header = "a,regime,quality,status,regret\n"
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    value = float(np.nextafter(0.3, 1))
    old.write_text(f"{header}0.3,none,0.5,certified,0\n")
    new.write_text(f"{header}{value!r},none,0.25,certified,0\n0.3,none,0.5,certified,0\n")
    (difference,) = check_sweeps(Sweep.read(old), Sweep.read(new)).differences
    assert (difference.where, difference.kind) == (f"a={value!r}, none", "new")


def test_values_are_one_within_the_rounding_of_fifteen_digits_and_no_more():
    random = np.random.default_rng(0)
    for value in (10.0 ** random.uniform(-12, 12, 1000)).tolist():
        rounded = float(f"{value:.15g}")
        assert near(rounded, [value / 2, value, 2 * value]) == value
        assert near(value * (1 + 3 * KEY_ROUNDING), [value]) is None
    assert unified([0.3, 0.1 + 0.2, 0.1, 0.3]) == {0.1: 0.1, 0.3: 0.1 + 0.2, 0.1 + 0.2: 0.1 + 0.2}
    assert unified([0.0, -5e-324, 3e-17, 0.3]) == {0.0: 3e-17, -5e-324: 3e-17, 3e-17: 3e-17, 0.3: 0.3}
    logarithmic = np.geomspace(1e-12, 1e6, 19).tolist()
    assert unified(logarithmic) == {value: value for value in logarithmic}
    assert near(0.0, [-1.0, 0.0]) == 0.0 and near(1e-300, [0.0]) is None and near(1.0, []) is None


def test_truth_values_in_any_case(original, tmp_path):
    mine = read_frame(original).columns
    text = original.read_text()
    for false, true in (("False", "True"), ("FALSE", "TRUE"), ("0", "1"), ("fAlSe", "tRuE")):
        file = tmp_path / "t.csv"
        file.write_text(edited(text, ",false", f",{false}").replace(",true", f",{true}"))
        columns = read_frame(file).columns
        assert all((columns[name] == mine[name]).all() for name in columns if name.startswith("jump."))
    assert any(mine[name].any() for name in mine if name.startswith("jump."))


def test_one_problem_does_not_hide_another(tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("a,regime,quality,status\n1,none,x\n2,none,x,certified\n")
    with pytest.raises(InputError) as caught:
        read_frame(file)
    assert [problem.line for problem in caught.value.problems] == [2, 3]
