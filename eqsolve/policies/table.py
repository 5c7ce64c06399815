"""A line of games with their best policies as a table: a row for each game and instrument."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from eqsolve.policies.record import Policies, Policy
from eqsolve.regimes import PLANNER

SIDES, OF_SIDES = ("laissez_faire", PLANNER.name), ("welfare", "quality", "intensity")

COLUMNS = (
    "instrument", "value", "welfare", "gain", "gap_closed", "profit", "profit_before_transfers",
    "user_surplus", "budget", "quality", "intensity", "bans", "at_limit",
    *(f"{side}.{name}" for side in SIDES for name in OF_SIDES), "status", "regret",
)  # fmt: skip
"""The columns behind the keys that vary, in order."""


def rows(
    keys: Sequence[str], points: Sequence[Sequence[float]], found: Sequence[Policies]
) -> list[dict[str, Any]]:
    """The rows of a line of games, which differ in the values of `keys`; each by column."""
    return [
        {**dict(zip(keys, point, strict=True)), **_row(each)}
        for point, policies in zip(points, found, strict=True)
        for each in policies
    ]


def to_csv(table: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV; numbers read back to the same double, what is not finite is empty."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table[0])
    writer.writerows([[_cell(value) for value in row.values()] for row in table])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if isinstance(value, float) and value != value else value


def _row(each: Policy) -> dict[str, Any]:
    names = ("value", "welfare", "gain", "gap_closed", "budget", "bans", "at_limit")
    own = {name: getattr(each, name) for name in names}
    own |= {
        name: getattr(each.equilibrium, name) for name in ("profit", "user_surplus", "quality", "intensity")
    }
    for side in SIDES:
        for name in OF_SIDES:
            own[f"{side}.{name}"] = getattr(getattr(each, side), name)
    own |= {
        "instrument": each.instrument,
        "profit_before_transfers": each.profit_before_transfers,
        "status": str(each.certificate.status),
        "regret": each.certificate.regret,
    }
    return {name: own[name] for name in COLUMNS}
