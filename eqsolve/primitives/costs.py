"""Transaction-cost laws H on arrays (docs/model.md, Primitives).

A law is a frozen set of functions of the value v and its parameters, vectorized over rows: the share of
users who take part H(v), their surplus S(v) = E[(v - c)+], the density h(v), and the levels of v at which
an integral must be cut so that a Gauss rule integrates H(v(x)) to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eqsolve.numerics import special
from eqsolve.numerics.quadrature import Array

LawFunction = Callable[[Array, Array, Array], Array]
"""(v, scale, sigma) -> values, broadcasting."""

NEGLIGIBLE_Z = 8.5
"""A standard normal lies below -8.5 with probability 1e-17: below rounding."""

Z_STEP = 1.5
"""Gauss rules of order 16 integrate the normal law to rounding over two such steps."""

LOG_STEP = float(np.log(4.0))
"""...and the logarithm over a ratio of values of four, twice."""

EXPONENTIAL_LEVELS = (0.0, 8.0, 20.0, 37.0)
"""In units of the mean: order 16 integrates exp(-z) over each interval; beyond 37 it is below rounding."""


@dataclass(frozen=True)
class CostLaw:
    """One family of transaction-cost laws.

    Attributes:
        share: H(v), the fraction of users whose cost is at most v.
        surplus: S(v), the integral of H from 0 to v.
        density: h(v); None where H jumps instead.
        levels: (scale, sigma), each (rows,), to levels (rows, L).
    """

    share: LawFunction
    surplus: LawFunction
    density: LawFunction | None
    levels: Callable[[Array, Array], Array]


def _uniform_surplus(v: Array, scale: Array, sigma: Array) -> Array:
    inside = np.clip(v, 0.0, scale)
    return np.asarray(inside**2 / (2.0 * scale) + np.maximum(v - scale, 0.0))


def _exponential_share(v: Array, scale: Array, sigma: Array) -> Array:
    return np.asarray(-np.expm1(-np.maximum(v, 0.0) / scale))


def _exponential_surplus(v: Array, scale: Array, sigma: Array) -> Array:
    positive = np.maximum(v, 0.0)
    return np.asarray(positive + scale * np.expm1(-positive / scale))


def _lognormal_z(v: Array, scale: Array, sigma: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.maximum(v, 0.0) / scale) / sigma)


def _lognormal_surplus(v: Array, scale: Array, sigma: Array) -> Array:
    z = _lognormal_z(v, scale, sigma)
    mean = scale * np.exp(sigma**2 / 2.0)
    return np.asarray(np.maximum(v, 0.0) * special.ndtr(z) - mean * special.ndtr(z - sigma))


def _lognormal_density(v: Array, scale: Array, sigma: Array) -> Array:
    z = _lognormal_z(v, scale, sigma)
    bell = np.exp(-np.square(z) / 2.0) / np.sqrt(2.0 * np.pi)
    return np.asarray(np.divide(bell, sigma * v, out=np.zeros_like(bell), where=v > 0))


def _lognormal_levels(scale: Array, sigma: Array) -> Array:
    step = np.minimum(Z_STEP, LOG_STEP / sigma)
    count = int(np.ceil(2.0 * NEGLIGIBLE_Z / step.min())) + 1
    z = -NEGLIGIBLE_Z + step[:, None] * np.arange(count)
    levels: Array = scale[:, None] * np.exp(sigma[:, None] * z)
    used = np.where(z < NEGLIGIBLE_Z + step[:, None], levels, np.nan)
    return np.concatenate([np.zeros((scale.size, 1)), used], axis=1)


LAWS: dict[str, CostLaw] = {
    "uniform": CostLaw(
        share=lambda v, scale, sigma: np.clip(v / scale, 0.0, 1.0),
        surplus=_uniform_surplus,
        density=lambda v, scale, sigma: np.where((v > 0) & (v < scale), 1.0 / scale, 0.0),
        levels=lambda scale, sigma: np.stack([np.zeros_like(scale), scale], axis=-1),
    ),
    "point": CostLaw(
        share=lambda v, scale, sigma: (v >= scale).astype(np.float64),
        surplus=lambda v, scale, sigma: np.maximum(v - scale, 0.0),
        density=None,
        levels=lambda scale, sigma: scale[:, None].copy(),
    ),
    "exponential": CostLaw(
        share=_exponential_share,
        surplus=_exponential_surplus,
        density=lambda v, scale, sigma: np.where(v > 0, np.exp(-np.maximum(v, 0.0) / scale) / scale, 0.0),
        levels=lambda scale, sigma: scale[:, None] * np.array(EXPONENTIAL_LEVELS),
    ),
    "lognormal": CostLaw(
        share=lambda v, scale, sigma: np.asarray(special.ndtr(_lognormal_z(v, scale, sigma))),
        surplus=_lognormal_surplus,
        density=_lognormal_density,
        levels=_lognormal_levels,
    ),
}
"""Every law of docs/model.md by the name that a params file uses."""
