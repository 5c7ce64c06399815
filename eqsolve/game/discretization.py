"""Where a batch of games is evaluated: grids for tastes and outputs, and tables of its primitives.

Precomputed once per batch: grids, densities and kernels at the nodes (one table per distinct density and set
of parameters), the match with the initial model. Per row (game, q, beta): gathered scalars and, when own
feedback counts, the factors exp(beta zeta w_j s), one table per distinct value. Per iteration: one product
with the kernel each way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.games import Games, Index
from eqsolve.game.picking import Picking, initial_match, prepare
from eqsolve.numerics.pairs import Pairs
from eqsolve.numerics.quadrature import Array, Grid, Transfer, transfer
from eqsolve.numerics.record import record
from eqsolve.primitives.densities import Density, is_even, tabulate
from eqsolve.primitives.matches import Integrals


@record
class Discretization:
    """Tables of a batch of games on its grids.

    Attributes (D, U, K: numbers of distinct tastes, outputs, kernels; X, S, Y: numbers of nodes):
        games: the batch.
        x, y: the grids of tastes, where densities and participation live, and of outputs.
        shape: the grid on which the match is computed, as fine as the kernel needs; a density may need more.
        onto: interpolation from `shape` to `x`; None where the two grids are one.
        tastes: masses w_i g(x_i), (D, X); taste_of: (G, J) into them.
        outputs: masses w_i f_0(y_i), (U, Y); output_of: (G,) into them.
        pairs: the nodes of x and of y at which kernels are tabulated, those of `shape` and y if no fewer do.
        match: s(x, y) there, and on half grids also at 1 - y, (K, P, Q) each; empty for kernels with a kink.
        to_taste: integrals of the match over y at the nodes of `shape`: kernels (R,) and masses (R, Y) to
            (R, S); kernel_of: number of each game's kernel, (G,).
        to_output: the same over x at the nodes y, from masses (R, S) to (R, Y).
        initial_match: m_j(x) before tuning, (M, X); initial_of: (G,) into it.
        mirror: games that x -> 1 - x, y -> 1 - y leaves unchanged, (G,).
        picking: how the best of several outputs is found; None where users see one.
        cut: whether kinks of the cost law are resolved by cutting panels.
    """

    games: Games
    x: Grid
    shape: Grid
    y: Grid
    onto: Transfer | None
    tastes: Array
    taste_of: Index
    outputs: Array
    output_of: Index
    pairs: Pairs
    match: tuple[Array, ...]
    to_taste: Integrals
    to_output: Integrals
    kernel_of: Index
    initial_match: Array
    initial_of: Index
    mirror: NDArray[np.bool_]
    picking: Picking | None = None
    cut: bool = True

    @property
    def numbers(self) -> int:
        """Numbers that a row needs in work arrays; those of distances come in pieces of their own."""
        return int(self.x.size * self.games.share.shape[1] + self.y.size)

    def lift(self, values: Array) -> Array:
        """Carry values (..., S) from the shape grid to the taste grid, (..., X)."""
        return values if self.onto is None else self.onto.lift(values)

    def gather(self, masses: Array) -> Array:
        """Carry masses (..., X) from the taste grid to the shape grid, (..., S), moments intact."""
        return masses if self.onto is None else self.onto.gather(masses)


def discretize(
    games: Games, x: Grid, shape: Grid, y: Grid, coarse: Grid | None = None, *, cut: bool = True
) -> Discretization:
    """Tabulate a batch of games on given grids, smooth kernels on a coarse one if that is given."""
    taste_list, taste_of = _distinct(games.tastes, x)
    output_list, output_of = _distinct(games.outputs, y)
    kernels, kernel_of = np.unique(games.match_shape, axis=0, return_inverse=True)
    kernel_of = kernel_of.ravel()
    tables = games.kernel.tables(kernels, shape, y, coarse)
    onto = None if shape == x else transfer(shape, x)
    picking = prepare(games, kernels, x, shape, y, output_list) if games.draws > 1 else None
    pairs, initial_of = np.unique(np.stack([kernel_of, output_of]), axis=1, return_inverse=True)
    if picking is None:
        initial = tables.over_y(pairs[0], output_list[pairs[1]])
        initial = initial if onto is None else onto.lift(initial)
    else:
        initial = initial_match(games, kernels, (x, shape, y), pairs[0], output_list[pairs[1]])
    return Discretization(
        games, x, shape, y, onto, taste_list, taste_of, output_list, output_of, tables.pairs, tables.match,
        tables.over_y, tables.over_x, kernel_of, initial, initial_of, symmetric(games), picking, cut,
    )  # fmt: skip


def symmetric(games: Games) -> NDArray[np.bool_]:
    """Games that x -> 1 - x, y -> 1 - y leaves unchanged, (G,): every match depends on |x - y| alone."""
    tastes = [all(is_even(density) for density in row) for row in games.tastes]
    return np.asarray(np.array(tastes) & np.array([is_even(density) for density in games.outputs]))


def _distinct(records: NDArray[np.object_], grid: Grid) -> tuple[Array, Index]:
    """Tables of the distinct densities and, for each record, the number of its table."""
    number: dict[Density, int] = {}
    index = np.array([number.setdefault(record, len(number)) for record in records.ravel()])
    return np.stack([tabulate(density, grid) for density in number]), index.reshape(records.shape)
