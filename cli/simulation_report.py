"""The report of a simulation: its rounds beside the equilibrium, or deviations by the number of users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from eqsolve.tables.cells import written

from .report import print_sections
from .sheets import grid_of

if TYPE_CHECKING:
    from eqsolve.simulation import Convergence, Simulation


def print_simulation(result: Simulation | Convergence, name: str) -> None:
    """Print the rounds of one size, or the deviations of several."""
    from eqsolve.simulation import Simulation
    from eqsolve.tables.of import tables_of

    sizes = (result.users,) if isinstance(result, Simulation) else result.sizes
    size = f"{', '.join(map(str, sizes))} users"
    sections = {table.title: [grid_of(table)] for table in tables_of(result)}
    title = [Text(name, style="bold"), *map(Text, _question(result, size).split("\n"))]
    print_sections(title, sections, _note(result))


def _question(result: Simulation | Convergence, size: str) -> str:
    settings, theory = result.settings, result.theory
    repeated = f", {settings.replications} replications" if settings.replications > 1 else ""
    quality, intensity = (
        f"regime {result.regime}" if given is None else "given"
        for given in (settings.quality, settings.intensity)
    )
    return (
        f"{size}{repeated}\n"
        f"{settings.rounds} rounds, {settings.ratings} ratings each, start {settings.start}, "
        f"seed {settings.seed}\n"
        f"quality q = {written(theory.quality)} ({quality}), "
        f"intensity β = {written(theory.intensity)} ({intensity})"
    )


def _note(result: Any) -> str:
    note = "→ where the solver says that adjustment leads from the start"
    if not result.expected.stable:
        note += "; unstable, so that chance leads away from it"
    empty, count = int(result.left_empty.sum()), result.left_empty.size
    if empty:
        whom = "among these users" if count == 1 else f"in {empty} of {count} replications"
        note += (
            f"\n{whom} nobody takes part to begin with, and the platform stays empty: that equilibrium\n"
            "needs a first few users, who are rare: try more --users, another --seed, or --start everybody"
        )
    return note
