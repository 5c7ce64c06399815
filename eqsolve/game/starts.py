"""Where best-response adjustment starts (docs/model.md, Participation)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from eqsolve.game.response import Rows, initial_values, masses, moments, respond
from eqsolve.numerics.pieces import cut, project
from eqsolve.numerics.quadrature import Array, Grid

TASTES: dict[str, tuple[tuple[float, float], ...]] = {
    "everybody": ((0.0, 1.0),),
    "nobody": (),
    "left": ((0.0, 0.5),),
    "right": ((0.5, 1.0),),
    "center": ((0.25, 0.75),),
    "ends": ((0.0, 0.25), (0.75, 1.0)),
}
"""The tastes that take part at the start, as intervals."""


def start_state(rows: Rows, name: str) -> Array:
    """The state in which adjustment starts, (R, 2 + Y); `name` is one of `eqsolve.selections.STARTS`."""
    if name == "initial":
        return respond(rows, initial_values(rows))
    shape = (len(rows), rows.model.games.share.shape[1], rows.model.x.size)
    return moments(rows, masses(rows, np.broadcast_to(_shares(name, rows.model.x), shape)))


@lru_cache(maxsize=64)
def _shares(name: str, grid: Grid) -> Array:
    """Who takes part, 1 or 0, at the nodes (X,), projected in panels that an interval ends in."""
    parts = TASTES[name]

    def inside(x: Array, *_: object) -> Array:
        return np.asarray(sum(((x >= low) & (x <= high) for low, high in parts), np.zeros(x.shape)), float)

    x, ends = grid.x[None, None], np.array([[-1.0, *{end for part in parts for end in part if 0 < end < 1}]])
    return np.asarray(project(inside, x, inside(x), cut(x, ends, grid), grid)[0, 0])
