"""Match kernels s(x, y) in [0, 1]: how well output y suits taste x (docs/model.md, Primitives)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eqsolve.numerics.quadrature import Array

PEAK_WIDTHS = 6.0
"""Gauss order 16 integrates a bell over a panel six standard deviations wide to rounding."""

SHAPE_WIDTHS = 2.0
"""...and interpolates a bell over a panel two standard deviations wide to 1e-13."""


@dataclass(frozen=True)
class MatchKernel:
    """One family of match kernels.

    Attributes:
        value: (x - y, breadth) to s(x, y), broadcasting.
        width: breadth to the length over which s changes by its own size.
        smooth: False where s has a kink at y = x, which integrals must respect.
    """

    value: Callable[[Array, Array], Array]
    width: Callable[[Array], Array]
    smooth: bool = True


KERNELS: dict[str, MatchKernel] = {
    "gaussian": MatchKernel(
        value=lambda gap, breadth: np.exp(-np.square(gap / breadth) / 2.0), width=lambda breadth: breadth
    ),
    "quadratic": MatchKernel(
        value=lambda gap, breadth: 1.0 - np.square(gap) + 0.0 * breadth,
        width=lambda breadth: np.full_like(breadth, 0.7),
    ),
    "linear": MatchKernel(
        value=lambda gap, breadth: 1.0 - np.abs(gap) + 0.0 * breadth,
        width=lambda breadth: np.full_like(breadth, 0.7),
        smooth=False,
    ),
}
"""Every kernel of docs/model.md by the name that a params file uses."""
