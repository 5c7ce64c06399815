"""The rounds: users rate, the platform tunes its model, users decide again (docs/simulation.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eqsolve.params import Params
from eqsolve.simulation.draws import Array, Population, draw_users, match_of
from eqsolve.simulation.feedback import Ratings, Streams, as_if_shared, rate
from eqsolve.simulation.reward import Smoother, smoother
from eqsolve.simulation.service import CELLS, Model, initial_model

Start = Literal["initial", "everybody", "nobody", "left", "right", "center", "ends"]

STARTS: dict[str, Callable[[Array], NDArray[np.bool_]]] = {
    "everybody": lambda taste: np.ones(taste.size, dtype=bool),
    "nobody": lambda taste: np.zeros(taste.size, dtype=bool),
    "left": lambda taste: taste < 0.5,
    "right": lambda taste: taste > 0.5,
    "center": lambda taste: np.abs(taste - 0.5) < 0.25,
    "ends": lambda taste: np.abs(taste - 0.5) > 0.25,
}
"""Who takes part before the first round, by taste. At the start `initial`: whom the initial model suits."""

QUANTITIES = ("participation", "feedback_quality", "user_surplus", "mean", "variance")
"""What is recorded of everybody in every round; participation of each segment is recorded, too."""

LARGEST_EXPONENT = 600.0
"""Where misleading feedback ruins quality beyond this, nobody takes part anyway, and numbers stay finite."""

BINS = 64
"""Bins of the histogram of outputs."""

BYTES_PER_USER = 90
"""Memory for a user: taste, cost, decision, and what a round computes of them."""

BYTES_PER_MODEL = 100 * CELLS
"""Memory for a model: the chances of its outputs, and what tuning and rating compute of them."""

BYTES_OF_A_RUN = 200_000_000
"""Memory for all else: the ratings in hand, and the libraries."""


@dataclass(frozen=True)
class Trial:
    """How one replication is run: its size, its start, and the platform's choice."""

    users: int
    rounds: int
    ratings: int
    start: str
    revision: float
    quality: float
    intensity: float


@dataclass(frozen=True)
class Path:
    """One replication (T rounds after the start, J segments).

    Attributes:
        quantities: `QUANTITIES` by name; feedback quality is nan before the first ratings, (T + 1,) each.
        segments: participation N_j; nan for a segment without users, (T + 1, J).
        histogram: density of the outputs that the last ratings were about; nan if there were none, (BINS,).
    """

    quantities: dict[str, Array]
    segments: Array
    histogram: Array


@dataclass
class _Platform:
    """What the platform knows: its model, and its last estimates of reward and feedback quality."""

    game: Params
    trial: Trial
    model: Model
    smoother: Smoother
    reward: Array
    feedback_quality: float = 0.0

    def learn(self, ratings: Ratings, participation: float) -> None:
        """Tune the model to the ratings; without any, the estimates stay as they are."""
        if ratings.total > 0:
            full_weight = participation / (participation + self.game.finetuning.feedback_prior)
            self.feedback_quality = full_weight * ratings.quality
            self.reward = full_weight * self.smoother.fit(*as_if_shared(self.model, ratings))
        self.model = self.model.tuned(self.reward, self.trial.intensity)

    def quality(self, tuned: bool) -> Array:
        """Q_j (docs/model.md, Participation), (J,)."""
        beta = self.trial.intensity if tuned else 0.0
        rates, zeta = self.game.finetuning.learning, self.game.finetuning.personalization
        gain = (1.0 - zeta) * self.feedback_quality + zeta * self.model.w
        fading = np.exp(np.minimum(-rates * beta * gain, LARGEST_EXPONENT))
        return np.asarray(1.0 - (1.0 - self.trial.quality) * fading)

    def value(self, users: Population, tuned: bool) -> Array:
        """v_j(x) of each user, (n,)."""
        misfit = self.game.users.misfit_cost * (1.0 - self.model.match(users))
        return np.asarray(self.quality(tuned)[users.segment] - misfit)


def walk(game: Params, trial: Trial, streams: Streams, report: Callable[[], None]) -> Path:
    """Simulate one replication; `report` is called after every round."""
    users = draw_users(game.users, trial.users, streams.users)
    model = initial_model(game, streams.outputs)
    platform = _Platform(game, trial, model, smoother(game.users.match, model.outputs), np.zeros(CELLS))
    accuracy = np.array([segment.accuracy for segment in game.users.segments])
    kernel = match_of(game.users.match)
    value = platform.value(users, tuned=False)
    takes = value >= users.cost if trial.start == "initial" else STARTS[trial.start](users.taste)
    path = _Records(users, trial.rounds, accuracy.size)
    path.record(platform, takes, value)
    for _ in range(trial.rounds):
        ratings = rate(platform.model, users, takes, accuracy, kernel, trial.ratings, streams)
        platform.learn(ratings, float(takes.mean()))
        value = platform.value(users, tuned=True)
        revises = streams.revisions.random(trial.users) < trial.revision
        takes = np.where(revises, value >= users.cost, takes)
        path.record(platform, takes, value)
        report()
    return path.finish(ratings)


class _Records:
    """Writes down what happens, round by round."""

    def __init__(self, users: Population, rounds: int, segments: int) -> None:
        self.users = users
        self.sizes = np.bincount(users.segment, minlength=segments)
        self.quantities = {name: np.full(rounds + 1, np.nan) for name in QUANTITIES}
        self.segments = np.full((rounds + 1, segments), np.nan)
        self.round = 0

    def record(self, platform: _Platform, takes: NDArray[np.bool_], value: Array) -> None:
        users, model = self.users, platform.model
        members = np.bincount(users.segment[takes], minlength=self.sizes.size)
        received = _received(model, users, takes)
        mean = float(received @ model.outputs)
        row = {
            "participation": takes.mean(),
            "feedback_quality": platform.feedback_quality if self.round else np.nan,
            "user_surplus": (takes * (value - users.cost)).mean(),
            "mean": mean,
            "variance": received @ np.square(model.outputs - mean),
        }
        for name, number in row.items():
            self.quantities[name][self.round] = number
        np.divide(members, self.sizes, out=self.segments[self.round], where=self.sizes > 0)
        self.round += 1

    def finish(self, ratings: Ratings) -> Path:
        counts = ratings.shown.sum(axis=0).reshape(BINS, CELLS // BINS).sum(axis=1)
        with np.errstate(invalid="ignore"):
            histogram = counts * (BINS / counts.sum()) if counts.any() else np.full(BINS, np.nan)
        return Path(self.quantities, self.segments, histogram)


def _received(model: Model, users: Population, takes: NDArray[np.bool_]) -> Array:
    """Chances of outputs for those who take part on average; under the initial model if nobody does, (M,)."""
    if not takes.any():
        return model.initial
    served = np.bincount(model.serves(users)[takes], minlength=len(model.chances))
    return np.asarray((served / served.sum()) @ model.chances)
