"""Which grids games need: so many panels for tastes, for the match and for outputs that all is resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.games import Games, Index
from eqsolve.game.nodes import MILD, match_nodes
from eqsolve.numerics.quadrature import Array, Grid
from eqsolve.numerics.record import record
from eqsolve.primitives.densities import PANEL_COUNTS, Density, grading, panels_needed, refined
from eqsolve.primitives.matches import PEAK_WIDTHS, SHAPE_WIDTHS, TUNED_ORDER, TUNED_WIDTHS

SWITCH_WIDTHS = 3.0
"""Panels resolve a logistic switch between two tuned peaks of slope beta zeta s' over this many widths."""

DRAWS_PER_PANEL = 4.0
"""The match of the best of K outputs bends within 1 / K of the ends: its fall over a panel of that many
such lengths is interpolated to rounding by order 16."""

DRAWN_WIDTHS = 5.0
"""...and where a tuned peak of outputs passes: over a panel of so many of its standard deviations the match
is interpolated to about 1e-9, an error that integrals over tastes hardly see."""

PANEL_NODES, PANEL_SQUARES = 4.0, 150.0
"""...and where `match_nodes` of half of the line resolve it: so many nodes a panel, or so many of their
squares where that is less, since equal panels resolve a layer at an end in proportion to it."""

GRADED_PANELS = 16
"""...and where outputs are singular at an end, so many panels resolve tastes close to the end: for gradings
above `MILD`."""

MANY = 16
"""More panels than this come in fours, so that panels that are as many times as wide share their ends."""


WORTH, LARGE = 2, 2**16
"""Kernels are tabulated on coarse grids where tables have so many times fewer numbers for it, of as many as
take longer to read than a call (measured)."""

G = TypeVar("G")
Densities = tuple[Density, ...]


@record
class Needs:
    """What the grids of games need, of tastes, shape and outputs in this order.

    Attributes:
        panels: numbers of equal panels, (G, 3).
        gradings: of the grids, (G, 3).
        narrow: for each game and grid, the densities for which panels are halved where they are too wide.
        nodes: of the match of several outputs, and points over distances, see `match_nodes`, (G, 2).
        coarse: panels of the line on which kernels are tabulated; none where that is not worth it, (G,).
        met: whether there are such grids, (G,).
        paired: whether panels must end at 1/2, where the match of the best of several outputs bends.
    """

    panels: Index
    gradings: Index
    narrow: tuple[tuple[Densities, Densities, Densities], ...]
    nodes: Index
    coarse: Index
    met: NDArray[np.bool_]
    paired: bool

    def key(self) -> Index:
        """The same numbers for games that need the same grids, (G, 12)."""
        number: dict[Densities, int] = {(): 0}
        narrow = [[number.setdefault(densities, len(number)) for densities in game] for game in self.narrow]
        return np.hstack([self.panels, self.gradings, narrow, self.nodes, self.coarse[:, None]])

    def grids(self, order: int, extra: int, half: bool = False) -> tuple[Grid, Grid, Grid, Grid | None]:
        """Grids for tastes, shape, outputs and tables that serve all these games, with `extra` panels each.

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
        panels = int(self.coarse.max()) // 2 + extra
        coarse = Grid(panels if half else 2 * panels, TUNED_ORDER * order, half=half)
        return x, shape, y, coarse if self.coarse.all() else None


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

WEAKER_DRAWS = (0.6, *WEAKER)
"""The same for the best of several outputs, where what tables cost outweighs smaller batches: up to so much
of the bound they are half as large (measured over the examples)."""


def weaker(games: Games) -> list[tuple[float, Games]]:
    """Games with less fine-tuning that need coarser grids, and the share of the bound up to which they serve.

    Where intensity is chosen from an interval most of it needs less than the bound does. From high to low
    shares; games without such a choice have none.
    """
    shares = WEAKER if games.draws == 1 else WEAKER_DRAWS
    result, last = [], _counts(games)
    for share in shares if games.continuous.all() else ():
        less = replace(games, strength=share * games.strength)
        counts = _counts(less)
        if (counts < last).any():
            result.append((share, less))
            last = counts
    return result


def _counts(games: Games) -> Index:
    """Panels, and nodes for the best of several outputs, that serve all games."""
    needs = needs_of(games)
    return np.concatenate([needs.panels.max(axis=0), needs.nodes.max(axis=0)])


def fitting(own: G, weaker: Sequence[tuple[float, G]], strength: Array, beta: Array) -> list[tuple[G, Index]]:
    """What serves intensities (K,), and the numbers of those that it serves.

    Args:
        own: has the grids of the bound.
        weaker: have those of shares of it, from high to low (see `weaker`).
        strength, beta: bounds and intensities, (K,) each.
    """
    number, every = np.zeros(beta.size, dtype=np.intp), [own, *(each for _, each in weaker)]
    for level, (share, _) in enumerate(weaker, start=1):
        number[beta <= share * strength] = level
    parts = [(each, np.flatnonzero(number == level)) for level, each in enumerate(every)]
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
    tastes, narrow_x = panels_of(games.tastes, order, grade_x)
    outputs, narrow_y = panels_of(games.outputs[:, None], order, grade_y)
    least, picks = np.full(len(games), kernel.least_panels), games.draws > 1
    nodes = match_nodes(games) if picks else np.zeros((len(games), 2), dtype=np.intp)
    for game in np.flatnonzero(nodes[:, 0] == 0).tolist() if picks else ():
        outputs[game], narrow_y[game] = 1.0, (games.outputs[game],)
    # A smooth match does not know where tastes are singular.
    grade = np.ones_like(grade_x) if kernel.smooth else grade_x
    if picks:
        fall, outputs, grade_x, grade_y = _for_draws(games, nodes[:, 0], outputs, grade_x, grade_y)
    # The map of the grid is interpolated, too, a polynomial of degree 2 m - 1.
    shape, at_tastes = (np.maximum(bends * _stretch(m) + m - 1.0, least) for m in (grade, grade_x))
    if picks:
        at_tastes = np.maximum(at_tastes, np.maximum(fall, PEAK_WIDTHS / DRAWN_WIDTHS * peaks))
        # Where outputs are narrow the match is computed on panels of the grid of its shape.
        shape = np.where(nodes[:, 0] > 0, shape, np.maximum(shape, at_tastes))
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
    tuned = np.sqrt(1.0 + own * np.abs(games.w).max(axis=1)) / (TUNED_WIDTHS * width)
    coarse = 2 * np.ceil(tuned / 2.0).astype(np.intp)
    large = panels[:, 1:] * order
    size = np.minimum(large, order * TUNED_ORDER * coarse[:, None]).prod(axis=1)
    worth = kernel.smooth & (WORTH * size <= large.prod(axis=1)) & (large.prod(axis=1) >= LARGE)
    coarse = np.where(worth, coarse, 0)
    met = panels.max(axis=1) <= PANEL_COUNTS[-1]
    for game, at in enumerate(narrow):
        grids = zip(at, panels[game].tolist(), gradings[game].tolist(), strict=True)
        met[game] &= all(refined(d, count, order, grade).enough for d, count, grade in grids if d)
    return Needs(panels, gradings, narrow, nodes, coarse, met, picks)


def _for_draws(
    games: Games, nodes: Index, outputs: Array, grade_x: Index, grade_y: Index
) -> tuple[Array, Array, Index, Index]:
    """What the best of several outputs needs, (G,) each, given what outputs and gradings alone need.

    Returns:
        Panels of tastes on which the match falls, panels of outputs, and gradings of both.
    """
    # The match bends where outputs do; tastes that are singular matter to integrals over them alone.
    mild = (grade_y <= MILD) & games.kernel.smooth
    grade_x = np.maximum(grade_x, np.where(mild, 1, grade_y))
    if not games.kernel.smooth:
        grade_y = grade_x
    graded = np.where(grade_y > MILD, GRADED_PANELS, 0)
    resolving = np.minimum(nodes / PANEL_NODES, np.square(nodes) / PANEL_SQUARES)
    fall = np.maximum(resolving, games.draws / DRAWS_PER_PANEL)
    return np.maximum(fall, graded), np.maximum(outputs, graded), grade_x, grade_y


def _stretch(grade: Index) -> Array:
    """How much farther apart the nodes of graded grids are in the middle."""
    return np.where(grade > 1, 2.0 * np.sqrt(grade / np.pi), 1.0)


def panels_of(densities: NDArray[np.object_], order: int, grade: Index) -> tuple[Array, list[Densities]]:
    """Equal panels for the densities (G, D) of each game; where none will do, one, and the densities."""
    counts, narrow = np.ones(len(densities)), list[Densities]()
    for game, row in enumerate(densities):
        needed = [panels_needed(density, order, int(grade[game])) for density in row]
        enough = [panels for panels in needed if panels is not None]
        if len(enough) == len(needed):
            counts[game] = max(enough)
        narrow.append(() if len(enough) == len(needed) else tuple(dict.fromkeys(row)))
    return counts, narrow
