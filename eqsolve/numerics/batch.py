"""Records of columns whose first axis is the row: some of the rows, others in their place, several in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Record = TypeVar("Record", bound="Batch")
Rows = NDArray[np.intp] | NDArray[np.bool_] | slice


class Batch:
    """What dataclasses inherit all of whose fields are arrays with the same first axis."""

    def take(self, rows: Rows) -> Self:
        """Return some of the rows."""
        return type(self)(**{name: getattr(self, name)[rows] for name in _columns(type(self))})

    def put(self, rows: Rows, other: Self) -> None:
        """Overwrite rows with those of another record."""
        for name in _columns(type(self)):
            getattr(self, name)[rows] = getattr(other, name)


def stacked(parts: Sequence[Record]) -> Record:
    """The rows of several records of one kind, one after another."""
    kind = type(parts[0])
    return kind(**{n: np.concatenate([getattr(part, n) for part in parts]) for n in _columns(kind)})


@cache
def _columns(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
