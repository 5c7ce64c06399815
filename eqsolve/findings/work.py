"""The work of testing statements: a design over the domain, and each kind of evidence, solved once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from eqsolve.errors import InputError
from eqsolve.findings.domain import Domain
from eqsolve.findings.evidence import (
    COST_KEY,
    LINE,
    AtQuality,
    Engagement,
    Evidence,
    Planner,
    Raised,
    Regimes,
    Table,
    at_quality,
    join,
    solve_engagement,
    solve_lines,
    solve_planner,
    solve_raised,
    solve_regimes,
)
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params
from eqsolve.regimes import RegimeName
from eqsolve.sweeps.design import Range, games_at, make_design, sample
from eqsolve.sweeps.engine import executor_of, run, solve_rows

ENGAGEMENT_CHUNK = 128
"""Games of which a worker solves participation at a time."""

CHOICES_SHARE = 8
"""Games of which one is also solved as a planner plays it, and with better feedback: four solves more."""

LINE_SHARE = 64
"""One line of transaction costs is drawn for this many games..."""

FEWEST_LINES = 4
"""...but no fewer than these, or one for each game."""


class Work:
    """The design, and the evidence of each kind once it is needed."""

    def __init__(
        self, domain: Domain, points: int, seed: int, jobs: int, report: Callable[..., None] | None
    ) -> None:
        if jobs < 1:
            raise InputError(f"jobs = {jobs}: expected at least 1")
        make_design(domain.base, domain.ranges, kind="sobol", points=points, seed=seed)
        self.domain, self.seed, self.jobs, self.report = domain, seed, jobs, report
        # The quality at which statement 5 looks is one more dimension of the design.
        table = self._draw([*domain.ranges, Range("quality", 0.0, 1.0)], points)
        self.games = games_at(domain.base, [each.key for each in domain.ranges], table[:, :-1])
        self.quality = table[:, -1]
        self.costs = domain.range_of(COST_KEY)
        self.done, self.total = 0, 0
        self.known: dict[str, Evidence | None] = {}

    def plan(self, kinds: Iterable[str]) -> None:
        """Count the solves to come, for the progress report."""
        effort = {
            "regimes": 2 * len(self.games),
            "lines": 2 * LINE * self.lines if self.costs else 0,
            "engagement": len(self.games),
            "welfare": len(self.some),
            "choices": 3 * len(self.some),
        }
        kinds = {*kinds}
        needed = (kinds - {"quality"}) | ({"regimes"} if kinds & {"quality", "welfare"} else set())
        self.total = sum(effort[kind] for kind in needed)

    @property
    def some(self) -> Sequence[Params]:
        """The games that are solved in more ways: the first ones, which a Sobol design spreads evenly."""
        return self.games[: max(len(self.games) // CHOICES_SHARE, min(len(self.games), FEWEST_LINES))]

    @property
    def lines(self) -> int:
        """Number of lines of transaction costs."""
        return max(len(self.games) // LINE_SHARE, min(len(self.games), FEWEST_LINES))

    def evidence(self, kind: str) -> Evidence | None:
        """Return evidence of a kind; None if the domain does not vary what it needs."""
        if kind not in self.known:
            make = {
                "regimes": self._regimes,
                "lines": self._lines,
                "engagement": self._engagement,
                "quality": self._at_quality,
                "welfare": self._planner,
                "choices": self._choices,
            }[kind]
            self.known[kind] = make()
        return self.known[kind]

    def solve(self, games: Sequence[Params], regime: RegimeName) -> Table:
        """Solve games, telling how far the whole is."""

        def tell(done: int, total: int) -> None:
            if self.report:
                self.report(self.done + done, self.total, note=regime)

        table = solve_rows(games, regime=regime, jobs=self.jobs, report=tell)
        self.done += len(games)
        return table

    def solve_again(self, games: Sequence[Params], regime: RegimeName) -> Table:
        """Solve games for a second look."""
        return solve_rows(games, regime=regime, jobs=self.jobs if len(games) > 1 else 1)

    def _draw(self, ranges: Sequence[Range], points: int) -> Array:
        """Draw points; that their number is no power of two has been said of the design as a whole."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return sample(ranges, points, seed=self.seed)

    def _regimes(self) -> Regimes:
        return solve_regimes(self.games, self.solve)

    def _solved(self) -> Regimes:
        found = self.evidence("regimes")
        assert isinstance(found, Regimes)
        return found

    def _at_quality(self) -> AtQuality:
        return at_quality(self._solved())

    def _choices(self) -> Raised:
        return solve_raised(self.some, self.solve)

    def _planner(self) -> Planner:
        found, some = self._solved(), slice(0, len(self.some))
        tables = {
            regime: {name: column[some] for name, column in table.items()}
            for regime, table in found.tables.items()
        }
        return solve_planner(Regimes(self.some, tables, found.certified[some]), self.solve)

    def _lines(self) -> Evidence | None:
        over = self.costs
        if over is None:
            return None
        others = [each for each in self.domain.ranges if each is not over]
        bases = [self.domain.base]
        if others:
            table = self._draw(others, self.lines)
            bases = games_at(self.domain.base, [each.key for each in others], table)
        spread = np.geomspace if over.low > 0 else np.linspace
        return solve_lines(bases, spread(over.low, over.high, LINE), self.solve)

    def _engagement(self) -> Evidence:
        starts = range(0, len(self.games), ENGAGEMENT_CHUNK)
        tasks = [
            (self.games[i : i + ENGAGEMENT_CHUNK], self.quality[i : i + ENGAGEMENT_CHUNK]) for i in starts
        ]
        parts: dict[int, Engagement] = {}
        with executor_of(self.jobs) as executor:
            for number, part in run(solve_engagement, tasks, executor, self.jobs):
                parts[number] = part
                self.done += len(part.games)
                if self.report:
                    self.report(self.done, self.total, note="given q")
        return join([parts[i] for i in range(len(tasks))])
