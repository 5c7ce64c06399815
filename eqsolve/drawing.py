"""Settings for figures: those that matplotlib comes with, and a style where one is asked for.

    with use_style(Path("paper.mplstyle")):
        content = render(equilibrium_figure(equilibrium), ".pdf")

A user's matplotlibrc, backend and `rcParams` change no figure, and no figure changes them.
Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from eqsolve.errors import InputError

try:
    from matplotlib import rc_context, rc_params_from_file, rcdefaults, rcParams
except ModuleNotFoundError as error:
    raise InputError("plots need matplotlib, which is not installed: pip install 'eqsolve[plot]'") from error

P = ParamSpec("P")
R = TypeVar("R")

# Type 42 fonts are the kind that journals take; a fixed salt makes equal figures equal files.
OWN: Any = {"pdf.fonttype": 42, "svg.hashsalt": "eqsolve"}

OF_SESSIONS = ("backend", "backend_fallback", "interactive", "toolbar")
"""Settings that are no matter of a figure's looks, as in matplotlib's own styles."""

_style: ContextVar[Any] = ContextVar("style", default=None)


def drawn(function: Callable[P, R]) -> Callable[P, R]:
    """Have a function draw with the settings of this module."""

    @wraps(function)
    def wrapped(*args: P.args, **options: P.kwargs) -> R:
        with rc_context():
            rcdefaults()
            rcParams.update({**OWN, **(_style.get() or {})})
            return function(*args, **options)

    return wrapped


@contextmanager
def use_style(file: Path | None) -> Iterator[None]:
    """Draw with the settings of a style file of matplotlib; with None as without.

    Raises:
        InputError: it is none; the message says every line that is wrong.
    """
    token = _style.set(_style.get() if file is None else read_style(file))
    try:
        yield
    finally:
        _style.reset(token)


def read_style(file: Path) -> dict[str, Any]:
    """The settings of a style file; raises InputError with what is wrong in it."""
    problems: list[str] = []
    try:
        with heard(problems.append):
            settings = rc_params_from_file(file, use_default_template=False)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise InputError(f"{file}: {reason or 'not a style file of matplotlib'}") from None
    if problems:
        told = (" ".join(problem.split()) for problem in problems)
        raise InputError(*(f"{file}: not a style file of matplotlib: {each}" for each in told))
    return {key: value for key, value in settings.items() if key not in OF_SESSIONS}


@contextmanager
def heard(tell: Callable[[str], None]) -> Iterator[None]:
    """Give what matplotlib logs to `tell`, in place of stderr."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(record.getMessage())

    logger, ear = logging.getLogger("matplotlib"), Ear(logging.WARNING)
    propagates = logger.propagate
    logger.addHandler(ear)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.propagate = propagates
