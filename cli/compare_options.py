"""The options of `eqsolve compare`, by what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from .drawing import Figure
from .grammar import Options
from .options import (
    GAME,
    OUTPUT,
    PLAY,
    REGIMES_METAVAR,
    FixOption,
    ParamsOption,
    PolicyOption,
    RegimeName,
    Selection,
    SetOption,
)
from .table_options import Looks

Format = Literal["table", "markdown", "latex", "csv", "json", "junit", "github"]


@dataclass(frozen=True)
class Games(Options, group=GAME):
    """The games, or sweeps, to compare."""

    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="A game, whose regimes are compared; several games, the first as reference; a folder of "
            "games to check; or two sweeps (.csv). - is stdin. Default: the preset paper.",
        ),
    ] = None
    params: ParamsOption = None
    overrides: SetOption = None
    policy: PolicyOption = None


@dataclass(frozen=True)
class Play(Options, group=PLAY):
    """What is solved, where something is."""

    regimes: Annotated[
        list[RegimeName] | None,
        typer.Option(
            "--regime",
            metavar=REGIMES_METAVAR,
            help="Who chooses fine-tuning; repeatable. Default: all four of one game (those that --fix "
            "and --policy leave something to choose), those of the baseline, or endogenous for several "
            "games.",
        ),
    ] = None
    selection: Annotated[
        Selection | None,
        typer.Option(
            help="Which participation equilibrium is played. Default: that of the baseline, or initial."
        ),
    ] = None
    fix: FixOption = None


@dataclass(frozen=True)
class Tolerance(Options, group="Checks"):
    """What a check compares with, and how closely."""

    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Check the game against this baseline (.json), or a folder of games against that of theirs.",
        ),
    ] = None
    update: Annotated[
        bool,
        typer.Option("--update", help="Write the baseline, or write it anew."),
    ] = False
    rtol: Annotated[
        float | None,
        typer.Option(help="Relative tolerance. Default: the baseline's, or 1e-6."),
    ] = None
    atol: Annotated[
        float | None,
        typer.Option(help="Absolute tolerance. Default: the baseline's, or 1e-9."),
    ] = None
    tol: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=TOL",
            help="Absolute tolerance of one quantity in place of both, as in profit=1e-8; repeatable.",
        ),
    ] = None


@dataclass(frozen=True)
class Output(Looks, group=OUTPUT):
    """What is printed, and how it looks."""

    output_format: Annotated[
        Format,
        typer.Option(
            "--format",
            help="What to print; LaTeX and CSV hold the values; github also annotates files and fills "
            "the summary of the step.",
        ),
    ] = "table"


@dataclass(frozen=True)
class Line:
    """The whole line, as a program reads it."""

    files: list[Path]
    overrides: list[str]
    play: Play
    tolerance: Tolerance
    output: Output
    figure: Figure
