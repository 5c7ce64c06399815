"""A whole sweep in a file (TOML or JSON).

    params = "paper.toml"               # relative to this file, or the tables of a game
    design = "grid"
    regimes = ["none", "forced"]
    selection = "initial"
    fix = { quality = 0.6 }

    [set]
    "finetuning.cost" = 0.1

    [vary]
    "users.transaction_cost.scale" = "0.05:1:96"
    "users.segments.high.share" = [0.5, 0.6, 0.7]

`points` and `seed` belong to designs that draw points.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eqsolve.errors import InputError, Problem, nearest
from eqsolve.params import Params
from eqsolve.params.file import ParamsFile
from eqsolve.params.problems import show
from eqsolve.regimes import read_fix
from eqsolve.sweeps.axes import Axis, Range, is_word, parse_axis
from eqsolve.sweeps.design import make_design
from eqsolve.sweeps.question import Question

KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "params": ((str, dict), "the name of a params file, or a table"),
    "set": (dict, "a table of values by key"),
    "vary": (dict, "a table of axes by key"),
    "design": (str, "text"),
    "points": (int, "a whole number"),
    "seed": (int, "a whole number"),
    "regimes": (list, "a list of regimes"),
    "selection": (str, "text"),
    "fix": (dict, "a table of choices that are fixed"),
}


def read_spec(path: Path) -> Question:
    """Read a sweep from a file.

    Raises:
        InputError: with everything that is wrong, and its line.
    """
    file = ParamsFile.read(path)
    problems = list(_shape(file.data))
    if problems:
        raise InputError(*map(file.locate, problems))
    try:
        return _question(file.data, path.parent)
    except InputError as error:
        raise InputError(*(each if each.file else _located(file, each) for each in error.problems)) from None


def _shape(data: dict[str, Any]) -> Iterator[Problem]:
    for key, value in data.items():
        if key not in KINDS:
            yield Problem(f"unknown key {key}: {nearest(key, KINDS)}", key)
        elif not isinstance(value, KINDS[key][0]) or isinstance(value, bool):
            yield Problem(f"{key} = {show(value)}: expected {KINDS[key][1]}", key)
    if "vary" not in data:
        yield Problem("missing table vary: it says which keys vary")


def _question(data: dict[str, Any], folder: Path) -> Question:
    return question_of(base_game(data, folder), data)


def base_game(data: dict[str, Any], folder: Path) -> Params:
    """The game that `params` and `set` of a file in `folder` say; InputError with all that is wrong in it."""
    game, changes = data.get("params", {}), dict(flat(data.get("set", {})))
    if isinstance(game, str):
        return Params.from_file(folder / game, changes)
    return Params.model_validate(game, context={"folder": folder}).replace(changes)


def question_of(base: Params, data: dict[str, Any]) -> Question:
    """The sweep around a game that the other keys say; InputError with all that is wrong in it."""
    axes, problems = [], []
    for key, values in flat(data["vary"]):
        try:
            axes.append(_axis(key, values))
        except InputError as error:
            problems += [Problem(each.message, key) for each in error.problems]
    if problems:
        raise InputError(*problems)
    design = make_design(
        base, axes, kind=data.get("design", "grid"), points=data.get("points"), seed=data.get("seed", 0)
    )
    regimes, selection = data.get("regimes", ["endogenous"]), data.get("selection", "initial")
    return Question(design, tuple(regimes), selection, read_fix(data.get("fix")))


def flat(table: dict[str, Any], key: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a table by dotted key, whether its keys are quoted or nested."""
    for name, value in table.items():
        inner = f"{key}.{name}" if key else name
        if (
            isinstance(value, dict)
            and not key.startswith("model")
            and "dist" not in value
            and "kind" not in value
        ):
            yield from flat(value, inner)
        else:
            yield inner, value


def _axis(key: str, values: Any) -> Axis | Range:
    if isinstance(values, str):
        return parse_axis(f"{key}={values}")
    listed = values if isinstance(values, list) else [values]
    if listed and all(isinstance(x, str) and is_word(x) for x in listed):
        return Axis(key, tuple(listed))
    if not listed or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in listed):
        raise InputError(f'{key} = {show(values)}: expected numbers, or text such as "0:1:11"')
    return Axis(key, tuple(float(x) for x in listed))


def _located(file: ParamsFile, problem: Problem) -> Problem:
    """The problem with its line: keys stand under vary, set or params."""
    for table in ("vary", "set", "params"):
        if problem.key and table in file.data:
            inside = file.data[table]
            quoted = [table, problem.key] if isinstance(inside, dict) and problem.key in inside else []
            name = ".".join(f'"{step}"' for step in quoted) if quoted else f"{table}.{problem.key}"
            found = file.locate(Problem(problem.message, name))
            if quoted:
                return Problem(problem.message, problem.key, found.file, found.line)
    return file.locate(Problem(problem.message))
