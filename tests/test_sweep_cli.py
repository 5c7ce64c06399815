"""`eqsolve sweep` and `eqsolve plot`: what they write, and what they refuse."""

import csv
import io
import json
import shutil
import socket
import time
from pathlib import Path

import numpy as np
import pytest

from eqsolve import Params, solve
from eqsolve.results import BY_SEGMENT, QUANTITIES
from eqsolve.status import Status
from eqsolve.sweeps import records, work
from eqsolve.sweeps.readers import read_frame

EXAMPLES = Path(__file__).parent.parent / "examples"
SCALE, COST, HIGH = "users.transaction_cost.scale", "finetuning.cost", "users.segments.high.share"
LINE = ("sweep", "--regime", "none", "--vary", f"{SCALE}=0.3:0.9:4")


def rows_of(text):
    """The rows of a CSV, whether comments stand above it or not."""
    return list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))


@pytest.fixture
def a_failing_row(monkeypatch):
    """The third point of LINE fails, and its second is not certified."""
    solve_points = records.solve_points

    def spoiled(base, keys, points, *question):
        found = solve_points(base, keys, points, *question)
        for name in found.dtype.names:
            if found.dtype[name].kind == "f":
                found[name][np.isclose(points[:, 0], 0.7)] = np.nan
        found["direction"][np.isclose(points[:, 0], 0.7)] = 0
        found["status"][np.isclose(points[:, 0], 0.7)] = records.STATUSES.index("failed")
        found["status"][np.isclose(points[:, 0], 0.5)] = records.STATUSES.index("deviation_found")
        return found

    monkeypatch.setattr(work, "solve_points", spoiled)


def test_csv_goes_to_stdout_with_the_names_of_solve_and_reads_back_exactly(run):
    done = run("sweep", "--vary", f"{SCALE}=0.3,0.5", "--regime", "none", "--regime", "endogenous")
    assert done.exit_code == 0
    rows = rows_of(done.stdout)
    assert [(row[SCALE], row["regime"]) for row in rows] == [
        ("0.3", "none"), ("0.3", "endogenous"), ("0.5", "none"), ("0.5", "endogenous"),
    ]  # fmt: skip
    by_segment = [f"{name}.{segment}" for name in BY_SEGMENT for segment in ("high", "low")]
    assert list(rows[0]) == [
        SCALE, "regime", *QUANTITIES, "direction", *by_segment,
        "status", "regret", "equilibria_found", "branch", f"jump.{SCALE}",
    ]  # fmt: skip
    assert rows[0]["feedback_quality"] == "", "rho is undefined without fine-tuning"
    alone = solve(Params())
    for name in QUANTITIES:
        assert float(rows[3][name]) == pytest.approx(getattr(alone, name), rel=1e-9, abs=1e-11)
    assert [row["status"] for row in rows] == ["certified"] * 4
    assert done.stderr.count("\n") == 2
    assert "sweeping the preset paper" in done.stderr
    assert "4 rows: 4 certified, 0 not, 0 failed" in done.stderr


def test_all_formats_hold_the_same_values(run, tmp_path):
    for name in ("a.csv", "a.jsonl", "a.parquet", "a.nc"):
        done = run(
            "sweep", "--vary", f"{SCALE}=0.3:0.9:3", "--vary", f"{COST}=0,0.1",
            "--regime", "none", "--regime", "endogenous", "--output", name,
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        assert f"wrote {name}" in done.stderr
    frames = [read_frame(tmp_path / name).columns for name in ("a.csv", "a.jsonl", "a.parquet", "a.nc")]
    for frame in frames[1:]:
        assert set(frame) == set(frames[0])
        for name, column in frames[0].items():
            assert column.size == 12
            assert np.array_equal(frame[name], column, equal_nan=column.dtype.kind == "f"), name


def test_netcdf_opens_in_xarray_and_parquet_in_pandas(run, tmp_path):
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    line = ("sweep", "--vary", f"{SCALE}=0.3:0.9:3", "--vary", f"{COST}=0,0.1", "--regime", "none")
    assert run(*line, "--output", "a.nc").exit_code == 0
    assert run(*line, "--output", "a.parquet").exit_code == 0
    with xarray.open_dataset(tmp_path / "a.nc", engine="scipy") as data:
        assert dict(data.sizes) == {SCALE: 3, COST: 2, "regime": 1}
        assert data.status.values.tolist() == [[["certified"]] * 2] * 3
        assert data.direction.values[0, 0, 0] == "unchanged"
        assert data[f"jump.{SCALE}"].dtype == bool
        assert json.loads(data.attrs["params"]) == Params().model_dump(mode="json")
        assert (data.attrs["regimes"], data.attrs["seed"]) == ("none", "none")
        grid = data.profit.isel({SCALE: 1, COST: 1, "regime": 0}).item()
    flat = pandas.read_parquet(tmp_path / "a.parquet")
    assert flat.profit[3] == grid
    assert flat.feedback_quality.isna().all()


def test_a_drawn_design_has_points_and_its_seed(run, tmp_path):
    line = (
        "sweep",
        "--vary",
        "platform.revenue=0.1:2",
        "--vary",
        "users.misfit_cost=0.1:1:log",
        "--regime",
        "none",
    )
    done = run(*line, "--design", "sobol", "--points", "3", "--seed", "7", "--output", "d.nc")
    assert done.exit_code == 0
    assert "warning: 3 Sobol points are not balanced" in done.stderr
    frame = read_frame(tmp_path / "d.nc")
    assert frame.keys == ("platform.revenue", "users.misfit_cost")
    assert np.unique(frame.columns["platform.revenue"]).size == 3
    xarray = pytest.importorskip("xarray")
    with xarray.open_dataset(tmp_path / "d.nc", engine="scipy") as data:
        assert data.attrs["seed"] == 7
        assert data.sizes["point"] == 3
    assert run(*line, "--design", "lhs", "--points", "3").exit_code == 0


def test_a_spec_is_the_same_sweep_as_its_options(run, tmp_path):
    shutil.copy(EXAMPLES / "paper.toml", tmp_path)
    (tmp_path / "sweep.toml").write_text(
        f"""
params = "paper.toml"
regimes = ["none"]
[set]
platform.revenue = 0.6
[vary]
"{SCALE}" = "0.3:0.9:3"
{HIGH} = [0.5, 0.6]
"""
    )
    spec = run("sweep", "--spec", "sweep.toml")
    assert spec.exit_code == 0, spec.stderr
    options = run(
        "sweep", "--params", "paper.toml", "--set", "platform.revenue=0.6", "--regime", "none",
        "--vary", f"{SCALE}=0.3:0.9:3", "--vary", f"{HIGH}=0.5,0.6",
    )  # fmt: skip
    assert spec.stdout == options.stdout


def test_shards_merge_into_the_file_of_a_single_run(run, tmp_path):
    line = ("sweep", "--vary", f"{SCALE}=0.3:1:60", "--regime", "none", "--output")
    assert run(*line, "whole.csv").exit_code == 0
    for number in ("1/2", "2/2"):
        assert run(*line, "parts.csv", "--shard", number).exit_code == 0
    shards = ["parts.csv.shard-1-of-2", "parts.csv.shard-2-of-2"]
    missing = run("sweep", "merge", shards[0], "--output", "parts.csv")
    assert missing.exit_code == 2
    assert "of 60 rows are in none of these shards" in missing.stderr
    assert run("sweep", "merge", *shards, "--output", "parts.csv", "--plot", "parts.png").exit_code == 0
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert (tmp_path / "parts.png").exists()
    assert not (tmp_path / "parts.csv.journal").exists()
    other = (
        "sweep",
        "--vary",
        f"{SCALE}=0.3:1:61",
        "--regime",
        "none",
        "--output",
        "other.csv",
        "--shard",
        "1/2",
    )
    assert run(*other).exit_code == 0
    mixed = run("sweep", "merge", shards[0], "other.csv.shard-1-of-2", "--output", "mixed.csv")
    assert mixed.exit_code == 2
    assert "design.points: 60 there, 61 here" in mixed.stderr


def test_rows_that_are_not_certified_stay_are_summarized_and_make_exit_code_3(run, tmp_path, a_failing_row):
    done = run(*LINE, "--output", "out.csv")
    assert done.exit_code == 3
    assert "4 rows: 2 certified, 1 not, 1 failed" in done.stderr
    assert "1 deviation_found, 1 failed" in done.stderr
    assert f"where {SCALE} from 0.5 to 0.7; the first is row 2" in done.stderr
    rows = rows_of((tmp_path / "out.csv").read_text())
    assert [row["status"] for row in rows] == ["certified", "deviation_found", "failed", "certified"]
    assert float(rows[1]["profit"]) > 0
    assert {rows[2][name] for name in (*QUANTITIES, "direction")} == {""}
    assert run(*LINE, "--output", "out.jsonl").exit_code == 3
    failed = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[2])
    assert failed["profit"] is None and failed["direction"] is None


def test_retry_failed_solves_these_rows_again(run, tmp_path, a_failing_row, monkeypatch):
    first = run(*LINE, "--output", "out.csv")
    assert "--retry-failed" in first.stderr
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    done = run(*LINE, "--output", "out.csv", "--retry-failed")
    assert done.exit_code == 0
    assert "2 rows solved" in done.stderr
    assert not (tmp_path / "out.csv.journal").exists()
    assert run(*LINE, "--output", "fresh.csv").exit_code == 0
    again, fresh = (rows_of((tmp_path / name).read_text()) for name in ("out.csv", "fresh.csv"))
    for one, other in zip(again, fresh, strict=True):
        assert one["status"] == other["status"] == "certified"
        assert float(one["profit"]) == pytest.approx(float(other["profit"]), rel=1e-9)


def test_fail_fast_stops_at_the_first_such_row_and_keeps_the_rest(run, tmp_path, a_failing_row):
    done = run(*LINE, "--output", "out.csv", "--fail-fast")
    assert done.exit_code == 3
    assert f"row 2 ({SCALE} = 0.5, regime none): deviation_found" in done.stderr
    assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / "out.csv.journal").is_dir()


def test_a_shard_with_such_rows_exits_with_3_also_when_there_is_nothing_left_to_do(run, a_failing_row):
    shard = (*LINE, "--output", "out.csv", "--shard", "1/2")
    for line in (shard, (*shard, "--resume")):
        done = run(*line)
        assert done.exit_code == 3
        assert "4 rows: 2 certified, 1 not, 1 failed" in done.stderr
    assert run("sweep", "merge", "out.csv.shard-1-of-2", "--output", "out.csv").exit_code == 3


def test_a_dry_run_tells_rows_and_time_and_writes_nothing(run, tmp_path):
    done = run(*LINE, "--vary", f"{COST}=0:0.1:5", "--output", "out.csv", "--dry-run")
    assert done.exit_code == 0
    assert "rows      20" in done.stdout and "games     4" in done.stdout and "estimate" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_outputs_and_journals_are_not_overwritten_without_force(run, tmp_path):
    output = tmp_path / "out.csv"
    output.write_text("precious")
    for extra in ((), ("--resume",)):
        done = run(*LINE, "--output", "out.csv", *extra)
        assert (done.exit_code, output.read_text()) == (2, "precious")
        assert "out.csv: exists" in done.stderr and "--force" in done.stderr
    assert run(*LINE, "--output", "out.csv", "--force").exit_code == 0
    assert rows_of(output.read_text())[0][SCALE] == "0.3"


BAD_LINES = {
    "nothing varies": (),
    "did you mean users.transaction_cost.scale?": ("--vary", "users.transaction_cost.scael=0.1:1:3"),
    "finetuning.choice takes words: expected some of": ("--vary", "finetuning.choice=1,2"),
    f"{SCALE} = 0.0 is out of range: expected a number > 0": ("--vary", f"{SCALE}=0:1:3"),
    f"{SCALE} = 1:1:3: START and STOP are equal": ("--vary", f"{SCALE}=1:1:3"),
    f"{SCALE} = 1:2:0: COUNT must be at least 1": ("--vary", f"{SCALE}=1:2:0"),
    "a logarithmic axis lies above zero": ("--vary", f"{COST}=0:1:3:log"),
    "need equal lengths": ("--design", "zip", "--vary", f"{SCALE}=1,2", "--vary", f"{COST}=0.1,0.2,0.3"),
    f"{SCALE} varies twice": ("--vary", f"{SCALE}=1,2", "--vary", f"{SCALE}=3,4"),
    "out.xlsx: unknown extension: end the name in .csv or .jsonl or .parquet or .nc": (
        "--vary", f"{SCALE}=1,2", "--output", "out.xlsx",
    ),
    "out.gif: unknown extension: end the name in .png or .svg or .pdf": (
        "--vary", f"{SCALE}=1,2", "--plot", "out.gif",
    ),
    "needs the number of points": ("--design", "sobol", "--vary", f"{SCALE}=1:2"),
    "needs START:STOP:COUNT": ("--vary", f"{SCALE}=1:2"),
    "is unknown: did you mean forced?": ("--vary", f"{SCALE}=1,2", "--regime", "forcd"),
    "regime 'none' is named twice": ("--vary", f"{SCALE}=1,2", "--regime", "none", "--regime", "none"),
    "--plot: 3 keys vary": (
        "--vary", f"{SCALE}=1,2", "--vary", f"{COST}=0,1", "--vary", f"{HIGH}=0.5,0.6", "--plot", "p.png",
    ),
    "--jobs 0": ("--vary", f"{SCALE}=1,2", "--jobs", "0"),
    'shard "3": expected I/N': ("--vary", f"{SCALE}=1,2", "--shard", "3"),
    "shard 3/2": ("--vary", f"{SCALE}=1,2", "--output", "out.csv", "--shard", "3/2"),
    "need --output": ("--vary", f"{SCALE}=1,2", "--resume"),
    "--force starts afresh": ("--vary", f"{SCALE}=1,2", "--output", "out.csv", "--resume", "--force"),
    "--executor dask and --scheduler ADDRESS belong together": (
        "--vary", f"{SCALE}=1,2", "--executor", "dask",
    ),
    "nowhere/out.csv: cannot be written": ("--vary", f"{SCALE}=1,2", "--output", "nowhere/out.csv"),
    "game.toml: No such file": ("--params", "game.toml", "--vary", f"{SCALE}=1,2"),
    "--vary belong into": ("--spec", "s.toml", "--vary", f"{SCALE}=1,2"),
    "s.toml: No such file": ("--spec", "s.toml"),
}  # fmt: skip


@pytest.mark.parametrize("culprit", BAD_LINES)
def test_bad_input_is_named_exits_with_2_and_writes_nothing(run, tmp_path, culprit):
    done = run("sweep", *BAD_LINES[culprit])
    assert done.exit_code == 2
    assert culprit in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


BAD_SPECS = {
    "s.toml:2: unknown key varys: did you mean vary?": "\nvarys = 1\n",
    "missing table vary": 'design = "grid"\n',
    's.toml:2: seed = "x": expected a whole number': f'[vary]\nseed = "x"\n"{SCALE}" = [1]\n'.replace(
        '[vary]\nseed = "x"', 'design = "lhs"\nseed = "x"\n[vary]'
    ),
    f"s.toml:2: {SCALE} = 0.0 is out of range": f'[vary]\n"{SCALE}" = [0, 1]\n',
    f"s.toml:3: {COST} = [true]: expected numbers": f'[vary]\n"{SCALE}" = [1]\n"{COST}" = [true]\n',
    "unknown key a.b": '[vary]\n"a.b" = [1]\n',
    "unknown design 'gird'": f'design = "gird"\n[vary]\n"{SCALE}" = [1]\n',
    "s.toml:1:1: not valid TOML": "= 1\n",
}


@pytest.mark.parametrize("culprit", BAD_SPECS)
def test_what_is_wrong_with_a_spec_is_named_with_its_line(run, tmp_path, culprit):
    (tmp_path / "s.toml").write_text(BAD_SPECS[culprit])
    done = run("sweep", "--spec", "s.toml")
    assert done.exit_code == 2
    assert culprit in done.stderr


def test_a_missing_extra_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    done = run(*LINE, "--output", "out.parquet")
    assert done.exit_code == 2
    assert "pip install 'eqsolve[parquet]'" in done.stderr
    done = run(*LINE, "--executor", "dask", "--scheduler", "tcp://127.0.0.1:1")
    assert done.exit_code == 2
    assert "pip install 'eqsolve[distributed]'" in done.stderr


def test_a_scheduler_that_does_not_answer_is_bad_input(run, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("eqsolve.sweeps.cluster.CONNECT", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://nowhere"):
        done = run(*LINE, "--executor", "dask", "--scheduler", address)
        assert done.exit_code == 2
        assert f"{address}: no Dask scheduler answers there" in done.stderr


@pytest.mark.slow
def test_such_a_scheduler_is_given_up_within_ten_seconds(shell):
    pytest.importorskip("distributed")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        start = time.monotonic()
        done = shell(f"eqsolve sweep --vary {SCALE}=1,2 --executor dask --scheduler {address}")
    assert done.returncode == 2
    assert address in done.stderr and "Traceback" not in done.stderr
    assert time.monotonic() - start < 20


def test_figures_of_files_and_what_they_refuse(run, tmp_path):
    grid = ("sweep", "--vary", f"{SCALE}=0.3:0.9:3", "--vary", f"{COST}=0,0.1", "--regime", "none")
    assert run(*grid, "--output", "g.jsonl", "--plot", "g.svg").exit_code == 0
    assert (tmp_path / "g.svg").read_text().startswith("<?xml")
    for line in (("--z", "intensity"), ("--x", COST, "--y", "profit"), ("--y", COST, "--z", "status"), ()):
        assert run("plot", "g.jsonl", "--output", "h.png", *line).exit_code == 0
    assert (tmp_path / "h.png").read_bytes().startswith(b"\x89PNG")
    refused = {
        "x = profit: not a key": ("g.jsonl", "--x", "profit"),
        "did you mean profit?": ("g.jsonl", "--y", "proft"),
        "y = direction: words make no line": ("g.jsonl", "--y", "direction"),
        "other.csv: No such file": ("other.csv",),
        "g.txt: unknown extension": ("g.txt",),
        "bad.csv: not the table of a sweep": ("bad.csv",),
        "bad.nc: not the table of a sweep": ("bad.nc",),
        "bad.jsonl:1: not valid JSON": ("bad.jsonl",),
        "bad.parquet: not the table of a sweep": ("bad.parquet",),
    }
    for bad in ("bad.csv", "bad.nc", "bad.jsonl", "bad.parquet"):
        (tmp_path / bad).write_text("a,b\n1,2\n")
    for culprit, line in refused.items():
        done = run("plot", *line, "--output", "i.png")
        assert done.exit_code == 2, culprit
        assert culprit in done.stderr
    assert not (tmp_path / "i.png").exists()


def test_every_status_has_a_code():
    assert set(records.STATUSES) == set(Status)


def test_a_pipe_gets_the_table_only(shell):
    done = shell(f"eqsolve sweep --vary {SCALE}=0.4,0.5 --regime none | grep -vc ^#")
    assert done.stdout.strip() == "3"
