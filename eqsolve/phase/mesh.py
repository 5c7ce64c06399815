"""A triangulation of the unit square that can be made finer anywhere and never tears.

Triangles have a right angle and two equal legs. Splitting one halves it at the middle of its longest side,
after the triangle on the other side of that side has been split as far as it takes for both to share the
middle (newest-vertex bisection). Vertices lie on a lattice of whole numbers, so that equal points are equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array

Triangle = tuple[int, int, int]
Edge = tuple[int, int]


class Mesh:
    """Right isosceles triangles that fill the unit square.

    Attributes:
        unit: lattice points per side of the square, less one.
        levels: how often the first triangles may be quartered.
        vertices: lattice coordinates of the vertices.
        triangles: vertices of the triangles by number, counterclockwise; the first two end the longest side.
    """

    def __init__(self, cells: int, levels: int) -> None:
        """Cut the square into cells x cells squares of two triangles, each of which may be quartered `levels`
        times."""
        self.unit, self.levels = cells << levels, levels
        self.vertices: list[tuple[int, int]] = []
        self.triangles: dict[int, Triangle] = {}
        self._number: dict[tuple[int, int], int] = {}
        self._beside: dict[Edge, set[int]] = {}
        self._next = 0
        step = self.unit // cells
        for i in range(cells):
            for j in range(cells):
                corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
                a, b, c, d = (self._vertex((x * step, y * step)) for x, y in corners)
                self._add((c, a, b))
                self._add((a, c, d))

    def position(self, vertices: NDArray[np.intp] | list[int]) -> Array:
        """Coordinates of vertices in the unit square, (n, 2)."""
        return np.array([self.vertices[v] for v in vertices], dtype=np.float64).reshape(-1, 2) / self.unit

    def edges(self) -> list[Edge]:
        """Every edge, the smaller vertex first."""
        return list(self._beside)

    def beside(self, edge: Edge) -> set[int]:
        """The one or two triangles at an edge."""
        return self._beside[edge]

    def doubles(self, edge: Edge) -> list[Edge]:
        """The edges, in this mesh or before it was split, of which this edge is a half."""
        (ax, ay), (bx, by) = (self.vertices[v] for v in edge)
        beyond = (edge[0], (2 * bx - ax, 2 * by - ay)), (edge[1], (2 * ax - bx, 2 * ay - by))
        return [edge_of(v, self._number[far]) for v, far in beyond if far in self._number]

    def divisible(self, triangle: int) -> bool:
        """Whether a triangle may be split: its longest side has a lattice point in the middle."""
        (ax, ay), (bx, by) = (self.vertices[v] for v in self.triangles[triangle][:2])
        return (ax + bx) % 2 == 0 and (ay + by) % 2 == 0

    def split(self, triangle: int) -> None:
        """Halve a triangle that is divisible, and what must be halved with it."""
        a, b, _ = self.triangles[triangle]
        mate = self._mate(triangle)
        if mate is not None and {*self.triangles[mate][:2]} != {a, b}:
            self.split(mate)
            mate = self._mate(triangle)
        (ax, ay), (bx, by) = self.vertices[a], self.vertices[b]
        middle = self._vertex(((ax + bx) // 2, (ay + by) // 2))
        for each in (triangle, mate):
            if each is not None:
                self._halve(each, middle)

    def _mate(self, triangle: int) -> int | None:
        """The triangle across the longest side, unless that is the border."""
        a, b, _ = self.triangles[triangle]
        return next(iter(self._beside[edge_of(a, b)] - {triangle}), None)

    def _halve(self, triangle: int, middle: int) -> None:
        a, b, c = self.triangles.pop(triangle)
        for edge in sides((a, b, c)):
            self._beside[edge].discard(triangle)
            if not self._beside[edge]:
                del self._beside[edge]
        self._add((c, a, middle))
        self._add((b, c, middle))

    def _add(self, triangle: Triangle) -> None:
        self.triangles[self._next] = triangle
        for edge in sides(triangle):
            self._beside.setdefault(edge, set()).add(self._next)
        self._next += 1

    def _vertex(self, at: tuple[int, int]) -> int:
        if at not in self._number:
            self._number[at] = len(self.vertices)
            self.vertices.append(at)
        return self._number[at]


def edge_of(a: int, b: int) -> Edge:
    """The edge between two vertices."""
    return (a, b) if a < b else (b, a)


def sides(triangle: Triangle) -> tuple[Edge, Edge, Edge]:
    """The edges of a triangle: the longest, then the two legs in counterclockwise order."""
    a, b, c = triangle
    return edge_of(a, b), edge_of(b, c), edge_of(c, a)
