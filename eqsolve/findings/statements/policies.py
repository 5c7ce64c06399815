"""What a regulator does: statements 8 (floor and subsidy), 9 (a ban) and 10 (a small subsidy)."""

from __future__ import annotations

from functools import partial

import numpy as np

from eqsolve.findings.evidence import Flags
from eqsolve.findings.policies import BEST_POLICIES, COMPARED, SMALL, SUBSIDIZED, Compared, Subsidized
from eqsolve.findings.regimes import REGIMES, Regimes
from eqsolve.findings.statement import CHOICE_ERROR, Part, Statement
from eqsolve.numerics.quadrature import Array

_PLAYED = ("endogenous",)
_BANNED = ("none", "endogenous")


def _floor_dominates(found: Compared) -> tuple[Flags, Array]:
    subsidy, floor = (found.welfare(name) for name in COMPARED)
    return found.regimes.active, floor - subsidy


def _banned(sign: float, name: str, found: Regimes) -> tuple[Flags, Array]:
    change = found.of("none", name) - found.of("endogenous", name)
    return np.asarray(found.of("endogenous", "intensity") > 0), np.asarray(sign * change, dtype=np.float64)


def _users_gain(found: Subsidized) -> tuple[Flags, Array]:
    gain = found.after.of("endogenous", "user_surplus") - found.before.of("endogenous", "user_surplus")
    return found.before.active, np.asarray(gain, dtype=np.float64)


FLOOR_AND_SUBSIDY = Statement(
    8, "Floor and subsidy", "universal",
    "The best floor of quality yields at least the welfare of the best subsidy of training.",
    "active",
    (Part("floor at least as good", BEST_POLICIES, _floor_dominates, _PLAYED, CHOICE_ERROR, "money"),),
)  # fmt: skip

BAN = Statement(
    9, "Ban", "existence",
    "There are games in which a ban on fine-tuning raises welfare, and games in which it lowers it.",
    "fine-tuning adopted",
    (
        Part(
            "a ban raises welfare", REGIMES, partial(_banned, 1, "welfare"), _BANNED, CHOICE_ERROR, "money"
        ),
        Part(
            "a ban lowers welfare", REGIMES, partial(_banned, -1, "welfare"), _BANNED, CHOICE_ERROR, "money"
        ),
        Part(
            "a ban raises user surplus", REGIMES, partial(_banned, 1, "user_surplus"), _BANNED,
            CHOICE_ERROR, "money", beside=True,
        ),
    ),
)  # fmt: skip

SMALL_SUBSIDY = Statement(
    10, "Small subsidy", "universal",
    f"A small subsidy of training, {SMALL:g} of its cost, does not lower CS.",
    "active",
    (Part("user surplus does not fall", SUBSIDIZED, _users_gain, _PLAYED, CHOICE_ERROR, "money"),),
)  # fmt: skip
