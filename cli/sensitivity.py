"""`eqsolve sensitivity`: how an equilibrium moves with every parameter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import talk
from .completion import ranges
from .options import QUESTION, Game, JsonOption, RegimeOption, SelectionOption
from .streams import emit

if TYPE_CHECKING:
    from eqsolve.sensitivities import Sensitivity, SignTable, Slope
    from eqsolve.sweeps.axes import Range

    from .grids import Grid

HEADINGS = ("q*", "β*", "N", "profit", "CS")
COLUMN = 12


def sensitivity(
    game: Game,
    regime: RegimeOption = "endogenous",
    selection: SelectionOption = "initial",
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=LOW:HIGH[:log]",
            help="A range: print the signs over the domain of all ranges instead; repeatable.",
            autocompletion=ranges,
            rich_help_panel=QUESTION,
        ),
    ] = None,
    domain: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The same for the ranges of a domain file, as of `findings`.",
            rich_help_panel=QUESTION,
        ),
    ] = None,
    points: Annotated[
        int, typer.Option(metavar="N", help="Games drawn from the domain.", rich_help_panel=QUESTION)
    ] = 32,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the draw.", rich_help_panel=QUESTION)] = 0,
    as_json: JsonOption = False,
) -> None:
    """Differentiate the equilibrium in every parameter.

    What is printed are slopes and elasticities.

    With --over or --domain, say instead whether each slope is always +, always - or
    changes over a domain.

    Exit codes: 0 fine, 2 bad input or trouble, 3 the game, or some of the
    domain, is not certified.
    """
    if over or domain:
        _signs(game, regime, selection, over or [], domain, points, seed, as_json)
        return
    from eqsolve.sensitivities import sensitivity as differentiate

    found = differentiate(game.read(), regime=regime, selection=selection)
    if as_json:
        emit(found.to_json())
    else:
        _print(found, game.name())
    status = found.equilibrium.certificate.status
    if not status.certified:
        talk.warn(f"not certified: {status.message}")
        raise typer.Exit(3)


def _signs(
    game: Game,
    regime: RegimeOption,
    selection: SelectionOption,
    over: list[str],
    domain: Path | None,
    points: int,
    seed: int,
    as_json: bool,
) -> None:
    from eqsolve.sensitivities import sign_table

    from .progress import progress
    from .ranges import read_ranges

    ranges: list[Range] = read_ranges(*over)
    params = game.read()
    if domain:
        from eqsolve.findings.domain import read_domain

        ranges += read_domain(domain, params).ranges
    with progress("differentiating", "games") as report:
        table = sign_table(
            params, ranges, points=points, seed=seed, regime=regime, selection=selection, report=report
        )
    if as_json:
        emit(table.to_json())
    else:
        _print_signs(table, game.name())
    if table.uncertified:
        talk.warn(f"{table.uncertified} of the games are not certified and not counted")
        raise typer.Exit(3)


def _print(found: Sensitivity, name: str) -> None:
    from eqsolve.sensitivities import MEASURED

    from .grids import fit, put, say, terminal

    say(f"{name}: regime {found.regime}, selection {found.selection}")
    console, width = terminal()
    for title, cell in (("slope", _slope), ("elasticity", _elasticity)):
        rows = [(key, *(cell(row[quantity]) for quantity in MEASURED)) for key, row in found.slopes.items()]
        put(console, ["", *fit(_grid(title, rows), width)])
    notes = [f"errors of slopes: at most {found.error:.0e}; {found.solves} equilibria", *found.notes]
    say("\n".join(["", *notes]))


def _print_signs(table: SignTable, name: str) -> None:
    from eqsolve.sensitivities import MEASURED

    from .grids import fit, put, say, terminal

    say(f"{name}: signs of slopes at {table.points} games of the domain, regime {table.regime}\n")
    rows = [(key, *(row[quantity].verdict for quantity in MEASURED)) for key, row in table.signs.items()]
    console, width = terminal()
    put(console, fit(_grid("", rows), width))
    for key, row in table.signs.items():
        for heading, quantity in zip(HEADINGS, MEASURED, strict=True):
            if row[quantity].verdict == "changes":
                plus, minus = (_point(where) for where in (row[quantity].plus, row[quantity].minus))
                say(f"\n{heading} in {key}\n  + at {plus}\n  - at {minus}")


def _grid(title: str, rows: Sequence[Sequence[str]]) -> Grid:
    from .grids import Grid

    count = len(HEADINGS)
    return Grid("l" + "r" * count, rows, (title, *HEADINGS), least=(0, *[COLUMN] * count), group=1)


def _point(values: object) -> str:
    return ", ".join(f"{key}={value:.6g}" for key, value in dict(values).items())  # type: ignore[call-overload]


def _slope(slope: Slope) -> str:
    if slope.kind == "kink":
        return f"{slope.left:+.3g}|{slope.right:+.3g}"
    return _number(slope.value, slope.sign)


def _elasticity(slope: Slope) -> str:
    return _number(slope.elasticity, slope.sign)


def _number(value: float, sign: str) -> str:
    if value != value:
        return "–"
    return "0" if sign == "0" else f"{value:+.5g}{'?' if sign == '?' else ''}"
