"""`eqsolve plot`: a figure of a sweep, or of another result that was saved."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from .drawing import Drawing
from .grammar import Options
from .labels import FigureLabelOption, read_labels
from .options import OUTPUT, QUESTION


@dataclass(frozen=True)
class Content(Options, group=QUESTION):
    """What is drawn of a result."""

    x: Annotated[
        str | None, typer.Option(metavar="KEY", help="The key on the horizontal axis. Default: the first.")
    ] = None
    y: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A quantity, drawn as lines; repeatable. Or a second key, for a map."
        ),
    ] = None
    z: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A quantity that a map shows; repeatable.")
    ] = None
    against: Annotated[
        str | None,
        typer.Option(metavar="REGIME", help="Draw what the other regimes differ by from this one."),
    ] = None
    mark: Annotated[bool, typer.Option("--mark", help="Mark the game itself on a map or phase diagram.")] = (
        False
    )
    boundaries: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A saved phase diagram whose boundaries are laid over maps."),
    ] = None
    legend: Annotated[
        Literal["beside", "below", "regions"] | None,
        typer.Option(help="Where a phase diagram says what its regions are."),
    ] = None


def plot(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="What eqsolve sweep wrote (.csv, .jsonl, .parquet or .nc), or the saved JSON of phase, "
            "threshold, sensitivity, findings, compare or solve.",
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
