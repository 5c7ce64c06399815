"""Phase diagrams of games: regions by what becomes of the game, and the boundaries between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve import arguments as read
from eqsolve._version import __version__
from eqsolve.adoption import OUTCOMES, Adopter, Adoption
from eqsolve.errors import InputError
from eqsolve.game.batches import FIXED_COSTS
from eqsolve.numerics.brackets import Index
from eqsolve.numerics.quadrature import Array
from eqsolve.phase.survey import Survey
from eqsolve.phase.trace import trace
from eqsolve.provenance import Provenance, number, provenance
from eqsolve.selections import SelectionName, unknown
from eqsolve.strictjson import strict, to_json
from eqsolve.sweeps.axes import Range
from eqsolve.sweeps.design import games_at, make_design
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.params import Params
    from eqsolve.phase.figure import LegendPlace

SCHEMA = "eqsolve/phase/1"
"""Name and version of the JSON layout."""

DIRECTIONS = ("unchanged", "centralized", "polarized", "mixed")
LETTERS = {"unchanged": "", "centralized": "", "polarized": "p", "mixed": "m"}
LABELS = tuple((outcome, direction) for outcome in OUTCOMES for direction in DIRECTIONS)

CELLS = 32
"""Squares per side of the first grid: a region that contains a square of this size cannot be missed."""

ACCURACY = 1e-4
"""Largest distance of a boundary from where things change, as a share of the axes."""

ENOUGH = 40_000
"""Equilibria after which refinement stops; what is not finished then is said."""


@dataclass(frozen=True, eq=False)
class Region(ByValue):
    """Where one thing happens.

    Attributes:
        outcome: one of "inactive", "not-adopted", "opens-market", "users-gain", "users-lose",
            "society-loses" and "not-certified" (docs/phase.md).
        direction: of the outputs that participants receive: "unchanged", "centralized", "polarized" or
            "mixed".
        area: share of the diagram.
        outline: closed loops around it, (n, 2) each, in the units of the parameters; holes run clockwise.
    """

    outcome: str
    direction: str
    area: float
    outline: tuple[Array, ...] = field(repr=False)

    @property
    def code(self) -> str:
        """A number for the outcome, and a letter for outputs that are polarized or mixed.

        The same thing has the same code in every diagram.
        """
        return f"{[*OUTCOMES].index(self.outcome) + 1}{LETTERS[self.direction]}"


@dataclass(frozen=True, eq=False)
class Boundary(ByValue):
    """A curve between two regions, each given as (outcome, direction); points (n, 2)."""

    between: tuple[tuple[str, str], tuple[str, str]]
    points: Array = field(repr=False)


@dataclass(frozen=True, eq=False)
class PhaseDiagram(ByValue):
    """What becomes of a game as two parameters vary.

    Attributes:
        params, x, y, selection, version: the question; x and y are keys with ranges.
        regions: from the largest to the smallest.
        boundaries: all curves between regions.
        cells: labeled convex cells that fill the plane: ((outcome, direction), corners (n, 2)) each.
        points: corners of the grid that was solved, (n, 2), and `adoption`, what fine-tuning does there.
        games: games looked at, and `solves`: equilibria computed for them (games that differ only in F share
            theirs).
        accuracy: largest distance of a boundary from where things change, as a share of the axes.
        complete: whether every boundary that was seen reached that accuracy.
    """

    params: Params = field(repr=False)
    x: Range
    y: Range
    selection: str
    regions: tuple[Region, ...] = field(repr=False)
    boundaries: tuple[Boundary, ...] = field(repr=False)
    cells: tuple[tuple[tuple[str, str], Array], ...] = field(repr=False)
    points: Array = field(repr=False)
    adoption: Adoption = field(repr=False)
    games: int
    solves: int
    grid: int
    accuracy: float
    complete: bool
    version: str = __version__

    @property
    def uncertified(self) -> int:
        """How many of `points` are not certified."""
        return int((~self.adoption.certified).sum())

    @property
    def grid_games(self) -> int:
        """Games of the full grid that has the same accuracy."""
        return round(1.0 / self.accuracy) ** 2

    @property
    def provenance(self) -> Provenance:
        """How it came about."""
        return provenance(
            "phase",
            self.params,
            ("--x", f"{self.x.key}={self.x}"),
            ("--y", f"{self.y.key}={self.y}"),
            ("--grid", None if self.grid == CELLS else self.grid),
            ("--accuracy", None if self.accuracy == ACCURACY else number(self.accuracy)),
            selection=self.selection,
            version=self.version,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names."""
        names = ("profit_gain", "surplus_change", "welfare_change", "participation", "outcome", "outputs")
        columns = {name: getattr(self.adoption, name) for name in (*names, "certified")}
        whole = {
            "schema": SCHEMA,
            "version": self.version,
            "provenance": self.provenance.to_dict(),
            "params": self.params.model_dump(mode="json"),
            "selection": self.selection,
            "x": vars(self.x),
            "y": vars(self.y),
            "games": self.games,
            "solves": self.solves,
            "grid": self.grid,
            "accuracy": self.accuracy,
            "complete": self.complete,
            "uncertified": self.uncertified,
            "regions": [vars(region) for region in self.regions],
            "boundaries": [vars(boundary) for boundary in self.boundaries],
            "cells": [
                {"outcome": outcome, "direction": direction, "corners": corners}
                for (outcome, direction), corners in self.cells
            ],
            "points": {"x": self.points[:, 0], "y": self.points[:, 1], **columns},
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())

    def to_csv(self) -> str:
        """Return the boundaries as CSV: comments that say how they came about, a header row, and a row per
        point with the number of the curve, the two sides, x and y."""
        head = f"boundary,outcome_1,direction_1,outcome_2,direction_2,{self.x.key},{self.y.key}"
        lines = [
            ",".join([str(number), *boundary.between[0], *boundary.between[1], repr(x), repr(y)])
            for number, boundary in enumerate(self.boundaries)
            for x, y in boundary.points.tolist()
        ]
        return self.provenance.comment() + "\n".join([head, *lines]) + "\n"

    def plot(self, ax: Axes | None = None, legend: LegendPlace | None = None) -> Figure:
        """Draw the regions, into `ax` if given; `legend` as in `eqsolve.phase.figure.phase_figure`."""
        from eqsolve.phase.figure import phase_figure

        return phase_figure(self, legend, ax=ax)

    def __str__(self) -> str:
        lines = [f"{self.y.key} over {self.x.key}: {self.games} games, {self.solves} equilibria"]
        lines += [f"{r.area:7.2%}  {r.outcome}, outputs {r.direction}" for r in self.regions]
        return "\n".join(lines)


@read.arguments(
    params=read.game,
    x=read.span,
    y=read.span,
    cells=read.whole,
    accuracy=read.number,
    selection=read.text,
    report=read.optional(read.function),
)
def phase_diagram(
    params: Params,
    x: Range,
    y: Range,
    *,
    cells: int = CELLS,
    accuracy: float = ACCURACY,
    selection: SelectionName = "initial",
    report: Callable[..., None] | None = None,
) -> PhaseDiagram:
    """Find what becomes of a game over the plane of two parameters.

    A grid of cells x cells squares is solved with and without fine-tuning. Where neighbors differ, the
    boundary is bracketed and the grid refined until the curves are known within `accuracy`; games
    on both sides verify them.

    Args:
        params: the game; its own values of the two parameters do not matter.
        x, y: keys and ranges; `log` spaces the grid evenly in the logarithm.
        cells: squares per side of the first grid, 1 to 256.
        accuracy: largest distance of a boundary from where things change, as a share of the axes, from
            1e-6 to 0.1.
        selection: rule among participation equilibria (docs/model.md, Participation).
        report: called as report(games, total, note) while work goes on; the total is an estimate, which gets
            better as more of the boundaries is known.

    Raises:
        InputError: with everything that is wrong with the arguments.
    """
    _check(cells, accuracy, selection)
    ends = make_design(params, [x, y], kind="lhs", points=1).axes
    x, y = (end for end in ends if isinstance(end, Range))
    names = [x.key, y.key]

    def heard(solves: int, part: float) -> None:
        if report:
            done = survey.done(part)
            report(done, done / survey.share(part) if done else None, f"{solves:,} equilibria")

    adopter = Adopter(selection, heard)

    def look(points: Array) -> tuple[Index, Array]:
        found = adopter(games_at(params, names, _place(points, x, y)))
        return _label(found), _guides(found)

    free = next((axis for axis, name in enumerate(names) if name in FIXED_COSTS), None)
    survey = Survey(look, cells, accuracy, lambda: adopter.solves > ENOUGH, free)
    survey.run()
    return _diagram(params, x, y, adopter, survey, cells, accuracy)


def _check(cells: int, accuracy: float, selection: str) -> None:
    problems = []
    if not 1 <= cells <= 256:
        problems.append(f"cells = {cells}: expected a whole number from 1 to 256")
    if not 1e-6 <= accuracy <= 0.1:
        problems.append(f"accuracy = {accuracy:g}: expected a number from 1e-06 to 0.1")
    problems += unknown(selection)
    if problems:
        raise InputError(*problems)


def _place(points: Array, x: Range, y: Range) -> Array:
    """Points of the unit square in the units of the parameters, (n, 2)."""
    return np.stack([_spread(points[:, 0], x), _spread(points[:, 1], y)], axis=1)


def _spread(unit: Array, over: Range) -> Array:
    low, high = (np.log(over.low), np.log(over.high)) if over.log else (over.low, over.high)
    values = low * (1.0 - unit) + high * unit
    return np.clip(np.exp(values) if over.log else values, over.low, over.high)


def _label(found: Adoption) -> Index:
    outcome = np.searchsorted(sorted(OUTCOMES), found.outcome)
    order = np.array([[*OUTCOMES].index(name) for name in sorted(OUTCOMES)])
    direction = sum(i * (found.outputs == name) for i, name in enumerate(DIRECTIONS))
    return np.asarray(order[outcome] * len(DIRECTIONS) + direction, dtype=np.intp)


def _guides(found: Adoption) -> Array:
    """What changes sign at boundaries: the platform's gain, and where it adopts, users' and society's."""
    changes = np.stack([found.surplus_change, found.welfare_change], axis=1)
    changes[~found.adopts] = np.nan
    return np.column_stack([found.adoption_margin, changes])


def _diagram(
    params: Params, x: Range, y: Range, adopter: Adopter, survey: Survey, cells: int, accuracy: float
) -> PhaseDiagram:
    partition = trace(survey.mesh, survey.labels, {e: c.point for e, c in survey.crossings.items()})
    areas = {label: partition.area(label) for label in {piece.label for piece in partition.pieces}}
    regions = tuple(
        Region(*LABELS[label], areas[label], tuple(_place(loop, x, y) for loop in partition.outline(label)))
        for label in sorted(areas, key=lambda label: -areas[label])
    )
    boundaries = tuple(
        Boundary((LABELS[a], LABELS[b]), _place(curve, x, y))
        for (a, b), curves in sorted(partition.boundaries().items())
        for curve in curves
    )
    pieces = tuple(
        (LABELS[piece.label], _place(partition.points([*piece.corners]), x, y)) for piece in partition.pieces
    )
    points = _place(survey.mesh.position([*range(len(survey.labels))]), x, y)
    return PhaseDiagram(
        params=params, x=x, y=y, selection=adopter.selection,
        regions=regions, boundaries=boundaries, cells=pieces, points=points,
        adoption=adopter(games_at(params, [x.key, y.key], points)),
        games=survey.looked, solves=adopter.solves, grid=cells,
        accuracy=accuracy, complete=survey.complete,
    )  # fmt: skip
