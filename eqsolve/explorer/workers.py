"""Processes that solve states for pages, and that can be told to stop.

A page stays quick while something is solved, and a game that takes long ends when nobody waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from os import cpu_count
from typing import Any

from eqsolve.explorer.picture import Picture, pictures_of
from eqsolve.explorer.state import State
from eqsolve.processes import context_of, live_with

MOST = max(2, cpu_count() or 1)
"""Processes that work at the same time; what is more waits."""

FAT = 2**25
"""Bytes by which a process may grow before it is replaced: the first game of usual size takes 14 MB."""

IDLE = 2
"""Processes that wait for what comes next, from the start on: they may grow by twice as much together."""


class Stopped(Exception):
    """Nobody waits for the result."""


class Job:
    """One state that is solved; `stop` ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._stopped = False

    def stop(self) -> None:
        """End the work: nobody waits for it."""
        with self._lock:
            self._stopped = True
            if self._worker:
                self._worker.kill()

    def run(self, worker: _Worker, state: State, early: Callable[[Picture], object]) -> Picture:
        """Have a process solve a state; raises Stopped if told to stop, and whatever the process met."""
        with self._lock:
            if self._stopped:
                raise Stopped
            self._worker = worker
        try:
            return worker.solve(state, early)
        except (EOFError, OSError):
            if self._stopped:
                raise Stopped from None
            raise RuntimeError("a process that solves games has ended by itself") from None
        finally:
            with self._lock:
                self._worker = None


class Workers:
    """Some processes that solve states, started when they are needed."""

    def __init__(self) -> None:
        self._context: Any = context_of("eqsolve.explorer.workers")
        self._slots, self._lock, self._closed = threading.Semaphore(MOST), threading.Lock(), False
        self._idle = [_Worker(self._context) for _ in range(IDLE)]
        self._threads = ThreadPoolExecutor(4 * MOST, thread_name_prefix="eqsolve-explorer")

    def solve(
        self, state: State, then: Callable[[Future[Picture]], object], early: Callable[[Picture], object]
    ) -> Job:
        """Solve a state; a thread calls `then` with the result, and `early` with what is there before."""
        job = Job()
        self._threads.submit(self._work, job, state, early).add_done_callback(then)
        return job

    def _work(self, job: Job, state: State, early: Callable[[Picture], object]) -> Picture:
        with self._slots:
            with self._lock:
                waiting = self._idle.pop() if self._idle else None
            worker = waiting or _Worker(self._context)
            try:
                return job.run(worker, state, early)
            finally:
                with self._lock:
                    room = not self._closed and len(self._idle) < IDLE
                    kept = worker.fit and room
                    if room:
                        self._idle.append(worker if kept else _Worker(self._context))
                if not kept:
                    worker.kill()

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            self._closed = True
            for worker in self._idle:
                worker.kill()
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Worker:
    """A process that solves one state after the other."""

    def __init__(self, context: Any) -> None:
        self._line, theirs = context.Pipe()
        lifeline, self._hold = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(theirs, lifeline), daemon=True)
        self._process.start()
        theirs.close()
        lifeline.close()
        self.fit = True

    def solve(self, state: State, early: Callable[[Picture], object]) -> Picture:
        """The picture of a state; raises what the process met, EOFError or OSError if it has ended."""
        self.fit = False
        self._line.send(state)
        while True:
            found, fat = self._line.recv()
            if isinstance(found, Picture) and not found.compared:
                early(found)
                continue
            self.fit = not fat
            if isinstance(found, Exception):
                raise found
            assert isinstance(found, Picture)
            return found

    def kill(self) -> None:
        """End it at once."""
        self.fit = False
        self._hold.close()
        self._process.kill()


def _serve(line: Connection, lifeline: Connection) -> None:
    live_with(lifeline)
    start = _memory()
    while True:
        try:
            state = line.recv()
        except EOFError:
            return
        try:
            for picture in pictures_of(state):
                line.send((picture, _memory() - start > FAT))
        except Exception as error:
            line.send((error, _memory() - start > FAT))


def _memory() -> int:
    """The most memory that this process has had, in bytes; 0 where the system does not tell."""
    try:
        import resource
        import sys
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
