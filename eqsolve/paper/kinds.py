"""The kinds of exhibits: what each asks, how it is answered, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.errors import InputError, Problem, nearest
from eqsolve.params import Params

Options = Mapping[str, Any]
Report = Callable[..., None] | None

TEXT = (str, "text")
WHOLE = (int, "a whole number")
NUMBER = ((int, float), "a number")
WORDS = (list, "a list of text")
TABLE = (dict, "a table")
FLAG = (bool, "true or false")

GAME = {"params": ((str, dict), "the name of a params file, or a table"), "set": TABLE}
"""Keys that say the game, of a file and of each of its exhibits."""

LOOK = {
    "formats": WORDS,
    "size": TEXT,
    "style": TEXT,
    "title": TEXT,
    "labels": TABLE,
    "footer": FLAG,
}
"""Keys that say how figures look, of a file and of each of its exhibits."""


@dataclass(frozen=True)
class Kind:
    """A kind of exhibit.

    Attributes:
        asks: the keys of its question, each with its type and that in words.
        needs: those of them that it cannot do without.
        draws: the keys of its figure, beside `LOOK`; None if it has none.
        table: whether it has a table.
        suffix: of the file with its data.
        answer: from the game and its question to a result, with progress.
        check: raises InputError with what is wrong with the question, before any work.
    """

    asks: Mapping[str, tuple[Any, str]]
    needs: tuple[str, ...]
    draws: Mapping[str, tuple[Any, str]] | None
    table: bool
    suffix: str
    answer: Callable[[Params, Options, Report], Any]
    check: Callable[[Params, Options], object]


def _regimes(params: Params, asked: Options, report: Report) -> Any:
    from eqsolve.comparison import compare
    from eqsolve.equilibrium import solve
    from eqsolve.regimes import REGIMES

    names = asked.get("regimes", list(REGIMES))
    selection = asked.get("selection", "initial")
    return compare(*(solve(params, regime=name, selection=selection) for name in names))


def _sweep(params: Params, asked: Options, report: Report) -> Any:
    from eqsolve.sweeps.engine import executor_of
    from eqsolve.sweeps.spec import question_of
    from eqsolve.sweeps.table import SweepTable
    from eqsolve.sweeps.work import Engine, solve_all

    question = question_of(params, dict(asked))
    with executor_of(1) as own:
        return SweepTable(question, solve_all(question, Engine(own, 1), report))


def _phase(params: Params, asked: Options, report: Report) -> Any:
    from eqsolve.phase import phase_diagram

    names = {"grid": "cells", "accuracy": "accuracy", "selection": "selection"}
    options = {own: asked[name] for name, own in names.items() if name in asked}
    x, y = (_range(asked[axis], axis) for axis in ("x", "y"))
    return phase_diagram(params, x, y, report=report, **options)


def _range(text: str, axis: str) -> Any:
    from eqsolve.sweeps.axes import Range, parse_axis

    found = parse_axis(text)
    if not isinstance(found, Range):
        raise InputError(f'{axis} = "{text}" is not a range: expected KEY=LOW:HIGH or KEY=LOW:HIGH:log')
    return found


def _threshold(params: Params, asked: Options, report: Report) -> Any:
    from eqsolve.thresholds import threshold

    options = {name: asked[name] for name in ("where", "low", "high", "selection") if name in asked}
    return threshold(params, asked["of"], **options)


def _sensitivity(params: Params, asked: Options, report: Report) -> Any:
    from eqsolve.sensitivities import sensitivity

    return sensitivity(
        params, regime=asked.get("regime", "endogenous"), selection=asked.get("selection", "initial")
    )


def _findings(params: Params, asked: Options, report: Report) -> Any:
    from eqsolve.findings import check_findings

    options = {name: asked[name] for name in ("points", "seed", "only") if name in asked}
    return check_findings(params, report=report, **options)


def _check_regimes(params: Params, asked: Options) -> None:
    from eqsolve.regimes import REGIMES
    from eqsolve.selections import SELECTIONS

    names = [*asked.get("regimes", []), *([asked["regime"]] if "regime" in asked else [])]
    key = "regime" if "regime" in asked else "regimes"
    wrong = [
        Problem(f"{key} = {name}: {nearest(name, REGIMES)}", key) for name in names if name not in REGIMES
    ]
    if len(asked.get("regimes", [*REGIMES])) < 2:
        wrong.append(Problem("regimes: a table needs two at least", "regimes"))
    if (selection := asked.get("selection", "initial")) not in SELECTIONS:
        wrong.append(Problem(f"selection = {selection}: {nearest(selection, SELECTIONS)}", "selection"))
    if wrong:
        raise InputError(*wrong)


def _check_sweep(params: Params, asked: Options) -> None:
    from eqsolve.sweeps.spec import question_of

    question_of(params, dict(asked))


def check_names(params: Params, asked: Options, drawn: Options) -> list[Problem]:
    """What is wrong with the names of what a sweep's figure shows."""
    from eqsolve.comparison.quantities import names_of
    from eqsolve.sweeps.spec import flat

    if "vary" not in asked:
        return []
    axes, regimes = dict(flat(asked["vary"])), asked.get("regimes", ["endogenous"])
    known = [*axes, *names_of(params), "status", "regret", "equilibria_found", "branch"]
    named = [(key, name) for key in ("y", "z") for name in drawn.get(key, [])]
    wrong = [
        Problem(f"{key} = {name}: {nearest(name, known)}", key) for key, name in named if name not in known
    ]
    for key, allowed in (("x", axes), ("against", regimes)):
        if key in drawn and drawn[key] not in allowed:
            wrong.append(Problem(f"{key} = {drawn[key]}: {nearest(drawn[key], allowed)}", key))
    return wrong


def _check_phase(params: Params, asked: Options) -> None:
    from eqsolve.sweeps.design import make_design

    make_design(params, [_range(asked[axis], axis) for axis in ("x", "y")], kind="lhs", points=1)


def _check_threshold(params: Params, asked: Options) -> None:
    from eqsolve.thresholds import checked_range

    checked_range(params, asked["of"], asked.get("where", "adopts"), asked.get("low"), asked.get("high"))


def _check_findings(params: Params, asked: Options) -> None:
    from eqsolve.findings.statements import choose

    choose(asked.get("only"))


NUMBERS = (list, "a list of numbers")
KINDS = {
    "regimes": Kind({"regimes": WORDS, "selection": TEXT}, (), None, True, ".json", _regimes, _check_regimes),
    "sweep": Kind(
        {"vary": TABLE, "regimes": WORDS, "design": TEXT, "points": WHOLE, "seed": WHOLE, "selection": TEXT,
         "fix": TABLE},
        ("vary",),
        {"x": TEXT, "y": WORDS, "z": WORDS, "against": TEXT, "mark": FLAG, "boundaries": TEXT},
        False,
        ".csv",
        _sweep,
        _check_sweep,
    ),
    "phase": Kind(
        {"x": TEXT, "y": TEXT, "grid": WHOLE, "accuracy": NUMBER, "selection": TEXT},
        ("x", "y"),
        {"legend": TEXT, "mark": FLAG},
        True,
        ".json",
        _phase,
        _check_phase,
    ),
    "threshold": Kind(
        {"of": TEXT, "where": TEXT, "low": NUMBER, "high": NUMBER, "selection": TEXT},
        ("of",), {}, True, ".json", _threshold, _check_threshold,
    ),
    "sensitivity": Kind(
        {"regime": TEXT, "selection": TEXT}, (), {"y": WORDS}, True, ".json", _sensitivity, _check_regimes
    ),
    "findings": Kind(
        {"points": WHOLE, "seed": WHOLE, "only": NUMBERS}, (), {}, True, ".json", _findings, _check_findings
    ),
}  # fmt: skip
"""The kinds of exhibits, by name."""


def write_data(result: Any, path: Path) -> None:
    """Write a result into the file of its data."""
    from eqsolve.files import staged, write_text

    if path.suffix == ".csv":
        from eqsolve.sweeps.writers import write_csv

        with staged(path) as scratch:
            write_csv(result, scratch)
    else:
        write_text(path, f"{result.to_json()}\n")
