"""Better feedback: participation at given choices and in equilibrium, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.findings.evidence import Case, Flags, Kind, Solves, is_certified
from eqsolve.findings.work import Work
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params

STEP = 0.05
"""By how much a share or an accuracy is raised; less where the bound 1 is closer."""


@dataclass(frozen=True)
class Engagement:
    """Participation at given (q, beta), and after the better segment's share or accuracy is raised.

    Attributes (n games):
        games, quality: the games, and the quality at which each is looked at; beta is the full strength.
        base, more, sharper: N as the game is, with a larger share and with a higher accuracy, (n,) each.
        lead: N_j of the best less N_j of the worst segment in feedback, (n,).
        raised: games with a larger share and with a higher accuracy; None where it is 1 already.
        certified: whether all these participation equilibria are, (n,).
    """

    games: Sequence[Params]
    quality: Array
    base: Array
    more: Array
    sharper: Array
    lead: Array
    raised: Sequence[tuple[Params | None, Params | None]]
    certified: Flags

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record the game and the two games with better feedback."""
        facts = {
            "given": {"quality": self.quality[row], "intensity": self.games[row].finetuning.strength},
            "participation": {
                "game": self.base[row], "larger-share": self.more[row], "higher-accuracy": self.sharper[row],
                "best less worst segment": self.lead[row],
            },
        }  # fmt: skip
        return Case(_beside(self.games[row], self.raised[row]), regimes, facts, margin)

    def again(self, rows: Sequence[int], solver: Solves) -> Engagement:
        """Solve some games again."""
        return solve_engagement([self.games[i] for i in rows], self.quality[list(rows)], solver)


def solve_engagement(games: Sequence[Params], quality: Array, solver: Solves) -> Engagement:
    """Solve participation at `quality`, (n,), and full strength, as it is and with better feedback."""
    raised = [_raised(game) for game in games]
    strength = np.array([game.finetuning.strength for game in games])
    base = solver.participation(games, quality, strength)
    certified, after = base.certified.copy(), []
    for which in range(2):
        rows = [i for i, pair in enumerate(raised) if pair[which] is not None]
        n = np.full(len(games), np.nan)
        if rows:
            found = solver.participation(
                [game for i in rows if (game := raised[i][which]) is not None], quality[rows], strength[rows]
            )
            n[rows] = found.participation
            certified[rows] &= found.certified
        after.append(n)
    lead = _lead(games, base.by_segment)
    return Engagement(games, quality, base.participation, after[0], after[1], lead, raised, certified)


@dataclass(frozen=True)
class Raised:
    """Equilibria under forced, and those with the better segment's share or accuracy raised.

    Attributes (n games):
        games: the games.
        base, more, sharper: N and q* as the game is, with a larger share and with a higher accuracy, (n, 2).
        lead: N_j of the best less N_j of the worst segment in feedback, (n,).
        raised: as in `Engagement`.
        certified: whether all these equilibria are, (n,).
    """

    games: Sequence[Params]
    base: Array
    more: Array
    sharper: Array
    lead: Array
    raised: Sequence[tuple[Params | None, Params | None]]
    certified: Flags

    def case(self, row: int, margin: float, regimes: tuple[str, ...]) -> Case:
        """Record the game and the two games with better feedback."""
        values = {"game": self.base, "larger-share": self.more, "higher-accuracy": self.sharper}
        facts = {
            quantity: {name: float(table[row, i]) for name, table in values.items()}
            for i, quantity in enumerate(("participation", "quality"))
        }
        return Case(_beside(self.games[row], self.raised[row]), regimes, facts, margin)

    def again(self, rows: Sequence[int], solver: Solves) -> Raised:
        """Solve some games again."""
        return solve_raised([self.games[i] for i in rows], solver)


def _beside(game: Params, raised: tuple[Params | None, Params | None]) -> dict[str, Params]:
    """A game and those with better feedback, as far as feedback can be better, by name."""
    games = {"game": game, **dict(zip(("larger-share", "higher-accuracy"), raised, strict=True))}
    return {name: each for name, each in games.items() if each is not None}


def solve_raised(games: Sequence[Params], solver: Solves) -> Raised:
    """Solve games under forced, as they are and with better feedback."""
    raised = [_raised(game) for game in games]
    table = solver.equilibria(games, "forced")
    certified, after = is_certified(table).copy(), []
    for which in range(2):
        rows = [i for i, pair in enumerate(raised) if pair[which] is not None]
        found = np.full((len(games), 2), np.nan)
        if rows:
            part = solver.equilibria([game for i in rows if (game := raised[i][which]) is not None], "forced")
            found[rows] = np.stack([part["participation"], part["quality"]], axis=1)
            certified[rows] &= is_certified(part)
        after.append(found)
    base = np.stack([table["participation"], table["quality"]], axis=1)
    names = [segment.name for segment in games[0].users.segments]
    by_segment = np.stack([table[f"participation.{name}"] for name in names], axis=1)
    return Raised(games, base, after[0], after[1], _lead(games, by_segment), raised, certified)


def _lead(games: Sequence[Params], by_segment: Array) -> Array:
    """N_j of the best less N_j of the worst segment in feedback, (n,)."""
    accuracy = np.array([[s.accuracy for s in game.users.segments] for game in games])
    every = np.arange(len(games))
    return np.asarray(by_segment[every, accuracy.argmax(axis=1)] - by_segment[every, accuracy.argmin(axis=1)])


def _raised(game: Params) -> tuple[Params | None, Params | None]:
    """The game with more users in the segment of best feedback, and with better feedback of it."""
    best = max(game.users.segments, key=lambda segment: segment.accuracy)
    key = f"users.segments.{best.name}"
    share, accuracy = min(best.share + STEP, 1.0), min(best.accuracy + STEP, 1.0)
    alike = len({segment.accuracy for segment in game.users.segments}) == 1
    more = None if best.share == 1.0 or alike else game.replace({f"{key}.share": share})
    return more, None if best.accuracy == 1.0 else game.replace({f"{key}.accuracy": accuracy})


def _solve_given(work: Work) -> Engagement:
    return solve_engagement(work.games, work.quality, work.solver)


def _solve_chosen(work: Work) -> Raised:
    return solve_raised(work.some, work.solver)


def _solves_given(work: Work) -> int:
    return 3 * len(work.games)


def _solves_chosen(work: Work) -> int:
    return 3 * len(work.some)


GIVEN = Kind("engagement", _solve_given, _solves_given)
CHOSEN = Kind("choices", _solve_chosen, _solves_chosen)
