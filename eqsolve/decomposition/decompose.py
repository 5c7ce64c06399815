"""Decompose the change in user surplus between two results of one game."""

from __future__ import annotations

import numpy as np

from eqsolve import arguments as read
from eqsolve.comparison.keys import differing, flat
from eqsolve.decomposition.record import Breakdown, Decomposition, SegmentBreakdown, Terms
from eqsolve.decomposition.regions import Intervals, Region, intersection, popular_tastes, positive, restrict
from eqsolve.decomposition.shapley import shapley
from eqsolve.decomposition.worlds import Worlds, worlds_between
from eqsolve.errors import InputError, Problem
from eqsolve.game.payoffs import surplus_by_segment
from eqsolve.game.response import Rows, cut_panels, integrand, levels, masses
from eqsolve.numerics.quadrature import Array
from eqsolve.results import Equilibrium

SAME_VALUE = 1e-12
"""A user whose value changes by less neither gains nor loses."""


@read.arguments(before=read.equilibrium, after=read.equilibrium)
def decompose(before: Equilibrium, after: Equilibrium) -> Decomposition:
    """Say why users gain or lose when one game goes from one result to another.

    Users' values depend on a regime through four factors: initial quality, quality regained from the crowd's
    feedback, outputs moved by it, and personal feedback. Each gets its Shapley value, the mean of what
    switching it adds to surplus over all orders of switching (docs/decomposition.md).

    Args:
        before, after: two results of the same game, of any regimes, selections and policies; usually the
            first has regime `none`.

    Raises:
        InputError: the games differ, with the keys that do; or one was not solved.
    """
    _require_one_game(before, after)
    worlds = worlds_between(before, after)
    popular = popular_tastes(worlds.rows)
    terms = shapley(worlds.surplus())
    among_popular = shapley(_surplus_in(worlds, popular))
    segments = tuple(
        _segment(worlds, j, before, after, terms[:, j], among_popular[:, j])
        for j in range(len(before.segments))
    )
    return Decomposition(before, after, _everyone(before, after, segments), segments, popular.intervals())


def _require_one_game(before: Equilibrium, after: Equilibrium) -> None:
    advice = "only results of one game can be decomposed"
    found = differing(*(flat(result.params.under({})) for result in (before, after)))
    if found:
        raise InputError(
            *(
                Problem(f"{key} is {old} before and {new} after: {advice}", key)
                for key, (old, new) in found.items()
            )
        )
    unsolved = {r.certificate.message for r in (before, after) if not np.isfinite(r.quality)}
    if unsolved:
        raise InputError(*(f"there is nothing to decompose: {message}" for message in sorted(unsolved)))


def _surplus_in(worlds: Worlds, region: Region) -> Array:
    """CS_j over the tastes of a region in each of the sixteen worlds, (16, J)."""
    inside = restrict(worlds.rows, worlds.v, region)
    if inside is None:
        return np.zeros((worlds.of.size, worlds.v.shape[1]))
    return np.asarray(surplus_by_segment(*inside)[worlds.of])


def _segment(
    worlds: Worlds, j: int, before: Equilibrium, after: Equilibrium, terms: Array, popular: Array
) -> SegmentBreakdown:
    gaining, gaining_tastes = _better_off(worlds, j, worlds.of[-1], worlds.of[0])
    losing, losing_tastes = _better_off(worlds, j, worlds.of[0], worlds.of[-1])
    return SegmentBreakdown(
        name=after.segments[j].name,
        change=after.segments[j].user_surplus - before.segments[j].user_surplus,
        terms=_terms(terms),
        popular=_terms(popular),
        niche=_terms(terms - popular),
        gaining=gaining,
        losing=losing,
        gaining_tastes=gaining_tastes,
        losing_tastes=losing_tastes,
    )


def _terms(values: Array) -> Terms:
    return Terms(*(float(value) for value in values))


def _better_off(worlds: Worlds, j: int, here: int, there: int) -> tuple[float, Intervals]:
    """Share of segment j who get more in one world than in another, and their tastes.

    A user with taste x and cost c is among them if v is larger here, and larger than c.
    """
    rows, grid = worlds.rows.take(np.array([here])), worlds.rows.model.x
    gain = positive(worlds.v[here, j] - worlds.v[there, j] - SAME_VALUE, grid)
    inside = restrict(rows, worlds.v[here : here + 1], gain)
    if inside is None:
        return 0.0, ()
    lowest_cost = np.nanmin(levels(rows))
    takes_part = positive(worlds.v[here, j] - lowest_cost, grid)
    return float(_participation(*inside)[0, j]), intersection(gain.intervals(), takes_part.intervals())


def _participation(rows: Rows, v: Array) -> Array:
    """N_j over the tastes of rows, (R, J)."""
    return np.asarray(masses(rows, integrand(rows, v, "share", cut_panels(rows, v))).sum(axis=2))


def _everyone(before: Equilibrium, after: Equilibrium, segments: tuple[SegmentBreakdown, ...]) -> Breakdown:
    shares = [segment.share for segment in after.params.users.segments]

    def mean(values: list[float]) -> float:
        return float(np.dot(shares, values))

    def weighted(part: str) -> Terms:
        columns = zip(*(vars(getattr(segment, part)).values() for segment in segments), strict=True)
        return Terms(*(mean(list(column)) for column in columns))

    return Breakdown(
        name="everyone",
        change=after.user_surplus - before.user_surplus,
        terms=weighted("terms"),
        popular=weighted("popular"),
        niche=weighted("niche"),
        gaining=mean([segment.gaining for segment in segments]),
        losing=mean([segment.losing for segment in segments]),
    )
