"""Processes that work for this one: how they start, and that they end with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing import connection, context, forkserver


def context_of(module: str) -> context.BaseContext:
    """How processes are started: by a server that has imported a module already, or each by itself.

    The server listens at a file in the temporary folder, whose name must be short (108 characters on Linux),
    on a file system that has such files.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        found = multiprocessing.get_context("forkserver")
        found.set_forkserver_preload([module])
        try:
            forkserver.ensure_running()
            return found
        except OSError:
            pass
    return multiprocessing.get_context("spawn")


def live_with(lifeline: connection.Connection) -> None:
    """Leave Ctrl-C to the parent, and end when the parent lets go of its end of the line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        connection.wait([lifeline])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
