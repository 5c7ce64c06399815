"""The best of several outputs: how far it is from tastes, and what that costs (docs/model.md, Draws)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.game.games import Games, Index
from eqsolve.game.grids import panels_of
from eqsolve.numerics.distances import Distances, distances, power
from eqsolve.numerics.quadrature import Array, Grid, Transfer, transfer
from eqsolve.primitives.densities import grading
from eqsolve.primitives.matches import KINKED_PANELS

SHORTEST = 2.0
"""Length of the first interval of distances, in units of 1 / K: the fall of (1 - A)^K over it is integrated
to rounding by order 16 as long as the density of outputs is below 4."""

FEW_PANELS = 4
"""From so many panels of outputs on, an interval between their edges, half a panel on average, needs 5/8 of a
panel's points for integrals to 2e-12, and 3/4 of them with fewer panels (measured over random games)."""

KINKED_SHARE = 2
"""Panels of kernels with a kink for each panel on which the best match is computed, at most: it is smoother
than they are, which follow the bends of participation, and as sharp as the density of outputs."""

KINKED_PAIRS, PAIR_DRAWS = 1.5, 11.0
"""Pairs of panels for few draws, and draws for each pair more: 64 nodes for up to five draws interpolate the
match to 4e-10 (1e-9 where participation jumps), 128 for up to sixteen to rounding."""

KINKED_POINTS, KINKED_DRAWS, SHARP_POINTS = 4, 12, 6
"""Points in each of the many short intervals between their panels, draws for each point more, and the fewest
points where outputs are not uniform. Own feedback of power c = beta zeta w makes outputs c / 2 times as dense
around a taste, which is as many times the draws."""


@dataclass(frozen=True)
class Picking:
    """What the expected match of the best of K > 1 outputs needs.

    Attributes (S nodes x, L q points u):
        draws: K.
        at: the nodes x at which it is computed.
        onto: interpolation from there to the grid of tastes; None where the two are one.
        half: whether masses come on half grids of y.
        distances: points u, and masses beyond them.
        slopes: how fast the match of each kernel falls at u, times the weights of u, (S, kernels, L q).
        tops: s(x, x) of each kernel, (kernels,).
    """

    draws: int
    at: Grid
    onto: Transfer | None
    half: bool
    distances: Distances
    slopes: Array
    tops: Array

    def fall(self, kernel: Index) -> tuple[Array, Array]:
        """Slopes and tops of kernels (R,): (S, R or 1, L q) and (R or 1,)."""
        some = kernel[:1] if (kernel == kernel[0]).all() else kernel
        return self.slopes[:, some], self.tops[some]

    def initial(self, kernel: Index, masses: Array) -> Array:
        """Expected match of the best of K outputs that have masses (R, Y), at the nodes x, (R, S)."""
        whole = self.unfold(masses)[:, None, :]
        fall, top = self.fall(kernel)
        outside = self.distances.outside(whole / whole.sum(axis=2, keepdims=True))
        return np.asarray((top - (fall * power(outside, self.draws)).sum(axis=2)).T)

    def unfold(self, masses: Array) -> Array:
        """Masses at the nodes y as masses on the full grid, (R, Y)."""
        return np.concatenate([masses, masses[:, ::-1]], axis=1) / 2.0 if self.half else masses

    def lift(self, values: Array) -> Array:
        """Carry values (..., S) to the taste grid, (..., X)."""
        return values if self.onto is None else self.onto.lift(values)


def prepare(games: Games, kernels: Array, x: Grid, shape: Grid, y: Grid) -> Picking:
    """Prepare the best of several outputs for kernels (kernels, S)."""
    kernel, draws = games.kernel, games.draws
    smooth = y.unfolded() if y.half else y
    at, order = shape, y.order * (5 if smooth.panels >= FEW_PANELS else 6) // 8
    equal = shape == Grid(shape.panels, shape.order, shape.grading)
    if not kernel.smooth and y.panels >= KINKED_PANELS and equal:
        at, order = _coarser(games, shape, order)
    where = distances(at, smooth, order, SHORTEST / draws)
    slopes = where.weights * kernel.fall(where.u, kernels[:, None, None, :])
    slopes = np.broadcast_to(slopes, (len(kernels), *where.u.shape)).swapaxes(0, 1)
    tops = np.broadcast_to(kernel.value(np.zeros(1), kernels), len(kernels))
    onto = None if at == x else transfer(at, x)
    return Picking(draws, at, onto, y.half, where, np.ascontiguousarray(slopes), tops)


def _coarser(games: Games, shape: Grid, order: int) -> tuple[Grid, int]:
    """Where the best match of a kernel with a kink is computed, and with how many points in an interval."""
    draws = games.draws
    needed = max(
        panels_of(games.outputs[:, None], shape.order, np.array([grading(d) for d in games.outputs]))[0]
    )
    pairs = int(np.ceil(KINKED_PAIRS + draws / PAIR_DRAWS))
    fewest = max(min(2 * int(needed), shape.panels // KINKED_SHARE), 2 * pairs)
    # Nodes that divide the panels alike meet the same places in all of them.
    panels = next((n for n in range(fewest, 2 * fewest, 2) if shape.panels % n == 0), fewest)
    own = (games.strength * games.personalization)[:, None] * games.w
    steep = draws * max(1.0, float(own.max()) / 2.0)
    points = max(KINKED_POINTS + int(steep) // KINKED_DRAWS, SHARP_POINTS if needed > 1 else 0)
    return Grid(panels, shape.order, shape.grading), min(order, points)
