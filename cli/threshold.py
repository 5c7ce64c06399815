"""`eqsolve threshold`: where along one parameter something starts or stops to happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .options import ParamsOption, SelectionOption, SetOption, game_name, read_game
from .streams import emit

if TYPE_CHECKING:
    from eqsolve.thresholds import Crossing, Threshold

ConditionName = Literal[
    "adopts", "active", "users-gain", "users-lose", "society-loses", "centralized", "polarized"
]
SHOWN = ("quality", "intensity", "participation", "profit", "user_surplus", "welfare", "variance")


def threshold(
    of: Annotated[
        str, typer.Option("--of", metavar="KEY", help="The parameter that moves, as in finetuning.cost.")
    ],
    where: Annotated[
        ConditionName,
        typer.Option(
            help="What starts or stops: the platform adopts fine-tuning; users are active without it; it "
            "adopts and users gain, users lose, society loses, outputs become centralized or polarized."
        ),
    ] = "adopts",
    params: ParamsOption = None,
    overrides: SetOption = None,
    over: Annotated[
        str | None,
        typer.Option("--range", metavar="LOW:HIGH", help="Where to look. Default: the key's usual range."),
    ] = None,
    selection: SelectionOption = "initial",
    as_json: Annotated[bool, typer.Option("--json", help="Print the thresholds as JSON.")] = False,
) -> None:
    """Find every value of a parameter at which something starts or stops, to 1e-9, with the games beside it.

    Exit codes: 0 fine, 2 bad input, trouble or no threshold in the range, 3 a
    game beside a threshold is not certified.
    """
    from eqsolve.thresholds import threshold as find_threshold

    low, high = _bounds(of, over)
    game = read_game(params, overrides)
    found = find_threshold(game, of, where, low=low, high=high, selection=selection)
    if as_json:
        emit(found.to_json())
    else:
        _print(found, game_name(params, overrides))
    if found.uncertified:
        typer.echo(f"warning: {found.uncertified} of the scanned games are not certified", err=True)
    if not found.certified:
        typer.echo("warning: not every game beside a threshold is certified", err=True)
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

    count = len(found.crossings)
    typer.echo(f"{name}: where {CONDITIONS[found.condition].words}")
    typer.echo(
        f"{count} threshold{'s' if count > 1 else ''} of {found.key} from {found.low:g} to {found.high:g}"
    )
    for crossing in found.crossings:
        _print_crossing(crossing, found.key, found.condition)


def _print_crossing(crossing: Crossing, key: str, condition: str) -> None:
    sides = ["no", "yes"] if crossing.holds_above else ["yes", "no"]
    typer.echo(f"\n{key} = {crossing.value:.10f}{', by a jump' if crossing.jump else ''}")
    rows = [("", "just below", "just above"), (condition, *sides)]
    rows += [
        (name, f"{getattr(crossing.below, name):.8f}", f"{getattr(crossing.above, name):.8f}")
        for name in SHOWN
    ]
    rows.append(("direction", crossing.below.direction, crossing.above.direction))
    rows.append(("status", *(str(e.certificate.status) for e in (crossing.below, crossing.above))))
    for what, below, above in rows:
        typer.echo(f"  {what.replace('_', ' '):14s}  {below:>12s}  {above:>12s}".rstrip())
