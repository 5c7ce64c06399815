"""What the statements are tested on: games under regimes, lines of transaction costs, raised feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from eqsolve.findings.engagement import participation_at
from eqsolve.game.decision import fine_tunes
from eqsolve.game.games import columns
from eqsolve.game.payoffs import payoff_scale
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params
from eqsolve.regimes import REGIMES, RegimeName
from eqsolve.status import Status
from eqsolve.values import ByValue

Table = Mapping[str, NDArray[Any]]
Flags = NDArray[np.bool_]

PLANNER = cast(RegimeName, next(name for name, regime in REGIMES.items() if regime.welfare))

STEP = 0.05
"""By how much a share or an accuracy is raised; less where the bound 1 is closer."""

SHOWN = ("quality", "intensity", "participation", "profit", "user_surplus")
"""Quantities that the record of a witness or counterexample shows for every regime."""


class Solve(Protocol):
    """Solves games under a regime, into the flat columns of `Equilibria.table`."""

    def __call__(self, games: Sequence[Params], regime: RegimeName) -> Table:
        """Solve the games."""


@dataclass(frozen=True, eq=False)
class Case(ByValue):
    """A witness or a counterexample.

    Attributes:
        games: the games it consists of, by what they are; one, mostly.
        regimes: the regimes to solve them under.
        facts: the numbers that make the case, by name.
        margin: how far the claim holds (> 0) or is violated (< 0), in the units of the claim.
    """

    games: Mapping[str, Params]
    regimes: tuple[str, ...]
    facts: Mapping[str, Any]
    margin: float


class Evidence(Protocol):
    """Games that were solved for a claim; `certified` says which of them count, (n,)."""

    @property
    def certified(self) -> Flags:
        """Which games count, (n,)."""

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record a row as a witness or counterexample."""

    def again(self, rows: Sequence[int], solve: Solve) -> Evidence:
        """Solve some rows again, apart from all others, and more finely where that can matter."""


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
        return self.change("profit") + fixed_costs(self.games)

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

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record a game and what happens in it under the regimes."""
        facts: dict[str, Any] = {r: {name: float(self.of(r, name)[row]) for name in SHOWN} for r in regimes}
        for regime in set(regimes) - {"none"}:
            facts[regime]["feedback_quality"] = float(self.of(regime, "feedback_quality")[row])
            facts[regime]["direction"] = str(self.of(regime, "direction")[row])
        return Case({"game": self.games[row]}, regimes, facts, margin)

    def again(self, rows: Sequence[int], solve: Solve) -> Regimes:
        """Solve some games again."""
        return solve_regimes([self.games[i] for i in rows], solve)


def solve_regimes(games: Sequence[Params], solve: Solve) -> Regimes:
    """Solve games under none, forced and endogenous.

    The endogenous equilibrium of a binary choice is the better of the other two: the platform's plan for
    stage 2 is either. It is certified if both are.
    """
    tables = {"none": solve(games, "none"), "forced": solve(games, "forced")}
    if any(game.finetuning.choice == "continuous" for game in games):
        tables["endogenous"] = solve(games, "endogenous")
    else:
        none, forced = tables["none"], tables["forced"]
        gain, scale = forced["profit"] - none["profit"], payoff_scale(columns(games))
        adopt = fine_tunes(gain, scale, forced["quality"], none["quality"])
        tables["endogenous"] = {name: np.where(adopt, forced[name], column) for name, column in none.items()}
    return Regimes(games, tables, np.all([is_certified(table) for table in tables.values()], axis=0))


def fixed_costs(games: Sequence[Params]) -> Array:
    """Return F of each game, (n,)."""
    return np.array([game.finetuning.cost for game in games])


def is_certified(table: Table) -> Flags:
    """Return which rows of a table are certified, (n,)."""
    return np.asarray(table["status"] == Status.CERTIFIED, dtype=bool)


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

    def again(self, rows: Sequence[int], solve: Solve) -> AtQuality:
        """Solve some games again."""
        return at_quality(self.regimes.again(rows, solve))


def at_quality(found: Regimes) -> AtQuality:
    """Play stage 3 of adopting games at the quality of none and the intensity that they adopt."""
    rows = np.flatnonzero(found.of("endogenous", "intensity") > 0)
    change = np.full((len(found.games), len(found.games[0].users.segments)), np.nan)
    certified = found.certified.copy()
    if rows.size:
        games = [found.games[int(i)] for i in rows]
        q, beta = found.of("none", "quality")[rows], found.of("endogenous", "intensity")[rows]
        tuned, plain = participation_at(games, q, beta), participation_at(games, q, 0.0 * beta)
        change[rows] = tuned.surplus - plain.surplus
        certified[rows] &= tuned.certified & plain.certified
    return AtQuality(found, change, certified)


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

    def again(self, rows: Sequence[int], solve: Solve) -> Planner:
        """Solve some games again."""
        return solve_planner(self.regimes.again(rows, solve), solve)


def solve_planner(found: Regimes, solve: Solve) -> Planner:
    """Solve games as a planner plays them."""
    table = solve(found.games, PLANNER)
    return Planner(found, table, found.certified & is_certified(table))


@dataclass(frozen=True)
class Raised:
    """Equilibria under forced, and those with the better segment's share or accuracy raised.

    Attributes (n games):
        games: the games.
        base, more, sharper: N and q* as the game is, with a larger share and with a higher accuracy, (n, 2).
        lead: N_j of the best less N_j of the worst segment in feedback, (n,).
        raised: as in `Engagement`.
        certified: whether all these equilibria are, (n,).
    """

    games: Sequence[Params]
    base: Array
    more: Array
    sharper: Array
    lead: Array
    raised: Sequence[tuple[Params | None, Params | None]]
    certified: Flags

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record the game and the two games with better feedback."""
        values = {"game": self.base, "larger-share": self.more, "higher-accuracy": self.sharper}
        facts = {
            quantity: {name: float(table[row, i]) for name, table in values.items()}
            for i, quantity in enumerate(("participation", "quality"))
        }
        return Case(_beside(self.games[row], self.raised[row]), regimes, facts, margin)

    def again(self, rows: Sequence[int], solve: Solve) -> Raised:
        """Solve some games again."""
        return solve_raised([self.games[i] for i in rows], solve)


def _beside(game: Params, raised: tuple[Params | None, Params | None]) -> dict[str, Params]:
    """A game and those with better feedback, as far as feedback can be better, by name."""
    games = {"game": game, **dict(zip(("larger-share", "higher-accuracy"), raised, strict=True))}
    return {name: each for name, each in games.items() if each is not None}


def solve_raised(games: Sequence[Params], solve: Solve) -> Raised:
    """Solve games under forced, as they are and with better feedback."""
    raised = [_raised(game) for game in games]
    table = solve(games, "forced")
    certified, after = is_certified(table).copy(), []
    for which in range(2):
        rows = [i for i, pair in enumerate(raised) if pair[which] is not None]
        found = np.full((len(games), 2), np.nan)
        if rows:
            part = solve([game for i in rows if (game := raised[i][which]) is not None], "forced")
            found[rows] = np.stack([part["participation"], part["quality"]], axis=1)
            certified[rows] &= is_certified(part)
        after.append(found)
    base = np.stack([table["participation"], table["quality"]], axis=1)
    names = [segment.name for segment in games[0].users.segments]
    by_segment = np.stack([table[f"participation.{name}"] for name in names], axis=1)
    return Raised(games, base, after[0], after[1], _lead(games, by_segment), raised, certified)


COST_KEY = "users.transaction_cost.scale"
MISFIT_KEY = "users.misfit_cost"
LINE = 8
"""Transaction costs on a line: the smallest and the largest of the domain, and six between."""

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

    def again(self, rows: Sequence[int], solve: Solve) -> Lines:
        """Solve some lines again with more costs."""
        share = np.linspace(0.0, 1.0, FINER * (self.costs.size - 1) + 1)
        finer = np.interp(share, np.linspace(0.0, 1.0, self.costs.size), self.costs)
        return solve_lines([self.bases[i] for i in rows], finer, solve)


def solve_lines(bases: Sequence[Params], costs: Array, solve: Solve) -> Lines:
    """Solve each game at every transaction cost, (m,), without and with fine-tuning."""
    games = [base.replace({COST_KEY: float(cost)}) for base in bases for cost in costs]
    none, forced = solve(games, "none"), solve(games, "forced")
    shape = len(bases), costs.size
    gain = forced["profit"] - none["profit"] + fixed_costs(games)
    certified = np.all(is_certified(none).reshape(shape) & is_certified(forced).reshape(shape), axis=1)
    active = np.asarray(none["participation"] > 0).reshape(shape)
    return Lines(bases, costs, np.asarray(gain).reshape(shape), active, np.asarray(certified))


@dataclass(frozen=True)
class Engagement:
    """Participation at given (q, beta), and after the better segment's share or accuracy is raised.

    Attributes (n games):
        games, quality: the games, and the quality at which each is looked at; beta is the full strength.
        base, more, sharper: N as the game is, with a larger share and with a higher accuracy, (n,) each.
        lead: N_j of the best less N_j of the worst segment in feedback, (n,).
        raised: games with a larger share and with a higher accuracy; None where it is 1 already.
        certified: whether all these participation equilibria are, (n,).
    """

    games: Sequence[Params]
    quality: Array
    base: Array
    more: Array
    sharper: Array
    lead: Array
    raised: Sequence[tuple[Params | None, Params | None]]
    certified: Flags

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record the game and the two games with better feedback."""
        facts = {
            "given": {"quality": self.quality[row], "intensity": self.games[row].finetuning.strength},
            "participation": {
                "game": self.base[row], "larger-share": self.more[row], "higher-accuracy": self.sharper[row],
                "best less worst segment": self.lead[row],
            },
        }  # fmt: skip
        return Case(_beside(self.games[row], self.raised[row]), regimes, facts, margin)

    def again(self, rows: Sequence[int], solve: Solve) -> Engagement:
        """Solve some games again."""
        return solve_engagement([self.games[i] for i in rows], self.quality[list(rows)])


def solve_engagement(games: Sequence[Params], quality: Array) -> Engagement:
    """Solve participation at `quality`, (n,), and full strength, as it is and with better feedback."""
    raised = [_raised(game) for game in games]
    strength = np.array([game.finetuning.strength for game in games])
    base = participation_at(games, quality, strength)
    certified, after = base.certified.copy(), []
    for which in range(2):
        rows = [i for i, pair in enumerate(raised) if pair[which] is not None]
        n = np.full(len(games), np.nan)
        if rows:
            found = participation_at(
                [game for i in rows if (game := raised[i][which]) is not None], quality[rows], strength[rows]
            )
            n[rows] = found.participation
            certified[rows] &= found.certified
        after.append(n)
    lead = _lead(games, base.by_segment)
    return Engagement(games, quality, base.participation, after[0], after[1], lead, raised, certified)


def _lead(games: Sequence[Params], by_segment: Array) -> Array:
    """N_j of the best less N_j of the worst segment in feedback, (n,)."""
    accuracy = np.array([[s.accuracy for s in game.users.segments] for game in games])
    every = np.arange(len(games))
    return np.asarray(by_segment[every, accuracy.argmax(axis=1)] - by_segment[every, accuracy.argmin(axis=1)])


def join(parts: Sequence[Engagement]) -> Engagement:
    """Put the rows of several batches together."""
    lists: dict[str, Any] = {
        name: list(chain.from_iterable(getattr(part, name) for part in parts)) for name in ("games", "raised")
    }
    columns = {f.name for f in fields(Engagement)} - lists.keys()
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in columns
    }
    return Engagement(**lists, **arrays)


def _raised(game: Params) -> tuple[Params | None, Params | None]:
    """The game with more users in the segment of best feedback, and with better feedback of it."""
    best = max(game.users.segments, key=lambda segment: segment.accuracy)
    key = f"users.segments.{best.name}"
    share, accuracy = min(best.share + STEP, 1.0), min(best.accuracy + STEP, 1.0)
    alike = len({segment.accuracy for segment in game.users.segments}) == 1
    more = None if best.share == 1.0 or alike else game.replace({f"{key}.share": share})
    return more, None if best.accuracy == 1.0 else game.replace({f"{key}.accuracy": accuracy})
