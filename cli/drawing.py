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

    from eqsolve.drawing import Look
    from eqsolve.provenance import Provenance

StyleOption = Annotated[
    Path | None,
    typer.Option(
        "--style",
        metavar="FILE",
        help="Draw with the settings of FILE, a style file of matplotlib.",
        rich_help_panel="Output",
    ),
]

SizeOption = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="SIZE",
        help="column or page (of a journal), or width and height as in 6x4 (inches) or 15x10cm.",
        rich_help_panel="Output",
    ),
]
TitleOption = Annotated[
    str, typer.Option("--title", metavar="TEXT", help="A title above the figure.", rich_help_panel="Output")
]
LabelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        metavar="KEY=TEXT",
        help="What to call a parameter or a quantity in the figure; repeatable.",
        rich_help_panel="Output",
    ),
]
FooterOption = Annotated[
    bool,
    typer.Option(
        "--footer",
        help="Print below the figure how it came about: game, regimes, command.",
        rich_help_panel="Output",
    ),
]


def read_look(size: str | None, title: str, labels: list[str] | None) -> Look:
    """The look that options ask for; raises InputError with everything that is wrong in them.

    A name that no figure has makes no difference there: figures of one style share their labels.
    """
    prepare_matplotlib()
    from eqsolve.drawing import Look, read_size
    from eqsolve.errors import InputError

    wrong = [f'--label "{text}": expected KEY=TEXT' for text in labels or [] if not all(_pair(text))]
    try:
        sides = None if size is None else read_size(size)
    except InputError as error:
        raise InputError(*(f"--{problem}" for problem in error.problems), *wrong) from None
    if wrong:
        raise InputError(*wrong)
    return Look(sides, title, dict(map(_pair, labels or [])))


def _pair(text: str) -> tuple[str, str]:
    name, _, words = text.partition("=")
    return name.strip(), words.strip()


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
    prepare_matplotlib()
    from eqsolve.drawing import use_style
    from eqsolve.figures import SUFFIXES

    check_destination(plot, SUFFIXES, source=source)
    with use_style(style):
        pass


def draw(
    plot: Path,
    figure: Callable[[], Figure],
    style: Path | None,
    look: Look | None = None,
    provenance: Provenance | None = None,
) -> None:
    """Draw a figure into a file that says its provenance, and say so.

    Raises:
        InputError: it cannot be drawn in this style, or not be written.
    """
    from eqsolve.drawing import PLAIN, heard, use_look, use_style
    from eqsolve.errors import InputError
    from eqsolve.figures import SUFFIXES, render
    from eqsolve.files import format_of, write

    sys.stdout.flush()  # what is printed comes before the figure
    said: dict[str, None] = {}
    try:
        with use_look(look or PLAIN), use_style(style), heard(said.setdefault):
            content = render(figure(), format_of(plot, SUFFIXES), provenance)
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


def prepare_matplotlib() -> None:
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
