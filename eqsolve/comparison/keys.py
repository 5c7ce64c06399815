"""Parameters as flat keys, and the keys in which two games differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eqsolve.params import Params, keys
from eqsolve.params.problems import show

ABSENT = "absent"

ORIGIN = ("file", "column")
"""Keys that only say where numbers came from which the table holds as well."""


def flat(params: Params) -> dict[str, Any]:
    """Return every value by its key, as `--set` writes it; lists of numbers are one value."""
    return dict(_leaves("", params.model_dump(mode="json")))


def stated(params: Params) -> set[str]:
    """Return the keys that were stated when the game was made; all others hold a default."""
    return set(dict(_leaves("", params.model_dump(mode="json", exclude_unset=True))))


def flat_as(params: Params, there: Mapping[str, Any]) -> dict[str, Any]:
    """Return every value by its key, without keys at their default that `there` lacks.

    Files that were written before a key existed mean its default.
    """
    here = flat(params)
    own = dict(_leaves("", params.model_dump(mode="json", exclude_defaults=True)))
    return {key: value for key, value in here.items() if key in there or key in own}


def _leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        steps: list[Any] = [step for step in value if not ("values" in value and step in ORIGIN)]
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        steps = list(range(len(value)))
    else:
        yield key, value
        return
    for step in steps:
        yield from _leaves(keys.join(key, step, value), value[step])


def differing(here: dict[str, Any], there: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the keys whose values differ, with both values in words."""
    return {
        key: (_words(here, key), _words(there, key))
        for key in {**here, **there}
        if key not in here or key not in there or here[key] != there[key]
    }


def _words(values: dict[str, Any], key: str) -> str:
    return show(values[key]) if key in values else ABSENT
