"""Sixteen worlds between two regimes: what taking part is worth if only some of the changes had happened.

A regime reaches users by four things: the initial quality q, what the crowd teaches the model
(beta (1 - zeta) rho in Q_j), where the crowd moves outputs (beta (1 - zeta) r(y) in f_jx), and what a user's
own feedback does (beta zeta w_j in both). Each may be as in one regime or as in the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eqsolve.decomposition.shapley import corners
from eqsolve.equilibrium import market_of
from eqsolve.game.discretization import Discretization, discretize
from eqsolve.game.games import Index, columns
from eqsolve.game.payoffs import surplus_by_segment
from eqsolve.game.response import Rows, crowd, make_rows, values
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.threads import one_thread
from eqsolve.outcome import evaluate
from eqsolve.results import Equilibrium
from eqsolve.selections import selection_of

FACTORS = ("initial_quality", "quality_regained", "outputs_moved", "personal_feedback")
"""What a regime changes for users, in the order of the worlds' bits."""


@dataclass(frozen=True)
class Worlds:
    """The sixteen worlds, of which those with equal factors are computed once.

    Attributes (D distinct worlds, J segments, X taste nodes):
        rows: a row for each distinct world, with all that integrals over tastes need.
        v: value of taking part, (D, J, X).
        of: the distinct world of each of the sixteen, in the order of `corners`, (16,).
    """

    rows: Rows
    v: Array
    of: Index

    def surplus(self) -> Array:
        """CS_j in each of the sixteen worlds, (16, J)."""
        return np.asarray(surplus_by_segment(self.rows, self.v)[self.of])


@dataclass(frozen=True)
class _Reach:
    """By what a regime reaches users: q, beta, and the crowd's beta rho and beta r(y), (Y,)."""

    quality: float
    intensity: float
    lesson: float
    pull: Array


def worlds_between(before: Equilibrium, after: Equilibrium) -> Worlds:
    """Compute what users face in every world between two solved results of one game."""
    with one_thread():
        first, last = _reach(before), _reach(after)
        zeta = before.params.finetuning.personalization
        matters = np.array(
            [
                first.quality != last.quality,
                zeta < 1 and first.lesson != last.lesson,
                zeta < 1 and not np.array_equal(first.pull, last.pull),
                zeta > 0 and first.intensity != last.intensity,
            ]
        )
        on, of = np.unique(corners(len(FACTORS)) & matters, axis=0, return_inverse=True)
        quality, lesson, pull = (
            np.where(on[:, i].reshape(-1, *([1] * np.ndim(new))), new, old)
            for i, old, new in (
                (0, first.quality, last.quality),
                (1, first.lesson, last.lesson),
                (2, first.pull, last.pull),
            )
        )
        model = _unit_model(before, (first.intensity, last.intensity))
        rows = make_rows(model, on[:, 3].astype(np.intp), quality, np.ones(len(on)))
        state = np.concatenate([np.ones((len(on), 1)), lesson[:, None], pull], axis=1)
        return Worlds(rows, values(rows, state).v, of.ravel())


def _reach(result: Equilibrium) -> _Reach:
    model = market_of(result).whole
    q, beta = result.quality, result.intensity
    if beta == 0:
        return _Reach(q, 0.0, 0.0, np.zeros(model.y.size))
    one = np.zeros(1, dtype=np.intp)
    outcome = evaluate(model, one, np.array([q]), np.array([beta]), selection_of(result.selection))
    rho, *reward = crowd(outcome.rows, outcome.state)[0]
    return _Reach(q, beta, beta * float(rho), beta * np.array(reward))


def _unit_model(result: Equilibrium, intensities: tuple[float, float]) -> Discretization:
    """The game twice, on its own grids, with intensities moved into what users' own feedback is worth.

    At intensity 1 and a crowd of mass 1 without a prior, values are then those of the worlds.
    """
    games = columns([result.params] * len(intensities))
    scaled = replace(games, w=games.w * np.array(intensities)[:, None], prior=np.zeros_like(games.prior))
    own = market_of(result).whole
    return discretize(scaled, own.x, own.shape, own.y)
