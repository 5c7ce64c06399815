"""The journal of a sweep: a folder beside the output in which finished chunks survive whatever happens.

    design.csv.journal/manifest.json    the question, its hash, and which part of it is computed here
    design.csv.journal/0000012.npy      the rows of a finished chunk, and a seal: what they answer
    design.csv.journal.lock             held by the process that works on it

Files are written under another name, flushed to disk and renamed, so that what is there is whole. The seal of
a chunk says the question, the part and the chunk, and is checked when it is read: rows that another process
left there, where locks do not hold, are not taken for rows of this sweep.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.errors import InputError
from eqsolve.files import target_of
from eqsolve.locks import Lock, hold
from eqsolve.sweeps.question import Chunk, Question, differences, identity
from eqsolve.sweeps.records import Records, record_type

SCHEMA = "eqsolve/journal/2"
MANIFEST = "manifest.json"
FILES = (f"{'[0-9]' * 7}*.npy", "rows-*.table", "*.part")
"""What else a journal is made of."""

SEAL = hashlib.sha256().digest_size
"""Bytes of the seal at the end of a chunk's file."""


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count` of a sweep, from 1; raises InputError if there is no such part."""

    number: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise InputError(f"shard {self}: expected i/n with 1 <= i <= n")

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def parse(cls, text: str) -> Shard | None:
        """The part that `I/N` names; None if the text is none."""
        number, slash, count = text.partition("/")
        if not (slash and number.strip().isdecimal() and count.strip().isdecimal()):
            return None
        return cls(int(number), int(count))

    def of(self, chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
        """The chunks of this part."""
        return tuple(chunk for chunk in chunks if chunk.number % self.count == self.number - 1)


WHOLE = Shard()


class Journal:
    """The finished chunks of one question, in a folder.

    Attributes:
        folder: where they are.
        question: what they answer.
        shard: which part of it is computed here.
    """

    def __init__(self, folder: Path, question: Question, shard: Shard = WHOLE) -> None:
        self.folder = folder
        self.question = question
        self.shard = shard
        self._type = record_type(question.segments)
        self._identity = identity(question.to_dict())
        self._lock: Lock | None = None

    @staticmethod
    def beside(output: Path) -> Path:
        """Where the journal of an output is: on its file system, wherever links to it are."""
        target = target_of(output)
        return target.with_name(f"{target.name}.journal")

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether there is a journal in a folder."""
        return (folder / MANIFEST).is_file()

    @staticmethod
    def holds_rows(folder: Path) -> bool:
        """Whether there is a journal in a folder in which a chunk is finished."""
        return Journal.exists(folder) and any(folder.glob(FILES[0]))

    @classmethod
    def create(cls, folder: Path, question: Question, shard: Shard = WHOLE) -> Journal:
        """Start a journal, in place of any that is there."""
        discard(folder)
        folder.mkdir(exist_ok=True)
        plain = question.to_dict()
        manifest = {"schema": SCHEMA, "hash": identity(plain), "shard": str(shard), **plain}
        _write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
        return cls(folder, question, shard)

    @classmethod
    def resume(cls, folder: Path, question: Question, shard: Shard = WHOLE) -> Journal:
        """Continue a journal of the same question, and the same part of it.

        Raises:
            InputError: with the keys that differ, if the journal answers another question; if it is damaged.
        """
        (old, part), new = read_manifest(folder), question.to_dict()
        differ = differences(old, new)
        if part != shard:
            differ.append(f"shard: {part} there, {shard} here")
        if differ:
            raise InputError(
                f"{folder}: this journal is of another sweep, which differs in",
                *(f"  {each}" for each in differ),
            )
        return cls(folder, question, shard)

    @classmethod
    def open(cls, folder: Path) -> Journal:
        """Open a journal with the question that it says; raises InputError if it is damaged."""
        plain, shard = read_manifest(folder)
        return cls(folder, Question.from_dict(plain), shard)

    def done(self) -> frozenset[int]:
        """Numbers of the chunks that are finished, by their names; `read` looks inside."""
        return frozenset(int(file.stem) for file in self.folder.glob(FILES[0]) if file.stem.isdecimal())

    def read(self, chunk: Chunk) -> Records | None:
        """The rows of a chunk; None if it is not finished, not whole, or of another question or part."""
        try:
            content = self._file(chunk).read_bytes()
            rows, seal = content[:-SEAL], content[-SEAL:]
            if seal != self._seal(chunk, rows):
                return None
            records = np.load(io.BytesIO(rows))
        except (OSError, ValueError, EOFError):
            return None
        whole = records.dtype == self._type and records.shape == chunk.points.shape
        return records if whole else None

    def write(self, chunk: Chunk, records: Records) -> None:
        """Keep the rows of a finished chunk."""
        buffer = io.BytesIO()
        np.save(buffer, records)
        rows = buffer.getvalue()
        _write(self._file(chunk), rows + self._seal(chunk, rows))

    def _seal(self, chunk: Chunk, rows: bytes) -> bytes:
        return hashlib.sha256(f"{self._identity} {self.shard} {chunk.number}\n".encode() + rows).digest()

    def gather(self, chunks: Iterator[Chunk] | tuple[Chunk, ...]) -> Records:
        """The rows of finished chunks in their places among all rows, kept in a file and not in memory."""
        rows = np.lib.format.open_memmap(
            self._reserved(len(self.question)), mode="r+", dtype=self._type, shape=(len(self.question),)
        )
        for chunk in chunks:
            records = self.read(chunk)
            if records is None:
                raise InputError(
                    f"{self._file(chunk)}: missing, damaged or of another sweep: --resume computes it again"
                )
            rows[self.question.rows(chunk)] = records
        return rows

    def _reserved(self, rows: int) -> Path:
        """A file with room for all rows: a full disk is told now, not when the rows are written."""
        self.tidy()
        path = self.folder / f"rows-{secrets.token_hex(4)}.table"
        header = np.lib.format.open_memmap(path, mode="w+", dtype=self._type, shape=(rows,))
        del header
        if hasattr(os, "posix_fallocate"):
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        return path

    def tidy(self) -> None:
        """Remove the rows that were gathered: they are in the chunks."""
        for path in self.folder.glob("rows-*.table"):
            with suppress(OSError):
                path.unlink()

    def _file(self, chunk: Chunk) -> Path:
        return self.folder / f"{chunk.number:07d}.npy"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from working on this journal, and let go in the end.

        Raises:
            InputError: if another one does; the message says which.
        """
        self._lock = self._lock if self._lock and self._lock.held else lock_folder(self.folder)
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Let other processes work on this journal."""
        if self._lock:
            self._lock.release()

    def under(self, lock: Lock) -> Journal:
        """This journal, with a lock that is held already."""
        self._lock = lock
        return self


def lock_folder(folder: Path) -> Lock:
    """Keep other processes from working in a folder.

    The lock lies beside the folder, so that it stays when this is replaced.

    Raises:
        InputError: if another process holds it; the message says which.
    """
    return hold(folder.with_name(f"{folder.name}.lock"), str(folder))


def read_manifest(folder: Path) -> tuple[dict[str, Any], Shard]:
    """The question of a journal as plain data, and the part; raises InputError if there is none."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        plain = {key: value for key, value in manifest.items() if key not in ("schema", "hash", "shard")}
        schema, shard = manifest.get("schema"), Shard.parse(str(manifest.get("shard")))
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not the manifest of a sweep: {error}") from None
    if schema != SCHEMA and str(schema).startswith("eqsolve/journal/"):
        raise InputError(f"{path}: of another version of eqsolve: start afresh, or use that version")
    if schema != SCHEMA or shard is None or manifest.get("hash") != identity(plain):
        raise InputError(f"{path}: not the manifest of a sweep, or changed since: its hash does not agree")
    return plain, shard


def discard(folder: Path) -> None:
    """Remove a journal, and its folder if nothing else is in it; one without its manifest is none.

    What cannot be removed (on NFS, files that another process has open) stays, and means nothing.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        (folder / MANIFEST).unlink()
    for pattern in FILES:
        for path in folder.glob(pattern):
            with suppress(OSError):
                path.unlink()
    with suppress(OSError):
        folder.rmdir()


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, on disk."""
    scratch = path.with_name(f"{path.stem}-{secrets.token_hex(4)}.part")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        with suppress(OSError):
            scratch.unlink()
