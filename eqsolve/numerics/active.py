"""Pieces of functions while they are worked on: what is known of each, and what is wanted.

The vocabulary of `eqsolve.numerics.adaptive` (the loop), `eqsolve.numerics.refinement` (what becomes of a
piece) and `eqsolve.numerics.jumps`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from eqsolve.numerics.batch import Batch
from eqsolve.numerics.piecewise import DEGREE, Flags, Index, Piecewise, interpolation
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


@record
class Tolerances:
    """When pieces are resolved, and when they are given up.

    Attributes:
        value: error at which a piece is resolved, relative to functions of size one: a hundred times the
            rounding of a sum over a grid.
        noise: error that is rounding if cutting the piece did not lower it...
        gain: ...to this share; a kink, the mildest thing to be resolved, halves it.
        rough: a piece whose error is more than this share of that of the piece that it was cut from holds
            what no degree resolves: it is cut in four, and not tried at all nodes. Halving a smooth piece
            divides its error at half the degree by 2^9, one with the power 3/2 of a distance by 3.
        width: width of an interval, relative to one, that is not cut further: what it holds is a jump.
        lost: a piece with points that have no value is cut further only if it is narrower than this.
        tail: trailing coefficients that must be small before a polynomial predicts anything.
        window: a window narrower than this share of its piece is worth nodes of its own: half as wide at half
            the degree costs as much as the full degree.
        jump: share of a piece's total variation between two neighboring nodes that is taken for a jump.
        bracket: widest bracket in which a jump is located: in twice as wide ones easy games pay for it...
        sharp: ...and the narrowest one, in units of `width`.
        misses: how often that is tried before the jump is bisected.
        rounds: most rounds of refinement; a bisection down to `width` takes 34.
    """

    value: float = 1e-11
    noise: float = 1e-9
    gain: float = 0.8
    rough: float = 0.05
    width: float = 1e-10
    lost: float = 1e-3
    tail: float = 0.02
    window: float = 0.5
    jump: float = 0.5
    bracket: float = 0.025
    sharp: float = 100.0
    misses: int = 2
    rounds: int = 120


TOLERANCES = Tolerances()

HALF = slice(0, None, 2)
"""The nodes of half the degree among all."""

SAMPLES = 4 * DEGREE
"""Intervals between places at which a piece is judged: four for each node."""


@record
class Samples(Batch):
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

Locate = Callable[[Index, Array, Array, Array, Array], tuple[Array, Samples, Samples]]
"""(owner, low, high, memos at both, (K, D) each) to where functions jump in between, nan where that was not
found, and samples just below and above."""


class Question(Protocol):
    """What the functions are approximated for."""

    def see(self, owner: Index, x: Array, value: Array) -> None:
        """Learn values (K, channels)."""

    def open(self, owner: Index, x: Array, value: Array) -> Flags:
        """Whether functions with values of at most (P, S, channels) at points (P, S) matter there, (P, S)."""


class Everything:
    """The question for functions as a whole."""

    def see(self, owner: Index, x: Array, value: Array) -> None:
        """Learn nothing: all of it matters."""

    def open(self, owner: Index, x: Array, value: Array) -> Flags:
        """Whether it matters: it does."""
        return np.ones(x.shape, dtype=bool)


WHOLE = Everything()


@record
class Part:
    """A question about some of the functions that it is about.

    Attributes:
        question: about all of them.
        numbers: which they are, (F,).
    """

    question: Question
    numbers: Index

    def see(self, owner: Index, x: Array, value: Array) -> None:
        """Learn values of some."""
        self.question.see(self.numbers[owner], x, value)

    def open(self, owner: Index, x: Array, value: Array) -> Flags:
        """Whether they matter."""
        return self.question.open(self.numbers[owner], x, value)


@record
class Active(Batch):
    """Pieces in work: node values, of which those of half the degree come first.

    Attributes (P pieces):
        owner, low, high: as in `Piecewise`.
        full: whether all nodes are to be used, (P,).
        value, memo, sound: at the nodes, (P, n, channels), (P, n, D), (P, n).
        doubt: how far the predictions in `memo` may be off before the nodes are evaluated, (P,).
        before: error of the piece that this one was part of, (P,).
        missed: how often a jump in it was not located, (P,).
        known: nodes that need not be evaluated, (P, n).
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
    missed: Index
    known: Flags

    def __len__(self) -> int:
        return self.owner.size

    def points(self, u: Array) -> Array:
        """Places of coordinates u (S,), (P, S), exact at both ends."""
        x = self.low[:, None] + (self.high - self.low)[:, None] * (1.0 + u) / 2.0
        return np.asarray(np.where(u == 1.0, self.high[:, None], x))

    def at(self, piece: Index, u: Array) -> Array:
        """Places of coordinates u in pieces, (K,) each, exact at both ends."""
        low, high = self.low[piece], self.high[piece]
        x = low + (high - low) * (1.0 + u) / 2.0
        return np.asarray(np.where(u == -1.0, low, np.where(u == 1.0, high, x)))

    def predict(self, basis: Array) -> Array:
        """Memos at coordinates given by their Chebyshev basis (S, n) or (P, S, n), (P, S, D)."""
        result = np.empty((len(self), basis.shape[-2], self.memo.shape[2]))
        for full in (False, True):
            rows = np.flatnonzero(self.full == full)
            if rows.size:
                degree, chosen = (DEGREE, slice(None)) if full else (DEGREE // 2, HALF)
                weights = (basis if basis.ndim == 2 else basis[rows])[..., : degree + 1] @ interpolation(
                    degree
                )
                result[rows] = weights @ self.memo[rows][:, chosen]
        return result


@record
class Judgment:
    """What is known of pieces in work (P).

    Attributes:
        pieces: their polynomials and errors.
        doubt: how far memos that they predict may be off, (P,).
        window: first and last of the intervals between `nodes(SAMPLES)` that matter, (P, 2).
        excluded: intervals in which the nodes, not the polynomial, say that a function does not matter,
            (P, SAMPLES).
        margin: by how much functions may exceed the two nodes beside them, in each interval between nodes;
            inf where that is not known, (P, DEGREE).
    """

    pieces: Piecewise
    doubt: Array
    window: Index
    excluded: Flags
    margin: Array

    def take(self, rows: Index | Flags) -> Judgment:
        """Return those of some pieces."""
        return Judgment(
            self.pieces.take(rows),
            self.doubt[rows],
            self.window[rows],
            self.excluded[rows],
            self.margin[rows],
        )


def begin(owner: Index, low: Array, high: Array, channels: int, size: int) -> Active:
    """Pieces of which nothing is known, (P,) each, with room for values and memos."""
    count, n = owner.size, DEGREE + 1
    return Active(
        owner, low, high, np.zeros(count, dtype=bool), np.zeros((count, n, channels)),
        np.zeros((count, n, size)), np.ones((count, n), dtype=bool), np.full(count, np.inf),
        np.full(count, np.inf), np.zeros(count, dtype=np.intp), np.zeros((count, n), dtype=bool),
    )  # fmt: skip
