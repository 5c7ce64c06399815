"""Lines of transaction costs: games that differ in nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.findings.evidence import COST_KEY, Case, Flags, Kind, Solves, fixed_costs, is_certified
from eqsolve.findings.work import Work
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params
from eqsolve.sweeps.design import games_at

LINE = 8
"""Transaction costs on a line: the smallest and the largest of the domain, and six between."""

LINE_SHARE = 64
"""One line of transaction costs is drawn for this many games..."""

FEWEST_LINES = 4
"""...but no fewer than these, or one for each game."""

FINER = 4
"""How many times finer a line is solved again."""


@dataclass(frozen=True)
class Lines:
    """Games that differ in the transaction cost alone: a line of costs for each sampled game.

    Attributes (n lines of m costs):
        bases: the games.
        costs: C, (m,).
        gain: the gross gain of fine-tuning at each cost, (n, m).
        active: whether N > 0 without fine-tuning, (n, m).
        certified: whether all games of the line are, (n,).
    """

    bases: Sequence[Params]
    costs: Array
    gain: Array
    active: Flags
    certified: Flags

    def best(self) -> NDArray[np.intp]:
        """Return where on the line the gain of active games is largest beyond the smallest cost, (n,)."""
        return np.asarray(1 + np.argmax(np.where(self.active, self.gain, -np.inf)[:, 1:], axis=1))

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record the games at the smallest cost and at the one where the gain is largest."""
        top = int(self.best()[row])
        ends = {"smallest-cost": 0, "largest-gain": top}
        games = {name: self.bases[row].replace({COST_KEY: float(self.costs[i])}) for name, i in ends.items()}
        facts = {name: {"C": self.costs[i], "gross_gain": self.gain[row, i]} for name, i in ends.items()}
        facts["line"] = {"C": self.costs.tolist(), "gross_gain": self.gain[row].tolist()}
        return Case(games, regimes, facts, margin)

    def again(self, rows: Sequence[int], solver: Solves) -> Lines:
        """Solve some lines again with more costs."""
        share = np.linspace(0.0, 1.0, FINER * (self.costs.size - 1) + 1)
        finer = np.interp(share, np.linspace(0.0, 1.0, self.costs.size), self.costs)
        return solve_lines([self.bases[i] for i in rows], finer, solver)


def solve_lines(bases: Sequence[Params], costs: Array, solver: Solves) -> Lines:
    """Solve each game at every transaction cost, (m,), without and with fine-tuning."""
    games = [base.replace({COST_KEY: float(cost)}) for base in bases for cost in costs]
    none, forced = (solver.equilibria(games, regime) for regime in ("none", "forced"))
    shape = len(bases), costs.size
    gain = forced["profit"] - none["profit"] + fixed_costs(games)
    certified = np.all(is_certified(none).reshape(shape) & is_certified(forced).reshape(shape), axis=1)
    active = np.asarray(none["participation"] > 0).reshape(shape)
    return Lines(bases, costs, np.asarray(gain).reshape(shape), active, np.asarray(certified))


def lines_of(work: Work) -> int:
    """How many lines are drawn beside the games of a design."""
    return max(len(work.games) // LINE_SHARE, min(len(work.games), FEWEST_LINES))


def _solve(work: Work) -> Lines | None:
    over = work.domain.range_of(COST_KEY)
    if over is None:
        return None
    others = [each for each in work.domain.ranges if each is not over]
    bases = [work.domain.base]
    if others:
        bases = games_at(work.domain.base, [each.key for each in others], work.draw(others, lines_of(work)))
    spread = np.geomspace if over.low > 0 else np.linspace
    return solve_lines(bases, spread(over.low, over.high, LINE), work.solver)


def _solves(work: Work) -> int:
    return 2 * LINE * lines_of(work) if work.domain.range_of(COST_KEY) else 0


LINES = Kind("lines", _solve, _solves)
