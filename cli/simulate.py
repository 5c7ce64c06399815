"""`eqsolve simulate`: the same platform with users who click, beside the equilibrium."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .drawing import Figure
from .options import OUTPUT, Game, RegimeOption
from .outputs import outputs
from .progress import progress
from .records import Options, option
from .table_options import Tables

if TYPE_CHECKING:
    from eqsolve.simulation import Convergence, Simulation

DATA = (".csv", ".json")
Start = Literal["initial", "everybody", "nobody", "left", "right", "center", "ends"]


class Crowd(Options, group="Simulation"):
    """The users who are simulated, and what they do."""

    users: str = option(
        "5000",
        metavar="N[,N...]",
        help="How many users. Several numbers measure how deviations from the equilibrium shrink.",
    )
    rounds: int = option(40, help="Rounds after the start.")
    ratings: int = option(20, help="Outputs that each who takes part rates in a round.")
    start: Start = option(
        "initial",
        help="Who takes part at first: those whom the initial model suits, everybody, nobody, or "
        "by taste: the left or the right half, the center, both ends.",
    )
    replications: int = option(1, help="Independent repetitions; from two on there are standard errors.")
    seed: int = option(0, help="The same seed gives the same numbers.")
    revision: float = option(0.5, help="Share of the users that decide again in a round.")
    quality: float | None = option(
        None, help="Quality q of the initial model. Default: that of the equilibrium."
    )
    intensity: float | None = option(
        None, help="Intensity β of fine-tuning. Default: that of the equilibrium."
    )

    def settings(self) -> dict[str, Any]:
        """The arguments of the library's functions, but for the number of users."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "users"}


class Outputs(Options, group=OUTPUT):
    """What is written."""

    output: Path | None = option(
        None, metavar="FILE", help="Write rounds, or deviations, to FILE (.csv or .json)."
    )


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
