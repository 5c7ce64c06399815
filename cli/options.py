"""The options that commands share, with the same words everywhere, and the game that they mean."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from eqsolve.params import Params
    from eqsolve.regimes import Fix

Regime = Literal["none", "forced", "endogenous", "planner"]
Selection = Literal["initial", "highest", "lowest"]


class RegimeName(StrEnum):
    """The regimes once more, for options that take several: Typer reads no list of literals."""

    NONE = "none"
    FORCED = "forced"
    ENDOGENOUS = "endogenous"
    PLANNER = "planner"


ParamsOption = Annotated[
    Path | None,
    typer.Option(
        "--params", metavar="FILE", help="The game: a TOML or JSON file. Default: the preset paper."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a value of the game, as in finetuning.cost=0.2; repeatable. Segments go by name, as in "
        "users.segments.high.share=0.5; shares that are not set are rescaled so that all sum to 1.",
    ),
]
RegimeOption = Annotated[
    Regime,
    typer.Option(
        help="Who chooses fine-tuning: nobody (none), strength imposed (forced), the platform (endogenous), "
        "or a planner who chooses quality too and maximizes welfare (planner)."
    ),
]
SelectionOption = Annotated[
    Selection,
    typer.Option(
        help="Which participation equilibrium is played when there are several: the one reached from the "
        "initial model, or the one with the highest or the lowest participation."
    ),
]
FixOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fix",
        metavar="CHOICE=VALUE",
        help="Fix a choice from outside: quality=0.6, or intensity=2; repeatable. All others are made "
        "as before.",
    ),
]


def read_fixed(assignments: list[str] | None) -> Fix:
    """What `--fix` fixes; raises InputError with everything that is wrong in it."""
    from eqsolve.params import parse_overrides
    from eqsolve.regimes import read_fix

    return read_fix(parse_overrides(assignments or []))


def read_game(params: Path | None, overrides: list[str] | None) -> Params:
    """The game of `--params` and `--set`; raises InputError with everything that is wrong in them."""
    from eqsolve.params import Params, parse_overrides

    changes = parse_overrides(overrides or [])
    return Params.from_file(params, changes) if params else Params().replace(changes)


def game_name(params: Path | None, overrides: list[str] | None, fix: list[str] | None = None) -> str:
    """What to call that game in a report."""
    changes = [f"--set {each}" for each in overrides or []] + [f"--fix {each}" for each in fix or []]
    return " ".join([params.name if params else "preset paper", *changes])
