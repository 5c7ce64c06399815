"""Regimes of a game, or games, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from .compare_options import Line
from .options import Regime, RegimeName, Selection, file_name, read_fixed, read_game

if TYPE_CHECKING:
    from eqsolve import Equilibrium, Params
    from eqsolve.regimes import Fix

K = TypeVar("K")

Task = tuple["Params", str, str, "Fix"]
"""A game, its regime, the selection, and what is fixed."""


def compare_regimes(line: Line) -> None:
    """Set the regimes of one game side by side."""
    source = line.files[0] if line.files else None
    line.figure.check(source)
    game, fix = read_game(source, line.overrides), read_fixed(line.play.fix)
    regimes = line.play.regimes or suited(fix, game)
    _show(line, {regime: (game, regime, _selection(line), fix) for regime in regimes}, file_name(source))


def compare_files(line: Line) -> None:
    """Set several games side by side, under one regime or several."""
    from eqsolve.errors import InputError

    regimes = line.play.regimes or [RegimeName.ENDOGENOUS]
    if line.figure.plot and len(regimes) < 2:
        raise InputError("--plot draws how users fare under two regimes or more of a game")
    line.figure.check()
    fix, labels = read_fixed(line.play.fix), _labels(line.files)
    tasks = {
        f"{labels[file]} {regime}" if len(regimes) > 1 else labels[file]: (
            game,
            regime,
            _selection(line),
            fix,
        )
        for file, game in [(file, read_game(file, line.overrides)) for file in line.files]
        for regime in regimes
    }
    _show(line, tasks, "scenarios")


def _show(line: Line, tasks: Mapping[str, Task], name: str) -> None:
    from eqsolve.comparison import compare
    from eqsolve.decomposition.several import decompose_all

    from .compare_output import finish_comparison

    results = solve_all(tasks)
    comparison = compare(*results.values(), names=list(results))
    title = " ".join([name, *settings(line)])
    finish_comparison(comparison, decompose_all(results), title, line)


def settings(line: Line) -> list[str]:
    """What is set and fixed, as options."""
    return [f"--set {each}" for each in line.overrides] + [f"--fix {each}" for each in line.play.fix or []]


def suited(fix: Fix, game: Params) -> list[RegimeName]:
    """The regimes that leave open what is fixed, and in which the policy of the game can bind."""
    from eqsolve.errors import InputError
    from eqsolve.regimes import REGIMES

    def suits(name: RegimeName) -> bool:
        try:
            REGIMES[name].admit(game.policy.binding(game.finetuning.strength))
        except InputError:
            return False
        return fix.intensity is None or not REGIMES[name].imposed

    return [name for name in RegimeName if suits(name)]


def solve_all(tasks: Mapping[K, Task]) -> dict[K, Equilibrium]:
    """Solve games, each under a regime, with a selection and choices fixed, and show how far it is."""
    from eqsolve import solve

    from .progress import progress

    results = {}
    with progress("solving", "games") as report:
        for done, (key, (game, regime, selection, fix)) in enumerate(tasks.items()):
            report(done, len(tasks))
            rules = cast(Regime, regime), cast(Selection, selection)
            results[key] = solve(game, regime=rules[0], selection=rules[1], fix=fix)
    return results


def _selection(line: Line) -> Selection:
    return line.play.selection or "initial"


def _labels(files: Sequence[Path]) -> dict[Path, str]:
    """Short names of files: the stem, or the whole path where stems are not different."""
    stems = [file.stem for file in files]
    return {file: file.stem if stems.count(file.stem) == 1 else str(file) for file in files}
