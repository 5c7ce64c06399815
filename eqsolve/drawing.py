"""Settings for figures: those that matplotlib comes with, a size, words, and a style where one is asked for.

    with use_look(Look(size=read_size("column"), style=read_style(Path("paper.mplstyle")))):
        content = render(equilibrium_figure(equilibrium), ".pdf")

A user's matplotlibrc, backend and `rcParams` change no figure, and no figure changes them.
Importing this module raises InputError when matplotlib is not installed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from eqsolve.errors import InputError, nearest
from eqsolve.extras import no_plots

try:
    from matplotlib import rc_context, rc_params_from_file, rcdefaults, rcParams
except ModuleNotFoundError as error:
    raise no_plots() from error

P = ParamSpec("P")
R = TypeVar("R")

OWN: Any = {
    "pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "eqsolve",
    "legend.fontsize": "small", "axes.titlesize": "medium", "figure.titlesize": "large",
}  # fmt: skip
"""Type 42 fonts are the kind that journals take, SVG keeps its text, and a fixed salt makes equal figures
equal files."""

OF_WINDOWS = ("backend", "backend_fallback", "interactive", "toolbar")
"""Settings that are no matter of a figure's looks, as in matplotlib's own styles."""

WIDTHS = {"column": 3.5, "page": 7.0}
"""Widths of a column and of a page of a journal in inches."""

POINTS = ((2.0, 3.5, 7.0, 14.0), (6.5, 8.0, 9.0, 18.0))
"""Widths in inches, and the size of letters in points: journals ask for 7 to 9 at the final size, and wider
pictures are for walls."""

SMALLEST, LARGEST = 1.0, 60.0
"""Sides of a figure in inches."""

UNIT = 10.0
"""The size of letters in points for which `SCALED` holds."""

SCALED = {
    "lines.linewidth": 1.5, "lines.markersize": 6.0, "axes.linewidth": 0.8, "patch.linewidth": 1.0,
    "hatch.linewidth": 1.0, "grid.linewidth": 0.8, "xtick.major.size": 3.5, "ytick.major.size": 3.5,
    "xtick.major.width": 0.8, "ytick.major.width": 0.8, "xtick.minor.size": 2.0, "ytick.minor.size": 2.0,
    "xtick.minor.width": 0.6, "ytick.minor.width": 0.6,
}  # fmt: skip
"""matplotlib's own measures in points, which shrink and grow with the letters."""

INCHES = {"": 1.0, "in": 1.0, "cm": 1.0 / 2.54}
_SIZE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)x(\d+(?:\.\d*)?|\.\d+)(in|cm)?", re.ASCII)


@dataclass(frozen=True)
class Look:
    """How figures look.

    Attributes:
        size: width and height in inches; with the height None it follows from what is drawn, and with None
            both do.
        title: what stands above.
        labels: words by the name of a parameter or quantity, in place of the usual ones.
        footer: a line below.
        style: settings of matplotlib by name, which come last.
    """

    size: tuple[float, float | None] | None = None
    title: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    footer: str = ""
    style: Mapping[str, Any] = field(default_factory=dict)


_look: ContextVar[Look] = ContextVar("look")
PLAIN = Look()


def look() -> Look:
    """The look that figures are asked for."""
    return _look.get(PLAIN)


def drawn(function: Callable[P, R]) -> Callable[P, R]:
    """Have a function draw with the settings of this module."""

    @wraps(function)
    def wrapped(*args: P.args, **options: P.kwargs) -> R:
        with rc_context():
            rcdefaults()
            settings: Any = {**OWN, **_fitted(look().size), **look().style}
            rcParams.update(settings)
            return function(*args, **options)

    return wrapped


@contextmanager
def use_look(asked: Look) -> Iterator[None]:
    """Draw with this look."""
    token = _look.set(asked)
    try:
        yield
    finally:
        _look.reset(token)


@contextmanager
def use_style(file: Path | None) -> Iterator[None]:
    """Draw with the settings of a style file of matplotlib; with None as without.

    Raises:
        InputError: it is none; the message says every line that is wrong.
    """
    with use_look(look() if file is None else replace(look(), style=read_style(file))):
        yield


def scale() -> float:
    """The measures of the figure that is being drawn as a share of those for letters of `UNIT` points."""
    return float(rcParams["font.size"]) / UNIT


def scaled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a marker or line with its measures fitted to the figure."""
    measures = {"markersize": 1, "linewidth": 1, "linewidths": 1, "capsize": 1, "s": 2}
    return {
        key: value * scale() ** measures[key] if key in measures else value for key, value in settings.items()
    }


def _fitted(size: tuple[float, float | None] | None) -> dict[str, Any]:
    """Settings for a figure of this size."""
    if size is None:
        return {}
    points = float(np.interp(size[0], *POINTS))
    return {"font.size": points, **{key: value * points / UNIT for key, value in SCALED.items()}}


def read_size(text: str) -> tuple[float, float | None]:
    """The width and height that `column`, `page`, `6x4`, `6x4in` or `15x10cm` say, in inches.

    Raises:
        InputError: it says none, or one that is too small or too large.
    """
    if text in WIDTHS:
        return WIDTHS[text], None
    found = _SIZE.fullmatch(text.replace(" ", ""))
    if not found:
        close = nearest(text, WIDTHS)
        advice = f"{close} Or " if close.startswith("did") else f"expected {', '.join(WIDTHS)}, or "
        raise InputError(f'size "{text}": {advice}WIDTHxHEIGHT as in 6x4 (inches) or 15x10cm')
    width, height = (float(side) * INCHES[found[3] or ""] for side in found.groups()[:2])
    if not all(SMALLEST <= side <= LARGEST for side in (width, height)):
        raise InputError(f'size "{text}": expected sides from {SMALLEST:g} to {LARGEST:g} inches')
    return width, height


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
    return {key: value for key, value in settings.items() if key not in OF_WINDOWS}


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
