"""Finding the values of one parameter at which what happens changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil, log2
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eqsolve import arguments as read
from eqsolve.adoption import Adopter, Adoption
from eqsolve.equilibrium import solve_many
from eqsolve.errors import InputError, Problem, nearest
from eqsolve.numerics.brackets import Brackets, Index, narrow
from eqsolve.numerics.quadrature import Array
from eqsolve.selections import SelectionName
from eqsolve.spans import default_span
from eqsolve.sweeps.axes import Range
from eqsolve.sweeps.design import check_keys, games_at
from eqsolve.sweeps.keys import refuse_whole
from eqsolve.thresholds.conditions import CONDITIONS, Condition
from eqsolve.thresholds.record import Crossing, Threshold

if TYPE_CHECKING:
    from eqsolve.params import Params
    from eqsolve.results import Equilibria

TOLERANCE = 1e-9
"""Widest bracket around a threshold, in the units of the parameter."""


SCAN = 65
"""Values at which the range is scanned."""


ROUNDS = 3
"""How often a value is added where the margin dips towards zero between scanned values."""


JUMP = 1e-6
"""The margin jumps where it is further than this from zero on either side of a bracket."""


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

    The range is scanned; every change between scanned values is bracketed until it is known to 1e-9.

    Args:
        params: the game; its own value of `of` does not matter.
        of: key of the parameter, as in `finetuning.cost`.
        where: what starts or stops, a condition of `eqsolve threshold --where`.
        low, high: the range; by default that usual for the key.
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


def _not_crossed(condition: Condition, over: Range, margins: Array) -> str:
    where = "nowhere" if margins[0] <= 0 else "everywhere"
    return (
        f"{over.key} = {over.low:g}:{over.high:g} has no threshold: {where} in this range it holds that "
        f"{condition.words} ({condition.margin_name} {margins[0]:+.6g} at {over.low:g}, "
        f"{margins[-1]:+.6g} at {over.high:g})"
    )
