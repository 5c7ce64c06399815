"""What is found about policies as columns, and the records that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.game.games import Index
from eqsolve.numerics.quadrature import Array
from eqsolve.policies.evidence import Verdicts
from eqsolve.policies.instruments import Instrument
from eqsolve.policies.record import Policies, Policy, PolicyCertificate
from eqsolve.regimes import LAISSEZ_FAIRE, PLANNER
from eqsolve.results import Equilibria, empty_columns
from eqsolve.selections import SelectionName
from eqsolve.status import Status

if TYPE_CHECKING:
    from eqsolve.params import Params


@dataclass(frozen=True)
class Found:
    """What is found for G games and I instruments, whose rows stand game by game.

    Attributes:
        free, planned: columns of the games without a policy and under a planner, G rows.
        ruled: columns of the games under their policies, G I rows.
        value, maximum, scale: of the instruments, (G I,).
        verdicts: on these, (G I,).
    """

    free: dict[str, Any]
    planned: dict[str, Any]
    ruled: dict[str, Any]
    value: Array
    maximum: Any
    scale: Array
    verdicts: Verdicts

    @classmethod
    def empty(cls, games: int, kinds: int, segments: int) -> Found:
        """Nothing yet."""
        rows = games * kinds
        free, planned = (empty_columns(games, segments) for _ in range(2))
        failed, count = np.full(rows, Status.FAILED, dtype=object), np.zeros((2, rows), dtype=np.intp)
        verdicts = Verdicts(failed, np.full(rows, np.nan), count[0], count[1])
        value, scale = np.full((2, rows), np.nan)
        maximum = np.full(rows, "", dtype=object)
        return cls(free, planned, empty_columns(rows, segments), value, maximum, scale, verdicts)

    def rows(self, members: Index) -> Index:
        """The rows of the policies of games, (games, instruments)."""
        kinds = self.value.size // self.free["status"].size
        return np.asarray(members[:, None] * kinds + np.arange(kinds))

    def give_up(self, members: Index) -> None:
        """Note that games need a finer grid than there is."""
        rows = self.rows(members).ravel()
        self.free["status"][members] = self.planned["status"][members] = Status.UNRESOLVED
        self.ruled["status"][rows] = self.verdicts.status[rows] = Status.UNRESOLVED

    def records(
        self, games: Sequence[Params], kinds: Sequence[Instrument], selection: SelectionName
    ) -> tuple[Policies, ...]:
        """The records of every game."""
        free = Equilibria(tuple(games), LAISSEZ_FAIRE.name, selection, self.free)
        planned = Equilibria(tuple(games), PLANNER.name, selection, self.planned)
        instruments = [kind.name for kind in kinds]
        pairs = zip(
            [game for game in games for _ in kinds], instruments * len(games), self.value, strict=True
        )
        played = tuple(
            game.under({name: float(value)} if np.isfinite(value) else {}) for game, name, value in pairs
        )
        ruled = Equilibria(played, LAISSEZ_FAIRE.name, selection, self.ruled)
        result = []
        for number, game in enumerate(games):
            sides = free.row(number), planned.row(number)
            policies = tuple(
                Policy(
                    game, name, selection, float(self.value[row]), ruled.row(row), *sides,
                    self._certificate(row),
                )
                for name, row in zip(
                    instruments, self.rows(np.array([number]))[0].tolist(), strict=True
                )
            )  # fmt: skip
            result.append(Policies(game, selection, policies))
        return tuple(result)

    def _certificate(self, row: int) -> PolicyCertificate:
        verdicts = self.verdicts
        return PolicyCertificate(
            Status(verdicts.status[row]), float(verdicts.regret[row]), float(self.scale[row]),
            int(verdicts.checked[row]), int(verdicts.uncertified[row]), str(self.maximum[row]),
        )  # fmt: skip
