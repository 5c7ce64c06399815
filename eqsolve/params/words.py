"""The keys of a game that hold words of a fixed list: functional forms, and how fine-tuning is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from eqsolve.params import keys
from eqsolve.params.game import Params
from eqsolve.params.record import Record


def words_of(params: Params) -> dict[str, tuple[str, ...]]:
    """Return the keys of the game that hold words, with all words that each may hold."""
    return dict(_words("", params, {"policy": {}, **params.model_dump(mode="json")}))


def _words(key: str, record: Record, table: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in type(record).model_fields.items():
        inner, value = keys.join(key, name, table), getattr(record, name)
        words = tuple(word for word in get_args(field.annotation) if isinstance(word, str))
        if len(words) > 1:
            yield inner, words
        if tag := field.discriminator:
            tags = (member.model_fields[str(tag)] for member in get_args(field.annotation))
            yield f"{inner}.{tag}", tuple(get_args(each.annotation)[0] for each in tags)
        if isinstance(value, Record):
            yield from _words(inner, value, table[name])
        elif isinstance(value, tuple | list):
            for i, each in enumerate(value):
                if isinstance(each, Record):
                    yield from _words(keys.join(inner, i, table[name]), each, table[name][i])


def differing(games: Sequence[Params]) -> dict[str, NDArray[Any]]:
    """Return the numbers and words that differ between games, by key, (n,); nan and "" where one has none."""
    flat = [dict(_leaves("", game.model_dump(mode="json"))) for game in games]
    columns = {name: [each.get(name) for each in flat] for name in dict.fromkeys(n for f in flat for n in f)}
    return {
        name: _column(values) for name, values in columns.items() if any(v != values[0] for v in values[1:])
    }


def _leaves(key: str, table: Any) -> Iterator[tuple[str, float | str]]:
    for step in table if isinstance(table, dict) else range(len(table)):
        inner, value = keys.join(key, step, table), table[step]
        if isinstance(value, dict) or (isinstance(value, list) and all(isinstance(x, dict) for x in value)):
            yield from _leaves(inner, value)
        elif isinstance(value, int | float | str):
            yield inner, value


def _column(values: list[Any]) -> NDArray[Any]:
    if any(isinstance(value, str) for value in values):
        return np.array(["" if value is None else value for value in values], dtype=object)
    return np.array([np.nan if value is None else value for value in values], dtype=float)
