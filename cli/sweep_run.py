"""What `eqsolve sweep` does: read the question, work, say how it went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, cast

import typer

from eqsolve.errors import InputError
from eqsolve.files import is_stream
from eqsolve.sweeps.axes import parse_axis
from eqsolve.sweeps.cluster import dask_engine
from eqsolve.sweeps.design import make_design
from eqsolve.sweeps.engine import WorkerLost, executor_of
from eqsolve.sweeps.files import check_output, close, open_journal, shard_folder
from eqsolve.sweeps.journal import WHOLE, Journal, Shard
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.spec import read_spec
from eqsolve.sweeps.summary import Counts
from eqsolve.sweeps.work import Engine, NotCertified, complete, count, estimate

from . import streams, talk
from .drawing import LabeledFigure
from .grammar import is_given
from .options import Game, read_fixed
from .progress import progress
from .sweep_finish import finish
from .sweep_options import Outputs, Play, Points, Work

THE_QUESTION = (
    "file", "params", "overrides", "policy", "vary", "design", "points", "seed", "regime", "selection", "fix",
)  # fmt: skip


def ask(context: typer.Context, game: Game, points: Points, play: Play) -> Question:
    """The question of the command line, or of the spec; raises InputError with all that is wrong in it."""
    if points.spec:
        given = [name for name in THE_QUESTION if is_given(context, name)]
        if given:
            names = ", ".join({"overrides": "--set", "file": "FILE"}.get(name, f"--{name}") for name in given)
            raise InputError(f"--spec says the whole sweep: {names} belong into {points.spec}")
        with talk.advice():
            return read_spec(points.spec)
    axes: list[Any] = []
    problems: list[Any] = []
    for text in points.vary or []:
        try:
            axes.append(parse_axis(text))
        except InputError as error:
            problems += error.problems
    if not points.vary:
        problems += InputError(
            "nothing varies: expected --vary KEY=START:STOP:COUNT, or --spec FILE"
        ).problems
    if problems:
        raise InputError(*problems)
    base, fixed = game.read(), read_fixed(play.fix)
    with talk.advice():
        laid_out = make_design(base, axes, kind=points.design, points=points.points, seed=points.seed)
    return Question(laid_out, cast(Any, tuple(play.regime or ("endogenous",))), play.selection, fixed)


def read_shard(text: str | None) -> Shard:
    """The shard that `--shard I/N` names."""
    if text is None:
        return WHOLE
    shard = Shard.parse(text)
    if shard is None:
        raise InputError(f'--shard "{text}": expected I/N, as in 1/4')
    return shard


def print_estimate(question: Question, jobs: int) -> None:
    """Say how many rows there are, and how long they will take."""
    from .grids import Grid, fit, put, terminal

    found, regimes = estimate(question, jobs), len(question.regimes)
    console, width = terminal()
    under = f"{regimes} regime{'s' if regimes > 1 else ''}"
    rows = [
        ("rows", f"{found.rows:,} ({len(question.design):,} points, {under})"),
        ("games", f"{found.games:,} (those that differ only in what the platform earns and pays: once)"),
        ("chunks", f"{found.chunks:,}"),
        ("estimate", f"{_duration(found.seconds)} with --jobs {jobs}"),
    ]
    put(console, fit(Grid("ll", rows), width))


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{max(seconds, 1):.0f} s"
    minutes, hours = seconds / 60, seconds / 3600
    return f"{minutes:.0f} min" if minutes < 120 else f"{hours:.1f} h"


@dataclass(frozen=True)
class Run:
    """How to compute a sweep and where it goes."""

    to: Outputs
    work: Work
    shard: Shard
    figure: LabeledFigure = field(default_factory=LabeledFigure)

    def check(self, question: Question) -> None:
        """Raise InputError with all options that do not go together, or files that cannot be written."""
        wrong = []
        if not self.kept and (self.shard != WHOLE or self.work.resume or self.work.retry_failed):
            wrong.append("--shard, --resume and --retry-failed need --output FILE: rows are kept beside it")
        if self.shard != WHOLE and self.figure.plot:
            wrong.append("--plot: a shard is only a part: eqsolve sweep merge draws the whole")
        if self.to.force and (self.work.resume or self.work.retry_failed):
            wrong.append("--force starts afresh, --resume and --retry-failed continue: choose one")
        if self.work.jobs < 1:
            wrong.append(f"--jobs {self.work.jobs}: expected at least 1")
        if bool(self.work.scheduler) != (self.work.executor == "dask"):
            wrong.append("--executor dask and --scheduler ADDRESS belong together")
        varying = sum(len(set(column)) > 1 for column in question.design.points.T.tolist())
        if self.figure.plot and varying > 2:
            wrong.append(f"--plot: {varying} keys vary: a figure shows two")
        if wrong:
            raise InputError(*wrong)
        if self.to.output:
            check_output(self.to.output)
        self.figure.check()

    @property
    def kept(self) -> bool:
        """Whether rows are kept: beside a file, not beside a pipe, a device or stdout."""
        return self.to.output is not None and not is_stream(self.to.output)

    def execute(self, question: Question) -> None:
        """Compute the rows, write them, and say how it went; exits with 3 if a row is not certified."""
        start = monotonic()
        with talk.advice():
            opened = self._journal(question)
        with opened as journal, journal.lock():
            try:
                solved = self._work(journal)
                self._finish(journal, solved, monotonic() - start)
            except KeyboardInterrupt:
                talk.note(f"interrupted: {self._told_kept(journal)}")
                raise typer.Exit(streams.INTERRUPTED) from None
            except BrokenPipeError:
                raise
            except (OSError, WorkerLost) as error:
                talk.complain(f"{_reason(error)}; {self._told_kept(journal)}")
                raise typer.Exit(2) from None
            except NotCertified as found:
                talk.complain(f"not certified: {found}; {self._told_kept(journal)}")
                raise typer.Exit(3) from None

    def _finish(self, journal: Journal, solved: Counts, seconds: float) -> None:
        rate = f"{solved.rows:,} rows solved in {seconds:.1f} s"
        if self.shard == WHOLE:
            finish(journal, self.to.output, self.figure, rate)
            return
        counts = count(journal)
        talk.note(f"{counts.rows:,} rows: {counts.note}; {rate}")
        talk.note(f"kept shard {self.shard.number} of {self.shard.count} in {journal.folder}")
        if counts.certified < counts.rows:
            raise typer.Exit(3)

    def _journal(self, question: Question) -> AbstractContextManager[Journal]:
        if self.to.output is None or not self.kept:
            return _passing_journal(question)
        whole = self.shard == WHOLE
        folder = Journal.beside(self.to.output) if whole else shard_folder(self.to.output, self.shard)
        go_on = self.work.resume or self.work.retry_failed
        journal = open_journal(
            question, self.to.output, folder, resume=go_on, force=self.to.force, shard=self.shard
        )
        return nullcontext(journal)

    def _work(self, journal: Journal) -> Counts:
        with self._engine() as engine, progress("solving") as report:
            return complete(
                journal, engine, report=report, fail_fast=self.work.fail_fast, retry=self.work.retry_failed
            )

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        if self.work.scheduler:
            with dask_engine(self.work.scheduler) as engine:
                yield engine
        else:
            with executor_of(self.work.jobs) as executor:
                yield Engine(executor, self.work.jobs)

    def _told_kept(self, journal: Journal) -> str:
        """What is kept, and how to go on, in words."""
        if not self.kept:
            return "nothing is kept without --output FILE"
        sizes = {chunk.number: chunk.points.size for chunk in journal.question.chunks}
        rows = sum(sizes[number] for number in journal.done() if number in sizes)
        if not rows:
            close(journal)
            return "no row was finished"
        option = "--resume in place of --force" if self.to.force else "--resume"
        return (
            f"{rows:,} of {len(journal.question):,} rows are kept in {journal.folder}: "
            f"the same command with {option} continues"
        )


@contextmanager
def _passing_journal(question: Question) -> Iterator[Journal]:
    with TemporaryDirectory(prefix="eqsolve-", ignore_cleanup_errors=True) as folder:
        yield Journal.create(Path(folder) / "journal", question)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror or error)
    return str(error)
