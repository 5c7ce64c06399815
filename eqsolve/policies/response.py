"""What the platform does under an instrument: stages 1 to 3 as the regulator foresees them, a row per policy.

Curves at the intensities that games come with serve all policies that share them; a cap needs one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.game.curve import Curves, Sampler, participation_curves
from eqsolve.game.decision import lead
from eqsolve.game.games import Games, Index
from eqsolve.game.market import Market
from eqsolve.game.objective import Owners
from eqsolve.game.payoffs import fixed_cost, payoff_scale, revenue, training_cost, transfers
from eqsolve.game.payoffs import intensity_cost as tuning_cost
from eqsolve.game.stages import BEYOND, Choices, best_choices
from eqsolve.numerics.active import WHOLE
from eqsolve.numerics.batch import Batch
from eqsolve.numerics.maxima import Peaks, maximize
from eqsolve.numerics.piecewise import Flags
from eqsolve.numerics.quadrature import Array
from eqsolve.policies.nodes import Nodes

SEEN = 100.0
"""How much larger than elsewhere a tie of plans is: payoffs are known to the error of curves, and where the
platform is truly indifferent its choice must not flicker."""


@dataclass(frozen=True)
class Response(Batch):
    """Choices and what follows from them, (K,) each.

    Attributes:
        quality, intensity: the choice.
        welfare: CS and profit before transfers.
        lead: by how much the platform prefers to fine-tune, which it does where this is positive.
    """

    quality: Array
    intensity: Array
    welfare: Array
    lead: Array


class _Plans:
    """The best choices of K platforms without and with fine-tuning, (2, K).

    Attributes:
        intensity, quality: the choice.
        height: what it pays gross of F.
        users: N and CS there, (2, K, 2).
    """

    def __init__(self, size: int) -> None:
        self.intensity, self.quality = np.zeros((2, size)), np.zeros((2, size))
        self.height, self.users = np.full((2, size), -np.inf), np.zeros((2, size, 2))

    def put(self, plan: Index | int, at: Index, peaks: Peaks, intensity: Array, users: Array) -> None:
        """Fill in the choices of platforms `at`."""
        self.intensity[plan, at], self.quality[plan, at] = intensity, peaks.x
        self.height[plan, at], self.users[plan, at] = peaks.height, users


class Platforms:
    """The platforms of games that share grids, as a regulator foresees them."""

    def __init__(self, market: Market, games: Games, of: Index) -> None:
        """Build the curves at the games' own intensities.

        Args:
            market: participation primitives.
            games: the games, without the policies in question, R rows.
            of: number of each game's primitives in the market, (R,).
        """
        self.market, self.games, self.of = market, games, of
        sets, binary = np.arange(len(market.games)), np.flatnonzero(~market.games.continuous)
        which = np.concatenate([sets, binary])
        beta = np.where(np.arange(which.size) < sets.size, 0.0, market.games.strength[which])
        tuned = np.zeros(sets.size, dtype=np.intp)
        tuned[binary] = sets.size + np.arange(binary.size)
        self._curve = np.stack([of, tuned[of]])
        self._least = np.zeros((2, of.size))
        rows, chosen = np.arange(of.size), np.flatnonzero(~games.continuous)
        for plan, some in enumerate((rows, chosen)):
            if some.size:
                self._least[plan, some] = self._laissez_faire(some, beta[self._curve[plan, some]])
        low = np.ones(which.size)
        np.minimum.at(low, self._curve[0], self._least[0])
        np.minimum.at(low, self._curve[1, chosen], self._least[1, chosen])
        self._nodes = Nodes(market)
        self._shelf = participation_curves(market, which, beta, low, np.ones(which.size), WHOLE, surplus=True)

    def _laissez_faire(self, row: Index, beta: Array) -> Array:
        """The best qualities of games (K,) at given intensities: under no policy is one below them better.

        A subsidy and a floor favor higher qualities (Topkis 1978, Minimizing a submodular function on a
        lattice), and a tax favors none.
        """
        games, size = self.games.take(row), row.size
        pairs, curve = np.unique(np.stack([self.of[row], beta]), axis=1, return_inverse=True)
        ends = games.floor, np.ones(size), np.full(size, -np.inf)
        owners = Owners(games, np.arange(size), curve.reshape(-1), beta, False, *ends)
        curves = participation_curves(
            self.market, pairs[0].astype(np.intp), pairs[1], *owners.ranges(), owners, surplus=False
        )
        peaks = maximize(owners, curves.pieces, runners_up=False)
        return np.asarray(np.nan_to_num(np.clip(peaks.x + BEYOND * peaks.inside, games.floor, 1.0)))

    def respond(self, row: Index, paid: Games) -> Response:
        """What the platforms of games `row` (K,) do if they play `paid`, K rows, instead."""
        plans, every = _Plans(row.size), np.arange(row.size)
        kept = ~paid.continuous & (paid.strength == self.games.strength[row])
        self._at_own_strength(plans, row, paid, kept)
        capped = np.flatnonzero(~paid.continuous & ~kept & (paid.strength > 0.0))
        if capped.size:
            self._capped(plans, row, paid, capped)
        chosen = np.flatnonzero(paid.continuous & (paid.strength > 0.0))
        if chosen.size:
            self._chosen(plans, row, paid, chosen)
        gain = plans.height[1] - fixed_cost(paid, every, plans.intensity[1]) - plans.height[0]
        ahead = lead(gain, SEEN * payoff_scale(paid), plans.quality[1], plans.quality[0])
        plan = ((ahead > 0.0) & (plans.intensity[1] > 0.0)).astype(np.intp)
        quality, intensity = plans.quality[plan, every], plans.intensity[plan, every]
        users = plans.users[plan, every]
        spent = training_cost(paid, every, quality) + transfers(paid, every, quality, intensity)
        spent += fixed_cost(paid, every, intensity) + tuning_cost(paid, every, intensity)
        welfare = revenue(paid, every, users[:, 0]) - spent + users[:, 1]
        return Response(quality, intensity, welfare, np.where(plans.intensity[1] > 0.0, ahead, -np.inf))

    def _at_own_strength(self, plans: _Plans, row: Index, paid: Games, kept: Flags) -> None:
        """Fill in what the shelf knows: all that do not fine-tune, and those `kept` (K,) that do."""
        at = np.concatenate([np.arange(row.size), np.flatnonzero(kept)])
        plan = (np.arange(at.size) >= row.size).astype(np.intp)
        beta, curve = np.where(plan > 0, paid.strength[at], 0.0), self._curve[plan, row[at]]
        low = np.maximum(paid.floor[at], self._least[plan, row[at]])
        owners = Owners(paid, at, curve, beta, False, low, np.ones(at.size), np.full(at.size, -np.inf))
        peaks = maximize(owners, self._shelf.pieces, runners_up=False)
        plans.put(plan, at, peaks, beta, _users(self._shelf, curve, peaks))

    def _capped(self, plans: _Plans, row: Index, paid: Games, some: Index) -> None:
        """Fill in fine-tuning at strengths that are not the games' own."""
        part, beta = paid.take(some), paid.strength[some]
        pairs, curve = np.unique(np.stack([self.of[row[some]], beta]), axis=1, return_inverse=True)
        curve = curve.reshape(-1)
        owners = Owners(
            part, np.arange(some.size), curve, beta, False, part.floor, np.ones(some.size),
            plans.height[0, some] + part.cost,
        )  # fmt: skip
        curves = participation_curves(
            self.market, pairs[0].astype(np.intp), pairs[1], *owners.ranges(), owners, surplus=True
        )
        peaks = maximize(owners, curves.pieces, runners_up=False)
        plans.put(1, some, peaks, beta, _users(curves, curve, peaks))

    def _chosen(self, plans: _Plans, row: Index, paid: Games, some: Index) -> None:
        """Fill in fine-tuning whose intensity is chosen from an interval."""
        part, of, size = paid.take(some), self.of[row[some]], some.size
        choices = Choices(part.floor, np.ones(size), np.zeros(size), part.strength)
        floor = plans.height[0, some] + part.cost
        plan = best_choices(
            self.market, part, of, choices, floor, tune=True, welfare=False, supply=self._nodes.supply
        )
        sampler = Sampler(self.market, of, plan.intensity, surplus=True)
        unknown = np.full((size, 2 + self.market.fine.y.size), np.nan)
        users = sampler(np.arange(size), plan.peaks.x, unknown, np.full(size, np.inf))
        plans.put(1, some, plan.peaks, plan.intensity, users.value)


def _users(curves: Curves, curve: Index, peaks: Peaks) -> Array:
    """N and CS at maxima over curves (K,), (K, 2); beside a jump on the side that pays."""
    at = np.clip(peaks.x + BEYOND * peaks.inside, 0.0, 1.0)
    return curves.pieces.value(curves.pieces.find(curve, at), at)
