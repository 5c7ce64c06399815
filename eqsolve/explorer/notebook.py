"""The page in a notebook; importing this module raises InputError when Panel is not installed."""

from __future__ import annotations

from typing import Any

from eqsolve.explorer.state import State
from eqsolve.extras import missing
from eqsolve.params import Params

try:
    import panel as pn

    from eqsolve.explorer.page import Page
except ModuleNotFoundError as error:
    raise missing("the explorer needs", "Panel", "explore") from error


def shown(params: Params | None) -> Any:
    """The page of a game, for Jupyter to show; solving waits in the kernel."""
    pn.extension(inline=True)
    base = params or Params()
    page = Page(State(base), base)
    page.start()
    return page.view
