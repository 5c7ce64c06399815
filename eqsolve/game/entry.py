"""Qualities at which the first users take part, where participation curves have breaks."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from eqsolve.game.games import Index
from eqsolve.game.market import Market
from eqsolve.game.participation import NO_CROWD
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
    part. Otherwise adjustment goes from nobody to its limit where the first users are a crowd (docs/model.md,
    Small crowds): at first those who come for their own feedback, then those of the initial model. What
    there is none of is nan.
    """
    games, which, beta = curves.market.games, curves.which, curves.beta
    found = np.full((which.size, 2, 2), np.nan)
    found[:, 0] = curves.market.entry[which][:, None]
    crowded = np.flatnonzero((beta > 0.0) & (games.prior[which] == 0.0))
    if crowded.size:
        found[crowded, 0] = _first_crowds(curves, crowded, own=False)
    own = crowded[games.personalization[which[crowded]] > 0.0]
    if own.size:
        found[own, 1] = _first_crowds(curves, own, own=True)
        found[own, 1] = np.where(found[own, 1] < found[own, 0], found[own, 1], np.nan)
    return found


def _first_crowds(curves: Curves, some: Index, *, own: bool) -> Array:
    """Where the first users of some curves are a crowd, of the initial model or without one, (S, 2)."""

    def look(line: Index, q: Array) -> tuple[Index, Array]:
        rows = curves.rows(some[line], q)
        state = respond(rows, initial_values(rows))
        if own:
            state = best_response(rows, np.zeros_like(state))
        # Where costs begin, the mass of users grows like d^(3/2) behind the quality at which the first gain.
        guide = np.cbrt(np.square(state[:, 0])) - np.cbrt(NO_CROWD**2)
        return (state[:, 0] >= NO_CROWD).astype(np.intp), guide[:, None]

    begin = np.clip(_first_users(curves, some) if own else curves.market.entry[curves.which[some]], 0.0, 1.0)
    result, live = np.full((some.size, 2), np.nan), np.arange(some.size)
    places = [begin, np.minimum(begin + NEAR, 1.0), np.ones(some.size)]
    kinds, guides = zip(*(look(live, place) for place in places), strict=True)
    beyond = kinds[1] == 0
    ends = [np.where(beyond, places[k + 1], places[k]) for k in (0, 1)]
    kind = [np.where(beyond, kinds[k + 1], kinds[k]) for k in (0, 1)]
    guide = [np.where(beyond[:, None], guides[k + 1], guides[k]) for k in (0, 1)]
    live = np.flatnonzero(kind[0] != kind[1])
    if live.size:
        around = narrow(
            lambda line, q: look(live[line], q),
            Brackets(*(each[live] for pair in (ends, kind, guide) for each in pair)),
            PLACED,
        )
        result[live] = np.stack([around.low - ROUNDING, around.high + ROUNDING], axis=1)
    return result


def _first_users(curves: Curves, some: Index) -> Array:
    """The quality at which somebody gains from taking part for the own feedback alone, (S,)."""
    rows = curves.rows(some, np.zeros(some.size))
    seen = values(rows, np.zeros((some.size, 2 + rows.model.y.size)))
    games, model = rows.model.games, rows.model
    most = highest(seen.v.reshape(-1, model.x.x.size), model.x).reshape(seen.v.shape[:2])
    cheapest = games.law.lowest(games.scale, games.cost_shape)[rows.game]
    return np.asarray(((cheapest[:, None] - most) / seen.remaining).min(axis=1))
