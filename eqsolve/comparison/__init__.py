"""Equilibria side by side, and equilibria against what they were: the change, who gains, what moved."""

from eqsolve.comparison.baseline import Baseline
from eqsolve.comparison.comparison import Comparison, compare
from eqsolve.comparison.games import Pairing, pair
from eqsolve.comparison.regression import Check, Difference, check
from eqsolve.comparison.sweeps import Sweep, check_sweeps
from eqsolve.comparison.tolerances import Tolerance, Tolerances
from eqsolve.comparison.updates import Update, update
from eqsolve.comparison.verdict import Stake, Verdict

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
