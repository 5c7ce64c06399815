"""`eqsolve threshold`: where along one parameter something starts or stops to happen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import typer

from . import talk
from .completion import numbers
from .drawing import Figure
from .options import QUESTION, Game, SelectionOption
from .progress import progress
from .records import Options, option
from .table_options import Tables

if TYPE_CHECKING:
    from rich.text import Text

    from eqsolve.thresholds import Threshold

ConditionName = Literal[
    "adopts", "active", "users-gain", "users-lose", "society-loses", "centralized", "polarized"
]


class Line(Options, group=QUESTION):
    """The parameter that moves, and what to look for."""

    of: str = option(
        ..., metavar="KEY", help="The parameter that moves, as in finetuning.cost.", autocompletion=numbers
    )
    where: ConditionName = option(
        "adopts",
        metavar="CONDITION",
        help="What starts or stops. The platform fine-tunes: adopts; there are users without it: "
        "active; it fine-tunes and: users-gain, users-lose, society-loses; outputs become: "
        "centralized, polarized.",
    )
    over: str | None = option(
        None, "--range", metavar="LOW:HIGH", help="Where to look. Default: the key's usual range."
    )


def threshold(
    game: Game,
    line: Line,
    selection: SelectionOption = "initial",
    *,
    figure: Figure,
    tables: Tables,
) -> None:
    """Find where along a parameter something starts or stops.

    Every value in the range at which it does is found to 1e-9, with the games on both sides.

    Exit codes: 0 fine, 2 bad input, trouble or no threshold in the range, 3 a
    game beside a threshold is not certified.
    """
    from eqsolve.tables.of import tables_of
    from eqsolve.thresholds import threshold as find_threshold

    figure.check(game.source)
    low, high = _bounds(line.of, line.over)
    params = game.read()
    with progress("searching", "equilibria") as report:
        found = find_threshold(
            params, line.of, line.where, low=low, high=high, selection=selection, report=report
        )
    tables.show(partial(tables_of, found), lambda: _print(found, game.name()), found)
    if found.uncertified:
        talk.warn(f"{found.uncertified} of the scanned games are not certified")
    figure.draw(found.plot, found.provenance, tables.labels)
    if not found.certified:
        talk.warn("not every game beside a threshold is certified")
        raise typer.Exit(3)


def _bounds(key: str, text: str | None) -> tuple[float | None, float | None]:
    from eqsolve.errors import InputError
    from eqsolve.sweeps.axes import Range, parse_axis

    if text is None:
        return None, None
    axis = parse_axis(f"{key}={text}")
    if not isinstance(axis, Range) or axis.log:
        raise InputError(f'--range "{text}": expected LOW:HIGH')
    return axis.low, axis.high


def _print(found: Threshold, name: str) -> None:
    from eqsolve.tables.of import tables_of
    from eqsolve.thresholds import CONDITIONS

    from .grids import fit, put, terminal, wrap
    from .sheets import grid_of

    console, width = terminal()
    count = len(found.crossings)
    title = [
        f"{name}: where {CONDITIONS[found.condition].words}",
        f"{count} threshold{'s' if count > 1 else ''} of {found.key} from {found.low:g} to {found.high:g}",
    ]
    lines: list[str | Text] = [line for text in title for line in wrap(text, width)]
    for table in tables_of(found)[1:]:
        grid = grid_of(table, least=(14, 12, 12))
        lines += ["", *wrap(table.title, width), *fit(grid, width, margin=2)]
    put(console, lines)
