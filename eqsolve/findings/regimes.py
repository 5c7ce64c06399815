"""Games under the regimes none, forced and endogenous, and users at the quality of none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.findings.evidence import SHOWN, Case, Flags, Kind, Solves, Table, fixed_costs, is_certified
from eqsolve.findings.work import Work
from eqsolve.game.decision import fine_tunes
from eqsolve.game.games import columns
from eqsolve.game.payoffs import payoff_scale
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params


@dataclass(frozen=True)
class Regimes:
    """Games under the regimes none, forced and endogenous, as flat columns."""

    games: Sequence[Params]
    tables: Mapping[str, Table]
    certified: Flags

    def of(self, regime: str, name: str) -> NDArray[Any]:
        """Return a column, (n,)."""
        return self.tables[regime][name]

    def change(self, name: str, regime: str = "forced") -> Array:
        """Return X under a regime less X under none, (n,)."""
        return np.asarray(self.of(regime, name) - self.of("none", name), dtype=np.float64)

    @property
    def active(self) -> Flags:
        """Whether N > 0 without fine-tuning, (n,)."""
        return np.asarray(self.of("none", "participation") > 0)

    @property
    def gain(self) -> Array:
        """The gross gain of fine-tuning: the change of profit at F = 0, (n,)."""
        return np.asarray(self.change("profit") + fixed_costs(self.games))

    @property
    def accurate(self) -> Array:
        """Share of users whose feedback is accurate (theta_j > 1/2), (n,)."""
        return np.array(
            [sum(s.share for s in game.users.segments if s.accuracy > 0.5) for game in self.games]
        )

    def segment_change(self, name: str, regime: str = "forced") -> Array:
        """Return the change of a quantity of each segment, (n, J)."""
        segments = [segment.name for segment in self.games[0].users.segments]
        return np.stack([self.change(f"{name}.{segment}", regime) for segment in segments], axis=1)

    @property
    def accurate_segments(self) -> Flags:
        """Which segments give accurate feedback and have users, (n, J)."""
        return np.array(
            [[s.accuracy > 0.5 and s.share > 0 for s in game.users.segments] for game in self.games]
        )

    def first(self, count: int) -> Regimes:
        """The first games."""
        some = slice(0, count)
        tables = {
            regime: {name: column[some] for name, column in table.items()}
            for regime, table in self.tables.items()
        }
        return Regimes(self.games[some], tables, self.certified[some])

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record a game and what happens in it under the regimes."""
        facts: dict[str, Any] = {r: {name: float(self.of(r, name)[row]) for name in SHOWN} for r in regimes}
        for regime in set(regimes) - {"none"}:
            facts[regime]["feedback_quality"] = float(self.of(regime, "feedback_quality")[row])
            facts[regime]["direction"] = str(self.of(regime, "direction")[row])
        return Case({"game": self.games[row]}, regimes, facts, margin)

    def again(self, rows: Sequence[int], solver: Solves) -> Regimes:
        """Solve some games again."""
        return solve_regimes([self.games[i] for i in rows], solver)


def solve_regimes(games: Sequence[Params], solver: Solves) -> Regimes:
    """Solve games under none, forced and endogenous.

    The endogenous equilibrium of a binary choice is the better of the other two: the platform's plan for
    stage 2 is either. It is certified if both are.
    """
    tables = {"none": solver.equilibria(games, "none"), "forced": solver.equilibria(games, "forced")}
    if any(game.finetuning.choice == "continuous" for game in games):
        tables["endogenous"] = solver.equilibria(games, "endogenous")
    else:
        none, forced = tables["none"], tables["forced"]
        gain, scale = forced["profit"] - none["profit"], payoff_scale(columns(games))
        adopt = fine_tunes(gain, scale, forced["quality"], none["quality"])
        tables["endogenous"] = {name: np.where(adopt, forced[name], column) for name, column in none.items()}
    return Regimes(games, tables, np.all([is_certified(table) for table in tables.values()], axis=0))


@dataclass(frozen=True)
class AtQuality:
    """Games under regimes, and what fine-tuning would do to users at the quality of none.

    Attributes:
        regimes: the games and their equilibria.
        change: change of CS_j where fine-tuning is adopted, the quality being that of none, (n, J); nan
            elsewhere.
        certified: rows whose equilibria are, and whose participation at that quality is, (n,).
    """

    regimes: Regimes
    change: Array
    certified: Flags

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record a game, what happens in it, and the change at fixed quality."""
        case = self.regimes.case(row, margin, regimes)
        segments = self.regimes.games[row].users.segments
        named = {s.name: float(x) for s, x in zip(segments, self.change[row], strict=True)}
        return replace(case, facts={**case.facts, "change of CS at the quality of none": named})

    def again(self, rows: Sequence[int], solver: Solves) -> AtQuality:
        """Solve some games again."""
        return at_quality(self.regimes.again(rows, solver), solver)


def at_quality(found: Regimes, solver: Solves) -> AtQuality:
    """Play stage 3 of adopting games at the quality of none and the intensity that they adopt."""
    rows = np.flatnonzero(found.of("endogenous", "intensity") > 0)
    change = np.full((len(found.games), len(found.games[0].users.segments)), np.nan)
    certified = found.certified.copy()
    if rows.size:
        games = [found.games[int(i)] for i in rows]
        q, beta = found.of("none", "quality")[rows], found.of("endogenous", "intensity")[rows]
        tuned, plain = solver.participation(games, q, beta), solver.participation(games, q, 0.0 * beta)
        change[rows] = tuned.surplus - plain.surplus
        certified[rows] &= tuned.certified & plain.certified
    return AtQuality(found, change, certified)


def _solve(work: Work) -> Regimes:
    return solve_regimes(work.games, work.solver)


def _solve_at_quality(work: Work) -> AtQuality:
    return at_quality(solved(work), work.solver)


def solved(work: Work) -> Regimes:
    """The games that are drawn, under their regimes."""
    found = work.evidence(REGIMES)
    assert isinstance(found, Regimes)
    return found


def _solves(work: Work) -> int:
    return 2 * len(work.games)


def _none(work: Work) -> int:
    return 0


REGIMES = Kind("regimes", _solve, _solves)
AT_QUALITY = Kind("quality", _solve_at_quality, _none, (REGIMES,))
