"""Progress on stderr: a bar on a terminal for what takes longer than a second, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from time import monotonic
from typing import Any

from . import talk

PATIENCE = 1.0
"""Seconds without a bar: short work needs none."""

WIDE = 80
"""Columns that a bar with its rate and its note takes."""

Report = Callable[..., None]
"""report(done, total, note=""): how far the work is, and words to show beside the bar."""


@contextmanager
def progress(what: str, unit: str = "rows") -> Iterator[Report]:
    """Give the work a function that reports how far it is; `what` names the work.

    The bar shows the share done, the time left and, where there is room, the rate and the last note.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    bar = Progress(*bar_columns(console.width), console=console, transient=True)
    start, task = monotonic(), bar.add_task(what, total=None, rate="", note="")

    def report(done: float, total: float | None = None, note: str = "") -> None:
        rate = f"{done / max(monotonic() - start, 1e-9):,.0f} {unit}/s" if done else ""
        # A bar forgets its speed where its total changes, and an estimated one does.
        share = min(done / total, 1.0) if total else 0.0
        bar.update(task, completed=share, total=1.0 if total else None, note=note, rate=rate)

    with _patiently(bar):
        yield report


def bar_columns(width: int) -> list[Any]:
    """What a bar shows in a terminal of `width` columns: all, or what has room whole."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns: list[Any] = [TextColumn("{task.description}"), TaskProgressColumn(), TimeRemainingColumn()]
    if width >= WIDE:
        columns.insert(1, BarColumn())
        columns.insert(3, TextColumn("{task.fields[rate]}"))
        columns.append(TextColumn("{task.fields[note]}"))
    return columns


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show that work goes on which cannot tell how far it is, and what it is doing."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from eqsolve.telling import listening

    columns: list[Any] = [SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()]
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(what)

    def say(words: str) -> None:
        bar.update(task, description=f"{what}: {words}")

    with _patiently(bar), listening(say):
        yield


@contextmanager
def _patiently(bar: Any) -> Iterator[None]:
    """Show a bar on a terminal, by itself, once the work has taken long."""
    timer = Timer(PATIENCE, bar.start)
    timer.daemon = True
    if sys.stderr.isatty() and talk.volume() > talk.Volume.QUIET:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if timer.is_alive():
            timer.join()
        if bar.live.is_started:
            bar.stop()
