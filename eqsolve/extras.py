"""Libraries that only some capabilities need, and what to say where they are missing."""

from eqsolve.errors import InputError


def missing(what: str, library: str, extra: str) -> InputError:
    """What to install for a capability: from an index, or from a clone."""
    return InputError(
        f"{what} {library}, which is not installed: pip install 'eqsolve[{extra}]', "
        f"or pip install '.[{extra}]' in a clone"
    )


def no_plots() -> InputError:
    """What to install for figures."""
    return missing("plots need", "matplotlib", "plot")
