"""What varies in a sweep: listed values of a key, or a range of it to draw from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from eqsolve.errors import InputError

FORMS = "KEY=a,b,c or KEY=START:STOP:COUNT[:log]; for designs that draw points KEY=START:STOP[:log]"


@dataclass(frozen=True)
class Axis:
    """A key and the values that it takes, in order."""

    key: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Range:
    """A key and the interval that it is drawn from; `log` spreads the points evenly in the logarithm.

    Raises:
        InputError: if the interval is empty or not finite, or if it is logarithmic and reaches zero.
    """

    key: str
    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        where = f"{self.key} = {self.low:g}:{self.high:g}"
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise InputError(f"{where}: expected finite numbers")
        if self.low >= self.high:
            raise InputError(f"{where}: START must be below STOP")
        if self.log and self.low <= 0:
            raise InputError(f"{where}:log: a logarithmic range lies above zero")


def parse_axis(text: str) -> Axis | Range:
    """Read `KEY=a,b,c`, `KEY=START:STOP:COUNT[:log]` or, to draw points from, `KEY=START:STOP[:log]`.

    COUNT values are evenly spaced from START to STOP, both included (START alone if COUNT is 1).

    Raises:
        InputError: if the text is none of these, START = STOP with COUNT > 1, COUNT < 1, or a logarithmic
            axis reaches zero.
    """
    key, equals, values = (part.strip() for part in text.partition("="))
    if not (key and equals and values):
        raise InputError(f'"{text}" varies nothing: expected {FORMS}')
    if ":" not in values:
        return Axis(key, tuple(_number(each, text) for each in values.split(",")))
    parts = [part.strip() for part in values.split(":")]
    log = parts[-1] == "log"
    numbers = parts[:-1] if log else parts
    if len(numbers) not in (2, 3):
        raise InputError(f'"{text}" is not understood: expected {FORMS}')
    start, stop = (_number(each, text) for each in numbers[:2])
    if len(numbers) == 2:
        return Range(key, start, stop, log)
    return Axis(key, spaced(key, start, stop, _count(numbers[2], text), log=log))


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


def _count(text: str, whole: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f'"{whole}": COUNT must be a whole number, not "{text}"') from None
