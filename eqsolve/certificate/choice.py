"""The claimed choice, evaluated anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate.claim import Claim
from eqsolve.certificate.objective import Objective
from eqsolve.certificate.tolerances import Tolerances
from eqsolve.certificate.users import Seen, Users
from eqsolve.game.games import Index
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record


@record
class Choice:
    """Claimed choices as the certificate finds them, (R,) each.

    Attributes:
        claimed: payoff by the claimed participation and surplus.
        own: payoff by the certificate's.
        residual: change of N, rho and r under the best response, on the certificate's grid.
        beyond: payoff just beyond the jump at which a claim lies; -inf where it lies at none.
        accounting: largest disagreement with claimed N, N_j, CS, CS_j and rho, or among them.
        solved: whether adjustment came to rest.
    """

    claimed: Array
    own: Array
    beyond: Array
    residual: Array
    accounting: Array
    solved: NDArray[np.bool_]


def examine(users: Users, claim: Claim, objective: Objective, jump: Array, tolerances: Tolerances) -> Choice:
    """Evaluate claimed choices on the certificate's grid.

    Two grids place a jump a little apart. A claim at a jump is therefore what users do a little inside of it,
    followed to the claimed quality, or from the other side if that does not fit; and it must not pay to be a
    little beyond it.

    Args:
        users: of the claim's markets.
        claim, objective: what is claimed.
        jump: on which side of a jump of its curve each claim lies, 1 or -1; 0 elsewhere, (R,).
        tolerances: how far and how close.
    """
    edge = (jump != 0.0) & (claim.intensity > 0) & users.selection.follows
    seen, beyond = users.nothing(len(claim)), np.full(len(claim), -np.inf)
    rest, some = np.flatnonzero(~edge), np.flatnonzero(edge)
    if rest.size:
        seen.put(rest, users.at(claim.market[rest], claim.quality[rest], claim.intensity[rest]))
    off = disagreement(claim, seen)
    off[some] = np.inf
    side = np.where(edge, jump, -1.0)
    for _ in range(2):
        doubted = np.flatnonzero(~(off <= tolerances.accounting) | ~seen.solved)
        if not doubted.size:
            break
        at = claim.market[doubted], claim.quality[doubted], claim.intensity[doubted]
        other = users.beside(*at, side[doubted] * tolerances.apart)
        gap = disagreement(claim, other, doubted)
        fits = other.solved & (gap <= _allowance(claim, doubted, tolerances))
        kept = np.flatnonzero(fits)
        seen.put(doubted[kept], other.take(kept))
        off[doubted[kept]] = np.minimum(gap[kept], tolerances.accounting)
        side[doubted[~fits]] *= -1.0
    if some.size:
        q = np.clip(claim.quality[some] - tolerances.apart * side[some], claim.low[some], claim.high[some])
        there = users.closely(claim.market[some], q, claim.intensity[some])
        payoff = objective.at(some, q, claim.intensity[some], there.total)
        beyond[some] = np.where(there.solved, payoff, -np.inf)
    total = np.stack([claim.participation, claim.user_surplus], axis=1)
    every = np.arange(len(claim))
    return Choice(
        claimed=objective.at(every, claim.quality, claim.intensity, total),
        own=objective.at(every, claim.quality, claim.intensity, seen.total),
        beyond=beyond,
        residual=seen.residual,
        accounting=off,
        solved=seen.solved,
    )


def _allowance(claim: Claim, rows: Index, tolerances: Tolerances) -> Array:
    """Disagreement allowed beside a jump: without fine-tuning it includes what masses change on the way."""
    return np.where(claim.intensity[rows] > 0, 1.0, 10.0) * tolerances.accounting


def disagreement(claim: Claim, seen: Seen, rows: Index | None = None) -> Array:
    """Largest difference between claims, of all rows or some, and what was seen (K,); nan is a large one."""
    some = np.arange(len(claim)) if rows is None else rows
    share = claim.games.share[some]
    n, cs = claim.participation_by_segment[some], claim.user_surplus_by_segment[some]
    gaps = [
        np.abs(seen.by_segment - n).max(axis=1),
        np.abs(seen.surplus - cs).max(axis=1),
        np.abs((share * n).sum(axis=1) - claim.participation[some]),
        np.abs((share * cs).sum(axis=1) - claim.user_surplus[some]),
    ]
    if claim.feedback_quality is not None:
        crowd = (claim.intensity[some] > 0) & (seen.total[:, 0] > 0)
        gaps.append(np.where(crowd, np.abs(seen.rho - claim.feedback_quality[some]), 0.0))
    largest = np.max(np.stack(gaps), axis=0)
    return np.where(np.isfinite(largest), largest, np.inf)
