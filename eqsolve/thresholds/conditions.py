"""What starts or stops to hold as a parameter moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eqsolve.adoption import Adoption
from eqsolve.numerics.quadrature import Array


@dataclass(frozen=True)
class Condition:
    """Something that holds in an equilibrium or not.

    Attributes:
        words: what it says, for a sentence: "the platform fine-tunes".
        margin: positive where it holds; what that is called is `margin_name`.
        graded: whether the margin says how far the edge is, rather than only yes (1) or no (-1).
    """

    words: str
    margin_name: str
    margin: Callable[[Adoption], Array]
    graded: bool = True


def _adopted(change: Callable[[Adoption], Array]) -> Callable[[Adoption], Array]:
    """The smaller of the platform's gain and of a change: positive where it fine-tunes and the change is."""
    return lambda games: np.minimum(games.adoption_margin, change(games))


def _directed(word: str) -> Callable[[Adoption], Array]:
    return lambda games: np.where(games.outputs == word, 1.0, -1.0)


CONDITIONS = {
    "adopts": Condition("the platform fine-tunes", "profit gain", lambda games: games.adoption_margin),
    "active": Condition(
        "users take part without fine-tuning",
        "participation without fine-tuning",
        lambda games: games.participation,
    ),
    "users-gain": Condition(
        "the platform fine-tunes and users gain",
        "smaller of profit gain and change of user surplus",
        _adopted(lambda games: games.users_margin),
    ),
    "users-lose": Condition(
        "the platform fine-tunes and users lose",
        "smaller of profit gain and loss of user surplus",
        _adopted(lambda games: -games.users_margin),
    ),
    "society-loses": Condition(
        "the platform fine-tunes and welfare falls",
        "smaller of profit gain and loss of welfare",
        _adopted(lambda games: -games.society_margin),
    ),
    "centralized": Condition(
        "the platform fine-tunes and outputs become centralized",
        "yes (1) or no (-1):",
        _directed("centralized"),
        graded=False,
    ),
    "polarized": Condition(
        "the platform fine-tunes and outputs become polarized",
        "yes (1) or no (-1):",
        _directed("polarized"),
        graded=False,
    ),
}
"""What `threshold` can look for, by name (docs/thresholds.md, Conditions)."""
