"""Claimed curves: which of them concern a row, whether they tile, and where to look at them anew."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate.claim import Claim, Curves
from eqsolve.certificate.polynomials import place, polynomial
from eqsolve.certificate.tolerances import Tolerances
from eqsolve.game.batches import PAYOFF_KEYS
from eqsolve.game.games import Games, Index
from eqsolve.numerics.piecewise import Piecewise
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


def expand(first: Index, count: Index) -> tuple[Index, Index]:
    """Owners and members of ranges: (K,) first members and lengths to two flat arrays."""
    owner = np.repeat(np.arange(count.size), count)
    offset = np.arange(owner.size) - np.repeat(np.cumsum(count) - count, count)
    return owner, first[owner] + offset


@record
class Pairs:
    """Which curves concern which rows of a claim, flat.

    Attributes:
        row, curve: (L,) each.
    """

    row: Index
    curve: Index

    def pieces(self, pieces: Piecewise) -> tuple[Index, Index]:
        """Pairs of a row and a piece of one of its curves, flat."""
        curves = int(self.curve.max(initial=-1)) + 1
        first = np.searchsorted(pieces.owner, np.arange(curves))
        count = np.searchsorted(pieces.owner, np.arange(curves), side="right") - first
        owner, piece = expand(first[self.curve], count[self.curve])
        return self.row[owner], piece


def concern(claim: Claim) -> Pairs:
    """Curves of each row's market that are claimed for it, at intensities that it may choose."""
    curves = claim.curves
    row, curve = _claimed(claim)
    beta = curves.intensity[curve]
    tuned = (beta > 0) & (beta >= claim.least[row]) & (beta <= claim.most[row])
    allowed = ((beta == 0) & (False in claim.tune)) | (tuned & (True in claim.tune))
    return Pairs(row[allowed], curve[allowed])


def _claimed(claim: Claim) -> tuple[Index, Index]:
    """Rows and the curves that are claimed for them, flat, each pair once; of its own market only.

    Curves that are claimed but not there are left out: their rows then miss a curve.
    """
    curves = claim.curves
    if curves.row is not None and curves.asked is not None:
        pairs, _ = np.unique(np.stack([curves.row, curves.asked]), axis=1, return_index=True)
        row, curve = pairs[:, (pairs[1] >= 0) & (pairs[1] < curves.market.size)]
        own = claim.market[row] == curves.market[curve]
        return row[own], curve[own]
    order = np.argsort(curves.market, kind="stable")
    sorted_market = curves.market[order]
    first = np.searchsorted(sorted_market, claim.market)
    count = np.searchsorted(sorted_market, claim.market, side="right") - first
    row, member = expand(first, count)
    return row, order[member]


def covered(claim: Claim, pairs: Pairs, tolerances: Tolerances) -> NDArray[np.bool_]:
    """Rows for which every plan has its curves, and these tile the allowed qualities, (R,)."""
    low, high, sound = spans(claim.curves, tolerances)
    row, curve = pairs.row, pairs.curve
    whole = sound[curve] & (low[curve] <= claim.low[row]) & (high[curve] >= claim.high[row])
    covers = np.bincount(row[~whole], minlength=len(claim)) == 0
    beta = claim.curves.intensity[curve]

    def has(rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.bincount(row[rows], minlength=len(claim)) > 0

    if False in claim.tune:
        covers &= has(beta == 0)
    if True in claim.tune:
        covers &= has((beta > 0) & (beta == claim.most[row])) | (claim.most == 0)
        covers &= _dense(claim, row, beta, tolerances)
    return np.asarray(covers & has(beta == claim.intensity[row]))


def _dense(claim: Claim, row: Index, beta: Array, tolerances: Tolerances) -> NDArray[np.bool_]:
    """Rows whose curves leave no wide gap between intensities that they may choose, (R,)."""
    order = np.lexsort((beta, row))
    row, beta = row[order], beta[order]
    before = np.where(np.diff(row, prepend=-1) != 0, claim.least[row], np.roll(beta, 1))
    wide = beta - before > tolerances.steps_between * (claim.most - claim.least)[row] + 1e-12
    wide &= beta > claim.least[row]
    return np.asarray(np.bincount(row[wide], minlength=len(claim)) == 0)


def spans(curves: Curves, tolerances: Tolerances) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Ends of each curve, and whether its pieces tile what lies between them with finite numbers, (K,)."""
    pieces, count = curves.pieces, curves.market.size
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, pieces.owner, pieces.low)
    np.maximum.at(high, pieces.owner, pieces.high)
    sound = np.isfinite(low)
    known = np.isfinite(pieces.error).all(axis=1)
    broken = (pieces.high < pieces.low) | (known & ~np.isfinite(pieces.coefficients).all(axis=(1, 2)))
    broken |= (pieces.error < 0).any(axis=1) | np.isnan(pieces.error).any(axis=1)
    sound[pieces.owner[broken]] = False
    same = pieces.owner[1:] == pieces.owner[:-1]
    gap = np.abs(pieces.low[1:] - pieces.high[:-1]) > tolerances.tiling
    sound[pieces.owner[1:][same & gap]] = False
    if (np.diff(pieces.owner) < 0).any():
        sound[:] = False
    return low, high, sound


def jump_sides(claim: Claim, pairs: Pairs, tolerances: Tolerances) -> Array:
    """On which side of a jump of N on its curve each claim lies, 1 or -1; 0 where it lies at none, (R,)."""
    pieces, every = claim.curves.pieces, np.arange(len(claim.curves.pieces))
    ends = polynomial(pieces, every, np.broadcast_to([-1.0, 1.0], (every.size, 2)))[..., 0]
    same = pieces.owner[1:] == pieces.owner[:-1]
    steep = (pieces.high - pieces.low <= tolerances.apart) & (
        np.abs(ends[:, 1] - ends[:, 0]) > tolerances.jump
    )
    breaks = same & (np.abs(ends[1:, 0] - ends[:-1, 1]) > tolerances.jump)
    place = np.concatenate([(pieces.low[steep] + pieces.high[steep]) / 2.0, pieces.high[:-1][breaks]])
    owner = np.concatenate([pieces.owner[steep], pieces.owner[:-1][breaks]])
    side = np.zeros(len(claim))
    if not place.size:
        return side
    mine = np.flatnonzero(claim.curves.intensity[pairs.curve] == claim.intensity[pairs.row])
    row, curve = pairs.row[mine], pairs.curve[mine]
    order = np.lexsort((place, owner))
    keys = 2.0 * owner[order] + place[order]
    at = np.searchsorted(keys, 2.0 * curve + claim.quality[row])
    for k in (np.maximum(at - 1, 0), np.minimum(at, keys.size - 1)):
        gap = 2.0 * curve + claim.quality[row] - keys[k]
        near = np.flatnonzero((np.abs(gap) <= tolerances.apart) & (gap != 0.0))
        side[row[near]] = np.sign(gap[near])
    return side


def seeds(markets: Games) -> NDArray[np.uint64]:
    """A number for each market that only its own primitives determine, (M,)."""
    columns = [getattr(markets, f.name) for f in fields(markets) if f.name not in PAYOFF_KEYS.values()]
    arrays = [column for column in columns if isinstance(column, np.ndarray)]
    known: dict[int, bytes] = {}

    def content(value: object) -> bytes:
        if isinstance(value, np.ndarray) and value.dtype != object:
            return value.tobytes()
        items = np.atleast_1d(np.asarray(value, dtype=object)).ravel()
        return b"".join(known.setdefault(id(item), repr(item).encode()) for item in items)

    result = np.empty(len(markets), dtype=np.uint64)
    for m in range(len(markets)):
        digest = hashlib.blake2b(digest_size=8)
        for array in arrays:
            digest.update(content(array[m : m + 1] if array.dtype != object else array[m]))
        result[m] = int.from_bytes(digest.digest(), "little")
    return result


def uniforms(seed: NDArray[np.uint64], stream: Array | Index, count: int) -> Array:
    """Numbers in (0, 1) that depend on seeds and streams (K,) alone, (K, count): SplitMix64's finalizer."""
    with np.errstate(over="ignore"):
        state = seed + np.asarray(stream, dtype=np.float64).view(np.uint64) * np.uint64(0xD1B54A32D192ED03)
        z = state[:, None] + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return np.asarray(((z >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53)


def fresh_points(
    curves: Curves, seed: NDArray[np.uint64], which: Index, rival: NDArray[np.bool_], tolerances: Tolerances
) -> tuple[Index, Array]:
    """Points of pieces (K,) that nobody could foresee: numbers of pieces and coordinates u, flat.

    They are spread over equal parts of a piece; ends next to which two grids may differ are left out. Pieces
    that rival a claim, as told for all (P,), get more of them.
    """
    pieces = curves.pieces
    wide = (pieces.high - pieces.low)[which]
    count = np.where(rival[which], tolerances.fresh_rival, tolerances.fresh) + (wide > tolerances.long)
    count = np.where(wide > 4.0 * tolerances.apart, count, 0)
    owner, number = expand(np.zeros(which.size, dtype=np.intp), count)
    piece = which[owner]
    curve = pieces.owner[piece]
    draw = uniforms(seed[curves.market[curve]], curves.intensity[curve] + pieces.low[piece] + number, 1)[:, 0]
    u = -1.0 + 2.0 * (number + draw) / count[owner]
    x = place(pieces, piece, u)
    inside = (x > pieces.low[piece] + tolerances.apart) & (x < pieces.high[piece] - tolerances.apart)
    return piece[inside], u[inside]
