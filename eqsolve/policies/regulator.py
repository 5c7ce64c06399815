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
from eqsolve.game.discretization import needs_of
from eqsolve.game.games import Games, Index
from eqsolve.game.market import open_market
from eqsolve.game.payoffs import welfare_scale
from eqsolve.induction import Table, play
from eqsolve.numerics.maxima import ACCURACY, Peaks
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.threads import one_thread
from eqsolve.policies.evidence import allowance, fresh_strengths, judge
from eqsolve.policies.found import Found
from eqsolve.policies.instruments import INSTRUMENTS, Instrument, InstrumentName
from eqsolve.policies.polish import FARTHEST, polished
from eqsolve.policies.record import Policies, Policy
from eqsolve.policies.response import Platforms
from eqsolve.policies.stage import Questions, best_strengths
from eqsolve.regimes import LAISSEZ_FAIRE, PLANNER
from eqsolve.selections import SELECTIONS, Selection, SelectionName, unknown
from eqsolve.status import Status

if TYPE_CHECKING:
    from eqsolve.params import Params

HAIR = (1.0, 10.0, 100.0, 1000.0)
"""How far inside of a jump a policy may be placed, in units of...

Beside a jump the platform is all but indifferent; the nearest of these at which it does what is wanted is
taken."""

UNIT = 1e-9
"""...this share of the instrument's range."""

JUMP = 1e-5
"""Share of the scale that welfare loses at a jump, within the widest hair: a slope of ten takes no more."""


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
            if not needs_of(batch).met.all():
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
    which, strength = _candidates(platforms, questions, peaks, most)
    fresh, tried = fresh_strengths(seeds(games.take(first))[of][questions.row], peaks.x, most)
    every = np.concatenate([which, fresh]), np.concatenate([strength, tried])
    once, back = questions.distinct(*every)
    table = play(questions.impose(games, every[0][once], every[1][once]), LAISSEZ_FAIRE, selection)
    table = {name: column[back] for name, column in table.items()}
    chosen = _best(which, strength, table, scale)
    own, late = {name: column[chosen] for name, column in table.items()}, slice(which.size, None)
    allowed = allowance(scale, own["maximum"] == "jump")
    verdicts = judge(
        fresh, table["welfare"][late], table["status"][late], own["welfare"], own["status"], allowed
    )
    rows = found.rows(members).ravel()
    for name, column in own.items():
        found.ruled[name][rows] = column
    found.value[rows] = questions.values(games, strength[chosen])
    found.scale[rows] = scale
    found.maximum[rows] = _kinds(platforms, questions, peaks, strength[chosen], own["welfare"])
    for name, column in vars(verdicts).items():
        getattr(found.verdicts, name)[rows] = column
    idle = np.searchsorted(which, np.arange(size) * len(kinds))
    planned = play(games, PLANNER, selection)
    for name in planned:
        found.free[name][members], found.planned[name][members] = table[name][idle], planned[name]


def _candidates(platforms: Platforms, questions: Questions, peaks: Peaks, most: Array) -> tuple[Index, Array]:
    """Strengths that may be best, flat, question by question, 0 first: numbers of questions and strengths."""
    size = most.size
    places = [np.zeros(size), _placed(platforms, questions, peaks), peaks.other_x]
    inside = [
        np.where(peaks.inside != 0, peaks.x + peaks.inside * hair * UNIT * most, np.nan) for hair in HAIR
    ]
    strength = np.stack([*places, *inside], axis=1)
    which, column = np.nonzero((strength >= 0.0) & (strength <= most[:, None]))
    return which, strength[which, column]


def _placed(platforms: Platforms, questions: Questions, peaks: Peaks) -> Array:
    """The best strengths; smooth ones that move quality are as precise as their heights, (Q,)."""
    leads = np.array([kind.reach is not None for kind in questions.instruments])[questions.kind]
    smooth = (peaks.kind == "smooth") & ~platforms.games.continuous[questions.row]
    some = np.flatnonzero(smooth & leads)
    strength = peaks.x.copy()
    if some.size:
        row = questions.row[some]
        answer = platforms.respond(row, questions.impose(platforms.games, some, peaks.x[some]))
        quality, subsidy = polished(
            platforms.market, platforms.games.take(row), platforms.of[row], answer.quality, answer.intensity
        )
        for number, kind in enumerate(questions.instruments):
            better = kind.reach(quality, subsidy) if kind.reach else quality
            near = (questions.kind[some] == number) & (np.abs(better - strength[some]) <= FARTHEST)
            strength[some[near]] = better[near]
    return strength


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
    candidates = slice(0, which.size)
    certified = table["status"][candidates] == Status.CERTIFIED
    welfare = np.nan_to_num(table["welfare"][candidates], nan=-np.inf)
    sound = np.zeros(scale.size, dtype=bool)
    sound[which[certified]] = True
    eligible = np.where(certified | ~sound[which], welfare, -np.inf)
    top = np.full(scale.size, -np.inf)
    np.maximum.at(top, which, eligible)
    level = eligible >= top[which] - ACCURACY.tie * scale[which]
    order = np.lexsort((strength, ~level, which))
    return order[np.searchsorted(which[order], np.arange(scale.size))]
