"""Where best-response adjustment starts (docs/model.md, Participation)."""

from __future__ import annotations

import numpy as np

from eqsolve.game.response import Rows, initial_values, masses, moments, respond
from eqsolve.numerics.quadrature import Array


def start_state(rows: Rows, name: str) -> Array:
    """The state in which adjustment starts, (R, 2 + Y); `name` is one of `eqsolve.selections.STARTS`."""
    if name == "initial":
        return respond(rows, initial_values(rows))
    x = rows.model.x.x
    taking_part = {
        "everybody": x >= 0.0,
        "nobody": x < 0.0,
        "left": x < 0.5,
        "right": x > 0.5,
        "center": np.abs(x - 0.5) < 0.25,
        "ends": np.abs(x - 0.5) > 0.25,
    }[name]
    shape = (len(rows), rows.model.games.share.shape[1], x.size)
    return moments(rows, masses(rows, np.broadcast_to(taking_part.astype(np.float64), shape)))
