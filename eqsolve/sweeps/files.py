"""Sweeps that go to a file: through a journal beside it, so that nothing computed is lost."""

from __future__ import annotations

from pathlib import Path

from eqsolve.errors import InputError
from eqsolve.files import check_destination
from eqsolve.sweeps.journal import Journal, discard, read_manifest
from eqsolve.sweeps.question import Question, differences
from eqsolve.sweeps.summary import Summary, summarize
from eqsolve.sweeps.table import SweepTable
from eqsolve.sweeps.work import Shard, gather
from eqsolve.sweeps.writers import SUFFIXES, writer_of


def shard_folder(output: Path, shard: Shard) -> Path:
    """Where a shard of a sweep leaves its rows."""
    return output.with_name(f"{output.name}.shard-{shard.number}-of-{shard.count}")


def check_output(output: Path) -> None:
    """Make sure that a sweep can be written there; raises InputError with what is in the way."""
    check_destination(output)
    if output.suffix.lower() not in SUFFIXES:
        raise InputError(f"{output}: unknown extension: end the name in {', '.join(SUFFIXES)}")
    writer_of(output.suffix.lower())


def open_journal(question: Question, output: Path, folder: Path, *, resume: bool, force: bool) -> Journal:
    """The journal in which to work: the one that is there, to resume, or a new one.

    Raises:
        InputError: if that would lose something (an output or a journal that exist, without `force`), or the
            journal to resume is of another question.
    """
    if resume and Journal.exists(folder):
        return Journal.resume(folder, question)
    if output.exists() and not force:
        more = " and has no journal to resume" if resume else ""
        raise InputError(f"{output}: exists{more}; --force replaces it")
    if Journal.exists(folder) and not force:
        raise InputError(
            f"{folder}: holds the rows of a sweep that was interrupted, or has rows that are not certified: "
            "--resume continues it, --force starts afresh"
        )
    return Journal.create(folder, question)


def publish(journal: Journal, output: Path) -> tuple[SweepTable, Summary]:
    """Write the table of a complete journal as a whole; returns it and how it went."""
    table = gather(journal)
    scratch = journal.folder / f"output{output.suffix.lower()}"
    writer_of(output.suffix.lower())(table, scratch)
    scratch.replace(output.resolve())
    return table, summarize(table)


def merge_shards(folders: list[Path], output: Path, *, force: bool) -> Journal:
    """Collect the chunks of the shards of one sweep in a journal beside the output.

    Raises:
        InputError: shards of different sweeps, with the keys that differ; shards that are missing or not
            complete; an output that exists, without `force`.
    """
    first, *others = [(folder, read_manifest(folder)) for folder in folders]
    problems = [
        f"{folder}: not of the sweep of {first[0]}: {each}"
        for folder, plain in others
        for each in differences(first[1], plain)
    ]
    if problems:
        raise InputError(*problems)
    question = Question.from_dict(first[1])
    shards = [Journal(folder, question) for folder in folders]
    owner = {number: shard for shard in shards for number in shard.done()}
    absent = sum(chunk.points.size for chunk in question.chunks if chunk.number not in owner)
    if absent:
        raise InputError(
            f"{absent:,} of {len(question):,} rows are in none of these shards: name all shards, and finish "
            "those that were interrupted with --resume"
        )
    journal = open_journal(question, output, Journal.beside(output), resume=False, force=force)
    for chunk in question.chunks:
        records = owner[chunk.number].read(chunk)
        if records is None:
            folder = owner[chunk.number].folder
            raise InputError(f"{folder}: chunk {chunk.number} is damaged: run this shard again with --resume")
        journal.write(chunk, records)
    return journal


def close(journal: Journal) -> None:
    """Remove a journal that has done its work."""
    discard(journal.folder)
