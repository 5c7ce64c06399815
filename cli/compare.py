"""`eqsolve compare`: which of its programs a line means, and that the program takes all of the line.

The programs are in `compare_games` (regimes of a game, or games, side by side) and `compare_checks` (games
against baselines, a sweep against an earlier one).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer

from .compare_options import Games, Line, Output, Play, Tolerance
from .drawing import Figure
from .grammar import given


@dataclass(frozen=True)
class Program:
    """What `compare` does: what it is about, in words; the options it takes; how it runs."""

    about: str
    takes: frozenset[str]
    run: Callable[[Line], None]


def compare(
    context: typer.Context, games: Games, play: Play, tolerance: Tolerance, output: Output, figure: Figure
) -> None:
    """Compare regimes, games, or what is with what was.

    The regimes of one game stand side by side, or several games; a figure shows who
    gains and loses by taste, and why. With --baseline
    the game is checked against what it was, and two sweeps against each other:
    exit 0 if all values agree, 1 if some differ, 2 on bad input or trouble,
    3 if a result is not certified.
    """
    from eqsolve.errors import InputError

    files = games.files or []
    if files and games.params:
        raise InputError(f"games are named, {files[0]}, or given by --params {games.params}: not both")
    named: Any = files or [games.params] * bool(games.params)
    line = Line(named, games.changes, play, tolerance, output, figure)
    program = PROGRAMS[_meant(line)]
    others = [name for name in given(context) if name not in program.takes]
    if others:
        raise InputError(*(f"{name} means nothing to {program.about}" for name in others))
    program.run(line)


def _meant(line: Line) -> str:
    """The name of the program that the line means; raises InputError if it means none."""
    from eqsolve.errors import InputError

    files, tables = line.files, [file.suffix.lower() == ".csv" for file in line.files]
    folders = [file for file in files if file.is_dir()]
    wrong = {
        "a file is named twice": len(set(files)) < len(files),
        "two sweeps are compared, no more and no fewer": all(tables) and len(tables) in (1, 3),
        "sweeps do not compare with games": any(tables) and not all(tables),
        "--update needs the --baseline that it writes": line.tolerance.update and not line.tolerance.baseline,
        "--baseline checks a game, or a folder of games, not files side by side": (
            bool(line.tolerance.baseline) and len(files) > 1
        ),
        f"{', '.join(map(str, folders))}: a folder of games is checked with --baseline; to compare its "
        "games, name them": bool(folders) and not line.tolerance.baseline,
    }
    if any(wrong.values()):
        raise InputError(*(message for message, holds in wrong.items() if holds))
    if any(tables):
        return "sweeps"
    if line.tolerance.baseline:
        return "update" if line.tolerance.update else "check"
    return "regimes" if len(files) < 2 else "games"


def _run(module: str, function: str) -> Callable[[Line], None]:
    """A function of a module that is imported when it runs."""

    def call(line: Line) -> None:
        getattr(import_module(f".{module}", __package__), function)(line)

    return call


SOLVED = {"--params", "--set", "--policy", "--regime", "--selection", "--fix"}
TOLERANCES = {"--rtol", "--atol", "--tol"}
DRAWN = {"--plot", "--size", "--title", "--style", "--footer"}
LOOKS = {"--format", "--columns", "--digits", "--label", "--names"}
PROGRAMS = {
    "regimes": Program(
        "the regimes of a game side by side",
        frozenset(SOLVED | LOOKS | DRAWN),
        _run("compare_games", "compare_regimes"),
    ),
    "games": Program(
        "games side by side", frozenset(SOLVED | LOOKS | DRAWN), _run("compare_games", "compare_files")
    ),
    "check": Program(
        "a check against baselines",
        frozenset(SOLVED | TOLERANCES | LOOKS | {"--baseline"}),
        _run("compare_checks", "check_baselines"),
    ),
    "update": Program(
        "--update, which says what it changes",
        frozenset(SOLVED | TOLERANCES | {"--baseline", "--update"}),
        _run("compare_checks", "update_baselines"),
    ),
    "sweeps": Program(
        "two sweeps, which are not solved again",
        frozenset(TOLERANCES | LOOKS),
        _run("compare_checks", "check_sweep_files"),
    ),
}
