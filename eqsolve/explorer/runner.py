"""Solving for a page: the newest state that was asked for, and one at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from time import monotonic
from typing import TYPE_CHECKING

from eqsolve.explorer.picture import Picture, picture_of
from eqsolve.explorer.state import State

if TYPE_CHECKING:
    from eqsolve.explorer.workers import Job, Workers

logger = logging.getLogger("eqsolve.explorer")

PATIENCE = 1.0
"""Seconds that work may take after which it is broken off if something else is asked for: less, and a slider
under way would show nothing before it rests."""

Later = Callable[[Callable[[], object]], object]
"""Schedules a call in the thread of a page."""


class Runner:
    """Solves states and shows them.

    Args:
        show: called with each picture, and before with what is drawn, where the rest takes longer.
        fail: called with each error that is no result of a game.
        workers: solve beside the page; None where all is done at once, as in a notebook.
        later: schedules a call in the thread of the page, where there are workers.
    """

    def __init__(
        self,
        show: Callable[[Picture], None],
        fail: Callable[[Exception], None],
        workers: Workers | None = None,
        later: Later = lambda call: call(),
    ) -> None:
        self._show, self._fail, self._workers, self._later = show, fail, workers, later
        self._job: Job | None = None
        self._solved: State | None = None
        self._since = 0.0
        self._wanted: State | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being solved."""
        return self._job is not None

    def ask(self, state: State) -> None:
        """Solve a state and show it, unless another is asked for before; one that is shown stays."""
        if self._job is None and state == self._solved:
            return
        if self._workers is None:
            done: Future[Picture] = Future()
            try:
                done.set_result(picture_of(state))
            except Exception as error:
                done.set_exception(error)
            self._finish(done)
        elif self._job is None:
            self._since = monotonic()
            self._job = self._workers.solve(
                state,
                lambda done: self._later(lambda: self._finish(done)),
                lambda early: self._later(lambda: self._show(early)),
            )
        else:
            self._wanted = state
            if monotonic() - self._since > PATIENCE:
                self._job.stop()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._wanted = None
        if self._job:
            self._job.stop()

    def _finish(self, done: Future[Picture]) -> None:
        from eqsolve.explorer.workers import Stopped

        self._job = None
        wanted, self._wanted = self._wanted, None
        error = None if done.cancelled() else done.exception()
        if error is None and not done.cancelled():
            self._solved = done.result().state
        if wanted is not None:
            self.ask(wanted)
        if error is None and not done.cancelled():
            self._show(done.result())
        elif not (done.cancelled() or isinstance(error, Stopped | CancelledError)):
            logger.error("a game was not solved", exc_info=error)
            self._fail(error if isinstance(error, Exception) else RuntimeError(repr(error)))
