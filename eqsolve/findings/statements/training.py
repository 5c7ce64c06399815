"""What the platform chooses: statements 3 (when it pays), 4 (under-training) and 7 (the planner)."""

from __future__ import annotations

import numpy as np

from eqsolve.findings.evidence import Flags
from eqsolve.findings.lines import LINES, Lines
from eqsolve.findings.planner import PLANNER, WELFARE, Planner
from eqsolve.findings.regimes import REGIMES, Regimes
from eqsolve.findings.statement import CHOICE_ERROR, MONEY_ERROR, Part, Statement
from eqsolve.numerics.quadrature import Array
from eqsolve.sweeps.design import Range

_BOTH = ("none", "forced")


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


def _planner_trains_more(found: Planner) -> tuple[Flags, Array]:
    margin = found.planner["quality"] - found.regimes.of("endogenous", "quality")
    return found.regimes.active, np.asarray(margin, dtype=np.float64)


WHEN_IT_PAYS = Statement(
    3, "When it pays", "universal",
    "The gross gain of fine-tuning is smaller at the smallest transaction cost of the domain than at its "
    "maximum over the cost.",
    "lines of costs that are active at the smallest cost and at another",
    (Part("gain larger at larger C", LINES, _pays_at_large_costs, _BOTH, MONEY_ERROR, "money"),),
)  # fmt: skip

UNDER_TRAINING = Statement(
    4, "Strategic under-training", "universal",
    "Where fine-tuning pays gross of F, q* under forced is at most q* under none, equal only at a bound.",
    "active, and fine-tuning pays at F = 0",
    (
        Part("q* does not rise", REGIMES, _trains_no_better, _BOTH, CHOICE_ERROR, "quality"),
        Part(
            "q* equal only at bound", REGIMES, _equal_at_bound, _BOTH, CHOICE_ERROR, "quality",
            premise="active, fine-tuning pays at F = 0, and q* is the same under none and forced",
            met_in=(Range("platform.revenue", 16.0, 32.0), Range("users.transaction_cost.scale", 2.0, 3.0)),
        ),
    ),
    "in the closed form by construction: q* falls exactly by the factor exp(-eta beta rho)",
)  # fmt: skip

PLANNER_TRAINS = Statement(
    7, "Planner", "universal",
    "The planner trains at least as well as the platform: q* under planner is at least q* under "
    "endogenous.",
    "active",
    (
        Part(
            "planner trains more", WELFARE, _planner_trains_more, ("endogenous", PLANNER),
            CHOICE_ERROR, "quality",
        ),
    ),
    "not in the abstract: the companion of statement 4 without its condition",
)  # fmt: skip
