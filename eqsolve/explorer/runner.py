"""Solving beside the page: the newest state that was asked for, and never more than one at a time for a page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from typing import Generic, TypeVar

from eqsolve.explorer.picture import Picture, picture_of
from eqsolve.explorer.state import State

T = TypeVar("T")

logger = logging.getLogger("eqsolve.explorer")

WORKERS = max(2, cpu_count() or 1)
"""Games that are solved at the same time, so that one that takes long keeps nobody else waiting."""

POOL = ThreadPoolExecutor(WORKERS, thread_name_prefix="eqsolve-explorer")


class Newest(Generic[T]):
    """Of what is asked for while something is under way, keeps the last.

    All calls come from one thread.
    """

    def __init__(self, start: Callable[[T], None]) -> None:
        self._start = start
        self._wanted: T | None = None
        self.busy = False

    def ask(self, wanted: T) -> None:
        """Start, or wait for what is under way."""
        if self.busy:
            self._wanted = wanted
        else:
            self.busy = True
            self._start(wanted)

    def done(self) -> None:
        """What was under way is finished; start what was asked for last."""
        wanted, self._wanted, self.busy = self._wanted, None, False
        if wanted is not None:
            self.ask(wanted)


class Runner:
    """Solves states and shows them.

    Args:
        show: called with each picture.
        fail: called with each error that is no result of a game.
        later: schedules a call in the thread of the page; None where all is done in it, as in a notebook.
    """

    def __init__(
        self,
        show: Callable[[Picture], None],
        fail: Callable[[Exception], None],
        later: Callable[[Callable[[], None]], None] | None,
    ) -> None:
        self._show, self._fail, self._later = show, fail, later
        self._queue: Newest[State] = Newest(self._start)

    @property
    def busy(self) -> bool:
        """Whether something is being solved."""
        return self._queue.busy

    def ask(self, state: State) -> None:
        """Solve a state and show it, unless another is asked for before."""
        self._queue.ask(state)

    def _start(self, state: State) -> None:
        if self._later is None:
            done: Future[Picture] = Future()
            try:
                done.set_result(picture_of(state))
            except Exception as error:
                done.set_exception(error)
            self._finish(done)
            return
        later = self._later
        POOL.submit(picture_of, state).add_done_callback(lambda done: later(lambda: self._finish(done)))

    def _finish(self, done: Future[Picture]) -> None:
        self._queue.done()
        if error := done.exception():
            logger.error("a game was not solved", exc_info=error)
            self._fail(error if isinstance(error, Exception) else RuntimeError(repr(error)))
        else:
            self._show(done.result())
