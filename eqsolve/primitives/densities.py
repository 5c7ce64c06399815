"""Densities on [0, 1] for tastes and outputs (docs/model.md, Primitives)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from eqsolve.numerics import special
from eqsolve.numerics.quadrature import Array, Grid, trailing

Density = Any
"""One of the density records of `eqsolve.params`, told apart by its `dist`."""

SMOOTH_EXPONENT = 6.0
"""x^(a-1) with a >= 6 is as good as smooth for rules of order 16."""

RESOLVED = 1e-12
"""A density is resolved when its trailing Legendre coefficients fall below this share of the largest."""

EVEN_PROBES = 16
"""Panels on which a density is compared with its mirror image."""

PANEL_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Panel counts that are tried; few, so that many games share one grid."""


def pdf(density: Density, x: Array, complement: Array) -> Array:
    """Evaluate a density.

    Args:
        density: a density record.
        x: points in [0, 1], any shape.
        complement: 1 - x, given apart because a beta density may need it without cancellation.
    """
    return np.asarray(_PDF[density.dist](density, x, complement))


def _uniform(density: Density, x: Array, complement: Array) -> Array:
    return np.ones_like(x)


def _beta(density: Density, x: Array, complement: Array) -> Array:
    a, b = density.a, density.b
    log_density = special.xlogy(a - 1.0, x) + special.xlogy(b - 1.0, complement) - special.betaln(a, b)
    return np.asarray(np.exp(log_density))


def _truncnorm(density: Density, x: Array, complement: Array) -> Array:
    mean, sd = density.mean, density.sd
    low, high = (0.0 - mean) / sd, (1.0 - mean) / sd
    if low > 0.0:
        low, high = -high, -low
    log_mass = special.log_ndtr(high) + np.log1p(-np.exp(special.log_ndtr(low) - special.log_ndtr(high)))
    z = (x - mean) / sd
    return np.asarray(np.exp(-np.square(z) / 2.0 - log_mass) / (sd * np.sqrt(2.0 * np.pi)))


def _mixture(density: Density, x: Array, complement: Array) -> Array:
    weights = np.array([component.weight for component in density.components])
    shares = weights / weights.sum()
    parts = [pdf(component, x, complement) for component in density.components]
    return np.asarray(sum(share * part for share, part in zip(shares, parts, strict=True)))


def bandwidth(values: Array) -> float:
    """Silverman's rule of thumb 0.9 min(sd, IQR / 1.34) n^(-1/5); the sd alone where the IQR is zero."""
    sd = float(np.std(values, ddof=1))
    spread = float(np.subtract(*np.percentile(values, [75, 25]))) / 1.34
    return float(0.9 * (min(sd, spread) if spread > 0 else sd) * values.size ** (-0.2))


def _empirical(density: Density, x: Array, complement: Array) -> Array:
    values = np.asarray(density.values, dtype=np.float64)
    width = bandwidth(values)
    total = np.zeros_like(x)
    for image in (values, -values):
        for shift in (-2.0, 0.0, 2.0):
            z = (x[..., None] - image - shift) / width
            total += np.exp(-np.square(z) / 2.0).sum(axis=-1)
    return np.asarray(total / (values.size * width * np.sqrt(2.0 * np.pi)))


_PDF = {
    "uniform": _uniform,
    "beta": _beta,
    "truncnorm": _truncnorm,
    "mixture": _mixture,
    "empirical": _empirical,
}


def grading(density: Density) -> int:
    """The grid's grading exponent that makes a density and its logarithm harmless at both ends."""
    if density.dist == "mixture":
        return max(grading(component) for component in density.components)
    if density.dist != "beta":
        return 1
    rough = [e for e in (density.a, density.b) if e < SMOOTH_EXPONENT and e != 1.0]
    return int(np.ceil(SMOOTH_EXPONENT / min(rough))) if rough else 1


@lru_cache(maxsize=4096)
def is_even(density: Density) -> bool:
    """Whether a density is its own mirror image about 1/2, up to rounding."""
    grid = Grid(EVEN_PROBES, 16, grading(density))
    values = pdf(density, grid.x, grid.complement) * grid.weights
    return bool(np.abs(values - values[::-1]).max() <= 1e-13 * values.max())


@lru_cache(maxsize=4096)
def tabulate(density: Density, grid: Grid) -> Array:
    """Quadrature weights of a density on a grid: w_i g(x_i), scaled to total mass one, (size,)."""
    mass = pdf(density, grid.x, grid.complement) * grid.weights
    table = mass / mass.sum()
    table.setflags(write=False)
    return np.asarray(table)


@lru_cache(maxsize=4096)
def panels_needed(density: Density, order: int, grade: int) -> int | None:
    """Fewest panels on which a density is resolved to `RESOLVED`; None if no listed count is enough."""
    if density.dist == "uniform" and grade == 1:
        return 1
    for panels in PANEL_COUNTS:
        grid = Grid(panels, order, grade)
        values = pdf(density, grid.x, grid.complement) * grid.weights
        if trailing(values / np.tile(grid.rule.weights, panels), grid) < RESOLVED:
            return panels
    return None
