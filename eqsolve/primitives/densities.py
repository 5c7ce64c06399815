"""Densities on [0, 1] for tastes and outputs (docs/model.md, Primitives)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics import special
from eqsolve.numerics.quadrature import Array, Grid, trailing

Density = Any
"""One of the density records of `eqsolve.params`, told apart by its `dist`."""

SMOOTH_EXPONENT = 6.0
"""x^(a-1) with a >= 6 is as good as smooth for rules of order 16."""

LOOKS = 257
"""Places at which the largest value of a density is looked for."""

RESOLVED = 1e-12
"""A density is resolved when its trailing Legendre coefficients fall below this share of the largest."""

OVERLOOKED = 1e-10
"""Mass by which a table may miss one before it is scaled: more, and a peak stands between its nodes."""

PEAK = 2.0
"""A panel is at most so many sd of a peak wide, or so many of its distances to one: its nodes see flanks."""

EVEN_PANELS, EVEN_ORDER = 16, 16
"""Panels and order with which a density is first compared with its mirror image."""

PANEL_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Counts of equal panels that are tried; few, so that many games share one grid."""

MOST_PANELS = 4 * PANEL_COUNTS[-1]
"""Panels that a grid for narrow densities has at most: thirty of any width, or [0, 1] full of sd 0.002."""


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
def highest(density: Density) -> float:
    """The largest value of a bounded density, to some percent."""
    x = np.linspace(0.0, 1.0, LOOKS)
    return float(pdf(density, x, 1.0 - x).max())


def parts(density: Density) -> tuple[Density, ...]:
    """The densities that a density mixes; itself if it mixes none."""
    if density.dist != "mixture":
        return (density,)
    return tuple(
        part for component in density.components if component.weight > 0 for part in parts(component)
    )


@lru_cache(maxsize=4096)
def is_even(density: Density) -> bool:
    """Whether a density is its own mirror image about 1/2, up to rounding."""
    grid = refined((density,), EVEN_PANELS, EVEN_ORDER, grading(density)).grid
    if not grid.mirrored:
        return False
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
    """Fewest equal panels on which a density is resolved to `RESOLVED`; None if no listed count is enough."""
    if density.dist == "uniform" and grade == 1:
        return 1
    for panels in PANEL_COUNTS:
        grid = Grid(panels, order, grade)
        if _seen(density, grid) and (_trailing(density, grid) < RESOLVED).all():
            return panels
    return None


def _seen(density: Density, grid: Grid) -> bool:
    """Whether a grid finds all the mass of a density, so that no peak stands between its nodes."""
    mass = (pdf(density, grid.x, grid.complement) * grid.weights).sum()
    return bool(abs(mass - 1.0) <= OVERLOOKED)


def _trailing(density: Density, grid: Grid) -> Array:
    """What each panel leaves unresolved of a density, relative to the largest coefficient of all, (P,)."""
    values = pdf(density, grid.x, grid.complement) * grid.weights
    return trailing(values / np.tile(grid.rule.weights, grid.panels), grid)


@dataclass(frozen=True)
class Refined:
    """A grid whose panels were halved where densities are narrow, and whether that was enough."""

    grid: Grid
    enough: bool


@lru_cache(maxsize=4096)
def refined(
    densities: tuple[Density, ...], panels: int, order: int, grade: int, half: bool = False
) -> Refined:
    """Halve equal panels until densities are resolved, mixtures part by part, however little these weigh.

    Args:
        densities: what is to be resolved; symmetric for half grids.
        panels: number of equal panels on [0, 1] to begin with; even for half grids.
        order, grade, half: of the grid.
    """
    every = tuple(dict.fromkeys(part for density in densities for part in parts(density)))
    ends = np.linspace(0.0, 1.0, panels + 1)
    while True:
        grid = Grid(ends.size - 1, order, grade, edges=tuple(ends.tolist()))
        coarse = np.any([_hiding(part, grid) for part in every], axis=0)
        if not coarse.any():  # peaks are seen: their flanks tell where they end
            coarse = np.any([_trailing(part, grid) >= _resolution(part) for part in every], axis=0)
        if not coarse.any() or grid.panels + coarse.sum() > MOST_PANELS:
            break
        ends = np.sort(np.concatenate([ends, (ends[:-1] + ends[1:])[coarse] / 2.0]))
    enough = not coarse.any() and all(_seen(part, grid) for part in every)
    if half:
        ends = ends[ends <= 0.5]
        grid = Grid(ends.size - 1, order, grade, half=True, edges=tuple(ends.tolist()))
    return Refined(grid, enough)


def _resolution(density: Density) -> float:
    """To what a density without parts can be resolved: x is known to rounding, which narrow peaks enlarge."""
    if density.dist == "uniform":
        return RESOLVED
    _, sd = _PEAKS[density.dist](density)
    return max(RESOLVED, float(np.finfo(np.float64).eps) / sd)


def _hiding(density: Density, grid: Grid) -> NDArray[np.bool_]:
    """Panels between whose nodes a peak of a density without parts could stand, (P,)."""
    if density.dist == "uniform":
        return np.zeros(grid.panels, dtype=bool)
    centers, sd = _PEAKS[density.dist](density)
    ends, centers = grid.at(grid.ends), np.concatenate([[-np.inf], np.sort(centers), [np.inf]])
    low, high = ends[:-1], ends[1:]
    after = np.searchsorted(centers, low)
    distance = np.minimum(np.maximum(centers[after] - high, 0.0), low - centers[after - 1])
    return np.asarray(high - low > PEAK * np.maximum(distance, sd))


def _beta_peak(density: Density) -> tuple[Array, float]:
    a, b = density.a, density.b
    return np.array([a / (a + b)]), float(np.sqrt(a * b / (a + b + 1.0)) / (a + b))


def _empirical_peaks(density: Density) -> tuple[Array, float]:
    values = np.asarray(density.values, dtype=np.float64)
    return values, bandwidth(values)


_PEAKS: dict[str, Callable[[Density], tuple[Array, float]]] = {
    "beta": _beta_peak,
    "truncnorm": lambda density: (np.clip(np.array([density.mean]), 0.0, 1.0), density.sd),
    "empirical": _empirical_peaks,
}
"""Where a density without parts may peak, and how wide such a peak is."""
