"""Engines: chunks of games solved here, in processes of this machine, or by any other executor.

Chunks depend on the games alone, never on the engine or the number of jobs, so that neither do the results.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.equilibrium import solve_many
from eqsolve.errors import InputError
from eqsolve.params import Params
from eqsolve.processes import context_of, live_with, work
from eqsolve.regimes import RegimeName
from eqsolve.selections import SelectionName

Index = NDArray[np.intp]
Table = dict[str, NDArray[Any]]
"""Flat columns by name, as `Equilibria.table` gives them."""

CHUNK = 256
"""Sets of games with the same participation primitives in a chunk: a batch then costs least per set."""

SMALL_CHUNK = 24
"""The fewest games in a chunk of a small sweep, in which several chunks keep several cores busy."""

CHUNK_ROWS = 16384
"""The most rows in a chunk, so that a chunk takes little memory and is soon done."""

QUEUE = 4
"""Chunks in flight for each worker."""

LOST = "a worker process died: it was killed, or memory is short"
UNGUARDED = (
    "a worker process died at the start: the script starts processes when it is imported: put its work under "
    '`if __name__ == "__main__":`'
)
GUARD = re.compile(r"""__name__\s*==\s*["']__main__["']|["']__main__["']\s*==\s*__name__""")
"""What keeps a script from starting its work when worker processes import it."""


class WorkerLost(Exception):
    """A worker process died; what it had in hand is lost, and nothing else."""


def solve_games(games: Sequence[Params], regime: RegimeName, selection: SelectionName) -> Table:
    """Solve the games of one chunk; the flat columns of `Equilibria.table`."""
    return solve_many(games, regime=regime, selection=selection).table()


def plan_chunks(likes: Index) -> list[Index]:
    """Return the rows of each chunk, given the number of each row's set (`eqsolve.game.batches.sets_of`).

    A set stays in one chunk, its rows next to each other: they share their participation curves.
    """
    if likes.size == 0:
        return []
    order = np.argsort(likes, kind="stable")
    sets = int(likes.max()) + 1
    size = min(CHUNK, max(SMALL_CHUNK, -(-sets // 4)))
    chunk_of = likes[order] // size
    chunks = np.split(order, np.flatnonzero(np.diff(chunk_of)) + 1)
    return [chunk[i : i + CHUNK_ROWS] for chunk in chunks for i in range(0, chunk.size, CHUNK_ROWS)]


def run(
    function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], executor: Executor | None, workers: int
) -> Iterator[tuple[int, Any]]:
    """Yield (number of the task, result) as tasks finish; without an executor, here and in order.

    Tasks are taken one by one, a few ahead of the workers, so that a long list of them takes no memory.

    Raises:
        WorkerLost: if a worker process dies.
    """
    if executor is None:
        for number, task in enumerate(tasks):
            yield number, function(*task)
        return
    waiting: dict[Future[Any], int] = {}
    for number, task in enumerate(tasks):
        waiting[executor.submit(work, function, *task)] = number
        if len(waiting) >= QUEUE * workers:
            yield from _finished(waiting)
    while waiting:
        yield from _finished(waiting)


def _finished(waiting: dict[Future[Any], int]) -> Iterator[tuple[int, Any]]:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in sorted(done, key=waiting.__getitem__):
        try:
            yield waiting.pop(future), future.result()
        except BrokenProcessPool as error:
            raise WorkerLost(LOST if _guarded() else UNGUARDED) from error


def _guarded() -> bool:
    """Whether worker processes can import the script that runs, as far as its text tells."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    try:
        return not file or bool(GUARD.search(Path(file).read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return True


@contextmanager
def executor_of(jobs: int) -> Iterator[Executor | None]:
    """Give `jobs` processes with one BLAS thread each; None for one job, which needs no other process.

    The processes end when this one does, however it ends, and at once if the work is broken off.

    Raises:
        InputError: jobs < 1.
    """
    if jobs < 1:
        raise InputError(f"jobs = {jobs}: expected at least 1")
    if jobs == 1:
        yield None
        return
    context = context_of(__name__)
    lifeline, hold = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, context, initializer=live_with, initargs=(lifeline,))
    try:
        yield pool
    except BaseException:
        hold.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        hold.close()
        lifeline.close()
