"""What fine-tuning does to a game: gains of the platform, its users and society, and what to call that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.equilibrium import solve_many
from eqsolve.game.batches import without_fixed_cost
from eqsolve.game.decision import TIE, fine_tunes
from eqsolve.numerics.quadrature import Array
from eqsolve.regimes import RegimeName
from eqsolve.selections import SelectionName
from eqsolve.status import Status
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from eqsolve.params import Params
    from eqsolve.results import Equilibria

OUTCOMES = {
    "inactive": "Nobody takes part",
    "not-adopted": "Not adopted: fine-tuning does not pay",
    "opens-market": "Adopted: without it nobody would take part",
    "users-gain": "Adopted: platform and users gain",
    "users-lose": "Adopted: users lose, society gains",
    "society-loses": "Adopted: users lose more than the platform gains",
    "not-certified": "Not certified: no verdict",
}
"""What can become of a game, by name, in words; every game is exactly one of these."""


@dataclass(frozen=True, eq=False)
class Adoption(ByValue):
    """Games with and without fine-tuning, a row per game.

    Where the choice is binary, "with" is fine-tuning at full strength; where it is continuous, at the best
    intensity for the platform.

    Attributes (n,) each:
        profit_gain: profit with fine-tuning, F paid, minus profit without.
        gross_gain: the same before F is paid: the F at which the platform is indifferent; -inf under a ban.
        surplus_change, welfare_change: CS and welfare with fine-tuning minus without.
        quality, tuned_quality: q without and with fine-tuning.
        participation, tuned_participation: N without and with fine-tuning.
        direction: of the outputs with fine-tuning.
        certified: whether both equilibria are.
        scale: what gains are compared with, max(r, k / n).
    """

    profit_gain: Array
    gross_gain: Array
    surplus_change: Array
    welfare_change: Array
    quality: Array
    tuned_quality: Array
    participation: Array
    tuned_participation: Array
    direction: NDArray[np.str_]
    certified: NDArray[np.bool_]
    scale: Array

    @property
    def adopts(self) -> NDArray[np.bool_]:
        """Whether the platform fine-tunes in equilibrium, (n,)."""
        return fine_tunes(self.profit_gain, self.scale, self.tuned_quality, self.quality)

    @property
    def adoption_margin(self) -> Array:
        """The profit gain, positive exactly where the platform fine-tunes, (n,)."""
        least = np.finfo(np.float64).tiny
        return np.where(self.adopts, np.maximum(self.profit_gain, least), np.minimum(self.profit_gain, 0.0))

    @property
    def users_margin(self) -> Array:
        """The change of CS, negative exactly where it is a loss beyond rounding, (n,)."""
        return np.asarray(self.surplus_change + TIE * self.scale)

    @property
    def society_margin(self) -> Array:
        """The change of welfare, negative exactly where it is a loss beyond rounding, (n,)."""
        return np.asarray(self.welfare_change + TIE * self.scale)

    @property
    def active(self) -> NDArray[np.bool_]:
        """Whether anybody takes part without fine-tuning, (n,)."""
        return np.asarray(self.participation > 0.0)

    @property
    def users_lose(self) -> NDArray[np.bool_]:
        """Whether CS falls by fine-tuning, by more than rounding, (n,)."""
        return np.asarray(self.users_margin < 0.0)

    @property
    def society_loses(self) -> NDArray[np.bool_]:
        """Whether welfare falls by fine-tuning, by more than rounding, (n,)."""
        return np.asarray(self.society_margin < 0.0)

    @property
    def outcome(self) -> NDArray[np.str_]:
        """The name in `OUTCOMES` of each game, (n,)."""
        words = np.where(self.users_lose, "users-lose", "users-gain")
        words = np.where(self.society_loses, "society-loses", words)
        words = np.where(self.active, words, "opens-market")
        words = np.where(self.adopts, words, np.where(self.active, "not-adopted", "inactive"))
        return np.asarray(np.where(self.certified, words, "not-certified"))

    @property
    def outputs(self) -> NDArray[np.str_]:
        """The direction of what participants receive in equilibrium, (n,)."""
        return np.asarray(np.where(self.adopts & self.certified, self.direction, "unchanged"))

    def take(self, rows: NDArray[np.intp]) -> Adoption:
        """Return the games at `rows`."""
        return Adoption(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


class Adopter:
    """Solves games with and without fine-tuning and remembers them.

    Games that differ only in the fixed cost F are solved once: F moves profit and no choice but the last,
    whether to fine-tune at all.

    Attributes:
        selection: rule among participation equilibria.
        solves: equilibria computed so far.
    """

    def __init__(
        self, selection: SelectionName = "initial", heard: Callable[[int, float], None] | None = None
    ) -> None:
        """Prepare to solve.

        Args:
            selection: rule among participation equilibria.
            heard: called after every batch with the number of equilibria computed, and which share those of
                the present games are.
        """
        self.selection = selection
        self._heard = heard
        self.solves = 0
        self._number: dict[Params, int] = {}
        self._known: dict[str, NDArray[Any]] = {}

    def __call__(self, games: Sequence[Params]) -> Adoption:
        """Compare the equilibria of each game with and without fine-tuning."""
        cost = np.array([game.finetuning.cost for game in games])
        tax = np.array([game.policy.finetuning_tax for game in games])
        banned = np.array([game.policy.finetuning_cap == 0.0 for game in games])
        free = [without_fixed_cost(game) for game in games]
        self._solve([game for game in dict.fromkeys(free) if game not in self._number])
        at = np.array([self._number[game] for game in free], dtype=np.intp)
        known: dict[str, Any] = {name: column[at] for name, column in self._known.items()}
        gross, welfare = known.pop("gross_gain") - tax, known.pop("welfare_change")
        gross[banned] = -np.inf
        return Adoption(profit_gain=gross - cost, gross_gain=gross, welfare_change=welfare - cost, **known)

    def _solve(self, games: list[Params]) -> None:
        if not games:
            return
        binary = np.array([game.finetuning.choice == "binary" for game in games])
        whole = self.solves, 2 * len(games)
        plain = _columns(self._equilibria(games, "none", *whole))
        tuned = {name: column.copy() for name, column in plain.items()}
        kinds: tuple[tuple[bool, RegimeName], ...] = ((True, "forced"), (False, "endogenous"))
        for kind, regime in kinds:
            rows = np.flatnonzero(binary == kind)
            if rows.size:
                result = self._equilibria([games[i] for i in rows], regime, *whole)
                for name, column in _columns(result).items():
                    tuned[name][rows] = column
        first = len(self._number)
        self._number |= {game: first + i for i, game in enumerate(games)}
        new = _compared(plain, tuned)
        self._known = {n: np.append(self._known[n], new[n]) for n in new} if self._known else new

    def _equilibria(self, games: list[Params], regime: RegimeName, start: int, all_: int) -> Equilibria:
        """Solve games; `start` equilibria were known before the first of the `all_` that are now computed."""
        heard, before = self._heard, self.solves
        progress = None if heard is None else (lambda n, _: heard(before + n, (before + n - start) / all_))
        found = solve_many(games, regime=regime, selection=self.selection, progress=progress)
        self.solves += len(games)
        return found


def _columns(result: Equilibria) -> dict[str, NDArray[Any]]:
    names = ("profit", "user_surplus", "welfare", "quality", "participation", "direction", "payoff_scale")
    return {name: result.columns[name] for name in names} | {"certified": result.status == Status.CERTIFIED}


def _compared(plain: dict[str, NDArray[Any]], tuned: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {
        "gross_gain": tuned["profit"] - plain["profit"],
        "surplus_change": tuned["user_surplus"] - plain["user_surplus"],
        "welfare_change": tuned["welfare"] - plain["welfare"],
        "quality": plain["quality"],
        "tuned_quality": tuned["quality"],
        "participation": plain["participation"],
        "tuned_participation": tuned["participation"],
        "direction": tuned["direction"],
        "certified": plain["certified"] & tuned["certified"],
        "scale": plain["payoff_scale"],
    }
