"""Adaptive piecewise approximation of batched functions, as precise as a question needs.

Branch and bound on polynomial pieces: every piece is interpolated at nine nodes, then at seventeen; what its
polynomial and error say cannot answer the question (`Question.open`) is left as it is, what could is narrowed
to the window that could, halved, or cut at a jump, until it is resolved. A resolved one is checked at points
that are no nodes, since small trailing coefficients alone can deceive (Aurentz and Trefethen 2017, Chopping
a Chebyshev series). Where a function is monotone, an unresolved piece is bounded by its nodes instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np

from eqsolve.numerics.piecewise import (
    DEGREE,
    Flags,
    Index,
    Piecewise,
    chebyshev,
    interpolation,
    join,
    nodes,
)
from eqsolve.numerics.quadrature import Array


@dataclass(frozen=True)
class Tolerances:
    """When pieces are resolved, and when they are given up.

    Attributes:
        value: error at which a piece is resolved, relative to functions of size one: a hundred times the
            rounding of a sum over a grid.
        noise: error that is rounding if cutting the piece did not lower it...
        gain: ...to this share; a kink, the mildest thing to be resolved, halves it.
        width: width of an interval, relative to one, that is not cut further: what it holds is a jump.
        lost: a piece with points that have no value is cut further only if it is narrower than this.
        tail: trailing coefficients that must be small before a polynomial predicts anything.
        window: a window narrower than this share of its piece is worth nodes of its own: half as wide at half
            the degree costs as much as the full degree.
        jump: share of a piece's total variation between two neighboring nodes that is taken for a jump.
        rounds: most rounds of refinement; a bisection down to `width` takes 34.
    """

    value: float = 1e-11
    noise: float = 1e-9
    gain: float = 0.8
    width: float = 1e-10
    lost: float = 1e-3
    tail: float = 0.02
    window: float = 0.5
    jump: float = 0.5
    rounds: int = 120


TOLERANCES = Tolerances()

HALF = slice(0, None, 2)
"""The nodes of half the degree among all."""

SAMPLES = 4 * DEGREE
"""Intervals between places at which a piece is judged: four for each node."""

CHECKS = np.cos(np.pi * (np.array([1.0, 2.0, 3.0]) * (np.sqrt(5.0) - 1.0) / 2.0 % 1.0))
"""Coordinates at which a resolved piece is checked: multiples of the golden ratio, far from all nodes."""


@dataclass(frozen=True)
class Samples:
    """Values of functions at K points.

    Attributes:
        value: (K, channels).
        memo: what helps to compute values nearby, a smooth function of the point like the values, (K, D).
        sound: whether there is a value, (K,).
    """

    value: Array
    memo: Array
    sound: Flags


Function = Callable[[Index, Array, Array, Array], Samples]
"""(owner, x, guess, doubt) to samples: functions by number (K,), points (K,), predicted memos (K, D) and how
far they may be off (K,), inf where there is no prediction."""


class Question(Protocol):
    """What the functions are approximated for."""

    def see(self, owner: Index, x: Array, value: Array) -> None:
        """Learn values (K, channels)."""

    def open(self, owner: Index, x: Array, value: Array) -> Flags:
        """Whether functions with values of at most (P, S, channels) at points (P, S) matter there, (P, S)."""


@dataclass(frozen=True)
class Active:
    """Pieces in work: node values, of which those of half the degree come first.

    Attributes (P pieces):
        owner, low, high: as in `Piecewise`.
        full: whether all nodes are to be used, (P,).
        value, memo, sound: at the nodes, (P, n, channels), (P, n, D), (P, n).
        doubt: how far the predictions in `memo` may be off before the nodes are evaluated, (P,).
        before: error of the piece that this one was part of, (P,).
    """

    owner: Index
    low: Array
    high: Array
    full: Flags
    value: Array
    memo: Array
    sound: Flags
    doubt: Array
    before: Array

    def __len__(self) -> int:
        return self.owner.size

    def take(self, pieces: Index | Flags) -> Active:
        """Return some of the pieces."""
        return Active(**{f.name: getattr(self, f.name)[pieces] for f in fields(self)})

    def points(self, u: Array) -> Array:
        """Places of coordinates u (S,), (P, S), exact at both ends."""
        x = self.low[:, None] + (self.high - self.low)[:, None] * (1.0 + u) / 2.0
        return np.asarray(np.where(u == 1.0, self.high[:, None], x))


def explore(
    function: Function,
    question: Question,
    owner: Index,
    low: Array,
    high: Array,
    channels: int,
    size: int,
    *,
    monotone: Flags,
    tol: Tolerances = TOLERANCES,
) -> Piecewise:
    """Approximate functions on intervals, only as closely as the question needs.

    Args:
        function: the functions.
        question: what they are approximated for.
        owner, low, high: intervals to begin with, (P,) each.
        channels, size: numbers of values, and of numbers in a memo.
        monotone: functions whose values do not fall with x, by number.
        tol: see `Tolerances`.

    Returns:
        Pieces of all functions; the error of one that has points without a value is inf.
    """
    count, n = owner.size, DEGREE + 1
    active = Active(
        owner, low, high, np.zeros(count, dtype=bool), np.zeros((count, n, channels)),
        np.zeros((count, n, size)), np.ones((count, n), dtype=bool), np.full(count, np.inf),
        np.full(count, np.inf),
    )  # fmt: skip
    finished: list[Piecewise] = []
    for _ in range(tol.rounds):
        if not len(active):
            break
        _evaluate(function, question, active)
        coefficients, error, doubt = _fit(active)
        pieces = Piecewise(
            active.owner, active.low, active.high, np.zeros((len(active), 2), dtype=bool), coefficients, error
        )
        seeming = (error <= tol.value).all(axis=1)
        error = _check(function, question, active, pieces, np.flatnonzero(seeming), doubt)
        deceived = seeming & (error > tol.tail).any(axis=1)
        error[~active.sound.all(axis=1)] = np.inf
        pieces = replace(pieces, error=error)
        resolved = (error <= tol.value).all(axis=1)
        worst = error.max(axis=1)
        resolved |= (worst <= tol.noise) & (worst > tol.gain * active.before)
        margin = _margins(active, monotone[active.owner], tol)
        window, excluded = _window(question, active, pieces, margin)
        window[deceived], excluded[deceived] = (0, SAMPLES - 1), False
        width = active.high - active.low
        capped = excluded.any(axis=1) & (width > 0)
        narrow = width <= tol.width
        closed = resolved | (window[:, 0] > window[:, 1])
        closed |= ~active.sound.all(axis=1) & (narrow | (width > tol.lost))
        finished.append(pieces.take(closed & ~capped))
        some = np.flatnonzero(closed & capped)
        finished.append(_steps(active, pieces, excluded, margin, some, active.low[some], active.high[some]))
        finished.append(_lines(active.take(narrow & ~closed)))
        going = ~(closed | narrow)
        active, left = _refine(
            active.take(going), pieces.take(going), window[going], doubt[going], excluded[going],
            margin[going], tol,
        )  # fmt: skip
        finished.append(left)
    else:
        finished.append(pieces.take(going))
    return join(finished)


def _evaluate(function: Function, question: Question, active: Active) -> None:
    """Fill in the nodes that are not known yet: those of half the degree, or the others."""
    index = np.arange(DEGREE + 1)
    wanted = np.where(active.full[:, None], index % 2 == 1, index % 2 == 0)
    piece, node = np.nonzero(wanted)
    x = active.points(nodes())[piece, node]
    found = function(active.owner[piece], x, active.memo[piece, node], active.doubt[piece])
    active.value[piece, node], active.memo[piece, node] = found.value, found.memo
    active.sound[piece, node] = found.sound
    known = found.sound
    question.see(active.owner[piece][known], x[known], found.value[known])


def _fit(active: Active) -> tuple[Array, Array, Array]:
    """Coefficients (P, n, channels), their errors as the tails tell (P, channels), and that of memos (P,)."""
    count = len(active)
    coefficients = np.zeros(active.value.shape)
    error, doubt = np.zeros((count, active.value.shape[2])), np.zeros(count)
    for full in (False, True):
        rows = np.flatnonzero(active.full == full)
        if not rows.size:
            continue
        degree, chosen = (DEGREE, slice(None)) if full else (DEGREE // 2, HALF)
        transform = interpolation(degree)
        fitted = np.einsum("mn,pnc->pmc", transform, active.value[rows][:, chosen])
        coefficients[rows, : degree + 1] = fitted
        # After a kink coefficients fall like n^-2: the sum of all that follow is the last times the degree,
        # and aliasing doubles it (Trefethen 2013, theorem 7.2).
        tails = 2.0 * (degree + 1) * np.abs(fitted[:, -3:]).max(axis=1)
        # Near a jump an interpolant is off by the jump, which shows between two nodes.
        steps = np.abs(np.diff(active.value[rows][:, chosen], axis=1)).max(axis=1)
        error[rows] = np.where(tails > TOLERANCES.tail, np.maximum(tails, steps), tails)
        memo = np.einsum("mn,pnd->pmd", transform[-3:], active.memo[rows][:, chosen])
        doubt[rows] = (degree + 1) * np.abs(memo).max(axis=(1, 2), initial=0.0)
    return coefficients, error, doubt


def _check(
    function: Function, question: Question, active: Active, pieces: Piecewise, some: Index, doubt: Array
) -> Array:
    """Errors (P, channels) after `some` pieces were compared with values at points that are no nodes."""
    error = pieces.error.copy()
    if not some.size:
        return error
    few = active.take(some)
    x = few.points(CHECKS)
    guess = _predict(few, chebyshev(CHECKS))
    flat = np.repeat(np.arange(some.size), CHECKS.size)
    found = function(few.owner[flat], x.ravel(), guess.reshape(flat.size, -1), doubt[some][flat])
    known = found.sound
    question.see(few.owner[flat][known], x.ravel()[known], found.value[known])
    expected = np.einsum("sn,pnc->psc", chebyshev(CHECKS), pieces.coefficients[some])
    off = np.abs(found.value.reshape(expected.shape) - expected)
    off[~known.reshape(off.shape[:2])] = np.inf
    error[some] = np.maximum(error[some], off.max(axis=1))
    return error


def _predict(active: Active, basis: Array) -> Array:
    """Memos at coordinates given by their Chebyshev basis (S, n) or (P, S, n), (P, S, D)."""
    result = np.empty((len(active), basis.shape[-2], active.memo.shape[2]))
    for full in (False, True):
        rows = np.flatnonzero(active.full == full)
        if rows.size:
            degree, chosen = (DEGREE, slice(None)) if full else (DEGREE // 2, HALF)
            weights = (basis if basis.ndim == 2 else basis[rows])[..., : degree + 1] @ interpolation(degree)
            result[rows] = weights @ active.memo[rows][:, chosen]
    return result


def _window(question: Question, active: Active, pieces: Piecewise, margin: Array) -> tuple[Index, Flags]:
    """First and last of the intervals between `nodes(SAMPLES)` that matter, (P, 2); first > last where none.

    Also, where the nodes say that they do not, since functions exceed them by no more than `margin`,
    (P, SAMPLES): nowhere in pieces of which the polynomial says all by itself.
    """
    x, fine = active.points(nodes(SAMPLES)), chebyshev(nodes(SAMPLES))
    value = np.einsum("sn,pnc->psc", fine, pieces.coefficients)
    bend = np.zeros_like(value)
    bend[:, 1:-1] = np.abs(value[:, 2:] - 2.0 * value[:, 1:-1] + value[:, :-2])
    at = question.open(active.owner, x, value + bend + pieces.error[:, None, :])
    between = at[:, 1:] | at[:, :-1]
    rows, excluded = np.flatnonzero(np.isfinite(margin)), np.zeros(between.shape, dtype=bool)
    if rows.size:
        possible = _capped(question, active.take(rows), margin[rows])
        needed = np.asarray((between[rows] & ~possible).any(axis=1))
        excluded[rows] = ~possible & needed[:, None]
        between[rows] &= possible
    any_open = between.any(axis=1)
    first = between.argmax(axis=1)
    last = SAMPLES - 1 - between[:, ::-1].argmax(axis=1)
    return np.stack([np.where(any_open, first, 1), np.where(any_open, last, 0)], axis=1), excluded


def _margins(active: Active, monotone: Flags, tol: Tolerances) -> Array:
    """By how much functions may exceed the larger of two neighboring nodes between them, (P,); inf: unknown.

    Nothing where they rise; in pieces with a jump what they move elsewhere between nodes.
    """
    margin = np.where(monotone, 0.0, np.inf)
    rows = np.flatnonzero(~monotone & (_jumps(active, tol) >= 0) & active.sound.all(axis=1))
    if rows.size:
        stride = np.where(active.full[rows], 1, 2)
        every = np.abs(np.diff(active.value[rows], axis=1)).max(axis=2)
        half = np.abs(np.diff(active.value[rows][:, HALF], axis=1)).max(axis=2)
        second = [np.sort(steps, axis=1)[:, -2] for steps in (every, half)]
        margin[rows] = np.where(stride == 1, second[0], second[1])
    return margin


def _capped(question: Question, active: Active, margin: Array) -> Flags:
    """Intervals (P, SAMPLES) that matter if functions exceed nodes beside them by at most `margin` (P,)."""
    result = np.empty((len(active), SAMPLES), dtype=bool)
    for full in (False, True):
        rows = np.flatnonzero(active.full == full)
        step = 1 if full else 2
        value = active.value[rows][:, ::step]
        most = np.maximum(value[:, 1:], value[:, :-1]) + margin[rows, None, None]
        places = active.points(nodes()[::step])[rows]
        cells = question.open(active.owner[rows], places[:, :-1], most)
        result[rows] = np.repeat(cells, SAMPLES // cells.shape[1], axis=1)
    return result


def _steps(
    active: Active,
    pieces: Piecewise,
    excluded: Flags,
    margin: Array,
    parent: Index,
    low: Array,
    high: Array,
) -> Piecewise:
    """Parts of pieces that the nodes bound: constants between nodes, with half the step as their error.

    Args:
        active, pieces: node values and polynomials.
        excluded: where the nodes, not the polynomial, keep functions low, (P, SAMPLES).
        margin: by how much functions may exceed the nodes, (P,).
        parent: number of the piece of each part, (K,).
        low, high: its interval, (K,) each.
    """
    parts = []
    for full in (False, True):
        some = np.flatnonzero(active.full[parent] == full)
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
        part = _restrict(pieces, of, u[0], u[1], x_low, x_high)
        constant = np.zeros_like(part.coefficients)
        constant[:, 0] = (below + above) / 2.0
        parts.append(
            replace(
                part,
                coefficients=np.where(flat[:, None, None], constant, part.coefficients),
                error=np.where(flat[:, None], np.abs(above - below) / 2.0 + margin[of][:, None], part.error),
            )
        )
    return join(parts)


def _lines(active: Active) -> Piecewise:
    """Jumps: straight lines between the values at both ends, between which all others lie."""
    ends = active.value[:, [0, -1]]
    coefficients = np.zeros((len(active), DEGREE + 1, active.value.shape[2]))
    coefficients[:, 0], coefficients[:, 1] = ends.mean(axis=1), (ends[:, 1] - ends[:, 0]) / 2.0
    soft = np.zeros((len(active), 2), dtype=bool)
    sound = np.asarray(active.sound[:, [0, -1]].all(axis=1))
    error = np.where(sound[:, None], np.zeros_like(ends[:, 0]), np.inf)
    return Piecewise(active.owner, active.low, active.high, soft, coefficients, error)


def _refine(
    active: Active, pieces: Piecewise, window: Index, doubt: Array, excluded: Flags, margin: Array,
    tol: Tolerances,
) -> tuple[Active, Piecewise]:  # fmt: skip
    """The next pieces to work on, and those that are left: what lies outside of the windows."""
    u = nodes(SAMPLES)
    first, last = u[window[:, 0]], u[window[:, 1] + 1]
    share = (last - first) / 2.0
    widened = np.maximum(window[:, 0] - 1, 0), np.minimum(window[:, 1] + 2, SAMPLES)
    first, last = u[widened[0]], u[widened[1]]
    whole = share > tol.window
    first, last = np.where(whole, -1.0, first), np.where(whole, 1.0, last)
    at = np.where(whole, _jumps(active, tol), -1)
    upgrade = whole & ~active.full & (at < 0)
    upgraded = replace(active.take(upgrade), full=np.ones(upgrade.sum(), dtype=bool))
    upgraded.memo[:, 1::2] = _predict(active.take(upgrade), chebyshev(nodes()[1::2]))
    upgraded = replace(upgraded, doubt=_trusted(active, pieces, doubt, tol)[upgrade])

    rest = np.flatnonzero(~upgrade)
    parent, a, b, inner, jump = _cuts(
        active.take(rest), np.stack([first, last], axis=1)[rest], whole[rest], at[rest]
    )
    parent = rest[parent]
    x_low, x_high = _at(active, parent, a), _at(active, parent, b)
    fresh = np.flatnonzero(inner & (x_high > x_low))
    child = _children(active, pieces, parent[fresh], a[fresh], b[fresh], x_low[fresh], x_high[fresh])
    child = replace(child, doubt=_trusted(active, pieces, doubt, tol)[parent[fresh]])
    beside = np.flatnonzero(jump[fresh])
    if beside.size:
        some = fresh[beside]
        child.memo[beside], child.doubt[beside] = _beside(active, parent[some], a[some], b[some])
    capped = np.asarray(excluded.any(axis=1))
    outer = np.flatnonzero(~inner & (x_high > x_low) & ~capped[parent])
    left = _restrict(pieces, parent[outer], a[outer], b[outer], x_low[outer], x_high[outer])
    outer = np.flatnonzero(~inner & (x_high > x_low) & capped[parent])
    left = join([left, _steps(active, pieces, excluded, margin, parent[outer], x_low[outer], x_high[outer])])
    grown = Active(
        **{
            f.name: np.concatenate([getattr(upgraded, f.name), getattr(child, f.name)])
            for f in fields(Active)
        }
    )
    return grown, left


def _children(
    active: Active, pieces: Piecewise, parent: Index, a: Array, b: Array, low: Array, high: Array
) -> Active:
    """Parts of pieces, with memos as the polynomials of their parents predict them."""
    t = a[:, None] + (b - a)[:, None] * (1.0 + nodes()) / 2.0
    count, n = t.shape
    return Active(
        active.owner[parent], low, high, np.zeros(count, dtype=bool),
        np.zeros((count, n, active.value.shape[2])), _predict(active.take(parent), chebyshev(t)),
        np.ones((count, n), dtype=bool), np.full(count, np.inf), pieces.error[parent].max(axis=1),
    )  # fmt: skip


def _beside(active: Active, parent: Index, a: Array, b: Array) -> tuple[Array, Array]:
    """Memos on one side of a jump, predicted from the three nearest nodes on that side, and their doubts.

    Args:
        active: pieces.
        parent: number of the piece, (K,).
        a, b: ends of the side, nodes of the piece, (K,) each.
    """
    step = np.where(active.full[parent], 1, 2)
    first = np.searchsorted(nodes(), a - 1e-12) // step
    last = np.searchsorted(nodes(), b - 1e-12) // step
    t = a[:, None] + (b - a)[:, None] * (1.0 + nodes()) / 2.0
    used = [nodes()[np.minimum(np.arange(DEGREE + 1) * k, DEGREE)] for k in (1, 2)]
    table = np.where((step == 1)[:, None], used[0], used[1])
    near = np.abs(t[:, :, None] - table[:, None, :])
    inside = (np.arange(DEGREE + 1) >= first[:, None]) & (np.arange(DEGREE + 1) <= last[:, None])
    near[np.broadcast_to(~inside[:, None, :], near.shape)] = np.inf
    three = np.argsort(near, axis=2)[:, :, :3]
    every = np.arange(parent.size)[:, None, None]
    u = table[every, three] - t[:, :, None]
    memo = active.memo[parent[:, None, None], np.minimum(three * step[:, None, None], DEGREE)]
    with np.errstate(divide="ignore", invalid="ignore"):
        slant = u[..., 1] - u[..., 0]
        line = np.stack([u[..., 1] / slant, -u[..., 0] / slant, 0.0 * u[..., 2]], -1)
        curve = np.stack([
            u[..., j] * u[..., k] / ((u[..., j] - u[..., i]) * (u[..., k] - u[..., i]))
            for i, j, k in ((0, 1, 2), (1, 0, 2), (2, 0, 1))
        ], -1)  # fmt: skip
    straight, bent = (np.einsum("kni,knid->knd", w, memo) for w in (line, curve))
    doubt = np.abs(bent - straight).max(axis=(1, 2), initial=0.0)
    return bent, np.where((last - first >= 2) & np.isfinite(doubt), doubt, np.inf)


def _trusted(active: Active, pieces: Piecewise, doubt: Array, tol: Tolerances) -> Array:
    """How far predictions from each piece may be off, (P,): inf where its polynomial does not converge."""
    smooth = (pieces.error <= tol.tail).all(axis=1) & active.sound.all(axis=1)
    return np.where(smooth, doubt, np.inf)


def _jumps(active: Active, tol: Tolerances) -> Index:
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


def _cuts(active: Active, window: Array, whole: Flags, at: Index) -> tuple[Index, Array, Array, Flags, Flags]:
    """Parts of pieces, in coordinates: parent, ends, whether to work on it, and whether it is beside a jump.

    A piece is cut around its window; one that matters as a whole is halved, or cut around its jump.
    """
    every, zero = np.arange(len(active)), np.zeros(len(active))
    jump, stride = at >= 0, np.where(active.full, 1, 2)
    below = np.where(jump, nodes()[np.maximum(at, 0)], zero)
    above = np.where(jump, nodes()[np.minimum(np.maximum(at, 0) + stride, DEGREE)], zero)
    below, above = np.where(whole, below, window[:, 0]), np.where(whole, above, window[:, 1])
    ends = np.stack([zero - 1.0, below, above, zero + 1.0])
    parts = [(every, ends[k], ends[k + 1], whole | (k == 1), jump & (k != 1)) for k in range(3)]
    parent, a, b, inner, beside = (np.concatenate(column) for column in zip(*parts, strict=True))
    some = b > a
    return parent[some], a[some], b[some], inner[some], beside[some]


def _at(active: Active, parent: Index, u: Array) -> Array:
    low, high = active.low[parent], active.high[parent]
    x = low + (high - low) * (1.0 + u) / 2.0
    return np.asarray(np.where(u == -1.0, low, np.where(u == 1.0, high, x)))


def _restrict(pieces: Piecewise, parent: Index, a: Array, b: Array, low: Array, high: Array) -> Piecewise:
    """Pieces on parts of their intervals: the same polynomials."""
    t = a[:, None] + (b - a)[:, None] * (1.0 + nodes()) / 2.0
    value = np.einsum("psn,pnc->psc", chebyshev(t), pieces.coefficients[parent])
    coefficients = np.einsum("mn,pnc->pmc", interpolation(), value)
    return Piecewise(pieces.owner[parent], low, high, pieces.soft[parent], coefficients, pieces.error[parent])
