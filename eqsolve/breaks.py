"""Breaks of functions given as polynomial pieces: jumps, and kinks, at which one-sided slopes differ.

Only pieces that are known precisely on both sides tell; what lies between coarse pieces is no break.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.piecewise import Flags, Index, Piecewise
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


@record
class Tolerances:
    """What is a break.

    Attributes:
        jump: width of a piece, relative to one, that may hold a jump.
        rise: size of a jump, relative to one.
        reach: distance, relative to one, from a break at which the slopes on both sides are compared: that
            many times what is left of a kink of slope one in pieces that are precise to 1e-7.
        closer: share of that distance at which they are compared again.
        lasting: share of their difference that is left there at a kink, and of a change at a jump. A
            difference that goes like a power p of the distance falls to closer^p: 1/2 stands for p = 1/4,
            with 0 at a kink, 1/2 where the function goes like |d|^(3/2), and 1 where it is smooth.
        visible: difference of slopes, in units of the function's scale, that is drawn.
        precise: error up to which a piece tells, that for which `reach` is right.
        at: distance within which a place is at a break.
    """

    jump: float = 1e-9
    rise: float = 1e-6
    reach: float = 1e-3
    closer: float = 1.0 / 16.0
    lasting: float = 0.5
    visible: float = 0.02
    precise: float = 1e-7
    at: float = 1e-8


TOLERANCES = Tolerances()


@record
class Breaks:
    """Breaks of functions, ordered by function and place.

    Attributes:
        owner: number of the function, (B,).
        x: where, (B,).
        kind: "entry", "kink" or "jump", (B,).
    """

    owner: Index
    x: Array
    kind: NDArray[np.object_]

    def around(
        self, owner: Index, x: Array, maximum: NDArray[np.object_]
    ) -> tuple[Array, NDArray[np.object_]]:
        """The nearest breaks below (or at) and above maxima of functions (R,).

        A maximum that is a kink or a jump is a break itself, which is known even where pieces beside it were
        left coarse.

        Args:
            owner, x, maximum: whose, where, and what the maxima are, (R,) each.

        Returns:
            Where, nan where there is none, and their kinds, (R, 2) each.
        """
        key, at = 2.0 * self.owner + self.x, 2.0 * owner + x + TOLERANCES.at
        first = np.searchsorted(key, at)
        place, kind = np.full((x.size, 2), np.nan), np.full((x.size, 2), "", dtype=object)
        for side in (0, 1):
            number = np.clip(first - 1 + side, 0, max(self.x.size - 1, 0))
            some = np.flatnonzero((first - 1 + side == number) & (self.x.size > 0))
            some = some[self.owner[number[some]] == owner[some]]
            place[some, side], kind[some, side] = self.x[number[some]], self.kind[number[some]]
        itself = ((maximum == "kink") | (maximum == "jump")) & ~(np.abs(x - place[:, 0]) <= TOLERANCES.at)
        place[itself, 0], kind[itself, 0] = x[itself], maximum[itself]
        return place, kind


def breaks(pieces: Piecewise, entry: Array) -> Breaks:
    """The breaks of participation N(q), the first channel, on curves.

    Args:
        pieces: of K curves, in order.
        entry: where the first users take part in the initial model on each of them, (K,); outside of [0, 1]
            where that is never.
    """

    def slope(owner: Index, x: Array) -> Array:
        return slopes(pieces, pieces.find(owner, x), x)[:, 0]

    jump, hole = jumps(pieces)
    kink, at = kinks(pieces, slope, 1.0, (jump, hole))
    inside = np.flatnonzero((entry > 0.0) & (entry < 1.0))
    parts = ((inside, entry[inside], "entry"), (jump, hole.mean(axis=1), "jump"), (kink, at, "kink"))
    owner, x = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    kind = np.concatenate([np.full(part[0].size, part[2], dtype=object) for part in parts])
    order = np.lexsort((x, owner))
    owner, x, kind = owner[order], x[order], kind[order]
    twice = np.flatnonzero((owner[1:] == owner[:-1]) & (x[1:] - x[:-1] <= TOLERANCES.at)) + 1
    once = np.ones(x.size, dtype=bool)
    once[np.where(kind[twice] == "entry", twice - 1, twice)] = False
    return Breaks(owner[once], x[once], kind[once])


def jumps(pieces: Piecewise, tol: Tolerances = TOLERANCES) -> tuple[Index, Array]:
    """The intervals that hold the jumps of functions: whose, (h,), and where, (h, 2).

    These are narrow pieces, or several in a row, over which most of the change nearby happens; that of a
    function which only rises without bound, like |d|^(1/2), does not.
    """
    first, last = pieces.narrow(tol.jump)
    owner, low, high = pieces.owner[first], pieces.low[first], pieces.high[last]
    beside = (high - low) / (2.0 * tol.closer)
    rise = _rise(pieces, owner, low, high)
    around = _rise(pieces, owner, low - beside, high + beside)
    held = ((rise > tol.lasting * around) & (rise > tol.rise)).any(axis=1)
    held &= _precise(pieces, owner, low - beside, tol) & _precise(pieces, owner, high + beside, tol)
    return owner[held], np.stack([low, high], axis=1)[held]


def _rise(pieces: Piecewise, owner: Index, low: Array, high: Array) -> Array:
    """How far functions move between places (h,) each, (h, channels)."""
    left, right = (pieces.value(pieces.find(owner, x), x) for x in (low, high))
    return np.asarray(np.abs(right - left))


def _precise(pieces: Piecewise, owner: Index, x: Array, tol: Tolerances) -> Flags:
    """Whether functions are known precisely at places (h,)."""
    return np.asarray((pieces.error[pieces.find(owner, x)] <= tol.precise).all(axis=1))


def _bent(pieces: Piecewise, before: Index, tol: Tolerances) -> Flags:
    """Whether slopes differ visibly between pieces (k,) and those that follow them.

    A kink that is not between two pieces lies within a narrow one: others miss it by more than they may.
    """
    left = slopes(pieces, before, pieces.high[before])
    right = slopes(pieces, before + 1, pieces.low[before + 1])
    return np.asarray((np.abs(right - left) > tol.visible).any(axis=1))


def slopes(pieces: Piecewise, piece: Index, x: Array) -> Array:
    """Derivatives in x at places in pieces, (K,) each, (K, channels)."""
    return pieces.slope(piece, pieces.coordinates(piece, x)[:, None])[:, 0]


def kinks(
    pieces: Piecewise, slope: Callable[[Index, Array], Array], scale: float, holes: tuple[Index, Array],
    tol: Tolerances = TOLERANCES,
) -> tuple[Index, Array]:  # fmt: skip
    """Where functions have different slopes on both sides, increasing: whose, and where, (k,) each.

    Args:
        pieces: the functions', in order.
        slope: their derivatives, or those of functions which bend where they do, at places (K,) of functions.
        scale: their size.
        holes: their `jumps`, next to which no kink can be told.
        tol: see `Tolerances`.
    """
    before = np.flatnonzero(pieces.owner[1:] == pieces.owner[:-1])
    at, owner, width = pieces.high[before], pieces.owner[before], pieces.high - pieces.low
    narrow = np.minimum(width[before], width[before + 1])
    holder, hole = holes
    functions, start = np.unique(pieces.owner, return_index=True)
    stop = np.append(start[1:], len(pieces)) - 1
    fixed = np.concatenate([pieces.low[start], pieces.high[stop], hole.ravel()])
    whose = np.concatenate([functions, functions, np.repeat(holder, 2)])
    order = np.lexsort((fixed, whose))
    key = 2.0 * whose[order] + fixed[order]
    number = np.searchsorted(key, 2.0 * owner + at)
    beside = [np.abs(key[np.clip(n, 0, key.size - 1)] - (2.0 * owner + at)) for n in (number - 1, number)]
    alone, wide = np.minimum(*beside) > tol.reach, np.flatnonzero(narrow > tol.reach)
    alone[wide] &= _bent(pieces, before[wide], tol)
    at, owner, narrow = at[alone], owner[alone], narrow[alone]
    known = _precise(pieces, owner, at - tol.reach, tol) & _precise(pieces, owner, at + tol.reach, tol)
    at, owner, narrow = at[known], owner[known], narrow[known]
    near, far = (
        np.abs(slope(owner, at + distance) - slope(owner, at - distance))
        for distance in (tol.closer * tol.reach, tol.reach)
    )
    bent = (near > tol.visible * scale) & (near > tol.lasting * far)
    at, owner, narrow = at[bent], owner[bent], narrow[bent]
    apart = (np.diff(at) > 2.0 * tol.reach) | (owner[1:] != owner[:-1])
    group = np.cumsum(np.append(0, apart)[: at.size])
    order = np.lexsort((narrow, group))
    chosen = order[np.append(True, np.diff(group[order]) > 0)[: at.size]]
    return owner[chosen], at[chosen]
