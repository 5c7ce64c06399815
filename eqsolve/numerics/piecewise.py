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
        share = np.divide(x - self.low[piece], width, out=np.zeros_like(x), where=width > 0)
        u = 2.0 * unstretch(self.soft[piece], np.clip(share, 0.0, 1.0)) - 1.0
        return self.polynomial(piece, u)

    def polynomial(self, piece: Index, u: Array) -> Array:
        """Values of pieces (K,) at coordinates u (K,), (K, channels)."""
        basis = chebyshev_basis(u, self.coefficients.shape[1])
        return np.asarray(np.einsum("kn,knc->kc", basis, self.coefficients[piece]))

    def place(self, piece: Index, u: Array) -> Array:
        """The points x that coordinates u stand for; arguments broadcast."""
        share = stretch(self.soft[piece], (1.0 + u) / 2.0)
        return np.asarray(self.low[piece] + (self.high[piece] - self.low[piece]) * share)


def stretch(soft: NDArray[np.bool_], t: Array) -> Array:
    """phi(t) for flags (..., 2) and t (...), all in [0, 1]."""
    left, right = soft[..., 0], soft[..., 1]
    one = np.where(left, np.square(t), np.where(right, t * (2.0 - t), t))
    return np.where(left & right, np.square(t) * (3.0 - 2.0 * t), one)


def unstretch(soft: NDArray[np.bool_], share: Array) -> Array:
    """The inverse of `stretch`."""
    left, right = soft[..., 0], soft[..., 1]
    both = 0.5 - np.sin(np.arcsin(1.0 - 2.0 * share) / 3.0)
    one = np.where(left, np.sqrt(share), np.where(right, 1.0 - np.sqrt(1.0 - share), share))
    return np.where(left & right, both, one)


def chebyshev_basis(u: Array, size: int) -> Array:
    """T_0(u) to T_{size-1}(u), (..., size), for u in [-1, 1]."""
    angle = np.arccos(np.clip(u, -1.0, 1.0))
    return np.asarray(np.cos(angle[..., None] * np.arange(size)))
