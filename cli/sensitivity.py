"""`eqsolve sensitivity`: how an equilibrium moves with every parameter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from . import talk
from .completion import ranges
from .drawing import Figure
from .options import PLAY, QUESTION, Game, RegimeName, RegimesOption, Selection, SelectionOption
from .records import Options, option
from .table_options import Tables

if TYPE_CHECKING:
    from eqsolve.params import Params
    from eqsolve.sensitivities import Sensitivity, SignTable
    from eqsolve.tables import Table

    from .grids import Grid

COLUMN = 12


class Domain(Options, group=QUESTION):
    """The domain over which signs are asked for, if they are."""

    over: list[str] | None = option(
        None,
        metavar="KEY=LOW:HIGH[:log]",
        help="A range: print the signs over the domain of all ranges instead; repeatable.",
        autocompletion=ranges,
    )
    domain: Path | None = option(
        None,
        metavar="NAME|FILE",
        help="The same for a domain, as of `findings`: default, technology or tastes, or a file of ranges.",
    )
    points: int = option(32, metavar="N", help="Games drawn from the domain.")
    seed: int = option(0, metavar="N", help="Seed of the draw.")


class Play(Options, group=PLAY):
    """Who chooses, and which equilibrium among users is played."""

    regime: RegimesOption = None
    selection: SelectionOption = "initial"


def sensitivity(game: Game, domain: Domain, play: Play, figure: Figure, tables: Tables) -> None:
    """Differentiate the equilibrium in every parameter.

    What is printed are slopes and elasticities. With --over or --domain, say instead
    whether each slope is always +, always - or changes over a domain.

    Exit codes: 0 fine, 2 bad input or trouble, 3 the game, or some of the
    domain, is not certified.
    """
    from eqsolve.errors import InputError

    regimes = list(dict.fromkeys(play.regime or [RegimeName.ENDOGENOUS]))
    if figure.plot and len(regimes) > 1:
        raise InputError("--plot draws one regime: expected one --regime")
    figure.check(game.source)
    signs = bool(domain.over or domain.domain)
    found = (_signs if signs else _slopes)(game.read(), domain, regimes, play.selection)
    print_one = partial(_print_signs if signs else _print, name=game.name())
    _show(found, print_one, figure, tables)
    statuses = [each.uncertified if signs else each.equilibrium.certificate.status for each in found]
    for regime, status in zip(regimes, statuses, strict=True):
        where = f"{regime}: " if len(regimes) > 1 else ""
        if signs and status:
            talk.warn(f"{where}{status} of the games are not certified and not counted")
        elif not signs and not status.certified:
            talk.warn(f"{where}not certified: {status.message}")
    if any(status if signs else not status.certified for status in statuses):
        raise typer.Exit(3)


def _slopes(params: Params, _: Domain, regimes: list[RegimeName], selection: Selection) -> list[Any]:
    from eqsolve.sensitivities import sensitivity as differentiate

    from .progress import waiting

    with waiting("differentiating"):
        return [differentiate(params, regime=each.value, selection=selection) for each in regimes]


def _signs(params: Params, domain: Domain, regimes: list[RegimeName], selection: Selection) -> list[Any]:
    from eqsolve.sensitivities import sign_table

    from .progress import progress
    from .ranges import named_domain, read_ranges

    over = read_ranges(*(domain.over or []), whole=True)
    if domain.domain:
        named, _ = named_domain(domain.domain, params)
        params, over = named.base, [*over, *named.ranges]
    asked: Any = {"points": domain.points, "seed": domain.seed, "selection": selection}
    with progress("differentiating", "games") as report:
        return [sign_table(params, over, regime=each.value, report=report, **asked) for each in regimes]


def _show(found: list[Any], print_one: Callable[[Any], None], figure: Figure, tables: Tables) -> None:
    """Print what was found, a regime after the other or in one table, and draw it."""
    from eqsolve.sensitivities import ByRegime
    from eqsolve.tables.of import tables_of

    from .grids import say

    def report() -> None:
        for number, each in enumerate(found):
            if number:
                say("")
            print_one(each)

    whole: Any = found[0] if len(found) == 1 else ByRegime(tuple(found))
    tables.show(partial(tables_of, whole), report, whole)
    if len(found) == 1:
        figure.draw(whole.plot, whole.provenance, tables.labels)


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
