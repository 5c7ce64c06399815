"""Values of claimed pieces, worked out from their data alone (see `eqsolve.numerics.piecewise`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.games import Index
from eqsolve.numerics.piecewise import Piecewise
from eqsolve.numerics.quadrature import Array


def place(pieces: Piecewise, piece: Index, u: Array) -> Array:
    """The points x that coordinates u stand for; arguments broadcast."""
    return np.asarray(pieces.low[piece] + (pieces.high[piece] - pieces.low[piece]) * (1.0 + u) / 2.0)


def coordinate(pieces: Piecewise, piece: Index, x: Array) -> Array:
    """The coordinates u of points x, the ends of the piece for points outside; arguments broadcast."""
    width = pieces.high[piece] - pieces.low[piece]
    share = np.divide(x - pieces.low[piece], width, out=np.zeros_like(x), where=width > 0)
    return np.asarray(2.0 * np.clip(share, 0.0, 1.0) - 1.0)


def basis(u: Array, size: int) -> Array:
    """T_0(u) to T_{size-1}(u), (..., size), for u in [-1, 1]."""
    angle = np.arccos(np.clip(u, -1.0, 1.0))
    return np.asarray(np.cos(angle[..., None] * np.arange(size)))


def polynomial(pieces: Piecewise, piece: Index, u: Array) -> Array:
    """N and CS of pieces (K,) at coordinates u (K, ...), (K, ..., 2)."""
    table = basis(u, pieces.coefficients.shape[1])
    return np.asarray(np.einsum("k...n,knc->k...c", table, pieces.coefficients[piece]))


def known(pieces: Piecewise) -> NDArray[np.bool_]:
    """Pieces that claim anything, (P,)."""
    return np.asarray(np.isfinite(pieces.error).all(axis=1))


def piece_at(pieces: Piecewise, curve: Index, x: Array) -> Index:
    """The piece of each curve that holds x, the higher one at a break, (K,)."""
    keys = 2.0 * pieces.owner + pieces.low
    return np.asarray(np.maximum(np.searchsorted(keys, 2.0 * curve + x, side="right") - 1, 0))
