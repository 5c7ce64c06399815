"""The table of a sweep: one row per point and regime, columns with flat names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.status import Status
from eqsolve.sweeps.continuity import jumps
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import CODES, STATUSES, Records

BLOCK = 16384
"""Rows that are turned into text at a time."""

UNPUBLISHED = ("runner_up_quality", "runner_up_intensity")
CERTIFIED = STATUSES.index(Status.CERTIFIED)
FAILED = tuple(STATUSES.index(status) for status in (Status.FAILED, Status.UNRESOLVED))


@dataclass(frozen=True)
class SweepTable:
    """The rows of a sweep, as columns that are made when they are asked for.

    Attributes:
        question: what was asked.
        records: a record per row.
    """

    question: Question
    records: Records

    def __len__(self) -> int:
        return len(self.records)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that vary."""
        return self.question.design.keys

    @cached_property
    def jumps(self) -> dict[str, NDArray[np.bool_]]:
        """Where the branch changed along each axis."""
        return jumps(self.question, self.records)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns: keys, regime, quantities, status and evidence, branch, jumps."""
        fields = (name for name in self.records.dtype.names or () if name not in UNPUBLISHED)
        return (*self.keys, "regime", *fields, *self.jumps)

    def column(self, name: str, rows: slice = slice(None)) -> NDArray[Any]:
        """Return a column: numbers (nan where undefined), words, or truth values for jumps; (n,)."""
        if name in self.jumps:
            return np.asarray(self.jumps[name][rows])
        if name in CODES:
            return np.asarray(np.array(CODES[name], dtype=object)[self.records[name][rows]])
        if name in (self.records.dtype.names or ()):
            return np.ascontiguousarray(self.records[name][rows])
        number = np.arange(*rows.indices(len(self)))
        regimes = self.question.regimes
        if name == "regime":
            return np.array(regimes, dtype=object)[number % len(regimes)]
        return np.asarray(self.question.design.column(name, number // len(regimes)))

    def blocks(self) -> Iterator[dict[str, NDArray[Any]]]:
        """The columns, some rows at a time."""
        for start in range(0, len(self), BLOCK):
            yield {name: self.column(name, slice(start, start + BLOCK)) for name in self.names}

    @property
    def status(self) -> NDArray[np.int8]:
        """The number of each row's status in STATUSES."""
        return np.asarray(self.records["status"])
