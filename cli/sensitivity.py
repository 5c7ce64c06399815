"""`eqsolve sensitivity`: how an equilibrium moves with every parameter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import talk
from .completion import ranges
from .drawing import Figure
from .grammar import Options
from .options import PLAY, QUESTION, Game, RegimeOption, SelectionOption
from .table_options import Tables

if TYPE_CHECKING:
    from eqsolve.sensitivities import Sensitivity, SignTable
    from eqsolve.tables import Table

    from .grids import Grid

COLUMN = 12


@dataclass(frozen=True)
class Domain(Options, group=QUESTION):
    """The domain over which signs are asked for, if they are."""

    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=LOW:HIGH[:log]",
            help="A range: print the signs over the domain of all ranges instead; repeatable.",
            autocompletion=ranges,
        ),
    ] = None
    domain: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The same for the ranges of a domain file, as of `findings`."),
    ] = None
    points: Annotated[int, typer.Option(metavar="N", help="Games drawn from the domain.")] = 32
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the draw.")] = 0


@dataclass(frozen=True)
class Play(Options, group=PLAY):
    """Who chooses, and which equilibrium among users is played."""

    regime: RegimeOption = "endogenous"
    selection: SelectionOption = "initial"


def sensitivity(game: Game, domain: Domain, play: Play, figure: Figure, tables: Tables) -> None:
    """Differentiate the equilibrium in every parameter.

    What is printed are slopes and elasticities. With --over or --domain, say instead
    whether each slope is always +, always - or changes over a domain.

    Exit codes: 0 fine, 2 bad input or trouble, 3 the game, or some of the
    domain, is not certified.
    """
    figure.check(game.source)
    if domain.over or domain.domain:
        _signs(game, domain, play, figure, tables)
        return
    from eqsolve.sensitivities import sensitivity as differentiate
    from eqsolve.tables.of import tables_of

    from .progress import waiting

    params = game.read()
    with waiting("differentiating"):
        found = differentiate(params, regime=play.regime, selection=play.selection)
    tables.show(partial(tables_of, found), lambda: _print(found, game.name()), found)
    figure.draw(found.plot, found.provenance, tables.labels)
    status = found.equilibrium.certificate.status
    if not status.certified:
        talk.warn(f"not certified: {status.message}")
        raise typer.Exit(3)


def _signs(game: Game, domain: Domain, play: Play, figure: Figure, tables: Tables) -> None:
    from eqsolve.sensitivities import sign_table
    from eqsolve.tables.of import tables_of

    from .progress import progress
    from .ranges import read_ranges

    over = read_ranges(*(domain.over or []))
    params = game.read()
    if domain.domain:
        from eqsolve.findings.domain import read_domain

        over += read_domain(domain.domain, params).ranges
    with progress("differentiating", "games") as report:
        found = sign_table(
            params,
            over,
            points=domain.points,
            seed=domain.seed,
            regime=play.regime,
            selection=play.selection,
            report=report,
        )
    tables.show(partial(tables_of, found), lambda: _print_signs(found, game.name()), found)
    figure.draw(found.plot, found.provenance, tables.labels)
    if found.uncertified:
        talk.warn(f"{found.uncertified} of the games are not certified and not counted")
        raise typer.Exit(3)


def _print(found: Sensitivity, name: str) -> None:
    from eqsolve.tables.of import tables_of

    from .grids import fit, put, say, terminal

    say(f"{name}: regime {found.regime}, selection {found.selection}")
    console, width = terminal()
    tables = tables_of(found)
    for table in tables:
        put(console, ["", *fit(_grid(table), width)])
    say("\n".join(["", *tables[-1].notes]))


def _print_signs(found: SignTable, name: str) -> None:
    from eqsolve.tables.of import tables_of
    from eqsolve.tables.parameters import SYMBOLS

    from .grids import fit, put, say, terminal

    say(f"{name}: signs of slopes at {found.points} games of the domain, regime {found.regime}\n")
    console, width = terminal()
    for table in tables_of(found):
        put(console, fit(_grid(table), width))
    for key, row in found.signs.items():
        for quantity, symbol in SYMBOLS.items():
            if row[quantity].verdict == "changes":
                plus, minus = (_point(where) for where in (row[quantity].plus, row[quantity].minus))
                say(f"\n{symbol} in {key}\n  + at {plus}\n  - at {minus}")


def _grid(table: Table) -> Grid:
    from .sheets import grid_of

    return grid_of(table, least=(0, *[COLUMN] * (len(table.columns) - 1)))


def _point(values: object) -> str:
    return ", ".join(f"{key}={value:.6g}" for key, value in dict(values).items())  # type: ignore[call-overload]
