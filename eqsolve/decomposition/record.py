"""The decomposition of a change in user surplus: the record, its printed table and its plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.decomposition.regions import Intervals
from eqsolve.decomposition.shapley import shapley
from eqsolve.decomposition.worlds import FACTORS, worlds_between
from eqsolve.errors import InputError
from eqsolve.numerics.quadrature import Array
from eqsolve.results import Equilibrium
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCHEMA = "eqsolve/decomposition/1"
"""Name and version of the JSON layout."""

HEADINGS = tuple(name.replace("_", " ") for name in FACTORS)


@dataclass(frozen=True, eq=False)
class Terms(ByValue):
    """What each factor adds to surplus, per user (docs/decomposition.md).

    Attributes:
        initial_quality: q as after instead of as before.
        quality_regained: what the crowd's feedback teaches the model, (1 - zeta) rho in Q_j.
        outputs_moved: where the crowd's feedback moves outputs, (1 - zeta) r(y) in f_jx.
        personal_feedback: the user's own feedback, zeta w_j in both.
    """

    initial_quality: float
    quality_regained: float
    outputs_moved: float
    personal_feedback: float

    @property
    def sum(self) -> float:
        """All of them together."""
        return self.initial_quality + self.quality_regained + self.outputs_moved + self.personal_feedback


@dataclass(frozen=True, eq=False)
class Breakdown(ByValue):
    """A change in surplus per user, and why; of everyone, or of one segment.

    Attributes:
        name: the segment, or "everyone".
        change: CS after less CS before, as the two results have it.
        terms: they sum to the change within 1e-12.
        popular, niche: the parts of the terms that fall to popular tastes and to all others.
        gaining, losing: shares of the users, in [0, 1], who get more and less than before; the others get
            the same, most of them because they never take part.
    """

    name: str
    change: float
    terms: Terms
    popular: Terms
    niche: Terms
    gaining: float
    losing: float


@dataclass(frozen=True, eq=False)
class SegmentBreakdown(Breakdown):
    """The breakdown of one segment, and the intervals of tastes at which its users gain and lose."""

    gaining_tastes: Intervals
    losing_tastes: Intervals


@dataclass(frozen=True, eq=False)
class TasteCurve(ByValue):
    """The change in surplus per user of each taste, and why (J segments, n tastes).

    Attributes:
        taste: x, (n,).
        names: of the segments.
        change: S(v_j(x)) after less before, (J, n).
        terms: what the factors contribute, in the order of `FACTORS`, (4, J, n); they sum to the change.
    """

    taste: Array
    names: tuple[str, ...]
    change: Array
    terms: Array


@dataclass(frozen=True, eq=False)
class Decomposition(ByValue):
    """Why users gain or lose between two results of one game.

    Attributes:
        before, after: the results.
        total: the breakdown of everyone, the segments' weighted by their shares.
        segments: the breakdown of every segment.
        popular_tastes: the intervals of popular tastes (docs/decomposition.md).
    """

    before: Equilibrium = field(repr=False)
    after: Equilibrium = field(repr=False)
    total: Breakdown
    segments: tuple[SegmentBreakdown, ...]
    popular_tastes: Intervals

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the terms."""
        return FACTORS

    def by_taste(self, points: int | Sequence[float] | Array = 401) -> TasteCurve:
        """Decompose the change taste by taste.

        Args:
            points: tastes in [0, 1], or how many evenly spaced ones.

        Raises:
            InputError: a taste outside [0, 1].
        """
        taste = np.linspace(0.0, 1.0, points) if isinstance(points, int) else np.array(points, dtype=float)
        if not ((taste >= 0) & (taste <= 1)).all():
            raise InputError("tastes lie in [0, 1]")
        worlds = worlds_between(self.before, self.after)
        games = worlds.rows.model.games
        v = worlds.v @ worlds.rows.model.x.interpolation(taste).T
        surplus = games.law.surplus(v, games.scale[0], games.cost_shape[0])[worlds.of]
        names = tuple(segment.name for segment in self.segments)
        return TasteCurve(taste, names, surplus[-1] - surplus[0], shapley(surplus))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names."""
        regimes = {
            when: {"regime": result.regime, "selection": result.selection, "fix": result.fix.to_dict()}
            for when, result in (("before", self.before), ("after", self.after))
        }
        whole = {
            "schema": SCHEMA,
            "version": self.after.version,
            "params": self.after.params.model_dump(mode="json"),
            **regimes,
            "factors": list(FACTORS),
            "popular_tastes": self.popular_tastes,
            "total": asdict(self.total),
            "segments": [asdict(segment) for segment in self.segments],
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON; numbers read back to the same double."""
        return to_json(self.to_dict())

    def plot(self, ax: Axes | None = None) -> Figure:
        """Draw the change in surplus over tastes; that of the first segment into `ax` if given."""
        from eqsolve.decomposition.figure import decomposition_figure

        return decomposition_figure([self], ax)

    def __str__(self) -> str:
        rows = [("", *HEADINGS, "change", "gaining", "losing")]
        for each in (*self.segments, self.total):
            numbers = [f"{value:+.6f}" for value in (*vars(each.terms).values(), each.change)]
            rows.append((each.name, *numbers, f"{each.gaining:.1%}", f"{each.losing:.1%}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [[cell.rjust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
        sides = (f"{r.regime} ({r.fix} fixed)" if r.fix else r.regime for r in (self.before, self.after))
        title = f"user surplus, {' to '.join(sides)}"
        return "\n".join([title, *map("  ".join, lines)])
