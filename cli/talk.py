"""What commands say on stderr, all in one way: notes, warnings, errors and hints. Data go to stdout."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer


class Volume(IntEnum):
    """How much is said."""

    QUIET = 0
    USUAL = 1
    VERBOSE = 2


_volume = Volume.USUAL


def set_volume(volume: Volume) -> None:
    """Say as much from now on, in this process."""
    global _volume
    _volume = volume


def volume() -> Volume:
    """How much is said."""
    return _volume


def note(text: str) -> None:
    """Say what was done; not with `--quiet`."""
    if _volume >= Volume.USUAL:
        typer.echo(text, err=True)


def detail(text: str) -> None:
    """Say what only `--verbose` wants to know."""
    if _volume >= Volume.VERBOSE:
        typer.echo(text, err=True)


def warn(text: str) -> None:
    """Say what makes a result worth less; always."""
    typer.echo(f"warning: {text}", err=True)


def complain(*problems: object) -> None:
    """Say what is wrong, an error each; always."""
    for problem in problems:
        typer.echo(f"error: {problem}", err=True)


def hint(text: str) -> None:
    """Say what to do about it; always."""
    typer.echo(f"hint: {text}", err=True)


def lines(texts: Iterable[str]) -> None:
    """Say several notes."""
    for text in texts:
        note(text)


@contextmanager
def advice() -> Iterator[None]:
    """Say what the library warns of meanwhile, each thing once, when it is done."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        warn(text)
