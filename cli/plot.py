"""`eqsolve plot`: a figure of a sweep."""

from pathlib import Path
from typing import Annotated

import typer

from .drawing import StyleOption, check_figure, draw


def plot(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What eqsolve sweep wrote (.csv, .jsonl, .parquet or .nc).")
    ],
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="The figure to write (.png, .svg or .pdf).")
    ],
    x: Annotated[
        str | None, typer.Option(metavar="KEY", help="The key on the horizontal axis. Default: the first.")
    ] = None,
    y: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A quantity, drawn as lines; or a second key, for a map."),
    ] = None,
    z: Annotated[str | None, typer.Option(metavar="NAME", help="The quantity that a map shows.")] = None,
    style: StyleOption = None,
) -> None:
    """Draw a sweep: lines over one key, or a map over two.

    Without --y and --z, panels show the main quantities. Lines break where
    another equilibrium takes over; rows that are not certified are crossed.
    """
    check_figure(output, style, source=file)
    from eqsolve.sweeps.figures import sweep_figure
    from eqsolve.sweeps.readers import read_frame

    frame = read_frame(file)
    draw(output, lambda: sweep_figure(frame, x, y, z), style)
