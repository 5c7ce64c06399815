"""Equilibria side by side, and equilibria against what they were: the change, who gains, what moved."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eqsolve.comparison.baseline import Baseline
    from eqsolve.comparison.comparison import Comparison, compare
    from eqsolve.comparison.games import Pairing, pair
    from eqsolve.comparison.regression import Check, Difference, check
    from eqsolve.comparison.sweeps import Sweep, check_sweeps
    from eqsolve.comparison.tolerances import Tolerance, Tolerances
    from eqsolve.comparison.updates import Update, update
    from eqsolve.comparison.verdict import Stake, Verdict

_HOMES = {
    "Baseline": "baseline",
    "Check": "regression",
    "Comparison": "comparison",
    "Difference": "regression",
    "Pairing": "games",
    "Stake": "verdict",
    "Sweep": "sweeps",
    "Tolerance": "tolerances",
    "Tolerances": "tolerances",
    "Update": "updates",
    "Verdict": "verdict",
    "check": "regression",
    "check_sweeps": "sweeps",
    "compare": "comparison",
    "pair": "games",
    "update": "updates",
}

__all__ = [
    "Baseline",
    "Check",
    "Comparison",
    "Difference",
    "Pairing",
    "Stake",
    "Sweep",
    "Tolerance",
    "Tolerances",
    "Update",
    "Verdict",
    "check",
    "check_sweeps",
    "compare",
    "pair",
    "update",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eqsolve.comparison' has no attribute {name!r}")
    return getattr(import_module(f"eqsolve.comparison.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
