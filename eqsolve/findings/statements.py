"""The six statements of docs/model.md, Findings, as claims with a margin on each game."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eqsolve.errors import InputError, Problem
from eqsolve.findings.evidence import Engagement, Lines, Regimes
from eqsolve.numerics.quadrature import Array
from eqsolve.values import ByValue

Flags = NDArray[np.bool_]
Check = Callable[[Any], tuple[Flags, Array]]
"""From evidence to the games that meet the premise, (n,), and the margin by which the claim holds, (n,)."""

CLEAR = 0.1
"""A feedback quality rho this far from 0 is well above or below it."""

MONEY_ERROR = 1e-8
"""Numerical error of payoffs and of participation at given (q, beta): ten times the certificate's bounds."""

CHOICE_ERROR = 1e-6
"""Numerical error of q*, and of CS at q*: profit is flat at its maximum, which blurs where that is."""

MOST, LARGE_MAJORITY = 0.5, 0.7


@dataclass(frozen=True, eq=False)
class Part(ByValue):
    """One claim of a statement.

    Attributes:
        name: the claim in a few words.
        evidence: "regimes", "lines" or "engagement" (see `eqsolve.findings.evidence`).
        check: tells premise and margin; a margin above `error` shows the claim, one below -`error` violates
            it.
        regimes: the regimes that show it.
        error: numerical error of the margin.
        unit: what the margin is.
    """

    name: str
    evidence: Literal["regimes", "lines", "engagement"]
    check: Check
    regimes: tuple[str, ...]
    error: float
    unit: str


@dataclass(frozen=True, eq=False)
class Statement(ByValue):
    """A statement: that games exist which show each part, or that each part holds in all games.

    Attributes:
        number, title: as in docs/model.md.
        kind: "existence" or "universal".
        claim: the statement in a sentence.
        premise: which games it speaks about.
        parts: what it claims.
    """

    number: int
    title: str
    kind: Literal["existence", "universal"]
    claim: str
    premise: str
    parts: tuple[Part, ...]


def _directed(word: str, sign: float, found: Regimes) -> tuple[Flags, Array]:
    rho = sign * found.of("forced", "feedback_quality")
    met = found.active & (rho >= CLEAR)
    return met, np.where(found.of("forced", "direction") == word, rho, -rho)


def _harmed(names: tuple[str, ...], found: Regimes) -> tuple[Flags, Array]:
    return found.active, np.min([-found.change(name) for name in names], axis=0)


def _pays_at_large_costs(found: Lines) -> tuple[Flags, Array]:
    rest = np.where(found.active, found.gain, -np.inf)[:, 1:].max(axis=1)
    met = found.active[:, 0] & np.isfinite(rest)
    return met, np.where(met, rest - found.gain[:, 0], np.nan)


def _paying(found: Regimes) -> Flags:
    return np.asarray(found.active & (found.gain > MONEY_ERROR))


def _trains_no_better(found: Regimes) -> tuple[Flags, Array]:
    return _paying(found), -found.change("quality")


def _equal_at_bound(found: Regimes) -> tuple[Flags, Array]:
    q = found.of("none", "quality")
    equal = np.abs(found.change("quality")) <= CHOICE_ERROR
    return _paying(found) & equal, -np.minimum(q, 1.0 - q)


def _somebody(found: Engagement) -> Flags:
    return np.asarray(np.nanmax([found.base, found.more, found.sharper], axis=0) > MONEY_ERROR)


def _more_good_feedback(found: Engagement) -> tuple[Flags, Array]:
    return _somebody(found) & np.isfinite(found.more), found.more - found.base


def _sharper_feedback(found: Engagement) -> tuple[Flags, Array]:
    return _somebody(found) & np.isfinite(found.sharper), found.sharper - found.base


def _better_segment(found: Engagement) -> tuple[Flags, Array]:
    own = np.array([game.finetuning.personalization > 0 for game in found.games])
    several = np.array([len({s.accuracy for s in game.users.segments}) > 1 for game in found.games])
    return _somebody(found) & own & several, found.lead


def _adopted_harm(share: float, inclusive: bool, found: Regimes) -> tuple[Flags, Array]:
    many = found.accurate >= share if inclusive else found.accurate > share
    met = many & (found.of("endogenous", "intensity") > 0)
    return met, -found.change("user_surplus", "endogenous")


# Partial applications of functions of this module, which pickle as closures do not.


def _direction(word: str, sign: float) -> Check:
    return partial(_directed, word, sign)


def _harm(*names: str) -> Check:
    return partial(_harmed, names)


def _harm_where(share: float, *, inclusive: bool) -> Check:
    return partial(_adopted_harm, share, inclusive)


_BOTH = ("none", "forced")
_FORCED = ("forced",)
_ADOPTED = ("none", "endogenous")

STATEMENTS = (
    Statement(
        1, "Direction", "existence",
        "Fine-tuning centralizes outputs where rho is well above 0, and polarizes them where it is well "
        "below.",
        f"active, and |rho| >= {CLEAR:g} under forced",
        (
            Part(f"centralized, ρ ≥ {CLEAR:g}", "regimes", _direction("centralized", 1), _BOTH, 1e-9, "ρ"),
            Part(f"polarized, ρ ≤ −{CLEAR:g}", "regimes", _direction("polarized", -1), _BOTH, 1e-9, "−ρ"),
        ),
    ),
    Statement(
        2, "Harm", "existence",
        "There are games in which fine-tuning lowers profit, games in which it lowers CS, and games in which "
        "it lowers both.",
        "active",
        (
            Part("profit falls", "regimes", _harm("profit"), _BOTH, MONEY_ERROR, "money"),
            Part("user surplus falls", "regimes", _harm("user_surplus"), _BOTH, CHOICE_ERROR, "money"),
            Part("both fall", "regimes", _harm("profit", "user_surplus"), _BOTH, CHOICE_ERROR, "money"),
        ),
    ),
    Statement(
        3, "When it pays", "universal",
        "The gross gain of fine-tuning is smaller at the smallest transaction cost of the domain than at its "
        "maximum over the cost.",
        "lines of costs that are active at the smallest cost and at another",
        (Part("gain larger at larger C", "lines", _pays_at_large_costs, _BOTH, MONEY_ERROR, "money"),),
    ),
    Statement(
        4, "Strategic under-training", "universal",
        "Where fine-tuning pays gross of F, q* under forced is at most q* under none, equal only at a bound.",
        "active, and fine-tuning pays at F = 0",
        (
            Part("q* does not rise", "regimes", _trains_no_better, _BOTH, CHOICE_ERROR, "quality"),
            Part("q* equal only at bound", "regimes", _equal_at_bound, _BOTH, CHOICE_ERROR, "quality"),
        ),
    ),
    Statement(
        5, "Engagement", "universal",
        "Given (q, beta > 0), N rises in the share and the accuracy of the better segment, and if zeta > 0, "
        "N_high >= N_low.",
        "somebody takes part",
        (
            Part("N rises in the share", "engagement", _more_good_feedback, _FORCED, MONEY_ERROR, "users"),
            Part("N rises in the accuracy", "engagement", _sharper_feedback, _FORCED, MONEY_ERROR, "users"),
            Part("N_high ≥ N_low", "engagement", _better_segment, _FORCED, MONEY_ERROR, "users"),
        ),
    ),
    Statement(
        6, "Harm despite good feedback", "existence",
        "There are games where most users give accurate feedback, the platform adopts fine-tuning, and CS "
        "falls.",
        "fine-tuning adopted, most users accurate",
        (
            Part(
                "CS falls, most accurate", "regimes", _harm_where(MOST, inclusive=False), _ADOPTED,
                CHOICE_ERROR, "money",
            ),
            Part(
                "CS falls, 70 % accurate", "regimes", _harm_where(LARGE_MAJORITY, inclusive=True),
                _ADOPTED, CHOICE_ERROR, "money",
            ),
        ),
    ),
)  # fmt: skip
"""The statements, in the order of docs/model.md."""


def choose(only: Iterable[int] | None) -> tuple[Statement, ...]:
    """Return the statements with these numbers; all if None.

    Raises:
        InputError: with every number that no statement has.
    """
    if only is None:
        return STATEMENTS
    numbers = list(only)
    known = [statement.number for statement in STATEMENTS]
    wrong = [number for number in numbers if number not in known]
    if wrong or not numbers:
        said = [f"there is no statement {number}" for number in wrong] or ["no statement to test"]
        raise InputError(
            *(Problem(f"{each}: expected numbers from {known[0]} to {known[-1]}") for each in said)
        )
    return tuple(statement for statement in STATEMENTS if statement.number in numbers)
