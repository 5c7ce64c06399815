"""`eqsolve plot`: a figure of a sweep, or of another result that was saved."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .completion import numbers, quantities, regimes
from .drawing import Drawing
from .labels import FigureLabelOption, read_labels
from .options import OUTPUT, QUESTION
from .records import Options, option


class Content(Options, group=QUESTION):
    """What is drawn of a result."""

    x: str | None = option(
        None,
        metavar="KEY",
        help="The key on the horizontal axis. Default: the first.",
        autocompletion=numbers,
    )
    y: list[str] | None = option(
        None,
        metavar="NAME",
        help="A quantity, drawn as lines; repeatable. Or a second key, for a map.",
        autocompletion=quantities,
    )
    z: list[str] | None = option(
        None, metavar="NAME", help="A quantity that a map shows; repeatable.", autocompletion=quantities
    )
    against: str | None = option(
        None,
        metavar="REGIME",
        help="Draw what the other regimes differ by from this one.",
        autocompletion=regimes,
    )
    mark: bool = option(False, "--mark", help="Mark the game itself on a map or phase diagram.")
    boundaries: Path | None = option(
        None, metavar="FILE", help="A saved phase diagram whose boundaries are laid over maps."
    )
    legend: Literal["beside", "below", "regions"] | None = option(
        None, help="Where a phase diagram says what its regions are."
    )


def plot(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="What eqsolve sweep wrote (.csv, .jsonl, .parquet or .nc), or the saved JSON of phase, "
            "threshold, sensitivity, findings, simulate, compare or solve.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="FILE",
            help="The figure to write (.png, .svg or .pdf).",
            rich_help_panel=OUTPUT,
        ),
    ],
    content: Content,
    look: Drawing,
    label: FigureLabelOption = None,
) -> None:
    """Draw a sweep, or another result that was saved.

    A sweep is lines over one key, or a map over two. Without --y and --z, panels
    show the main quantities. Lines break where another equilibrium takes over; rows
    that are not certified are crossed.
    """
    look.check_files(output, source=file)
    labels = read_labels(label)
    from eqsolve.errors import InputError
    from eqsolve.sources import read_source

    source = read_source(file)
    if look.footer and source.provenance is None:
        raise InputError(f"--footer: {file} does not say how it came about")
    look.draw_into(output, lambda: source.figure(**vars(content)), source.provenance, labels)
