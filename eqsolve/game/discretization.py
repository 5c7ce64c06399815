"""Where a batch of games is evaluated: grids for tastes and outputs, and tables of its primitives.

Precomputed once per batch: grids, densities and kernels at the nodes (one table per distinct density and set
of parameters), the match with the initial model. Per row (game, q, beta): gathered scalars and, when own
feedback counts, the factors exp(beta zeta w_j s), one table per distinct value. Per iteration: one product
with the kernel each way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.games import Games, Index
from eqsolve.numerics.distances import Distances, distances, power
from eqsolve.numerics.quadrature import Array, Grid, Transfer, transfer
from eqsolve.primitives.densities import (
    PANEL_COUNTS,
    Density,
    grading,
    highest,
    is_even,
    panels_needed,
    refined,
    tabulate,
)
from eqsolve.primitives.matches import KINKED_PANELS, PEAK_WIDTHS, SHAPE_WIDTHS, Integrals

SWITCH_WIDTHS = 3.0
"""Panels resolve a logistic switch between two tuned peaks of slope beta zeta s' over this many widths."""


DRAWS_PER_PANEL = 4.0
"""The match of the best of K outputs bends within 1 / K of the ends: its fall over a panel of that many
such lengths is interpolated to rounding by order 16."""

DRAWN_WIDTHS = 5.0
"""...and where a tuned peak of outputs passes: over a panel of so many of its standard deviations the match
is interpolated to about 1e-9, an error that integrals over tastes hardly see."""

GRADED_PANELS = 16
"""...and where outputs are singular at an end, so many panels resolve tastes close to the end: for gradings
above `MILD`."""

MILD, MILD_PANELS, MILD_DRAWS, MASS_DRAWS = 4, 3.0, 8.0, 32.0
"""Largest grading of outputs of which a smooth kernel's match needs no graded grid: where densities go like
x^(a-1) it goes like x^(a+2), at least x^3.5, which equal panels interpolate to 5e-10; so many for two draws,
and one more for so many draws in units of the density's peak, of the match and of masses."""

SHORTEST = 2.0
"""Length of the first interval of distances, in units of 1 / K: the fall of (1 - A)^K over it is integrated
to rounding by order 16 as long as the density of outputs is below 4."""

FEW_PANELS = 4
"""From so many panels of outputs on, an interval between their edges, half a panel on average, needs 5/8 of a
panel's points for integrals to 2e-12, and 3/4 of them with fewer panels (measured over random games)."""

MANY = 16
"""More panels than this come in fours, so that panels that are as many times as wide share their ends."""

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


@dataclass(frozen=True)
class Discretization:
    """Tables of a batch of games on its grids.

    Attributes (D, U, K: numbers of distinct tastes, outputs, kernels; X, S, Y: numbers of nodes):
        games: the batch.
        x, y: the grids of tastes, where densities and participation live, and of outputs.
        shape: the grid on which the match is computed, as fine as the kernel needs; a density may need more.
        onto: interpolation from `shape` to `x`; None where the two grids are one.
        tastes: masses w_i g(x_i), (D, X); taste_of: (G, J) into them.
        outputs: masses w_i f_0(y_i), (U, Y); output_of: (G,) into them.
        match: s(x, y) at the nodes of `shape` and of `y`, and on half grids also at 1 - y, (K, S, Y) each;
            empty for kernels with a kink.
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


Densities = tuple[Density, ...]


@dataclass(frozen=True)
class Needs:
    """What the grids of games need, of tastes, shape and outputs in this order.

    Attributes:
        panels: numbers of equal panels, (G, 3).
        gradings: of the grids, (G, 3).
        narrow: for each game and grid, the densities for which panels are halved where they are too wide.
        met: whether there are such grids, (G,).
        paired: whether panels must end at 1/2, where the match of the best of several outputs bends.
    """

    panels: Index
    gradings: Index
    narrow: tuple[tuple[Densities, Densities, Densities], ...]
    met: NDArray[np.bool_]
    paired: bool

    def key(self) -> Index:
        """The same numbers for games that need the same grids, (G, 9)."""
        number: dict[Densities, int] = {(): 0}
        narrow = [[number.setdefault(densities, len(number)) for densities in game] for game in self.narrow]
        return np.hstack([self.panels, self.gradings, narrow])

    def grids(self, order: int, extra: int, half: bool = False) -> tuple[Grid, Grid, Grid]:
        """Grids for tastes, shape and outputs that serve all these games, with `extra` panels each.

        Half grids have at least as many panels on [0, 1/2] as those that they replace.
        """
        x, shape, y = (
            _grid(
                int(self.panels[:, i].max()) + extra,
                order,
                int(self.gradings[:, i].max()),
                half,
                self.paired,
                tuple(dict.fromkeys(density for game in self.narrow for density in game[i])),
            )
            for i in range(3)
        )
        return x, shape, y


def _grid(panels: int, order: int, grade: int, half: bool, paired: bool, narrow: Densities) -> Grid:
    pairs = (panels + 1) // 2
    pairs += pairs % 2 if paired and panels > MANY and grade == 1 else 0
    panels = pairs if half else 2 * pairs if paired else panels
    if narrow:
        return refined(narrow, 2 * panels if half else panels, order, grade, half).grid
    return Grid(panels, order, grade, half)


WEAKER = (0.25, 0.0625)
"""Shares of the bound up to which intensities have grids of their own: a quarter of it halves the panels that
peaks need, and the numbers in a table fall to a quarter or less; more shares would split batches."""


def weaker(games: Games) -> list[tuple[float, Games]]:
    """Games with less fine-tuning that need coarser grids, and the share of the bound up to which they serve.

    Where intensity is chosen from an interval most of it needs less than the bound does. From high to low
    shares; games without such a choice have none.
    """
    result, last = [], needs_of(games).panels.max(axis=0)
    for share in WEAKER if games.continuous.all() else ():
        less = replace(games, strength=share * games.strength)
        panels = needs_of(less).panels.max(axis=0)
        if (panels < last).any():
            result.append((share, less))
            last = panels
    return result


def fitting(shares: list[float], strength: Array, beta: Array) -> list[tuple[int, Index]]:
    """Which grids serve intensities (K,): 0 for those of the bound, n for those of the n-th share of it.

    Args:
        shares: as those of `weaker`.
        strength, beta: bounds and intensities, (K,) each.

    Returns:
        Numbers of the grids that are needed, and of the intensities that they serve.
    """
    number = np.zeros(beta.size, dtype=np.intp)
    for level, share in enumerate(shares, start=1):
        number[beta <= share * strength] = level
    parts = [(level, np.flatnonzero(number == level)) for level in range(len(shares) + 1)]
    return [part for part in parts if part[1].size]


def round_up(panels: Array) -> Index:
    """Round numbers of panels up to the listed counts; beyond the last, to the last plus one."""
    listed = np.array([*PANEL_COUNTS, PANEL_COUNTS[-1] + 1])
    return np.asarray(listed[np.searchsorted(listed[:-1], np.ceil(panels - 1e-9))])


def needs_of(games: Games, order: int = 16) -> Needs:
    """Work out which grids each game needs so that order `order` resolves everything to rounding."""
    kernel = games.kernel
    width = kernel.width(games.match_shape)
    own = games.strength * games.personalization
    grade_x = np.array([max(grading(d) for d in row) for row in games.tastes])
    grade_y = np.array([grading(d) for d in games.outputs])
    bends = np.maximum(1.0 / (SHAPE_WIDTHS * width), 0.6 * own / (SWITCH_WIDTHS * width))
    peaks = np.sqrt(1.0 + games.strength) / (PEAK_WIDTHS * width) * _stretch(grade_y)
    tastes, narrow_x = _panels(games.tastes, order, grade_x)
    outputs, narrow_y = _panels(games.outputs[:, None], order, grade_y)
    least, picks = np.full(len(games), kernel.least_panels), games.draws > 1
    # A smooth match does not know where tastes are singular.
    grade = np.ones_like(grade_x) if kernel.smooth else grade_x
    if picks:
        fall, outputs, grade_x, grade, grade_y = _for_draws(games, outputs, grade_x, grade_y)
        least = np.maximum.reduce([least, fall, PEAK_WIDTHS / DRAWN_WIDTHS * peaks])
    # The map of the grid is interpolated, too, a polynomial of degree 2 m - 1.
    shape, at_tastes = (np.maximum(bends * _stretch(m) + m - 1.0, least) for m in (grade, grade_x))
    shape, outputs = kernel.common(shape, np.maximum(np.maximum(peaks, outputs), kernel.least_panels))
    if not picks:
        grade_x, grade_y = kernel.common(grade_x, grade_y)
        grade = grade if kernel.smooth else grade_x
    at_tastes = np.maximum.reduce([shape, at_tastes, tastes])
    panels = np.stack([round_up(at_tastes), round_up(shape), round_up(outputs)], axis=1)
    gradings = np.stack([grade_x, grade, grade_y], axis=1)
    narrow = tuple(
        (x + y, y, y) if kernel.smooth and picks else (x, (), y) if kernel.smooth else (x + y, x + y, x + y)
        for x, y in zip(narrow_x, narrow_y, strict=True)
    )
    met = panels.max(axis=1) <= PANEL_COUNTS[-1]
    for game, at in enumerate(narrow):
        grids = zip(at, panels[game].tolist(), gradings[game].tolist(), strict=True)
        met[game] &= all(refined(d, count, order, grade).enough for d, count, grade in grids if d)
    return Needs(panels, gradings, narrow, met, picks)


def _for_draws(
    games: Games, outputs: Array, grade_x: Index, grade_y: Index
) -> tuple[Array, Array, Index, Index, Index]:
    """What the best of several outputs needs, (G,) each, given what outputs and gradings alone need.

    Returns:
        Panels on which the match falls, panels of outputs, and gradings of tastes, of the match, of outputs.
    """
    # The match bends where outputs do; tastes that are singular matter to integrals over them alone.
    mild = (grade_y > 1) & (grade_y <= MILD) & games.kernel.smooth
    grade, outputs = np.where(mild, 1, grade_y), outputs.copy()
    grade_x = np.maximum(grade_x, grade)
    if not games.kernel.smooth:
        grade = grade_y = grade_x
    graded = np.where(grade_y > MILD, GRADED_PANELS, 0)
    fall = np.maximum(outputs, games.draws / DRAWS_PER_PANEL)
    for game in np.flatnonzero(mild).tolist():
        steep = games.draws * highest(games.outputs[game])
        fall[game] = MILD_PANELS + steep / MILD_DRAWS
        outputs[game] = max(outputs[game], MILD_PANELS + steep / MASS_DRAWS)
    return np.maximum(fall, graded), np.maximum(outputs, graded), grade_x, grade, grade_y


def _stretch(grade: Index) -> Array:
    """How much farther apart the nodes of graded grids are in the middle."""
    return np.where(grade > 1, 2.0 * np.sqrt(grade / np.pi), 1.0)


def _panels(densities: NDArray[np.object_], order: int, grade: Index) -> tuple[Array, list[Densities]]:
    """Equal panels for the densities (G, D) of each game; where none will do, one, and the densities."""
    counts, narrow = np.ones(len(densities)), list[Densities]()
    for game, row in enumerate(densities):
        needed = [panels_needed(density, order, int(grade[game])) for density in row]
        enough = [panels for panels in needed if panels is not None]
        if len(enough) == len(needed):
            counts[game] = max(enough)
        narrow.append(() if len(enough) == len(needed) else tuple(dict.fromkeys(row)))
    return counts, narrow


def discretize(games: Games, x: Grid, shape: Grid, y: Grid, *, cut: bool = True) -> Discretization:
    """Tabulate a batch of games on given grids."""
    taste_list, taste_of = _distinct(games.tastes, x)
    output_list, output_of = _distinct(games.outputs, y)
    kernels, kernel_of = np.unique(games.match_shape, axis=0, return_inverse=True)
    kernel_of = kernel_of.ravel()
    tables = games.kernel.tables(kernels, shape, y)
    onto = None if shape == x else transfer(shape, x)
    picking = _picking(games, kernels, x, shape, y) if games.draws > 1 else None
    pairs, initial_of = np.unique(np.stack([kernel_of, output_of]), axis=1, return_inverse=True)
    if picking is None:
        initial_match = tables.over_y(pairs[0], output_list[pairs[1]])
        initial_match = initial_match if onto is None else onto.lift(initial_match)
    else:
        initial_match = picking.lift(picking.initial(pairs[0], output_list[pairs[1]]))
    return Discretization(
        games, x, shape, y, onto, taste_list, taste_of, output_list, output_of, tables.match, tables.over_y,
        tables.over_x, kernel_of, initial_match, initial_of, symmetric(games), picking, cut,
    )  # fmt: skip


def _picking(games: Games, kernels: Array, x: Grid, shape: Grid, y: Grid) -> Picking:
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
        _panels(games.outputs[:, None], shape.order, np.array([grading(d) for d in games.outputs]))[0]
    )
    pairs = int(np.ceil(KINKED_PAIRS + draws / PAIR_DRAWS))
    fewest = max(min(2 * int(needed), shape.panels // KINKED_SHARE), 2 * pairs)
    # Nodes that divide the panels alike meet the same places in all of them.
    panels = next((n for n in range(fewest, 2 * fewest, 2) if shape.panels % n == 0), fewest)
    own = (games.strength * games.personalization)[:, None] * games.w
    steep = draws * max(1.0, float(own.max()) / 2.0)
    points = max(KINKED_POINTS + int(steep) // KINKED_DRAWS, SHARP_POINTS if needed > 1 else 0)
    return Grid(panels, shape.order, shape.grading), min(order, points)


def symmetric(games: Games) -> NDArray[np.bool_]:
    """Games that x -> 1 - x, y -> 1 - y leaves unchanged, (G,): every match depends on |x - y| alone."""
    tastes = [all(is_even(density) for density in row) for row in games.tastes]
    return np.asarray(np.array(tastes) & np.array([is_even(density) for density in games.outputs]))


def _distinct(records: NDArray[np.object_], grid: Grid) -> tuple[Array, Index]:
    """Tables of the distinct densities and, for each record, the number of its table."""
    number: dict[Density, int] = {}
    index = np.array([number.setdefault(record, len(number)) for record in records.ravel()])
    return np.stack([tabulate(density, grid) for density in number]), index.reshape(records.shape)
