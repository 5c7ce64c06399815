"""Solve games by backward induction: the stages in `eqsolve.game`, then the certificate.

A batch is solved in this order: group games by structure and grid; merge games that differ only in the fixed
cost F, which moves no choice of quality once the plan for stage 2 is given; for each plan find the best
quality; choose the plan; evaluate; certify.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve import arguments as read
from eqsolve.errors import InputError
from eqsolve.game.batches import BATCH, batches, participation_primitives
from eqsolve.game.enumeration import equilibria, stability
from eqsolve.game.games import Games, Index, columns
from eqsolve.game.grids import needs_of
from eqsolve.game.market import Market, open_market
from eqsolve.game.participation import PRECISE, SAME
from eqsolve.game.response import make_rows
from eqsolve.induction import play
from eqsolve.numerics.threads import one_thread
from eqsolve.outcome import account
from eqsolve.regimes import Fixed, Regime, RegimeName, regime_of
from eqsolve.results import (
    Equilibria,
    Equilibrium,
    FreeChoice,
    ParticipationEquilibrium,
    empty_columns,
)
from eqsolve.selections import Selection, SelectionName, selection_of
from eqsolve.status import Status

if TYPE_CHECKING:
    from eqsolve.params import Params

Progress = Callable[[int, int], None]
"""progress(done, total): how far the work is."""

TOLD = 64
"""Sets of games solved together where somebody waits for progress: about half a second of work."""

TOLD_CHOOSING = 16
"""The same where the intensity is chosen from an interval: about a second, for a tenth more work."""


@read.arguments(params=read.game, regime=read.text, selection=read.text)
def solve(
    params: Params,
    *,
    regime: RegimeName = "endogenous",
    selection: SelectionName = "initial",
    fix: Fixed = None,
    all_equilibria: bool = False,
) -> Equilibrium:
    """Compute and certify the equilibrium of one game.

    Args:
        params: the game.
        regime: who chooses what (docs/model.md, Regimes).
        selection: rule among participation equilibria (docs/model.md, Participation).
        fix: choices fixed from outside, such as {"quality": 0.6, "intensity": 2.0}; all others are then made
            as before, and the result says what would be chosen instead.
        all_equilibria: also list every participation equilibrium found at the platform's choice.

    Returns:
        The equilibrium with its certificate; look at `certificate.status` before you use it.

    Raises:
        InputError: unknown regime or selection; something fixed that is unknown, out of range or against the
            regime.
    """
    result = solve_many([params], regime=regime, selection=selection, fix=fix).row(0)
    return detailed(result, all_equilibria=all_equilibria)


def detailed(result: Equilibrium, *, all_equilibria: bool) -> Equilibrium:
    """Add what is told of a single game: what would be chosen if nothing were fixed, and all equilibria."""
    if result.fix:
        regime, selection = result.regime, result.selection
        free = solve_many([result.params], regime=regime, selection=selection).row(0)  # type: ignore[arg-type]
        result = replace(result, free=FreeChoice.of(free))
    return replace(result, equilibria=participation_equilibria(result)) if all_equilibria else result


@read.arguments(result=read.equilibrium)
def participation_equilibria(result: Equilibrium) -> tuple[ParticipationEquilibrium, ...]:
    """List the participation equilibria that adjustment from all starts finds at the choice.

    Returns:
        Distinct equilibria in the order of the starts that lead to them; the selected one is marked. Without
        fine-tuning there is one. Empty where the game was not solved.
    """
    if not np.isfinite(result.quality):
        return ()
    model = market_of(result).whole
    choice = np.array([result.quality]), np.array([result.intensity])
    rows = make_rows(model, np.zeros(1, dtype=np.intp), *choice)
    listed = []
    for starts, state in equilibria(rows, PRECISE):
        outcome = account(rows, state, np.array([True]))
        spectral = float(stability(rows, outcome.state)[0])
        listed.append(
            ParticipationEquilibrium(
                participation=float(outcome.participation[0]),
                participation_by_segment=tuple(outcome.participation_by_segment[0].tolist()),
                feedback_quality=float(outcome.feedback_quality[0]),
                mean_output=float(outcome.outputs.mean[0]),
                stable=spectral < 1.0,
                spectral_radius=spectral,
                starts=starts,
                selected=bool(
                    abs(outcome.participation[0] - result.participation) < SAME
                    and abs(outcome.outputs.mean[0] - result.mean) < SAME
                ),
            )
        )
    return tuple(listed)


def market_of(result: Equilibrium) -> Market:
    """The market in which an equilibrium was solved, for looking at choices beside it."""
    return open_market(columns([result.params]), selection_of(result.selection))


@read.arguments(
    games=read.several(read.game),
    regime=read.text,
    selection=read.text,
    progress=read.optional(read.function),
)
def solve_many(
    games: Sequence[Params],
    *,
    regime: RegimeName = "endogenous",
    selection: SelectionName = "initial",
    fix: Fixed = None,
    progress: Progress | None = None,
) -> Equilibria:
    """Compute and certify the equilibria of many games.

    Args:
        games: games with the same number of segments.
        regime, selection, fix: as for `solve`.
        progress: called as progress(done, total) with numbers of games, first with done = 0. Games are then
            solved in smaller batches, which can move the last digits.

    Returns:
        One row per game, in order, with a status each. Rows that could not be solved hold nan.

    Raises:
        InputError: unknown regime or selection, what is wrong with `fix`, no games, or games with different
            numbers of segments.
    """
    rules, rule = checked(games, regime, selection, fix)
    table = empty_columns(len(games), len(games[0].users.segments))
    # What overflows in an extreme game fails its certificate.
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        done, tell = 0, progress or (lambda *_: None)
        tell(done, len(games))
        size = _told(games, rules) if progress else BATCH
        for members, batch in batches(games, imposed=rules.imposed, size=size):
            _solve_batch(batch, rules, rule, table, members)
            done += len(members)
            tell(done, len(games))
    return Equilibria(tuple(games), regime, selection, table, rules.fix)


def checked(games: Sequence[Params], regime: str, selection: str, fix: Fixed) -> tuple[Regime, Selection]:
    """Return the regime of that name with choices fixed, and the rule, if they go with the games.

    Raises:
        InputError: they do not, as `solve_many` says.
    """
    rules, rule = regime_of(regime, fix), selection_of(selection)
    if not games:
        raise InputError("no games to solve")
    if len({len(game.users.segments) for game in games}) > 1:
        raise InputError("games solved together must have the same number of segments: solve them apart")
    rules.require(game.policy.strongest(game.finetuning.strength) for game in games)
    rules.admit(name for game in games for name in game.policy.binding(game.finetuning.strength))
    return rules, rule


def _told(games: Sequence[Params], regime: Regime) -> int:
    """How many sets of games are solved together where somebody waits for progress."""
    choosing = not regime.imposed and any(game.finetuning.choice == "continuous" for game in games)
    return TOLD_CHOOSING if choosing else TOLD


def _solve_batch(
    games: Games, regime: Regime, selection: Selection, table: dict[str, Any], at: Index
) -> None:
    """Backward induction for games on one grid; results go into rows `at` of `table`."""
    games = replace(games, strength=regime.strength(games.strength))
    if not needs_of(games.take(participation_primitives(games)[0])).met.all():
        table["status"][at] = Status.UNRESOLVED
        return
    for name, column in play(games, regime, selection).items():
        table[name][at] = column
