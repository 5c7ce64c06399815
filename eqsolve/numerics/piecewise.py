"""Functions on intervals as polynomial pieces: values, slopes, windows, stationary points.

A piece is a Chebyshev interpolant in a coordinate u in [-1, 1] (Trefethen 2013, Approximation Theory and
Approximation Practice, chapters 2 to 8). Nodes are Chebyshev points of the second kind, so that the finer set
contains the coarser one, and both ends are nodes: a jump is a break between two pieces.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.batch import Batch, stacked
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]

DEGREE = 16
"""Degree of a piece; half of it is tried first."""


@cache
def nodes(degree: int = DEGREE) -> Array:
    """Chebyshev points of the second kind, increasing, (degree + 1,)."""
    return np.asarray(-np.cos(np.pi * np.arange(degree + 1) / degree))


@cache
def interpolation(degree: int = DEGREE) -> Array:
    """Values at `nodes(degree)` to Chebyshev coefficients, (degree + 1, degree + 1)."""
    return np.asarray(np.linalg.inv(chebyshev(nodes(degree), degree)), dtype=np.float64)


def chebyshev(u: Array, degree: int = DEGREE) -> Array:
    """The Chebyshev polynomials T_0 .. T_degree at u, (..., degree + 1)."""
    return np.asarray(np.polynomial.chebyshev.chebvander(u, degree))


@cache
def basis(count: int = DEGREE) -> Array:
    """The same at `nodes(count)`, (count + 1, DEGREE + 1)."""
    return chebyshev(nodes(count))


@cache
def derivative(degree: int = DEGREE) -> Array:
    """Coefficients to coefficients of the derivative in u, (degree + 1, degree + 1)."""
    padded = np.zeros((degree + 1, degree + 1))
    padded[:-1] = np.polynomial.chebyshev.chebder(np.eye(degree + 1), axis=0)
    return padded


@record
class Piecewise(Batch):
    """Functions on intervals as polynomial pieces, flat over P pieces ordered by (owner, low).

    Attributes:
        owner: number of the function that each piece belongs to, (P,).
        low, high: its interval, (P,) each; the pieces of a function leave no gap, and a jump is a break.
        coefficients: Chebyshev coefficients in u, (P, n, channels).
        error: bound on what the piece is off, as seen at points off the nodes, (P, channels); inf where
            nothing is claimed.
    """

    owner: Index
    low: Array
    high: Array
    coefficients: Array
    error: Array

    def __len__(self) -> int:
        return self.owner.size

    def ordered(self) -> Piecewise:
        """Return the pieces by owner, from low to high."""
        return self.take(np.lexsort((self.high, self.low, self.owner)))

    def points(self, u: Array) -> Array:
        """Places x of coordinates u, (S,) for all pieces or (P, S), as (P, S)."""
        x = self.low[:, None] + (self.high - self.low)[:, None] * (1.0 + u) / 2.0
        return np.asarray(np.where(u == 1.0, self.high[:, None], x))

    def coordinates(self, piece: Index, x: Array) -> Array:
        """Coordinates u of places x in pieces, (K,) each."""
        width = self.high[piece] - self.low[piece]
        share = np.divide(x - self.low[piece], width, out=np.zeros_like(x), where=width > 0)
        return np.asarray(2.0 * np.clip(share, 0.0, 1.0) - 1.0)

    def value(self, piece: Index, x: Array) -> Array:
        """Values at places x in pieces, (K,) each, as (K, channels)."""
        basis = chebyshev(self.coordinates(piece, x), self.coefficients.shape[1] - 1)
        return np.asarray(np.einsum("kn,knc->kc", basis, self.coefficients[piece]))

    def slope(self, piece: Index, u: Array) -> Array:
        """Derivatives in x at coordinates u (K, S) of pieces (K,), (K, S, channels); zero in points."""
        table = chebyshev(u, self.coefficients.shape[1] - 1)
        return np.asarray(np.einsum("ksn,knc->ksc", table, self.tilted(piece)))

    def tilted(self, piece: Index) -> Array:
        """Coefficients of derivatives in x, (K, n, channels)."""
        width = (self.high[piece] - self.low[piece])[:, None, None]
        turned = np.einsum("mn,knc->kmc", derivative(), self.coefficients[piece])
        return np.asarray(np.divide(2.0 * turned, width, out=np.zeros_like(turned), where=width > 0))

    def narrow(self, width: float) -> tuple[Index, Index]:
        """First and last of neighboring pieces of a function that are no wider than this, (h,) each."""
        narrow = self.high - self.low <= width
        same = self.owner[1:] == self.owner[:-1]
        first = narrow & np.append(True, ~(narrow[:-1] & same))
        last = narrow & np.append(~(narrow[1:] & same), True)
        return np.flatnonzero(first), np.flatnonzero(last)

    def find(self, owner: Index, x: Array) -> Index:
        """The piece of a function that holds x, (K,) each; at a break the lower one."""
        first = np.searchsorted(self.owner, owner, side="left")
        last = np.searchsorted(self.owner, owner, side="right") - 1
        piece = first.copy()
        while True:
            further = (piece < last) & (x > self.high[piece])
            if not further.any():
                return np.asarray(piece)
            piece = piece + further


def straight(owner: Index, low: Array, high: Array, ends: Array, sound: Flags) -> Piecewise:
    """Jumps: straight lines between the values at both ends (P, 2, channels), between which all others lie.

    Nothing is claimed of those that are not `sound`, (P,).
    """
    coefficients = np.zeros((owner.size, DEGREE + 1, ends.shape[2]))
    coefficients[:, 0], coefficients[:, 1] = ends.mean(axis=1), (ends[:, 1] - ends[:, 0]) / 2.0
    error = np.where(sound[:, None], np.zeros_like(ends[:, 0]), np.inf)
    return Piecewise(owner, low, high, coefficients, error)


def join(parts: list[Piecewise]) -> Piecewise:
    """All pieces of several collections, in order."""
    return stacked(parts).ordered()
