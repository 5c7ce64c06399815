"""Tables of results: one record, written for a terminal, as Markdown, LaTeX, CSV, JSON or HTML."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eqsolve.tables.cells import Value, written
    from eqsolve.tables.formats import FORMATS, Look, render
    from eqsolve.tables.record import Column, Table, select

_HOMES = {
    "Column": "record",
    "FORMATS": "formats",
    "Look": "formats",
    "Table": "record",
    "Value": "cells",
    "render": "formats",
    "select": "record",
    "written": "cells",
}

__all__ = ["FORMATS", "Column", "Look", "Table", "Value", "render", "select", "written"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eqsolve.tables' has no attribute {name!r}")
    return getattr(import_module(f"eqsolve.tables.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
