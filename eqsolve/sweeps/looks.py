"""What is drawn of a sweep: its rows, quantities and differences, and how its lines look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.errors import InputError, nearest
from eqsolve.panels import label
from eqsolve.sweeps.categories import coded
from eqsolve.sweeps.readers import Frame

JUMP = "jump."


@dataclass(frozen=True)
class Rows:
    """The rows of a sweep that are drawn.

    Attributes:
        columns: by name, (n,) each.
        keys: the keys that vary, in their order.
        against: the regime that is subtracted; empty if none is.
        words: of the keys that take words, for which `columns` has their places.
    """

    columns: Mapping[str, NDArray[Any]]
    keys: tuple[str, ...]
    against: str = ""
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def regimes(self) -> list[str]:
        """The regimes, in the order of the rows."""
        return list(dict.fromkeys(self.columns["regime"].tolist()))

    @property
    def quantities(self) -> list[str]:
        """The columns that can be drawn."""
        return [name for name in self.columns if name not in (*self.keys, "regime")]

    @property
    def varying(self) -> list[str]:
        """The keys that take several values; all if none does."""
        return [key for key in self.keys if np.unique(self.columns[key]).size > 1] or list(self.keys)

    @property
    def certified(self) -> NDArray[np.bool_]:
        """Which rows are, (n,)."""
        return np.asarray(self.columns["status"] == "certified")

    def of(self, regime: str) -> Rows:
        """The rows of one regime."""
        at = self.columns["regime"] == regime
        return Rows(
            {name: column[at] for name, column in self.columns.items()}, self.keys, self.against, self.words
        )

    def value(self, key: str, level: float) -> str:
        """A value of a key as people read it."""
        return self.words[key][int(level)] if key in self.words else f"{level:.4g}"

    def label(self, name: str) -> str:
        """What a quantity is called on an axis."""
        words = label(name)
        return f"change in {words}" if self.against and name not in self.keys else words


def rows_of(frame: Frame, against: str | None) -> Rows:
    """The rows of a sweep, or what they differ by from another regime.

    Args:
        frame: the sweep.
        against: the regime that is subtracted, point by point, from each of the others; its own rows go.
            Words have no differences and go, too; a row is certified where both are, and jumps where either
            does.

    Raises:
        InputError: the sweep lacks the regime, has no other, or not one row of it for each point.
    """
    columns, words = coded(frame.columns, frame.keys)
    frame = Frame(columns)
    if against is None:
        return Rows(columns, frame.keys, words=words)
    regimes = list(dict.fromkeys(frame.columns["regime"].tolist()))
    if against not in regimes:
        raise InputError(f"against = {against}: the sweep has no such regime: {nearest(against, regimes)}")
    if len(regimes) == 1:
        raise InputError(f"against = {against}: the sweep has no other regime")
    own = frame.columns["regime"] == against
    place = {point: row for row, point in zip(np.flatnonzero(own), _points(frame, own), strict=True)}
    if len(place) < own.sum():
        raise InputError(f"against = {against}: several of its rows are of one point")
    points = _points(frame, ~own)
    if missing := {*points} - {*place}:
        raise InputError(f"against = {against}: {len(missing)} of the points have no row of it")
    return Rows(
        _differences(frame, ~own, np.array([place[point] for point in points])), frame.keys, against, words
    )


def _points(frame: Frame, rows: NDArray[np.bool_]) -> list[tuple[float, ...]]:
    return list(zip(*(frame.columns[key][rows].tolist() for key in frame.keys), strict=True))


def _differences(frame: Frame, rows: NDArray[np.bool_], other: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    for name, column in frame.columns.items():
        if name in (*frame.keys, "regime"):
            columns[name] = column[rows]
        elif name == "status":
            columns[name] = np.where(column[other] == "certified", column[rows], column[other])
        elif column.dtype == bool:
            columns[name] = column[rows] | column[other]
        elif column.dtype != object and name not in ("regret", "equilibria_found"):
            columns[name] = column[rows].astype(float) - column[other].astype(float)
    return columns
