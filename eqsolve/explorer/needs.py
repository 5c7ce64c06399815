"""What the explorer needs to be installed."""

from eqsolve.errors import InputError


def missing() -> InputError:
    """What to install where Panel is missing."""
    return InputError(
        "the explorer needs Panel, which is not installed: pip install 'eqsolve[explore]', "
        "or pip install '.[explore]' in a clone"
    )
