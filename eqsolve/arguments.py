"""Arguments of public functions: what does not fit is an InputError that says what would."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from numbers import Integral, Real
from os import PathLike
from types import UnionType
from typing import Any, ParamSpec, TypeVar

from eqsolve.errors import InputError

P = ParamSpec("P")
R = TypeVar("R")
Reader = Callable[[Any], Any]
"""From an argument to what the function works with; raises Unfit if it cannot be that."""

LONGEST = 60
"""Characters of an argument that a message shows."""


class Unfit(Exception):
    """An argument is not what a function takes; the text says what is expected."""


def arguments(**readers: Reader) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check the arguments of a function before it runs, and tell all that do not fit at once.

    Args:
        **readers: how to read each argument, by its name; defaults are not read.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            given = signature.bind(*args, **kwargs)
            wrong = []
            for name in readers.keys() & given.arguments.keys():
                try:
                    given.arguments[name] = readers[name](given.arguments[name])
                except Unfit as reason:
                    wrong.append(f"{name} = {shown(given.arguments[name])}: expected {reason}")
            if wrong:
                raise InputError(*sorted(wrong))
            return function(*given.args, **given.kwargs)

        return call

    return decorate


def shown(value: object) -> str:
    """A value in Python's words, on one line and not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def game(value: object) -> object:
    """Read a game."""
    from eqsolve.params import Params

    return _instance(value, Params, "a game: Params(), Params.from_file(...) or Params.model_validate({...})")


def equilibrium(value: object) -> object:
    """Read what `solve` returns."""
    from eqsolve.results import Equilibrium

    return _instance(value, Equilibrium, "an equilibrium, as solve(...) gives it")


def span(value: object) -> object:
    """Read a range of a key."""
    from eqsolve.sweeps.axes import Range

    return _instance(value, Range, 'a range, such as Range("finetuning.cost", 0.0, 0.1)')


def text(value: object) -> object:
    """Read a word."""
    return _instance(value, str, "text")


def path(value: object) -> object:
    """Read the name of a file."""
    return _instance(value, str | PathLike, "the name of a file")


def changes(value: object) -> object:
    """Read values by key."""
    table = _instance(value, Mapping, 'values by key, such as {"finetuning.cost": 0.1}')
    for key in table:
        _instance(key, str, f"keys that are text, not {shown(key)}")
    return table


def function(value: object) -> object:
    """Read something that is called back."""
    if callable(value):
        return value
    raise Unfit("a function")


def executor(value: object) -> object:
    """Read an executor of the standard kind."""
    if callable(getattr(value, "submit", None)):
        return value
    raise Unfit("an executor, as those of concurrent.futures")


def whole(value: object) -> int:
    """Read a whole number; truth values are none."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    raise Unfit("a whole number")


def number(value: object) -> float:
    """Read a finite number; text and truth values are none."""
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        if math.isfinite(found):
            return found
    raise Unfit("a finite number")


def optional(reader: Reader) -> Reader:
    """Read None, or something else."""
    return lambda value: None if value is None else reader(value)


def several(reader: Reader, *, one: bool = False) -> Reader:
    """Read items into a tuple; with `one`, a single item stands for itself.

    Text and tables are no lists of items, though Python walks through their letters and keys.
    """

    def read(value: Any) -> tuple[Any, ...]:
        if one:
            try:
                return (reader(value),)
            except Unfit:
                pass
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            raise Unfit(f"a list, each {_expected(reader)}")
        return tuple(map(reader, value))

    return read


def _expected(reader: Reader) -> str:
    try:
        reader(...)
    except Unfit as reason:
        return str(reason)
    return "of one kind"


def _instance(value: Any, kind: type | UnionType, expected: str) -> Any:
    if isinstance(value, kind):
        return value
    raise Unfit(expected)
