"""Thresholds: the values of one parameter at which what happens changes, each with the games beside it."""

from eqsolve.thresholds.conditions import CONDITIONS, Condition
from eqsolve.thresholds.record import SCHEMA, Crossing, Threshold
from eqsolve.thresholds.search import SCAN, TOLERANCE, checked_range, threshold

__all__ = [
    "CONDITIONS",
    "SCAN",
    "SCHEMA",
    "TOLERANCE",
    "Condition",
    "Crossing",
    "Threshold",
    "checked_range",
    "threshold",
]
