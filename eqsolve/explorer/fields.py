"""What can be changed in a game, read off the records of its parameters: numbers, words, names and lists."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic.fields import FieldInfo

from eqsolve import symbols
from eqsolve.params import Params, keys
from eqsolve.params.policy import CAP
from eqsolve.params.record import Record
from eqsolve.spans import SPANS, default_span

STEPS = 200
"""A slider has about so many steps from end to end."""


@dataclass(frozen=True)
class Field:
    """Something that can be changed.

    Attributes:
        key: its key, as `Params.replace` takes it.
        group: the key of the table that it is in; empty for the game itself.
        label: what it is called.
        help: what the record says about it.
        value: what it is.
    """

    key: str
    group: str
    label: str
    help: str
    value: Any


@dataclass(frozen=True)
class Number(Field):
    """A number, on a slider from `low` to `high` in steps of `step`; it may be typed beyond these ends."""

    low: float
    high: float
    step: float
    whole: bool

    def rounded(self, value: float) -> float:
        """The value of the slider without the rounding errors of its steps."""
        return int(value) if self.whole else round(value, max(0, -math.floor(math.log10(self.step)) + 1))


@dataclass(frozen=True)
class Word(Field):
    """One of a list of words."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Name(Field):
    """A name, which people choose."""


@dataclass(frozen=True)
class Rows(Field):
    """A list of tables to which others can be added; `value` is their number."""


def fields_of(params: Params) -> tuple[Field, ...]:
    """Return what can be changed in a game, in the order of docs/model.md."""
    return tuple(_fields(params, params, ""))


def _fields(params: Params, record: Record, group: str) -> Iterator[Field]:
    siblings = type(record).model_fields
    for name, field in siblings.items():
        key, value = keys.join(group, field.alias or name, {}), getattr(record, name)
        told = key, group, _label(key), _help(field)
        if tag := field.discriminator:
            tags = (member.model_fields[str(tag)] for member in get_args(field.annotation))
            words = tuple(str(get_args(each.annotation)[0]) for each in tags)
            of_word = f"{key}.{tag}", key, f"{_label(key)} ({tag})", _help(field)
            yield Word(*of_word, getattr(value, str(tag)), words)
            yield from _fields(params, value, key)
        elif isinstance(value, Record):
            yield from _fields(params, value, key)
        elif isinstance(value, tuple) and value and isinstance(value[0], Record):
            yield from _rows(params, value, told)
        elif isinstance(value, str):
            words = tuple(word for word in get_args(field.annotation) if isinstance(word, str))
            if len(words) > 1:
                yield Word(*told, value, words)
            elif name == "name":
                yield Name(*told, value)
        elif isinstance(value, int | float):
            yield _number(params, field, told, value)


def _rows(params: Params, rows: tuple[Any, ...], told: tuple[str, str, str, str]) -> Iterator[Field]:
    """The fields of tables in a list, then the list; a mixture's tables hold their own word."""
    data = [row.model_dump(mode="json") for row in rows]
    for number, row in enumerate(rows):
        key = keys.join(told[0], number, data)
        if "dist" in type(row).model_fields:
            union = get_args(type(_holder(params, told[0])).model_fields["components"].annotation)[0]
            members = get_args(get_args(union)[0])
            words = tuple(str(member.model_fields["dist"].default) for member in members)
            yield Word(f"{key}.dist", key, "component (dist)", "", row.dist, words)
        yield from _fields(params, row, key)
    yield Rows(*told, len(rows))


def _holder(params: Params, key: str) -> Any:
    """The record that holds the list at a key."""
    path = keys.resolve(params.model_dump(mode="json"), key)
    found: Any = params
    for step in path[:-1]:
        found = keys.child(found, step)
    return found


def _number(params: Params, field: FieldInfo, told: tuple[str, str, str, str], value: float) -> Number:
    """A number with the ends of its slider, which reach as far as the value."""
    key, whole = told[0], field.annotation is int
    if key == f"policy.{CAP}":
        value = params.policy.strongest(params.finetuning.strength)
    bounds = (_bound(field, "ge", "gt"), _bound(field, "le", "lt"))
    last = keys.split(key)[-1]
    given = last in SPANS or None in bounds or key.startswith("policy.")
    low, high = default_span(params, key) if given else (float(bounds[0] or 0.0), float(bounds[1] or 1.0))
    low, high = min(low, value), max(high, value)
    high = high if high > low else low + 1.0
    return Number(*told, value, low, high, 1.0 if whole else _step(high - low), whole)


def _bound(field: FieldInfo, *names: str) -> float | None:
    found = (getattr(each, name, None) for each in field.metadata for name in names)
    return next((float(each) for each in found if each is not None), None)


def _step(length: float) -> float:
    """A round step: 1, 2 or 5 times a power of ten, about `length / STEPS`."""
    power = 10.0 ** math.floor(math.log10(length / STEPS))
    return float(f"{next(m for m in (5, 2, 1) if m * power <= length / STEPS) * power:.12g}")


def _label(key: str) -> str:
    """What a key is called: its name in figures and its own last step."""
    last = keys.split(key)[-1]
    if len(keys.split(key)) == 4 and key.startswith("users.segments."):
        return symbols.OF_SEGMENTS.get(last, (last, ""))[0]
    words, _ = symbols.name_and_symbol(key)
    return words if words != key else last.replace("_", " ").replace("-", " ")


def _help(field: FieldInfo) -> str:
    return field.description or ""
