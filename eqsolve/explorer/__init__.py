"""The explorer: a page on which a game is changed and its equilibrium looked at, on this machine only.

It needs the extra `explore` (Panel); importing its pages raises InputError without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eqsolve import arguments as read

if TYPE_CHECKING:
    from eqsolve.params import Params

__all__ = ["explore"]


@read.arguments(params=read.optional(read.game))
def explore(params: Params | None = None) -> Any:
    """Show a game in a notebook: sliders and menus for all of it, and its equilibrium as it changes.

    Outside of notebooks `eqsolve explore` opens the same page in a browser.

    Args:
        params: the game to start from; the preset `paper` if left out.

    Returns:
        What Jupyter shows, a Panel object; in a script it does nothing by itself.

    Raises:
        InputError: Panel is not installed.
    """
    from eqsolve.explorer.notebook import shown

    return shown(params)
