"""Checks an equilibrium from the payoffs alone, on other grids and by a finer search.

Nothing of the solver's answer is taken on trust but the claimed choices and participation: the users' best
response is integrated by a rule of another order on other panels, and the platform's deviations are searched
on other, more points. A result that fails is not called an equilibrium.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.enumeration import enumerate_equilibria, stability
from eqsolve.game.finetuning import best_tuning
from eqsolve.game.games import Index
from eqsolve.game.market import Market
from eqsolve.game.participation import VANISHING, state_distance
from eqsolve.game.payoffs import payoff_scale
from eqsolve.game.quality import best_quality
from eqsolve.game.response import best_response, make_rows, respond
from eqsolve.numerics.quadrature import Array
from eqsolve.outcome import Outcome, account
from eqsolve.status import Status

REGRET_TOLERANCE = 1e-9
"""Largest deviation gain, as a share of the payoff scale, of a certified result."""

RESIDUAL_TOLERANCE = 1e-9
"""Largest residual on the independent grid of a certified result."""

ACCOUNTING_TOLERANCE = 1e-8
"""Largest error of an accounting identity of a certified result."""

APART = 1e-8
"""How far apart two grids may place a jump in quality."""

SEARCH_POINTS = np.concatenate([[0.0], (np.arange(71) + 0.5) / 71.0, [1.0]])
"""Qualities at which deviations are searched: half as many again as the solver's, and others."""

SEARCH_INTENSITIES = 41
"""Intensities at which deviations are searched where the choice is continuous."""


@dataclass(frozen=True)
class Checks:
    """Evidence on outcomes, one row each, (R,).

    Attributes:
        residual: change of N, rho and r under the best response, on the independent grid.
        accounting: largest disagreement of masses and payoffs with the independent grid.
        equilibria: number of participation equilibria found from `STARTS`.
        spectral: largest real part of the spectrum of the best-response map; stable below 1.
    """

    residual: Array
    accounting: Array
    equilibria: NDArray[np.intp]
    spectral: Array

    def take(self, rows: Index) -> Checks:
        """Return the checks of some rows."""
        return Checks(self.residual[rows], self.accounting[rows], self.equilibria[rows], self.spectral[rows])


def check_outcome(market: Market, outcome: Outcome) -> Checks:
    """Check participation and accounting of outcomes on the grids of `market`.

    Args:
        market: opened with check=True on the same games.
        outcome: claimed outcomes.
    """
    rows = outcome.rows
    other = make_rows(market.whole, rows.game, rows.q, rows.beta)
    onto = rows.model.x.interpolation(market.whole.x.x)
    state = respond(other, outcome.v @ onto.T)
    empty = outcome.state[:, 0] <= VANISHING
    image = best_response(other, state)
    residual = np.where((rows.beta > 0) & ~empty, state_distance(other, state, image), 0.0)
    residual = np.where(empty, np.maximum(state[:, 0], 0.0), residual)

    again = account(other, state, outcome.solved)
    share = market.games.share[rows.game]
    disagreement = np.stack(
        [
            np.abs(again.participation_by_segment - outcome.participation_by_segment).max(axis=1),
            np.abs(again.user_surplus_by_segment - outcome.user_surplus_by_segment).max(axis=1),
            np.abs(again.outputs.mean - outcome.outputs.mean),
        ]
    ).max(axis=0)
    identities = np.stack(
        [
            np.abs((share * outcome.participation_by_segment).sum(axis=1) - outcome.participation),
            np.abs(outcome.outputs.mass.sum(axis=1) - 1.0),
        ]
    ).max(axis=0)
    accounting = np.maximum(identities, np.where(empty, 0.0, disagreement))
    count, spectral = np.ones(len(rows), dtype=np.intp), np.zeros(len(rows))
    tuned = np.flatnonzero(rows.beta > 0)
    if tuned.size:
        part = rows.take(tuned)
        count[tuned] = np.maximum(enumerate_equilibria(part).count, 1)
        spectral[tuned] = stability(part, outcome.state[tuned])
    return Checks(residual, accounting, count, spectral)


@dataclass(frozen=True)
class Search:
    """Best payoffs that the independent search found, gross of the fixed cost F.

    Attributes (one row per game, (G,)):
        untuned, tuned: best payoffs over quality without and with fine-tuning; -inf where not allowed.
        complete: False where users' participation had no equilibrium at some quality.
    """

    untuned: Array
    tuned: Array
    complete: NDArray[np.bool_]


def search_deviations(
    market: Market, claims: Mapping[bool, Array], costs: tuple[Array, Array], fixed: float | None = None
) -> Search:
    """Search all qualities for the best payoff under each allowed plan for stage 2.

    Args:
        market: opened with check=True.
        claims: the payoff gross of F that is claimed to be the best under each plan, (G,) each.
        costs: lowest and highest fixed cost F of each game, (G,) each: a plan that a scan shows to pay less
            than what the other one is claimed to pay is not searched more closely.
        fixed: the quality, if it is not chosen.
    """
    games = len(market.games)
    payoffs = {tune: np.full(games, -np.inf) for tune in (False, True)}
    complete = np.ones(games, dtype=bool)
    for tune, claim in claims.items():
        floor = claim
        if len(claims) > 1:
            floor = np.maximum(claim, claims[not tune] + costs[0] if tune else claims[not tune] - costs[1])
        plan = best_quality(market, tune=tune, points=SEARCH_POINTS, floor=floor, fixed=fixed)
        payoffs[tune] = plan.payoff
        complete &= plan.complete
    return Search(payoffs[False], payoffs[True], complete)


def regrets(
    market: Market,
    plans: tuple[bool, ...],
    search: Search,
    choices: tuple[Index, Array, Array, Array],
    row: Index,
    cost: Array,
) -> tuple[Array, Array]:
    """Gains from the best deviation in intensity at q, and in quality along beta*(q); (R,) each.

    Args:
        market: opened with check=True.
        plans: plans allowed in stage 2.
        search: result of `search_deviations`.
        choices: the claimed game, q, beta and payoff gross of F, (K,) each: number of the game in the market,
            its choice and what that pays.
        row: number of each row's choice, (R,).
        cost: fixed cost F of each row, (R,).
    """
    game, q, beta, _ = choices
    nothing = np.full(q.size, -np.inf)
    untuned = market.payoff(game, q, np.zeros_like(q), precise=True) if False in plans else nothing
    tuned = nothing
    if True in plans:
        tuned = best_tuning(market, game, q, precise=True, scan=SEARCH_INTENSITIES)[1]
    claimed = np.where(beta > 0, tuned, untuned)
    if market.continuous:
        claimed = market.payoff(game, q, beta, precise=True)
    claimed = _across(market, choices, claimed)
    claim = claimed[row] - np.where(beta[row] > 0, cost, 0.0)
    best_beta = np.maximum(untuned[row], tuned[row] - cost)
    best = np.maximum(search.untuned[game[row]], search.tuned[game[row]] - cost)
    return np.maximum(best_beta - claim, 0.0), np.maximum(best - claim, 0.0)


def _across(market: Market, choices: tuple[Index, Array, Array, Array], found: Array) -> Array:
    """What choices pay that seem to fall off a jump: the most within `APART`, but not more than claimed.

    Two grids that place a jump a little apart put a choice beside it on different sides.
    """
    game, q, beta, paid = choices
    fell = np.flatnonzero(paid - found > REGRET_TOLERANCE * payoff_scale(market.games)[game])
    best = found.copy()
    for side in (-APART, APART):
        beside = market.payoff(game[fell], np.clip(q[fell] + side, 0.0, 1.0), beta[fell], precise=True)
        best[fell] = np.maximum(best[fell], np.minimum(beside, paid[fell]))
    return best


def judge(
    checks: Checks, complete: NDArray[np.bool_], solved: NDArray[np.bool_], regret: Array, scale: Array
) -> NDArray[np.object_]:
    """The status of each row; the first problem in the order of causes decides."""
    status = np.full(regret.size, Status.CERTIFIED, dtype=object)
    status[~(regret <= REGRET_TOLERANCE * scale)] = Status.DEVIATION_FOUND
    status[~(checks.accounting <= ACCOUNTING_TOLERANCE)] = Status.ACCOUNTING_ERROR
    status[~(checks.residual <= RESIDUAL_TOLERANCE)] = Status.RESIDUAL_TOO_LARGE
    status[~complete | ~solved] = Status.NO_PARTICIPATION_EQUILIBRIUM
    return status
