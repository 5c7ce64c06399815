"""Engines: the same rows whatever the engine, and chunks that keep together what shares its work."""

import os
import subprocess
import sys

import numpy as np
import pytest

from eqsolve import InputError, Params, solve_many
from eqsolve.game.batches import sets_of
from eqsolve.sweeps.design import Axis, make_design
from eqsolve.sweeps.engine import (
    CHUNK,
    CHUNK_ROWS,
    SMALL_CHUNK,
    WorkerLost,
    executor_of,
    plan_chunks,
    run,
    solve_games,
)

SCALE, COST = "users.transaction_cost.scale", "finetuning.cost"


@pytest.fixture(scope="module")
def games():
    axes = [Axis(COST, (0.0, 0.05)), Axis(SCALE, tuple(np.linspace(0.3, 1.0, SMALL_CHUNK + 3).tolist()))]
    return make_design(Params(), axes).games()


def equal(a, b):
    """Same names, types and values to the last bit."""
    return a.keys() == b.keys() and all(
        a[name].dtype == b[name].dtype and list(map(repr, a[name])) == list(map(repr, b[name])) for name in a
    )


def test_rows_are_those_of_solve_many_and_the_same_in_processes(games):
    chunks = plan_chunks(sets_of(games))
    assert sum(chunk.size for chunk in chunks) == len(games) and len(chunks) > 1
    found = []
    for jobs in (1, 2):
        tasks = (([games[i] for i in rows], "endogenous", "initial") for rows in chunks)
        with executor_of(jobs) as executor:
            found.append(dict(run(solve_games, tasks, executor, jobs)))
    here, there = found
    assert here.keys() == there.keys() and all(equal(here[number], there[number]) for number in here)
    alone = solve_many([games[i] for i in chunks[0][:3]], regime="endogenous").table()
    for name in ("profit", "intensity", "participation.low"):
        assert here[0][name][:3] == pytest.approx(alone[name], rel=1e-9)
    assert set(here[0]["status"]) == {"certified"}


def test_chunks_hold_every_row_once_and_games_that_differ_in_the_fixed_cost_together():
    likes = np.random.default_rng(0).permutation(np.repeat(np.arange(1000), 3))
    chunks = plan_chunks(likes)
    assert np.array_equal(np.sort(np.concatenate(chunks)), np.arange(3000))
    assert [np.unique(likes[chunk]).size for chunk in chunks] == [250] * 4
    for chunk in chunks:
        assert np.all(np.diff(likes[chunk]) >= 0)
    assert max(c.size for c in plan_chunks(np.arange(5000))) == CHUNK
    assert [c.size for c in plan_chunks(np.arange(30))] == [SMALL_CHUNK, 30 - SMALL_CHUNK]
    assert [c.size for c in plan_chunks(np.zeros(CHUNK_ROWS + 5, dtype=int))] == [CHUNK_ROWS, 5]
    assert plan_chunks(np.zeros(0, dtype=int)) == []


def test_a_worker_that_dies_is_told():
    with executor_of(2) as executor, pytest.raises(WorkerLost, match="a worker process died"):
        list(run(os._exit, [(1,)], executor, 2))


BREAK_OFF = """
import _thread, signal, threading
from eqsolve.sweeps.engine import executor_of, run
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell runs in the background
    try:
        with executor_of(2) as executor:
            for number, _ in run(bytes, ((3 * 10**6,) for _ in range(10**6)), executor, 2):
                if number == 2:
                    threading.Timer(0.3, _thread.interrupt_main).start()
    except KeyboardInterrupt:
        print("stopped")
"""


def test_work_is_broken_off_while_results_are_handed_over(tmp_path):
    """Most of the time goes into handing over megabytes: a worker that ended there left the sweep hanging."""
    script = tmp_path / "script.py"
    script.write_text(BREAK_OFF)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "stopped\n"


def test_bad_numbers_of_jobs_are_refused():
    with pytest.raises(InputError, match="jobs = 0"), executor_of(0):
        pass
