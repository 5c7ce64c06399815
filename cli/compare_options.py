"""The options of `eqsolve compare`, by what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .drawing import Figure
from .options import (
    GAME,
    OUTPUT,
    PLAY,
    REGIMES_METAVAR,
    Changes,
    FixOption,
    RegimeName,
    Selection,
)
from .records import Options, argument, option
from .table_options import Looks

Format = Literal["table", "markdown", "latex", "csv", "json", "junit", "github"]


class _Files(Options, group=GAME):
    """The files, as `_File` of other commands."""

    files: list[Path] | None = argument(
        None,
        metavar="FILE",
        help="A game, whose regimes are compared; several games, the first as reference; a folder of "
        "games to check; or two sweeps (.csv). - is stdin. Default: the preset paper.",
    )


class Games(Changes, _Files, group=GAME):
    """The games, or sweeps, to compare."""


class Play(Options, group=PLAY):
    """What is solved, where something is."""

    regimes: list[RegimeName] | None = option(
        None,
        "--regime",
        metavar=REGIMES_METAVAR,
        help="Who chooses fine-tuning; repeatable. Default: all four of one game (those that --fix "
        "and --policy leave something to choose), those of the baseline, or endogenous for several "
        "games.",
    )
    selection: Selection | None = option(
        None, help="Which participation equilibrium is played. Default: that of the baseline, or initial."
    )
    fix: FixOption = None


class Tolerance(Options, group="Checks"):
    """What a check compares with, and how closely."""

    baseline: Path | None = option(
        None,
        metavar="FILE",
        help="Check the game against this baseline (.json), or a folder of games against that of theirs.",
    )
    update: bool = option(False, "--update", help="Write the baseline, or write it anew.")
    rtol: float | None = option(None, help="Relative tolerance. Default: the baseline's, or 1e-6.")
    atol: float | None = option(None, help="Absolute tolerance. Default: the baseline's, or 1e-9.")
    tol: list[str] | None = option(
        None,
        metavar="NAME=TOL",
        help="Absolute tolerance of one quantity in place of both, as in profit=1e-8; repeatable.",
    )


class Output(Looks, group=OUTPUT):
    """What is printed, and how it looks."""

    output_format: Format = option(
        "table",
        "--format",
        help="What to print; LaTeX and CSV hold the values; github also annotates files and fills "
        "the summary of the step.",
    )


@dataclass(frozen=True)
class Line:
    """The whole line, as a program reads it."""

    files: list[Path]
    overrides: list[str]
    play: Play
    tolerance: Tolerance
    output: Output
    figure: Figure
