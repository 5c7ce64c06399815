"""Ratings: who takes part sees outputs of the model and says thumbs up or down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.simulation.draws import Array, Generator, Population
from eqsolve.simulation.service import Model

CHUNK = 2**16
"""Ratings that are drawn together, so that they stay in cache. Results do not depend on it."""


@dataclass(frozen=True)
class Streams:
    """Sources of randomness, one per purpose, so that draws do not depend on how they are chunked."""

    users: Generator
    outputs: Generator
    slots: Generator
    shown: Generator
    likes: Generator
    reports: Generator
    revisions: Generator

    @classmethod
    def of(cls, seed: int, users: int, replication: int) -> Streams:
        """The sources of one replication, which do not depend on what else is simulated."""
        sequence = np.random.SeedSequence(seed, spawn_key=(users, replication))
        return cls(*(np.random.default_rng(child) for child in sequence.spawn(7)))


@dataclass(frozen=True)
class Ratings:
    """What the ratings of one round add up to (K models, M outputs).

    Attributes:
        shown: how often each model showed each output, (K, M).
        up: how many of these were reported thumbs up, (K, M).
        honest: how many reports said what the user meant.
    """

    shown: NDArray[np.int64]
    up: NDArray[np.int64]
    honest: int

    @property
    def total(self) -> int:
        """Number of ratings."""
        return int(self.shown.sum())

    @property
    def quality(self) -> float:
        """Mean of +1 for a report that says what the user meant and -1 for one that says the opposite."""
        return 2.0 * self.honest / self.total - 1.0


def rate(
    model: Model,
    users: Population,
    takes: NDArray[np.bool_],
    accuracy: Array,
    kernel: Callable[[Array], Array],
    each: int,
    streams: Streams,
) -> Ratings:
    """Let every user who takes part rate `each` outputs drawn from the model that serves it.

    A user likes an output with probability s(x, y), and reports the opposite with probability 1 - theta_j.
    """
    slots = model.slots(streams.slots)
    (models, outputs), count = model.chances.shape, slots.shape[1]
    serves, who = model.serves(users), np.flatnonzero(takes)
    shown = np.zeros(models * outputs, dtype=np.int64)
    up = np.zeros_like(shown)
    honest = 0
    together = max(CHUNK // each, 1)
    for start in range(0, who.size, together):
        part = who[start : start + together]
        served, shape = serves[part][:, None], (part.size, each)
        slot = (streams.shown.random(shape) * count).astype(np.intp)
        output = slots.ravel()[served * count + slot]
        likes = streams.likes.random(shape) < kernel(users.taste[part][:, None] - model.outputs[output])
        says_so = streams.reports.random(shape) < accuracy[users.segment[part]][:, None]
        cell = served * outputs + output
        shown += np.bincount(cell.ravel(), minlength=shown.size)
        up += np.bincount(cell[likes == says_so], minlength=up.size)
        honest += int(np.count_nonzero(says_so))
    return Ratings(shown.reshape(models, outputs), up.reshape(models, outputs), honest)


def as_if_shared(model: Model, ratings: Ratings) -> tuple[Array, Array]:
    """Outputs rated, and thumbs up, as if everybody had been shown the shared model's outputs, (M,) each.

    With personalization, users see more of what they like themselves; each rating weighs the chance of its
    output under the shared model over the chance that the user had to see it.
    """
    weight = np.divide(
        model.shared, model.chances, out=np.zeros_like(model.chances), where=model.chances > 0.0
    )
    return (weight * ratings.shown).sum(axis=0), (weight * ratings.up).sum(axis=0)
