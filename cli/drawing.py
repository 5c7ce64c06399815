"""Figures of the commands: asked for before the work, drawn after everything else is written.

Their options come as a record, `Figure`, which checks them and draws.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import chdir, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import talk
from .labels import FigureLabelOption, read_labels
from .records import Options, option

if TYPE_CHECKING:
    from matplotlib import figure

    from eqsolve.drawing import Look
    from eqsolve.provenance import Provenance

GROUP = "Figure"
NO_LABELS: Mapping[str, str] = {}


class Drawing(Options, group=GROUP):
    """How a figure looks."""

    size: str | None = option(
        None,
        metavar="SIZE",
        help="column or page (of a journal), or width and height as in 6x4 (inches) or 15x10cm.",
    )
    title: str = option("", metavar="TEXT", help="A title above the figure.")
    style: Path | None = option(
        None, metavar="FILE", help="Draw with the settings of FILE, a style file of matplotlib."
    )
    footer: bool = option(
        False, "--footer", help="Print below the figure how it came about: game, regimes, command."
    )

    def check_files(self, *files: Path, source: Path | None = None) -> None:
        """Make sure that figures can be drawn and written, before any work.

        Raises:
            InputError: they cannot, for a name, a folder, the size, the style, or because matplotlib is
                missing; or the line says how a figure looks, and asks for none.
        """
        from eqsolve.errors import InputError
        from eqsolve.files import check_destination

        if not files:
            said = {"size": self.size, "title": self.title, "style": self.style, "footer": self.footer}
            if useless := [f"--{name}" for name, value in said.items() if value]:
                raise InputError(f"{', '.join(useless)}: there is no figure to draw")
            return
        prepare_matplotlib()
        from eqsolve.figures import SUFFIXES

        for file in files:
            check_destination(file, SUFFIXES, source=source)
        self._look()

    def draw_into(
        self,
        file: Path,
        make: Callable[[], figure.Figure],
        provenance: Provenance | None = None,
        labels: Mapping[str, str] = NO_LABELS,
    ) -> None:
        """Draw a figure into a file that says its provenance, and say so.

        A name in `labels` that no figure has makes no difference: figures and tables share their labels.

        Raises:
            InputError: it cannot be drawn in this style or with these labels, or not be written.
        """
        from eqsolve.drawing import heard, use_look
        from eqsolve.errors import InputError
        from eqsolve.figures import SUFFIXES, render
        from eqsolve.files import format_of, write

        look = replace(self._look(), labels=labels)
        if self.footer:
            if provenance is None:
                raise InputError(f"--footer: {file}: what is drawn does not say how it came about")
            look = replace(look, footer=provenance.footer())
        sys.stdout.flush()  # what is printed comes before the figure
        said: dict[str, None] = {}
        try:
            with use_look(look), heard(said.setdefault):
                content = render(make(), format_of(file, SUFFIXES), provenance)
        except (RuntimeError, ValueError, OSError) as error:
            if not (self.style or self.title or labels):
                raise
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            how = f"with {self.style}" if self.style else "with these words"
            raise InputError(f"{file}: cannot be drawn {how}: {reason}") from error
        for words in said:
            talk.warn(words)
        try:
            write(file, content)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(f"{file}: cannot be written: {error.strerror}") from error
        talk.note(f"wrote {file}")

    def _look(self) -> Look:
        """The look that is asked for, but for its labels; raises InputError with what is wrong in it."""
        from eqsolve.drawing import Look, read_size, read_style
        from eqsolve.errors import InputError

        problems: list[Any] = []
        size, style = None, {}
        try:
            size = read_size(self.size) if self.size else None
        except InputError as error:
            problems += [f"--{problem}" for problem in error.problems]
        try:
            style = read_style(self.style) if self.style else {}
        except InputError as error:
            problems += error.problems
        if problems:
            raise InputError(*problems)
        return Look(size, self.title, style=style)


class _Plot(Options, group=GROUP):
    """Where a figure goes: a record of its own, so that its option is the first of its group."""

    plot: Path | None = option(
        None, metavar="FILE", help="Draw the result into FILE (.png, .svg or .pdf), too."
    )


class Figure(Drawing, _Plot, group=GROUP):
    """A figure beside what is printed, and how it looks."""

    def check(self, source: Path | None = None) -> None:
        """Make sure that it can be drawn and written, if it is asked for, before any work.

        Raises:
            InputError: as `check_files`.
        """
        self.check_files(*([self.plot] if self.plot else []), source=source)

    def draw(
        self,
        make: Callable[[], figure.Figure],
        provenance: Provenance | None = None,
        labels: Mapping[str, str] = NO_LABELS,
    ) -> None:
        """Draw it if it is asked for.

        Raises:
            InputError: as `draw_into`.
        """
        if self.plot:
            self.draw_into(self.plot, make, provenance, labels)


class LabeledFigure(Figure, group=GROUP):
    """A figure of a command without tables, whose options say its labels."""

    label: FigureLabelOption = None

    def check(self, source: Path | None = None) -> None:
        """As `Figure.check`, labels included."""
        from eqsolve.errors import InputError

        if read_labels(self.label) and not self.plot:
            raise InputError("--label: there is no figure to draw")
        super().check(source)


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
