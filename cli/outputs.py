"""Files of a command: one that cannot be written stops nothing else from being written and printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from . import talk

Save = Callable[[Path, Callable[[], object]], None]
"""save(file, write): write a file, and say so; or remember why it could not be written."""


@contextmanager
def outputs() -> Iterator[Save]:
    """Give a function that writes files.

    Raises:
        InputError: in the end, with every file that could not be written.
    """
    from eqsolve.errors import InputError

    problems: list[str] = []

    def save(file: Path, write: Callable[[], object]) -> None:
        try:
            write()
        except BrokenPipeError:
            raise
        except OSError as error:
            problems.append(f"{file}: cannot be written: {error.strerror or error}")
        else:
            talk.note(f"wrote {file}")

    try:
        yield save
    except typer.Exit:
        if not problems:
            raise
    except InputError as error:
        raise InputError(*problems, *error.problems) from error
    if problems:
        raise InputError(*problems)
