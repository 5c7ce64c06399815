"""Qualities at which the first users take part, where participation curves have breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np

from eqsolve.game.games import Index
from eqsolve.game.market import Market, tiles
from eqsolve.game.participation import NO_CROWD, first_users
from eqsolve.game.response import Rows, best_response, initial_values, respond, values
from eqsolve.numerics.brackets import Brackets, narrow
from eqsolve.numerics.pieces import highest
from eqsolve.numerics.quadrature import Array

PLACED = 1e-15
"""How closely the quality is found at which a crowd forms..."""

ROUNDING = 2e-15
"""...and how far on either side of it values, which are of size one, say for certain whether there is one."""

NEAR = 1e-7
"""How far behind the first users they are a crowd, where costs have a lowest one: some (1e-12)^(2/3)."""


class Curves(Protocol):
    """Participation on curves (see `eqsolve.game.curve.Sampler`)."""

    @property
    def market(self) -> Market:
        """Participation primitives and how they are evaluated."""

    @property
    def which(self) -> Index:
        """Number of the primitives of each curve."""

    @property
    def beta(self) -> Array:
        """Intensity of each curve."""

    def rows(self, curve: Index, q: Array) -> Rows:
        """Rows on curves (R,) at qualities (R,)."""


def entries(curves: Curves) -> Array:
    """Breaks at which the first users come, the last quality below and the first above each, (K, 2, 2).

    Without fine-tuning, and where a prior stands for the crowd, that is where somebody gains from taking
    part: with atoms of costs a jump, if the first users attract others, where they come for their own
    feedback alone. Otherwise adjustment goes from nobody to its limit where the first users are a crowd
    (docs/model.md, Participation): at first those who come for their own feedback, then those of the initial
    model. What there is none of is nan.
    """
    market, which, beta = curves.market, curves.which, curves.beta
    found = np.full((which.size, 2, 2), np.nan)
    found[:, 0] = market.entry[which][:, None]
    own, prior = market.games.personalization[which] > 0.0, market.games.prior[which] > 0.0
    slack, waited = np.full(beta.size, ROUNDING), (beta > 0.0) & prior & market.games.law.jumps
    for some in _parts(curves, np.flatnonzero(waited & own)):
        first, slope = _first_gains(curves.rows(some, np.zeros(some.size)))
        found[some, 1], slack[some] = first[:, None], ROUNDING / np.minimum(slope, 1.0)
    for some in _parts(curves, np.flatnonzero(waited)):
        last = own[some].astype(np.intp)
        rows = curves.rows(some, np.clip(found[some, last, 0] + slack[some], 0.0, 1.0))
        first = first_users(rows)
        # Where first users drive others away, participation rises from none, and right above values exceed
        # costs by less than their rounding.
        more = best_response(rows, first)[:, 0] > first[:, 0]
        found[some, last, 0] -= slack[some]
        found[some, last, 1] += np.where(more, slack[some], -slack[some])
    crowded = np.flatnonzero((beta > 0.0) & ~prior)
    for some in _parts(curves, crowded):
        none = np.zeros(some.size)
        initial = Rows(market.fine, which[some], none, none, None, np.zeros((some.size, 1), dtype=np.intp))
        found[some, 0] = _first_crowds(initial, market.entry[which[some]], np.ones(some.size), own=False)
    for some in _parts(curves, crowded[own[crowded]]):
        rows = curves.rows(some, np.zeros(some.size))
        found[some, 1] = _first_crowds(rows, _first_gains(rows)[0], found[some, 0, 0], own=True)
    return found


def _parts(curves: Curves, some: Index) -> Iterator[Index]:
    """Curves that are worked on together."""
    return (some[part] for part in tiles(curves.market.fine, curves.which[some], curves.beta[some]))


def _first_crowds(rows: Rows, begin: Array, end: Array, *, own: bool) -> Array:
    """Where between two qualities (R,) first users are a crowd, of the initial model or without one, (R, 2).

    Nothing is asked of the rows' qualities; nan where there is no such place.
    """

    def look(line: Index, q: Array) -> tuple[Index, Array]:
        part = replace(rows.take(line), q=q)
        state = respond(part, initial_values(part))
        mass = (best_response(part, np.zeros_like(state)) if own else state)[:, 0]
        # Where costs begin, the mass of users grows like d^(3/2) behind the quality at which the first gain.
        guide = np.cbrt(np.square(mass)) - np.cbrt(NO_CROWD**2)
        return (mass >= NO_CROWD).astype(np.intp), guide[:, None]

    begin = np.clip(begin, 0.0, 1.0)
    end = np.clip(np.where(np.isnan(end), 1.0, end), begin, 1.0)
    places = np.stack([begin, np.minimum(begin + NEAR, end), end])
    kinds, guides = look(np.tile(np.arange(begin.size), len(places)), places.ravel())
    kinds, guides = kinds.reshape(places.shape), guides.reshape(*places.shape, 1)
    beyond = kinds[1] == 0
    ends, kind, guide = (
        [np.where(beyond if each[0].ndim == 1 else beyond[:, None], each[k + 1], each[k]) for k in (0, 1)]
        for each in (places, kinds, guides)
    )
    result, live = np.full((begin.size, 2), np.nan), np.flatnonzero(kind[0] != kind[1])
    if live.size:
        sides = Brackets(*(each[live] for pair in (ends, kind, guide) for each in pair))
        around = narrow(lambda line, q: look(live[line], q), sides, PLACED)
        result[live] = np.stack([around.low - ROUNDING, around.high + ROUNDING], axis=1)
    return result


def _first_gains(rows: Rows) -> tuple[Array, Array]:
    """Where somebody gains from taking part for the own feedback alone, and how values rise, (R,) each."""
    rows = replace(rows, q=np.zeros(len(rows)))
    games, model = rows.model.games, rows.model
    seen = values(rows, np.zeros((len(rows), 2 + model.y.size)))
    most = highest(seen.v.reshape(-1, model.x.size), model.x).reshape(seen.v.shape[:2])
    cheapest = games.law.lowest(games.scale, games.cost_shape)[rows.game]
    quality = (cheapest[:, None] - most) / seen.remaining
    every, first = np.arange(len(rows)), quality.argmin(axis=1)
    return quality[every, first], seen.remaining[every, first]
