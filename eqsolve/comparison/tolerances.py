"""How far a value may be from the one that is expected: |actual - expected| <= atol + rtol |expected|."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from eqsolve.errors import InputError, nearest

ATOL, RTOL = 1e-9, 1e-6
"""Defaults: values are good to about 1e-9, and a change of less than a millionth changes no conclusion."""


@dataclass(frozen=True)
class Tolerance:
    """An absolute and a relative tolerance, as in `numpy.isclose`.

    Raises:
        InputError: if one is negative or not finite.
    """

    atol: float = ATOL
    rtol: float = RTOL

    def __post_init__(self) -> None:
        wrong = [name for name in ("atol", "rtol") if not 0.0 <= getattr(self, name) < math.inf]
        if wrong:
            raise InputError(*(f"{name} = {getattr(self, name)!r}: expected a number >= 0" for name in wrong))

    def at(self, expected: float) -> float:
        """Return how far a value may be from `expected`."""
        return self.atol + self.rtol * abs(expected)


@dataclass(frozen=True)
class Tolerances:
    """The tolerance of each quantity: `default`, unless `quantities` names another.

    Attributes:
        default: for all quantities that are not named.
        quantities: tolerances by the name of the quantity, such as `profit` or `participation.high`.
    """

    default: Tolerance = Tolerance()
    quantities: Mapping[str, Tolerance] = field(default_factory=dict)

    def of(self, quantity: str) -> Tolerance:
        """Return the tolerance of a quantity."""
        return self.quantities.get(quantity, self.default)

    def changed(
        self, atol: float | None = None, rtol: float | None = None, own: Mapping[str, float] | None = None
    ) -> Self:
        """Return these tolerances with another default, and absolute tolerances of some quantities.

        Raises:
            InputError: with every number that is no tolerance.
        """
        problems: list[str] = []
        default = self.default
        try:
            default = Tolerance(
                self.default.atol if atol is None else atol, self.default.rtol if rtol is None else rtol
            )
        except InputError as error:
            problems += map(str, error.problems)
        quantities = dict(self.quantities)
        for name, tolerance in (own or {}).items():
            if 0.0 <= tolerance < math.inf:
                quantities[name] = Tolerance(atol=tolerance, rtol=0.0)
            else:
                problems.append(f"the tolerance of {name} is {tolerance!r}: expected a number >= 0")
        if problems:
            raise InputError(*problems)
        return type(self)(default, quantities)

    def require(self, known: Collection[str]) -> None:
        """Make sure that every named quantity is one of those `known`.

        Raises:
            InputError: with every unknown name.
        """
        unknown = [name for name in self.quantities if name not in known]
        if unknown:
            raise InputError(*(f"tolerance of an unknown quantity {u}: {nearest(u, known)}" for u in unknown))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: atol, rtol, and a table of both for each named quantity."""
        named = {name: {"atol": own.atol, "rtol": own.rtol} for name, own in self.quantities.items()}
        return {"atol": self.default.atol, "rtol": self.default.rtol, "quantities": named}
