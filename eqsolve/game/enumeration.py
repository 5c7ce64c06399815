"""All participation equilibria of a choice of the platform, and whether they are stable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.participation import SAME, STARTS, adjust_from_all, start_state, state_distance
from eqsolve.game.response import Rows, tangent
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.spectrum import leading_eigenvalue


@dataclass(frozen=True)
class Enumeration:
    """Participation equilibria found from all starts.

    Attributes (R rows, S starts):
        states: limits of adjustment, (S, R, 2 + Y).
        number: number of each limit's equilibrium, counted from zero in the order of `STARTS`; -1 where
            adjustment found none, (S, R).
        count: number of distinct equilibria, (R,).
    """

    states: Array
    number: NDArray[np.intp]
    count: NDArray[np.intp]


def enumerate_equilibria(rows: Rows, tol: float = 1e-10) -> Enumeration:
    """Find the distinct participation equilibria of rows with beta > 0."""
    limits = adjust_from_all(rows, tol)
    number = np.full((len(STARTS), len(rows)), -1, dtype=np.intp)
    count = np.zeros(len(rows), dtype=np.intp)
    for s, limit in enumerate(limits):
        for earlier in range(s):
            same = state_distance(rows, limit.state, limits[earlier].state) < SAME
            known = limit.converged & (number[s] < 0) & (number[earlier] >= 0) & same
            number[s] = np.where(known, number[earlier], number[s])
        new = limit.converged & (number[s] < 0)
        number[s] = np.where(new, count, number[s])
        count += new
    return Enumeration(np.stack([limit.state for limit in limits]), number, count)


def stability(rows: Rows, state: Array) -> Array:
    """Largest real part of the spectrum of the best-response map's derivative, (R,); stable below 1.

    Adjustment dz/dtau = T(z) - z returns to a state exactly if it is below 1. Nobody taking part is probed
    by its derivative from a small uniform participation.
    """
    empty = state[:, 0] <= 0
    probe = np.where(empty[:, None], 1e-6 * start_state(rows, "everybody"), state)
    value = leading_eigenvalue(tangent(rows, probe), state.shape[1])
    return np.where(rows.beta > 0, value, 0.0)
