"""What varies in a sweep: listed values of a key, or a range of it to draw from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.arguments import Unfit, number, shown
from eqsolve.errors import InputError, Problem

COMMA = re.compile(r",(?![^()]*\))")
"""What parts the values of an axis: not the commas of `beta(a=2, b=3)`."""

WORD = re.compile(r"([A-Za-z][\w-]*)(?:\(\s*(.*?)\s*\))?")
"""A word, and the keys that it needs: `linear`, `lognormal(sigma=0.5)`."""

PARTED = re.compile(r"[,\s]+")

FORMS = "KEY=a,b,c or KEY=START:STOP:COUNT[:log]; for designs that draw points KEY=START:STOP[:log]"


@dataclass(frozen=True)
class Axis:
    """A key and the values that it takes, in order: numbers, or words such as the kinds of a match.

    Raises:
        InputError: if the key is no text, or the values are neither finite numbers nor words, one at least.
    """

    key: str
    values: tuple[float, ...] | tuple[str, ...]

    def __post_init__(self) -> None:
        _require_key(self.key)
        object.__setattr__(self, "values", _listed(self.key, self.values))

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it takes, each once; empty if it takes numbers."""
        return tuple(dict.fromkeys(value for value in self.values if isinstance(value, str)))

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values as numbers; a word is its place among the words."""
        words = self.words
        return tuple(words.index(v) if isinstance(v, str) else float(v) for v in self.values)


@dataclass(frozen=True)
class Range:
    """A key and the interval that it is drawn from; `log` spreads the points evenly in the logarithm.

    Where `values` are given, one of them is drawn, each as likely as any other.

    Raises:
        InputError: if the key is no text, if the interval is empty or not made of finite numbers, or if it
            is logarithmic and reaches zero.
    """

    key: str
    low: float
    high: float
    log: bool = False
    values: tuple[float, ...] = ()

    @classmethod
    def among(cls, key: str, values: Iterable[float]) -> Range:
        """Return the range of a key that takes one of some values, two or more of them different."""
        distinct = tuple(sorted(set(values)))
        return cls(key, distinct[0], distinct[-1], values=distinct)

    def __str__(self) -> str:
        if self.values:
            return ",".join(f"{value:g}" for value in self.values)
        return f"{self.low!r}:{self.high!r}{':log' if self.log else ''}"

    def __post_init__(self) -> None:
        _require_key(self.key)
        try:
            for end in ("low", "high"):
                object.__setattr__(self, end, number(getattr(self, end)))
        except Unfit:
            ends = f"{shown(self.low)}:{shown(self.high)}"
            raise InputError(f"{self.key} = {ends}: expected finite numbers") from None
        where = f"{self.key} = {self.low:g}:{self.high:g}"
        if self.low >= self.high:
            raise InputError(f"{where}: START must be below STOP")
        if self.log and self.low <= 0:
            raise InputError(f"{where}:log: a logarithmic range lies above zero")


def read_axes(axes: Any) -> list[Axis | Range]:
    """Return the axes that Python code gives: values by key, or a list of axes and of texts for `parse_axis`.

    Raises:
        InputError: with everything that is neither.
    """
    if isinstance(axes, Mapping):
        items: list[Any] = [*axes.items()]
    elif isinstance(axes, Iterable) and not isinstance(axes, str | bytes):
        items = [*axes]
    else:
        example = f"[{axes!r}]" if isinstance(axes, str | Axis | Range) else '{"finetuning.cost": [0.0, 0.1]}'
        raise InputError(f"axes = {shown(axes)}: expected values by key or a list of axes, as in {example}")
    found: list[Axis | Range] = []
    problems: list[Problem] = []
    for item in items:
        try:
            found.append(Axis(*item) if isinstance(axes, Mapping) else _read_axis(item))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
    return found


def _read_axis(item: Any) -> Axis | Range:
    if isinstance(item, Axis | Range):
        return item
    if isinstance(item, str):
        return parse_axis(item)
    raise InputError(f"axes: {shown(item)} is no axis: expected Axis, Range or text such as KEY=0:1:11")


def _listed(key: str, values: Any) -> tuple[float, ...] | tuple[str, ...]:
    """The values of an axis as numbers, or as words."""
    if isinstance(values, str | bytes | Mapping | Range) or not isinstance(values, Iterable):
        hint = f'; as text, "{key}={values}" is an axis in a list' if isinstance(values, str) else ""
        raise InputError(f"{key}: {shown(values)} is no list of numbers{hint}")
    found = [*values]
    if not found:
        raise InputError(f"{key}: no values: expected one at least")
    if all(isinstance(value, str) and is_word(value) for value in found):
        return tuple(map(normalized, found))
    try:
        return tuple(map(number, found))
    except Unfit:
        wrong = next(value for value in found if not _is_number(value))
        raise InputError(f"{key}: {shown(wrong)} is not a finite number") from None


def _is_number(value: object) -> bool:
    try:
        number(value)
    except Unfit:
        return False
    return True


def _require_key(key: object) -> None:
    if not isinstance(key, str):
        raise InputError(f'{shown(key)} is no key: expected text such as "finetuning.cost"')


def parse_axis(text: str) -> Axis | Range:
    """Read `KEY=a,b,c`, `KEY=START:STOP:COUNT[:log]` or, to draw points from, `KEY=START:STOP[:log]`.

    COUNT values are evenly spaced from START to STOP, both included.

    Raises:
        InputError: if the text is none of these, COUNT < 1, COUNT = 1 without START = STOP or the reverse, or
            a logarithmic axis reaches zero.
    """
    key, equals, values = (part.strip() for part in text.partition("="))
    if not (key and equals and values):
        raise InputError(f'"{text}" varies nothing: expected {FORMS}')
    listed = [each.strip() for each in COMMA.split(values)]
    if all(map(is_word, listed)):
        return Axis(key, tuple(listed))
    if ":" not in values:
        return Axis(key, tuple(_number(each, text) for each in listed))
    parts = [part.strip() for part in values.split(":")]
    log = parts[-1] == "log"
    numbers = parts[:-1] if log else parts
    if len(numbers) not in (2, 3):
        raise InputError(f'"{text}" is not understood: expected {FORMS}')
    start, stop, *third = (_number(each, text) for each in numbers)
    if not third:
        return Range(key, start, stop, log)
    count = _count(start, stop, third[0], text, log=log)
    return Axis(key, spaced(key, start, stop, count, log=log))


def spaced(key: str, start: float, stop: float, count: int, *, log: bool = False) -> tuple[float, ...]:
    """Return `count` values of `key` from `start` to `stop`, both included; even in the logarithm if `log`.

    Raises:
        InputError: as `parse_axis`.
    """
    where = f"{key} = {start:g}:{stop:g}:{count}{':log' if log else ''}"
    if count < 1:
        raise InputError(f"{where}: COUNT must be at least 1")
    if count > 1 and start == stop:
        raise InputError(f"{where}: START and STOP are equal, so that COUNT can only be 1")
    if count == 1 and start != stop:
        raise InputError(
            f"{where}: one value, {start:g}, without STOP: say {start:g}, or a COUNT of 2 for both ends"
        )
    if log and min(start, stop) <= 0:
        raise InputError(f"{where}: a logarithmic axis lies above zero")
    values = np.geomspace(start, stop, count) if log else np.linspace(start, stop, count)
    return tuple(values.tolist())


def _number(text: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f'"{whole}": "{text.strip()}" is not a finite number')
    return value


def _count(start: float, stop: float, third: float, text: str, *, log: bool) -> int:
    """The third number as a COUNT; where it is none, but START:STEP:STOP or START:STOP:STEP fits, say so."""
    meant = "" if log else _steps(start, third, stop) or _steps(start, stop, third)
    if third == 1 and start != stop and meant:
        raise InputError(f'"{text}": a COUNT of 1 leaves STOP out; {meant}')
    if third != int(third):
        hint = f"; {meant}" if meant else ""
        raise InputError(f'"{text}": COUNT must be a whole number, not "{third:g}"{hint}')
    return int(third)


def _steps(start: float, stop: float, step: float) -> str:
    """Advice for who means steps of `step` from START to STOP; empty if these do not fit."""
    count = (stop - start) / step if step else 0.0
    if count < 1 or abs(count - round(count)) > 1e-9 * count or abs(step) >= abs(stop - start):
        return ""
    return f"for steps of {step:g} from {start:g} to {stop:g} say {start:g}:{stop:g}:{round(count) + 1}"


def is_word(text: str) -> bool:
    """Whether a value is a word rather than a number, or nearly one: inf and nan are numbers."""
    if not WORD.fullmatch(text):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def normalized(word: str) -> str:
    """A word as files hold it: without commas."""
    name, needs = WORD.fullmatch(word.strip()).groups()  # type: ignore[union-attr]
    return f"{name}({' '.join(PARTED.split(needs))})" if needs else str(name)


def changes_of(key: str, value: float | str) -> dict[str, object]:
    """What a value of an axis changes: the key and, for `lognormal(sigma=0.5)`, the keys beside it.

    Raises:
        InputError: if what stands in parentheses is not made of NAME=NUMBER.
    """
    if not isinstance(value, str):
        return {key: value}
    name, needs = WORD.fullmatch(value).groups()  # type: ignore[union-attr]
    table = key.rpartition(".")[0]
    found: dict[str, object] = {key: name}
    for part in (needs or "").split():
        inner, equals, number = part.partition("=")
        if not (inner and equals):
            raise InputError(f'{key} = {value}: "{part}": expected NAME=NUMBER, as in lognormal(sigma=0.5)')
        found[f"{table}.{inner}"] = _number(number, value)
    return found
