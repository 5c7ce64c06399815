"""The work of a sweep: solve the chunks that are not done, and keep each as it finishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from eqsolve.sweeps.engine import Index, run
from eqsolve.sweeps.journal import Journal
from eqsolve.sweeps.question import Chunk, Question
from eqsolve.sweeps.records import STATUSES, Records, record_type, solve_points
from eqsolve.sweeps.summary import Counts
from eqsolve.sweeps.table import CERTIFIED, SweepTable

Report = Callable[..., None]

SAMPLES = (6, 24)
"""Sizes of the two samples from which a dry run tells the cost of a chunk and of a set of games in it; the
larger is also that of rows in one set, which tell what a further row costs."""


class NotCertified(Exception):
    """A row is not certified, and the sweep was to stop at the first one; the text says which."""


@dataclass(frozen=True)
class Engine:
    """Who solves: an executor of the standard kind (None is this process), and its number of workers."""

    executor: Executor | None = None
    workers: int = 1


def solve_chunks(
    question: Question, chunks: Iterable[Chunk], engine: Engine
) -> Iterator[tuple[Chunk, Records]]:
    """Yield chunks and their rows as they finish."""
    chunks, design = tuple(chunks), question.design
    tasks = (
        (
            design.base,
            design.keys,
            design.points[chunk.points],
            question.regimes[chunk.regime],
            question.selection,
            question.fix,
            design.words,
        )
        for chunk in chunks
    )
    for number, records in run(solve_points, tasks, engine.executor, engine.workers):
        yield chunks[number], records


def solve_all(question: Question, engine: Engine, report: Report | None = None) -> Records:
    """Solve every row and keep the rows in memory."""
    rows = np.empty(len(question), record_type(question.segments))
    counts = Counts()
    for chunk, records in solve_chunks(question, question.chunks, engine):
        rows[question.rows(chunk)] = records
        counts = counts.add(records)
        if report:
            report(counts.rows, len(question), note=counts.note)
    return rows


def complete(
    journal: Journal,
    engine: Engine,
    *,
    fail_fast: bool = False,
    retry: bool = False,
    report: Report | None = None,
) -> Counts:
    """Bring a journal to its end: solve the chunks of its part that are missing.

    Args:
        journal: the journal.
        engine: who solves.
        fail_fast: stop at the first row that is not certified.
        retry: solve rows that are not certified again.
        report: called as report(done, total, note=words) when rows are done.

    Returns:
        The counts of the rows that were solved now.

    Raises:
        NotCertified: with `fail_fast`, at the first row that is not certified; its chunk is kept.
    """
    question = journal.question
    chunks = journal.shard.of(question.chunks)
    done = journal.done()
    missing = [c for c in chunks if c.number not in done or journal.read(c) is None]
    total = sum(chunk.points.size for chunk in chunks)
    counts, start = Counts(), total - sum(chunk.points.size for chunk in missing)
    if report:
        report(start, total)
    for chunk, records in solve_chunks(question, missing, engine):
        journal.write(chunk, records)
        counts = counts.add(records)
        if report:
            report(start + counts.rows, total, note=counts.note)
        if fail_fast:
            _refuse_doubt(question, chunk, records)
    return _retry(journal, chunks, engine, counts) if retry else counts


def count(journal: Journal) -> Counts:
    """The counts of the rows of a journal's part that are finished."""
    counts = Counts()
    for chunk in journal.shard.of(journal.question.chunks):
        records = journal.read(chunk)
        counts = counts if records is None else counts.add(records)
    return counts


def gather(journal: Journal) -> SweepTable:
    """The table of a complete journal; its rows stay in a file of the journal."""
    return SweepTable(journal.question, journal.gather(journal.question.chunks))


def _retry(journal: Journal, chunks: Iterable[Chunk], engine: Engine, counts: Counts) -> Counts:
    """Solve rows that are not certified again, one by one; keep what is certified then."""
    stored = {
        chunk.number: (chunk, records) for chunk in chunks if (records := journal.read(chunk)) is not None
    }
    doubtful = [
        (number, row)
        for number, (_, records) in stored.items()
        for row in np.flatnonzero(records["status"] != CERTIFIED).tolist()
    ]
    alone = [
        Chunk(place, stored[number][0].regime, stored[number][0].points[row : row + 1])
        for place, (number, row) in enumerate(doubtful)
    ]
    for part, records in solve_chunks(journal.question, alone, engine):
        number, row = doubtful[part.number]
        chunk, kept = stored[number]
        counts = counts.add(records)
        if records["status"][0] == CERTIFIED:
            kept[row] = records[0]
            journal.write(chunk, kept)
    return counts


def _refuse_doubt(question: Question, chunk: Chunk, records: Records) -> None:
    doubtful = np.flatnonzero(records["status"] != CERTIFIED)
    if doubtful.size:
        row = int(question.rows(chunk)[doubtful[0]])
        status = STATUSES[records["status"][doubtful[0]]]
        raise NotCertified(f"{place(question, row)}: {status}")


def place(question: Question, row: int) -> str:
    """Where a row is, in words."""
    point, regime = divmod(row, len(question.regimes))
    return f"row {row + 1} ({question.design.told(point)}, regime {question.regimes[regime]})"


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take.

    Attributes:
        rows, chunks, seconds: how many, and how long.
        games: sets of games that share their participation primitives.
        sampled: rows that were solved to tell.
    """

    rows: int
    games: int
    chunks: int
    seconds: float
    sampled: int


def estimate(question: Question, workers: int = 1) -> Estimate:
    """Tell from two small samples of sets, and one of rows in a set, what the whole will take."""
    likes, names = question.design.likes, question.regimes
    sets, rows = int(likes.max()) + 1, len(likes)
    first, sizes = np.unique(likes, return_index=True, return_counts=True)[1:]
    times: dict[int, float] = {}
    for size in dict.fromkeys(min(size, sets) for size in SAMPLES):
        times[size] = _seconds(question, first[np.linspace(0, sets - 1, size).astype(int)])
    (small, short), (large, long) = min(times.items()), max(times.items())
    each = max(long - short, 0.0) / (large - small) if large > small else long / large
    batch = max(long - each * large, 0.0)
    alike = np.flatnonzero(likes == sizes.argmax())[: SAMPLES[-1]]
    another = _seconds(question, alike) if alike.size > 1 else 0.0
    more = max(another - batch - each, 0.0) / max(alike.size - 1, 1)
    work = batch * len(question.chunks) / len(names) + each * sets + more * (rows - sets)
    sampled = (sum(times) + alike.size * (alike.size > 1)) * len(names)
    seconds = work / min(workers, len(question.chunks))
    return Estimate(len(question), sets * len(names), len(question.chunks), seconds, sampled)


def _seconds(question: Question, points: Index) -> float:
    """How long points of the design take, solved together under every regime."""
    start = perf_counter()
    for number in range(len(question.regimes)):
        list(solve_chunks(question, [Chunk(0, number, points)], Engine()))
    return perf_counter() - start
