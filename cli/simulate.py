"""`eqsolve simulate`: the same platform with users who click, beside the equilibrium."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .drawing import Figure
from .grammar import Options
from .options import OUTPUT, Game, RegimeOption
from .outputs import outputs
from .progress import progress
from .table_options import Tables

if TYPE_CHECKING:
    from eqsolve.simulation import Convergence, Simulation

DATA = (".csv", ".json")
Start = Literal["initial", "everybody", "nobody", "left", "right", "center", "ends"]


@dataclass(frozen=True)
class Crowd(Options, group="Simulation"):
    """The users who are simulated, and what they do."""

    users: Annotated[
        str,
        typer.Option(
            metavar="N[,N...]",
            help="How many users. Several numbers measure how deviations from the equilibrium shrink.",
        ),
    ] = "5000"
    rounds: Annotated[int, typer.Option(help="Rounds after the start.")] = 40
    ratings: Annotated[
        int,
        typer.Option(help="Outputs that each who takes part rates in a round."),
    ] = 20
    start: Annotated[
        Start,
        typer.Option(
            help="Who takes part at first: those whom the initial model suits, everybody, nobody, or "
            "by taste: the left or the right half, the center, both ends."
        ),
    ] = "initial"
    replications: Annotated[
        int,
        typer.Option(help="Independent repetitions; from two on there are standard errors."),
    ] = 1
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0
    revision: Annotated[
        float,
        typer.Option(help="Share of the users that decide again in a round."),
    ] = 0.5
    quality: Annotated[
        float | None,
        typer.Option(help="Quality q of the initial model. Default: that of the equilibrium."),
    ] = None
    intensity: Annotated[
        float | None,
        typer.Option(help="Intensity β of fine-tuning. Default: that of the equilibrium."),
    ] = None

    def settings(self) -> dict[str, Any]:
        """The arguments of the library's functions, but for the number of users."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "users"}


@dataclass(frozen=True)
class Outputs(Options, group=OUTPUT):
    """What is written."""

    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write rounds, or deviations, to FILE (.csv or .json)."),
    ] = None


def simulate(
    game: Game,
    crowd: Crowd,
    regime: RegimeOption = "endogenous",
    *,
    to: Outputs,
    figure: Figure,
    tables: Tables,
) -> None:
    """Simulate finitely many users who rate outputs.

    Every round, those who take part rate outputs of the model, the platform
    tunes it to the ratings, and users decide again whether to take part.
    """
    from eqsolve.files import check_destination, format_of, write_text
    from eqsolve.simulation import converge
    from eqsolve.simulation import simulate as simulate_one
    from eqsolve.tables.of import tables_of

    from .simulation_report import print_simulation

    if to.output:
        check_destination(to.output, DATA, source=game.source)
    figure.check(game.source)
    sizes = _sizes(crowd.users)
    params = game.read()
    options = {"regime": regime, **crowd.settings()}
    result: Simulation | Convergence
    with progress("simulating", unit="user rounds") as report:
        if len(sizes) == 1:
            result = simulate_one(params, sizes[0], report=report, **options)
        else:
            result = converge(params, sizes, report=report, **options)

    with outputs() as save:
        if file := to.output:
            text = result.to_csv() if format_of(file, DATA) == ".csv" else f"{result.to_json()}\n"
            save(file, lambda: write_text(file, text))
        tables.show(partial(tables_of, result), lambda: print_simulation(result, game.name()), result)
        figure.draw(result.plot, result.provenance, tables.labels)


def _sizes(text: str) -> list[int]:
    """The numbers of users that `--users` lists."""
    from eqsolve.errors import InputError

    parts = [part.strip() for part in text.split(",")]
    wrong = [part for part in parts if not part.removeprefix("-").isdecimal() or len(part) > 18]
    if wrong:
        raise InputError(
            *(f'--users: "{part}" is no number of users: expected one as in 5000' for part in wrong)
        )
    return [int(part) for part in parts]
