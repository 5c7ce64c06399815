"""Functions on intervals as polynomial pieces: data that one program makes and another can check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Piecewise:
    """Functions on intervals as polynomial pieces, flat over P pieces ordered by (owner, low).

    With t = (1 + u) / 2, a piece's coordinate u in [-1, 1] stands for x = low + (high - low) phi(t), where
    phi(t) is t, or t^2 where the low end is soft, 1 - (1 - t)^2 where the high end is, t^2 (3 - 2 t) where
    both are.

    Attributes:
        owner: number of the function that a piece belongs to, (P,).
        low, high: its interval, (P,) each; the pieces of an owner tile an interval; a jump is a break.
        soft: ends at which the function goes like a square root or |d|^(3/2), (P, 2).
        coefficients: Chebyshev coefficients in u, (P, n, channels); here N and CS.
        error: largest distance of piece and function, (P, channels); inf where nothing is claimed.
    """

    owner: Index
    low: Array
    high: Array
    soft: NDArray[np.bool_]
    coefficients: Array
    error: Array

    def __len__(self) -> int:
        return self.low.size

    def value(self, piece: Index, x: Array) -> Array:
        """Values of pieces (K,) at points x of theirs (K,), (K, channels)."""
        width = self.high[piece] - self.low[piece]
        share = np.clip(
            np.divide(x - self.low[piece], width, out=np.zeros_like(x), where=width > 0), 0.0, 1.0
        )
        left, right = self.soft[piece].T
        one = np.where(left, np.sqrt(share), np.where(right, 1.0 - np.sqrt(1.0 - share), share))
        t = np.where(left & right, 0.5 - np.sin(np.arcsin(1.0 - 2.0 * share) / 3.0), one)
        angle = np.arccos(np.clip(2.0 * t - 1.0, -1.0, 1.0))
        basis = np.cos(angle[:, None] * np.arange(self.coefficients.shape[1]))
        return np.asarray(np.einsum("kn,knc->kc", basis, self.coefficients[piece]))
