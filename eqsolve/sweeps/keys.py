"""The keys of a game that can vary: every number in it, segments by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from eqsolve.errors import InputError, Problem, nearest
from eqsolve.params import Params, keys
from eqsolve.params.problems import show


def numeric_keys(params: Params) -> dict[str, float]:
    """Return the keys of the game that hold numbers, with their values, in the order of docs/model.md."""
    return dict(_numbers("", params.model_dump(mode="json")))


def check_keys(params: Params, names: Iterable[str]) -> tuple[str, ...]:
    """Return the keys as `numeric_keys` writes them.

    Raises:
        InputError: with every key that the game lacks (and the nearest that it has), that holds no number, or
            that is named twice.
    """
    known = numeric_keys(params)
    canonical, problems = [], []
    for name in names:
        key = _canonical(params.model_dump(mode="json"), name)
        if key not in known:
            problems.append(Problem(_why_not(params, name, known), name))
        elif key in canonical:
            problems.append(Problem(f"{key} varies twice: one axis per key", name))
        canonical.append(key)
    if problems:
        raise InputError(*problems)
    return tuple(canonical)


def _numbers(key: str, table: Any) -> Iterator[tuple[str, float]]:
    for step in table if isinstance(table, dict) else range(len(table)):
        inner, value = keys.join(key, step, table), table[step]
        if isinstance(value, dict) or (isinstance(value, list) and all(isinstance(x, dict) for x in value)):
            yield from _numbers(inner, value)
        elif isinstance(value, int | float):
            yield inner, float(value)


def _canonical(data: Any, name: str) -> str:
    key = ""
    for step in keys.split(name):
        found = keys.find(data, step)
        if found is None:
            return name
        key, data = keys.join(key, found, data), data[found]
    return key


def _why_not(params: Params, name: str, known: dict[str, float]) -> str:
    data: Any = params.model_dump(mode="json")
    steps = keys.resolve(data, name)
    if len(steps) < len(keys.split(name)) or not steps:
        return f"unknown key {name}: {nearest(name, known)}"
    for step in steps:
        data = data[step]
    if isinstance(data, dict | list):
        inside = [key for key in known if key.startswith(f"{name}.")]
        return f"{name} is not a number but a table: {nearest(name, inside or known)}"
    return f"{name} = {show(data)} is not a number: only numbers vary"
