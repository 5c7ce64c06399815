"""Phase diagrams read back from the JSON that they were saved as: what a figure needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eqsolve.adoption import OUTCOMES
from eqsolve.errors import InputError
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params
from eqsolve.phase.diagram import DIRECTIONS, Boundary, PhaseDiagram, Region
from eqsolve.sweeps.axes import Range
from eqsolve.values import ByValue


@dataclass(frozen=True, eq=False)
class SavedPhase(ByValue):
    """The part of a `PhaseDiagram` that its figure shows; attributes as there."""

    params: Params = field(repr=False)
    x: Range
    y: Range
    selection: str
    regions: tuple[Region, ...] = field(repr=False)
    boundaries: tuple[Boundary, ...] = field(repr=False)
    cells: tuple[tuple[tuple[str, str], Array], ...] = field(repr=False)
    version: str

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SavedPhase:
        """The diagram that `PhaseDiagram.to_dict` gave.

        Raises:
            InputError: it is none.
        """
        try:
            return cls(
                params=Params.model_validate(data["params"]),
                x=Range(**data["x"]),
                y=Range(**data["y"]),
                selection=str(data["selection"]),
                regions=tuple(map(_region, data["regions"])),
                boundaries=tuple(map(_boundary, data["boundaries"])),
                cells=tuple((_thing(each), _points(each["corners"])) for each in data["cells"]),
                version=str(data["version"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"not a phase diagram: {type(error).__name__}: {error}") from None


Plane = PhaseDiagram | SavedPhase
"""A diagram, computed or read."""


def _thing(data: Mapping[str, Any]) -> tuple[str, str]:
    outcome, direction = data["outcome"], data["direction"]
    if outcome not in OUTCOMES or direction not in DIRECTIONS:
        raise ValueError(f"{outcome}, {direction}")
    return outcome, direction


def _points(data: Any) -> Array:
    points = np.array(data, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError("points are not pairs of numbers")
    return points


def _region(data: Mapping[str, Any]) -> Region:
    return Region(*_thing(data), float(data["area"]), tuple(map(_points, data["outline"])))


def _boundary(data: Mapping[str, Any]) -> Boundary:
    (a, b), (c, d) = data["between"]
    return Boundary(((a, b), (c, d)), _points(data["points"]))
