"""What `eqsolve compare` checks: games against baselines, a sweep against an earlier one."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from . import talk
from .compare_games import solve_all, suited
from .compare_options import Line
from .compare_options import Tolerance as ToleranceOptions
from .compare_output import finish
from .options import read_fixed, read_game

if TYPE_CHECKING:
    from eqsolve import Equilibrium, Params
    from eqsolve.comparison import Baseline, Check, Tolerances


@dataclass(frozen=True)
class Change:
    """Tolerances of the command line, which replace those of a baseline."""

    atol: float | None
    rtol: float | None
    own: Mapping[str, float]

    def of(self, tolerances: Tolerances, known: Collection[str]) -> Tolerances:
        """Those tolerances with these changes, as far as their quantities are known."""
        own = {name: tolerance for name, tolerance in self.own.items() if name in known}
        return tolerances.changed(self.atol, self.rtol, own)


@dataclass(frozen=True, eq=False)
class Case:
    """One game to check: its name, its file, itself, the file of its baseline and what that holds, if any."""

    name: str
    params: Path | None
    game: Params
    file: Path
    baseline: Baseline | None

    @property
    def quantities(self) -> set[str]:
        """The names of all quantities that are or were."""
        from eqsolve.comparison.quantities import names_of

        kept = self.baseline.regimes.values() if self.baseline else ()
        return {*names_of(self.game), *(name for each in kept for name in each.quantities)}

    def tolerances(self, change: Change) -> Tolerances:
        """The tolerances of the baseline, or the default, with those of the command line."""
        from eqsolve.comparison import Tolerances

        return change.of(self.baseline.tolerances if self.baseline else Tolerances(), self.quantities)


def read_change(given: ToleranceOptions) -> Change:
    """Read the options `--atol`, `--rtol` and `--tol`; raises InputError with all that is no tolerance."""
    from eqsolve.comparison import Tolerances
    from eqsolve.errors import InputError

    found: dict[str, float] = {}
    wrong: list[Any] = []
    for text in given.tol or []:
        name, equals, value = (part.strip() for part in text.partition("="))
        try:
            if not (name and equals):
                raise ValueError
            found[name] = float(value)
        except ValueError:
            wrong.append(f'--tol "{text}": expected NAME=TOL, as in profit=1e-8')
    try:
        Tolerances().changed(given.atol, given.rtol, found)
    except InputError as error:
        wrong += error.problems
    if wrong:
        raise InputError(*wrong)
    return Change(given.atol, given.rtol, found)


def check_sweep_files(line: Line) -> None:
    """Compare two sweep files, and print how; exits as `finish`."""
    from eqsolve.comparison import Sweep, Tolerances, check_sweeps
    from eqsolve.errors import InputError, Problem

    sweeps: list[Sweep] = []
    problems: list[Problem] = []
    change = read_change(line.tolerance)
    for file in line.files:
        try:
            sweeps.append(Sweep.read(file))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
    found = check_sweeps(sweeps[0], sweeps[1], change.of(Tolerances(), change.own))
    finish([found], {found.name: str(line.files[1])}, line.output)


def check_baselines(line: Line) -> None:
    """Solve games, compare them with their baselines, and print how; exits as `finish`."""
    change = read_change(line.tolerance)
    cases, extra = _cases(line, change)
    if not (line.files and line.files[0].is_dir()):
        _require_baselines(cases)
    results = solve_cases([case for case in cases if case.baseline], line)
    checks = [_checked(case, found, change) for case, found in results.items()]
    checks += [_absent(case.name, f"baseline {case.file}") for case in cases if not case.baseline]
    commands = {case.name: _update_command(case, line) for case in cases}
    checks = [_with_note(each, commands[each.name]) for each in checks]
    checks += [_absent(file.stem, f"the game of {file}") for file in extra]
    files = {case.name: str(case.file) for case in cases} | {file.stem: str(file) for file in extra}
    finish(checks, files, line.output)


def update_baselines(line: Line) -> None:
    """Solve games, write their baselines and say what has changed; exit 3 if a result is not certified."""
    from eqsolve.comparison import update
    from eqsolve.files import check_destination

    change = read_change(line.tolerance)
    cases, extra = _cases(line, change)
    for case in cases:
        folder = case.file.parent
        if folder.exists() or not folder.parent.exists():
            check_destination(case.file, (".json",), source=case.params)
    updates = [
        update(case.file, case.baseline, found, case.tolerances(change))
        for case, found in solve_cases(cases, line).items()
    ]
    uncertified = []
    for each in updates:
        each.write()
        verb = "wrote" if each.created else "CHANGED" if each.changes else "unchanged:"
        talk.note(f"{verb} {each.path}")
        talk.lines(f"  {change}" for change in each.changes)
        uncertified += [
            f"{each.path}: {regime} is {kept.status}" for regime, kept in each.uncertified.items()
        ]
    for file in extra:
        talk.warn(f"{file}: no game goes with this baseline; remove it")
    for words in uncertified:
        talk.warn(f"not certified: {words}")
    if uncertified:
        raise typer.Exit(3)


def solve_cases(cases: list[Case], line: Line) -> dict[Case, dict[str, Equilibrium]]:
    """Solve the games under the regimes that are wanted, or else that their baselines have."""
    given, play = read_fixed(line.play.fix), line.play
    fixes = {c: c.baseline.fix if c.baseline and not given else given for c in cases}
    regimes = {
        c: play.regimes or (c.baseline.regimes if c.baseline else suited(given, c.game)) for c in cases
    }
    selections = {c: play.selection or (c.baseline.selection if c.baseline else "initial") for c in cases}
    results = solve_all(
        {
            (case, regime): (case.game, regime, selections[case], fixes[case])
            for case in cases
            for regime in regimes[case]
        }
    )
    return {case: {regime: results[case, regime] for regime in regimes[case]} for case in cases}


def _cases(line: Line, change: Change) -> tuple[list[Case], tuple[Path, ...]]:
    """The games and what their baselines hold, and the baselines without a game; raises all problems."""
    from eqsolve.comparison import Baseline, Tolerances, pair
    from eqsolve.comparison.quantities import order
    from eqsolve.errors import InputError, Problem

    assert line.tolerance.baseline
    pairing = pair(line.files[0] if line.files else None, line.tolerance.baseline)
    own = Tolerances().changed(own=change.own)
    cases: list[Case] = []
    problems: list[Problem] = []
    for name, (file, kept) in pairing.games.items():
        try:
            game = read_game(file, line.overrides)
            cases.append(Case(name, file, game, kept, Baseline.read(kept) if kept.exists() else None))
        except InputError as error:
            problems += error.problems
    if not problems:
        own.require(order({name for case in cases for name in case.quantities}))
    if problems:
        raise InputError(*dict.fromkeys(problems))
    return cases, pairing.extra


def _require_baselines(cases: list[Case]) -> None:
    from eqsolve.errors import InputError

    missing = [case.file for case in cases if not case.baseline]
    if missing:
        raise InputError(*(f"{file}: there is no such baseline; --update writes it" for file in missing))


def _absent(name: str, what: str) -> Check:
    from eqsolve.comparison import Check, Difference

    return Check(name, 0, (Difference(what, "", "missing", None, None),))


def _checked(case: Case, found: dict[str, Equilibrium], change: Change) -> Check:
    """The check of a game; a baseline of another game is refused, and stops no other game."""
    from eqsolve.comparison import Check, check
    from eqsolve.errors import InputError

    assert case.baseline
    try:
        return check(case.baseline, found, case.tolerances(change), case.name)
    except InputError as error:
        return Check(case.name, 0, (), refused=tuple(map(str, error.problems)))


def _with_note(check: Check, command: str) -> Check:
    if check.agrees:
        return check
    about = "another game; if that is meant" if check.refused else "to make this the baseline"
    return replace(check, notes=(*check.notes, f"{about}: {command}"))


def _update_command(case: Case, line: Line) -> str:
    play = line.play
    options: list[str] = [str(case.params)] if case.params else []
    options += [text for each in line.overrides for text in ("--set", each)]
    options += [text for each in play.regimes or () for text in ("--regime", each)]
    options += ["--selection", play.selection] if play.selection else []
    options += [text for each in play.fix or [] for text in ("--fix", each)]
    return shlex.join(["eqsolve", "compare", *options, "--baseline", str(case.file), "--update"])
