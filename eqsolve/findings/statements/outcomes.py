"""What fine-tuning does: statements 1 (direction), 2 (harm) and 6 (harm despite good feedback)."""

from __future__ import annotations

from functools import partial

import numpy as np

from eqsolve.findings.evidence import Flags
from eqsolve.findings.regimes import AT_QUALITY, REGIMES, AtQuality, Regimes
from eqsolve.findings.statement import CHOICE_ERROR, MONEY_ERROR, Check, Part, Statement
from eqsolve.numerics.quadrature import Array
from eqsolve.sweeps.design import Range

CLEAR = 0.1
"""A feedback quality rho this far from 0 is well above or below it."""

MOST, LARGE_MAJORITY = 0.5, 0.7

_BOTH = ("none", "forced")
_ADOPTED = ("none", "endogenous")


def _directed(word: str, sign: float, found: Regimes) -> tuple[Flags, Array]:
    rho = sign * found.of("forced", "feedback_quality")
    met = found.active & (rho >= CLEAR)
    return met, np.where(found.of("forced", "direction") == word, rho, -rho)


def _harmed(names: tuple[str, ...], found: Regimes) -> tuple[Flags, Array]:
    return found.active, np.min([-found.change(name) for name in names], axis=0)


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


# Partial applications of functions of this module, which pickle as closures do not.


def _direction(word: str, sign: float) -> Check:
    return partial(_directed, word, sign)


def _harm(*names: str) -> Check:
    return partial(_harmed, names)


def _harm_where(share: float, *, inclusive: bool) -> Check:
    return partial(_adopted_harm, share, inclusive)


DIRECTION = Statement(
    1, "Direction", "existence",
    "Fine-tuning centralizes outputs where rho is well above 0, and polarizes them where it is well "
    "below.",
    f"active, and |rho| >= {CLEAR:g} under forced",
    (
        Part(f"centralized, ρ ≥ {CLEAR:g}", REGIMES, _direction("centralized", 1), _BOTH, 1e-9, "ρ",
            premise=f"active, and rho >= {CLEAR:g} under forced",
        ),
        Part(f"polarized, ρ ≤ −{CLEAR:g}", REGIMES, _direction("polarized", -1), _BOTH, 1e-9, "−ρ",
            premise=f"active, and rho <= -{CLEAR:g} under forced",
            met_in=(Range("users.segments.high.share", 0.05, 0.2),),
        ),
    ),
)  # fmt: skip

HARM = Statement(
    2, "Harm", "existence",
    "There are games in which fine-tuning lowers profit, games in which it lowers CS, and games in which "
    "it lowers both.",
    "active",
    (
        Part("profit falls", REGIMES, _harm("profit"), _BOTH, MONEY_ERROR, "money"),
        Part("user surplus falls", REGIMES, _harm("user_surplus"), _BOTH, CHOICE_ERROR, "money"),
        Part("both fall", REGIMES, _harm("profit", "user_surplus"), _BOTH, CHOICE_ERROR, "money"),
    ),
)  # fmt: skip

HARM_DESPITE = Statement(
    6, "Harm despite good feedback", "existence",
    "There are games where most users give accurate feedback, the platform adopts fine-tuning, and CS "
    "falls.",
    "fine-tuning adopted, most users accurate",
    (
        Part(
            "CS falls, most accurate", REGIMES, _harm_where(MOST, inclusive=False), _ADOPTED,
            CHOICE_ERROR, "money",
        ),
        Part(
            "CS falls, 70 % accurate", REGIMES, _harm_where(LARGE_MAJORITY, inclusive=True),
            _ADOPTED, CHOICE_ERROR, "money",
            premise=f"fine-tuning adopted, at least {LARGE_MAJORITY:.0%} of users accurate",
        ),
        Part(
            "an accurate segment loses", REGIMES, _accurate_loses, _ADOPTED, CHOICE_ERROR, "money", True
        ),
        Part("CS falls at fixed q", AT_QUALITY, _loses_at_quality, _ADOPTED, CHOICE_ERROR, "money", True),
        Part(
            "accurate loses at fixed q", AT_QUALITY, _accurate_loses_at_quality, _ADOPTED, CHOICE_ERROR,
            "money", True,
        ),
    ),
)  # fmt: skip
