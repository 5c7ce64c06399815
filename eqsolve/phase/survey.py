"""Finding where regions of a plane meet by looking at as few points as that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, log2, sqrt

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.brackets import Brackets, Index, narrow
from eqsolve.numerics.quadrature import Array
from eqsolve.phase.mesh import Edge, Mesh, edge_of, sides

Look = Callable[[Array], tuple[Index, Array]]
"""look(points (n, 2) of the unit square) -> labels (n,) and guides (n, K), as in `numerics.brackets`."""

Chord = tuple[int, tuple[Edge, Edge], frozenset[Edge], int, int]
"""A triangle, its edges that a boundary crosses, and the corners on either side of it."""

SMALLEST = 1.25
"""Triangles are not split when their legs are shorter than this many times the accuracy."""

STEEP = 3.0
"""Boundaries steeper than this against a free axis are verified across themselves, not along that axis."""

LOOK = 40
"""What looking once costs beside its points, in points: few at a time cost as much as this many more."""

ALONG = 3.5
"""Points per edge that a boundary crosses: to find where, and to see whether it is straight in between."""

LOOKS, ROUND = 5, 6
"""How often one looks to find a boundary on the grid, and then in a round that refines it."""

ROUNDS = 2
"""Rounds that refine beside one for every halving of triangles: for what hides, and for what is straight."""

TURN = 5e-3
"""Pieces of boundary are looked at in the middle where a circle of this radius could leave them too far."""


@dataclass(frozen=True)
class Crossing:
    """Where the label changes on an edge: two points that were looked at, and the point between them."""

    low: Array
    high: Array
    kinds: tuple[int, int]
    point: Array


class Survey:
    """A mesh that is made finer until every boundary that it has seen is known as accurately as asked.

    Attributes:
        mesh: the triangulation.
        labels: labels of the vertices of the mesh.
        crossings: where labels change, by edge.
        looked: points looked at.
        complete: whether the work was finished rather than stopped.
    """

    def __init__(
        self,
        look: Look,
        cells: int,
        accuracy: float,
        enough: Callable[[], bool] = lambda: False,
        free: int | None = None,
    ) -> None:
        """Prepare to look at a grid of cells x cells squares.

        Args:
            look: what is where.
            cells: squares per side of the first grid.
            accuracy: largest distance of a boundary from where the label changes, as a share of the axes.
            enough: asked between rounds whether to stop.
            free: the axis (0 or 1) along which further points cost nothing.
        """
        self.mesh = Mesh(cells, max(0, ceil(log2(1.0 / (SMALLEST * accuracy * cells)))))
        self.labels: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self.crossings: dict[Edge, Crossing] = {}
        self.looked = 0
        self.complete = True
        self._guides: Array = np.zeros((0, 0))
        self._checked: set[frozenset[Edge]] = set()
        self._look, self._accuracy, self._enough, self._free = look, accuracy, enough, free
        self._scanned, self._crossed = ((cells + 1) ** 2, 1), 2 * cells
        self._looks = self._rounds = self._looking = 0

    def done(self, part: float = 0.0) -> float:
        """Points looked at, with a part of those that are being looked at."""
        return self.looked + part * self._looking

    def share(self, part: float = 0.0) -> float:
        """About how much of the work is done, by points and looks and by what a boundary takes.

        Until there is one, as much is expected as of two straight across the grid.
        """
        points, looks = self.done(part), self._looks + part
        rounds: float = ROUND * max(self.mesh.levels + ROUNDS - self._rounds, 1)
        left = 0.0
        if not self._rounds:
            rounds += max(self._scanned[1] + LOOKS - looks, 1)
            left = max(self._scanned[0] + ALONG * self._crossed - points, 0.0)
        done = points + LOOK * looks
        return done / (done + left + LOOK * rounds)

    def run(self) -> None:
        """Refine: first where three labels meet, then where boundaries hide a label or bend."""
        self._see_vertices()
        while coarse := self._tangled() or self._hiding() or self._bent():
            if self._enough():
                self.complete = False
                break
            for triangle in coarse:
                if triangle in self.mesh.triangles:
                    self.mesh.split(triangle)
            self._see_vertices()
        self._locate()

    def _at(self, points: Array) -> tuple[Index, Array]:
        self._looking = len(points)
        found = self._look(points)
        self.looked, self._looks, self._looking = self.looked + len(points), self._looks + 1, 0
        return found

    def _see_vertices(self) -> None:
        new = [*range(len(self.labels), len(self.mesh.vertices))]
        labels, guides = self._at(self.mesh.position(new))
        self.labels = np.append(self.labels, labels)
        self._guides = np.concatenate([self._guides, guides]) if len(self._guides) else guides

    def _divisible(self, triangles: Iterable[int]) -> list[int]:
        return [triangle for triangle in triangles if self.mesh.divisible(triangle)]

    def _kinds(self, triangle: int) -> set[int]:
        return {int(self.labels[v]) for v in self.mesh.triangles[triangle]}

    def _tangled(self) -> list[int]:
        """Triangles at whose corners are three labels."""
        return self._divisible(t for t in self.mesh.triangles if len(self._kinds(t)) == 3)

    def _hiding(self) -> list[int]:
        """Triangles at an edge on which there is another label than at its ends."""
        self._locate()
        hiding = (e for e, c in self.crossings.items() if {*c.kinds} != {*self.labels[[*e]].tolist()})
        return self._divisible({triangle for edge in hiding for triangle in self.mesh.beside(edge)})

    def _locate(self) -> None:
        """Find where the label changes on every edge whose ends differ."""
        known, self.crossings = self.crossings, {}
        missing: list[Edge] = []
        for edge in self.mesh.edges():
            if self.labels[edge[0]] != self.labels[edge[1]]:
                crossing = known.get(edge) or self._inherited(edge, known)
                if crossing:
                    self.crossings[edge] = crossing
                else:
                    missing.append(edge)
        if missing:
            if not known:
                self._scanned, self._crossed = (self.looked, self._looks), len(missing)
            self.crossings |= dict(zip(missing, self._cross(missing), strict=True))

    def _inherited(self, edge: Edge, known: dict[Edge, Crossing]) -> Crossing | None:
        """The crossing of the edge of which this one is a half, if it is on this half."""
        for parent in self.mesh.doubles(edge):
            crossing = known.get(parent)
            if crossing and {*crossing.kinds} == {*self.labels[[*edge]].tolist()}:
                a, b = self.mesh.position([*edge])
                along = (np.stack([crossing.low, crossing.high]) - a) @ (b - a) / np.dot(b - a, b - a)
                if (along >= 0.0).all() and (along <= 1.0).all():
                    return crossing
        return None

    def _cross(self, edges: list[Edge]) -> list[Crossing]:
        a, b = (self.mesh.position([edge[i] for edge in edges]) for i in (0, 1))
        length = np.hypot(*(b - a).T)
        ahead = (b - a) / length[:, None]
        ends = np.array(edges)

        def look(lines: Index, at: Array) -> tuple[Index, Array]:
            return self._at(a[lines] + ahead[lines] * at[:, None])

        found = narrow(
            look,
            Brackets(
                np.zeros(len(edges)), length,
                self.labels[ends[:, 0]], self.labels[ends[:, 1]],
                self._guides[ends[:, 0]], self._guides[ends[:, 1]],
            ),
            self._accuracy,
        )  # fmt: skip
        low, high, at = (a + ahead * x[:, None] for x in (found.low, found.high, found.crossing))
        kinds = zip(found.low_kind.tolist(), found.high_kind.tolist(), strict=True)
        return [Crossing(*each) for each in zip(low, high, kinds, at, strict=True)]

    def _bent(self) -> list[int]:
        """Triangles in which the boundary is not straight: the middle of the line is not where it is."""
        every = [chord for t in self.mesh.triangles if (chord := self._chord(t))]
        chords = [chord for chord in every if chord[2] not in self._checked]
        if not chords:
            return []
        self._checked |= {chord[2] for chord in chords}
        self._rounds += 1
        ahead, length, ends = self._drawn(chords)
        apart = np.flatnonzero(length > sqrt(8.0 * TURN * self._accuracy))
        chords = [chords[i] for i in apart]
        if not chords:
            return []
        left = self._aside(ahead[apart] / length[apart, None])
        middle = ends[apart].mean(axis=1)
        points = np.concatenate([middle + left, middle - left])
        inside = ((points >= 0.0) & (points <= 1.0)).all(axis=1)
        expected = np.array([[self.labels[lone], self.labels[other]] for _, _, _, lone, other in chords])
        expected = expected.T.ravel()
        straight = np.ones(len(points), dtype=bool)
        straight[inside] = self._at(points[inside])[0] == expected[inside]
        bent = np.flatnonzero(~np.logical_and(*np.split(straight, 2)))
        return self._divisible(chords[i][0] for i in bent)

    def _drawn(self, chords: list[Chord]) -> tuple[Array, Array, Array]:
        """The chords as vectors (n, 2), their lengths (n,) and their ends (n, 2, 2)."""
        ends = np.array([[self.crossings[edge].point for edge in chord[1]] for chord in chords])
        ahead = ends[:, 1] - ends[:, 0]
        return ahead, np.hypot(*ahead.T), ends

    def _aside(self, ahead: Array) -> Array:
        """Steps to the left of directions (n, 2) that lead `accuracy` away from the line."""
        left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) * self._accuracy
        if self._free is not None:
            across = left[:, self._free] / self._accuracy
            flat = np.abs(across) * STEEP > 1.0
            left[flat] = 0.0
            left[flat, self._free] = self._accuracy / across[flat]
        return left

    def _chord(self, triangle: int) -> Chord | None:
        """The edges that the boundary crosses so that the first of two corners lies to its left."""
        corners = self.mesh.triangles[triangle]
        cut = [edge for edge in sides(corners) if self.labels[edge[0]] != self.labels[edge[1]]]
        if len(cut) != 2:
            return None
        (lone,) = {*cut[0]} & {*cut[1]}
        at = corners.index(lone)
        after, before = corners[(at + 1) % 3], corners[at - 1]
        pair = edge_of(lone, after), edge_of(before, lone)
        return triangle, pair, frozenset(pair), lone, after
