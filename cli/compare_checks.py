"""What `eqsolve compare` checks: games against baselines, a sweep against an earlier one."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import typer

from .options import Regime, RegimeName, Selection, read_fixed, read_game

if TYPE_CHECKING:
    from eqsolve import Equilibrium, Params
    from eqsolve.comparison import Baseline, Check, Tolerances
    from eqsolve.regimes import Fix

K = TypeVar("K")


@dataclass(frozen=True)
class Wanted:
    """What to solve: `--params`, `--set`, `--regime`, `--selection` and `--fix` as they were given."""

    params: Path | None
    overrides: list[str]
    regimes: list[RegimeName] | None
    selection: Selection | None
    fix: list[str]

    @property
    def settings(self) -> list[str]:
        """The overrides and what is fixed, as options."""
        return [f"--set {each}" for each in self.overrides] + [f"--fix {each}" for each in self.fix]


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


def read_change(atol: float | None, rtol: float | None, assignments: Iterable[str]) -> Change:
    """Read the options `--atol`, `--rtol` and `--tol`; raises InputError with all that is no tolerance."""
    from eqsolve.comparison import Tolerances
    from eqsolve.errors import InputError

    found: dict[str, float] = {}
    wrong: list[Any] = []
    for text in assignments:
        name, equals, value = (part.strip() for part in text.partition("="))
        try:
            if not (name and equals):
                raise ValueError
            found[name] = float(value)
        except ValueError:
            wrong.append(f'--tol "{text}": expected NAME=TOL, as in profit=1e-8')
    try:
        Tolerances().changed(atol, rtol, found)
    except InputError as error:
        wrong += error.problems
    if wrong:
        raise InputError(*wrong)
    return Change(atol, rtol, found)


def check_sweep_files(expected: Path, actual: Path, change: Change) -> Check:
    """Compare two sweep files."""
    from eqsolve.comparison import Sweep, Tolerances, check_sweeps
    from eqsolve.errors import InputError, Problem

    sweeps: list[Sweep] = []
    problems: list[Problem] = []
    for file in (expected, actual):
        try:
            sweeps.append(Sweep.read(file))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
    return check_sweeps(sweeps[0], sweeps[1], change.of(Tolerances(), change.own))


def check_baselines(wanted: Wanted, baseline: Path, change: Change) -> tuple[list[Check], dict[str, str]]:
    """Solve games and compare them with their baselines.

    Returns:
        The checks, and the baseline file of each by its name.
    """
    from eqsolve.comparison import check

    cases, extra = _cases(wanted, baseline, change)
    folder = wanted.params is not None and wanted.params.is_dir()
    if not folder:
        _require_baselines(cases)
    results = solve_cases([case for case in cases if case.baseline], wanted)
    checks = [
        check(case.baseline, found, case.tolerances(change), case.name)
        for case, found in results.items()
        if case.baseline
    ]
    checks += [_absent(case.name, f"baseline {case.file}") for case in cases if not case.baseline]
    commands = {case.name: _update_command(case, wanted) for case in cases}
    checks = [_with_note(each, f"to make this the baseline: {commands[each.name]}") for each in checks]
    checks += [_absent(file.stem, f"the game of {file}") for file in extra]
    return checks, {case.name: str(case.file) for case in cases} | {file.stem: str(file) for file in extra}


def update_baselines(wanted: Wanted, baseline: Path, change: Change) -> None:
    """Solve games, write their baselines and say what has changed; exit 3 if a result is not certified."""
    from eqsolve.comparison import update
    from eqsolve.files import check_destination

    cases, extra = _cases(wanted, baseline, change)
    for case in cases:
        folder = case.file.parent
        if folder.exists() or not folder.parent.exists():
            check_destination(case.file, (".json",), source=case.params)
    updates = [
        update(case.file, case.baseline, found, case.tolerances(change))
        for case, found in solve_cases(cases, wanted).items()
    ]
    uncertified = []
    for each in updates:
        each.write()
        verb = "wrote" if each.created else "CHANGED" if each.changes else "unchanged:"
        typer.echo(f"{verb} {each.path}", err=True)
        for line in each.changes:
            typer.echo(f"  {line}", err=True)
        uncertified += [
            f"{each.path}: {regime} is {kept.status}" for regime, kept in each.uncertified.items()
        ]
    for file in extra:
        typer.echo(f"warning: {file}: no game goes with this baseline; remove it", err=True)
    for line in uncertified:
        typer.echo(f"warning: not certified: {line}", err=True)
    if uncertified:
        raise typer.Exit(3)


def solve_cases(cases: list[Case], wanted: Wanted) -> dict[Case, dict[str, Equilibrium]]:
    """Solve the games under the regimes that are wanted, or else that their baselines have."""
    given = read_fixed(wanted.fix)
    fixes = {c: c.baseline.fix if c.baseline and not given else given for c in cases}
    regimes = {c: wanted.regimes or (c.baseline.regimes if c.baseline else suited(given)) for c in cases}
    selections = {c: wanted.selection or (c.baseline.selection if c.baseline else "initial") for c in cases}
    results = solve_all(
        {
            (case, regime): (case.game, regime, selections[case], fixes[case])
            for case in cases
            for regime in regimes[case]
        }
    )
    return {case: {regime: results[case, regime] for regime in regimes[case]} for case in cases}


def suited(fix: Fix) -> list[RegimeName]:
    """The regimes that leave open what is fixed."""
    from eqsolve.regimes import REGIMES

    return [name for name in RegimeName if fix.intensity is None or not REGIMES[name].imposed]


def solve_all(tasks: Mapping[K, tuple[Params, str, str, Fix]]) -> dict[K, Equilibrium]:
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


def _cases(wanted: Wanted, baseline: Path, change: Change) -> tuple[list[Case], tuple[Path, ...]]:
    """The games and what their baselines hold, and the baselines without a game; raises all problems."""
    from eqsolve.comparison import Baseline, Tolerances, pair
    from eqsolve.comparison.quantities import order
    from eqsolve.errors import InputError, Problem

    pairing = pair(wanted.params, baseline)
    own = Tolerances().changed(own=change.own)
    cases: list[Case] = []
    problems: list[Problem] = []
    for name, (file, kept) in pairing.games.items():
        try:
            game = read_game(file, wanted.overrides)
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


def _with_note(check: Check, note: str) -> Check:
    return check if check.agrees else replace(check, notes=(*check.notes, note))


def _update_command(case: Case, wanted: Wanted) -> str:
    options: list[str] = ["--params", str(case.params)] if case.params else []
    options += [text for each in wanted.overrides for text in ("--set", each)]
    options += [text for each in wanted.regimes or () for text in ("--regime", each)]
    options += ["--selection", wanted.selection] if wanted.selection else []
    options += [text for each in wanted.fix for text in ("--fix", each)]
    return shlex.join(["eqsolve", "compare", *options, "--baseline", str(case.file), "--update"])
