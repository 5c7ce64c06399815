"""Integrals of f(v(x)) where f has kinks or jumps at known levels of v: resolved, not smeared.

On each panel v is a polynomial through its nodal values. Where v crosses a level, the panel is cut at the
crossings, each piece gets a Gauss rule of its own, and the result is carried back to the panel's nodes:
`project` returns nodal values g_i such that sum_i w_i g_i phi_i equals the integral of f(v) phi for every
phi that the panel resolves. Everything downstream then works with plain quadrature sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array, Grid, Reference, reference

Index = NDArray[np.intp]

PROBES = np.linspace(-1.0, 1.0, 33)
"""Places in a panel at which crossings are looked for: twice the order resolves the interpolant's shape."""

GAP = float(PROBES[1] - PROBES[0])
"""Distance of two probes."""

NEWTON_STEPS = 3
"""From a parabola's guess in a gap of 1/16 the error is squared thrice, down to rounding."""

TANGENT_STEPS = 20
"""Where v hardly passes a level, Newton's method at first only halves the error."""

SETTLED = 1e-13
"""A crossing moves by less than this when it is found."""

TOUCHING = 0.02
"""A parabola through three probes tells how far v comes to a level within this share of its bend."""

AROUND = 1.1
"""Gaps from the middle one of three probes within which v turns: a little more than up to the next probe."""

OVERSHOOT = 0.05
"""By how much of its range a panel's values may exceed the extreme node, so that no tangency is missed."""


@dataclass(frozen=True)
class Pieces:
    """Panels cut at level crossings, as flat arrays.

    Attributes:
        panel: flat index of each cut panel into v seen as (..., P), (M,).
        first: where each cut panel's pieces begin, (M,).
        owner: number of the cut panel that each piece belongs to, (S,).
        basis: Lagrange basis at the pieces' nodes, (S, p, p).
        weights: Gauss weights of the pieces' nodes, (S, p).
        values: v at the pieces' nodes, (S, p).
    """

    panel: Index
    first: Index
    owner: Index
    basis: Array
    weights: Array
    values: Array


@dataclass(frozen=True)
class Crossings:
    """Where v crosses its levels.

    Attributes:
        panel: flat index of the panels that are crossed, (M,).
        owner: number of the crossed panel of each crossing, (K,).
        point: place of the crossing in the panel, in [-1, 1], (K,).
        level: number of the level, (K,).
        slope: derivative of v with respect to the place in the panel, (K,).
    """

    panel: Index
    owner: Index
    point: Array
    level: Index
    slope: Array


@cache
def _probe_basis(order: int) -> Array:
    """Nodal values of a panel to values at the probes, (p, PROBES)."""
    return np.ascontiguousarray(reference(order).lagrange(PROBES).T)


def _suspects(folded: Array, levels: Array) -> Index:
    """Flat indices of the panels whose values may reach a level."""
    edge = folded @ _probe_basis(folded.shape[-1])[:, [0, -1]]
    top = np.maximum(folded.max(axis=-1), edge.max(axis=-1))
    bottom = np.minimum(folded.min(axis=-1), edge.min(axis=-1))
    slack = OVERSHOOT * (top - bottom) + 1e-14
    inside = (levels > (bottom - slack)[..., None]) & (levels < (top + slack)[..., None])
    return np.flatnonzero(inside.any(axis=-1))


def crossings(v: Array, levels: Array, grid: Grid) -> Crossings:
    """Find every place where v crosses a level.

    Args:
        v: nodal values, (rows, J, P p).
        levels: levels of each row, (rows, L); nan for none.
        grid: the nodes.
    """
    rule = grid.rule
    folded = v.reshape(*v.shape[:-1], grid.panels, rule.order)
    panel = _suspects(folded, levels[:, None, None, :])
    per_row = v.shape[1] * grid.panels
    nodal = folded.reshape(-1, rule.order)[panel]
    level = levels[panel // per_row]
    gap = (nodal @ _probe_basis(rule.order))[:, None, :] - level[:, :, None]

    above = gap >= 0
    passes = above[..., 1:] != above[..., :-1]
    owner, which, start = np.nonzero(passes)
    place = PROBES[start] + GAP * _parabola_root(gap[owner, which], start)

    slopes = nodal @ rule.derivative.T
    turn_owner, turn_which, turn_place = _tangencies(gap, passes, nodal, slopes, level, rule)
    owner = np.concatenate([owner, turn_owner])
    which = np.concatenate([which, turn_which])
    place = np.concatenate([place, turn_place])
    low, high = np.maximum(place - GAP, -1.0), np.minimum(place + GAP, 1.0)

    slope, live = np.ones(place.size), np.arange(place.size)
    for _ in range(NEWTON_STEPS + TANGENT_STEPS):
        if not live.size:
            break
        basis, its = rule.lagrange(place[live]), owner[live]
        error = (basis * nodal[its]).sum(axis=-1) - level[its, which[live]]
        slope[live] = tilt = (basis * slopes[its]).sum(axis=-1)
        newton = np.divide(error, tilt, out=np.zeros(live.size), where=tilt != 0)
        place[live] = np.minimum(np.maximum(place[live] - newton, low[live]), high[live])
        live = live[np.abs(newton) > SETTLED]
    return Crossings(panel, owner, place, which, slope)


def _parabola_root(gap: Array, start: Index) -> Array:
    """Where, in [0, 1], the parabola through a sign change and a neighboring probe vanishes.

    A straight line would miss the pair of crossings of a v that barely rises above a level.
    """
    every = np.arange(start.size)
    first, second = gap[every, start], gap[every, start + 1]
    around = np.minimum(np.maximum(start, 1), gap.shape[1] - 2)
    bend = gap[every, around - 1] - 2.0 * gap[every, around] + gap[every, around + 1]
    linear = second - first - bend / 2.0
    root = np.sqrt(np.maximum(linear**2 - 2.0 * bend * first, 0.0))
    pivot = -(linear + np.copysign(root, linear)) / 2.0
    one = np.divide(2.0 * pivot, bend, out=np.full_like(bend, -1.0), where=bend != 0)
    other = np.divide(first, pivot, out=np.zeros_like(pivot), where=pivot != 0)
    inside = (one >= 0.0) & (one <= 1.0)
    return np.asarray(np.where(inside, one, np.minimum(np.maximum(other, 0.0), 1.0)))


def _tangencies(
    gap: Array, passes: NDArray[np.bool_], nodal: Array, slopes: Array, level: Array, rule: Reference
) -> tuple[Index, Index, Array]:
    """Pairs of crossings that hide between two probes, where v just touches past a level."""
    height = np.abs(gap)
    turning = height[..., 1:-1] <= np.minimum(height[..., :-2], height[..., 2:])
    turning[..., 0] |= height[..., 0] < height[..., 1]  # v may turn between the edge and the next probe
    turning[..., -1] |= height[..., -1] < height[..., -2]
    owner, which, at = np.nonzero(turning & ~passes[..., :-1] & ~passes[..., 1:])
    if not owner.size:
        return owner, which, np.empty(0)
    left, mid, right = (gap[owner, which, at + k] for k in range(3))
    bend, tilt = left - 2 * mid + right, (right - left) / 2
    near = (mid * bend > 0) & (2 * np.abs(bend * mid) <= tilt**2 + TOUCHING * bend**2)
    near &= np.abs(tilt) <= AROUND * np.abs(bend)
    owner, which = owner[near], which[near]
    side, place = np.sign(mid[near]), PROBES[1 + at[near]] - GAP * tilt[near] / bend[near]
    bends = slopes[owner] @ rule.derivative.T
    for _ in range(NEWTON_STEPS):
        basis = rule.lagrange(place)
        slope, curve = (basis * slopes[owner]).sum(axis=-1), (basis * bends).sum(axis=-1)
        place = np.clip(
            place - np.divide(slope, curve, out=np.zeros_like(slope), where=curve != 0), -1.0, 1.0
        )
    basis = rule.lagrange(place)
    touch = (basis * nodal[owner]).sum(axis=-1) - level[owner, which]
    curve = (basis * bends).sum(axis=-1)
    crossed = np.flatnonzero(side * touch < 0)
    root = np.sqrt(2.0 * np.abs(touch[crossed] / curve[crossed]))
    places = [place[crossed] - root, place[crossed] + root]
    return (
        np.tile(owner[crossed], 2),
        np.tile(which[crossed], 2),
        np.clip(np.concatenate(places), -1.0, 1.0),
    )


def highest(v: Array, grid: Grid) -> Array:
    """Largest value of functions given by their nodal values (rows, P p), (rows,)."""
    rule = grid.rule
    folded = v.reshape(-1, rule.order)
    place = PROBES[(folded @ _probe_basis(rule.order)).argmax(axis=1)]
    slopes = folded @ rule.derivative.T
    bends = slopes @ rule.derivative.T
    for _ in range(NEWTON_STEPS):
        basis = rule.lagrange(place)
        slope, bend = (basis * slopes).sum(axis=1), (basis * bends).sum(axis=1)
        step = np.divide(-slope, bend, out=np.zeros_like(slope), where=bend < 0)
        place = np.clip(place + np.clip(step, -GAP / 2.0, GAP / 2.0), -1.0, 1.0)
    return np.asarray((rule.lagrange(place) * folded).sum(axis=1).reshape(len(v), -1).max(axis=1))


def cut(v: Array, levels: Array, grid: Grid) -> Pieces:
    """Cut the panels of v at its level crossings; arguments as in `crossings`.

    Pieces on which v stays below the lowest level are left out: f is zero there.
    """
    found = crossings(v, levels, grid)
    used = np.flatnonzero(np.bincount(found.owner))
    panel_of = np.concatenate([found.owner, used, used])
    places = np.concatenate([found.point, np.full(used.size, -1.0), np.full(used.size, 1.0)])
    order = np.lexsort((places, panel_of))
    panel_of, places = panel_of[order], places[order]
    same = np.flatnonzero(panel_of[1:] == panel_of[:-1])
    piece_owner = panel_of[same]
    low, half = places[same], (places[same + 1] - places[same]) / 2

    rule, panel = grid.rule, found.panel[piece_owner]
    nodal = v.reshape(-1, grid.order)[panel]
    lowest = np.fmin.reduce(levels, axis=1)[panel // (v.shape[1] * grid.panels)]
    middle = (rule.lagrange(low + half) * nodal).sum(axis=1)
    live = np.flatnonzero(middle >= lowest)
    panel, nodal, low, half = panel[live], nodal[live], low[live], half[live]
    basis = rule.lagrange(low[:, None] + half[:, None] * (1.0 + rule.nodes))
    values = np.matmul(basis, nodal[:, :, None])[..., 0]
    begins = np.diff(panel, prepend=-1) != 0
    first, owner = np.flatnonzero(begins), np.cumsum(begins) - 1
    return Pieces(panel[first], first, owner, basis, half[:, None] * rule.weights, values)


def project(f: Callable[[Array, Index], Array], v: Array, plain: Array, pieces: Pieces, grid: Grid) -> Array:
    """Replace the nodal values of f(v) in cut panels by their projection.

    Args:
        f: takes values of v (S, p) and the row of each piece (S, 1), returns f(v).
        v: nodal values, (rows, J, P p).
        plain: f at the nodal values; overwritten in the cut panels and returned.
        pieces: the cut panels.
        grid: the nodes.
    """
    if not pieces.panel.size:
        return plain
    row = pieces.panel[pieces.owner] // (v.shape[1] * grid.panels)
    mass = f(pieces.values, row[:, None]) * pieces.weights
    nodal = np.matmul(mass[:, None, :], pieces.basis)[:, 0, :]
    plain.reshape(-1, grid.order)[pieces.panel] = (
        np.add.reduceat(nodal, pieces.first, axis=0) / grid.rule.weights
    )
    return plain
