"""Sweeps that go to a file: through a journal beside it, so that nothing computed is lost."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path

from eqsolve.errors import InputError
from eqsolve.files import check_destination, format_of, staged, target_of
from eqsolve.sweeps.journal import WHOLE, Journal, Shard, discard, lock_folder, read_manifest
from eqsolve.sweeps.question import Question, differences
from eqsolve.sweeps.summary import Summary, summarize
from eqsolve.sweeps.table import SweepTable
from eqsolve.sweeps.work import gather
from eqsolve.sweeps.writers import SUFFIXES, writer_of


def shard_folder(output: Path, shard: Shard) -> Path:
    """Where a shard of a sweep leaves its rows."""
    target = target_of(output)
    return target.with_name(f"{target.name}.shard-{shard.number}-of-{shard.count}")


def check_output(output: Path) -> None:
    """Make sure that a sweep can be written there; raises InputError with what is in the way."""
    check_destination(output, SUFFIXES)
    writer_of(format_of(output, SUFFIXES))


def open_journal(
    question: Question, output: Path, folder: Path, *, resume: bool, force: bool, shard: Shard = WHOLE
) -> Journal:
    """The journal in which to work, locked: the one that is there, to resume, or a new one.

    Raises:
        InputError: if another process works on it, whatever `force` says; if something would be lost (an
            output or a journal that exist, without `force`); if the journal is of another question.
    """
    lock = lock_folder(folder)
    try:
        return _opened(question, output, folder, resume, force, shard).under(lock)
    except BaseException:
        lock.release()
        raise


def _opened(
    question: Question, output: Path, folder: Path, resume: bool, force: bool, shard: Shard
) -> Journal:
    if resume and Journal.exists(folder):
        return Journal.resume(folder, question, shard)
    if output.exists() and not force:
        if resume:
            raise InputError(
                f"{output}: exists and has no journal to resume; --force in place of --resume replaces it"
            )
        raise InputError(f"{output}: exists; --force replaces it")
    if Journal.holds_rows(folder) and not force:
        try:
            Journal.resume(folder, question, shard)
        except InputError as other:
            raise InputError(*other.problems, f"{folder}: --force discards it and starts afresh") from None
        raise InputError(
            f"{folder}: holds the rows of a sweep that was interrupted, or has rows that are not certified: "
            "--resume of `eqsolve sweep` continues it, --force starts afresh"
        )
    return Journal.create(folder, question, shard)


def publish(journal: Journal, output: Path) -> tuple[SweepTable, Summary]:
    """Write the table of a complete journal as a whole; returns it and how it went."""
    table = gather(journal)
    with staged(output, journal.folder) as scratch:
        writer_of(format_of(output, SUFFIXES))(table, scratch)
    return table, summarize(table)


def merge_shards(folders: list[Path], output: Path, *, force: bool) -> Journal:
    """Collect the chunks of the shards of one sweep in a journal beside the output, which is locked.

    Raises:
        InputError: another process works on a shard or on the output; shards of different sweeps, with the
            keys that differ; shards that are missing or not complete; an output that exists, without `force`.
    """
    with ExitStack() as locks:
        for folder in dict.fromkeys(folders):
            with suppress(OSError):  # somebody else's folder, that may only be read
                locks.callback(lock_folder(folder).release)
        return _merge(folders, output, force)


def _merge(folders: list[Path], output: Path, force: bool) -> Journal:
    shards = _open_shards(folders)
    question = shards[0].question
    owner = {number: shard for shard in shards for number in shard.done()}
    absent = sum(chunk.points.size for chunk in question.chunks if chunk.number not in owner)
    if absent:
        raise InputError(
            f"{absent:,} of {len(question):,} rows are in none of these shards: name all shards, and finish "
            "those that were interrupted with --resume"
        )
    journal = open_journal(question, output, Journal.beside(output), resume=False, force=force)
    try:
        for chunk in question.chunks:
            records = owner[chunk.number].read(chunk)
            if records is None:
                raise InputError(
                    f"{owner[chunk.number].folder}: chunk {chunk.number} is damaged, or not of this shard: "
                    "run this shard again with --resume"
                )
            journal.write(chunk, records)
    except BaseException:
        close(journal)
        raise
    return journal


def _open_shards(folders: list[Path]) -> list[Journal]:
    """The journals of the shards; raises InputError if they are not all of one sweep."""
    first, *others = [(folder, *read_manifest(folder)) for folder in folders]
    problems = [
        f"{folder}: not of the sweep of {first[0]}: {each}"
        for folder, plain, _ in others
        for each in differences(first[1], plain)
    ]
    if problems:
        raise InputError(*problems)
    question = Question.from_dict(first[1])
    return [Journal(folder, question, shard) for folder, _, shard in (first, *others)]


def close(journal: Journal) -> None:
    """Remove a journal that has done its work, and let go of it."""
    discard(journal.folder)
    journal.release()
