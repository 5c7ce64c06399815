"""Checks claimed equilibria: every part of a claim is evaluated anew, and nothing of the search is used.

- The choice: participation, surplus and payoffs at it, on the certificate's own grid, by its own way to the
  limit of best-response adjustment.
- Other qualities without fine-tuning: by monotonicity, outside a neighborhood of the best one.
- Other qualities along the curves: the pieces tile the allowed qualities, none pays more than the claim, and
  at fresh points users do what the pieces say.
- Other intensities: the curves' values at the claimed quality, and where intensity is chosen from an
  interval, fresh intensities at the claimed quality and between the curves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate.bound import Bound, exclude
from eqsolve.certificate.choice import Choice, examine
from eqsolve.certificate.claim import Claim
from eqsolve.certificate.maxima import Heights, highest
from eqsolve.certificate.objective import Objective
from eqsolve.certificate.pieces import Pairs, concern, covered, jump_sides, seeds
from eqsolve.certificate.polynomials import coordinate, known, piece_at, polynomial
from eqsolve.certificate.spots import (
    Fresh,
    Rivals,
    check_pieces,
    check_tables,
    none_yet,
    try_intensities,
)
from eqsolve.certificate.tolerances import Tolerances
from eqsolve.certificate.users import open_users
from eqsolve.game.games import Index
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.status import Status
from eqsolve.telling import tell

TOLERANCES = Tolerances()


@record
class Checks:
    """Evidence on a claim, one row for each game, (R,).

    Attributes:
        status: the verdict.
        basis: "bound" where monotonicity closed all qualities outside a neighborhood and every plan is that
            of no fine-tuning; "curve" where checked pieces did.
        regret_quality: gain of the best deviation found in quality along the allowed plans, in payoffs.
        regret_intensity: gain of the best deviation found in intensity at the claimed quality, in payoffs.
        residual: change of N, rho and r under the best response at the claim, on the certificate's grid.
        accounting: disagreement of masses and surplus at the claim.
        accuracy: how far checked points were off the pieces, in N and CS.
        checked: number of fresh points that might have told against the claim.
    """

    status: NDArray[np.object_]
    basis: NDArray[np.str_]
    regret_quality: Array
    regret_intensity: Array
    residual: Array
    accounting: Array
    accuracy: Array
    checked: NDArray[np.intp]


def certify(claim: Claim, tolerances: Tolerances = TOLERANCES) -> Checks:
    """Check a claim; its games need the same grids.

    Args:
        claim: choices, what they lead to, and the curves behind them.
        tolerances: what is asked for.
    """
    users, objective = open_users(claim.markets, claim.selection), Objective(claim.games, claim.welfare)
    scale, seed, ceiling = objective.scale(), seeds(claim.markets), users.ceiling()
    pairs = concern(claim)
    tell(lambda: f"checking the choice and {len(claim.curves.pieces)} pieces of curves")
    choice = examine(users, claim, objective, jump_sides(claim, pairs, tolerances), tolerances)
    complete = covered(claim, pairs, tolerances)
    bar = _bar(choice, tolerances.runners_up * scale)
    floor = _floor(claim, bar)
    both = pairs.pieces(claim.curves.pieces)
    heights = highest(claim, objective, both, ceiling, floor, 4.0 * tolerances.apart)
    fresh = none_yet(len(claim))
    np.maximum(fresh.best, choice.beyond, out=fresh.best)
    goal = choice.own + tolerances.regret * scale
    center = _centers(claim, heights)
    rivals = _rivals(claim, both, heights, bar, center, tolerances)
    loose = check_pieces(users, claim, objective, pairs, rivals, seed, ceiling, goal, tolerances, fresh)
    bound = None
    if False in claim.tune:
        tell(lambda: "checking all other qualities without fine-tuning")
        bound = exclude(users, claim, objective, choice.own, center, tolerances)
        check_tables(claim, pairs, rivals, bound, tolerances, fresh)
        np.maximum(fresh.best, bound.best, out=fresh.best)
    doubted = _reconsidered(claim, objective, both, loose, ceiling, bar, bound, tolerances)
    fresh.confirmed[doubted] = False
    tell(lambda: "checking other intensities")
    by_intensity = _other_curves(claim, objective, pairs) - choice.claimed
    at_quality = np.full(len(claim), -np.inf)
    try_intensities(users, claim, objective, pairs, heights, seed, tolerances, fresh, at_quality)
    by_intensity = np.maximum(by_intensity, at_quality - choice.own)
    return _verdict(claim, choice, complete, heights, fresh, bound, by_intensity, scale, tolerances)


def _reconsidered(
    claim: Claim, objective: Objective, both: tuple[Index, Index], loose: Array, ceiling: Array, bar: Array,
    bound: Bound | None, tolerances: Tolerances,
) -> Index:  # fmt: skip
    """Rows that pieces (P,) `loose` by so much might rival after all, where `bound` does not exclude that."""
    open_ = loose[both[1]] > 0.0
    if bound is not None:
        curves = claim.curves
        open_ &= (curves.intensity[curves.pieces.owner[both[1]]] > 0) | ~bound.closed[both[0]]
    some = np.flatnonzero(open_)
    if not some.size:
        return some
    pieces = claim.curves.pieces
    error = np.maximum(pieces.error, tolerances.looseness * loose[:, None])
    wider = replace(claim, curves=replace(claim.curves, pieces=replace(pieces, error=error)))
    heights = highest(wider, objective, (both[0][some], both[1][some]), ceiling, bar, 4.0 * tolerances.apart)
    return np.asarray(heights.row[heights.most >= bar[heights.row]])


def _floor(claim: Claim, bar: Array) -> Array:
    """Payoffs from which the maxima of pieces matter: all do where intensity is chosen from an interval."""
    free = (claim.most > claim.least) & (True in claim.tune)
    return np.where(free, -np.inf, bar)


def _bar(choice: Choice, margin: Array) -> Array:
    """Payoffs that rival what rows claim, (R,)."""
    return np.asarray(np.minimum(choice.own, choice.claimed) - margin)


def _centers(claim: Claim, heights: Heights) -> Array:
    """Where rows earn most without fine-tuning, by the pieces; nan where that does not matter, (R,)."""
    curves = claim.curves
    plain = np.flatnonzero(curves.intensity[curves.pieces.owner[heights.piece]] == 0)
    order = plain[np.argsort(heights.payoff[plain], kind="stable")]
    center = np.where(claim.intensity == 0, claim.quality, np.nan)
    center[heights.row[order]] = heights.q[order]
    return center


def _rivals(
    claim: Claim, both: tuple[Index, Index], heights: Heights, bar: Array, center: Array,
    tolerances: Tolerances,
) -> Rivals:  # fmt: skip
    """Pieces on which rows may earn as much as `bar` (R,), a little less than they claim.

    Of pieces without fine-tuning also those in neighborhoods that monotonicity leaves open.
    """
    row, piece = both
    pieces, at = claim.curves.pieces, center[row]
    radius = tolerances.near + tolerances.near_share * at
    plain = claim.curves.intensity[pieces.owner[piece]] == 0
    inside = plain & (pieces.low[piece] <= at + radius) & (pieces.high[piece] >= at - radius)
    low, high = np.full(len(pieces), np.inf), np.full(len(pieces), -np.inf)
    np.minimum.at(low, piece[inside], (at - radius)[inside])
    np.maximum.at(high, piece[inside], (at + radius)[inside])
    close, whole = heights.most >= bar[heights.row], np.zeros(len(pieces), dtype=bool)
    whole[heights.piece[close]] = True
    return Rivals(
        np.concatenate([heights.row[close], row[inside]]),
        np.concatenate([heights.piece[close], piece[inside]]), whole, low, high,
    )  # fmt: skip


def _other_curves(claim: Claim, objective: Objective, pairs: Pairs) -> Array:
    """The most that rows earn on other curves at the claimed quality, (R,)."""
    curves, pieces = claim.curves, claim.curves.pieces
    other = curves.intensity[pairs.curve] != claim.intensity[pairs.row]
    row, curve = pairs.row[other], pairs.curve[other]
    piece = piece_at(pieces, curve, claim.quality[row])
    use = known(pieces)[piece] & (pieces.owner[piece] == curve)
    row, curve, piece = row[use], curve[use], piece[use]
    q, best = claim.quality[row], np.full(len(claim), -np.inf)
    users = polynomial(pieces, piece, coordinate(pieces, piece, q))
    np.maximum.at(best, row, objective.at(row, q, curves.intensity[curve], users))
    return best


def _verdict(
    claim: Claim,
    choice: Choice,
    complete: NDArray[np.bool_],
    heights: Heights,
    fresh: Fresh,
    bound: Bound | None,
    by_intensity: Array,
    scale: Array,
    tolerances: Tolerances,
) -> Checks:
    """Weigh the evidence; the first problem in the order of causes decides."""
    size, allowed = len(claim), tolerances.regret * scale
    top, most = np.full(size, -np.inf), np.full(size, -np.inf)
    np.maximum.at(top, heights.row, heights.payoff)
    np.maximum.at(most, heights.row, heights.most)
    by_quality = np.maximum(np.maximum(top - choice.claimed, fresh.best - choice.own), 0.0)
    by_intensity = np.maximum(by_intensity, 0.0)
    regret = np.maximum(by_quality, by_intensity)
    status = np.full(size, Status.CERTIFIED, dtype=object)
    status[~(regret <= allowed)] = Status.DEVIATION_FOUND
    vague = most - choice.claimed > 2.0 * allowed
    status[~complete | ~fresh.confirmed | (vague & (regret <= allowed))] = Status.CURVE_NOT_CONFIRMED
    status[~(choice.accounting <= tolerances.accounting) | ~_allowed(claim)] = Status.ACCOUNTING_ERROR
    status[~(choice.residual <= tolerances.residual)] = Status.RESIDUAL_TOO_LARGE
    status[~choice.solved | ~fresh.solved] = Status.NO_PARTICIPATION_EQUILIBRIUM
    closed = np.zeros(size, dtype=bool) if bound is None or True in claim.tune else bound.closed
    return Checks(
        status=status,
        basis=np.where(closed, "bound", "curve"),
        regret_quality=by_quality,
        regret_intensity=by_intensity,
        residual=choice.residual,
        accounting=choice.accounting,
        accuracy=fresh.off,
        checked=fresh.count,
    )


def _allowed(claim: Claim) -> NDArray[np.bool_]:
    """Whether claimed choices may be made at all, (R,)."""
    tuned = (claim.intensity > 0) & (claim.intensity >= claim.least) & (claim.intensity <= claim.most)
    fine = (tuned & (True in claim.tune)) | ((claim.intensity == 0) & (False in claim.tune))
    return np.asarray(fine & (claim.quality >= claim.low) & (claim.quality <= claim.high))
