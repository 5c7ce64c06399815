"""What a long computation is doing, in words, for whoever listens.

Nothing is said, and no words are made, unless somebody listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hand what is told inside of the block to `listener`, in the same thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(words: Callable[[], str]) -> None:
    """Say what is being done; `words` is called only if somebody listens."""
    listener = _listener.get()
    if listener is not None:
        listener(words())
