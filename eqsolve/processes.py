"""Processes that work for this one: how they start, and that they end with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, context, forkserver
from typing import Any


def context_of(module: str) -> context.BaseContext:
    """How processes are started: by a server that has imported a module already, or each by itself.

    The server listens at a file in the temporary folder, whose name must be short (108 characters on Linux),
    on a file system that has such files.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        found = multiprocessing.get_context("forkserver")
        found.set_forkserver_preload([module])
        try:
            with _safe_path():
                forkserver.ensure_running()
            return found
        except OSError:
            pass
    return multiprocessing.get_context("spawn")


@contextmanager
def _safe_path() -> Iterator[None]:
    """Keep processes that start meanwhile from importing what lies in the working directory by chance."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


PATIENCE = 5.0
"""Seconds that a process without work has, once it is let go, to hand over its last result: it may also wait
for work that never comes."""

_guard = threading.Lock()
_working = _parted = False


def work(function: Callable[..., Any], *task: Any) -> Any:
    """Call a function in a process that lives with another one, which then may end it at any time.

    Before and after it does not end: what it receives and hands over would be cut off in the middle, and who
    reads it would wait for the rest.
    """
    _at_work(True)
    try:
        return function(*task)
    finally:
        _at_work(False)


def _at_work(now: bool) -> None:
    global _working
    with _guard:
        if _parted:
            os._exit(1)
        _working = now


def live_with(lifeline: connection.Connection) -> None:
    """Leave Ctrl-C to the parent; end with it, or when it lets go of its end of the line (see `work`)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        global _parted
        connection.wait([lifeline])
        with _guard:
            _parted = True
            if _working:
                os._exit(1)
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join(PATIENCE)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
