"""`eqsolve threshold`: where along one parameter something starts or stops to happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import talk
from .completion import numbers
from .options import QUESTION, Game, JsonOption, SelectionOption
from .progress import progress
from .streams import emit

if TYPE_CHECKING:
    from rich.text import Text

    from eqsolve.thresholds import Crossing, Threshold

    from .grids import Grid

ConditionName = Literal[
    "adopts", "active", "users-gain", "users-lose", "society-loses", "centralized", "polarized"
]
SHOWN = ("quality", "intensity", "participation", "profit", "user_surplus", "welfare", "variance")


def threshold(
    game: Game,
    of: Annotated[
        str,
        typer.Option(
            "--of",
            metavar="KEY",
            help="The parameter that moves, as in finetuning.cost.",
            autocompletion=numbers,
            rich_help_panel=QUESTION,
        ),
    ],
    where: Annotated[
        ConditionName,
        typer.Option(
            metavar="CONDITION",
            help="What starts or stops. The platform fine-tunes: adopts; there are users without it: "
            "active; it fine-tunes and: users-gain, users-lose, society-loses; outputs become: "
            "centralized, polarized.",
            rich_help_panel=QUESTION,
        ),
    ] = "adopts",
    over: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="LOW:HIGH",
            help="Where to look. Default: the key's usual range.",
            rich_help_panel=QUESTION,
        ),
    ] = None,
    selection: SelectionOption = "initial",
    as_json: JsonOption = False,
) -> None:
    """Find where along a parameter something starts or stops.

    Every value in the range at which it does is found to 1e-9, with the games on both sides.

    Exit codes: 0 fine, 2 bad input, trouble or no threshold in the range, 3 a
    game beside a threshold is not certified.
    """
    from eqsolve.thresholds import threshold as find_threshold

    low, high = _bounds(of, over)
    params = game.read()
    with progress("searching", "equilibria") as report:
        found = find_threshold(params, of, where, low=low, high=high, selection=selection, report=report)
    if as_json:
        emit(found.to_json())
    else:
        _print(found, game.name())
    if found.uncertified:
        talk.warn(f"{found.uncertified} of the scanned games are not certified")
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
    from eqsolve.thresholds import CONDITIONS

    from .grids import fit, put, terminal, wrap

    console, width = terminal()
    count = len(found.crossings)
    title = [
        f"{name}: where {CONDITIONS[found.condition].words}",
        f"{count} threshold{'s' if count > 1 else ''} of {found.key} from {found.low:g} to {found.high:g}",
    ]
    lines: list[str | Text] = [line for text in title for line in wrap(text, width)]
    for crossing in found.crossings:
        where = f"{found.key} = {crossing.value:.10f}{', by a jump' if crossing.jump else ''}"
        lines += ["", *wrap(where, width), *fit(_sides(crossing, found.condition), width, margin=2)]
    put(console, lines)


def _sides(crossing: Crossing, condition: str) -> Grid:
    """The games just below and just above a threshold."""
    from .grids import Grid

    rows = [(condition, *(["no", "yes"] if crossing.holds_above else ["yes", "no"]))]
    rows += [
        (
            name.replace("_", " "),
            f"{getattr(crossing.below, name):.8f}",
            f"{getattr(crossing.above, name):.8f}",
        )
        for name in SHOWN
    ]
    rows.append(("direction", crossing.below.direction, crossing.above.direction))
    rows.append(("status", *(str(e.certificate.status) for e in (crossing.below, crossing.above))))
    return Grid("lrr", rows, ("", "just below", "just above"), least=(14, 12, 12), group=1)
