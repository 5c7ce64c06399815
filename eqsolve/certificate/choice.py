"""The claimed choice, evaluated anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate.claim import Claim
from eqsolve.certificate.objective import Objective
from eqsolve.certificate.tolerances import Tolerances
from eqsolve.certificate.users import Seen, Users
from eqsolve.game.games import Index
from eqsolve.numerics.quadrature import Array


@dataclass(frozen=True)
class Choice:
    """Claimed choices as the certificate finds them, (R,) each.

    Attributes:
        claimed: payoff by the claimed participation and surplus.
        own: payoff by the certificate's.
        residual: change of N, rho and r under the best response, on the certificate's grid.
        accounting: largest disagreement with claimed N, N_j, CS, CS_j and rho, or among them.
        solved: whether adjustment came to rest.
    """

    claimed: Array
    own: Array
    residual: Array
    accounting: Array
    solved: NDArray[np.bool_]


def examine(users: Users, claim: Claim, objective: Objective, tolerances: Tolerances) -> Choice:
    """Evaluate claimed choices on the certificate's grid.

    Two grids place a jump a little apart. A claim that disagrees is therefore compared with the branches
    just beside its quality, too.
    """
    seen = users.at(claim.market, claim.quality, claim.intensity)
    off = disagreement(claim, seen)
    for side in (-tolerances.apart, tolerances.apart):
        doubted = np.flatnonzero(~(off <= tolerances.accounting) | ~seen.solved)
        if not doubted.size:
            break
        other = users.beside(claim.market[doubted], claim.quality[doubted], claim.intensity[doubted], side)
        there = disagreement(claim, other, doubted)
        better = np.flatnonzero(other.solved & (there <= _allowance(claim, doubted, tolerances)))
        seen.put(doubted[better], other.take(better))
        off[doubted[better]] = np.minimum(there[better], tolerances.accounting)
    total = np.stack([claim.participation, claim.user_surplus], axis=1)
    every = np.arange(len(claim))
    return Choice(
        claimed=objective.at(every, claim.quality, claim.intensity, total),
        own=objective.at(every, claim.quality, claim.intensity, seen.total),
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
