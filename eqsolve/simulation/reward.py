"""What the platform concludes about outputs from thumbs alone: a smoothing spline (docs/simulation.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline
from scipy.linalg import solve

from eqsolve.params import Match
from eqsolve.simulation.draws import Array

DEGREE = 3
PIECES = 32
"""Pieces of the spline, at least."""

PER_BREADTH = 4
"""Pieces per breadth of the match."""

NOISE = 0.25
"""Variance of a thumb, at most: ratings weigh 1 / NOISE against what is known beforehand."""


@dataclass(frozen=True)
class Smoother:
    """A spline in outputs, and how much it is expected to bend.

    Attributes (M outputs, B basis functions):
        basis: the functions at the outputs, (M, B).
        prior: precision of the coefficients before any rating, times NOISE, (B, B).
    """

    basis: Array
    prior: Array

    def fit(self, shown: Array, up: Array) -> Array:
        """Estimate the share of thumbs up of every output, up to a constant, (M,).

        Args:
            shown: how often each output was rated, weighted, (M,).
            up: how many of these ratings were thumbs up, weighted alike, (M,).
        """
        center = up.sum() / shown.sum()
        precision = self.basis.T @ (shown[:, None] * self.basis) + self.prior
        return np.asarray(self.basis @ solve(precision, self.basis.T @ (up - center * shown), assume_a="pos"))


def smoother(kernel: Match, outputs: Array) -> Smoother:
    """Build the spline for outputs (M,): a random walk of its slope as rough as the match kernel."""
    breadth = getattr(kernel, "breadth", 1.0)
    pieces = max(PIECES, int(np.ceil(PER_BREADTH / breadth)))
    inner = np.linspace(0.0, 1.0, pieces + 1)
    knots = np.pad(inner, DEGREE, mode="edge")
    basis = BSpline.design_matrix(outputs, knots, DEGREE).toarray()
    # The second derivative is linear on each piece, and two Gauss points integrate its square.
    points = ((inner[:-1] + inner[1:]) / 2.0)[:, None] + np.array([-0.5, 0.5]) / np.sqrt(3.0) / pieces
    bends = BSpline(knots, np.eye(basis.shape[1]), DEGREE).derivative(2)(points.ravel())
    roughness = bends.T @ bends / (2.0 * pieces)
    typical = 1.0 / breadth if kernel.kind == "gaussian" else 2.0
    prior = NOISE * (roughness / typical**2 + np.eye(basis.shape[1]))
    return Smoother(basis, prior)
