"""What was solved, kept in a folder by what was asked: a run that is cut off, or that grows, goes on from it.

A file holds the columns of a batch of games. Its name is the hash of the version, the kind of work, its
settings and the games, so that what is found there answers the question at hand, whoever left it there.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve._version import __version__
from eqsolve.errors import InputError
from eqsolve.files import target_of, write
from eqsolve.findings.evidence import Table
from eqsolve.params import Params

SUFFIX = ".npz"


class Store:
    """Batches of games that are solved, in a folder, which must exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, question: str) -> Table | None:
        """Return the columns that answer a question; None if they are not there, or not whole."""
        try:
            with np.load(self._file(question), allow_pickle=False) as columns:
                return {name: _objects(columns[name]) for name in columns.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
            return None

    def put(self, question: str, table: Table) -> None:
        """Keep the columns that answer a question."""
        buffer = io.BytesIO()
        plain: dict[str, Any] = {name: _plain(column) for name, column in table.items()}
        np.savez_compressed(buffer, **plain)
        write(self._file(question), buffer.getvalue())

    def _file(self, question: str) -> Path:
        return self.folder / f"{question}{SUFFIX}"


def open_beside(output: Path, *, resume: bool) -> Path:
    """Return the folder, made if missing, in which games are kept until findings are written to `output`.

    Raises:
        InputError: if it holds games of a run that was cut off, unless they are to be used.
    """
    folder = _beside(output)
    if holds_games(folder) and not resume:
        raise InputError(
            f"{folder}: holds what a run that was cut off has solved: --resume goes on from there; to start "
            "afresh, remove it"
        )
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from error
    return folder


def holds_games(folder: Path) -> bool:
    """Whether a folder holds games that are solved."""
    return any(folder.glob(f"*{SUFFIX}"))


def close(folder: Path) -> None:
    """Remove what is kept in a folder, and the folder if nothing else is in it."""
    for file in folder.glob(f"*{SUFFIX}"):
        with suppress(OSError):
            file.unlink()
    with suppress(OSError):
        folder.rmdir()


def _beside(output: Path) -> Path:
    target = target_of(output)
    return target.with_name(f"{target.name}.journal")


def question_of(work: str, games: Sequence[Params], settings: Sequence[object] = ()) -> str:
    """The name of a question: `work` on games with settings that JSON knows, by this version."""
    asked = json.dumps([__version__, work, list(settings), [game.model_dump_json() for game in games]])
    return hashlib.sha256(asked.encode()).hexdigest()


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    """Words as text rather than as objects, which only pickling stores."""
    return column.astype(str) if column.dtype == object else column


def _objects(column: NDArray[Any]) -> NDArray[Any]:
    return column.astype(object) if column.dtype.kind == "U" else column
