"""Stage 0: the regulator's choice, as one more maximum over what the later stages answer.

Welfare over the strength of an instrument is piecewise smooth, with jumps where adoption or the platform's
best basin flips. It is explored like every other objective: as closely as the question where it is highest
needs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.payoffs import payoff_scale
from eqsolve.numerics.active import HALF, Samples, Tolerances, begin
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.batch import stacked
from eqsolve.numerics.maxima import Peaks, maximize
from eqsolve.numerics.objectives import Highest, Itself
from eqsolve.numerics.piecewise import nodes
from eqsolve.numerics.quadrature import Array
from eqsolve.policies.flips import Flips, narrow, scan
from eqsolve.policies.instruments import Instrument
from eqsolve.policies.response import Platforms, Response

WELFARE = Tolerances(value=1e-10, noise=1e-7, lost=0.0)
"""Welfare is known to the accuracy of the platform's place, which is read off the slopes of curves."""

ENOUGH = 4000
"""Strengths of one instrument after which nothing more is looked at: ten times what a bisection to each of
three jumps takes. What is not known then is left to the certificate."""


@dataclass(frozen=True)
class Questions:
    """Which instrument is in question in which game, a row each.

    Attributes (Q rows):
        row: number of the game, (Q,).
        kind: number of the instrument, (Q,).
        instruments: the instruments.
    """

    row: Index
    kind: Index
    instruments: tuple[Instrument, ...]

    def most(self, games: Games) -> Array:
        """The largest strengths, (Q,)."""
        result = np.zeros(self.row.size)
        for number, instrument in enumerate(self.instruments):
            some = self.kind == number
            result[some] = instrument.most(games.take(self.row[some]))
        return result

    def first(self, most: Array) -> tuple[Index, Array, Array]:
        """Intervals to begin with, given the largest strengths (Q,): their questions and ends, flat."""
        shares = [self.instruments[kind].first for kind in self.kind.tolist()]
        owner = np.repeat(np.arange(self.kind.size), [len(each) - 1 for each in shares])
        ends = [np.concatenate([each[part] for each in shares]) for part in (slice(-1), slice(1, None))]
        return owner, ends[0] * most[owner], ends[1] * most[owner]

    def impose(self, games: Games, which: Index, strength: Array) -> Games:
        """The games that platforms play under strengths (K,) of the instruments in questions `which`."""
        paid = games.take(self.row[which])
        for number, instrument in enumerate(self.instruments):
            some = np.where(self.kind[which] == number, strength, 0.0)
            paid = instrument.impose(paid, some)
        return paid

    def distinct(self, which: Index, strength: Array) -> tuple[Index, Index]:
        """Numbers of those that differ among strengths (K,), and of each one's like among these, (K,).

        At strength 0 all instruments are alike.
        """
        kind = np.where(strength > 0.0, self.kind[which], -1)
        alike = np.unique(
            np.stack([self.row[which], kind, strength]), axis=1, return_index=True, return_inverse=True
        )
        return np.asarray(alike[1]), np.asarray(alike[2]).reshape(-1)

    def values(self, games: Games, strength: Array) -> Array:
        """The values of the instruments at strengths (Q,)."""
        result, most = strength.copy(), self.most(games)
        for number, instrument in enumerate(self.instruments):
            some = self.kind == number
            result[some] = instrument.value(strength[some], most[some])
        return result


class Foreseen:
    """What platforms do under strengths of instruments; what was asked before is not asked again."""

    def __init__(self, platforms: Platforms, questions: Questions) -> None:
        self._platforms, self._questions = platforms, questions
        self._which, self._strength = np.zeros(0, dtype=np.intp), np.zeros(0)
        self._known = Response(*(np.zeros(0) for _ in fields(Response)))
        self._asked = np.zeros(questions.row.size, dtype=np.intp)

    def at(self, which: Index, strength: Array) -> Response:
        """The answers to strengths (K,) of instruments in questions `which`."""
        pairs, back = np.unique(np.stack([which, strength]), axis=1, return_inverse=True)
        asked, place = pairs[0].astype(np.intp), pairs[1]
        kept = self._kept(asked, place)
        new = np.flatnonzero(kept < 0)
        if new.size:
            platforms, row = self._platforms, self._questions.row[asked[new]]
            paid = self._questions.impose(platforms.games, asked[new], place[new])
            np.add.at(self._asked, asked[new], 1)
            kept[new] = self._which.size + np.arange(new.size)
            self._which = np.append(self._which, asked[new])
            self._strength = np.append(self._strength, place[new])
            self._known = stacked([self._known, platforms.respond(row, paid)])
        return self._known.take(kept[back.reshape(-1)])

    def _kept(self, which: Index, strength: Array) -> Index:
        """Where answers are kept, (K,); -1 where there is none."""
        pairs = np.stack([np.append(self._which, which), np.append(self._strength, strength)])
        first, back = np.unique(pairs, axis=1, return_index=True, return_inverse=True)[1:]
        found = first[back.reshape(-1)[self._which.size :]]
        return np.where(found < self._which.size, found, -1)

    def lead(self, which: Index, strength: Array) -> Array:
        """By how much platforms prefer to fine-tune, (K,)."""
        return self.at(which, strength).lead

    def welfare(self, which: Index, strength: Array, guess: Array, doubt: Array) -> Samples:
        """Welfare as a `Function` of `eqsolve.numerics.active`."""
        found = self.at(which, strength).welfare
        known = np.isfinite(found) & (self._asked[which] <= ENOUGH)
        return Samples(np.where(known, found, 0.0)[:, None], np.zeros((which.size, 0)), known)


def best_strengths(platforms: Platforms, questions: Questions) -> Peaks:
    """Where welfare is highest over the strength of each instrument, and the runner-up, (Q,) each.

    Flips of the plan that first strengths show are placed before welfare is explored on both sides of them.
    """
    games, every = platforms.games, np.arange(questions.row.size)
    most, foreseen = questions.most(games), Foreseen(platforms, questions)
    owner, low, high = questions.first(most)
    places = begin(owner, low, high, 1, 0).points(nodes()[HALF])
    which, strength = np.repeat(owner, places.shape[1]), places.ravel()
    first = foreseen.at(which, strength)
    flips = scan(which, strength, first.lead, first.welfare)
    flips = narrow(foreseen.lead, flips, most[flips.which])
    owner, low, high = _apart(owner, low, high, flips)
    surface = explore(
        foreseen.welfare, Highest(np.full(every.size, -np.inf)), owner, low, high, 1, 0,
        monotone=np.zeros(every.size, dtype=bool), tol=WELFARE,
    )  # fmt: skip
    scale = payoff_scale(games)[questions.row]
    return maximize(Itself(every, scale, np.zeros(every.size), most), surface)


def _apart(owner: Index, low: Array, high: Array, flips: Flips) -> tuple[Index, Array, Array]:
    """Intervals (P,) cut where flips of their functions are."""
    which = np.concatenate([owner, owner, flips.which, flips.which])
    ends = np.concatenate([low, high, *flips.ends.T])
    pairs = np.unique(np.stack([which, ends]), axis=1)
    owner, ends = pairs[0].astype(np.intp), pairs[1]
    inner = owner[1:] == owner[:-1]
    return owner[:-1][inner], ends[:-1][inner], ends[1:][inner]
