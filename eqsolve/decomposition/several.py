"""Decompositions of several results at once, each against the first one of its game."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eqsolve.decomposition.decompose import decompose
from eqsolve.decomposition.record import Decomposition
from eqsolve.results import Equilibrium


def decompose_all(results: Mapping[str, Equilibrium]) -> dict[str, Decomposition]:
    """Say why users gain or lose from the first result of each game to its other results.

    Args:
        results: results of any games, by name.

    Returns:
        Decompositions by title, as in "none → forced". Results of a game that are the same for users, as when
        the platform chooses what another regime imposes, share one: "none → forced, endogenous". Results that
        were not solved have none.
    """
    solved = {name: result for name, result in results.items() if np.isfinite(result.quality)}
    first: dict[object, str] = {}
    alike: dict[object, list[str]] = {}
    for name, result in solved.items():
        if first.setdefault(result.params, name) != name:
            same = (result.params, result.quality, result.intensity, result.segments)
            alike.setdefault(same, []).append(name)
    found = {}
    for names in alike.values():
        after = solved[names[0]]
        reference = first[after.params]
        found[f"{reference} → {', '.join(names)}"] = decompose(solved[reference], after)
    return found
