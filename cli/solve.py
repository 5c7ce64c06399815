"""`eqsolve solve`: one game, its equilibrium and its certificate."""

import math
from pathlib import Path
from typing import Annotated

import typer

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
from .progress import waiting


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
) -> None:
    """Solve a game: the equilibrium, and the certificate that it is one."""
    from eqsolve import solve as solve_game
    from eqsolve.files import check_destination, write

    if output:
        check_destination(output, (".json",), source=params)
    if plot:
        from eqsolve import figures

        check_destination(plot, figures.SUFFIXES)
    game, fixed = read_game(params, overrides), read_fixed(fix)

    with waiting("solving"):
        equilibrium = solve_game(
            game, regime=regime, selection=selection, fix=fixed, all_equilibria=all_equilibria
        )

    files: dict[Path, bytes] = {}
    if output:
        files[output] = f"{equilibrium.to_json()}\n".encode()
    if plot and math.isfinite(equilibrium.quality):
        files[plot] = figures.render(figures.equilibrium_figure(equilibrium), plot.suffix.lower())
    for file, content in files.items():
        write(file, content)
        typer.echo(f"wrote {file}", err=True)

    if as_json:
        typer.echo(equilibrium.to_json())
    else:
        from .report import print_report

        print_report(equilibrium, game_name(params, overrides, fix))
    if not equilibrium.certificate.status.certified:
        typer.echo(f"warning: not certified: {equilibrium.certificate.message}", err=True)
        raise typer.Exit(3)
