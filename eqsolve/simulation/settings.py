"""How to simulate: the settings, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from numbers import Integral, Real

from eqsolve.errors import InputError, nearest
from eqsolve.params import Params
from eqsolve.simulation.rounds import (
    BINS,
    BYTES_OF_A_RUN,
    BYTES_PER_MODEL,
    BYTES_PER_USER,
    QUANTITIES,
    STARTS,
)
from eqsolve.simulation.service import count_models

MEMORY = 4_000_000_000
"""Bytes that a simulation may take."""

MOST_RATINGS = 1_000_000
"""Ratings by each user in a round, at most."""


@dataclass(frozen=True)
class Settings:
    """How to simulate, apart from the game.

    Attributes:
        rounds: rounds after the start, >= 1.
        ratings: outputs that each user who takes part rates in a round, from 1 to a million.
        seed: start of the random numbers, >= 0.
        start: who takes part before the first round: initial, everybody, nobody, left, right, center or ends.
        replications: independent repetitions, >= 1.
        revision: share of the users that decide again in a round, in (0, 1].
        quality, intensity: the platform's choice, in [0, 1] and >= 0; that of the equilibrium if None.
    """

    rounds: int = 40
    ratings: int = 20
    seed: int = 0
    start: str = "initial"
    replications: int = 1
    revision: float = 0.5
    quality: float | None = None
    intensity: float | None = None

    def check(self, sizes: tuple[int, ...], game: Params) -> None:
        """Make sure that populations of these sizes can be simulated in a game.

        Raises:
            InputError: with everything that is wrong.
        """
        problems = [*self._problems(), *_size_problems(sizes)]
        if not problems:
            problems = [*self._memory_problems(max(sizes), game)]
        if problems:
            raise InputError(*problems)

    def _problems(self) -> Iterator[str]:
        for name in ("rounds", "ratings", "replications"):
            yield from _count_problems(name, getattr(self, name), 1)
        yield from _count_problems("seed", self.seed, 0)
        if isinstance(self.ratings, Integral) and self.ratings > MOST_RATINGS:
            yield f"ratings = {self.ratings} is out of range: expected at most {MOST_RATINGS:,}"
        names = ("initial", *STARTS)
        if self.start not in names:
            yield f"start = {self.start} is unknown: {nearest(str(self.start), names)}"
        numbers = {name: getattr(self, name) for name in ("revision", "quality", "intensity")}
        wrong = [name for name, value in numbers.items() if not isinstance(value, Real | None)]
        if wrong:
            yield from (f"{name} = {numbers[name]!r} is no number" for name in wrong)
            return
        if not 0.0 < self.revision <= 1.0:
            yield f"revision = {self.revision:g} is out of range: expected a share > 0 and <= 1"
        if self.quality is not None and not 0.0 <= self.quality <= 1.0:
            yield f"quality = {self.quality:g} is out of range: expected a number >= 0 and <= 1"
        if self.intensity is not None and not (0.0 <= self.intensity <= 1000.0 and isfinite(self.intensity)):
            yield f"intensity = {self.intensity:g} is out of range: expected a number >= 0 and <= 1000"

    def _memory_problems(self, users: int, game: Params) -> Iterator[str]:
        kinds = len(QUANTITIES) + len(game.users.segments)
        records = 8 * self.replications * ((self.rounds + 1) * kinds + BINS)
        fixed = BYTES_OF_A_RUN + BYTES_PER_MODEL * count_models(game)
        need = fixed + records + BYTES_PER_USER * users
        if need <= MEMORY:
            return
        bound = f"{_gigabytes(need)} of memory, more than the {_gigabytes(MEMORY)} that a simulation may take"
        if fixed + records + BYTES_PER_USER > MEMORY:
            rounds = int((MEMORY - fixed) / (records / self.rounds + 1))
            yield (
                f"rounds = {self.rounds} with replications = {self.replications} need {bound}: choose "
                f"at most {_rounded_down(rounds):,} rounds, or fewer replications"
            )
        else:
            most = (MEMORY - fixed - records) // BYTES_PER_USER
            yield f"users = {users} need {bound}: choose at most {_rounded_down(most):,} users"


def _count_problems(name: str, value: int, least: int) -> Iterator[str]:
    if not isinstance(value, Integral):
        yield f"{name} = {value!r} is no whole number: expected one as in {max(least, 1)}"
    elif value < least:
        yield f"{name} = {value} is out of range: expected at least {least}"


def _size_problems(sizes: tuple[int, ...]) -> Iterator[str]:
    if not sizes:
        yield "users is empty: expected one number of users, or several"
    for size in sizes:
        yield from _count_problems("users", size, 1)
    for size in sorted({size for size in sizes if sizes.count(size) > 1}):
        yield f"users = {size} is listed twice"


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:,.3g} GB" if count < 1e14 else f"{count / 1e9:.2g} GB"


def _rounded_down(count: int) -> int:
    """Three digits, so that the advice is easy to follow."""
    unit: int = 10 ** max(len(str(count)) - 3, 0)
    return count // unit * unit
