"""Games under policies: the best floor beside the best subsidy, and a small subsidy beside none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.findings.evidence import SHOWN, Case, Flags, Kind, Solves, Table
from eqsolve.findings.regimes import REGIMES, Regimes, solve_regimes, solved
from eqsolve.findings.work import Work
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params

SMALL = 0.01
"""A small subsidy."""

COMPARED = ("training-subsidy", "quality-floor")
"""The instruments that are set beside each other, each at its best."""


@dataclass(frozen=True)
class Compared:
    """Games with the best subsidy and with the best floor.

    Attributes (n games):
        regimes: the games without a policy.
        table: value and welfare of each instrument, by name and instrument.
        certified: whether the game, and both policies, are, (n,).
    """

    regimes: Regimes
    table: Table
    certified: Flags

    def welfare(self, instrument: str) -> Array:
        """Welfare with the best value of an instrument, (n,)."""
        return np.asarray(self.table[f"welfare.{instrument}"], dtype=np.float64)

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record the game as it is and under both policies."""
        game = self.regimes.games[row]
        facts: dict[str, Any] = {"without": {"welfare": float(self.regimes.of("endogenous", "welfare")[row])}}
        games = {"game": game}
        for name in COMPARED:
            value, welfare = (float(self.table[f"{what}.{name}"][row]) for what in ("value", "welfare"))
            facts[name] = {"value": value, "welfare": welfare}
            games[name] = game.under({name: value})
        return Case(games, regimes, facts, margin)

    def again(self, rows: Sequence[int], solver: Solves) -> Compared:
        """Solve some games again, one by one."""
        parts = [compare_policies(self.regimes.again([row], solver), solver) for row in rows]
        tables = [part.table for part in parts]
        return Compared(
            self.regimes.again(rows, solver),
            {name: np.concatenate([table[name] for table in tables]) for name in tables[0]},
            np.concatenate([part.certified for part in parts]),
        )


def compare_policies(found: Regimes, solver: Solves) -> Compared:
    """Find the best floor and the best subsidy of games."""
    table = solver.policies(found.games, COMPARED)
    certified = np.all([found.certified, *(table[f"certified.{name}"] for name in COMPARED)], axis=0)
    return Compared(found, table, np.asarray(certified))


@dataclass(frozen=True)
class Subsidized:
    """Games without a policy and under a small subsidy.

    Attributes:
        before, after: the games, n rows each.
        certified: whether both are, (n,).
    """

    before: Regimes
    after: Regimes
    certified: Flags

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record the game, and what happens in it without and under the subsidy."""
        sides = {"game": self.before, "subsidized": self.after}
        facts = {
            label: {name: float(side.of("endogenous", name)[row]) for name in SHOWN}
            for label, side in sides.items()
        }
        return Case({label: side.games[row] for label, side in sides.items()}, regimes, facts, margin)

    def again(self, rows: Sequence[int], solver: Solves) -> Subsidized:
        """Solve some games again."""
        return subsidize(self.before.again(rows, solver), solver)


def subsidize(before: Regimes, solver: Solves) -> Subsidized:
    """Solve games under a small subsidy."""
    after = solve_regimes([_small(game) for game in before.games], solver)
    return Subsidized(before, after, before.certified & after.certified)


def _small(game: Params) -> Params:
    return game.under({"training-subsidy": SMALL})


def _solve_compared(work: Work) -> Compared:
    return compare_policies(solved(work).first(len(work.some)), work.solver)


def _solve_subsidized(work: Work) -> Subsidized:
    return subsidize(solved(work), work.solver)


def _solves_compared(work: Work) -> int:
    return len(work.some)


def _solves_subsidized(work: Work) -> int:
    return 2 * len(work.games)


BEST_POLICIES = Kind("policies", _solve_compared, _solves_compared, (REGIMES,))
SUBSIDIZED = Kind("subsidized", _solve_subsidized, _solves_subsidized, (REGIMES,))
