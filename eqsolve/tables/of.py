"""The tables of any result, the main one first."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from eqsolve.tables.record import Table

MAKERS = {
    "ByRegime": ("parameters", "regimes_tables"),
    "Comparison": ("comparisons", "comparison_tables"),
    "Convergence": ("simulations", "convergence_tables"),
    "Decomposition": ("comparisons", "decomposition_tables"),
    "Equilibria": ("equilibria", "equilibria_tables"),
    "Equilibrium": ("equilibria", "equilibrium_tables"),
    "Findings": ("findings", "findings_tables"),
    "PhaseDiagram": ("parameters", "phase_tables"),
    "Policies": ("policies", "policies_tables"),
    "Policy": ("policies", "policy_tables"),
    "Sensitivity": ("parameters", "sensitivity_tables"),
    "SignTable": ("parameters", "sign_tables"),
    "Simulation": ("simulations", "simulation_tables"),
    "Sweep": ("equilibria", "sweep_tables"),
    "Threshold": ("parameters", "threshold_tables"),
}
"""The module and the function that make the tables of a result, by its class."""


ROWS = 30
"""Rows that a notebook shows."""


def tables_of(result: Any, *details: Any) -> list[Table]:
    """Return the tables of a result; a comparison's and findings' take further `details`, such as a title."""
    module, name = MAKERS[type(result).__name__]
    tables: list[Table] = getattr(import_module(f"eqsolve.tables.{module}"), name)(result, *details)
    return tables


def html_of(result: Any) -> str | None:
    """Return the tables of a result as HTML, the first rows of each; None for what has no tables."""
    if type(result).__name__ not in MAKERS:
        return None
    from eqsolve.tables.formats import to_html

    return to_html(table.head(ROWS) for table in tables_of(result))
