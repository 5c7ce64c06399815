"""Objectives over piecewise polynomials, and how precisely their maxima are meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from eqsolve.numerics.piecewise import Flags, Index
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


class Objective(Protocol):
    """Objectives over functions, (C,) of them.

    Attributes:
        curve: number of the function of each objective, (C,).
        scale: size of each objective's values, (C,).
        low, high: its interval, within that of its function, (C,) each.
    """

    curve: Index
    scale: Array
    low: Array
    high: Array

    def height(self, which: Index, x: Array, value: Array) -> Array:
        """Objectives (K,) at points (K, S) with values (K, S, channels), (K, S)."""

    def tilt(self, which: Index, x: Array, slope: Array) -> Array:
        """Their derivatives in x, given those of the values, (K, S)."""


@dataclass
class Highest:
    """The question for which functions are approximated whose maxima are wanted.

    Attributes:
        best: the highest value of each function that was seen, (F,).
    """

    best: Array

    def see(self, owner: Index, x: Array, value: Array) -> None:
        """Learn values."""
        np.maximum.at(self.best, owner, value[:, 0])

    def open(self, owner: Index, x: Array, value: Array) -> Flags:
        """Whether functions may be highest there."""
        return np.asarray(value[..., 0] >= self.best[owner][:, None])


@dataclass
class Itself:
    """The objective that is a function's own value."""

    curve: Index
    scale: Array
    low: Array
    high: Array

    def height(self, which: Index, x: Array, value: Array) -> Array:
        """The value."""
        return value[..., 0]

    def tilt(self, which: Index, x: Array, slope: Array) -> Array:
        """Its slope."""
        return slope[..., 0]


@record
class Accuracy:
    """Tolerances of maxima, as shares of an objective's scale.

    Attributes:
        tie: heights closer than this are equal, and the lower place wins.
        known: error beyond which a piece's heights count at their lower bound.
        jump: difference of the heights on both sides of a break that makes it a jump.
        steep: width up to which a piece is a jump drawn as a line.
        dip: depth of a valley that separates another local maximum.
    """

    tie: float = 1e-12
    known: float = 1e-9
    jump: float = 1e-7
    steep: float = 1e-9
    dip: float = 1e-9


ACCURACY = Accuracy()
