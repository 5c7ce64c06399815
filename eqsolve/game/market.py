"""What the platform expects from users when it chooses: payoffs gross of the fixed cost, on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.discretization import Discretization, discretize, needs_of, symmetric
from eqsolve.game.games import Games, Index
from eqsolve.game.participation import FOOTHOLD, VANISHING, participate
from eqsolve.game.paths import adjust_along
from eqsolve.game.payoffs import (
    intensity_cost,
    marginal_training_cost,
    participation_values,
    payoff_scale,
    revenue,
    surplus_by_segment,
    training_cost,
    user_surplus,
)
from eqsolve.game.response import Rows, initial_values, make_rows, respond
from eqsolve.game.slopes import surplus_slope, value_slope
from eqsolve.numerics.pieces import highest
from eqsolve.numerics.quadrature import Array

ROUGH = 1e-5
"""Residual to which participation is solved while scanning."""

ROUGH_ORDER = 12
"""Order of the grid on which the certificate scans."""

ENTRY = 1e-9
"""A share of users about this large has a cost within this share of the scale above the lowest."""

LEAST_NOISE = 1e-4
"""Rough residuals and grids leave scanned payoffs off by less than this share of the payoff scale."""

BENT = 16.0
"""A rule that ignores a kink is off by less than this part of what it would be at a jump as high."""

LARGE, LARGE_ORDER = 2**15, 10
"""Numbers in a table of own feedback from which scans are made on grids of a lower order, and that order."""

ROUGH_PANELS = 4
"""Panels for scanning with a kinked kernel, whose precise grids are large."""

TILE = 2**17
"""Numbers in a work array (rows times nodes): keeps the working set in cache."""


@dataclass(frozen=True)
class Market:
    """Participation and payoffs for one batch of games.

    Attributes:
        whole: discretization that resolves kinks, for outcomes of any kind.
        precise: the same for payoffs, on half grids where all games are symmetric and stay so, and smooth.
        rough: discretization for scans, off by about 1e-4.
        selection: rule that chooses among participation equilibria.
        welfare: whether user surplus counts in the objective (regime `planner`).
        continuous: whether the intensity is chosen from an interval.
        care: how many times as finely as usual choices are scanned, and as widely around the best.
    """

    whole: Discretization
    precise: Discretization
    rough: Discretization
    selection: str
    welfare: bool
    continuous: bool
    care: int = 1

    @property
    def games(self) -> Games:
        """The batch."""
        return self.precise.games

    @cached_property
    def noise(self) -> Array:
        """How far scanned payoffs may be off, (G,).

        A rule that ignores where H(v(x)) bends or jumps misplaces at most the users of one node for every
        jump, and a share of them if H rises over more than a node.
        """
        model, games = self.rough, self.games
        at_node = (games.share[:, :, None] * model.tastes[model.taste_of]).sum(axis=1).max(axis=1)
        rise = games.law.rise(games.scale, games.cost_shape)
        gap = model.x.weights.max() / (2.0 if model.x.half else 1.0)
        steepest = games.misfit / games.kernel.width(games.match_shape) * gap / rise
        bend = np.ones_like(steepest) if games.law.jumps else np.minimum(steepest / BENT, 1.0)
        off = np.maximum(games.revenue * at_node * bend, LEAST_NOISE * payoff_scale(games))
        return np.asarray(self.care * (2.0 * off if self.welfare else off))

    @cached_property
    def entry(self) -> Array:
        """Quality at which the first users take part in the initial model, (G,); others may follow.

        It is nan for laws under which the very first users are too few to count.
        """
        model, games = self.precise, self.games
        cheapest = games.law.lowest(games.scale, games.cost_shape)
        first = games.law.share(cheapest + ENTRY * games.scale, games.scale, games.cost_shape)
        cheapest = np.where(first >= ENTRY / 2.0, cheapest, np.nan)
        best_match = highest(model.initial_match, model.x)[model.initial_of]
        return np.asarray(cheapest + games.misfit * (1.0 - best_match))

    def payoff(self, game: Index, q: Array, beta: Array, *, precise: bool) -> Array:
        """Objective gross of the fixed cost F, (R,).

        It is -inf where participation has no equilibrium, and where a rough one cannot be told.

        Args:
            game, q, beta: rows, (R,) each.
            precise: whether kinks are resolved and residuals driven to rounding.
        """
        model = self.precise if precise else self.rough
        result = np.empty(q.size)
        for part in _tiles(model, game, beta):
            rows = make_rows(model, game[part], q[part], beta[part])
            if precise:
                solved = participate(rows, self.selection)
                known = solved.solved
            else:
                solved = participate(rows, self.selection, ROUGH, adjust_along)
                known = solved.solved & ~self._misjudged(rows, solved.first)
            result[part] = np.where(known, self._payoff(rows, solved.state), -np.inf)
        return result

    def payoff_and_slope(self, game: Index, q: Array, beta: Array) -> tuple[Array, Array]:
        """Precise payoff, as by `payoff`, and its derivative in q, (R,) each; nan where there is none.

        Either all intensities are positive or none is.
        """
        payoff, slope = np.empty((2, q.size))
        for part in _tiles(self.precise, game, beta):
            rows = make_rows(self.precise, game[part], q[part], beta[part])
            solved = participate(rows, self.selection)
            payoff[part] = np.where(solved.solved, self._payoff(rows, solved.state), -np.inf)
            participation, value = value_slope(rows, solved.state)
            slope[part] = revenue(self.games, rows.game, participation)
            slope[part] -= marginal_training_cost(self.games, rows.game, rows.q)
            if self.welfare:
                slope[part] += surplus_slope(rows, solved.state, value)
        return payoff, slope

    def _payoff(self, rows: Rows, state: Array) -> Array:
        game, participation = rows.game, np.where(state[:, 0] > VANISHING, state[:, 0], 0.0)
        payoff = revenue(self.games, game, participation)
        payoff = payoff - training_cost(self.games, game, rows.q)
        payoff -= intensity_cost(self.games, game, rows.beta)
        if self.welfare:
            payoff += user_surplus(rows, surplus_by_segment(rows, participation_values(rows, state)))
        return payoff

    def _misjudged(self, rows: Rows, seen: Array) -> NDArray[np.bool_]:
        """Rough rows in which the first users, who decide whether others follow, fall between nodes.

        Their mass appears to be `seen`, (R,).
        """
        misjudged = np.zeros(len(rows), dtype=bool)
        few = np.flatnonzero((rows.beta > 0) & (seen < FOOTHOLD))
        if not few.size:
            return misjudged
        exact = make_rows(self.precise, rows.game[few], rows.q[few], np.zeros(few.size))
        first = respond(exact, initial_values(exact))[:, 0]
        misjudged[few] = np.abs(seen[few] - first) > first / 2.0
        return misjudged


def _tiles(model: Discretization, game: Index, beta: Array) -> Iterator[Index]:
    """Rows (R,) that are worked on together; those with the same own feedback stand together."""
    size = max(1, TILE // (model.x.size * model.games.share.shape[1] + model.y.size))
    order = np.lexsort((beta, game))
    return (order[start : start + size] for start in range(0, order.size, size))


def open_market(
    games: Games, selection: str, *, welfare: bool, continuous: bool, care: int = 1, check: bool = False
) -> Market:
    """Discretize a batch of games that need the same grids.

    Args:
        games: the batch.
        selection: see `eqsolve.game.participation.SELECTIONS`.
        welfare, continuous, care: see `Market`.
        check: use the certificate's grids: another order, more panels, other panel edges.
    """
    order, extra, scanned = (20, 1, ROUGH_ORDER) if check else (16, 0, 16)
    needs = needs_of(games)
    whole = discretize(games, *needs.grids(order, extra))
    half = selection == "initial" and games.kernel.smooth and bool(symmetric(games).all())
    grids = needs.grids(order, extra, half)
    if games.kernel.smooth and games.personalization.any() and grids[1].size * grids[2].size > LARGE:
        scanned = LARGE_ORDER
    rough = [
        replace(grid, order=scanned, panels=grid.panels if games.kernel.smooth else ROUGH_PANELS)
        for grid in grids
    ]
    return Market(
        whole,
        discretize(games, *grids) if half else whole,
        discretize(games, *rough, cut=False),
        selection,
        welfare,
        continuous,
        care,
    )
