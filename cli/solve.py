"""`eqsolve solve`: one game, its equilibrium and its certificate."""

import math
from pathlib import Path
from typing import Annotated

import typer

from . import talk
from .drawing import StyleOption, check_figure, draw
from .options import (
    OUTPUT,
    PLAY,
    FixOption,
    Game,
    JsonOption,
    RegimeOption,
    SelectionOption,
    read_fixed,
)
from .outputs import outputs
from .progress import waiting
from .streams import emit


def solve(
    game: Game,
    regime: RegimeOption = "endogenous",
    selection: SelectionOption = "initial",
    fix: FixOption = None,
    all_equilibria: Annotated[
        bool,
        typer.Option(
            "--all-equilibria",
            help="List every participation equilibrium at the solution.",
            rich_help_panel=PLAY,
        ),
    ] = False,
    as_json: JsonOption = False,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the result to FILE (.json), too.", rich_help_panel=OUTPUT),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw the equilibrium into FILE (.png, .svg or .pdf).",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    style: StyleOption = None,
) -> None:
    """Solve a game: its equilibrium, with a certificate."""
    from eqsolve import solve as solve_game
    from eqsolve.files import check_destination, write_text

    if output:
        check_destination(output, (".json",), source=game.source)
    check_figure(plot, style, source=game.source)
    params, fixed = game.read(), read_fixed(fix)

    with waiting("solving"):
        equilibrium = solve_game(
            params, regime=regime, selection=selection, fix=fixed, all_equilibria=all_equilibria
        )

    with outputs() as save:
        if output:
            save(output, lambda: write_text(output, f"{equilibrium.to_json()}\n"))
        if as_json:
            emit(equilibrium.to_json())
        else:
            from .report import print_report

            print_report(equilibrium, game.name(fix))
        certified = equilibrium.certificate.status.certified
        if not certified:
            talk.warn(f"not certified: {equilibrium.certificate.message}")
        if plot and math.isfinite(equilibrium.quality):
            from eqsolve.figures import equilibrium_figure

            draw(plot, lambda: equilibrium_figure(equilibrium), style)
        if not certified:
            raise typer.Exit(3)
