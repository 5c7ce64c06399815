"""What the explorer needs to be installed."""

from __future__ import annotations

from typing import Any

from eqsolve.errors import InputError


def panel() -> Any:
    """Import Panel; raises InputError with what to install where it is missing."""
    try:
        import panel
    except ModuleNotFoundError as error:
        raise InputError(
            "the explorer needs Panel, which is not installed: pip install 'eqsolve[explore]', "
            "or pip install '.[explore]' in a clone"
        ) from error
    return panel
