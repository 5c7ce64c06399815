"""What becomes of a piece that is not done: more nodes, a window, parts, or both sides of a jump."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eqsolve.numerics.active import SAMPLES, Active, Judgment, Locate, Tolerances, begin
from eqsolve.numerics.batch import stacked
from eqsolve.numerics.jumps import Edges, beside, jumps, locate_edges, met
from eqsolve.numerics.piecewise import (
    DEGREE,
    Flags,
    Index,
    Piecewise,
    basis,
    chebyshev,
    interpolation,
    nodes,
)
from eqsolve.numerics.quadrature import Array


def refine(
    active: Active, judged: Judgment, tol: Tolerances, locate: Locate | None
) -> tuple[Active, Piecewise]:
    """The next pieces to work on, and those that are left: what lies outside of the windows."""
    u, pieces, window = nodes(SAMPLES), judged.pieces, judged.window
    share = (u[window[:, 1] + 1] - u[window[:, 0]]) / 2.0
    at, whole = jumps(active, tol), share > tol.window
    edges, lines = locate_edges(locate, active, np.where(met(at, active, window), at, -1), tol)
    whole |= np.isfinite(edges.u[:, 0])
    at = np.where(whole, at, -1)
    rough = whole & (at < 0) & (pieces.error.max(axis=1) > tol.rough * active.before)
    upgrade = whole & ~active.full & (at < 0) & ~rough
    trusted = np.where((judged.doubt <= tol.tail) & active.sound.all(axis=1), judged.doubt, np.inf)
    rest = np.flatnonzero(~upgrade)
    wide = np.maximum(window[:, 0] - 1, 0), np.minimum(window[:, 1] + 2, SAMPLES)
    parent, a, b, inner, jump = _cuts(
        active.take(rest), np.stack([u[wide[0]], u[wide[1]]], axis=1)[rest], whole[rest], rough[rest],
        at[rest], edges.take(rest),
    )  # fmt: skip
    parent = rest[parent]
    low, high = active.at(parent, a), active.at(parent, b)
    fresh = np.flatnonzero(inner & (high > low))
    children = _children(active, pieces, parent[fresh], a[fresh], b[fresh], low[fresh], high[fresh])
    children = replace(children, doubt=trusted[parent[fresh]])
    _learn(children, active, edges, parent[fresh], a[fresh], b[fresh], jump[fresh])
    line = np.isfinite(edges.u[parent, 0]) & (a == edges.u[parent, 0])
    outer = np.flatnonzero(~inner & ~line & (high > low))
    bounded = np.asarray(judged.excluded.any(axis=1))[parent[outer]]
    some, others = outer[~bounded], outer[bounded]
    left = stacked([
        restrict(pieces, parent[some], a[some], b[some], low[some], high[some]),
        steps(active, judged, parent[others], low[others], high[others]),
        lines,
    ])  # fmt: skip
    parts = _upgraded(active.take(upgrade), trusted[upgrade]), children
    return stacked(parts), left


def _upgraded(active: Active, doubt: Array) -> Active:
    """The pieces with all nodes wanted."""
    upgraded = replace(active, full=np.ones(len(active), dtype=bool), doubt=doubt)
    upgraded.memo[:, 1::2] = active.predict(basis()[1::2])
    return upgraded


def _learn(
    children: Active, active: Active, edges: Edges, parent: Index, a: Array, b: Array, jump: Flags
) -> None:
    """Tell children (K,) that end at jumps what is known about their side of it."""
    some = np.flatnonzero(jump)
    if some.size:
        memo, doubt = beside(active, edges, parent[some], a[some], b[some])
        children.memo[some], children.doubt[some] = memo, doubt
    for side, node, end in ((0, DEGREE, b), (1, 0, a)):
        touching = np.flatnonzero(end == edges.u[parent, side])
        of = parent[touching]
        children.value[touching, node] = edges.value[of, side]
        children.memo[touching, node] = edges.memo[of, side]
        children.known[touching, node] = True


def _children(
    active: Active, pieces: Piecewise, parent: Index, a: Array, b: Array, low: Array, high: Array
) -> Active:
    """Parts of pieces, with memos as the polynomials of their parents predict them."""
    t = a[:, None] + (b - a)[:, None] * (1.0 + nodes()) / 2.0
    blank = begin(active.owner[parent], low, high, active.value.shape[2], 0)
    return replace(
        blank,
        memo=active.take(parent).predict(chebyshev(t)),
        before=pieces.error[parent].max(axis=1),
        missed=active.missed[parent],
    )


def _cuts(
    active: Active, window: Array, whole: Flags, rough: Flags, at: Index, edges: Edges
) -> tuple[Index, Array, Array, Flags, Flags]:
    """Parts of pieces, in coordinates: parent, ends, whether to work on it, and whether it is beside a jump.

    A piece is cut around its window; one that matters as a whole is halved, in four if it is `rough`, or cut
    around its jump.
    """
    every, zero = np.arange(len(active)), np.zeros(len(active))
    jump, stride = at >= 0, np.where(active.full, 1, 2)
    below = np.where(jump, nodes()[np.maximum(at, 0)], zero)
    above = np.where(jump, nodes()[np.minimum(np.maximum(at, 0) + stride, DEGREE)], zero)
    below, above = np.where(whole, below, window[:, 0]), np.where(whole, above, window[:, 1])
    located = np.isfinite(edges.u[:, 0])
    below, above = np.where(located, edges.u[:, 0], below), np.where(located, edges.u[:, 1], above)
    middle = np.where(rough, 0.0, above)
    below, above = np.where(rough, -0.5, below), np.where(rough, 0.5, above)
    ends = np.stack([zero - 1.0, below, middle, above, zero + 1.0])
    parts = [
        (every, ends[k], ends[k + 1], (whole | (k == 1)) & ~(located & (k == 1)), jump & (k != 1))
        for k in range(4)
    ]
    parent, a, b, inner, beside = (np.concatenate(column) for column in zip(*parts, strict=True))
    some = b > a
    return parent[some], a[some], b[some], inner[some], beside[some]


def steps(active: Active, judged: Judgment, parent: Index, low: Array, high: Array) -> Piecewise:
    """Parts of pieces that the nodes bound: constants between nodes, with half the step as their error.

    Args:
        active, judged: pieces and what is known of them.
        parent: number of the piece of each part, (K,).
        low, high: its interval, (K,) each.
    """
    pieces, excluded, margin = judged.pieces, judged.excluded, judged.margin
    if not parent.size:
        return pieces.take(parent)
    parts = []
    for full in (False, True):
        some = np.flatnonzero(active.full[parent] == full)
        if not some.size:
            continue
        step = 1 if full else 2
        of = parent[some]
        places = active.take(of).points(nodes()[::step])
        value = active.value[of][:, ::step]
        a, b = np.maximum(places[:, :-1], low[some, None]), np.minimum(places[:, 1:], high[some, None])
        row, cell = np.nonzero(a < b)
        x_low, x_high, of = a[row, cell], b[row, cell], of[row]
        flat = excluded[of, cell * (SAMPLES // (places.shape[1] - 1))]
        below, above = value[row, cell], value[row, cell + 1]
        width = active.high[of] - active.low[of]
        u = [np.clip(2.0 * (x - active.low[of]) / width - 1.0, -1.0, 1.0) for x in (x_low, x_high)]
        part = restrict(pieces, of, u[0], u[1], x_low, x_high)
        constant = np.zeros_like(part.coefficients)
        constant[:, 0] = (below + above) / 2.0
        parts.append(
            replace(
                part,
                coefficients=np.where(flat[:, None, None], constant, part.coefficients),
                error=np.where(
                    flat[:, None], np.abs(above - below) / 2.0 + margin[of, cell * step][:, None], part.error
                ),
            )
        )
    return stacked(parts)


def restrict(pieces: Piecewise, parent: Index, a: Array, b: Array, low: Array, high: Array) -> Piecewise:
    """Pieces on parts of their intervals: the same polynomials."""
    if not parent.size:
        return pieces.take(parent)
    t = a[:, None] + (b - a)[:, None] * (1.0 + nodes()) / 2.0
    value = np.einsum("psn,pnc->psc", chebyshev(t), pieces.coefficients[parent])
    coefficients = np.einsum("mn,pnc->pmc", interpolation(), value)
    return Piecewise(pieces.owner[parent], low, high, coefficients, pieces.error[parent])
