"""Fresh points: choices of no claim, at which users are looked at anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate.bound import Bound
from eqsolve.certificate.claim import Claim, Curves
from eqsolve.certificate.maxima import Heights
from eqsolve.certificate.objective import Objective
from eqsolve.certificate.pieces import Pairs, expand, fresh_points, uniforms
from eqsolve.certificate.polynomials import coordinate, known, piece_at, place, polynomial
from eqsolve.certificate.tolerances import Tolerances
from eqsolve.certificate.users import Seen, Users
from eqsolve.game.games import Index
from eqsolve.numerics.piecewise import Piecewise
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


@record
class Fresh:
    """What fresh points showed.

    Attributes:
        best: the most that a row was seen to earn at one, (R,).
        off: how far a point was off a piece that rivals a claim, beyond the piece's own error, (R,).
        confirmed: rows none of whose pieces missed a point by more than its error, (R,).
        solved: rows at none of whose points adjustment went on for ever where it matters, (R,).
        count: number of points that might have told against a row, (R,).
    """

    best: Array
    off: Array
    confirmed: NDArray[np.bool_]
    solved: NDArray[np.bool_]
    count: Index

    def note(self, row: Index, payoff: Array) -> None:
        """Note payoffs (K,) that rows earn at fresh points."""
        np.maximum.at(self.best, row, payoff)
        self.count[:] += np.bincount(row, minlength=self.count.size)


@record
class Rivals:
    """Where pieces may hold what a row earns as much from as it claims.

    Attributes (P pieces):
        row, piece: which pieces do so for which rows, somewhere on them, flat.
        whole: pieces that rival a claim, anywhere on them, (P,).
        low, high: between which qualities other pieces are not left to monotonicity, (P,); none where
            low > high.
    """

    row: Index
    piece: Index
    whole: NDArray[np.bool_]
    low: Array
    high: Array

    @property
    def pieces(self) -> NDArray[np.bool_]:
        """Pieces on which anything matters, (P,)."""
        return self.whole | (self.low <= self.high)

    def at(self, piece: Index, q: Array) -> NDArray[np.bool_]:
        """Whether pieces matter at qualities, (K,)."""
        return np.asarray(self.whole[piece] | ((q >= self.low[piece]) & (q <= self.high[piece])))


def none_yet(rows: int) -> Fresh:
    """Nothing seen yet."""
    true = np.ones(rows, dtype=bool)
    return Fresh(np.full(rows, -np.inf), np.zeros(rows), true, true.copy(), np.zeros(rows, dtype=np.intp))


def check_pieces(
    users: Users, claim: Claim, objective: Objective, pairs: Pairs, rivals: Rivals,
    seed: NDArray[np.uint64], ceiling: Array, target: Array, tolerances: Tolerances, fresh: Fresh,
) -> Array:  # fmt: skip
    """Look at every piece that concerns a row at fresh points; what is seen goes into `fresh`.

    Args:
        users: of the claim's markets.
        claim, objective: what is claimed.
        pairs: curves of rows.
        rivals: where pieces rival claims; without fine-tuning all else is left to monotonicity.
        seed: numbers of the markets, (M,).
        ceiling: largest N and CS of each market, (M, 2).
        target: payoffs that matter, (R,).
        tolerances: what a piece may be off beyond its error.
        fresh: filled.

    Returns:
        How far pieces that rival no claim were off at points that they missed, (P,); 0 for all others.
    """
    curves, pieces = claim.curves, claim.curves.pieces
    used = np.zeros(curves.market.size, dtype=bool)
    used[pairs.curve] = True
    looked_at = used[pieces.owner] & (rivals.pieces | (curves.intensity[pieces.owner] > 0))
    piece, u = _spread(curves, seed, np.flatnonzero(looked_at), rivals, tolerances)
    order = np.argsort(piece, kind="stable")
    piece, u = piece[order], u[order]
    curve, q = pieces.owner[piece], place(pieces, piece, u)
    rival = rivals.at(piece, q)
    market, beta = curves.market[curve], curves.intensity[curve]
    seen = users.at(market, q, beta)
    off, missed = _missed(pieces, piece, u, seen, tolerances)
    row, spot = _telling(claim, pairs, rivals, piece, q, missed | ~seen.solved)
    payoff = objective.at(row, q[spot], beta[spot], seen.total[spot])
    # What would refute a claim is looked at more closely first: it may lie next to the edge of a basin.
    refutes = missed & rival
    refutes[spot[(payoff > target[row]) & missed[spot]]] = True
    doubted = np.flatnonzero(refutes & (beta > 0) & users.selection.follows)
    if doubted.size:
        closer = users.closely(market[doubted], q[doubted], beta[doubted])
        better = np.flatnonzero(closer.solved)
        seen.put(doubted[better], closer.take(better))
        off, missed = _missed(pieces, piece, u, seen, tolerances)
        payoff = objective.at(row, q[spot], beta[spot], seen.total[spot])
    loose, rough = np.zeros(len(pieces)), np.flatnonzero(missed & ~rival)
    np.maximum.at(loose, piece[rough], off[rough].max(axis=1))
    beyond = np.maximum(off - pieces.error[piece], 0.0).max(axis=1)
    excess = np.where(known(pieces)[piece] & rival, beyond, 0.0)
    lost = ~seen.solved[spot]
    most = objective.at(row, q[spot], beta[spot], ceiling[market[spot]])
    fresh.solved[row[lost & rival[spot] & (most > target[row])]] = False
    fresh.note(row, np.where(lost, -np.inf, payoff))
    np.maximum.at(fresh.off, row, np.where(lost, 0.0, excess[spot]))
    fresh.confirmed[row[(missed & rival)[spot]]] = False
    return loose


def _telling(
    claim: Claim, pairs: Pairs, rivals: Rivals, piece: Index, q: Array, odd: NDArray[np.bool_]
) -> tuple[Index, Index]:
    """Rows and the fresh points that may tell against their claims, flat.

    These are those of pieces that rival the claim, and the `odd` ones among all, (K,): at others a row earns
    less than it claims, since users do what pieces say.

    Args:
        claim, pairs, rivals: as in `check_pieces`.
        piece, q: where the points are, (K,) each, by piece.
        odd: points at which users do not do what pieces say.
    """
    first, last = (np.searchsorted(piece, rivals.piece, side=side) for side in ("left", "right"))
    owner, spot = expand(first, last - first)
    row, some = rivals.row[owner], np.flatnonzero(odd)
    if some.size:
        curve = claim.curves.pieces.owner[piece[some]]
        some, curve = some[np.argsort(curve, kind="stable")], np.sort(curve)
        first, last = (np.searchsorted(curve, pairs.curve, side=side) for side in ("left", "right"))
        owner, number = expand(first, last - first)
        row, spot = np.concatenate([row, pairs.row[owner]]), np.concatenate([spot, some[number]])
    inside = (q[spot] >= claim.low[row]) & (q[spot] <= claim.high[row])
    return row[inside], spot[inside]


def _spread(
    curves: Curves, seed: NDArray[np.uint64], which: Index, rivals: Rivals, tolerances: Tolerances
) -> tuple[Index, Array]:
    """Fresh points of pieces, and more on those parts of others that rival claims."""
    pieces = curves.pieces
    piece, u = fresh_points(curves, seed, which, rivals.whole, tolerances)
    partly = which[(rivals.pieces & ~rivals.whole)[which]]
    more, place_in = fresh_points(curves, seed, partly, rivals.pieces, tolerances)
    low, high = (np.clip(coordinate(pieces, more, end[more]), -1.0, 1.0) for end in (rivals.low, rivals.high))
    inner = low + (high - low) * (1.0 + place_in) / 2.0
    return np.concatenate([piece, more]), np.concatenate([u, inner])


def _missed(
    pieces: Piecewise, piece: Index, u: Array, seen: Seen, tolerances: Tolerances
) -> tuple[Array, NDArray[np.bool_]]:
    """How far users are off pieces at coordinates u (K,), (K, channels), and where that is too far, (K,)."""
    off = np.abs(seen.total[:, : pieces.error.shape[1]] - polynomial(pieces, piece, u))
    far = ~(off <= pieces.error[piece] + tolerances.curve).all(axis=1)
    return off, known(pieces)[piece] & far & seen.solved


def check_tables(
    claim: Claim,
    pairs: Pairs,
    rivals: Rivals,
    bound: Bound,
    tolerances: Tolerances,
    fresh: Fresh,
) -> None:
    """Compare the curves without fine-tuning with the tables of participation that were made anew.

    Where monotonicity closes all qualities but those near the best one, only what rivals claims counts.
    """
    curves, pieces = claim.curves, claim.curves.pieces
    curve_of = np.full(len(claim.markets), -1, dtype=np.intp)
    plain = pairs.curve[curves.intensity[pairs.curve] == 0]
    curve_of[curves.market[plain]] = plain
    curve = curve_of[bound.market]
    have = np.flatnonzero(curve >= 0)
    curve, q, users = curve[have], bound.q[have], bound.users[have]
    piece = piece_at(pieces, curve, q)
    sound = (q > pieces.low[piece] + tolerances.apart) & (q < pieces.high[piece] - tolerances.apart)
    sound &= known(pieces)[piece] & (pieces.owner[piece] == curve)
    piece, q, users = piece[sound], q[sound], users[sound]
    users = users[:, : pieces.error.shape[1]]
    off = np.abs(users - polynomial(pieces, piece, coordinate(pieces, piece, q)))
    off = np.where(np.isnan(users), 0.0, off)
    missed = ~(off <= pieces.error[piece] + tolerances.curve).all(axis=1)
    beyond = np.maximum(off - pieces.error[piece], 0.0).max(axis=1)
    rival = rivals.at(piece, q)
    worst, wrong = np.zeros(curves.market.size), np.zeros((2, curves.market.size), dtype=bool)
    np.maximum.at(worst, pieces.owner[piece], np.where(rival, beyond, 0.0))
    wrong[0, pieces.owner[piece[missed & rival]]] = True
    wrong[1, pieces.owner[piece[missed & (off.max(axis=1) > tolerances.slight)]]] = True
    np.maximum.at(fresh.off, pairs.row, worst[pairs.curve])
    lost = wrong[0, pairs.curve] | (wrong[1, pairs.curve] & ~bound.closed[pairs.row])
    fresh.confirmed[pairs.row[lost]] = False


def try_intensities(
    users: Users, claim: Claim, objective: Objective, pairs: Pairs, heights: Heights,
    seed: NDArray[np.uint64], tolerances: Tolerances, fresh: Fresh, at_quality: Array,
) -> None:  # fmt: skip
    """Rows that choose their intensity from an interval: fresh intensities at good qualities.

    Args:
        users, claim, objective, pairs, seed, tolerances, fresh: as in `check_pieces`.
        heights: maxima of pieces, to know good qualities.
        at_quality: the best found at the claimed quality, (R,); filled.
    """
    free = np.flatnonzero(claim.most > claim.least) if True in claim.tune else np.empty(0, dtype=np.intp)
    if not free.size:
        return
    row, beta = _intensities(claim, free, seed, tolerances)
    q = claim.quality[row]
    other_row, other_beta, other_q = _between(claim, free, pairs, heights, seed, tolerances)
    rows = np.concatenate([row, other_row])
    betas, qs = np.concatenate([beta, other_beta]), np.concatenate([q, other_q])
    seen = users.at(claim.market[rows], qs, betas)
    payoff = np.where(seen.solved, objective.at(rows, qs, betas, seen.total), -np.inf)
    fresh.note(rows, payoff)
    np.maximum.at(at_quality, row, payoff[: row.size])


def _intensities(
    claim: Claim, free: Index, seed: NDArray[np.uint64], tolerances: Tolerances
) -> tuple[Index, Array]:
    """Fresh intensities to try at the claimed quality: ever closer to the claim on both sides."""
    span = (claim.most - claim.least)[free]
    draws = uniforms(seed[claim.market[free]], claim.quality[free], 2 * tolerances.scales)
    lengths = np.tile(0.25 ** np.arange(1, tolerances.scales + 1), 2) * (0.5 + draws)
    signs = np.repeat([-1.0, 1.0], tolerances.scales)
    beta = claim.intensity[free, None] + signs * lengths * span[:, None]
    row = np.repeat(free, beta.shape[1])
    beta = beta.ravel()
    inside = (beta > 0) & (beta >= claim.least[row]) & (beta <= claim.most[row])
    return row[inside], beta[inside]


def _between(
    claim: Claim, free: Index, pairs: Pairs, heights: Heights, seed: NDArray[np.uint64],
    tolerances: Tolerances,
) -> tuple[Index, Array, Array]:  # fmt: skip
    """Fresh intensities between neighboring curves of a row, at qualities between their best ones."""
    beta_of, chosen = claim.curves.intensity, np.zeros(len(claim), dtype=bool)
    chosen[free] = True
    keep = chosen[pairs.row]
    row, curve = pairs.row[keep], pairs.curve[keep]
    order = np.lexsort((beta_of[curve], row))
    row, curve = row[order], curve[order]
    q = _best_quality(claim, heights, row, curve)
    same = np.flatnonzero(row[1:] == row[:-1])
    rows, betas, qs = [], [], []
    for k in range(tolerances.fresh_intensities):
        at = uniforms(seed[claim.market[row[same]]], beta_of[curve[same]] + k, 3)
        beta = beta_of[curve[same]] + at[:, 0] * (beta_of[curve[same + 1]] - beta_of[curve[same]])
        middle = q[same] + at[:, 0] * (q[same + 1] - q[same])
        low, high = claim.low[row[same]], claim.high[row[same]]
        anywhere = low + at[:, 1] * (high - low)
        for quality in (middle, anywhere):
            rows.append(row[same])
            betas.append(beta)
            qs.append(quality)
    return np.concatenate(rows), np.concatenate(betas), np.concatenate(qs)


def _best_quality(claim: Claim, heights: Heights, row: Index, curve: Index) -> Array:
    """Where the objective of rows is highest on curves (K,), the claimed quality where that is not known."""
    count = claim.curves.market.size
    key = heights.row * count + claim.curves.pieces.owner[heights.piece]
    order = np.lexsort((heights.payoff, key))
    keys = key[order]
    last = np.searchsorted(keys, row * count + curve, side="right") - 1
    found = (last >= 0) & (keys[np.maximum(last, 0)] == row * count + curve) if keys.size else last >= 0
    q = claim.quality[row].copy()
    q[found] = heights.q[order[last[found]]]
    return q
