"""What the solver says: the platform's choice, and the participation equilibria to compare with.

The only module that simulates nothing and knows the solver.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from eqsolve.equilibrium import market_of, solve
from eqsolve.errors import InputError
from eqsolve.game.enumeration import equilibria, stability
from eqsolve.game.participation import PRECISE
from eqsolve.game.response import Rows, make_rows
from eqsolve.outcome import Outcome, account
from eqsolve.params import Params
from eqsolve.primitives.densities import pdf
from eqsolve.regimes import RegimeName
from eqsolve.simulation.draws import Array
from eqsolve.values import ByValue

CURVE = 201
"""Points of the densities that are drawn."""


@dataclass(frozen=True, eq=False)
class Prediction(ByValue):
    """A participation equilibrium at the platform's choice.

    Attributes:
        quantities: N, rho (nan at beta = 0), CS, mean and variance of outputs by name, and the participation
            of each segment as `participation.high`.
        stable, spectral_radius: whether adjustment returns to it (docs/model.md, Selection).
        starts: the starts from which adjustment leads to it.
        density: f̄ at `CURVE` evenly spaced outputs.
    """

    quantities: dict[str, float]
    stable: bool
    spectral_radius: float
    starts: tuple[str, ...]
    density: Array


@dataclass(frozen=True, eq=False)
class Theory(ByValue):
    """The platform's choice, and every participation equilibrium that was found there."""

    quality: float
    intensity: float
    equilibria: tuple[Prediction, ...]

    def expected(self, start: str) -> int:
        """Number of the equilibrium to which adjustment leads from `start`.

        Raises:
            InputError: it leads to none.
        """
        for number, equilibrium in enumerate(self.equilibria):
            if start in equilibrium.starts:
                return number
        raise InputError(
            f"there is no equilibrium to compare with: from the start {start}, adjustment never comes to "
            f"rest at quality {self.quality:.6g} and intensity {self.intensity:.6g}"
        )


def predict(
    game: Params, regime: RegimeName, quality: float | None = None, intensity: float | None = None
) -> Theory:
    """Solve the game and list the participation equilibria at the platform's choice.

    Args:
        game: the game.
        regime: who chooses what (docs/model.md, Regimes).
        quality, intensity: choices that replace those of the equilibrium.

    Raises:
        InputError: the game has no certified equilibrium, whose choices are needed, or is not resolved.
    """
    solved = solve(game, regime=regime)
    status = solved.certificate.status
    given = quality is not None and intensity is not None
    if not (status.certified or (given and isfinite(solved.quality))):
        raise InputError(f"there is no equilibrium to compare with: {status}: {status.message}")
    q = solved.quality if quality is None else quality
    beta = solved.intensity if intensity is None else intensity
    rows = make_rows(market_of(solved).whole, np.zeros(1, dtype=np.intp), np.array([q]), np.array([beta]))
    return Theory(q, beta, tuple(_predictions(game, rows)))


def _predictions(game: Params, rows: Rows) -> list[Prediction]:
    predictions = []
    for starts, state in equilibria(rows, PRECISE):
        outcome = account(rows, state, np.array([True]))
        spectral = float(stability(rows, outcome.state)[0])
        density = _density(game, outcome)
        predictions.append(Prediction(_quantities(game, outcome), spectral < 1.0, spectral, starts, density))
    return predictions


def _quantities(game: Params, outcome: Outcome) -> dict[str, float]:
    values = {
        "participation": outcome.participation,
        "feedback_quality": outcome.feedback_quality,
        "user_surplus": outcome.user_surplus,
        "mean": outcome.outputs.mean,
        "variance": outcome.outputs.variance,
    }
    by_segment = zip(game.users.segments, outcome.participation_by_segment[0], strict=True)
    return {name: float(value[0]) for name, value in values.items()} | {
        f"participation.{segment.name}": float(share) for segment, share in by_segment
    }


def _density(game: Params, outcome: Outcome) -> Array:
    model, y = outcome.rows.model, np.linspace(0.0, 1.0, CURVE)
    initial = model.outputs[model.output_of[0]]
    ratio = np.divide(outcome.outputs.mass[0], initial, out=np.ones_like(initial), where=initial > 0)
    with np.errstate(divide="ignore"):
        before = pdf(game.model.outputs, y, 1.0 - y)
    return np.asarray(before * (model.y.interpolation(y) @ ratio))
