"""Locks between processes: one works on a file, and others are told who it is.

The lock is a file beside what it protects, never a part of it, which the system locks for the process that
has it open (`flock`, over NFS too), so that it ends with that process, however this ends. The file names its
owner.

Where the system locks no files (some Lustre, FUSE and NFS mounts), the file itself is the lock: whoever
creates it has it, until it is removed or its owner is seen to be gone. That is weaker (processes on another
host cannot be seen), and is said.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
import sys
import time
import warnings
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from eqsolve.errors import InputError

CONTENDED = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)
"""What systems say of a file that another process has locked; other errors mean that they lock no files."""

BYTE = 2**30
"""The byte of a lock file that is locked on Windows: beyond the record, which others may then read."""

START = b'{"eqsolve": "lock"'
"""How the record in a lock file starts; other files are not taken for locks."""

GRACE = 1.0
"""Seconds for an owner, where the system locks no files, to write its name into the file that it created."""

LARGEST = 4096
"""Bytes that a record may have."""


@dataclass(frozen=True)
class Owner:
    """Who holds a lock.

    Attributes:
        host, process: the machine, and the number of the process on it.
        since: local time, in words.
        start: when that process started, as the system counts: numbers of processes are used again.
    """

    host: str
    process: int
    since: str
    start: str

    @classmethod
    def this(cls) -> Owner:
        """This process, now."""
        return cls(
            socket.gethostname(), os.getpid(), time.strftime("%Y-%m-%d %H:%M:%S"), _started(os.getpid())
        )

    @classmethod
    def read(cls, record: bytes) -> Owner | None:
        """The owner that a lock file names; None if it names none."""
        try:
            data = json.loads(record)
            return cls(*(data[name] for name in ("host", "process", "since", "start")))
        except (ValueError, KeyError, TypeError):
            return None

    def to_record(self) -> bytes:
        """The content of a lock file."""
        return json.dumps({"eqsolve": "lock", **asdict(self)}).encode()

    @property
    def gone(self) -> bool:
        """Whether it is known to have ended: it ran on this host, where there is no such process any more."""
        return self.host == socket.gethostname() and not _runs(self.process, self.start)

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, since {self.since}"


class Lock:
    """A lock that this process holds, until `release`; made by `hold`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    @property
    def held(self) -> bool:
        """Whether it is not released yet."""
        return self._descriptor is not None

    def release(self) -> None:
        """Let go, and remove the file.

        It is renamed while it is locked and removed when it is closed: nobody can lock a file that is about
        to go, and none is removed while it is open, which on NFS would leave another behind.
        """
        if self._descriptor is None:
            return
        aside = _aside(self.path)
        moved = False
        with suppress(OSError):  # on Windows open files stay where they are
            self.path.rename(aside)
            moved = True
        os.close(self._descriptor)
        self._descriptor = None
        if moved or sys.platform == "win32":
            with suppress(OSError):
                (aside if moved else self.path).unlink()


def hold(path: Path, what: str) -> Lock:
    """Take the lock `path` at once; `what` is what it protects, in words.

    Raises:
        InputError: another process holds it; the message says who. There is another file of this name.
        OSError: the file cannot be created.
    """
    waited = 0.0
    while True:
        descriptor, created = _open(path)
        try:
            lock = _try(path, descriptor, created, what, patient=waited < GRACE)
        except BaseException:
            with suppress(OSError):
                os.close(descriptor)
            raise
        if lock:
            _tidy(path)
            return lock
        os.close(descriptor)
        time.sleep(0.02)
        waited += 0.02


def _open(path: Path) -> tuple[int, bool]:
    """Open a lock file; whether it was created now."""
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0)
    while True:
        with suppress(FileExistsError):
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666), True
        try:
            return os.open(path, flags), False
        except PermissionError:  # that of another user, who may still be named
            return os.open(path, flags & ~os.O_RDWR), False
        except FileNotFoundError:  # it went in between
            pass
        if path.is_symlink():
            raise InputError(f"{path}: is a link that leads nowhere, where the lock would be")


def _try(path: Path, descriptor: int, created: bool, what: str, *, patient: bool) -> Lock | None:
    """The lock of an open file; None if it has to be opened anew."""
    taken = _system_lock(descriptor)
    record = os.pread(descriptor, LARGEST, 0) if hasattr(os, "pread") else os.read(descriptor, LARGEST)
    if record and not record.startswith(START[: len(record)]):
        raise InputError(f"{path}: is not a lock of eqsolve, whose locks have this name: move it away")
    owner = Owner.read(record)
    if taken is False:
        raise InputError(f"{what}: {owner or 'another process'} is working on it")
    if patient and not _is_at(descriptor, path):
        return None
    if taken is None and not created:
        _clear(path, descriptor, owner, what, patient)
        return None
    lock = Lock(path, descriptor)
    try:
        _write(path, descriptor, Owner.this())
    except OSError:
        lock.release()
        raise
    if taken is None:
        warnings.warn(
            f"{path.parent}: files cannot be locked here: processes on other hosts that end without notice "
            "leave their lock behind",
            stacklevel=2,
        )
    return lock


def _clear(path: Path, descriptor: int, owner: Owner | None, what: str, patient: bool) -> None:
    """Move a lock file away whose owner is gone, where the system locks no files."""
    if owner is None and patient:
        return  # it was created just now, and is about to be written
    if owner and not owner.gone:
        raise InputError(
            f"{what}: {owner} is working on it; files cannot be locked here: if that process is gone, "
            f"remove {path}"
        )
    aside, stale = _aside(path), os.fstat(descriptor)
    with suppress(OSError):
        path.rename(aside)
        if not os.path.samestat(aside.stat(), stale):
            os.link(aside, path)  # another process was faster: this was its lock
        aside.unlink()


def _system_lock(descriptor: int) -> bool | None:
    """Lock an open file: whether this process has it now; None if the system locks no files here."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in CONTENDED else None
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one at the path: its last owner may have taken it away."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _write(path: Path, descriptor: int, owner: Owner) -> None:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, owner.to_record())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}-{secrets.token_hex(4)}.removed")


def _tidy(path: Path) -> None:
    """Remove what processes left that were killed between renaming and removing their lock."""
    for each in path.parent.iterdir():
        if each.name.startswith(f"{path.name}-") and each.name.endswith(".removed"):
            with suppress(OSError):
                each.unlink()


def _started(process: int) -> str:
    """When a process started, since the machine did; empty where the system does not say."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _runs(process: int, start: str) -> bool:
    if sys.platform == "win32":
        return True  # not to be found out without more: the owner is believed to live
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not start or _started(process) in ("", start)
