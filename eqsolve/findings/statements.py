"""The seven statements of docs/model.md, Findings, as claims with a margin on each game."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eqsolve.errors import InputError, Problem
from eqsolve.findings.evidence import PLANNER, AtQuality, Engagement, Lines, Planner, Raised, Regimes
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params
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
        evidence: what it is tested on (see `eqsolve.findings.evidence`).
        check: tells premise and margin; a margin above `error` shows the claim, one below -`error` violates
            it.
        regimes: the regimes that show it.
        error: numerical error of the margin.
        unit: what the margin is.
        beside: whether it is reported beside the statement, whose verdict it does not touch.
        met_in: where games meet the premise that are rare, for when none does.
    """

    name: str
    evidence: Literal["regimes", "lines", "engagement", "quality", "welfare", "choices"]
    check: Check
    regimes: tuple[str, ...]
    error: float
    unit: str
    beside: bool = False
    met_in: str = ""


@dataclass(frozen=True, eq=False)
class Statement(ByValue):
    """A statement: that games exist which show each part, or that each part holds in all games.

    Attributes:
        number, title: as in docs/model.md.
        kind: "existence" or "universal".
        claim: the statement in a sentence.
        premise: which games it speaks about.
        parts: what it claims.
        remark: what holds by construction, if anything does.
    """

    number: int
    title: str
    kind: Literal["existence", "universal"]
    claim: str
    premise: str
    parts: tuple[Part, ...]
    remark: str = ""


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
    return _somebody(found) & _own(found.games), found.lead


def _adopted_harm(share: float, inclusive: bool, found: Regimes) -> tuple[Flags, Array]:
    many = found.accurate >= share if inclusive else found.accurate > share
    met = many & (found.of("endogenous", "intensity") > 0)
    return met, -found.change("user_surplus", "endogenous")


def _accurate_loses(found: Regimes) -> tuple[Flags, Array]:
    """The fall of CS_j of that segment with accurate feedback which loses most."""
    fall = np.where(found.accurate_segments, -found.segment_change("user_surplus", "endogenous"), -np.inf)
    return _mostly_accurate(found), fall.max(axis=1)


def _mostly_accurate(found: Regimes) -> Flags:
    return np.asarray((found.accurate > MOST) & (found.of("endogenous", "intensity") > 0))


def _loses_at_quality(found: AtQuality) -> tuple[Flags, Array]:
    shares = np.array([[s.share for s in game.users.segments] for game in found.regimes.games])
    return _mostly_accurate(found.regimes), -(shares * found.change).sum(axis=1)


def _accurate_loses_at_quality(found: AtQuality) -> tuple[Flags, Array]:
    fall = np.where(found.regimes.accurate_segments, -found.change, -np.inf)
    return _mostly_accurate(found.regimes), fall.max(axis=1)


def _raised_share(found: Raised) -> tuple[Flags, Array]:
    return _anybody(found) & np.isfinite(found.more[:, 0]), found.more[:, 0] - found.base[:, 0]


def _raised_accuracy(found: Raised) -> tuple[Flags, Array]:
    return _anybody(found) & np.isfinite(found.sharper[:, 0]), found.sharper[:, 0] - found.base[:, 0]


def _leads(found: Raised) -> tuple[Flags, Array]:
    return _anybody(found) & _own(found.games), found.lead


def _anybody(found: Raised) -> Flags:
    return np.asarray(
        np.nanmax([found.base[:, 0], found.more[:, 0], found.sharper[:, 0]], axis=0) > CHOICE_ERROR
    )


def _own(games: Sequence[Params]) -> Flags:
    """Whether own feedback counts and segments differ in accuracy, (n,)."""
    own = np.array([game.finetuning.personalization > 0 for game in games])
    several = np.array([len({s.accuracy for s in game.users.segments}) > 1 for game in games])
    return np.asarray(own & several)


def _planner_trains_more(found: Planner) -> tuple[Flags, Array]:
    margin = found.planner["quality"] - found.regimes.of("endogenous", "quality")
    return found.regimes.active, np.asarray(margin, dtype=np.float64)


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
        "in the closed form by construction: q* falls exactly by the factor exp(-eta beta rho)",
    ),
    Statement(
        5, "Engagement", "universal",
        "N rises in the share and the accuracy of the better segment, and if zeta > 0, N_high >= N_low: "
        "(a) given (q, beta > 0), (b) in equilibrium.",
        "somebody takes part",
        (
            Part("a N rises in the share", "engagement", _more_good_feedback, _FORCED, MONEY_ERROR, "users"),
            Part("a N rises in the accuracy", "engagement", _sharper_feedback, _FORCED, MONEY_ERROR, "users"),
            Part("a N_high ≥ N_low", "engagement", _better_segment, _FORCED, MONEY_ERROR, "users"),
            Part("b N rises in the share", "choices", _raised_share, _FORCED, CHOICE_ERROR, "users"),
            Part("b N rises in the accuracy", "choices", _raised_accuracy, _FORCED, CHOICE_ERROR, "users"),
            Part("b N_high ≥ N_low", "choices", _leads, _FORCED, CHOICE_ERROR, "users"),
        ),
        "(a) is what the abstract's mechanism says; (b) adds that the platform trains less",
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
            Part(
                "an accurate segment loses", "regimes", _accurate_loses, _ADOPTED, CHOICE_ERROR, "money", True
            ),
            Part("CS falls at fixed q", "quality", _loses_at_quality, _ADOPTED, CHOICE_ERROR, "money", True),
            Part(
                "accurate loses at fixed q", "quality", _accurate_loses_at_quality, _ADOPTED, CHOICE_ERROR,
                "money", True,
            ),
        ),
    ),
    Statement(
        7, "Planner", "universal",
        "The planner trains at least as well as the platform: q* under planner is at least q* under "
        "endogenous.",
        "active",
        (
            Part(
                "planner trains more", "welfare", _planner_trains_more, ("endogenous", PLANNER),
                CHOICE_ERROR, "quality",
            ),
        ),
        "not in the abstract: the companion of statement 4 without its condition",
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
