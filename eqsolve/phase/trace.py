"""From a triangulation with a label at every vertex to regions and the curves between them: geometry only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array
from eqsolve.phase.mesh import Edge, Mesh, edge_of

Node = Hashable
"""A corner of a piece: a vertex of the mesh, a crossing on an edge, or a junction of three labels."""


@dataclass(frozen=True)
class Piece:
    """A convex part of a triangle that has one label; corners counterclockwise."""

    label: int
    corners: tuple[Node, ...]


@dataclass(frozen=True)
class Trace:
    """A partition of the unit square into labeled regions.

    Attributes:
        where: coordinates of every node, (2,) each.
        pieces: what the regions are made of.
    """

    where: Mapping[Node, Array]
    pieces: tuple[Piece, ...]

    def outline(self, label: int) -> list[Array]:
        """Closed loops around the region of a label, (n, 2) each; holes run clockwise."""
        ahead: dict[Node, list[Node]] = defaultdict(list)
        # No set: its order, and with it where loops begin, is another in every process.
        sides = dict.fromkeys(
            side for piece in self.pieces if piece.label == label for side in _sides(piece.corners)
        )
        for a, b in sides:
            if (b, a) not in sides:
                ahead[a].append(b)
        return [self.points(loop) for loop in _loops(ahead)]

    def boundaries(self) -> dict[tuple[int, int], list[Array]]:
        """Curves between each pair of labels, (n, 2) each; a closed curve repeats its first point."""
        owner = {side: piece.label for piece in self.pieces for side in _sides(piece.corners)}
        between: dict[tuple[int, int], dict[Node, list[Node]]] = {}
        for (a, b), label in owner.items():
            other = owner.get((b, a), label)
            if label < other:
                links = between.setdefault((label, other), defaultdict(list))
                links[a].append(b)
                links[b].append(a)
        return {pair: [self.points(chain) for chain in _chains(links)] for pair, links in between.items()}

    def points(self, nodes: list[Node]) -> Array:
        """Coordinates of nodes, (n, 2)."""
        return np.array([self.where[node] for node in nodes])

    def area(self, label: int) -> float:
        """Share of the square that a label covers."""
        return sum(_area(self.points([*piece.corners])) for piece in self.pieces if piece.label == label)


def trace(mesh: Mesh, labels: NDArray[np.intp], crossings: Mapping[Edge, Array]) -> Trace:
    """Cut the triangles of a mesh where labels change.

    Args:
        mesh: the triangulation.
        labels: label of each vertex, (vertices,).
        crossings: the point at which the label changes, (2,), for every edge whose ends differ.
    """
    where: dict[Node, Array] = {v: point for v, point in enumerate(mesh.position([*range(len(labels))]))}
    where |= {("crossing", *edge): point for edge, point in crossings.items()}
    pieces: list[Piece] = []
    for number, corners in mesh.triangles.items():
        kinds = [int(labels[v]) for v in corners]
        if len({*kinds}) == 1:
            pieces.append(Piece(kinds[0], corners))
        elif len({*kinds}) == 2:
            pieces += _two(corners, kinds)
        else:
            cuts = [("crossing", *edge_of(corners[i], corners[i - 2])) for i in range(3)]
            where["junction", number] = np.mean([where[cut] for cut in cuts], axis=0)
            pieces += [
                Piece(kinds[i], (corners[i], cuts[i], ("junction", number), cuts[i - 1])) for i in range(3)
            ]
    return Trace(where, tuple(pieces))


def _two(corners: tuple[int, ...], kinds: list[int]) -> list[Piece]:
    """The pieces of a triangle one corner of which differs from the other two."""
    lone = next(i for i in range(3) if kinds[i - 1] == kinds[i - 2])
    a, b, c = (corners[(lone + i) % 3] for i in range(3))
    ab, ca = ("crossing", *edge_of(a, b)), ("crossing", *edge_of(c, a))
    return [Piece(kinds[lone], (a, ab, ca)), Piece(kinds[lone - 1], (ab, b, c, ca))]


def _sides(corners: tuple[Node, ...]) -> list[tuple[Node, Node]]:
    return list(zip(corners, (*corners[1:], corners[0]), strict=True))


def _loops(ahead: dict[Node, list[Node]]) -> list[list[Node]]:
    """Closed walks that use every step once."""
    loops = []
    while ahead:
        start = next(iter(ahead))
        loop, here = [start], _step(ahead, start)
        while here != start:
            loop.append(here)
            here = _step(ahead, here)
        loops.append(loop)
    return loops


def _step(ahead: dict[Node, list[Node]], here: Node) -> Node:
    there = ahead[here].pop()
    if not ahead[here]:
        del ahead[here]
    return there


def _chains(links: dict[Node, list[Node]]) -> list[list[Node]]:
    """Walks that use every link once, from ends and junctions first, then around what is closed."""
    ends = {node: None for node, others in links.items() if len(others) != 2}
    chains = []
    for start in [*ends, *links]:
        while links[start]:
            chain = [start]
            while links[chain[-1]]:
                here = chain[-1]
                there = links[here].pop()
                links[there].remove(here)
                chain.append(there)
                if there in ends or there == start:
                    break
            chains.append(chain)
    return chains


def _area(points: Array) -> float:
    x, y = points.T
    return float(np.abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0)
