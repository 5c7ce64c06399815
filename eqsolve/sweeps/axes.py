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

    COUNT values are evenly spaced from START to STOP, both included.

    Raises:
        InputError: if the text is none of these, COUNT < 1, COUNT = 1 without START = STOP or the reverse, or
            a logarithmic axis reaches zero.
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
