"""Figures of the commands: asked for before the work, drawn after everything else is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import chdir, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import talk

if TYPE_CHECKING:
    from matplotlib.figure import Figure

StyleOption = Annotated[
    Path | None,
    typer.Option(
        "--style",
        metavar="FILE",
        help="Draw with the settings of FILE, a style file of matplotlib.",
        rich_help_panel="Output",
    ),
]


def check_figure(plot: Path | None, style: Path | None, source: Path | None = None) -> None:
    """Make sure that a figure can be drawn and written, before any work; None for no figure.

    Raises:
        InputError: it cannot, for the name, the folder, the style, or because matplotlib is missing.
    """
    from eqsolve.errors import InputError
    from eqsolve.files import check_destination

    if plot is None:
        if style:
            raise InputError(f"--style {style}: there is no figure to draw")
        return
    _import_matplotlib()
    from eqsolve.drawing import use_style
    from eqsolve.figures import SUFFIXES

    check_destination(plot, SUFFIXES, source=source)
    with use_style(style):
        pass


def draw(plot: Path, figure: Callable[[], Figure], style: Path | None) -> None:
    """Draw a figure into a file, and say so.

    Raises:
        InputError: it cannot be drawn in this style, or not be written.
    """
    from eqsolve.drawing import heard, use_style
    from eqsolve.errors import InputError
    from eqsolve.figures import SUFFIXES, render
    from eqsolve.files import format_of, write

    sys.stdout.flush()  # what is printed comes before the figure
    said: dict[str, None] = {}
    try:
        with use_style(style), heard(said.setdefault):
            content = render(figure(), format_of(plot, SUFFIXES))
    except (RuntimeError, ValueError, OSError) as error:
        if style is None:
            raise
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{plot}: cannot be drawn with {style}: {reason}") from error
    for words in said:
        talk.warn(words)
    try:
        write(plot, content)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{plot}: cannot be written: {error.strerror}") from error
    talk.note(f"wrote {plot}")


def _import_matplotlib() -> None:
    """Import matplotlib without the user's settings, some of which it cannot even be imported with.

    It reads a file in the folder at hand, or the one that a variable names.
    """
    os.environ.pop("MPLBACKEND", None)
    os.environ["MATPLOTLIBRC"] = os.devnull
    with suppress(ImportError):
        try:
            with chdir(os.sep):
                _load()
        except FileNotFoundError:  # the folder at hand was removed
            _load()


def _load() -> Any:
    import matplotlib

    return matplotlib
