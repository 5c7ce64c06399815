"""Transaction-cost laws H on arrays (docs/model.md, Primitives).

A law is a frozen set of functions of the value v, the scale C and the law's shape parameters, vectorized over
rows: the share of users who take part H(v), their surplus S(v) = E[(v - c)+], the density h(v), the levels of
v at which an integral must be cut so that a Gauss rule integrates H(v(x)) to rounding. All that sets one law
apart from another is here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eqsolve.numerics import special
from eqsolve.numerics.quadrature import Array

LawFunction = Callable[[Array, Array, Array], Array]
"""(v, scale, shape) -> values; `shape` (..., S) has the S shape parameters on its last axis, all else
broadcasts."""

Levels = Callable[[Array, Array], Array]
"""scale (rows,) and shape (rows, S) -> levels of v, (rows, L); nan where a row has fewer."""

Lengths = Callable[[Array, Array], Array]
"""scale (rows,) and shape (rows, S) -> values of v or lengths, (rows,)."""

NEGLIGIBLE_Z = 8.5
"""A standard normal lies below -8.5 with probability 1e-17: below rounding."""

Z_STEP = 1.5
"""Gauss rules of order 16 integrate the normal law to rounding over two such steps."""

LOG_STEP = float(np.log(4.0))
"""...and the logarithm over a ratio of values of four, twice."""

EXPONENTIAL_LEVELS = (0.0, 8.0, 20.0, 37.0)
"""In units of the mean: order 16 integrates exp(-z) over each interval; beyond 37 it is below rounding."""


def _zero(scale: Array, shape: Array) -> Array:
    return np.zeros_like(scale)


def _scale(scale: Array, shape: Array) -> Array:
    return scale


@dataclass(frozen=True)
class CostLaw:
    """One family of transaction-cost laws.

    Attributes:
        share: H(v), the fraction of users whose cost is at most v.
        surplus: S(v), the integral of H from 0 to v.
        density: h(v), continuous from the right, so that at an end of the support it is the limit from above;
            None where H jumps instead.
        levels: where integrals of H(v(x)) are cut: where H has a kink or a jump, and where it varies fast.
        parameters: names of the shape parameters, as the params record of the law has them.
        lowest: infimum of the support.
        rise: the length over which H rises, if it does not jump.
    """

    share: LawFunction
    surplus: LawFunction
    density: LawFunction | None
    levels: Levels
    parameters: tuple[str, ...] = ()
    lowest: Lengths = _zero
    rise: Lengths = _scale

    @property
    def jumps(self) -> bool:
        """Whether H jumps where it rises."""
        return self.density is None


def _uniform_density(v: Array, scale: Array, shape: Array) -> Array:
    return np.where((v >= 0.0) & (v < scale), 1.0 / scale, 0.0)


def _uniform_surplus(v: Array, scale: Array, shape: Array) -> Array:
    inside = np.clip(v, 0.0, scale)
    return np.asarray(inside**2 / (2.0 * scale) + np.maximum(v - scale, 0.0))


def _ends(scale: Array, shape: Array) -> Array:
    return np.stack([np.zeros_like(scale), scale], axis=-1)


def _exponential_share(v: Array, scale: Array, shape: Array) -> Array:
    return np.asarray(-np.expm1(-np.maximum(v, 0.0) / scale))


def _exponential_surplus(v: Array, scale: Array, shape: Array) -> Array:
    positive = np.maximum(v, 0.0)
    return np.asarray(positive + scale * np.expm1(-positive / scale))


def _exponential_density(v: Array, scale: Array, shape: Array) -> Array:
    return np.where(v >= 0.0, np.exp(-np.maximum(v, 0.0) / scale) / scale, 0.0)


def _lognormal_z(v: Array, scale: Array, shape: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.maximum(v, 0.0) / scale) / shape[..., 0])


def _lognormal_share(v: Array, scale: Array, shape: Array) -> Array:
    return np.asarray(special.ndtr(_lognormal_z(v, scale, shape)))


def _lognormal_surplus(v: Array, scale: Array, shape: Array) -> Array:
    z, sigma = _lognormal_z(v, scale, shape), shape[..., 0]
    mean = scale * np.exp(sigma**2 / 2.0)
    return np.asarray(np.maximum(v, 0.0) * special.ndtr(z) - mean * special.ndtr(z - sigma))


def _lognormal_density(v: Array, scale: Array, shape: Array) -> Array:
    z = _lognormal_z(v, scale, shape)
    bell = np.exp(-np.square(z) / 2.0) / np.sqrt(2.0 * np.pi)
    return np.asarray(np.divide(bell, shape[..., 0] * v, out=np.zeros_like(bell), where=v > 0))


def _lognormal_levels(scale: Array, shape: Array) -> Array:
    sigma = shape[:, 0]
    step = np.minimum(Z_STEP, LOG_STEP / sigma)
    count = int(np.ceil(2.0 * NEGLIGIBLE_Z / step.min())) + 1
    z = -NEGLIGIBLE_Z + step[:, None] * np.arange(count)
    levels: Array = scale[:, None] * np.exp(sigma[:, None] * z)
    used = np.where(z < NEGLIGIBLE_Z + step[:, None], levels, np.nan)
    return np.concatenate([np.zeros((scale.size, 1)), used], axis=1)


LAWS: dict[str, CostLaw] = {
    "uniform": CostLaw(
        share=lambda v, scale, shape: np.clip(v / scale, 0.0, 1.0),
        surplus=_uniform_surplus,
        density=_uniform_density,
        levels=_ends,
    ),
    "point": CostLaw(
        share=lambda v, scale, shape: (v >= scale).astype(np.float64),
        surplus=lambda v, scale, shape: np.maximum(v - scale, 0.0),
        density=None,
        levels=lambda scale, shape: scale[:, None].copy(),
        lowest=_scale,
    ),
    "exponential": CostLaw(
        share=_exponential_share,
        surplus=_exponential_surplus,
        density=_exponential_density,
        levels=lambda scale, shape: scale[:, None] * np.array(EXPONENTIAL_LEVELS),
    ),
    "lognormal": CostLaw(
        share=_lognormal_share,
        surplus=_lognormal_surplus,
        density=_lognormal_density,
        levels=_lognormal_levels,
        parameters=("sigma",),
        rise=lambda scale, shape: scale * np.minimum(shape[:, 0], 1.0),
    ),
}
"""Every law of docs/model.md by the name that a params file uses."""
