"""The journal of a sweep: a folder beside the output in which finished chunks survive whatever happens.

    design.csv.journal/manifest.json    the question, and its hash
    design.csv.journal/0000012.npy      the rows of a finished chunk
    design.csv.journal/lock             held by the process that works on it

Files are written under another name, flushed to disk and renamed, so that what is there is whole.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.errors import InputError
from eqsolve.sweeps.question import Chunk, Question, differences, identity
from eqsolve.sweeps.records import Records, record_type

SCHEMA = "eqsolve/journal/1"
MANIFEST = "manifest.json"


class Journal:
    """The finished chunks of one question, in a folder.

    Attributes:
        folder: where they are.
        question: what they answer.
    """

    def __init__(self, folder: Path, question: Question) -> None:
        self.folder = folder
        self.question = question
        self._type = record_type(question.segments)

    @staticmethod
    def beside(output: Path) -> Path:
        """Where the journal of an output is."""
        return output.with_name(f"{output.name}.journal")

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether there is a journal in a folder."""
        return (folder / MANIFEST).is_file()

    @classmethod
    def create(cls, folder: Path, question: Question) -> Journal:
        """Start a journal, in place of any that is there."""
        discard(folder)
        folder.mkdir()
        plain = question.to_dict()
        manifest = {"schema": SCHEMA, "hash": identity(plain), **plain}
        _write(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
        return cls(folder, question)

    @classmethod
    def resume(cls, folder: Path, question: Question) -> Journal:
        """Continue a journal of the same question.

        Raises:
            InputError: with the keys that differ, if the journal answers another question; if it is damaged.
        """
        old, new = read_manifest(folder), question.to_dict()
        if old != new:
            raise InputError(
                f"{folder}: this journal is of another sweep, which differs in",
                *(f"  {each}" for each in differences(old, new)),
            )
        return cls(folder, question)

    @classmethod
    def open(cls, folder: Path) -> Journal:
        """Open a journal with the question that it says; raises InputError if it is damaged."""
        return cls(folder, Question.from_dict(read_manifest(folder)))

    def done(self) -> frozenset[int]:
        """Numbers of the chunks that are finished."""
        return frozenset(int(file.stem) for file in self.folder.glob("*.npy") if file.stem.isdecimal())

    def read(self, chunk: Chunk) -> Records | None:
        """The rows of a chunk; None if it is not finished or, after trouble with the disk, not whole."""
        try:
            records = np.load(self._file(chunk))
        except (OSError, ValueError, EOFError):
            return None
        whole = records.dtype == self._type and records.shape == chunk.points.shape
        return records if whole else None

    def write(self, chunk: Chunk, records: Records) -> None:
        """Keep the rows of a finished chunk."""
        scratch = self._file(chunk).with_suffix(".part")
        try:
            with scratch.open("wb") as file:
                np.save(file, records)
                _to_disk(file)
            scratch.replace(self._file(chunk))
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise

    def gather(self, chunks: Iterator[Chunk] | tuple[Chunk, ...]) -> Records:
        """The rows of finished chunks in their places among all rows, kept in a file and not in memory."""
        rows = np.lib.format.open_memmap(
            self._reserved(len(self.question)), mode="r+", dtype=self._type, shape=(len(self.question),)
        )
        for chunk in chunks:
            records = self.read(chunk)
            if records is None:
                raise InputError(f"{self._file(chunk)}: missing or damaged: --resume computes it again")
            rows[self.question.rows(chunk)] = records
        return rows

    def _reserved(self, rows: int) -> Path:
        """A file with room for all rows: a full disk is told now, not when the rows are written."""
        path = self.folder / "rows.table"
        header = np.lib.format.open_memmap(path, mode="w+", dtype=self._type, shape=(rows,))
        del header
        if hasattr(os, "posix_fallocate"):
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        return path

    def _file(self, chunk: Chunk) -> Path:
        return self.folder / f"{chunk.number:07d}.npy"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from working on this journal.

        Raises:
            InputError: if another one does.
        """
        try:
            import fcntl
        except ImportError:  # not on Windows
            yield
            return
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(f"{self.folder}: another process is working on this sweep") from None
            yield


def read_manifest(folder: Path) -> dict[str, Any]:
    """The question of a journal as plain data; raises InputError if there is none or it is damaged."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not the manifest of a sweep: {error}") from None
    plain = {key: value for key, value in manifest.items() if key not in ("schema", "hash")}
    if manifest.get("schema") != SCHEMA or manifest.get("hash") != identity(plain):
        raise InputError(f"{path}: not the manifest of a sweep, or changed since: its hash does not agree")
    return plain


def discard(folder: Path) -> None:
    """Remove a journal; one that is removed in part is none."""
    gone = folder.with_name(f"{folder.name}.removed")
    shutil.rmtree(gone, ignore_errors=True)
    if folder.exists():
        folder.rename(gone)
        shutil.rmtree(gone)


def _write(path: Path, content: bytes) -> None:
    scratch = path.with_suffix(".part")
    with scratch.open("wb") as file:
        file.write(content)
        _to_disk(file)
    scratch.replace(path)


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
