"""The Shapley value: what each of n factors contributes, averaged over all orders of switching them."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array


def corners(factors: int) -> NDArray[np.bool_]:
    """Every combination of factors that are on, (2^n, n): row c has factor i on where bit i of c is set."""
    return np.asarray((np.arange(2**factors)[:, None] >> np.arange(factors)) % 2 == 1)


def shapley(worth: Array) -> Array:
    """Contributions of the factors, (n, ...); they sum to worth[-1] - worth[0].

    Factor i gets the mean of worth[with i] - worth[without i] over all orders in which factors are switched
    on, so a factor that never matters gets exactly zero (Shapley 1953, A Value for n-Person Games).

    Args:
        worth: what is reached at each of the corners, (2^n, ...).
    """
    factors = len(worth).bit_length() - 1
    on = corners(factors)
    weight = np.array([1.0 / (factors * comb(factors - 1, size)) for size in range(factors)])
    terms = []
    for i in range(factors):
        without = np.flatnonzero(~on[:, i])
        gain = worth[without + 2**i] - worth[without]
        terms.append(np.tensordot(weight[on[without].sum(axis=1)], gain, axes=1))
    return np.stack(terms)
