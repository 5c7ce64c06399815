"""The tables of a simulation: its rounds beside the equilibrium, or deviations by the number of users."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.tables.cells import Value
from eqsolve.tables.record import Column, Table

if TYPE_CHECKING:
    from eqsolve.simulation import Convergence, Simulation

HEADINGS = {
    "participation": "N",
    "feedback_quality": "ρ",
    "user_surplus": "CS",
    "mean": "mean y",
    "variance": "var y",
}
SHOWN = (1, 2, 5)


def simulation_tables(result: Simulation) -> list[Table]:
    """Rounds, with the participation of many segments in a table of its own, and the equilibria."""
    segments = [name for name in result.paths if name.startswith("participation.")]
    first, *rest = HEADINGS
    if len(segments) == 1:
        tables = [_path(result, [*HEADINGS], "Rounds")]
    elif len(segments) == 2:
        tables = [_path(result, [first, *segments, *rest], "Rounds")]
    else:
        tables = [
            _path(result, [*HEADINGS], "Rounds"),
            _path(result, segments, "Participation by segment"),
        ]
    return [*tables, _equilibria(result)]


def convergence_tables(result: Convergence) -> list[Table]:
    """Deviations from the equilibrium by the number of users, and the equilibria."""
    slopes = {name: result.slope(name) for name in HEADINGS}
    rms = _by_size(result, lambda name, i: float(result.rms(name)[i]))
    rms.append(("slope", *(_fixed(slope) for slope, _ in slopes.values())))
    rms.append(("±", *(_fixed(error) for _, error in slopes.values())))
    tables = [Table("rms", "Root mean square deviation from the equilibrium", _columns("users"), tuple(rms))]
    if result.settings.replications > 1:
        rows = _by_size(result, lambda name, i: _ratio(result, name, i))
        tables.append(Table("bias", "Mean deviation, in standard errors", _columns("users"), tuple(rows)))
    return [*tables, _equilibria(result)]


def _columns(first: str, names: list[str] | None = None) -> tuple[Column, ...]:
    named = names or [*HEADINGS]
    heads = (Column(n, heading=HEADINGS.get(n, n.removeprefix("participation."))) for n in named)
    return (Column(first, "count"), *heads)


def _path(result: Simulation, names: list[str], title: str) -> Table:
    rows: list[tuple[Value, ...]] = [
        (number, *(float(result.mean(name)[number]) for name in names))
        for number in _shown(result.settings.rounds)
    ]
    target = result.expected.quantities
    if result.settings.replications > 1:
        rows.append(("±", *(float(result.standard_error(name)[-1]) for name in names)))
    rows.append(("",))
    words = "equilibrium" if result.expected.stable else "unstable equilibrium"
    rows.append((words, *(target[name] for name in names)))
    return Table(title.lower(), title, _columns("round", names), tuple(rows))


def _shown(rounds: int) -> list[int]:
    """The start, rounds 1, 2, 5, 10, 20, ..., and the last."""
    powers = (10**power for power in range(len(str(rounds))))
    return sorted({0, rounds, *(step * power for power in powers for step in SHOWN if step * power < rounds)})


def _by_size(result: Convergence, cell: Callable[[str, int], Value]) -> list[tuple[Value, ...]]:
    return [(users, *(cell(name, i) for name in HEADINGS)) for i, users in enumerate(result.sizes)]


def _ratio(result: Convergence, name: str, i: int) -> Value:
    bias, error = result.bias(name)[i], result.bias_error(name)[i]
    return _fixed(bias / error) if error > 0 else _fixed(0.0 if bias == 0 else math.nan)


def _fixed(value: float) -> Value:
    return None if math.isnan(value) else f"{value:+.2f}"


def _equilibria(result: Any) -> Table:
    expected = result.theory.expected(result.settings.start)
    everywhere = result.theory.equilibria
    ends = np.bincount(result.reached, minlength=len(everywhere)) if hasattr(result, "reached") else None
    rows = tuple(
        (
            "→" if number == expected else "",
            *(each.quantities[name] for name in HEADINGS),
            "yes" if each.stable else "NO",
            *([int(ends[number])] if ends is not None else []),
            ", ".join(each.starts),
        )
        for number, each in enumerate(everywhere)
    )
    closest = [Column("ends closest", "count")] if ends is not None else []
    columns = (
        Column("expected", "word", ""), *_columns("")[1:], Column("stable", "word"), *closest,
        Column("adjustment from", "word"),
    )  # fmt: skip
    return Table("equilibria", "Equilibria", columns, rows, group=0)
