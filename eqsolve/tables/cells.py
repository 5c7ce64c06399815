"""Cells of tables as text: numbers by the style of their column."""

from __future__ import annotations

import math
from collections.abc import Callable

Value = float | int | str | bool | None
"""What a cell holds; None and nan are no value."""

NOTHING = "–"
"""What stands for no value."""

ROUNDING = 1e-12
"""What is smaller is a rounding error, and shown as 0."""

DIGITS = 5
"""Digits after the point, unless asked for others."""


def _fixed(value: float, digits: int, sign: str = "") -> str:
    """So many digits after the point, or significant ones where these would not show the size."""
    if abs(value) < ROUNDING:
        return "0" if sign else f"{0:.{digits}f}"
    shown = 10.0 ** min(1 - digits, 0) <= abs(value) < 1e5
    return f"{value:{sign}.{digits}f}" if shown else f"{value:{sign}.{max(digits - 3, 1)}e}"


STYLES: dict[str, Callable[[float, int | None], str]] = {
    "number": lambda value, digits: _fixed(value, DIGITS if digits is None else digits),
    "signed": lambda value, digits: _fixed(value, DIGITS if digits is None else digits, "+"),
    "long": lambda value, digits: f"{value:.{8 if digits is None else digits}f}",
    "percent": lambda value, digits: f"{value:+.{1 if digits is None else digits}%}",
    "share": lambda value, digits: f"{value:.{1 if digits is None else digits}%}",
    "exact": lambda value, digits: f"{value:.{10 if digits is None else digits}g}",
    "slope": lambda value, digits: f"{value:+.{5 if digits is None else digits}g}",
    "change": lambda value, digits: f"{value:+.{3 if digits is None else digits}g}",
    "tiny": lambda value, digits: f"{value:.{2 if digits is None else digits}g}",
    "margin": lambda value, digits: f"{value:+.{1 if digits is None else digits}e}",
    "count": lambda value, digits: f"{value:g}",
    "word": lambda value, digits: f"{value:g}",
    "name": lambda value, digits: f"{value:g}",
}
"""How numbers are written, by the style of their column, with so many digits or as many as usual."""


def written(value: Value, style: str = "number", digits: int | None = None) -> str:
    """A cell as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if value is None or math.isnan(value):
        return NOTHING
    return str(value) if isinstance(value, int) and style != "share" else STYLES[style](value, digits)
