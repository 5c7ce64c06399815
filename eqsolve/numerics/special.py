"""SciPy's special functions, imported when one is used: importing them takes longer than a solve."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    import scipy.special

    return getattr(scipy.special, name)
