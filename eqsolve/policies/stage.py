"""Stage 0: the regulator's choice, as one more maximum over what the later stages answer.

Welfare over the strength of an instrument is piecewise smooth, with jumps where adoption or the platform's
best basin flips. It is explored like every other objective: as closely as the question where it is highest
needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.payoffs import payoff_scale
from eqsolve.numerics.active import Samples, Tolerances
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.maxima import Highest, Itself, Peaks, maximize
from eqsolve.numerics.quadrature import Array
from eqsolve.policies.instruments import Instrument
from eqsolve.policies.response import Platforms

WELFARE = Tolerances(value=1e-10, noise=1e-7, lost=0.0)
"""Welfare is known to the accuracy of the platform's place, which is read off the slopes of curves."""

FIRST = (0.0, 0.1, 0.5, 0.9, 0.99, 1.0)
"""Shares of the range between which pieces begin: at either end an instrument may matter on a narrow part of
its range only, such as a subsidy near 1, or a cap near 0 where stronger fine-tuning does not pay."""

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

    def impose(self, games: Games, which: Index, strength: Array) -> Games:
        """The games that platforms play under strengths (K,) of the instruments in questions `which`."""
        paid = games.take(self.row[which])
        for number, instrument in enumerate(self.instruments):
            some = np.where(self.kind[which] == number, strength, 0.0)
            paid = instrument.impose(paid, some)
        return paid

    def values(self, games: Games, strength: Array) -> Array:
        """The values of the instruments at strengths (Q,)."""
        result, most = strength.copy(), self.most(games)
        for number, instrument in enumerate(self.instruments):
            some = self.kind == number
            result[some] = instrument.value(strength[some], most[some])
        return result


def best_strengths(platforms: Platforms, questions: Questions) -> Peaks:
    """Where welfare is highest over the strength of each instrument, and the runner-up, (Q,) each."""
    games, every = platforms.games, np.arange(questions.row.size)
    asked = np.zeros(every.size, dtype=np.intp)
    most = questions.most(games)

    def welfare(which: Index, strength: Array, guess: Array, doubt: Array) -> Samples:
        paid = questions.impose(games, which, strength)
        found = platforms.respond(questions.row[which], paid).welfare
        np.add.at(asked, which, 1)
        known = np.isfinite(found) & (asked[which] <= ENOUGH)
        return Samples(np.where(known, found, 0.0)[:, None], np.zeros((which.size, 0)), known)

    surface = explore(
        welfare, Highest(np.full(every.size, -np.inf)), np.repeat(every, len(FIRST) - 1),
        np.outer(most, FIRST[:-1]).ravel(), np.outer(most, FIRST[1:]).ravel(), 1, 0,
        monotone=np.zeros(every.size, dtype=bool), tol=WELFARE,
    )  # fmt: skip
    scale = payoff_scale(games)[questions.row]
    return maximize(Itself(every, scale, np.zeros(every.size), most), surface)
