"""The certificate of a regulator: fresh values of the instrument, at which the game is played anew.

Nothing of the search for the best value is used: where to look is drawn from a number that the game alone
determines, and what the platform does there is solved, and certified, like every other game.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.certificate import TOLERANCES
from eqsolve.certificate.pieces import uniforms
from eqsolve.game.games import Index
from eqsolve.numerics.quadrature import Array
from eqsolve.status import Status

SPREAD = 8
"""Fresh strengths spread over the whole range, one in each of as many equal parts."""

SCALES = (1e-2, 1e-4, 1e-6)
"""Distances from the claim, as shares of the range, up to which there is one more on either side.

A smooth maximum missed by d is shown by every value up to 2 d closer to it: by these where d is 1e-4 or
more, below which welfare is lower by some 1e-9 at most. A jump missed by d is shown by every value up to d
closer: by these where d is 1e-6 or more."""


@dataclass(frozen=True)
class Verdicts:
    """What fresh strengths showed, a row per question, (Q,) each.

    Attributes:
        status: the verdict.
        regret: the largest certified gain in welfare.
        checked, uncertified: how many fresh strengths, and how many of them are not certified.
    """

    status: NDArray[np.object_]
    regret: Array
    checked: Index
    uncertified: Index


def fresh_strengths(seed: NDArray[np.uint64], claim: Array, most: Array) -> tuple[Index, Array]:
    """Fresh strengths beside claims (Q,): numbers of the questions and strengths, flat."""
    draws = uniforms(seed, most, SPREAD + 2 * len(SCALES))
    spread = (np.arange(SPREAD) + draws[:, :SPREAD]) / SPREAD * most[:, None]
    lengths = np.tile(SCALES, 2) * (0.25 + draws[:, SPREAD:] / 2.0)
    signs = np.repeat([-1.0, 1.0], len(SCALES))
    beside = claim[:, None] + signs * lengths * most[:, None]
    strength = np.concatenate([spread, beside], axis=1)
    which, column = np.nonzero((strength >= 0.0) & (strength <= most[:, None]))
    return which, strength[which, column]


def allowance(scale: Array, at_jump: NDArray[np.bool_]) -> Array:
    """The largest gain in welfare that is none, (Q,), given its scale.

    Where the platform's own choice is `at_jump`, no more is asked than how far apart two grids place a jump.
    """
    asked = TOLERANCES.regret * scale
    return np.where(at_jump, np.maximum(asked, TOLERANCES.apart), asked)


def judge(
    which: Index, welfare: Array, status: NDArray[np.object_], claim: Array, own: NDArray[np.object_],
    allowed: Array,
) -> Verdicts:  # fmt: skip
    """Compare claims (Q,) with what came of fresh strengths (K,).

    Args:
        which: question of each fresh strength, (K,).
        welfare, status: under it, (K,) each.
        claim, own: welfare under what is claimed, and its status, (Q,) each.
        allowed: the largest gain that is none, (Q,).
    """
    certified = status == Status.CERTIFIED
    best, doubtful = np.full((2, claim.size), -np.inf)
    np.maximum.at(best, which[certified], welfare[certified])
    np.maximum.at(doubtful, which[~certified], np.nan_to_num(welfare[~certified], nan=-np.inf))
    verdict = own.copy()
    verdict[(doubtful > claim + allowed) & (own == Status.CERTIFIED)] = Status.CURVE_NOT_CONFIRMED
    verdict[(best > claim + allowed) & (own == Status.CERTIFIED)] = Status.DEVIATION_FOUND
    regret = np.where(np.isfinite(claim), np.maximum(best - claim, 0.0), np.nan)
    count = claim.size
    return Verdicts(
        verdict, regret, np.bincount(which, minlength=count), np.bincount(which[~certified], minlength=count)
    )
