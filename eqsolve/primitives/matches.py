"""Match kernels s(x, y) in [0, 1]: how well output y suits taste x (docs/model.md, Primitives).

All that sets one kernel apart from another is here: its values and parameters, the panels that it needs, the
tables that integrate it, and operators that need no table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.pairs import Pairs, pairs
from eqsolve.numerics.product import ramp
from eqsolve.numerics.quadrature import Array, Grid
from eqsolve.numerics.separable import Separable, separable

T = TypeVar("T", np.float64, np.intp)

Integrals = Callable[[NDArray[np.intp], Array], Array]
"""Numbers of kernels (R,), masses at nodes of one grid (R, Y), to integrals at those of another (R, X)."""

PEAK_WIDTHS = 6.0
"""Gauss order 16 integrates a bell over a panel six standard deviations wide to rounding."""

SHAPE_WIDTHS = 1.8
"""...and interpolates a bell over a panel of so many standard deviations to 1e-12."""

TUNED_ORDER, TUNED_WIDTHS = 4, 9.5
"""...and so many times that order, with fewer nodes, exp(c s) and s exp(c s) over a panel of so many widths
of their peak, sd / sqrt(1 + |c|) (measured: test_pairs.py)."""

LEAST_PANELS = 2
"""A panel edge at 1/2 keeps symmetric games symmetric, and two panels cost no more than one."""

KINKED_PANELS = 32
"""A kink in s(x, y) also bends r(y) where participation jumps: small panels keep that below 1e-10."""


@dataclass(frozen=True)
class Tables:
    """One kernel at K sets of parameters, at the nodes of x and y.

    Attributes:
        pairs: the nodes at which kernels are tabulated.
        match: s(x, y) there, and on half grids also s(x, 1 - y), (K, S, Z) each; empty for kernels with a
            kink.
        over_y, over_x: integrals of the kernel over y at the nodes x, and over x at the nodes y.
    """

    pairs: Pairs
    match: tuple[Array, ...]
    over_y: Integrals
    over_x: Integrals


@dataclass(frozen=True)
class MatchKernel:
    """One family of match kernels.

    Attributes:
        value: x - y and parameters (..., S), on the last axis, to s(x, y); all else broadcasts.
        fall: how fast s falls in the distance u = |x - y|, from u and parameters as in `value`.
        width: parameters (rows, S) to the length over which s changes by its own size, (rows,).
        parameters: names of the parameters, as the params record of the kernel has them.
        smooth: False where s has a kink at y = x, which integrals must respect.
        least_panels: panels that a grid has at least.
        operators: powers c (T,) and a grid to the integrals over y of exp(c s) and of s exp(c s); None where
            tables of all pairs of nodes serve.
    """

    value: Callable[[Array, Array], Array]
    fall: Callable[[Array, Array], Array]
    width: Callable[[Array], Array]
    parameters: tuple[str, ...] = ()
    smooth: bool = True
    least_panels: int = LEAST_PANELS
    operators: Callable[[Array, Grid], Separable] | None = None

    def common(self, one: NDArray[T], other: NDArray[T]) -> tuple[NDArray[T], NDArray[T]]:
        """Panels, or gradings, of the grids of x and of y: a kink is cut out of panels that both share."""
        if self.smooth:
            return one, other
        both = np.maximum(one, other)
        return both, both

    def tables(self, parameters: Array, x: Grid, y: Grid, coarse: Grid | None = None) -> Tables:
        """Tabulate the kernel for K sets of parameters, (K, S), on a coarse grid where that has fewer nodes.

        On half grids an even function of y meets both y and 1 - y; only smooth kernels may be used there.
        """

        if not self.smooth:
            return Tables(pairs(x, y), (), ramp(x, y), ramp(y, x))
        at = pairs(x, y, coarse)

        def value(gap: Array) -> Array:
            each = parameters.reshape(len(parameters), *([1] * gap.ndim), -1)
            return np.array(np.broadcast_to(self.value(gap, each), (len(parameters), *gap.shape)))

        plain = value(at.x.x[:, None] - at.y.x)
        match = (plain, value(at.x.x[:, None] - at.y.complement)) if y.half else (plain,)
        both = np.asarray(np.mean(match, axis=0))
        return Tables(at, match, partial(at.over_y, both), partial(at.over_x, both))


def _wide(parameters: Array) -> Array:
    """The width of kernels that fall by a half over the line, (rows,)."""
    return np.full(len(parameters), 0.7)


KERNELS: dict[str, MatchKernel] = {
    "gaussian": MatchKernel(
        value=lambda gap, parameters: np.exp(-np.square(gap / parameters[..., 0]) / 2.0),
        fall=lambda u, parameters: (
            np.exp(-np.square(u / parameters[..., 0]) / 2.0) * u / np.square(parameters[..., 0])
        ),
        width=lambda parameters: parameters[:, 0],
        parameters=("breadth",),
    ),
    "quadratic": MatchKernel(
        value=lambda gap, parameters: 1.0 - np.square(gap), fall=lambda u, parameters: 2.0 * u, width=_wide
    ),
    "linear": MatchKernel(
        value=lambda gap, parameters: 1.0 - np.abs(gap),
        fall=lambda u, parameters: np.ones_like(u),
        width=_wide,
        smooth=False,
        least_panels=KINKED_PANELS,
        operators=separable,
    ),
}
"""Every kernel of docs/model.md by the name that a params file uses."""
