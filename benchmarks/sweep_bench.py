"""How fast sweeps are: the phase diagram on one and two processes, long designs, memory, and Dask."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.naive import SCRIPTS, Game
from eqsolve import Params
from eqsolve.sweeps.axes import Axis, Range
from eqsolve.sweeps.design import make_design
from eqsolve.sweeps.engine import executor_of
from eqsolve.sweeps.files import open_journal, publish
from eqsolve.sweeps.journal import Journal
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.work import Engine, complete, solve_all

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"
PHASE, QUICK_PHASE = 100, 24
POINTS, QUICK_POINTS = 2048, 256
LENGTHS, QUICK_LENGTHS = (1024, 8192), (256,)
GRIDS, QUICK_GRIDS = (10_000, 100_000), ()
LONG_LENGTHS, LONG_GRIDS = (131_072,), (1_000_000,)
"""With --long, which takes half an hour."""


def main(*, quick=False, long=False):
    phase_diagram(QUICK_PHASE if quick else PHASE, naive=2 if quick else 8)
    points = QUICK_POINTS if quick else POINTS
    engines(f"sobol        {points:,} points", sobol_question(points))
    for rows in (QUICK_LENGTHS if quick else LENGTHS) + (LONG_LENGTHS if long else ()):
        in_own_process("sobol", rows)
    for rows in (QUICK_GRIDS if quick else GRIDS) + (LONG_GRIDS if long else ()):
        in_own_process("grid", rows)


def phase_question(side):
    """A grid over the transaction cost and the fixed cost of `paper`."""
    axes = [
        Axis(SCALE, tuple(np.linspace(0.05, 1.0, side).tolist())),
        Axis(COST, tuple(np.linspace(0.0, 0.15, side).tolist())),
    ]
    return Question(make_design(Params(), axes))


def phase_diagram(side, naive):
    question = phase_question(side)
    rate = engines(f"phase        {side} x {side}", question)
    chosen = np.linspace(0, len(question) - 1, naive).astype(int)
    tables = [game.model_dump(mode="json") for game in question.design.games(chosen)]
    name, settings = list(SCRIPTS.items())[-1]
    start = perf_counter()
    for table in tables:
        Game(table, **settings).solve()
    each = (perf_counter() - start) / naive
    print(f"             the script naive.py, {name}: {1e3 * each:.1f} ms a game; ratio {each * rate:.0f}\n")


def engines(name, question):
    """Rows per second in this process, in two processes and on Dask; returns the first."""
    rates = {}
    for jobs in (1, 2):
        with executor_of(jobs) as executor:
            solve_all(phase_question(PHASE), Engine(executor, jobs))  # every process imports what it needs
            start = perf_counter()
            rows = solve_all(question, Engine(executor, jobs))
        rates[jobs] = len(question) / (perf_counter() - start)
        certified = (rows["status"] == 0).sum()
        print(f"{name}, --jobs {jobs}: {rates[jobs]:.0f} rows/s, {certified} certified")
    print(f"             parallel efficiency on two processes: {rates[2] / rates[1] / 2:.2f}")
    with_dask(question, rates[2])
    return rates[1]


def with_dask(question, processes):
    """The same with a Dask cluster of two workers on this machine."""
    try:
        import dask
        from distributed import LocalCluster
    except ImportError:
        print("             Dask: distributed is not installed")
        return
    from eqsolve.sweeps.cluster import dask_engine

    settings = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    keep = {"MALLOC_TRIM_THRESHOLD_": 2**30, "MALLOC_MMAP_THRESHOLD_": 2**30}  # see docs/sweep.md
    dask.config.set({f"distributed.nanny.pre-spawn-environ.{name}": size for name, size in keep.items()})
    with LocalCluster(**settings) as cluster, dask_engine(cluster.scheduler_address) as engine:
        solve_all(question, engine)  # both workers import what they need
        start = perf_counter()
        solve_all(question, engine)
        rate = len(question) / (perf_counter() - start)
    print(f"             Dask, two workers: {rate:.0f} rows/s, {rate / processes:.2f} of the processes' rate")


def in_own_process(design, rows):
    """Solve a long design to a CSV file, in a process of its own, for its memory."""
    command = [sys.executable, "-m", "benchmarks.sweep_bench", design, str(rows)]
    subprocess.run(command, cwd=Path(__file__).parents[1], check=True)


def sobol_question(rows):
    """Points that differ in more than F."""
    ranges = [
        Range(SCALE, 0.2, 1.0),
        Range("platform.revenue", 0.3, 1.0),
        Range("users.misfit_cost", 0.2, 0.8),
    ]
    return Question(make_design(Params(), ranges, kind="sobol", points=rows))


def measure(design, rows):
    question = sobol_question(rows) if design == "sobol" else phase_question(round(rows**0.5))
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "out.csv"
        start = perf_counter()
        journal = open_journal(question, output, Journal.beside(output), resume=False, force=False)
        complete(journal, Engine())
        solved = perf_counter() - start
        publish(journal, output)
        written = perf_counter() - start - solved
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    solving, writing = (1e3 * each / len(question) for each in (solved, written))
    print(
        f"long         {design} of {len(question):,} rows: {solving:.2f} ms a row, "
        f"writing {writing:.3f} ms a row, peak memory {peak:.0f} MB"
    )


if __name__ == "__main__":
    measure(sys.argv[1], int(sys.argv[2]))
