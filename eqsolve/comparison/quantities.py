"""The flat quantities of an equilibrium, named as the columns of `Equilibria.table()`."""

from __future__ import annotations

from eqsolve.params import Params
from eqsolve.results import BY_SEGMENT, QUANTITIES, Equilibrium

Value = float | int | str | None
"""A quantity: a number, a word such as the direction, or None where it has no value."""

EVIDENCE = ("status", "equilibria_found")
"""What is compared of the certificate; regrets are rounding errors and are not."""


def quantities(equilibrium: Equilibrium) -> dict[str, float | str]:
    """Return the quantities by name; those of a segment as `participation.high`."""
    flat: dict[str, float | str] = {name: getattr(equilibrium, name) for name in (*QUANTITIES, "direction")}
    for name in BY_SEGMENT:
        flat |= {f"{name}.{segment.name}": getattr(segment, name) for segment in equilibrium.segments}
    return flat


def names_of(params: Params) -> list[str]:
    """Return the names of the quantities of a game's equilibria."""
    segments = [segment.name for segment in params.users.segments]
    return [*QUANTITIES, "direction", *(f"{name}.{segment}" for name in BY_SEGMENT for segment in segments)]


def order(names: set[str]) -> list[str]:
    """Return names of quantities in the order of `quantities`; segments by name."""
    rank = {name: i for i, name in enumerate((*QUANTITIES, "direction"))}

    def place(name: str) -> tuple[int, int, str]:
        base, _, segment = name.partition(".")
        by_segment = BY_SEGMENT.index(base) if segment and base in BY_SEGMENT else 0
        return (len(rank) if segment else rank.get(name, len(rank) + 1), by_segment, segment or name)

    return sorted(names, key=place)
