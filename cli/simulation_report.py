"""The report of a simulation: its rounds beside the equilibrium, or deviations by the number of users."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.text import Text

from .grids import Grid
from .report import _number, print_sections

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


def print_simulation(result: Simulation | Convergence, name: str) -> None:
    """Print the rounds of one size, or the deviations of several."""
    from eqsolve.simulation import Simulation

    sections: dict[str, list[Grid]]
    if isinstance(result, Simulation):
        size, sections = f"{result.users} users", _rounds(result)
    else:
        size = f"{', '.join(map(str, result.sizes))} users"
        sections = _deviations(result)
    sections["Equilibria"] = [_equilibria(result)]
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
        f"quality q = {_number(theory.quality)} ({quality}), "
        f"intensity β = {_number(theory.intensity)} ({intensity})"
    )


def _rounds(result: Simulation) -> dict[str, list[Grid]]:
    """All quantities; the participation of many segments is a table of its own, so that numbers fit."""
    segments = [name for name in result.paths if name.startswith("participation.")]
    first, *rest = HEADINGS
    if len(segments) == 1:
        return {"Rounds": [_path(result, [*HEADINGS])]}
    if len(segments) == 2:
        return {"Rounds": [_path(result, [first, *segments, *rest])]}
    return {
        "Rounds": [_path(result, [*HEADINGS])],
        "Participation by segment": [_path(result, segments)],
    }


def _path(result: Simulation, names: list[str]) -> Grid:
    rows: list[tuple[str, ...]] = [
        (str(number), *(_number(result.mean(name)[number]) for name in names))
        for number in _shown(result.settings.rounds)
    ]
    target = result.expected.quantities
    if result.settings.replications > 1:
        rows.append(("±", *(_number(result.standard_error(name)[-1]) for name in names)))
    rows.append(("", *("" for _ in names)))
    words = "equilibrium" if result.expected.stable else "unstable equilibrium"
    rows.append((words, *(_number(target[name]) for name in names)))
    headings = ("round", *(HEADINGS.get(name, name.removeprefix("participation.")) for name in names))
    return Grid("r" * len(headings), rows, headings, group=1)


def _shown(rounds: int) -> list[int]:
    """The start, rounds 1, 2, 5, 10, 20, ..., and the last."""
    powers = (10**power for power in range(len(str(rounds))))
    return sorted({0, rounds, *(step * power for power in powers for step in SHOWN if step * power < rounds)})


def _deviations(result: Convergence) -> dict[str, list[Grid]]:
    headings = ("users", *HEADINGS.values())
    rms: list[tuple[str, ...]] = []
    bias: list[tuple[str, ...]] = []
    for i, users in enumerate(result.sizes):
        rms.append((str(users), *(_number(result.rms(name)[i]) for name in HEADINGS)))
        bias.append((str(users), *(_ratio(result, name, i) for name in HEADINGS)))
    slopes = [result.slope(name) for name in HEADINGS]
    rms.append(("slope", *(_fixed(slope) for slope, _ in slopes)))
    rms.append(("±", *(_fixed(error) for _, error in slopes)))
    layout = "r" * len(headings)
    sections: dict[str, list[Grid]] = {
        "Root mean square deviation from the equilibrium": [Grid(layout, rms, headings, group=1)]
    }
    if result.settings.replications > 1:
        sections["Mean deviation, in standard errors"] = [Grid(layout, bias, headings, group=1)]
    return sections


def _ratio(result: Convergence, name: str, i: int) -> str:
    bias, error = result.bias(name)[i], result.bias_error(name)[i]
    return _fixed(bias / error) if error > 0 else _fixed(0.0 if bias == 0 else math.nan)


def _fixed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.2f}"


def _equilibria(result: Any) -> Grid:
    expected = result.theory.expected(result.settings.start)
    counts = (
        np.bincount(result.reached, minlength=len(result.theory.equilibria))
        if hasattr(result, "reached")
        else None
    )
    rows = []
    for number, each in enumerate(result.theory.equilibria):
        ended = [str(counts[number])] if counts is not None else []
        values = (_number(each.quantities[name]) for name in HEADINGS)
        stable = "yes" if each.stable else "NO"
        rows.append(("→" if number == expected else "", *values, stable, *ended, ", ".join(each.starts)))
    ends = ["ends closest"] if counts is not None else []
    headings = ("", *HEADINGS.values(), "stable", *ends, "adjustment from")
    layout = "l" + "r" * len(HEADINGS) + "l" + "r" * len(ends) + "l"
    return Grid(layout, rows, headings)


def _note(result: Any) -> str:
    note = "→ where the solver says that adjustment leads from the start"
    if not result.expected.stable:
        note += "; unstable, so that chance leads away from it"
    if hasattr(result, "reached") and _stays_empty(result):
        note += (
            "\nnobody takes part: that equilibrium needs a first few users, and among these there are none"
        )
    return note


def _stays_empty(result: Simulation) -> bool:
    return result.expected.quantities["participation"] > 0 and not result.paths["participation"].any()
