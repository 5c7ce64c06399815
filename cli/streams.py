"""The standard streams, whatever they are: closed, full, broken off, or in another encoding.

What stdout is given arrives or the command fails; stderr is for people, and trouble with it changes nothing.
"""

from __future__ import annotations

import io
import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NoReturn, TextIO

from .restart import TERMINAL
from .spelling import SPELLED

BROKEN_PIPE = 141
"""The exit code of a process that SIGPIPE ends, as shells have it."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


class Unwritable(BaseException):
    """stdout cannot be written. No `Exception`, so that nothing takes it for the trouble of a command."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class _Raw(io.FileIO):
    """A standard stream as the system has it."""

    def __init__(self, number: int, closed: bool) -> None:
        super().__init__(number, "wb", closefd=False)
        self._closed, self._gone = closed, False

    def _put(self, data: Any) -> int:
        """Write what goes into it, once something does: others may have made the stream non-blocking."""
        while (count := super().write(data)) is None:
            select.select([], [self], [])
        return count


class _Stdout(_Raw):
    """Raises Unwritable at the first error, and takes everything after that for nobody."""

    def write(self, data: Any, /) -> int:
        if self._gone:
            return len(data)
        try:
            if self._closed:
                raise OSError("it is closed")
            return self._put(data)
        except OSError as error:
            self._gone = True
            raise Unwritable(error) from None


class _Stderr(_Raw):
    """Leaves errors alone: there is nowhere to say them."""

    def write(self, data: Any, /) -> int:
        try:
            return len(data) if self._closed else self._put(data)
        except OSError:
            return len(data)


def prepare() -> None:
    """Make both streams safe to write to, and keep the numbers of closed ones from other files."""
    closed = [stream is None for stream in (sys.stdin, sys.stdout, sys.stderr)]
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            closed[number] = True
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
    sys.stdout = _text(sys.stdout, _Stdout, 1, closed[1])
    sys.stderr = _text(sys.stderr, _Stderr, 2, closed[2])


def _text(stream: TextIO | None, kind: type[_Raw], number: int, closed: bool) -> Any:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    if raw is not None and not isinstance(raw, io.FileIO):  # a console of Windows
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(kind(number, closed)),
        encoding=sys._xoptions.get(TERMINAL) or (stream.encoding if stream else "utf-8"),
        errors=SPELLED if number == 1 else "backslashreplace",
        line_buffering=number == 2 or os.isatty(number),
    )


def standard_input() -> bytes:
    """All that stdin holds."""
    return b"" if sys.stdin is None else sys.stdin.buffer.read()


def emit(text: str) -> None:
    """Print a document (JSON, XML, Markdown), a line break after it, in UTF-8 whatever the locale is.

    Parts of file names that are no text come as escapes, which are those of JSON.
    """
    with binary() as file:
        file.write(f"{text}\n".encode(errors="backslashreplace"))


@contextmanager
def binary() -> Iterator[IO[bytes]]:
    """Give stdout for bytes, after what was printed as text."""
    sys.stdout.flush()
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def leave(code: int) -> NoReturn:
    """End with an exit code, once stdout has taken everything."""
    try:
        sys.stdout.flush()
    except Unwritable as trouble:
        fail(trouble)
    sys.exit(code)


def fail(trouble: Unwritable) -> NoReturn:
    """End because stdout cannot be written: by SIGPIPE, as others do, when its reader has gone."""
    if not isinstance(trouble.error, BrokenPipeError):
        reason = trouble.error.strerror or str(trouble.error)
        print(f"error: stdout cannot be written: {reason}", file=sys.stderr)
        sys.exit(2)
    break_off()


def break_off() -> NoReturn:
    """End as a process does that writes to a pipe without reader, in silence."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    sys.exit(BROKEN_PIPE)
