"""Selection rules: which of several participation equilibria is played (docs/model.md, Participation).

A rule is a frozen record; whatever depends on it asks the record, never its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eqsolve.errors import InputError, nearest

if TYPE_CHECKING:
    from eqsolve.numerics.quadrature import Array

SelectionName = Literal["initial", "highest", "lowest"]

STARTS = ("initial", "everybody", "nobody", "left", "right", "center", "ends")
"""Where best-response adjustment is started to find equilibria: participation in the initial model, by all,
by none, by tastes below and above 1/2, within 1/4 of 1/2, and beyond it."""

SYMMETRIC = frozenset(STARTS) - {"left", "right"}
"""Starts that treat tastes x and 1 - x alike, as adjustment in a symmetric game then always does."""


@dataclass(frozen=True)
class Selection:
    """A rule that chooses among participation equilibria.

    Attributes:
        name: what it is called.
        starts: where adjustment starts, some of `STARTS`.
        words: which equilibrium is played, in words.
        sign: whether the limit with the most (1) or the least (-1) participation is chosen among theirs; of
            equally high ones that of the earliest start.
    """

    name: str
    starts: tuple[str, ...]
    words: str
    sign: float = 1.0

    @property
    def follows(self) -> bool:
        """Whether one path of adjustment is followed, so that the border of its basin matters."""
        return len(self.starts) == 1

    @property
    def symmetric(self) -> bool:
        """Whether what is chosen in a symmetric game is symmetric."""
        return SYMMETRIC.issuperset(self.starts)

    def rank(self, participation: Array) -> Array:
        """How high limits with N of any shape stand."""
        return self.sign * participation


SELECTIONS = {
    rule.name: rule
    for rule in (
        Selection("initial", ("initial",), "reached from the initial model"),
        Selection("highest", STARTS, "with the highest participation"),
        Selection("lowest", STARTS, "with the lowest participation", -1.0),
    )
}
"""Every rule of docs/model.md by its name."""


def unknown(name: str) -> list[str]:
    """What is wrong with the name of a rule: nothing, or that there is none of that name."""
    return [] if name in SELECTIONS else [f"unknown selection {name!r}: {nearest(name, SELECTIONS)}"]


def selection_of(name: str) -> Selection:
    """Return the rule of a name.

    Raises:
        InputError: no such rule.
    """
    if wrong := unknown(name):
        raise InputError(*wrong)
    return SELECTIONS[name]
