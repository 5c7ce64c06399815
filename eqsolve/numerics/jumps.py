"""Where the functions of pieces in work jump."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eqsolve.numerics.active import SAMPLES, Active, Locate, Tolerances
from eqsolve.numerics.piecewise import DEGREE, Flags, Index, Piecewise, nodes, straight
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


def jumps(active: Active, tol: Tolerances) -> Index:
    """First of two neighboring nodes between which most of a piece's variation lies, (P,); -1 for none."""
    result = np.full(len(active), -1)
    for full in (False, True):
        rows = np.flatnonzero(active.full == full)
        stride = 1 if full else 2
        step = np.abs(np.diff(active.value[rows][:, ::stride, 0], axis=1))
        i = step.argmax(axis=1)
        most = step[np.arange(rows.size), i]
        found = (most > tol.jump * step.sum(axis=1)) & (most > tol.tail)
        result[rows] = np.where(found, i * stride, -1)
    return result


def met(at: Index, active: Active, window: Index) -> Flags:
    """Whether jumps behind nodes `at` (P,) lie in windows (P, 2), (P,)."""
    cell = SAMPLES // DEGREE
    first, last = at * cell, (at + np.where(active.full, 1, 2)) * cell - 1
    return np.asarray((at >= 0) & (first <= window[:, 1]) & (last >= window[:, 0]))


@record
class Edges:
    """Jumps that were located in pieces.

    Attributes:
        u: coordinates just below and above it, (P, 2); nan where there is none.
        value, memo: values and memos there, (P, 2, channels) and (P, 2, D).
    """

    u: Array
    value: Array
    memo: Array

    def take(self, pieces: Index) -> Edges:
        """Return those of some pieces."""
        return Edges(self.u[pieces], self.value[pieces], self.memo[pieces])


def locate_edges(
    locate: Locate | None, active: Active, at: Index, tol: Tolerances
) -> tuple[Edges, Piecewise]:
    """Locate the jumps between nodes `at` (P,) and the next ones; also as the lines that stand for them."""
    count, size = len(active), active.memo.shape[2]
    edges = Edges(
        np.full((count, 2), np.nan), *(np.zeros((count, 2, m)) for m in (active.value.shape[2], size))
    )
    if locate is None or not (at >= 0).any():
        return edges, lines(active.take(at[:0]))
    low = active.points(nodes())[np.arange(count), np.maximum(at, 0)]
    after = np.minimum(np.maximum(at, 0) + np.where(active.full, 1, 2), DEGREE)
    high = active.points(nodes())[np.arange(count), after]
    wide = (high - low > tol.sharp * tol.width) & (high - low <= tol.bracket)
    some = np.flatnonzero((at >= 0) & wide & (active.missed < tol.misses))
    if not some.size:
        return edges, lines(active.take(some[:0]))
    memo = active.memo[some, at[some]], active.memo[some, after[some]]
    x, *sides = locate(active.owner[some], low[some], high[some], *memo)
    active.missed[some[~np.isfinite(x)]] += 1
    ends = np.stack([x - tol.width / 2.0, x + tol.width / 2.0], axis=1)
    inside = (ends[:, 0] > low[some]) & (ends[:, 1] < high[some])
    some, ends = some[inside], ends[inside]
    half = ((active.high - active.low)[some] / 2.0)[:, None]
    edges.u[some] = (ends - (active.low[some] + half[:, 0])[:, None]) / half
    edges.value[some] = np.stack([side.value[inside] for side in sides], axis=1)
    edges.memo[some] = np.stack([side.memo[inside] for side in sides], axis=1)
    low, high = (active.at(some, edges.u[some, k]) for k in (0, 1))
    line = replace(active.take(some), low=low, high=high)
    line.value[:, [0, -1]], line.sound[:, [0, -1]] = edges.value[some], True
    return edges, lines(line)


def beside(active: Active, edges: Edges, parent: Index, a: Array, b: Array) -> tuple[Array, Array]:
    """Memos on one side of a jump, predicted from the three nearest points on that side, and their doubts.

    Args:
        active: pieces.
        edges: where jumps were located.
        parent: number of the piece, (K,).
        a, b: ends of the side, nodes of the piece, (K,) each.
    """
    step = np.where(active.full[parent], 1, 2)
    t = a[:, None] + (b - a)[:, None] * (1.0 + nodes()) / 2.0
    index = [np.minimum(np.arange(DEGREE + 1) * k, DEGREE) for k in (1, 2)]
    used = [nodes()[index[0]], nodes()[index[1]], index[1]]
    table = np.concatenate([np.where((step == 1)[:, None], used[0], used[1]), edges.u[parent]], axis=1)
    memos = np.where((step == 1)[:, None, None], active.memo[parent], active.memo[parent][:, used[2]])
    memos = np.concatenate([memos, edges.memo[parent]], axis=1)
    near = np.abs(t[:, :, None] - table[:, None, :])
    inside = (table >= a[:, None] - 1e-12) & (table <= b[:, None] + 1e-12)
    inside[:, : DEGREE + 1] &= np.arange(DEGREE + 1) * step[:, None] <= DEGREE
    near[np.broadcast_to(~inside[:, None, :], near.shape)] = np.inf
    three = np.argsort(near, axis=2)[:, :, :3]
    every = np.arange(parent.size)[:, None, None]
    u = table[every, three] - t[:, :, None]
    memo = memos[every, three]
    with np.errstate(divide="ignore", invalid="ignore"):
        slant = u[..., 1] - u[..., 0]
        line = np.stack([u[..., 1] / slant, -u[..., 0] / slant, 0.0 * u[..., 2]], -1)
        curve = np.stack([
            u[..., j] * u[..., k] / ((u[..., j] - u[..., i]) * (u[..., k] - u[..., i]))
            for i, j, k in ((0, 1, 2), (1, 0, 2), (2, 0, 1))
        ], -1)  # fmt: skip
    straight, bent = (np.einsum("kni,knid->knd", w, memo) for w in (line, curve))
    doubt = np.abs(bent - straight).max(axis=(1, 2), initial=0.0)
    # Two points, one of them the edge, still tell the branch: it is between them.
    two = (inside.sum(axis=1) == 2) & np.isfinite(edges.u[parent, 0])
    apart = np.abs(memo[:, :, 1] - memo[:, :, 0]).max(axis=(1, 2), initial=0.0)
    bent, doubt = np.where(two[:, None, None], straight, bent), np.where(two, apart, doubt)
    return bent, np.where(((inside.sum(axis=1) > 2) | two) & np.isfinite(doubt), doubt, np.inf)


def lines(active: Active) -> Piecewise:
    """Jumps as straight lines between the nodes at both ends."""
    sound = np.asarray(active.sound[:, [0, -1]].all(axis=1))
    return straight(active.owner, active.low, active.high, active.value[:, [0, -1]], sound)
