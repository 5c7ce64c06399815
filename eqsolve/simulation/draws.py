"""Draws of users and outputs from the primitives (docs/model.md, Primitives).

Written apart from `eqsolve.primitives`, which integrates what is drawn here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from eqsolve.params import Match, TransactionCost, Users

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Generator = np.random.Generator

REACH = 2
"""Reflections on either side of [0, 1] that are counted: the widest bandwidth, 0.4, reaches no further."""

BLOCK = 64
"""Observed numbers that are smoothed together."""


@dataclass(frozen=True)
class Population:
    """Users, one entry each, (n,): segment j by number, taste x in [0, 1], cost c >= 0 of taking part."""

    segment: NDArray[np.int16]
    taste: Array
    cost: Array

    def __len__(self) -> int:
        return self.taste.size


def draw_users(users: Users, count: int, rng: Generator) -> Population:
    """Draw `count` users: the segment by its share, then taste and cost, all independently."""
    bounds = np.cumsum([segment.share for segment in users.segments])
    last = int(np.flatnonzero([segment.share > 0 for segment in users.segments])[-1])
    number = np.minimum(np.searchsorted(bounds, rng.random(count), side="right"), last).astype(np.int16)
    taste = np.empty(count)
    for j, segment in enumerate(users.segments):
        members = number == j
        taste[members] = draw(segment.tastes, int(members.sum()), rng)
    return Population(number, taste, draw_costs(users.transaction_cost, count, rng))


def draw_costs(law: TransactionCost, count: int, rng: Generator) -> Array:
    """Draw transaction costs from the law H, (count,)."""
    match law.dist:
        case "uniform":
            return rng.uniform(0.0, law.scale, count)
        case "exponential":
            return rng.exponential(law.scale, count)
        case "lognormal":
            return law.scale * np.exp(law.sigma * rng.standard_normal(count))
        case "point":
            return np.full(count, law.scale)


def match_of(kernel: Match) -> Callable[[Array], Array]:
    """The match kernel as a function of x - y."""
    match kernel.kind:
        case "gaussian":
            factor = -0.5 / kernel.breadth**2
            return lambda gap: np.exp(factor * gap * gap)
        case "linear":
            return lambda gap: 1.0 - np.abs(gap)
        case "quadratic":
            return lambda gap: 1.0 - gap * gap


def draw(density: Any, count: int, rng: Generator) -> Array:
    """Draw from a density on [0, 1], (count,)."""
    match density.dist:
        case "uniform":
            return rng.random(count)
        case "beta":
            return rng.beta(density.a, density.b, count)
        case "truncnorm":
            return _draw_truncnorm(density, count, rng)
        case "mixture":
            return _draw_mixture(density, count, rng)
        case "empirical":
            values = np.asarray(density.values)
            kernel = bandwidth(values) * rng.standard_normal(count)
            return _reflect(rng.choice(values, count) + kernel)
        case other:
            raise AssertionError(other)


def distribution(density: Any, x: Array) -> Array:
    """Evaluate the distribution function of a density on [0, 1] at points `x` of [0, 1]."""
    match density.dist:
        case "uniform":
            return np.array(x)
        case "beta":
            return np.asarray(special.betainc(density.a, density.b, x))
        case "truncnorm":
            return _truncnorm_distribution(density, x)
        case "mixture":
            shares = _shares(density)
            return np.asarray(
                sum(p * distribution(part, x) for p, part in zip(shares, density.components, strict=True))
            )
        case "empirical":
            return _empirical_distribution(np.asarray(density.values), x)
        case other:
            raise AssertionError(other)


def bandwidth(values: Array) -> float:
    """Silverman's rule of thumb (docs/model.md, Primitives)."""
    deviation = values.std(ddof=1)
    quartiles = np.quantile(values, [0.25, 0.75])
    spread = (quartiles[1] - quartiles[0]) / 1.34
    return float(0.9 * (min(deviation, spread) if spread > 0 else deviation) / values.size**0.2)


def _reflect(x: Array) -> Array:
    """Fold the line onto [0, 1] at both ends."""
    around = np.mod(x, 2.0)
    return np.minimum(around, 2.0 - around)


def _shares(mixture: Any) -> Array:
    weights = np.array([component.weight for component in mixture.components])
    return np.asarray(weights / weights.sum())


def _draw_mixture(mixture: Any, count: int, rng: Generator) -> Array:
    part = rng.choice(len(mixture.components), count, p=_shares(mixture))
    drawn = np.empty(count)
    for number, component in enumerate(mixture.components):
        members = part == number
        drawn[members] = draw(component, int(members.sum()), rng)
    return drawn


def _standardized(density: Any) -> tuple[float, float, bool]:
    """Both ends in standard deviations, mirrored into the lower tail, where logarithms keep their digits."""
    low, high = -density.mean / density.sd, (1.0 - density.mean) / density.sd
    mirrored = low > 0.0
    return (-high, -low, True) if mirrored else (low, high, False)


def _draw_truncnorm(density: Any, count: int, rng: Generator) -> Array:
    """Invert the distribution function, in logarithms because [0, 1] may lie far out in a tail."""
    low, high, mirrored = _standardized(density)
    below, above = special.log_ndtr(low), special.log_ndtr(high)
    u = rng.random(count)
    with np.errstate(divide="ignore"):
        z = special.ndtri_exp(np.logaddexp(below + np.log1p(-u), above + np.log(u)))
    x = density.mean + density.sd * (-z if mirrored else z)
    return np.asarray(np.clip(x, 0.0, 1.0))


def _truncnorm_distribution(density: Any, x: Array) -> Array:
    low, high, mirrored = _standardized(density)
    z = (np.asarray(x) - density.mean) / density.sd
    below, above = special.log_ndtr(low), special.log_ndtr(high)
    here = special.log_ndtr(-z if mirrored else z)
    with np.errstate(divide="ignore"):
        share = np.exp(here - above) * np.expm1(below - here) / np.expm1(below - above)
    return np.asarray(1.0 - share if mirrored else share)


def _empirical_distribution(values: Array, x: Array) -> Array:
    """Mean over the numbers of the reflected kernel's distribution function."""
    width, points = bandwidth(values), np.asarray(x).ravel()
    turns = 2.0 * np.arange(-REACH, REACH + 1)[:, None]
    total = np.zeros(points.size)
    for start in range(0, values.size, BLOCK):
        part = values[start : start + BLOCK]
        for image in (turns + part).ravel(), (turns - part).ravel():
            total += special.ndtr((points[:, None] - image) / width).sum(axis=1)
            total -= special.ndtr(-image / width).sum()
    return np.asarray(total / values.size).reshape(np.shape(x))
