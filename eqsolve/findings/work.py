"""The work of testing statements: a design over the domain, and each kind of evidence, solved once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from eqsolve.findings.domain import Domain
from eqsolve.findings.evidence import Evidence, Kind
from eqsolve.findings.solver import Solver
from eqsolve.findings.store import Store
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params
from eqsolve.sweeps.design import Range, games_at, make_design, sample

SOME_SHARE, FEWEST = 8, 4
"""Games of which one is also solved in ways that take several solves more, and how many at least."""


class Work:
    """The design, and the evidence of each kind once it is needed.

    Attributes:
        domain, seed: of the design.
        games, quality: the games, and the quality at which statement 5 looks at each, (n,).
        solver: what solves them, and keeps what is solved.
    """

    def __init__(
        self,
        domain: Domain,
        points: int,
        seed: int,
        jobs: int = 1,
        report: Callable[..., None] | None = None,
        keep: Path | None = None,
    ) -> None:
        self.solver = Solver(jobs, Store(keep) if keep else None, self._tell)
        make_design(domain.base, domain.ranges, kind="sobol", points=points, seed=seed)
        self.domain, self.seed, self._report = domain, seed, report
        # The quality at which statement 5 looks is one more dimension of the design.
        table = self.draw([*domain.ranges, Range("quality", 0.0, 1.0)], points)
        self.games = games_at(domain.base, [each.key for each in domain.ranges], table[:, :-1])
        self.quality = table[:, -1]
        self._done, self._total = 0, 0
        self._known: dict[str, Evidence | None] = {}

    def plan(self, kinds: Iterable[Kind]) -> None:
        """Count the solves to come, for the progress report."""
        needed: dict[str, Kind] = {}
        waiting = list(kinds)
        while waiting:
            kind = waiting.pop()
            needed[kind.name] = kind
            waiting += kind.needs
        self._total = sum(kind.solves(self) for kind in needed.values())

    @property
    def some(self) -> Sequence[Params]:
        """The games that are solved in more ways: the first ones, which a Sobol design spreads evenly."""
        return self.games[: max(len(self.games) // SOME_SHARE, min(len(self.games), FEWEST))]

    def evidence(self, kind: Kind) -> Evidence | None:
        """Return evidence of a kind; None if the domain does not vary what it needs."""
        if kind.name not in self._known:
            self._known[kind.name] = kind.solve(self)
        return self._known[kind.name]

    def draw(self, ranges: Sequence[Range], points: int) -> Array:
        """Draw points; that their number is no power of two has been said of the design as a whole."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return sample(ranges, points, seed=self.seed)

    def _tell(self, games: int, note: str) -> None:
        self._done += games
        if self._report:
            self._report(min(self._done, self._total), self._total, note=note)
