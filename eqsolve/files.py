"""Files that eqsolve writes: checked before the work starts, replaced as a whole when it is done."""

from __future__ import annotations

import os
from pathlib import Path

from eqsolve.errors import InputError


def check_destination(path: Path, suffixes: tuple[str, ...] = (), source: Path | None = None) -> None:
    """Make sure that `path` can be written.

    Raises:
        InputError: if its extension is not one of `suffixes` (any will do if there are none), if it is
            `source` (the file that is read), a directory or a file that may not be written, or if its folder
            is missing or takes no new file.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise InputError(f"{path}: unknown extension: end the name in {' or '.join(suffixes)}")
    if source and path.resolve() == source.resolve():
        raise InputError(f"{path}: this is the params file, which would be replaced")
    if os.path.isdir(path):
        raise InputError(f"{path}: is a directory")
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise InputError(f"{path}: may not be written")
    try:
        _scratch(path).touch(exist_ok=False)
        _scratch(path).unlink()
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a reader finds the old file or the new one, never a part of it."""
    scratch = _scratch(path)
    try:
        scratch.write_bytes(content)
        os.replace(scratch, path.resolve())
    finally:
        scratch.unlink(missing_ok=True)


def _scratch(path: Path) -> Path:
    target = path.resolve()
    return target.with_name(f".{target.name}.{os.getpid()}")
