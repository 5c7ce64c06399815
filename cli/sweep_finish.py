"""How a sweep ends: its rows in a file or on stdout, words on how it went, its figure."""

from __future__ import annotations

import gc
import io
import traceback
from pathlib import Path
from typing import Any

import typer

from eqsolve.files import is_stream
from eqsolve.sweeps.files import close, publish
from eqsolve.sweeps.journal import Journal
from eqsolve.sweeps.summary import Summary, summarize
from eqsolve.sweeps.table import SweepTable
from eqsolve.sweeps.work import gather
from eqsolve.sweeps.writers import print_csv

from . import talk
from .drawing import LabeledFigure
from .labels import read_labels
from .streams import binary

AGAIN = "the same command with --retry-failed solves these rows again"


def finish(
    journal: Journal, output: Path | None, figure: LabeledFigure, solved: str = "", again: str = AGAIN
) -> None:
    """Write the table of a complete journal, say how the sweep went, and draw it; exits as `Run.execute`.

    A journal with rows that are not certified stays, for --retry-failed; others are removed, whatever becomes
    of the figure. `again` says how such rows are solved again.
    """
    table, summary = _write(journal, output)
    talk.note(_closing_line(summary, solved))
    kept = output is not None and not is_stream(output)
    if not summary.certified:
        _warn(summary, f"{journal.folder} is kept: {again}" if kept else "")
    try:
        _draw(table, figure)
    except Exception as error:
        traceback.clear_frames(error.__traceback__)
        raise
    finally:
        del table
        gc.collect()  # figures refer to themselves, and on NFS rows that are in use could not be removed
        if summary.certified:
            close(journal)
        else:
            journal.tidy()
    if not summary.certified:
        raise typer.Exit(3)


def _draw(table: SweepTable, figure: LabeledFigure) -> None:
    def make() -> Any:
        from eqsolve.sweeps.figures import sweep_figure

        return sweep_figure(table)

    figure.draw(make, table.question.provenance, read_labels(figure.label))


def _write(journal: Journal, output: Path | None) -> tuple[SweepTable, Summary]:
    """Write the rows, or print them; the table and how it went."""
    if output:
        table, summary = publish(journal, output)
        talk.note(f"wrote {output}")
        return table, summary
    table = gather(journal)
    with binary() as stdout:
        file = io.TextIOWrapper(stdout, "utf-8", newline="")
        print_csv(table, file)
        file.detach()
    return table, summarize(table)


def _closing_line(summary: Summary, solved: str) -> str:
    line = f"{summary.counts.rows:,} rows: {summary.counts.note}"
    return f"{line}; {solved}" if solved else line


def _warn(summary: Summary, hint: str) -> None:
    found = ", ".join(f"{count:,} {status}" for status, count in summary.statuses.items())
    talk.warn(f"not certified: {found}\n         where {summary.where}")
    if hint:
        talk.hint(hint)
