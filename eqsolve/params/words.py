"""The keys of a game that hold words of a fixed list: functional forms, and how fine-tuning is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from eqsolve.params import keys
from eqsolve.params.game import Params
from eqsolve.params.record import Record


def words_of(params: Params) -> dict[str, tuple[str, ...]]:
    """Return the keys of the game that hold words, with all words that each may hold."""
    return dict(_words("", params, params.model_dump(mode="json")))


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
