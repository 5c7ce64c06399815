"""Changes to parameters by key, on plain data as it stands in a file."""

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping
from math import fsum
from typing import Any

from eqsolve.errors import InputError, Problem, nearest
from eqsolve.params import keys
from eqsolve.params.record import PAPER_CHOICE
from eqsolve.params.users import SHARES_TOLERANCE

_COMMON = ("scale", "weight")
"""The keys that every `dist` of a table has, and that a change of `dist` therefore keeps."""


BARE_POINT = re.compile(r"[+-]?([0-9]+\.|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
"""Numbers such as .5 and 5., which TOML does not know, but people and `--vary` do."""


def parse_overrides(
    assignments: Iterable[str], option: str = "", meant: str = "KEY=VALUE"
) -> dict[str, object]:
    """Turn `KEY=VALUE` texts into values by key; values are TOML, or .5 and 5., and anything else is text.

    Args:
        assignments: the texts.
        option, meant: the option that they come from and what it takes, for the words of errors.

    Raises:
        InputError: with every text that has no key or no `=`.
    """
    pairs = [(text, *text.partition("=")) for text in assignments]
    wrong = [text for text, key, equals, _ in pairs if not (key.strip() and equals)]
    if wrong:
        raise InputError(*(f'{option} "{text}" sets nothing: expected {meant}'.lstrip() for text in wrong))
    return {key.strip(): _value(text.strip()) for _, key, _, text in pairs}


def apply(changes: Mapping[str, object], data: dict[str, Any], paper: dict[str, Any]) -> list[Problem]:
    """Change `data` in place; return what cannot be changed.

    Tables come before their keys, and `dist` and `kind` before the keys that depend on them. A table that a
    change needs and the data leave out is first filled in from `paper`. Values are not validated here.
    """
    problems = []
    paths = {key: keys.split(key) or [""] for key in changes}
    for key in sorted(paths, key=lambda key: (len(paths[key]), paths[key][-1] not in PAPER_CHOICE)):
        try:
            _set(data, paths[key], changes[key], paper)
        except LookupError as error:
            problems.append(Problem(f"unknown key {key}: {error.args[0]}", key))
    return problems + _fill_shares(keys.child(keys.child(data, "users"), "segments"), list(paths.values()))


def _set(table: Any, path: list[str], value: object, paper: Any) -> None:
    *parents, last = path
    for name in parents:
        if isinstance(table, dict) and name not in table:
            table[name] = copy.deepcopy(keys.child(paper, name)) or {}
        table, paper = table[_step(table, name)], keys.child(paper, name)
    if isinstance(table, dict):
        _start_afresh(table, last, value)
        table[last] = value
    else:
        table[_step(table, last)] = value


def _step(table: Any, name: str) -> Any:
    if not isinstance(table, dict | list):
        raise LookupError("it is not in a table")
    step = keys.find(table, name)
    if step is None:
        raise LookupError(nearest(name, keys.names(table)))
    return step


def _start_afresh(table: dict[str, Any], key: str, value: object) -> None:
    """Drop what a new choice, or a new file of numbers, does not share with the old one."""
    if key in PAPER_CHOICE and value != table.get(key, PAPER_CHOICE[key][key]):
        for other in table.keys() - {*_COMMON}:
            del table[other]
    if key in ("file", "column") and value != table.get(key):
        table.pop("values", None)


def _fill_shares(segments: Any, paths: list[list[str]]) -> list[Problem]:
    """Rescale the shares that are not set so that all sum to 1; shares that cannot are left to validation."""
    set_by = [path[2] for path in paths if path[:2] == ["users", "segments"] and path[3:] == ["share"]]
    fixed = {keys.find(segments, name) for name in set_by} - {None}
    if not fixed:
        return []
    shares = [keys.child(segment, "share") for segment in segments]
    if not all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares):
        return []
    free = [i for i in range(len(shares)) if i not in fixed]
    left = 1.0 - fsum(shares[i] for i in fixed)
    rest = fsum(shares[i] for i in free)
    if abs(left - rest) <= SHARES_TOLERANCE or left < -SHARES_TOLERANCE or not free:
        return []
    if rest == 0.0:
        message = f"users.segments: {left:.12g} is left to segments whose share is 0: set one of theirs, too"
        return [Problem(message, "users.segments")]
    for i in free:
        segments[i]["share"] *= max(left, 0.0) / rest
    return []


def _value(text: str) -> object:
    if BARE_POINT.fullmatch(text):
        return float(text)
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text
