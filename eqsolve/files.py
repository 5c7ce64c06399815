"""Files that eqsolve writes: checked before the work starts, replaced as a whole when it is done.

A new file is written beside the old one, on the same file system, and takes its place with its permissions;
links stay links. Pipes, devices and open files of the process (`/dev/stdout`, `>(gzip > F)`) are written to.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from eqsolve.errors import InputError

LINKS = 40
"""The most links that are followed, as on Linux."""

KEPT = (errno.EXDEV, errno.EBUSY, errno.EPERM, errno.EACCES, errno.EROFS)
"""What systems say of a file that cannot be replaced, though it may be written: it is mounted by itself, or
its folder takes no new file, or lets only the owner of a file remove it."""

TEXT = (".csv", ".json", ".toml")
"""The formats that a pipe or a device without extension gets, where a command writes one of these first."""

DESCRIPTOR = re.compile(r"(?:/dev|/proc/self|/proc/thread-self)/fd/(\d+)")


def check_destination(path: Path, suffixes: tuple[str, ...] = (), source: Path | None = None) -> None:
    """Make sure that `path` can be written.

    Raises:
        InputError: if its extension is not one of `suffixes` (any will do if there are none), if it is
            `source` (the file that is read), a directory or a file that may not be written, or if its folder
            is missing or takes no new file.
    """
    if suffixes:
        format_of(path, suffixes)
    target = target_of(path)
    if source and _same(target, source):
        raise InputError(f"{path}: this is the params file, which would be replaced")
    if os.path.isdir(target):
        raise InputError(f"{path}: is a directory")
    if is_stream(path):
        _check_stream(path)
    elif os.path.exists(target) and not os.access(target, os.W_OK):
        raise InputError(f"{path}: may not be written")
    else:
        try:
            with suppress(FileNotFoundError):
                os.stat(target)  # says what is wrong with the name itself
            with tempfile.TemporaryFile(dir=target.parent):  # has no name that a process could leave behind
                pass
        except OSError as error:
            if error.errno not in KEPT or not target.is_file():
                raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def format_of(path: Path, suffixes: tuple[str, ...]) -> str:
    """The extension of a file to write, one of `suffixes`; of a pipe or device without one the first of them.

    Raises:
        InputError: it has another extension, or is a pipe or device and the first is no text.
    """
    suffix = path.suffix.lower()
    if suffix in suffixes:
        return suffix
    if not suffix and suffixes[0] in TEXT and is_stream(path):
        return suffixes[0]
    raise InputError(f"{path}: unknown extension: end the name in {' or '.join(suffixes)}")


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a reader finds the old file or the new one, never a part of it."""
    with staged(path) as scratch:
        scratch.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write text as `write` does, in UTF-8; what is no text in file names becomes an escape, as in JSON."""
    write(path, text.encode(errors="backslashreplace"))


@contextmanager
def staged(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """Give an empty file to fill, which then takes the place of `path`, with its permissions.

    It lies beside `path`, behind links, so that taking its place is one step. What can only be written to
    (pipes, devices, files mounted by themselves or in a folder that takes no new file) gets the content.

    Args:
        path: where it goes.
        folder: a folder of the caller's in which it may lie instead, if that is on the same file system.
    """
    stream, target = is_stream(path), target_of(path)
    near = folder if folder and same_system(folder, target.parent) else target.parent
    scratch = near / f".eqsolve-{secrets.token_hex(6)}.part"
    try:
        if stream or not _creates(scratch, target):
            number, name = tempfile.mkstemp(prefix="eqsolve-")
            os.close(number)
            scratch = Path(name)
        yield scratch
        with scratch.open("r+b") as file:
            os.fsync(file.fileno())
        if stream:
            _copy(scratch, path)
        else:
            _replace(scratch, target)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        with suppress(OSError):
            scratch.unlink()


def _creates(scratch: Path, target: Path) -> bool:
    """Create a file beside its target; False if the folder takes none but the target may be written."""
    try:
        scratch.touch(0o600 if target.exists() else 0o666, exist_ok=False)
    except OSError as error:
        if error.errno not in KEPT or not target.is_file():
            raise
        return False
    return True


def _replace(scratch: Path, target: Path) -> None:
    try:
        if target.exists():
            _keep_permissions(target, scratch)
        scratch.replace(target)
    except OSError as error:
        if error.errno not in KEPT or not target.is_file():
            raise
        with scratch.open("rb") as source, target.open("r+b") as file:
            shutil.copyfileobj(source, file)
            file.truncate()


def _copy(scratch: Path, path: Path) -> None:
    """Write the content of a file to a pipe, a device or an open file of this process."""
    number = _descriptor(path)
    for standard in filter(None, (sys.stdout, sys.stderr)):
        standard.flush()  # what was printed comes first
    with scratch.open("rb") as source, open(path if number is None else os.dup(number), "wb") as file:
        shutil.copyfileobj(source, file)


def same_system(one: Path, other: Path) -> bool:
    """Whether two folders are on one file system, so that files can be moved from one to the other."""
    return one.stat().st_dev == other.stat().st_dev


def target_of(path: Path) -> Path:
    """The file behind a symbolic link; any other path as it is.

    Raises:
        InputError: links lead in a circle.
    """
    if not os.path.islink(path):
        return path
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise InputError(f"{path}: {error.strerror}") from None
    return Path(os.path.realpath(path))


def is_stream(path: Path) -> bool:
    """Whether a path is an open file of this process, a pipe or a device: written to, not replaced."""
    if _descriptor(path) is not None:
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _descriptor(path: Path) -> int | None:
    """The number of the open file of this process that a path means."""
    try:
        at = os.path.abspath(path)
    except OSError:  # the folder at hand was removed
        return None
    for _ in range(LINKS):
        if found := DESCRIPTOR.fullmatch(at):
            return int(found[1])
        if not os.path.islink(at):
            return None
        at = os.path.abspath(os.path.join(os.path.dirname(at), os.readlink(at)))
    return None


def _check_stream(path: Path) -> None:
    number = _descriptor(path)
    try:
        mode = os.stat(path).st_mode if number is None else os.fstat(number).st_mode
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    if stat.S_ISSOCK(mode) and number is None:
        raise InputError(f"{path}: is a socket")
    if number is None and not os.access(path, os.W_OK):
        raise InputError(f"{path}: may not be written")


def _same(path: Path, other: Path) -> bool:
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        return False


def _keep_permissions(old: Path, new: Path) -> None:
    """Give a new file what an old one has: owner and group where that is allowed, attributes, permissions."""
    found = old.stat()
    with suppress(OSError, AttributeError):
        os.chown(new, -1, found.st_gid)
    with suppress(OSError, AttributeError):
        os.chown(new, found.st_uid, -1)
    with suppress(OSError, AttributeError):
        for name in os.listxattr(old):
            with suppress(OSError):
                os.setxattr(new, name, os.getxattr(old, name))
    with suppress(OSError):
        os.chmod(new, stat.S_IMODE(found.st_mode))
