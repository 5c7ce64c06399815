"""The instruments of a regulator, and how far each goes (docs/model.md, Policy)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from eqsolve.game.games import Games, columns
from eqsolve.numerics.quadrature import Array

if TYPE_CHECKING:
    from eqsolve.params import Params

InstrumentName = Literal["training-subsidy", "quality-floor", "finetuning-cap", "finetuning-tax"]

MOST_PAID = 1.0 - 2.0**-16
"""The largest subsidy that is looked at: at 1 training would be free, whatever the quality.

Closer to 1 rounding blurs what the platform does, which hardly minds: in `paper` by 1e-12 at 1 - 2^-17,
by 1e-7 at 1 - 2^-20."""


@dataclass(frozen=True)
class Instrument:
    """One instrument. Its strength is how far it goes: 0 does nothing.

    Attributes:
        name: as in docs/model.md.
        title: what it is called in a sentence.
        most: games to the largest strength that is looked at, (R,).
        impose: games and strengths (R,) to the games as the platform then plays them.
        inverse: whether the value of the instrument is what is left of `most`, as that of a cap.
        reach: the strength that leads platforms to qualities (K,), given also the subsidies (K,) at which
            these are their own best; None for an instrument that does not move quality at a given intensity.
        open: whether there are values beyond `most`, at which more would be better where `most` is best.
        shown: share of the range that figures show.
        first: shares of the range between which pieces begin: at either end an instrument may matter on a
            narrow part of its range only, such as a subsidy near 1, or a cap near 0 where stronger
            fine-tuning does not pay.
    """

    name: InstrumentName
    title: str
    most: Callable[[Games], Array]
    impose: Callable[[Games, Array], Games]
    inverse: bool = False
    reach: Callable[[Array, Array], Array] | None = None
    open: bool = False
    shown: float = 1.0
    first: tuple[float, ...] = (0.0, 0.1, 0.5, 0.9, 0.99, 1.0)

    @property
    def key(self) -> str:
        """The key of its value in a game."""
        return f"policy.{self.name}"

    def exhausted(self, params: Params, value: float) -> bool:
        """Whether a value is the last that is looked at, though the range goes on."""
        return self.open and value >= float(self.most(columns([params]))[0])

    def value(self, strength: Any, most: Any) -> Any:
        """The value at a strength; also the strength at a value."""
        return most - strength if self.inverse else strength


def _subsidized(games: Games, share: Array) -> Games:
    return replace(
        games, training_cost=(1.0 - share) * games.training_cost, aid=games.aid + share * games.training_cost
    )


def _taxed(games: Games, tax: Array) -> Games:
    return replace(games, cost=games.cost + tax, tax=games.tax + tax)


INSTRUMENTS: dict[str, Instrument] = {
    each.name: each
    for each in (
        Instrument(
            "training-subsidy",
            "a subsidy of training",
            lambda games: np.full(len(games), MOST_PAID),
            _subsidized,
            reach=lambda quality, subsidy: subsidy,
            open=True,
            shown=0.95,
        ),
        Instrument(
            "quality-floor",
            "a floor of quality",
            lambda games: np.ones(len(games)),
            lambda games, floor: replace(games, floor=np.maximum(games.floor, floor)),
            reach=lambda quality, subsidy: quality,
        ),
        Instrument(
            "finetuning-cap",
            "a cap on fine-tuning",
            lambda games: games.strength,
            lambda games, cut: replace(games, strength=games.strength - cut),
            inverse=True,
            first=(0.0, 0.5, 0.95, 1.0),
        ),
        # Fine-tuning gains revenue at most: a platform that does not fine-tune need not lose anything.
        Instrument(
            "finetuning-tax",
            "a tax on fine-tuning",
            lambda games: np.where(games.revenue > 0.0, games.revenue, 1.0),
            _taxed,
        ),
    )
}
"""Every instrument by its name."""
