"""Tables of results: one record, written for a terminal, as Markdown, LaTeX, CSV, JSON or HTML."""

from eqsolve.tables.cells import Value, written
from eqsolve.tables.formats import FORMATS, Look, render
from eqsolve.tables.record import Column, Table, select

__all__ = ["FORMATS", "Column", "Look", "Table", "Value", "render", "select", "written"]
