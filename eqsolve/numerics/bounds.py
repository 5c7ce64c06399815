"""How much higher than its nodes a function in work may be between them.

A function that rises cannot exceed the upper node. Any other is bounded only in pieces that jump between two
nodes, and only as far as the nodes on either side of the jump tell: by Newton's divided differences on them
(Isaacson and Keller 1966, Analysis of Numerical Methods, section 6.1), none of which reaches across it.

- Between other nodes a < b a function leaves its chord by f[a, b, x] (x - a)(x - b), and f[a, b, x] changes
  along x by a third difference times the distance.
- Beside the jump it goes on as its side of nodes says: by f[..] h, f[..] h (h + h1) and so on, all of which
  grow with h, so that none is larger within than at the other node. Where the third term is at most half of
  the second, all that follow are together no more than it is, as long as they go on to fall so.

Where there are too few nodes for that, or terms do not fall, nothing is known.
"""

from __future__ import annotations

import numpy as np

from eqsolve.numerics.active import SAMPLES, Active, Question, Tolerances
from eqsolve.numerics.jumps import jumps
from eqsolve.numerics.piecewise import DEGREE, Flags, Index, nodes
from eqsolve.numerics.quadrature import Array

DOUBTED = 2.0
"""How much larger a third difference may be within its nodes than over them."""

FALLS = 0.5
"""What a term is of the one before it, at most, where all that follow are no more than it is."""


def margins(active: Active, monotone: Flags, tol: Tolerances) -> Array:
    """By how much functions may exceed the larger of two neighboring nodes between them, (P, DEGREE).

    Pieces with half the nodes have one number for both intervals between two of them; inf: unknown.
    """
    result = np.where(monotone, 0.0, np.inf)[:, None] + np.zeros(DEGREE)
    at = jumps(active, tol)
    some = ~monotone & (at >= 0) & active.sound.all(axis=1)
    for full in (False, True):
        rows = np.flatnonzero(some & (active.full == full))
        step = 1 if full else 2
        if rows.size:
            found = _margins(nodes()[::step], active.value[rows][:, ::step], at[rows] // step, tol.noise)
            result[rows] = np.repeat(found, step, axis=1)
    return result


def reachable(question: Question, active: Active, margin: Array) -> Flags:
    """Intervals (P, SAMPLES) that matter if functions exceed nodes beside them by at most `margin`."""
    result = np.empty((len(active), SAMPLES), dtype=bool)
    for full in (False, True):
        rows = np.flatnonzero(active.full == full)
        step = 1 if full else 2
        value, beyond = active.value[rows][:, ::step], margin[rows][:, ::step]
        known = np.isfinite(beyond)
        most = value.copy()
        most[:, :-1] = np.maximum(value[:, 1:], value[:, :-1]) + np.where(known, beyond, 0.0)[..., None]
        places = active.points(nodes()[::step])[rows]
        cells = question.open(active.owner[rows], places, most)[:, :-1] | ~known
        result[rows] = np.repeat(cells, SAMPLES // cells.shape[1], axis=1)
    return result


def _margins(u: Array, value: Array, at: Index, noise: float) -> Array:
    """The same for pieces with nodes u (n,), values (P, n, channels) and a jump behind nodes `at` (P,)."""
    first, second, third = _differences(u, value)
    cells, every = np.arange(u.size - 1), np.arange(at.size)
    # Four nodes around an interval, as central as its side of the jump allows.
    beyond, side = cells > at[:, None], at[:, None] + 1
    low, high = np.where(beyond, side, 0), np.where(beyond, u.size - 1, at[:, None])
    start = np.clip(cells - 1, low, high - 3)
    enough = (high - low >= 3) & (cells != at[:, None])
    start = np.clip(start, 0, u.size - 4)
    span = u[start + 3] - u[start]
    bend = np.maximum(*(np.abs(second[every[:, None], start + k]) for k in (0, 1)))
    change = DOUBTED * span[..., None] * np.abs(third[every[:, None], start])
    off = (bend + change).max(axis=2) * np.square(np.diff(u)) / 4.0
    result = np.where(enough, off, np.inf)
    left = _rises(u, (first, second, third), at, noise)
    right = _rises(
        -u[::-1],
        tuple(_turned(each, k) for k, each in enumerate((first, second, third))),
        u.size - 2 - at,
        noise,
    )
    below, above = value[every, at], value[every, at + 1]
    reached = np.maximum(below + left, above + right) - np.maximum(below, above)
    result[every, at] = reached.max(axis=1)
    return result


def _differences(u: Array, value: Array) -> tuple[Array, Array, Array]:
    """Newton's divided differences of values (P, n, channels): first, second and third ones."""
    result, last = [], value
    for order in (1, 2, 3):
        last = np.diff(last, axis=1) / (u[order:] - u[:-order])[:, None]
        result.append(last)
    return result[0], result[1], result[2]


def _turned(difference: Array, order: int) -> Array:
    """Differences of order + 1 of the function turned around."""
    return difference[:, ::-1] * (1.0 if order % 2 else -1.0)


def _rises(u: Array, differences: tuple[Array, ...], at: Index, noise: float) -> Array:
    """How far functions may rise from nodes `at` (P,) up to the next ones, (P, channels), by the four before.

    Infinite where there are no four of them, or where terms do not fall.
    """
    every, known = np.arange(at.size), at >= 3
    node = np.maximum(at, 3)
    end, reach, terms = u[node + 1], np.ones(at.size), []
    for order, difference in enumerate(differences):
        reach = reach * (end - u[node - order])
        terms.append(difference[every, node - order - 1] * reach[:, None])
    last = np.abs(terms[2])
    falls = (last <= FALLS * np.abs(terms[1])) | (last <= FALLS**2 * np.abs(terms[0])) | (last <= noise)
    rise = sum(np.maximum(term, 0.0) for term in terms) + last
    return np.asarray(np.where(falls & known[:, None], rise, np.inf))
