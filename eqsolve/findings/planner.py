"""Games as a planner plays them beside the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from eqsolve.findings.evidence import SHOWN, Case, Flags, Kind, Solves, Table, is_certified
from eqsolve.findings.regimes import REGIMES as UNDER_REGIMES
from eqsolve.findings.regimes import Regimes, solved
from eqsolve.findings.work import Work
from eqsolve.regimes import REGIMES, RegimeName

PLANNER = cast(RegimeName, next(name for name, regime in REGIMES.items() if regime.welfare))


@dataclass(frozen=True)
class Planner:
    """Games as the platform and as a planner play them; attributes as of `Regimes`."""

    regimes: Regimes
    planner: Table
    certified: Flags

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record a game and what happens in it."""
        case = self.regimes.case(row, margin, ("endogenous",))
        facts = {**case.facts, PLANNER: {name: float(self.planner[name][row]) for name in SHOWN}}
        return replace(case, regimes=regimes, facts=facts)

    def again(self, rows: Sequence[int], solver: Solves) -> Planner:
        """Solve some games again."""
        return solve_planner(self.regimes.again(rows, solver), solver)


def solve_planner(found: Regimes, solver: Solves) -> Planner:
    """Solve games as a planner plays them."""
    table = solver.equilibria(found.games, PLANNER)
    return Planner(found, table, found.certified & is_certified(table))


def _solve(work: Work) -> Planner:
    return solve_planner(solved(work).first(len(work.some)), work.solver)


def _solves(work: Work) -> int:
    return len(work.some)


WELFARE = Kind("welfare", _solve, _solves, (UNDER_REGIMES,))
