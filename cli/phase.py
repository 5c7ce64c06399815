"""`eqsolve phase`: what happens over the plane of two parameters."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from . import talk
from .completion import ranges
from .drawing import Drawing
from .options import OUTPUT, QUESTION, Game, SelectionOption
from .outputs import outputs
from .ranges import read_ranges
from .records import Options, option
from .table_options import Tables

if TYPE_CHECKING:
    from eqsolve.phase import PhaseDiagram

FIGURES = (".pdf", ".svg", ".png")
DATA = (".json", ".csv")


class Plane(Options, group=QUESTION):
    """The parameters that span the plane, and how closely it is looked at."""

    x: str = option(
        ...,
        "--x",
        metavar="KEY=LOW:HIGH[:log]",
        help="The parameter across, and its range.",
        autocompletion=ranges,
    )
    y: str = option(
        ...,
        "--y",
        metavar="KEY=LOW:HIGH[:log]",
        help="The parameter upwards, and its range.",
        autocompletion=ranges,
    )
    grid: int = option(
        32, metavar="N", help="Squares per side of the first grid; a region that holds one is not missed."
    )
    accuracy: float = option(1e-4, metavar="SHARE", help="How close boundaries are, as a share of the axes.")


class Outputs(Options, group=OUTPUT):
    """What is printed, written and drawn."""

    output: list[Path] | None = option(
        None,
        metavar="FILE",
        help="Write a figure (.pdf, .svg, .png), the diagram (.json) or the boundaries (.csv); repeatable.",
    )


def phase(
    game: Game,
    plane: Plane,
    selection: SelectionOption = "initial",
    *,
    to: Outputs,
    figure: Drawing,
    tables: Tables,
) -> None:
    """Draw the regions of two parameters in which things differ.

    Is fine-tuning adopted, who gains, what becomes of outputs?
    Boundaries are found by refinement, and verified by games on both sides.

    Exit codes: 0 fine, 2 bad input or trouble, 3 some games are not certified
    or some boundaries not finished.
    """
    from eqsolve.files import check_destination, write_text
    from eqsolve.phase import phase_diagram
    from eqsolve.tables.of import tables_of

    from .progress import progress

    files = to.output or []
    for file in files:
        check_destination(file, (*FIGURES, *DATA), source=game.source)
    figures = [file for file in files if file.suffix.lower() in FIGURES]
    figure.check_files(*figures, source=game.source)
    x_range, y_range = read_ranges(plane.x, plane.y)
    params = game.read()
    with progress("surveying", "games") as report:
        diagram = phase_diagram(
            params,
            x_range,
            y_range,
            cells=plane.grid,
            accuracy=plane.accuracy,
            selection=selection,
            report=report,
        )

    with outputs() as save:
        for file in (file for file in files if file not in figures):
            text = diagram.to_csv() if file.suffix.lower() == ".csv" else f"{diagram.to_json()}\n"
            save(file, partial(write_text, file, text))
        tables.show(partial(tables_of, diagram), lambda: _print(diagram, game.name()), diagram)
        _warn(diagram)
        for file in figures:
            figure.draw_into(file, diagram.plot, diagram.provenance, tables.labels)
        if diagram.uncertified or not diagram.complete:
            raise typer.Exit(3)


def _print(diagram: PhaseDiagram, name: str) -> None:
    from eqsolve.tables.of import tables_of

    from .grids import fit, put, say, terminal
    from .sheets import grid_of

    say(f"{name}: {diagram.y.key} over {diagram.x.key}\n")
    console, width = terminal()
    put(console, fit(replace(grid_of(tables_of(diagram)[0]), least=(6, 5, 11, 0), group=0), width, margin=2))
    say(
        f"\n{len(diagram.boundaries)} boundaries within {diagram.accuracy:g} of the axes, from "
        f"{diagram.games:,} games ({diagram.solves:,} equilibria);\na full grid of this accuracy has "
        f"{diagram.grid_games:,} games."
    )


def _warn(diagram: PhaseDiagram) -> None:
    if diagram.uncertified:
        talk.warn(f"{diagram.uncertified} of the games are not certified")
    if not diagram.complete:
        talk.warn(
            f"stopped after {diagram.solves:,} equilibria: some boundaries are coarser than stated; "
            "narrow the ranges"
        )
