"""The platform's model: candidate outputs, how likely each is shown to whom, and what users make of it.

The initial model is one output drawn in each of `CELLS` equal cells of [0, 1], with the mass that f_0 has
there. Fine-tuning reweights these outputs. With personalization there is a model for each segment and each of
a row of tastes, and a user gets the one of the nearest taste.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from eqsolve.params import Params
from eqsolve.simulation.draws import Array, Generator, Index, Population, distribution, match_of

CELLS = 512
"""Candidate outputs: their drawing moves means over outputs by about 0.3 CELLS^(-3/2), some 3e-5 at most."""

FEWEST_TASTES, MOST_TASTES = 129, 1025
"""Tastes at which the expected match is computed; between them it is interpolated by cubics."""

PER_BREADTH = 8
"""Such tastes per breadth of the match, within these bounds."""

SHARED_SLOTS, OWN_SLOTS = 2**16, 2**10
"""Slots among which a model's outputs are divided before one is shown: one model for all, one of many."""


@dataclass(frozen=True)
class Model:
    """The platform's model or models.

    Attributes (M outputs, J segments, T tastes; B = 1 model for everybody, or B = J T):
        draws: K, outputs that a user is shown at a time, of which the best counts.
        outputs: y, (M,).
        tastes: x at which the match is known, (T,).
        initial: chances of outputs under f_0, (M,).
        suits: s(x, y), (T, M).
        w: the weight w_j of feedback, (J,).
        personalization: zeta.
        chances: chances of outputs, (B, M).
        shared: chances under the crowd's reward alone, (M,).
        expected: expected match m_j(x), (J, T).
    """

    draws: int
    outputs: Array
    tastes: Array
    initial: Array
    suits: Array
    w: Array
    personalization: float
    chances: Array
    shared: Array
    expected: Array

    def tuned(self, reward: Array, intensity: float) -> Model:
        """Return the model that maximizes reward less KL / beta (docs/model.md, Participation).

        Args:
            reward: estimate of r(y), up to a constant, (M,).
            intensity: beta.
        """
        crowd = intensity * (1.0 - self.personalization) * reward
        shared = _normalized(crowd, self.initial)
        if self.personalization == 0.0 or intensity == 0.0:
            expected = np.tile(self._expected(shared), (self.w.size, 1))
            return replace(self, chances=shared[None], shared=shared, expected=expected)
        own = intensity * self.personalization * self.w[:, None, None] * self.suits
        chances = _normalized(crowd + own, self.initial)
        expected = self._expected(chances)
        flat = chances.reshape(-1, self.outputs.size)
        return replace(self, chances=flat, shared=shared, expected=expected)

    def _expected(self, chances: Array) -> Array:
        """Mean match of the best of K outputs drawn with chances (M,) or (J, T, M): (T,) or (J, T).

        Outputs from worst to best: the best of K is among the first ones if all K are.
        """
        if self.draws == 1:
            return np.asarray(
                self.suits @ chances if chances.ndim == 1 else np.einsum("jtm,tm->jt", chances, self.suits)
            )
        whole = np.broadcast_to(chances, (*chances.shape[:-2], *self.suits.shape))
        order = np.broadcast_to(np.argsort(self.suits, axis=1), whole.shape)
        suits = np.broadcast_to(self.suits, whole.shape)
        among = np.minimum(np.cumsum(np.take_along_axis(whole, order, axis=-1), axis=-1), 1.0)
        best = np.diff(among**self.draws, axis=-1, prepend=0.0)
        return np.asarray((best * np.take_along_axis(suits, order, axis=-1)).sum(axis=-1))

    def serves(self, users: Population) -> Index:
        """Number of the model that serves each user, (n,)."""
        if len(self.chances) == 1:
            return np.zeros(len(users), dtype=np.intp)
        nearest = np.rint(users.taste * (self.tastes.size - 1)).astype(np.intp)
        return users.segment * self.tastes.size + nearest

    def match(self, users: Population) -> Array:
        """Expected match m_j(x) of each user, (n,)."""
        expected = np.empty(len(users))
        for j, values in enumerate(self.expected):
            members = users.segment == j
            expected[members] = CubicSpline(self.tastes, values)(users.taste[members])
        return expected

    def slots(self, rng: Generator) -> NDArray[np.int16]:
        """Divide slots among outputs, so that each slot is as likely as any other to be shown, (K, slots).

        A random offset per model rounds chances up or down so that on average they are exact.
        """
        models, outputs = self.chances.shape
        count = SHARED_SLOTS if models == 1 else OWN_SLOTS
        edges = np.floor(np.cumsum(self.chances, axis=1) * count + rng.random((models, 1)))
        edges[:, -1] = count
        widths = np.diff(np.minimum(edges, count), axis=1, prepend=0.0).astype(np.intp)
        numbers = np.broadcast_to(np.arange(outputs, dtype=np.int16), widths.shape)
        return np.repeat(numbers.ravel(), widths.ravel()).reshape(models, count)


def count_tastes(game: Params) -> int:
    """Number of tastes at which the match of a game is computed."""
    wanted = PER_BREADTH / getattr(game.users.match, "breadth", 1.0)
    return int(np.clip(np.ceil(wanted) + 1, FEWEST_TASTES, MOST_TASTES))


def count_models(game: Params) -> int:
    """Number of models that serve the users of a game."""
    personal = game.finetuning.personalization > 0.0
    return len(game.users.segments) * count_tastes(game) if personal else 1


def initial_model(game: Params, rng: Generator) -> Model:
    """Draw the outputs of the initial model."""
    outputs = (np.arange(CELLS) + rng.random(CELLS)) / CELLS
    mass = np.diff(distribution(game.model.outputs, np.linspace(0.0, 1.0, CELLS + 1)))
    initial = np.maximum(mass, 0.0) / np.maximum(mass, 0.0).sum()
    tastes = np.linspace(0.0, 1.0, count_tastes(game))
    suits = match_of(game.users.match)(tastes[:, None] - outputs)
    w = np.array([segment.w for segment in game.users.segments])
    zeta = game.finetuning.personalization
    draws = game.model.draws
    return Model(draws, outputs, tastes, initial, suits, w, zeta, initial[None], initial, suits[:0]).tuned(
        np.zeros(CELLS), 0.0
    )


def _normalized(exponent: Array, initial: Array) -> Array:
    """Chances proportional to initial exp(exponent), over the last axis."""
    tilted = initial * np.exp(exponent - exponent.max(axis=-1, keepdims=True))
    return np.asarray(tilted / tilted.sum(axis=-1, keepdims=True))
