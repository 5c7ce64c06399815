"""Stage 0 solved: the best value of each instrument, with what follows from it, and the evidence for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eqsolve import arguments as read
from eqsolve.certificate.pieces import seeds
from eqsolve.errors import InputError, nearest
from eqsolve.game.batches import batches, participation_primitives
from eqsolve.game.games import Games, Index
from eqsolve.game.grids import needs_of
from eqsolve.game.market import open_market
from eqsolve.game.payoffs import welfare_scale
from eqsolve.induction import Table, play
from eqsolve.numerics.maxima import Peaks
from eqsolve.numerics.objectives import ACCURACY
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.threads import one_thread
from eqsolve.policies.candidates import HAIR, JUMP, UNIT, candidates, closer
from eqsolve.policies.evidence import allowance, fresh_strengths, judge
from eqsolve.policies.found import Found
from eqsolve.policies.instruments import INSTRUMENTS, Instrument, InstrumentName
from eqsolve.policies.record import Policies, Policy
from eqsolve.policies.response import Platforms
from eqsolve.policies.stage import Questions, best_strengths
from eqsolve.regimes import LAISSEZ_FAIRE, PLANNER
from eqsolve.selections import SELECTIONS, Selection, SelectionName, unknown
from eqsolve.status import Status

if TYPE_CHECKING:
    from eqsolve.params import Params


@read.arguments(params=read.game, instrument=read.text, selection=read.text)
def policy(params: Params, instrument: InstrumentName, *, selection: SelectionName = "initial") -> Policy:
    """Find the value of an instrument at which welfare is highest, the platform answering with its best.

    Args:
        params: the game, without a policy.
        instrument: its name (docs/policy.md, Instruments).
        selection: rule among participation equilibria.

    Raises:
        InputError: unknown instrument or selection; a game that is played under a policy already.
    """
    return policies_of([params], (instrument,), selection=selection)[0].policies[0]


@read.arguments(params=read.game, selection=read.text)
def best_policies(params: Params, *, selection: SelectionName = "initial") -> Policies:
    """Find the best value of every instrument; arguments and errors as for `policy`."""
    return policies_of([params], selection=selection)[0]


@read.arguments(
    games=read.several(read.game), instruments=read.several(read.text, one=True), selection=read.text
)
def policies_of(
    games: Sequence[Params],
    instruments: Sequence[str] = tuple(INSTRUMENTS),
    *,
    selection: SelectionName = "initial",
) -> tuple[Policies, ...]:
    """Find the best value of instruments in many games, which share what they can.

    Args:
        games: games with the same number of segments.
        instruments, selection: as for `policy`.

    Raises:
        InputError: as for `policy`; no games, or games with different numbers of segments.
    """
    _check(games, instruments, selection)
    kinds = tuple(INSTRUMENTS[name] for name in instruments)
    found = Found.empty(len(games), len(kinds), len(games[0].users.segments))
    # What overflows in an extreme game fails its certificate.
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        for members, batch in batches(games, imposed=False):
            if not needs_of(batch.take(participation_primitives(batch)[0])).met.all():
                found.give_up(members)
            else:
                _solve_batch(batch, members, kinds, SELECTIONS[selection], found)
    return found.records(games, kinds, selection)


def _check(games: Sequence[Params], instruments: Sequence[str], selection: str) -> None:
    problems = [
        f"unknown instrument {name!r}: {nearest(name, INSTRUMENTS)}"
        for name in instruments
        if name not in INSTRUMENTS
    ]
    problems += unknown(selection)
    if not games:
        problems.append("no games to solve")
    if len({len(game.users.segments) for game in games}) > 1:
        problems.append("games solved together must have the same number of segments: solve them apart")
    set_ = {name: value for game in games for name, value in game.policy.set().items()}
    problems += [
        f"policy.{name} = {value:g}: the game is played under a policy already: expected none"
        for name, value in set_.items()
    ]
    if problems:
        raise InputError(*problems)


def _solve_batch(
    games: Games, members: Index, kinds: tuple[Instrument, ...], selection: Selection, found: Found
) -> None:
    """Stage 0 for games on one grid."""
    first, of = participation_primitives(games)
    platforms = Platforms(open_market(games.take(first), selection), games, of)
    size = len(games)
    questions = Questions(np.repeat(np.arange(size), len(kinds)), np.tile(np.arange(len(kinds)), size), kinds)
    most, scale = questions.most(games), welfare_scale(games)[questions.row]
    peaks = best_strengths(platforms, questions)
    which, strength = candidates(platforms, questions, peaks, most)
    fresh, tried = fresh_strengths(seeds(games.take(first))[of][questions.row], peaks.x, most)
    table = _played(
        games, questions, np.concatenate([which, fresh]), np.concatenate([strength, tried]), selection
    )
    late, idle = _part(table, which.size, None), np.searchsorted(which, np.arange(size) * len(kinds))
    table = _part(table, 0, which.size)
    more, nearer = closer(which, strength, table, peaks, most, scale)
    if more.size:
        again = _played(games, questions, more, nearer, selection)
        which, strength = np.append(which, more), np.append(strength, nearer)
        table = {name: np.concatenate([column, again[name]]) for name, column in table.items()}
    chosen = _best(which, strength, table, scale)
    own = {name: column[chosen] for name, column in table.items()}
    allowed = allowance(scale, own["maximum"] == "jump")
    verdicts = judge(fresh, late["welfare"], late["status"], own["welfare"], own["status"], allowed)
    rows = found.rows(members).ravel()
    for name, column in own.items():
        found.ruled[name][rows] = column
    found.value[rows] = questions.values(games, strength[chosen])
    found.scale[rows] = scale
    found.maximum[rows] = _kinds(platforms, questions, peaks, strength[chosen], own["welfare"])
    for name, column in vars(verdicts).items():
        getattr(found.verdicts, name)[rows] = column
    planned = play(games, PLANNER, selection)
    for name in planned:
        found.free[name][members], found.planned[name][members] = table[name][idle], planned[name]


def _played(games: Games, questions: Questions, which: Index, strength: Array, selection: Selection) -> Table:
    """What platforms do under strengths (K,) of the instruments in questions `which`, K rows."""
    once, back = questions.distinct(which, strength)
    table = play(questions.impose(games, which[once], strength[once]), LAISSEZ_FAIRE, selection)
    return {name: column[back] for name, column in table.items()}


def _part(table: Table, start: int, stop: int | None) -> Table:
    """Some rows."""
    return {name: column[start:stop] for name, column in table.items()}


def _kinds(
    platforms: Platforms, questions: Questions, peaks: Peaks, strength: Array, welfare: Array
) -> NDArray[np.str_]:
    """What the maxima are, (Q,): by the explored pieces, unless welfare falls off at once beside one."""
    games, some = platforms.games, np.flatnonzero(strength > 0.0)
    kind = np.where(strength > 0.0, peaks.kind, "bound")
    if some.size:
        most, row = questions.most(games)[some], questions.row[some]
        width = HAIR[-1] * UNIT * most
        two, places = np.tile(some, 2), np.concatenate([strength[some] - width, strength[some] + width])
        imposed = questions.impose(games, two, np.clip(places, 0.0, np.tile(most, 2)))
        beside = platforms.respond(np.tile(row, 2), imposed).welfare.reshape(2, -1).min(axis=0)
        kind[some[welfare[some] - beside > JUMP * welfare_scale(games)[row]]] = "jump"
    return kind


def _best(which: Index, strength: Array, table: Table, scale: Array) -> Index:
    """The best candidate of each question, certified ones first; the weakest on a tie, (Q,)."""
    certified = table["status"] == Status.CERTIFIED
    welfare = np.nan_to_num(table["welfare"], nan=-np.inf)
    sound = np.zeros(scale.size, dtype=bool)
    sound[which[certified]] = True
    eligible = np.where(certified | ~sound[which], welfare, -np.inf)
    top = np.full(scale.size, -np.inf)
    np.maximum.at(top, which, eligible)
    level = eligible >= top[which] - ACCURACY.tie * scale[which]
    order = np.lexsort((strength, ~level, which))
    return order[np.searchsorted(which[order], np.arange(scale.size))]
