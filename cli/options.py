"""The options that commands share, with the same words everywhere, as records: what they mean together."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import talk
from .completion import assignments, choices, policies
from .records import Options, argument, option

if TYPE_CHECKING:
    from eqsolve.params import Params
    from eqsolve.regimes import Fix

Regime = Literal["none", "forced", "endogenous", "planner"]
Selection = Literal["initial", "highest", "lowest"]

GAME, QUESTION, PLAY, OUTPUT, WORK = "Game", "Question", "What is played", "Output", "Work"
"""The groups in which `--help` shows options."""

STDIN = Path("-")


class RegimeName(StrEnum):
    """The regimes once more, for options that take several: Typer reads no list of literals."""

    NONE = "none"
    FORCED = "forced"
    ENDOGENOUS = "endogenous"
    PLANNER = "planner"


REGIMES_METAVAR = "|".join(RegimeName)

RegimeOption = Annotated[
    Regime,
    typer.Option(
        help="Who chooses fine-tuning: nobody (none), strength imposed (forced), the platform (endogenous), "
        "or a planner who chooses quality too and maximizes welfare (planner).",
        rich_help_panel=PLAY,
    ),
]
RegimesOption = Annotated[
    list[RegimeName] | None,
    typer.Option(
        "--regime",
        metavar=REGIMES_METAVAR,
        help="Who chooses fine-tuning, as for solve; repeatable.",
        show_default="endogenous",
        rich_help_panel=PLAY,
    ),
]
SelectionOption = Annotated[
    Selection,
    typer.Option(
        help="Which participation equilibrium is played when there are several: the one reached from the "
        "initial model, or the one with the highest or the lowest participation.",
        rich_help_panel=PLAY,
    ),
]
FixOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fix",
        metavar="CHOICE=VALUE",
        help="Fix a choice from outside: quality=0.6, or intensity=2; repeatable. All others are made "
        "as before.",
        rich_help_panel=PLAY,
        autocompletion=choices,
    ),
]


class Changes(Options, group=GAME):
    """What is changed in the game of a file, which an option may name as well."""

    params: Path | None = option(None, metavar="FILE", help="The game, in place of FILE.")
    overrides: list[str] | None = option(
        None,
        "--set",
        metavar="KEY=VALUE",
        help="Change a value of the game, as in finetuning.cost=0.2; repeatable. Segments go by name, as in "
        "users.segments.high.share=0.5; shares that are not set are rescaled so that all sum to 1.",
        autocompletion=assignments,
    )
    policy: list[str] | None = option(
        None,
        metavar="NAME=VALUE",
        help="Play the game under a policy: training-subsidy, quality-floor, finetuning-cap or "
        "finetuning-tax, as in quality-floor=0.5; repeatable. Short for --set policy.NAME=VALUE.",
        autocompletion=policies,
    )

    @property
    def changes(self) -> list[str]:
        """What `--set` and `--policy` change, as `--set` says it; raises InputError for what sets nothing."""
        from eqsolve.params import parse_overrides

        parse_overrides(self.policy or [], "--policy", "NAME=VALUE")
        return [*(self.overrides or []), *(f"policy.{each}" for each in self.policy or [])]


class _File(Options, group=GAME):
    """A file: a record of its own, so that it is the first of its group."""

    file: Path | None = argument(
        None, metavar="FILE", help="The game: a TOML or JSON file, - for stdin. Default: the preset paper."
    )


class Game(Changes, _File, group=GAME):
    """The game that a command is about: a file, or the preset paper, with values changed."""

    @cached_property
    def source(self) -> Path | None:
        """The file that it comes from, if any; raises InputError if two are named."""
        if self.file and self.params:
            from eqsolve.errors import InputError

            raise InputError(f"two games, {self.file} and --params {self.params}: expected one")
        return self.file or self.params

    def read(self) -> Params:
        """Read it; raises InputError with everything that is wrong in it."""
        game = read_game(self.source, self.changes)
        talk.detail(f"game: {self.name()}")
        return game

    def name(self, fix: list[str] | None = None) -> str:
        """What to call it in a report."""
        changes = [f"--set {each}" for each in self.changes]
        changes += [f"--fix {each}" for each in fix or []]
        return " ".join([file_name(self.source), *changes])


def file_name(source: Path | None) -> str:
    """What to call the game of a file in a report."""
    if source is None:
        return "preset paper"
    return "stdin" if source == STDIN else source.name


def read_game(source: Path | None, overrides: list[str] | None) -> Params:
    """The game of a file and of `--set`; raises InputError with everything that is wrong in them."""
    from eqsolve.params import Params, parse_overrides

    from .streams import standard_input

    changes = parse_overrides(overrides or [], "--set")
    if source == STDIN:
        return Params.from_text(standard_input(), "stdin", changes)
    return Params.from_file(source, changes) if source else Params().replace(changes)


def read_fixed(assignments: list[str] | None) -> Fix:
    """What `--fix` fixes; raises InputError with everything that is wrong in it."""
    from eqsolve.params import parse_overrides
    from eqsolve.regimes import read_fix

    return read_fix(parse_overrides(assignments or [], "--fix", "CHOICE=VALUE"))
