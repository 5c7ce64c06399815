"""Results as values: equal where their contents are, whatever process they come from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

import numpy as np

NOT_A_NUMBER = "nan"
"""What every NaN counts as, so that a value that is undefined equals itself."""


class ByValue:
    """A frozen record that equals any other with the same contents; give `eq=False` to its decorator.

    Arrays are equal where their shapes and elements are, and NaN equals NaN: records that are pickled, copied
    or computed once more stay equal, which the comparison of dataclasses does not give.
    """

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or contents(self) == contents(other)

    def __hash__(self) -> int:
        return hash(contents(self))

    def _repr_html_(self) -> str | None:
        """The tables of a result, for notebooks; None for records that have none."""
        from eqsolve.tables.of import html_of

        return html_of(self)


def contents(value: Any) -> Hashable:
    """Return what a value is compared by, as plain values that hash."""
    if is_dataclass(value) and not isinstance(value, type):
        return type(value), *(contents(getattr(value, f.name)) for f in fields(value) if f.compare)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Mapping):
        return frozenset((key, contents(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(contents, value))
    if isinstance(value, partial):
        return value.func, contents(value.args), contents(value.keywords)
    return NOT_A_NUMBER if isinstance(value, float) and value != value else value


def _array(array: np.ndarray[Any, Any]) -> Hashable:
    if array.dtype == object:
        return array.shape, contents(array.ravel().tolist())
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.nan, array + 0.0)  # one NaN, one zero
    return array.shape, array.dtype.str, array.tobytes()
