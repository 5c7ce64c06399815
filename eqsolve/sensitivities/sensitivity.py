"""Sensitivities of one equilibrium: solve around the game, difference, and say what is special."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsolve import arguments as read
from eqsolve.equilibrium import solve_many
from eqsolve.errors import InputError
from eqsolve.numerics.quadrature import Array
from eqsolve.regimes import Fixed, RegimeName
from eqsolve.selections import SelectionName
from eqsolve.sensitivities.differences import (
    ROUNDING,
    STEPS,
    Side,
    agree,
    central,
    one_sided,
    steps_from,
    usable_steps,
)
from eqsolve.sensitivities.envelope import envelope
from eqsolve.sensitivities.record import MEASURED, Kind, Sensitivity, Slope, sign_of
from eqsolve.spans import default_span
from eqsolve.status import Status
from eqsolve.sweeps.keys import WHOLE_KEYS, check_keys, numeric_keys, refuse_whole, varying_keys

if TYPE_CHECKING:
    from eqsolve.params import Params
    from eqsolve.results import Equilibria, Equilibrium

LARGEST = 2.0**-6
"""The largest step, as a share of the parameter."""

OF_SPAN = 0.1
"""The share of its usual range that stands for the size of a parameter that is 0."""

SHRINKS = 3
"""How often the largest step may be quartered to stay inside the range of a parameter."""


@dataclass(frozen=True)
class Probe:
    """The games around one game along one parameter.

    Attributes:
        key, value, scale: the parameter, and the size of its values.
        steps: largest first, (STEPS,).
        low, high: games below and above, in the order of `steps`; empty beyond a bound.
    """

    key: str
    value: float
    scale: float
    steps: Array
    low: tuple[Params, ...]
    high: tuple[Params, ...]


@dataclass(frozen=True)
class Neighbors:
    """Solved games of a probe: quantities (STEPS, Q), and whether the platform does the same, (STEPS,)."""

    values: Array
    alike: NDArray[np.bool_]


@read.arguments(
    params=read.game,
    keys=read.optional(read.several(read.text, one=True)),
    regime=read.text,
    selection=read.text,
)
def sensitivity(
    params: Params,
    *,
    keys: str | Sequence[str] | None = None,
    regime: RegimeName = "endogenous",
    selection: SelectionName = "initial",
    fix: Fixed = None,
) -> Sensitivity:
    """Differentiate q*, beta*, N, profit and CS in every numeric parameter of a game.

    The share of a segment moves with the other shares rescaled in proportion. Differences over five steps,
    from 1/64 of the parameter down by factors of four, are extrapolated; by how much they disagree, and the
    noise that the finest show, is the error estimate. Where users do not see a parameter profit has the slope
    of the envelope theorem.

    Args:
        params: the game.
        keys: parameters to differentiate in, or the one; all by default.
        regime, selection, fix: as for `solve`.

    Raises:
        InputError: unknown keys, regime or selection; the game itself cannot be solved.
    """
    named = check_keys(params, keys) if keys is not None else tuple(numeric_keys(params))
    if keys is None:
        named = tuple(key for key in named if key not in WHOLE_KEYS)
    refuse_whole(named)
    probes = [probe(params, key) for key in named]
    games = [params, *(game for each in probes for game in (*each.low, *each.high))]
    solved = solve_many(games, regime=regime, selection=selection, fix=fix)
    base = solved.row(0)
    if not np.isfinite(base.quality):
        raise InputError(f"there is nothing to differentiate: {base.certificate.message}")
    rows, notes, known = {}, [*_corners(solved)], envelope(base)
    for each, low, high in gather(probes, solved, 0, 1):
        rows[each.key], told = slopes_of(each, low, high, _measured(solved, slice(0, 1))[0])
        notes += told
        if each.key in known:
            rows[each.key]["profit"] = _known(rows[each.key], known[each.key], base, each)
    return Sensitivity(
        params, regime, selection, base, {each.key: each.value for each in probes}, rows, tuple(notes),
        len(solved),
    )  # fmt: skip


def probe(params: Params, key: str) -> Probe:
    """The games around `params` along `key`, as far as its range allows."""
    value = varying_keys(params)[key]
    low, high = default_span(params, key)
    scale = abs(value) or OF_SPAN * (high - low)
    tried = [_probe(params, key, value, scale, LARGEST * scale / 4.0**n) for n in range(SHRINKS + 1)]
    return max(tried, key=lambda each: bool(each.low) + bool(each.high))


def _probe(params: Params, key: str, value: float, scale: float, largest: float) -> Probe:
    steps = steps_from(largest)
    low, high = (_games(params, key, value + sign * steps) for sign in (-1.0, 1.0))
    return Probe(key, value, scale, steps, low, high)


def _games(params: Params, key: str, values: Array) -> tuple[Params, ...]:
    try:
        return tuple(params.replace({key: value}) for value in values.tolist())
    except InputError:
        return ()


def gather(
    probes: Sequence[Probe], solved: Equilibria, at: int, first: int
) -> Iterator[tuple[Probe, Neighbors | None, Neighbors | None]]:
    """The solved neighbors of each probe; they start at row `first`, and the game itself is row `at`."""
    for each in probes:
        sides: list[Neighbors | None] = []
        for games in (each.low, each.high):
            rows = slice(first, first + len(games))
            sides.append(_neighbors(solved, rows, at) if games else None)
            first += len(games)
        yield each, sides[0], sides[1]


def _measured(solved: Equilibria, rows: slice) -> Array:
    return np.stack([solved.columns[name][rows] for name in MEASURED], axis=1)


def _neighbors(solved: Equilibria, rows: slice, at: int) -> Neighbors:
    tuned = solved.intensity > 0
    alike = (tuned[rows] == tuned[at]) & (solved.status[rows] == Status.CERTIFIED)
    return Neighbors(_measured(solved, rows), alike)


def slopes_of(
    each: Probe, low: Neighbors | None, high: Neighbors | None, at: Array
) -> tuple[dict[str, Slope], list[str]]:
    """The slopes of every quantity in one parameter, and what is special about them."""
    counts = [usable_steps(at, side.values, side.alike) if side else 0 for side in (low, high)]
    sides = [
        one_sided(at, side.values, sign * each.steps, count) if side else _none(at)
        for side, sign, count in zip((low, high), (-1.0, 1.0), counts, strict=True)
    ]
    left, right = sides
    both = min(counts) >= 3 and low is not None and high is not None
    whole, error = (
        central(at, low.values, high.values, each.steps, min(counts))
        if both and low is not None and high is not None
        else (np.full_like(at, np.nan),) * 2
    )
    with np.errstate(invalid="ignore"):
        same = agree(left, right)
    row = {name: _slope(i, each, at[i], left, right, same, whole, error) for i, name in enumerate(MEASURED)}
    return row, [*_ends(each, low, high, counts), *_kinks(each, row)]


def _known(row: dict[str, Slope], value: float, base: Equilibrium, each: Probe) -> Slope:
    """The slope of profit, given by the envelope theorem where profit has one."""
    slope = row["profit"]
    if slope.kind not in ("smooth", "one-sided"):
        return slope
    left, right = (value if np.isfinite(side) else side for side in (slope.left, slope.right))
    error = ROUNDING * max(1.0, abs(value)) + base.certificate.residual
    ratio = each.value / base.profit if base.profit and each.value else np.nan
    sign = sign_of(value, error, each.scale)
    return Slope(slope.kind, value, error, left, right, elasticity=value * ratio, sign=sign)


def _none(at: Array) -> Side:
    return Side(np.full_like(at, np.nan), np.full_like(at, np.nan))


def _slope(
    i: int, each: Probe, at: float, left: Side, right: Side, same: Array, whole: Array, error: Array
) -> Slope:
    kind: Kind
    sides = (float(left.slope[i]), float(right.slope[i]))
    errors = (float(left.error[i]), float(right.error[i]))
    if np.isfinite(whole[i]) and same[i]:
        kind, value, doubt = "smooth", float(whole[i]), float(error[i])
    elif np.isfinite(sides).all():
        kind, value, doubt = "kink", np.nan, max(errors)
    elif np.isfinite(sides).any():
        kind, value, doubt = "one-sided", float(np.nanmax(sides)), float(np.nanmax(errors))
    else:
        kind, value, doubt = "jump", np.nan, np.nan
    signs = [sign_of(s, e, each.scale) for s, e in zip(sides, errors, strict=True)]
    sign = "|".join(dict.fromkeys(signs)) if kind == "kink" else sign_of(value, doubt, each.scale)
    ratio = each.value / float(at) if at and each.value else np.nan
    return Slope(kind, value, doubt, *sides, elasticity=value * ratio, sign=sign)


def _ends(each: Probe, low: Neighbors | None, high: Neighbors | None, counts: list[int]) -> Iterator[str]:
    """Where the parameter cannot go, and where the branch ends within the steps."""
    for side, sign, count, words in ((low, -1.0, counts[0], "below"), (high, 1.0, counts[1], "above")):
        if side is None:
            yield f"{each.key} = {each.value:g} has no room {words}: derivatives are one-sided"
        elif count < STEPS:
            far = each.value + sign * each.steps[STEPS - 1 - count]
            near = each.value + sign * each.steps[STEPS - count] if count else each.value
            yield f"{each.key}: another branch {words}, from between {near:.6g} and {far:.6g} on"


def _kinks(each: Probe, row: dict[str, Slope]) -> Iterator[str]:
    bent = [name.replace("_", " ") for name, slope in row.items() if slope.kind == "kink"]
    if bent:
        yield f"{each.key} = {each.value:g} is a kink of {', '.join(bent)}: left and right derivatives differ"


def _corners(solved: Equilibria) -> Iterator[str]:
    certificate: Any = solved.row(0).certificate
    for corner in certificate.corners:
        yield f"corner: {corner}"
    if certificate.maximum == "kink":
        yield "quality is at a kink of the payoff, where a group becomes covered or drops out"
    if certificate.maximum == "jump":
        yield "quality is at a jump of the payoff, where participation starts"
    if not certificate.status.certified:
        yield f"not certified: {certificate.message}"
