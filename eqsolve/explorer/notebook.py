"""The page in a notebook."""

from __future__ import annotations

from typing import Any

from eqsolve.explorer.needs import panel
from eqsolve.explorer.state import State
from eqsolve.params import Params


def shown(params: Params | None) -> Any:
    """The page of a game, for Jupyter to show; solving waits in the kernel."""
    panel().extension(inline=True)
    from eqsolve.explorer.page import Page

    base = params or Params()
    return Page(State(base), base).view
