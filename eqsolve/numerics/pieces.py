"""Integrals of f(v(x)) where f has kinks or jumps at known levels of v: resolved, not smeared.

On each panel v is a polynomial through its nodal values. Where v crosses a level, the panel is cut at the
crossings, each piece gets a Gauss rule of its own, and the result is carried back to the panel's nodes:
`project` returns nodal values g_i such that sum_i w_i g_i phi_i equals the integral of f(v) phi for every
phi that the panel resolves. Everything downstream then works with plain quadrature sums.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array, Grid, Reference, reference
from eqsolve.numerics.record import record

Index = NDArray[np.intp]

PROBES = np.linspace(-1.0, 1.0, 33)
"""Places in a panel at which crossings are looked for: twice the order resolves the interpolant's shape."""

ENDS = np.array([-1.0, 1.0])

THREE = np.arange(3)[:, None]

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

UNBOUNDED = 1e300
"""Bend where v just touches a level: a step says nothing of what is left."""

TOGETHER = 512
"""Pieces worked on at once: the Lagrange bases at their nodes, 1 MB, stay in the cache."""


@record
class Pieces:
    """Panels cut at level crossings, as flat arrays.

    Attributes:
        panel: flat index of each cut panel into v seen as (..., P), (M,).
        first: where each cut panel's pieces begin, (M,).
        owner: number of the cut panel that each piece belongs to, (S,).
        low, half: where in the panel a piece begins, and half its length, (S,) each.
    """

    panel: Index
    first: Index
    owner: Index
    low: Array
    half: Array


@record
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
    """Nodal values of a panel to values at the probes, (PROBES, p)."""
    return np.ascontiguousarray(reference(order).lagrange(PROBES))


@cache
def _nodes_and_ends(order: int) -> Array:
    """Nodal values of a panel to these and to those at its ends, (p + 2, p)."""
    return np.concatenate([np.eye(order), _probe_basis(order)[[0, -1]]])


@record
class _Panels:
    """Panels whose values may reach a level, and what is known of them.

    Attributes:
        panel: flat index into v seen as (..., P), (M,).
        nodal: v at the panel's nodes, (M, p).
        probed: v at the probes, (PROBES, M): places come first, so that all panels are worked on at once.
        level: levels of each, (L, M).
        reached: whether values may reach the level, (L, M).
    """

    panel: Index
    nodal: Array
    probed: Array
    level: Array
    reached: NDArray[np.bool_]


def _suspects(v: Array, levels: Array, grid: Grid) -> _Panels:
    """The panels whose values may reach a level; arguments as in `crossings`."""
    order = grid.rule.order
    flat = v.reshape(-1, order)
    every = _nodes_and_ends(order) @ flat.T
    top, bottom = every.max(axis=0), every.min(axis=0)
    slack = OVERSHOOT * (top - bottom) + 1e-14
    level = np.repeat(levels.T, v.shape[1] * grid.panels, axis=1)
    reached = (level > bottom - slack) & (level < top + slack)
    panel = reached.any(axis=0).nonzero()[0]
    nodal = flat[panel]
    return _Panels(panel, nodal, _probe_basis(order) @ nodal.T, level[:, panel], reached[:, panel])


def crossings(v: Array, levels: Array, grid: Grid) -> Crossings:
    """Find every place where v crosses a level.

    Args:
        v: nodal values, (rows, J, P p).
        levels: levels of each row, (rows, L); nan for none.
        grid: the nodes.
    """
    return _crossings(_suspects(v, levels, grid), grid.rule)


def _crossings(panels: _Panels, rule: Reference) -> Crossings:
    slopes = panels.nodal @ rule.derivative.T
    number, some = panels.reached.nonzero()
    level = panels.level[number, some]
    gap = panels.probed[:, some] - level
    above = gap >= 0
    start, which = np.divmod((above[1:] != above[:-1]).ravel().nonzero()[0], level.size)
    place, bend = _parabola_root(gap, start, which)
    touching, places = _tangencies(gap, panels.nodal[some], slopes[some], level, rule)
    if touching.size:
        which, place = np.concatenate([which, touching]), np.concatenate([place, places])
        bend = np.concatenate([bend, np.full(touching.size, UNBOUNDED)])
    owner, level, number = some[which], level[which], number[which]
    low, high = np.maximum(place - GAP, -1.0), np.minimum(place + GAP, 1.0)

    slope, live = np.ones(place.size), np.arange(place.size)
    for _ in range(NEWTON_STEPS + TANGENT_STEPS):
        if not live.size:
            break
        basis, its = rule.lagrange(place[live]), owner[live]
        error = np.einsum("kp,kp->k", basis, panels.nodal[its]) - level[live]
        slope[live] = tilt = np.einsum("kp,kp->k", basis, slopes[its])
        newton = np.divide(error, tilt, out=np.zeros(live.size), where=tilt != 0)
        place[live] = np.minimum(np.maximum(place[live] - newton, low[live]), high[live])
        # What is left after a step is its square times half the relative bend.
        left = np.minimum(np.abs(newton * tilt), np.square(newton) * bend[live])
        live = live[left > SETTLED * np.abs(tilt)]
    return Crossings(panels.panel, owner, place, number, slope)


def _parabola_root(gap: Array, start: Index, which: Index) -> tuple[Array, Array]:
    """Where the parabola through a sign change and a neighboring probe vanishes, and how much it bends.

    A straight line would miss the pair of crossings of a v that barely rises above a level.

    Args:
        gap: distances to the level, (PROBES, M).
        start, which: the probe before the sign change, and the panel, (K,) each.
    """
    first, second = gap[start, which], gap[start + 1, which]
    around = np.minimum(np.maximum(start, 1), gap.shape[0] - 2)
    bend = gap[around - 1, which] - 2.0 * gap[around, which] + gap[around + 1, which]
    linear = second - first - bend / 2.0
    root = np.sqrt(np.maximum(linear**2 - 2.0 * bend * first, 0.0))
    pivot = -(linear + np.copysign(root, linear)) / 2.0
    one = np.divide(2.0 * pivot, bend, out=np.full_like(bend, -1.0), where=bend != 0)
    other = np.divide(first, pivot, out=np.zeros_like(pivot), where=pivot != 0)
    inside = (one >= 0.0) & (one <= 1.0)
    share = np.where(inside, one, np.minimum(np.maximum(other, 0.0), 1.0))
    return PROBES[start] + GAP * share, np.abs(bend) / GAP**2


def _tangencies(
    gap: Array, nodal: Array, slopes: Array, level: Array, rule: Reference
) -> tuple[Index, Array]:
    """Pairs of crossings that hide between two probes, where v just touches past a level.

    Args:
        gap: distances to the level at the probes of panels, (PROBES, K).
        nodal, slopes, level: of the panels, (K, p), (K, p) and (K,).
        rule: the panel's rule.

    Returns:
        Numbers of panels and places in them.
    """
    at, owner, (left, mid, right) = _turns(gap)
    bend, tilt = left - 2 * mid + right, (right - left) / 2
    near = (mid * bend > 0) & (2 * np.abs(bend * mid) <= tilt**2 + TOUCHING * bend**2)
    near &= np.abs(tilt) <= AROUND * np.abs(bend)
    at, owner, side = at[near], owner[near], np.sign(mid[near])
    place = PROBES[1 + at] - GAP * tilt[near] / bend[near]
    if not owner.size:
        return owner, place
    bends = slopes[owner] @ rule.derivative.T
    for _ in range(NEWTON_STEPS):
        basis = rule.lagrange(place)
        slope, curve = (basis * slopes[owner]).sum(axis=-1), (basis * bends).sum(axis=-1)
        place = np.clip(
            place - np.divide(slope, curve, out=np.zeros_like(slope), where=curve != 0), -1.0, 1.0
        )
    basis = rule.lagrange(place)
    touch = (basis * nodal[owner]).sum(axis=-1) - level[owner]
    curve = (basis * bends).sum(axis=-1)
    crossed = np.flatnonzero(side * touch < 0)
    root = np.sqrt(2.0 * np.abs(touch[crossed] / curve[crossed]))
    places = np.concatenate([place[crossed] - root, place[crossed] + root])
    return np.tile(owner[crossed], 2), np.clip(places, -1.0, 1.0)


def _turns(gap: Array) -> tuple[Index, Index, Array]:
    """First of three probes on one side of a level between or next to which v may turn, its panel, and gaps.

    Args:
        gap: distances to the level, (PROBES, K).
    """
    rises = gap[1:] > gap[:-1]
    turns = rises[1:] != rises[:-1]
    turns[0] |= np.abs(gap[0]) < np.abs(gap[1])  # v may turn between an end and the next probe
    turns[-1] |= np.abs(gap[-1]) < np.abs(gap[-2])
    at, which = np.divmod(turns.ravel().nonzero()[0], gap.shape[1])
    three = gap[at + THREE, which]
    same = (three.min(axis=0) > 0) | (three.max(axis=0) < 0)
    return at[same], which[same], three[:, same]


def highest(v: Array, grid: Grid) -> Array:
    """Largest value of functions given by their nodal values (rows, P p), (rows,)."""
    rule = grid.rule
    folded = v.reshape(-1, rule.order)
    place = PROBES[(folded @ _probe_basis(rule.order).T).argmax(axis=1)]
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
    panels, rule = _suspects(v, levels, grid), grid.rule
    found = _crossings(panels, rule)
    if not found.owner.size:
        return Pieces(found.owner, found.owner, found.owner, found.point, found.point)
    used = np.bincount(found.owner).nonzero()[0]
    panel_of = np.concatenate([found.owner, used, used])
    places = np.concatenate([found.point, np.repeat(ENDS, used.size)])
    order = np.lexsort((places, panel_of))
    panel_of, places = panel_of[order], places[order]
    same = (panel_of[1:] == panel_of[:-1]).nonzero()[0]
    owner = panel_of[same]
    low, half = places[same], (places[same + 1] - places[same]) / 2
    lowest = np.fmin.reduce(panels.level)[owner]
    live = (_middles(panels, owner, low + half, half, rule) >= lowest).nonzero()[0]
    panel, low, half = panels.panel[owner[live]], low[live], half[live]
    begins = np.ones(panel.size, dtype=bool)
    begins[1:] = panel[1:] != panel[:-1]
    first = begins.nonzero()[0]
    return Pieces(panel[first], first, np.cumsum(begins) - 1, low, half)


def _middles(panels: _Panels, owner: Index, middle: Array, half: Array, rule: Reference) -> Array:
    """v inside of pieces (K,), which no level crosses: at the probe next to the middle, or there."""
    probe = np.rint((middle + 1.0) / GAP).astype(np.intp)
    value = panels.probed[probe, owner]
    short = (np.abs(PROBES[probe] - middle) >= half / 2.0).nonzero()[0]
    if short.size:
        basis = rule.lagrange(middle[short])
        value[short] = np.einsum("kp,kp->k", basis, panels.nodal[owner[short]])
    return np.asarray(value)


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
    rule, panel = grid.rule, pieces.panel[pieces.owner]
    row, values = panel // (v.shape[1] * grid.panels), v.reshape(-1, grid.order)
    nodal = np.empty((panel.size, grid.order))
    for start in range(0, panel.size, TOGETHER):
        some = slice(start, start + TOGETHER)
        half = pieces.half[some, None]
        basis, size = rule.terms(pieces.low[some, None] + half * (1.0 + rule.nodes))
        inside = np.matmul(basis, values[panel[some], :, None])[..., 0] * size
        mass = f(inside, row[some, None]) * (half * rule.weights) * size
        nodal[some] = np.matmul(mass[:, None, :], basis)[:, 0, :]
    plain.reshape(-1, grid.order)[pieces.panel] = np.add.reduceat(nodal, pieces.first, axis=0) / rule.weights
    return plain
