"""Adaptive piecewise approximation of batched functions, as precise as a question needs.

Branch and bound on polynomial pieces: every piece is interpolated at nine nodes, then at seventeen; what its
polynomial and error say cannot answer the question (`Question.open`) is left as it is, what could is narrowed
to the window that could, halved, or cut at a jump, until it is resolved. A resolved one is checked at points
that are no nodes, since small trailing coefficients alone can deceive (Aurentz and Trefethen 2017, Chopping
a Chebyshev series). Where a function is monotone or jumps, an unresolved piece is bounded by its nodes
instead (`eqsolve.numerics.bounds`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eqsolve.numerics.active import (
    HALF,
    SAMPLES,
    TOLERANCES,
    Active,
    Function,
    Judgment,
    Locate,
    Question,
    Tolerances,
    begin,
)
from eqsolve.numerics.bounds import margins, reachable
from eqsolve.numerics.jumps import lines
from eqsolve.numerics.piecewise import (
    DEGREE,
    Flags,
    Index,
    Piecewise,
    basis,
    chebyshev,
    interpolation,
    join,
    nodes,
)
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.refinement import refine, steps

CHECKS = np.cos(np.pi * (np.array([1.0, 2.0, 3.0]) * (np.sqrt(5.0) - 1.0) / 2.0 % 1.0))
"""Coordinates at which a resolved piece is checked: multiples of the golden ratio, far from all nodes."""

AT_CHECKS = chebyshev(CHECKS)


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
    locate: Locate | None = None,
) -> Piecewise:
    """Approximate functions on intervals, only as closely as the question needs.

    Args:
        function: the functions.
        question: what they are approximated for.
        owner, low, high: intervals to begin with, (P,) each.
        channels, size: numbers of values, and of numbers in a memo.
        monotone: functions whose values do not fall with x, by number.
        tol: see `Tolerances`.
        locate: knows where functions jump; without it jumps are bisected.

    Returns:
        Pieces of all functions; the error of one that has points without a value is inf.
    """
    active, finished = begin(owner, low, high, channels, size), list[Piecewise]()
    for _ in range(tol.rounds):
        if not len(active):
            break
        _evaluate(function, question, active)
        judged, closed = _judge(function, question, active, monotone, tol)
        narrow = active.high - active.low <= tol.width
        bounded = judged.excluded.any(axis=1) & (active.high > active.low)
        finished.append(judged.pieces.take(closed & ~bounded))
        some = np.flatnonzero(closed & bounded)
        finished.append(steps(active, judged, some, active.low[some], active.high[some]))
        finished.append(lines(active.take(narrow & ~closed)))
        going = np.flatnonzero(~(closed | narrow))
        active, judged = active.take(going), judged.take(going)
        if going.size:
            active, left = refine(active, judged, tol, locate)
            finished.append(left)
    else:
        finished.append(judged.pieces)
    return join(finished)


def _judge(
    function: Function, question: Question, active: Active, monotone: Flags, tol: Tolerances
) -> tuple[Judgment, Flags]:
    """What evaluated pieces are, and which of them are done, (P,)."""
    coefficients, error, doubt = _fit(active)
    pieces = Piecewise(active.owner, active.low, active.high, coefficients, error)
    seeming = (error <= tol.value).all(axis=1)
    error = _check(function, question, active, pieces, np.flatnonzero(seeming), doubt)
    deceived = seeming & (error > tol.tail).any(axis=1)
    sound = active.sound.all(axis=1)
    error[~sound] = np.inf
    pieces = replace(pieces, error=error)
    resolved, worst = (error <= tol.value).all(axis=1), error.max(axis=1)
    resolved |= (worst <= tol.noise) & (worst > tol.gain * active.before)
    margin = margins(active, monotone[active.owner], tol)
    window, excluded = _window(question, active, pieces, margin)
    window[deceived], excluded[deceived] = (0, SAMPLES - 1), False
    closed = resolved | (window[:, 0] > window[:, 1])
    width = active.high - active.low
    closed |= ~sound & ((width <= tol.width) | (width > tol.lost))
    return Judgment(pieces, doubt, window, excluded, margin), closed


def _evaluate(function: Function, question: Question, active: Active) -> None:
    """Fill in the nodes that are not known yet: those of half the degree, or the others."""
    index = np.arange(DEGREE + 1)
    wanted = np.where(active.full[:, None], index % 2 == 1, index % 2 == 0)
    piece, node = np.nonzero(wanted & ~active.known)
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
        # After a kink coefficients are below A / k^2: the sum of all that follow is at most A / degree, and
        # aliasing doubles it (Trefethen 2013, theorem 7.2). A single one may be near a zero of its cosine and
        # says nothing of A; the upper half of them does.
        size = 2.0 * (degree + 1) * np.abs(fitted)
        tails = size[:, -3:].max(axis=1)
        decay = (np.arange(degree // 2, degree + 1) / degree)[:, None] ** 2
        tails = np.where(tails > TOLERANCES.value, (size[:, degree // 2 :] * decay).max(axis=1), tails)
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
    guess = few.predict(AT_CHECKS)
    flat = np.repeat(np.arange(some.size), CHECKS.size)
    found = function(few.owner[flat], x.ravel(), guess.reshape(flat.size, -1), doubt[some][flat])
    known = found.sound
    question.see(few.owner[flat][known], x.ravel()[known], found.value[known])
    expected = np.einsum("sn,pnc->psc", AT_CHECKS, pieces.coefficients[some])
    off = np.abs(found.value.reshape(expected.shape) - expected)
    off[~known.reshape(off.shape[:2])] = np.inf
    error[some] = np.maximum(error[some], off.max(axis=1))
    return error


def _window(question: Question, active: Active, pieces: Piecewise, margin: Array) -> tuple[Index, Flags]:
    """First and last of the intervals between `nodes(SAMPLES)` that matter, (P, 2); first > last where none.

    Also, where the nodes say that they do not, since functions exceed them by no more than `margin`
    (P, DEGREE), (P, SAMPLES): nowhere in pieces of which the polynomial says all by itself.
    """
    x = active.points(nodes(SAMPLES))
    value = np.einsum("sn,pnc->psc", basis(SAMPLES), pieces.coefficients)
    bend = np.zeros_like(value)
    bend[:, 1:-1] = np.abs(value[:, 2:] - 2.0 * value[:, 1:-1] + value[:, :-2])
    at = question.open(active.owner, x, value + bend + pieces.error[:, None, :])
    between = at[:, 1:] | at[:, :-1]
    rows, excluded = np.flatnonzero(np.isfinite(margin).any(axis=1)), np.zeros(between.shape, dtype=bool)
    if rows.size:
        possible = reachable(question, active.take(rows), margin[rows])
        needed = np.asarray((between[rows] & ~possible).any(axis=1))
        excluded[rows] = ~possible & needed[:, None]
        between[rows] &= possible
    any_open = between.any(axis=1)
    first = between.argmax(axis=1)
    last = SAMPLES - 1 - between[:, ::-1].argmax(axis=1)
    return np.stack([np.where(any_open, first, 1), np.where(any_open, last, 0)], axis=1), excluded
