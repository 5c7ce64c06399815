"""Thresholds: the values of one parameter at which what happens changes, each with the games beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil, log2
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsolve import arguments as read
from eqsolve._version import __version__
from eqsolve.adoption import Adopter, Adoption
from eqsolve.equilibrium import solve_many
from eqsolve.errors import InputError, Problem, nearest
from eqsolve.numerics.brackets import Brackets, Index, narrow
from eqsolve.numerics.quadrature import Array
from eqsolve.provenance import Provenance, provenance
from eqsolve.results import QUANTITIES
from eqsolve.selections import SelectionName
from eqsolve.spans import default_span
from eqsolve.strictjson import strict, to_json
from eqsolve.sweeps.axes import Range
from eqsolve.sweeps.design import check_keys, games_at
from eqsolve.sweeps.keys import refuse_whole
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.params import Params
    from eqsolve.results import Equilibria, Equilibrium

SCHEMA = "eqsolve/threshold/1"
"""Name and version of the JSON layout."""

TOLERANCE = 1e-9
"""Widest bracket around a threshold, in the units of the parameter."""

SCAN = 65
"""Values at which the range is scanned."""

ROUNDS = 3
"""How often a value is added where the margin dips towards zero between scanned values."""

JUMP = 1e-6
"""The margin jumps where it is further than this from zero on either side of a bracket."""


@dataclass(frozen=True)
class Condition:
    """Something that holds in an equilibrium or not.

    Attributes:
        words: what it says, for a sentence: "the platform fine-tunes".
        margin: positive where it holds; what that is called is `margin_name`.
        graded: whether the margin says how far the edge is, rather than only yes (1) or no (-1).
    """

    words: str
    margin_name: str
    margin: Callable[[Adoption], Array]
    graded: bool = True


def _adopted(change: Callable[[Adoption], Array]) -> Callable[[Adoption], Array]:
    """The smaller of the platform's gain and of a change: positive where it fine-tunes and the change is."""
    return lambda games: np.minimum(games.adoption_margin, change(games))


def _directed(word: str) -> Callable[[Adoption], Array]:
    return lambda games: np.where(games.outputs == word, 1.0, -1.0)


CONDITIONS = {
    "adopts": Condition("the platform fine-tunes", "profit gain", lambda games: games.adoption_margin),
    "active": Condition(
        "users take part without fine-tuning",
        "participation without fine-tuning",
        lambda games: games.participation,
    ),
    "users-gain": Condition(
        "the platform fine-tunes and users gain",
        "smaller of profit gain and change of user surplus",
        _adopted(lambda games: games.users_margin),
    ),
    "users-lose": Condition(
        "the platform fine-tunes and users lose",
        "smaller of profit gain and loss of user surplus",
        _adopted(lambda games: -games.users_margin),
    ),
    "society-loses": Condition(
        "the platform fine-tunes and welfare falls",
        "smaller of profit gain and loss of welfare",
        _adopted(lambda games: -games.society_margin),
    ),
    "centralized": Condition(
        "the platform fine-tunes and outputs become centralized",
        "yes (1) or no (-1):",
        _directed("centralized"),
        graded=False,
    ),
    "polarized": Condition(
        "the platform fine-tunes and outputs become polarized",
        "yes (1) or no (-1):",
        _directed("polarized"),
        graded=False,
    ),
}
"""What `threshold` can look for, by name (docs/thresholds.md, Conditions)."""


@dataclass(frozen=True, eq=False)
class Crossing(ByValue):
    """A value at which a condition starts or stops to hold.

    Attributes:
        value: the threshold.
        below, above: the equilibria just beside it, at most `TOLERANCE` apart.
        below_value, above_value: their values of the parameter.
        holds_above: whether the condition holds above (and not below) or below (and not above).
        jump: whether the margin of the condition jumps there rather than passing through zero.
    """

    value: float
    below_value: float
    above_value: float
    holds_above: bool
    jump: bool
    below: Equilibrium = field(repr=False)
    above: Equilibrium = field(repr=False)

    @property
    def certified(self) -> bool:
        """Whether the equilibria on both sides are."""
        return self.below.certificate.status.certified and self.above.certificate.status.certified


@dataclass(frozen=True, eq=False)
class Threshold(ByValue):
    """All thresholds found in a range of one parameter.

    Attributes:
        params, key, condition, selection, version: the question.
        low, high: the range.
        crossings: the thresholds, in order.
        scanned: values at which the range was scanned; what happens twice between two of them may be missed.
        solves: equilibria computed.
        uncertified: scanned values whose equilibria are not certified.
    """

    params: Params = field(repr=False)
    key: str
    condition: str
    selection: str
    low: float
    high: float
    crossings: tuple[Crossing, ...]
    scanned: int
    solves: int
    uncertified: int
    version: str = __version__

    @property
    def values(self) -> tuple[float, ...]:
        """The thresholds."""
        return tuple(crossing.value for crossing in self.crossings)

    @property
    def certified(self) -> bool:
        """Whether every equilibrium beside a threshold is."""
        return all(crossing.certified for crossing in self.crossings)

    @property
    def provenance(self) -> Provenance:
        """How they came about."""
        return provenance(
            "threshold",
            self.params,
            ("--of", self.key),
            ("--where", self.condition),
            ("--range", f"{self.low!r}:{self.high!r}"),
            selection=self.selection,
            version=self.version,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout of `SCHEMA`."""
        whole = {
            "schema": SCHEMA,
            "version": self.version,
            "provenance": self.provenance.to_dict(),
            "params": self.params.model_dump(mode="json"),
            "of": self.key,
            "where": self.condition,
            "selection": self.selection,
            "range": [self.low, self.high],
            "scanned": self.scanned,
            "solves": self.solves,
            "uncertified": self.uncertified,
            "thresholds": [_crossing_dict(crossing) for crossing in self.crossings],
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())

    def plot(self, ax: Axes | None = None) -> Figure:
        """Draw the range and the games beside each threshold; the range alone into `ax` if given."""
        from eqsolve.threshold_figure import threshold_figure

        return threshold_figure(self.to_dict(), ax)

    def __str__(self) -> str:
        words = CONDITIONS[self.condition].words
        sides = (f"{c.value:.10g} ({'above' if c.holds_above else 'below'})" for c in self.crossings)
        return f"{words} where {self.key} crosses {', '.join(sides)}"


@read.arguments(
    params=read.game,
    of=read.text,
    where=read.text,
    low=read.optional(read.number),
    high=read.optional(read.number),
    selection=read.text,
    report=read.optional(read.function),
)
def threshold(
    params: Params,
    of: str,
    where: str = "adopts",
    *,
    low: float | None = None,
    high: float | None = None,
    selection: SelectionName = "initial",
    report: Callable[..., None] | None = None,
) -> Threshold:
    """Find where a condition starts or stops to hold as one parameter moves.

    The range is scanned; every change between scanned values is bracketed until it is known within
    `TOLERANCE`.

    Args:
        params: the game; its own value of `of` does not matter.
        of: key of the parameter, as in `finetuning.cost`.
        where: name of one of `CONDITIONS`.
        low, high: the range; by default `eqsolve.spans.default_span`.
        selection: rule among participation equilibria (docs/model.md, Participation).
        report: called as report(done, total) with equilibria computed; the total is what bisection would
            take, and what is left of it when the thresholds are found is not computed.

    Raises:
        InputError: unknown condition or key, a range that is empty or leaves that of the key, or no threshold
            in the range (the message has the margins at both ends).
    """
    over = checked_range(params, of, where, low, high)
    expected = 2 * SCAN
    adopter = Adopter(selection, None if report is None else lambda solves, _: report(solves, expected))
    condition = CONDITIONS[where]

    def games(values: Array) -> list[Params]:
        return games_at(params, [over.key], values[:, None])

    def look(lines: Index, at: Array) -> tuple[NDArray[np.intp], Array]:
        found = condition.margin(adopter(games(at)))
        return (found > 0).astype(np.intp), found[:, None]

    values, margins, uncertified = _scan(lambda at: adopter(games(at)), condition.margin, over)
    changes = np.flatnonzero(np.diff(margins > 0))
    if not changes.size:
        raise InputError(_not_crossed(condition, over, margins))
    wide = (values[changes + 1] - values[changes]).max()
    expected = adopter.solves + 2 * changes.size * ceil(log2(max(wide / TOLERANCE, 2.0)))
    ends = narrow(look, _brackets(values, margins, changes), TOLERANCE)
    sides = solve_many(games(np.concatenate([ends.low, ends.high])), selection=selection)
    return Threshold(
        params=params, key=over.key, condition=where, selection=selection, low=over.low, high=over.high,
        crossings=_crossings(condition, ends, sides),
        scanned=values.size, solves=adopter.solves + len(sides), uncertified=uncertified,
    )  # fmt: skip


def _brackets(values: Array, margins: Array, changes: Index) -> Brackets:
    """The intervals between scanned values in which the condition starts or stops to hold."""
    kinds, guides = (margins > 0).astype(np.intp), margins[:, None]
    low, high = changes, changes + 1
    return Brackets(values[low], values[high], kinds[low], kinds[high], guides[low], guides[high])


def _crossings(condition: Condition, ends: Brackets, sides: Equilibria) -> tuple[Crossing, ...]:
    """The thresholds at which brackets have ended, given the equilibria at their low and high ends."""
    leaps = np.maximum(np.abs(ends.low_guide[:, 0]), np.abs(ends.high_guide[:, 0])) > JUMP
    return tuple(
        Crossing(
            value=float(ends.crossing[i]),
            below_value=float(ends.low[i]),
            above_value=float(ends.high[i]),
            holds_above=bool(ends.high_kind[i]),
            jump=condition.graded and bool(leaps[i]),
            below=sides.row(i),
            above=sides.row(len(ends) + i),
        )
        for i in range(len(ends))
    )


def checked_range(params: Params, of: str, where: str, low: float | None, high: float | None) -> Range:
    """The key with its range; raises InputError with all that is wrong."""
    problems: list[Problem] = []
    if where not in CONDITIONS:
        problems.append(Problem(f"unknown condition {where!r}: {nearest(where, CONDITIONS)}"))
    span = default_span(params, of)
    try:
        (key,) = check_keys(params, [of])
        refuse_whole([key])
        for value in (low, high):
            if value is not None:
                params.replace({key: value})
    except InputError as error:
        problems += error.problems
    try:
        over = Range(of, span[0] if low is None else low, span[1] if high is None else high)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(*problems)
    return replace(over, key=key)


def _scan(
    solve: Callable[[Array], Adoption], margin: Callable[[Adoption], Array], over: Range
) -> tuple[Array, Array, int]:
    """Values in the range with the margins there, and how many are not certified.

    Evenly spaced values, and the lowest points of parabolas where the margin dips towards zero.
    """
    values = np.linspace(over.low, over.high, SCAN)
    found = solve(values)
    margins, uncertified = margin(found), int((~found.certified).sum())
    for _ in range(ROUNDS):
        added = _dips(values, margins)
        if not added.size:
            break
        found = solve(added)
        values, margins = np.append(values, added), np.append(margins, margin(found))
        uncertified += int((~found.certified).sum())
        order = np.argsort(values)
        values, margins = values[order], margins[order]
    return values, margins, uncertified


def _dips(x: Array, y: Array) -> Array:
    """Where parabolas through three neighbors of one sign come nearest to zero, if that is between them."""
    left, mid, right = np.abs(y[:-2]), np.abs(y[1:-1]), np.abs(y[2:])
    alike = (np.sign(y[:-2]) == np.sign(y[1:-1])) & (np.sign(y[1:-1]) == np.sign(y[2:]))
    dip = alike & (mid < left) & (mid < right)
    a, b, c = x[:-2][dip], x[1:-1][dip], x[2:][dip]
    down, up = (left[dip] - mid[dip]) / (b - a), (right[dip] - mid[dip]) / (c - b)
    vertex = b + (down * (c - b) - up * (b - a)) / (down + up) / 2.0
    apart = np.minimum(np.abs(vertex - a), np.minimum(np.abs(vertex - b), np.abs(vertex - c)))
    return np.asarray(vertex[(vertex > a) & (vertex < c) & (apart > 1e-3 * (c - a))])


def _not_crossed(condition: Condition, over: Range, margins: Array) -> str:
    where = "nowhere" if margins[0] <= 0 else "everywhere"
    return (
        f"{over.key} = {over.low:g}:{over.high:g} has no threshold: {where} in this range it holds that "
        f"{condition.words} ({condition.margin_name} {margins[0]:+.6g} at {over.low:g}, "
        f"{margins[-1]:+.6g} at {over.high:g})"
    )


def _crossing_dict(crossing: Crossing) -> dict[str, Any]:
    sides = {
        side: {
            "value": value,
            **{name: getattr(equilibrium, name) for name in (*QUANTITIES, "direction")},
            "status": equilibrium.certificate.status,
            "regret": equilibrium.certificate.regret,
        }
        for side, value, equilibrium in (
            ("below", crossing.below_value, crossing.below),
            ("above", crossing.above_value, crossing.above),
        )
    }
    return {"value": crossing.value, "holds": "above" if crossing.holds_above else "below",
            "jump": crossing.jump, **sides}  # fmt: skip
