"""Where in the regions of a phase diagram there is room for words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.path import Path

if TYPE_CHECKING:
    from eqsolve.numerics.quadrature import Array
    from eqsolve.phase.diagram import Region
    from eqsolve.phase.saved import Plane

LEGIBLE = 0.012
"""Regions narrower than this share of the axes around their widest place have no number inside."""

FLAT = (1.6, 1.0)
"""Words are wide: how much room counts across, and upwards."""


@dataclass(frozen=True)
class Place:
    """A place inside a region, in shares of the axes: the one furthest from the border, and the region."""

    center: tuple[float, float]
    loops: tuple[Array, ...]

    def holds(self, width: float, height: float) -> bool:
        """Whether a box around it lies inside the region and the axes."""
        across = np.linspace(-0.5, 0.5, 9) * width
        up = np.linspace(-0.5, 0.5, 7) * height
        points = self.center + np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
        if (points < 0.0).any() or (points > 1.0).any():
            return False
        around = sum(Path(loop).contains_points(points).astype(int) for loop in self.loops)
        return bool((np.asarray(around) % 2 == 1).all())


def places(diagram: Plane, region: Region) -> list[Place]:
    """The best place in each part of a region that is wide enough to be read in."""
    loops = tuple(_unit(diagram, loop) for loop in region.outline)
    edge = np.concatenate([_along(loop) for loop in loops])
    cells = [corners for label, corners in diagram.cells if label == (region.outcome, region.direction)]
    centers = np.array([_unit(diagram, corners).mean(axis=0) for corners in cells])
    found = []
    for loop in loops:
        inside = centers[_within(centers, loop)]
        if not len(inside):
            continue
        room = np.array([np.hypot(*((edge - center) * FLAT).T).min() for center in inside])
        best = int(room.argmax())
        if room[best] > LEGIBLE:
            found.append(Place((float(inside[best][0]), float(inside[best][1])), loops))
    return found


def _unit(diagram: Plane, points: Array) -> Array:
    """Points of the diagram in shares of the axes."""
    columns = []
    for column, over in zip(points.T, (diagram.x, diagram.y), strict=True):
        low, high, at = (np.log(v) if over.log else v for v in (over.low, over.high, column))
        columns.append((at - low) / (high - low))
    return np.stack(columns, axis=1)


def _along(loop: Array) -> Array:
    """Points on a loop, none further than `LEGIBLE` from the next."""
    ahead = np.roll(loop, -1, axis=0) - loop
    counts = np.ceil(np.hypot(*ahead.T) / LEGIBLE).astype(int) + 1
    steps = [
        start + step * np.linspace(0.0, 1.0, count, endpoint=False)[:, None]
        for start, step, count in zip(loop, ahead, counts, strict=True)
    ]
    return np.concatenate(steps)


def _within(points: Array, loop: Array) -> Any:
    """Which points a counterclockwise loop encloses; none for the loop of a hole."""
    x, y = loop.T
    if np.dot(x, np.roll(y, -1)) < np.dot(y, np.roll(x, -1)):
        return np.zeros(len(points), dtype=bool)
    return Path(loop).contains_points(points)
