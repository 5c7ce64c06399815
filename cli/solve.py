"""`eqsolve solve`: one game, its equilibrium and its certificate."""

import math
from pathlib import Path
from typing import Annotated

import typer

from .drawing import StyleOption, check_figure, draw
from .options import (
    FixOption,
    ParamsOption,
    RegimeOption,
    SelectionOption,
    SetOption,
    game_name,
    read_fixed,
    read_game,
)
from .outputs import outputs
from .progress import waiting
from .streams import emit


def solve(
    params: ParamsOption = None,
    overrides: SetOption = None,
    regime: RegimeOption = "endogenous",
    selection: SelectionOption = "initial",
    fix: FixOption = None,
    all_equilibria: Annotated[
        bool, typer.Option("--all-equilibria", help="List every participation equilibrium at the solution.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the result to FILE (.json), too.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the equilibrium into FILE (.png, .svg or .pdf).")
    ] = None,
    style: StyleOption = None,
) -> None:
    """Solve a game: the equilibrium, and the certificate that it is one."""
    from eqsolve import solve as solve_game
    from eqsolve.files import check_destination, write_text

    if output:
        check_destination(output, (".json",), source=params)
    check_figure(plot, style, source=params)
    game, fixed = read_game(params, overrides), read_fixed(fix)

    with waiting("solving"):
        equilibrium = solve_game(
            game, regime=regime, selection=selection, fix=fixed, all_equilibria=all_equilibria
        )

    with outputs() as save:
        if output:
            save(output, lambda: write_text(output, f"{equilibrium.to_json()}\n"))
        if as_json:
            emit(equilibrium.to_json())
        else:
            from .report import print_report

            print_report(equilibrium, game_name(params, overrides, fix))
        certified = equilibrium.certificate.status.certified
        if not certified:
            typer.echo(f"warning: not certified: {equilibrium.certificate.message}", err=True)
        if plot and math.isfinite(equilibrium.quality):
            from eqsolve.figures import equilibrium_figure

            draw(plot, lambda: equilibrium_figure(equilibrium), style, provenance=equilibrium.provenance)
        if not certified:
            raise typer.Exit(3)
