"""Curves at the intensities at which a search over [0, strength] looks first, which all policies share.

Whatever a policy does to payoffs, participation at a given intensity stays what it is. Where payoffs over
intensity are smooth, a search looks nowhere else but at the intensity that it ends with.
"""

from __future__ import annotations

import numpy as np

from eqsolve.game.curve import Curves, participation_curves
from eqsolve.game.games import Index
from eqsolve.game.market import Market
from eqsolve.game.stages import joined
from eqsolve.numerics.active import WHOLE, Part, Question
from eqsolve.numerics.adaptive import CHECKS
from eqsolve.numerics.piecewise import nodes
from eqsolve.numerics.quadrature import Array


class Nodes:
    """Curves at shared intensities, whole and made when they are first asked for."""

    def __init__(self, market: Market) -> None:
        self._market, self._known = market, dict[tuple[int, float], int]()
        self._places = (1.0 + np.concatenate([nodes(), CHECKS])) / 2.0
        self._curves: Curves | None = None

    def supply(
        self, market: Market, which: Index, beta: Array, low: Array, high: Array, question: Question, *,
        surplus: bool,
    ) -> Curves:  # fmt: skip
        """A `Supply` of curves: known ones, and new ones elsewhere, with CS in any case."""
        shared = self._shared(which, beta)
        kept, rest = np.flatnonzero(shared), np.flatnonzero(~shared)
        parts = []
        if kept.size:
            parts.append(self._take(which[kept], beta[kept]))
        if rest.size:
            part = Part(question, rest)
            parts.append(
                participation_curves(
                    market, which[rest], beta[rest], low[rest], high[rest], part, surplus=True
                )
            )
        return joined(parts).take(np.argsort(np.concatenate([kept, rest])))

    def _shared(self, which: Index, beta: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether intensities (K,) are among those that are shared, (K,)."""
        strength = self._market.games.strength[which]
        return np.asarray((beta[:, None] == strength[:, None] * self._places).any(axis=1))

    def _take(self, which: Index, beta: Array) -> Curves:
        """The shared curves (K,), of which missing ones are made."""
        keys = list(zip(which.tolist(), beta.tolist(), strict=True))
        new = [number for number, key in enumerate(keys) if key not in self._known]
        if new:
            ends = np.zeros(len(new)), np.ones(len(new))
            made = participation_curves(self._market, which[new], beta[new], *ends, WHOLE, surplus=True)
            for number in new:
                self._known[keys[number]] = len(self._known)
            self._curves = made if self._curves is None else joined([self._curves, made])
        assert self._curves is not None
        return self._curves.take(np.array([self._known[key] for key in keys]))
