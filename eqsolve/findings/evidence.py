"""What the statements are tested on: the records that every kind of evidence shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eqsolve.findings.engagement import ParticipationAt
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params
from eqsolve.regimes import RegimeName
from eqsolve.status import Status
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from eqsolve.findings.work import Work

Table = Mapping[str, NDArray[Any]]
Flags = NDArray[np.bool_]

COST_KEY = "users.transaction_cost.scale"
MISFIT_KEY = "users.misfit_cost"

SHOWN = ("quality", "intensity", "participation", "profit", "user_surplus")
"""Quantities that the record of a witness or counterexample shows for every regime."""


class Solves(Protocol):
    """Solves games (`eqsolve.findings.solver.Solver`)."""

    def equilibria(self, games: Sequence[Params], regime: RegimeName) -> Table:
        """Solve games under a regime, into the flat columns of `Equilibria.table`."""

    def participation(self, games: Sequence[Params], quality: Array, intensity: Array) -> ParticipationAt:
        """Play stage 3 at given choices, (n,) each."""

    def policies(self, games: Sequence[Params], instruments: Sequence[str]) -> Table:
        """Find the best policies, into columns `value.NAME`, `welfare.NAME` and `certified.NAME`."""


@dataclass(frozen=True, eq=False)
class Case(ByValue):
    """A witness or a counterexample.

    Attributes:
        games: the games it consists of, by what they are; one, mostly.
        regimes: the regimes to solve them under.
        facts: the numbers that make the case, by name.
        margin: how far the claim holds (> 0) or is violated (< 0), in the units of the claim.
    """

    games: Mapping[str, Params]
    regimes: tuple[str, ...]
    facts: Mapping[str, Any]
    margin: float


class Evidence(Protocol):
    """Games that were solved for a claim; `certified` says which of them count, (n,)."""

    @property
    def certified(self) -> Flags:
        """Which games count, (n,)."""

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record a row as a witness or counterexample."""

    def again(self, rows: Sequence[int], solver: Solves) -> Evidence:
        """Solve some rows again, apart from all others, and more finely where that can matter."""


@dataclass(frozen=True, eq=False)
class Kind(ByValue):
    """A kind of evidence, solved once for all parts that are tested on it.

    Its functions are those of a module, which pickle.

    Attributes:
        name: in a word.
        solve: makes it for the games that are drawn; None where the domain does not vary what it needs.
        solves: how many solves that takes.
        needs: kinds that it is made from.
    """

    name: str
    solve: Callable[[Work], Evidence | None]
    solves: Callable[[Work], int]
    needs: tuple[Kind, ...] = ()


def is_certified(table: Table) -> Flags:
    """Return which rows of a table are certified, (n,)."""
    return np.asarray(table["status"] == Status.CERTIFIED, dtype=bool)


def fixed_costs(games: Sequence[Params]) -> Array:
    """Return F of each game, (n,)."""
    return np.array([game.finetuning.cost for game in games])
