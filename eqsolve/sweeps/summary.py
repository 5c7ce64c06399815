"""How a sweep went: how many rows are certified, how many are not, and where these are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from eqsolve.sweeps.records import STATUSES, Records
from eqsolve.sweeps.table import CERTIFIED, FAILED, SweepTable


@dataclass(frozen=True)
class Counts:
    """Rows by what became of them: certified; solved but not certified; without values."""

    certified: int = 0
    doubtful: int = 0
    failed: int = 0

    @property
    def rows(self) -> int:
        """All rows."""
        return self.certified + self.doubtful + self.failed

    @property
    def note(self) -> str:
        """The counts in words."""
        return f"{self.certified:,} certified, {self.doubtful:,} not, {self.failed:,} failed"

    def add(self, records: Records) -> Counts:
        """The counts with those of more rows."""
        certified = int((records["status"] == CERTIFIED).sum())
        failed = int(np.isin(records["status"], FAILED).sum())
        doubtful = len(records) - certified - failed
        return Counts(self.certified + certified, self.doubtful + doubtful, self.failed + failed)


@dataclass(frozen=True)
class Summary:
    """What a finished sweep has to tell.

    Attributes:
        counts: rows by what became of them.
        statuses: how many rows have which other status than certified.
        where: the smallest box of the keys that holds the rows that are not certified, in words.
    """

    counts: Counts
    statuses: dict[str, int]
    where: str

    @property
    def certified(self) -> bool:
        """Whether every row is."""
        return self.counts.certified == self.counts.rows


def summarize(table: SweepTable) -> Summary:
    """Count the rows of a table."""
    counts = Counts().add(table.records)
    doubtful = np.flatnonzero(table.status != CERTIFIED)
    found = Counter(table.status[doubtful].tolist())
    statuses = {STATUSES[code]: count for code, count in sorted(found.items())}
    return Summary(counts, statuses, _box(table, doubtful))


def _box(table: SweepTable, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> str:
    if rows.size == 0:
        return ""
    regimes = table.question.regimes
    design = table.question.design
    columns = {key: design.column(key, rows // len(regimes)).tolist() for key in table.keys}
    told = [_span(key, values) for key, values in columns.items()]
    if len(regimes) > 1:
        told.append(f"regime {' or '.join(regimes[i] for i in sorted({*(rows % len(regimes)).tolist()}))}")
    return f"{', '.join(told)}; the first is row {rows[0] + 1}"


def _span(key: str, values: list[float] | list[str]) -> str:
    """From where to where a key goes, or its words."""
    if any(isinstance(value, str) for value in values):
        return f"{key} = {' or '.join(map(str, dict.fromkeys(values)))}"
    low, high = min(values), max(values)
    return f"{key} = {low:.6g}" if low == high else f"{key} from {low:.6g} to {high:.6g}"
