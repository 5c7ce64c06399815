"""Places that may be maxima: objectives over all pieces of their functions, and where they stop rising."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eqsolve.numerics.active import SAMPLES
from eqsolve.numerics.batch import Batch, stacked
from eqsolve.numerics.objectives import Accuracy, Objective
from eqsolve.numerics.piecewise import Flags, Index, Piecewise, basis, chebyshev, nodes
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

STEPS = 60
"""Most steps of bracketing: bisection alone would need 53."""


class Sampled:
    """Pieces with their values at nodes, which all objectives share, and at more places when asked for."""

    def __init__(self, pieces: Piecewise) -> None:
        u = nodes()
        self.pieces = pieces
        self.x = pieces.points(u)
        self.value = np.einsum("sn,pnc->psc", basis(), pieces.coefficients)
        self.slope = pieces.slope(np.arange(len(pieces)), np.broadcast_to(u[[0, -1]], (len(pieces), 2)))

    def finely(self, piece: Index) -> tuple[Array, Array]:
        """Places in pieces (K,), (K, S), and slopes there, (K, S, channels)."""
        once, back = np.unique(piece, return_inverse=True)
        slope = np.einsum("sm,kmc->ksc", basis(SAMPLES), self.pieces.tilted(once))
        return self.pieces.take(once).points(nodes(SAMPLES))[back], slope[back]

    def values(self, piece: Index, u: Array) -> Array:
        """Values at coordinates (K, S), (K, S, channels)."""
        return np.asarray(np.einsum("ksn,knc->ksc", chebyshev(u), self.pieces.coefficients[piece]))


@record
class Table:
    """Some objectives over all pieces of their functions.

    Attributes (C objectives, L pieces each, as many as the function with most of them has):
        objective, sampled, which: the objectives, (C,), and the pieces.
        scale, low, high: of the objectives, (C,) each.
        first: number of the first piece, (C,).
        piece, padding: numbers of all pieces, and whether it is none, (C, L) each.
        x: nodes of pieces, (C, L, N), or (1, L, N) of a function that all share.
        height: at the nodes of pieces, (C, L, N).
        error: what heights may be off, inf where nothing is known, (C, L).
        penalty: by how much the heights of pieces that are not known well count less, (C, L).
    """

    objective: Objective
    sampled: Sampled
    which: Index
    scale: Array
    low: Array
    high: Array
    first: Index
    piece: Index
    padding: Flags
    x: Array
    height: Array
    error: Array
    penalty: Array

    def take(self, rows: Index) -> Table:
        """Some of the objectives."""
        parts = ("which", "scale", "low", "high", "first", "piece", "padding", "height", "error", "penalty")
        x = self.x if len(self.x) == 1 else self.x[rows]
        return replace(self, x=x, **{name: getattr(self, name)[rows] for name in parts})

    def possible(self) -> tuple[Index, Index]:
        """Pairs of an objective and the place of a piece in its function that may hold the maximum."""
        bend = np.abs(np.diff(self.height, n=2, axis=2)).max(axis=2)
        known = np.where(np.isfinite(self.penalty), self.error, -np.inf)
        within = (self.x >= self.low[:, None, None]) & (self.x <= self.high[:, None, None])
        least = np.where(within, self.height, -np.inf).max(axis=2) - self.penalty
        most = self.height.max(axis=2) + bend + known
        row, column = np.nonzero(most >= least.max(axis=1, keepdims=True))
        return row, column

    def tilts(self) -> Array:
        """Slopes at both ends of pieces, (C, L, 2)."""
        lead = self.piece[: len(self.x)]
        slope = self.sampled.slope[lead].reshape(len(lead), 2 * lead.shape[1], -1)
        tilt = self.objective.tilt(self.which, self.x[..., [0, -1]].reshape(len(lead), -1), slope)
        return tilt.reshape(*self.piece.shape, 2)


def tabulate(
    objective: Objective, sampled: Sampled, which: Index, first: Index, count: Index, accuracy: Accuracy
) -> Table:
    """Look at objectives `which` (C,) over pieces that are given by their first numbers and counts, (C,)."""
    local = np.arange(int(count.max()))
    piece = np.minimum(first[:, None] + local, first[:, None] + count[:, None] - 1)
    padding = local >= count[:, None]
    lead = piece[:1] if (piece == piece[0]).all() else piece
    x, nodes_of = sampled.x[lead], (len(lead), lead.size // len(lead) * sampled.x.shape[1])
    height = objective.height(which, x.reshape(nodes_of), sampled.value[lead].reshape(*nodes_of, -1))
    off = sampled.pieces.error[lead]
    sound = np.isfinite(off).all(axis=2)
    off, nowhere = np.where(sound[..., None], off, 0.0), np.zeros(lead.shape)
    moved = objective.height(which, nowhere, off) - objective.height(which, nowhere, 0.0 * off)
    error = np.where(sound, moved, np.inf)
    scale = objective.scale[which]
    penalty = np.where(error > accuracy.known * scale[:, None], error, 0.0)
    penalty[padding] = np.inf
    height = np.broadcast_to(height, (which.size, nodes_of[1])).reshape(*piece.shape, -1)
    return Table(
        objective, sampled, which, scale, objective.low[which], objective.high[which], first, piece, padding,
        x, height, np.broadcast_to(error, piece.shape), penalty,
    )  # fmt: skip


@record
class Tops(Batch):
    """Places that may be maxima, (K,) each.

    Attributes:
        row: number of the objective in its table.
        x, height: where, and how high at least.
        end: 0 inside of a piece, else the side of the piece it is an end of.
        bend: second derivative inside of a piece.
    """

    row: Index
    x: Array
    height: Array
    end: Index
    bend: Array


def inner_tops(table: Table, row: Index, column: Index) -> Tops:
    """Maxima inside of pieces, given as pairs (K,) of an objective and a place in its function."""
    sampled, piece, which = table.sampled, table.piece[row, column], table.which[row]
    places, slopes = sampled.finely(piece)
    tilt = table.objective.tilt(which, places, slopes)
    pair, cell = np.nonzero(
        (tilt[:, :-1] > 0.0) & (tilt[:, 1:] <= 0.0) & np.isfinite(table.penalty[row, column])[:, None]
    )
    left, right, piece, which = tilt[pair, cell], tilt[pair, cell + 1], piece[pair], which[pair]
    u = _root(table.objective, sampled, which, piece, cell, left, right)
    x = _place(sampled.pieces, piece, u)
    height = table.objective.height(which, x[:, None], sampled.values(piece, u[:, None]))[:, 0]
    run = places[pair, cell + 1] - places[pair, cell]
    height = height - table.penalty[row[pair], column[pair]]
    return Tops(row[pair], x, height, np.zeros(pair.size, dtype=np.intp), (right - left) / run)


def end_tops(table: Table, row: Index, column: Index, accuracy: Accuracy) -> Tops:
    """Ends of pieces (K,) that are local maxima.

    The objective falls on both sides of them, or beyond them at once, where it may be flat inside; of narrow
    pieces, and of those that are not known, nothing is asked.
    """
    height, tilt = table.height, table.tilts()
    width = (table.sampled.pieces.high - table.sampled.pieces.low)[table.piece]
    loose = (width <= accuracy.steep) | ~np.isfinite(table.penalty)
    gap = height[:, 1:, 0] - height[:, :-1, -1]
    drop, rise = (side * gap > accuracy.jump * table.scale[:, None] for side in (-1.0, 1.0))
    low, high = tilt[:, :, 0] <= 0.0, tilt[:, :, 1] >= 0.0
    flat = np.abs(tilt) * width[..., None] <= accuracy.tie * table.scale[:, None, None]
    beside = rise | loose[:, :-1], drop | loose[:, 1:]
    low[:, 1:] &= beside[0] | (tilt[:, :-1, 1] >= 0.0)
    low[:, 1:] |= beside[0] & flat[:, 1:, 0]
    high[:, :-1] &= beside[1] | (tilt[:, 1:, 0] <= 0.0) | table.padding[:, 1:]
    high[:, :-1] |= beside[1] & flat[:, :-1, 1]
    parts = []
    for side, node, summit in ((-1, 0, low), (1, -1, high)):
        some = np.flatnonzero(summit[row, column])
        r, c = row[some], column[some]
        top, x = height[r, c, node] - table.penalty[r, c], table.sampled.x[table.piece[r, c], node]
        parts.append(Tops(r, x, top, np.full(r.size, side), np.full(r.size, np.nan)))
    return stacked(parts)


def bound_tops(table: Table) -> list[Tops]:
    """The ends of the objectives' own intervals."""
    sampled, row, parts = table.sampled, np.arange(table.which.size), []
    for side, x in ((-2, table.low), (2, table.high)):
        piece = sampled.pieces.find(table.objective.curve[table.which], x)
        height = table.objective.height(table.which, x[:, None], sampled.pieces.value(piece, x)[:, None])
        top = height[:, 0] - table.penalty[row, piece - table.first]
        parts.append(Tops(row, x, top, np.full(row.size, side), np.full(row.size, np.nan)))
    return parts


def _place(pieces: Piecewise, piece: Index, u: Array) -> Array:
    return np.asarray(pieces.low[piece] + (pieces.high[piece] - pieces.low[piece]) * (1.0 + u) / 2.0)


def _root(
    objective: Objective,
    sampled: Sampled,
    which: Index,
    piece: Index,
    cell: Index,
    left: Array,
    right: Array,
) -> Array:
    """Zeros of slopes (K,) bracketed by sample points, by the Illinois method (Dowell and Jarratt 1971)."""
    u = nodes(SAMPLES)
    low, high = u[cell].copy(), u[cell + 1].copy()
    left, right = left.copy(), right.copy()
    root, live, last = (low + high) / 2.0, np.arange(cell.size), np.zeros(cell.size, dtype=np.intp)
    for _ in range(STEPS):
        if not live.size:
            break
        a, b, fa, fb = low[live], high[live], left[live], right[live]
        trial = np.clip((a * fb - b * fa) / (fb - fa), a, b)
        slope = sampled.pieces.slope(piece[live], trial[:, None])
        f = objective.tilt(which[live], _place(sampled.pieces, piece[live], trial)[:, None], slope)[:, 0]
        moved = np.abs(trial - root[live])
        root[live] = trial
        up = f > 0.0
        low[live], high[live] = np.where(up, trial, a), np.where(up, b, trial)
        left[live] = np.where(up, f, np.where(last[live] == -1, fa / 2.0, fa))
        right[live] = np.where(up, np.where(last[live] == 1, fb / 2.0, fb), f)
        last[live] = np.where(up, 1, -1)
        live = live[(f != 0.0) & (moved > 4.0 * np.finfo(np.float64).eps)]
    return root
