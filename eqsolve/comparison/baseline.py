"""Baselines: what the equilibria of a game were, to check later ones against."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from eqsolve._version import __version__
from eqsolve.comparison.keys import flat, stated
from eqsolve.comparison.layout import SCHEMA, read_document
from eqsolve.comparison.quantities import Value, quantities
from eqsolve.comparison.tolerances import Tolerance, Tolerances
from eqsolve.errors import InputError
from eqsolve.files import write_text
from eqsolve.params import Params
from eqsolve.regimes import NOTHING, Fix
from eqsolve.results import Equilibrium
from eqsolve.strictjson import to_json
from eqsolve.values import ByValue


@dataclass(frozen=True, eq=False)
class Snapshot(ByValue):
    """What is kept of one equilibrium.

    Attributes:
        status, equilibria_found, runner_up_gap, payoff_scale: as in its certificate.
        quantities: values by name, as `Equilibria.table()` names them; None where there is no value.
    """

    status: str
    equilibria_found: int
    runner_up_gap: float
    payoff_scale: float
    quantities: Mapping[str, Value]

    @classmethod
    def of(cls, equilibrium: Equilibrium) -> Self:
        """Keep an equilibrium."""
        evidence = equilibrium.certificate
        values: dict[str, Value] = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in quantities(equilibrium).items()
        }
        gap, scale = evidence.runner_up_gap, evidence.payoff_scale
        return cls(str(evidence.status), evidence.equilibria_found, gap, scale, values)

    @property
    def compared(self) -> dict[str, Value]:
        """Everything that a check compares, by name."""
        return {"status": self.status, "equilibria_found": self.equilibria_found, **self.quantities}


@dataclass(frozen=True, eq=False)
class Baseline(ByValue):
    """The equilibria of one game, under one or more regimes.

    Attributes:
        params: every parameter by its key, defaults included.
        stated: the keys that were stated; the others held the defaults of the time.
        selection: the rule among participation equilibria.
        fix: choices that are fixed from outside.
        regimes: what was found, by regime.
        tolerances: how far later values may be.
        versions: of eqsolve, Python, numpy and scipy.
    """

    params: Mapping[str, Any]
    stated: frozenset[str]
    selection: str
    regimes: Mapping[str, Snapshot]
    tolerances: Tolerances
    versions: Mapping[str, str]
    fix: Fix = NOTHING

    @classmethod
    def of(cls, equilibria: Mapping[str, Equilibrium], tolerances: Tolerances | None = None) -> Self:
        """Make a baseline of the equilibria of one game, by regime.

        Raises:
            InputError: no equilibria, different games or selections, tolerances of unknown quantities.
        """
        params, selection, fix = question(equilibria)
        regimes = {name: Snapshot.of(each) for name, each in equilibria.items()}
        tolerances = tolerances or Tolerances()
        tolerances.require([*next(iter(regimes.values())).quantities])
        keys = flat(params), frozenset(stated(params))
        return cls(*keys, selection, regimes, tolerances, versions(), fix)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a baseline file.

        Raises:
            InputError: with every problem and its line: unreadable or not JSON, another schema version, keys
                that are missing or unknown, NaN or infinity, a negative tolerance.
        """
        document = read_document(path)
        regimes: dict[str, Snapshot] = {
            name: Snapshot(
                kept.status,
                kept.equilibria_found,
                math.nan if kept.runner_up_gap is None else kept.runner_up_gap,
                math.nan if kept.payoff_scale is None else kept.payoff_scale,
                kept.quantities,
            )
            for name, kept in document.regimes.items()
        }
        given = document.tolerances
        own = {name: Tolerance(each.atol, each.rtol) for name, each in given.quantities.items()}
        tolerances = Tolerances(Tolerance(given.atol, given.rtol), own)
        return cls(
            document.params,
            frozenset(document.stated),
            document.selection,
            regimes,
            tolerances,
            document.versions,
            Fix(**document.fix),
        )

    def to_json(self) -> str:
        """Return the content of the file."""
        regimes = {
            name: {
                "status": kept.status,
                "equilibria_found": kept.equilibria_found,
                "runner_up_gap": kept.runner_up_gap,
                "payoff_scale": kept.payoff_scale,
                "quantities": kept.quantities,
            }
            for name, kept in self.regimes.items()
        }
        return to_json(
            {
                "schema": SCHEMA,
                "versions": self.versions,
                "params": self.params,
                "stated": sorted(self.stated),
                "selection": self.selection,
                **({"fix": self.fix.to_dict()} if self.fix else {}),
                "tolerances": self.tolerances.to_dict(),
                "regimes": regimes,
            }
        )

    def write(self, path: Path) -> None:
        """Write the file as a whole or not at all."""
        write_text(path, f"{self.to_json()}\n")


def question(equilibria: Mapping[str, Equilibrium]) -> tuple[Params, str, Fix]:
    """Return the game, the selection rule and what is fixed, which all `equilibria` share.

    Raises:
        InputError: there are none, or they do not share them.
    """
    asked = {(each.params, each.selection, each.fix) for each in equilibria.values()}
    if len(asked) != 1:
        raise InputError(
            "a baseline is of one game and one selection rule, with the same choices fixed, under one regime "
            "or more"
        )
    return next(iter(asked))


def versions() -> dict[str, str]:
    """Return the versions that numbers depend on."""
    libraries = {name: version(name) for name in ("numpy", "scipy")}
    return {"eqsolve": __version__, "python": platform.python_version(), **libraries}
