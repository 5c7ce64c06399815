"""Sweeps: many equilibria from one game that varies, as a table that loses and hides no row.

from eqsolve import sweep

found = sweep(Params(), {"finetuning.cost": [0.0, 0.05, 0.1]})
found.table["profit"], found.summary
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eqsolve.sweeps.axes import Axis, Range
    from eqsolve.sweeps.result import Sweep, sweep

_HOMES = {"Axis": "axes", "Range": "axes", "Sweep": "result", "sweep": "result"}

__all__ = ["Axis", "Range", "Sweep", "sweep"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eqsolve.sweeps' has no attribute {name!r}")
    return getattr(import_module(f"eqsolve.sweeps.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
