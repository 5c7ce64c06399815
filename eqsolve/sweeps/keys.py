"""The keys of a game that can vary: every number in it, segments by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from eqsolve.errors import InputError, Problem, nearest
from eqsolve.params import Params, keys
from eqsolve.params.problems import show
from eqsolve.params.words import words_of

WHOLE_KEYS = ("model.draws",)
"""Keys that take whole numbers, among which there is nothing to differentiate, to bisect or to draw from."""


def refuse_whole(names: Iterable[str]) -> None:
    """Raise InputError for keys that take whole numbers."""
    found = [name for name in names if name in WHOLE_KEYS]
    if found:
        raise InputError(
            *(
                Problem(f"{name} takes whole numbers: list them in a sweep, as in {name}=1,2,4", name)
                for name in found
            )
        )


def numeric_keys(params: Params) -> dict[str, float]:
    """Return the keys of the game that hold numbers, with their values, in the order of docs/model.md."""
    return dict(_numbers("", params.model_dump(mode="json")))


def varying_keys(params: Params) -> dict[str, float]:
    """Return `numeric_keys`, and the instruments of a policy, which vary whether or not they are set."""
    return dict(_numbers("", _whole(params)))


def _whole(params: Params) -> dict[str, Any]:
    """The game as plain data, with every instrument of a policy."""
    data: dict[str, Any] = params.model_dump(mode="json")
    return {**data, "policy": params.policy.values(params.finetuning.strength)}


def check_keys(
    params: Params, names: Iterable[str], words: Mapping[str, Sequence[str]] | None = None
) -> tuple[str, ...]:
    """Return the keys as `varying_keys` writes them.

    Args:
        params: the game.
        names: the keys.
        words: what those that take words take; all others take numbers.

    Raises:
        InputError: with every key that the game lacks (and the nearest that it has), that holds no number, or
            that is named twice; with words for what takes numbers, and those that a key does not know.
    """
    known, lists = varying_keys(params), words_of(params)
    canonical, problems = [], []
    for name in names:
        key = _canonical(_whole(params), name)
        taken = (words or {}).get(name)
        if taken is not None and (key in known or key in lists):
            problems += [Problem(each, name) for each in _unknown(name, taken, lists.get(key))]
        elif taken is not None:
            problems.append(Problem(_why_not(params, name, {**known, **dict.fromkeys(lists, 0.0)}), name))
        elif words is not None and key in lists:
            problems.append(Problem(f"{key} takes words: expected some of {', '.join(lists[key])}", name))
        elif key not in known:
            problems.append(Problem(_why_not(params, name, known), name))
        if key in canonical and key in {*known, *lists}:
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


def _unknown(name: str, taken: Sequence[str], words: Sequence[str] | None) -> list[str]:
    """What is wrong with words for a key that takes those words, or numbers."""
    if words is None:
        return [f'"{name}={",".join(taken)}": "{taken[0]}" is not a finite number']
    return [
        f'{name} = "{each}" is unknown: {nearest(each, words)}'
        for each in (word.partition("(")[0] for word in taken)
        if each not in words
    ]


def _canonical(data: Any, name: str) -> str:
    key = ""
    for step in keys.split(name):
        found = keys.find(data, step)
        if found is None:
            return name
        key, data = keys.join(key, found, data), data[found]
    return key


def _why_not(params: Params, name: str, known: dict[str, float]) -> str:
    data: Any = _whole(params)
    steps = keys.resolve(data, name)
    if len(steps) < len(keys.split(name)) or not steps:
        return f"unknown key {name}: {nearest(name, known)}"
    for step in steps:
        data = data[step]
    if isinstance(data, dict | list):
        inside = [key for key in known if key.startswith(f"{name}.")]
        return f"{name} is not a number but a table: {nearest(name, inside or known)}"
    return f"{name} = {show(data)} is not a number: only numbers vary"
