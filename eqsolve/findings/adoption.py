"""Where the platform adopts fine-tuning: the set of one parameter's values, as intervals with their ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eqsolve.equilibrium import solve
from eqsolve.errors import InputError
from eqsolve.params import Params
from eqsolve.thresholds import threshold


@dataclass(frozen=True)
class AdoptionSet:
    """Values of a parameter at which a game's platform adopts fine-tuning.

    Attributes:
        key: the parameter.
        low, high: the values that were looked at.
        intervals: the set, in order; an end that is `low` or `high` is that of the search.
        certified: whether the equilibria on both sides of every end inside are.
    """

    key: str
    low: float
    high: float
    intervals: tuple[tuple[float, float], ...]
    certified: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "key": self.key, "low": self.low, "high": self.high,
            "intervals": [list(each) for each in self.intervals], "certified": self.certified,
        }  # fmt: skip


def adoption_set(game: Params, key: str, low: float, high: float) -> AdoptionSet:
    """Find the values of `key` in [low, high] at which fine-tuning is adopted.

    Raises:
        InputError: a key or a range that `threshold` refuses.
    """
    first, last = (solve(game.replace({key: value})) for value in (low, high))
    try:
        crossings = threshold(game, key, low=low, high=high).crossings
    except InputError:
        if (first.intensity > 0) != (last.intensity > 0):
            raise
        crossings = ()
    ends = [low] * (first.intensity > 0) + [each.value for each in crossings] + [high] * (last.intensity > 0)
    certified = all(each.certified for each in crossings)
    certified &= first.certificate.status.certified and last.certificate.status.certified
    return AdoptionSet(key, low, high, tuple(zip(ends[::2], ends[1::2], strict=True)), certified)
