"""Records of columns whose first axis is the row: some of the rows, others in their place, several in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Record = TypeVar("Record", bound="Batch")
Rows = NDArray[np.intp] | NDArray[np.bool_] | slice


class Batch:
    """What dataclasses inherit all of whose fields are arrays with the same first axis."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def take(self, rows: Rows) -> Self:
        """Return some of the rows."""
        return type(self)(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def put(self, rows: Rows, other: Self) -> None:
        """Overwrite rows with those of another record."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(other, name)


def stacked(parts: Sequence[Record]) -> Record:
    """The rows of several records of one kind, one after another."""
    kind = type(parts[0])
    names = kind.__dataclass_fields__
    return kind(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
