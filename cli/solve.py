"""`eqsolve solve`: one game, its equilibrium and its certificate."""

import math
from functools import partial
from pathlib import Path
from typing import Any

import typer

from . import talk
from .drawing import Figure
from .options import OUTPUT, PLAY, FixOption, Game, RegimeOption, SelectionOption, read_fixed
from .outputs import outputs
from .progress import waiting
from .records import Options, option
from .table_options import Tables


class Play(Options, group=PLAY):
    """Who chooses, what is fixed, and which equilibrium among users is played."""

    regime: RegimeOption = "endogenous"
    selection: SelectionOption = "initial"
    fix: FixOption = None
    all_equilibria: bool = option(
        False, "--all-equilibria", help="List every participation equilibrium at the solution."
    )


class Outputs(Options, group=OUTPUT):
    """What is printed and written."""

    brief: bool = option(False, "--brief", help="Print the answer in sentences, and no more.")
    output: Path | None = option(None, metavar="FILE", help="Write the result to FILE (.json), too.")


def solve(game: Game, play: Play, to: Outputs, figure: Figure, tables: Tables) -> None:
    """Solve a game: its equilibrium, with a certificate.

    The answer comes first, in sentences: what the platform does, who takes part and
    who gains by it.
    """
    from eqsolve.answer import solve_beside, told
    from eqsolve.errors import InputError
    from eqsolve.files import check_destination, write_text

    from .report import print_report

    if to.output:
        check_destination(to.output, (".json",), source=game.source)
    figure.check(game.source)
    if to.brief and not tables.reports:
        raise InputError("--brief prints sentences: it goes with no format, and no columns, of tables")
    params, fixed = game.read(), read_fixed(play.fix)

    with waiting("solving"):
        equilibrium, without = (solve_beside if tables.reports else _alone)(
            params,
            regime=play.regime,
            selection=play.selection,
            fix=fixed,
            all_equilibria=play.all_equilibria,
        )

    with outputs() as save:
        if file := to.output:
            save(file, lambda: write_text(file, f"{equilibrium.to_json()}\n"))
        tables.show(
            partial(_tables, equilibrium),
            lambda: print_report(
                equilibrium, game.name(play.fix), told(equilibrium, without), brief=to.brief
            ),
            equilibrium,
        )
        certified = equilibrium.certificate.status.certified
        if not certified:
            talk.warn(f"not certified: {equilibrium.certificate.message}")
        if math.isfinite(equilibrium.quality):
            figure.draw(equilibrium.plot, equilibrium.provenance, tables.labels)
        if not certified:
            raise typer.Exit(3)


def _alone(params: Any, **question: Any) -> tuple[Any, None]:
    from eqsolve import solve as solve_game

    return solve_game(params, **question), None


def _tables(equilibrium: Any) -> Any:
    from eqsolve.tables.of import tables_of

    return tables_of(equilibrium)
