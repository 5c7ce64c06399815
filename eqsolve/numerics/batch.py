"""Records of columns whose first axis is the row: some of the rows, others in their place, several in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Record = TypeVar("Record", bound="Batch")
Rows = NDArray[np.intp] | NDArray[np.bool_] | slice


class Batch:
    """What dataclasses inherit all of whose fields are arrays with the same first axis."""

    def take(self, rows: Rows) -> Self:
        """Return some of the rows."""
        return type(self)(**{name: getattr(self, name)[rows] for name in _columns(self)})

    def put(self, rows: Rows, other: Self) -> None:
        """Overwrite rows with those of another record."""
        for name in _columns(self):
            getattr(self, name)[rows] = getattr(other, name)


def stacked(parts: Sequence[Record]) -> Record:
    """The rows of several records of one kind, one after another."""
    first = parts[0]
    return type(first)(**{n: np.concatenate([getattr(part, n) for part in parts]) for n in _columns(first)})


def _columns(record: Any) -> list[str]:
    return [field.name for field in fields(record)]
