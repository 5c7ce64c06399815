"""Stage 3: who takes part, given quality and intensity (docs/model.md, Participation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.response import (
    TINY,
    Rows,
    best_response,
    crowd,
    faced,
    reflect,
    respond,
    tangent,
)
from eqsolve.game.starts import start_state
from eqsolve.numerics.fixed_point import (
    Derivative,
    Index,
    Limit,
    Map,
    Memory,
    accelerate,
    attracts,
    drawn,
    newton,
    unknown,
)
from eqsolve.numerics.flow import settle
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.separatrix import Flow
from eqsolve.numerics.spectrum import Linear
from eqsolve.selections import SYMMETRIC, Selection

PRECISE = 1e-13
"""Residual to which an equilibrium is solved, in N, rho and r(y)."""

SAME = 1e-6
"""Equilibria closer than this, in N, rho and r(y), are one."""

SMEARED = 1e-6
"""Residual to which participation is solved before kinks are resolved."""

SMEARING = 0.01
"""Farthest that resolving kinks may move an equilibrium, in N, rho and r(y)."""

NO_CROWD = 1e-12
"""Mass of users in the initial model below which, if nu = 0, they are no crowd (docs/model.md)."""

VANISHING = 1e-100
"""Mass that stands for nobody while the direction in which participation vanished is remembered."""


@record
class Participation:
    """Participation equilibria of rows (game, q, beta).

    Attributes:
        state: moments of participation (see `eqsolve.game.response`), (R, 2 + Y).
        residual: largest change of N, rho and r under the best response, (R,).
        solved: whether an equilibrium was reached, (R,).
    """

    state: Array
    residual: Array
    solved: NDArray[np.bool_]


def participate(rows: Rows, selection: Selection, tol: float = PRECISE) -> Participation:
    """Solve the participation stage of every row under a selection rule.

    Args:
        rows: games, qualities and intensities.
        selection: the rule.
        tol: residual to be reached.
    """
    state = np.empty((len(rows), 2 + rows.model.y.size))
    residual, solved = np.zeros(len(rows)), np.ones(len(rows), dtype=bool)
    plain, tuned = np.flatnonzero(rows.beta == 0.0), np.flatnonzero(rows.beta > 0.0)
    if plain.size:
        state[plain] = start_state(rows.take(plain), "initial")
    if tuned.size:
        limit = _selected(rows.take(tuned), selection, tol)
        state[tuned], residual[tuned], solved[tuned] = limit.state, limit.residual, limit.converged
    return Participation(state, residual, solved)


def adjust(rows: Rows, start: Array, mirror: NDArray[np.bool_], tol: float) -> Limit:
    """Limit of best-response adjustment from `start`, (R, 2 + Y).

    Where kinks are resolved, rows on which the map contracts from the start on are first solved with kinks
    smeared over the grid, at a tenth of the cost; what is known of the map then serves the precise one.

    Args:
        rows, start: see above.
        mirror: rows that start symmetric in a symmetric game, (R,).
        tol: residual to be reached.
    """
    begin = _opening(rows, start)
    limit, going = unknown(begin), np.flatnonzero(~_nobody(rows, begin[:, 0]))
    limit.residual[:], limit.converged[:] = 0.0, True
    if going.size:
        limit.put(going, _follow(rows.take(going), begin[going], mirror[going], tol))
    return _closing(rows, limit)


def _follow(rows: Rows, start: Array, mirror: NDArray[np.bool_], tol: float) -> Limit:
    """As `adjust`, from and to states (N, rho, r(y))."""
    step, derive, every = *_map_of(rows, mirror), np.arange(len(rows))
    if not rows.model.cut or rows.model.games.law.jumps:
        return settle(step, derive, _gap, every, start, tol)
    smeared, memory = replace(rows, model=replace(rows.model, cut=False)), Memory.blank(start)
    blurred, slope = _map_of(smeared, mirror)
    rough = accelerate(blurred, _gap, every, start, max(tol, SMEARED), guarded=True, memory=memory)
    limit, some = unknown(start), np.flatnonzero(rough.converged)
    if some.size:
        found = accelerate(step, _gap, some, rough.state[some], tol, memory=memory.take(some))
        moved = _gap(some, rough.state[some], found.state)
        lasting = drawn(step, some, start[some], found.state, found.converged & (moved <= SMEARING), tol)
        close = np.flatnonzero(lasting & attracts(slope, some, found.state))
        limit.put(some[close], found.take(close))
        limit.direct[some[close]] = True
    again = np.flatnonzero(~limit.converged)
    if again.size:
        limit.put(again, settle(step, derive, _gap, again, start[again], tol))
    return limit


def adjustment(rows: Rows, selection: Selection) -> Flow:
    """The flow of (N, rho, r) from the one start of a rule that follows it."""
    step, derive = _map_of(rows, rows.model.mirror[rows.game] & selection.symmetric)
    return Flow(step, derive, _opening(rows, start_state(rows, selection.starts[0])))


def rest(rows: Rows, selection: Selection, state: Array, tol: float) -> Limit:
    """The limit (N, b, R) of that flow from states (N, rho, r) on its way, (R, 2 + Y)."""
    step, derive = _map_of(rows, rows.model.mirror[rows.game] & selection.symmetric)
    return _closing(rows, settle(step, derive, _gap, np.arange(len(rows)), state, tol))


def polish(rows: Rows, start: Array, mirror: NDArray[np.bool_], tol: float, *, steep: bool = False) -> Limit:
    """The equilibrium next to `start`, (R, 2 + Y); by Newton's method alone where the map is `steep`."""
    step, derive = _map_of(rows, mirror)
    begin = _state_of(rows, start)
    limit = unknown(begin)
    if not steep:
        limit.put(np.arange(len(rows)), accelerate(step, _gap, np.arange(len(rows)), begin, tol))
        # Where nobody answers all crowds rest, and none of them is next to one that is answered.
        limit.converged[:] &= (limit.state[:, 0] > TINY) | (begin[:, 0] <= TINY)
    left = np.flatnonzero(~limit.converged)
    if left.size:
        limit.put(left, newton(step, derive, _gap, left, begin[left], tol))
    return _closing(rows, limit)


def _state_of(rows: Rows, state: Array) -> Array:
    """States (N, rho, r(y)) of states (N, b, R(y)), (R, 2 + Y) each: the coordinates of adjustment.

    With y = (rho, r) and Y = (b, R) / (N + nu) of the best response to y, dP/dtau = H(v[P]) - P gives
    dy/dtau = (T_N(y) + nu) / (N + nu) (Y(y) - y): N is only the clock. So adjustment takes the path of
    dy/ds = Y(y) - y, and goes as far as there are users, whatever their mass.
    """
    return np.concatenate([state[:, :1], crowd(rows, state)], axis=1)


def _nobody(rows: Rows, mass: Array) -> NDArray[np.bool_]:
    """Whether so few users take part, (R,), that they are no crowd."""
    return np.asarray((mass < NO_CROWD) & (rows.model.games.prior[rows.game] == 0))


def _opening(rows: Rows, start: Array) -> Array:
    """Where adjustment starts: users who come on their own make the crowd where there is none."""
    begin = _state_of(rows, start)
    few = np.flatnonzero(_nobody(rows, start[:, 0]))
    if few.size:
        part = rows.take(few)
        first = first_users(part)
        begin[few] = np.where(_nobody(part, first[:, 0])[:, None], 0.0, _state_of(part, first))
    return begin


def first_users(rows: Rows) -> Array:
    """States (R, 2 + Y) made by users who come where nobody is; without own feedback to the initial model."""
    state = start_state(rows, "initial")
    own = np.flatnonzero(rows.model.games.personalization[rows.game] > 0.0)
    if own.size:
        state[own] = best_response(rows.take(own), np.zeros((own.size, state.shape[1])))
    return state


def _closing(rows: Rows, limit: Limit) -> Limit:
    """The limit as a state (N, b, R(y)); the crowd of nobody keeps its direction."""
    mass = limit.state[:, :1] + rows.model.games.prior[rows.game][:, None]
    limit.state[:, 1:] *= np.where(mass > 0, mass, VANISHING)
    limit.state[:, :1] = np.where(mass > 0, limit.state[:, :1], VANISHING)
    return limit


def _map_of(rows: Rows, mirror: NDArray[np.bool_]) -> tuple[Map, Derivative]:
    """The best response on some of the rows as a map of (N, rho, r(y)), and its derivative.

    Rows flagged in `mirror` start symmetric in a symmetric game and so stay symmetric forever; rounding is
    not allowed to break that. If nobody responds and nu = 0, everybody leaves and the crowd does not turn.
    """

    def bounded(state: Array) -> Array:
        """The crowd of (N, rho, r): rho and r are averages in [-1, 1]."""
        return np.minimum(np.maximum(state[:, 1:], -1.0), 1.0)

    def unit(part: Rows, state: Array) -> Array:
        """A state (N, b, R) with N = 1 and the same crowd."""
        mass = 1.0 + part.model.games.prior[part.game][:, None]
        return np.concatenate([np.ones_like(mass), mass * bounded(state)], axis=1)

    def step(some: Index, state: Array) -> Array:
        part = rows.take(some)
        response = _symmetric(rows, respond(part, faced(part, bounded(state)).v), mirror[some])
        image = _state_of(part, response)
        left = (response[:, 0] <= TINY) & (part.model.games.prior[part.game] == 0)
        image[left, 1:] = state[left, 1:]
        return image

    def derive(some: Index, state: Array) -> Linear:
        part, even = rows.take(some), mirror[some]
        prior = part.model.games.prior[part.game][:, None]
        slope = tangent(part, unit(part, state))
        image = slope.image()
        mass = image[:, :1] + prior
        scale = np.divide(1.0, mass, out=np.zeros_like(mass), where=mass > TINY)
        feedback = image[:, 1:] * scale
        left = ((mass <= TINY) & (prior == 0))[:, 0]

        def product(change: Array) -> Array:
            shifted = _symmetric(rows, np.broadcast_to(change, state.shape), even) * (1.0 + prior)
            shifted[:, 0] = 0.0
            turned = _symmetric(rows, slope(shifted), even)
            turned[:, 1:] = (turned[:, 1:] - feedback * turned[:, :1]) * scale
            turned[left] = shifted[left]
            return turned

        return product

    return step, derive


def _gap(_: Index, one: Array, other: Array) -> Array:
    """Largest difference of two states (N, rho, r(y)), (R,)."""
    return np.asarray(np.abs(one - other).max(axis=1))


def _symmetric(rows: Rows, state: Array, mirror: NDArray[np.bool_]) -> Array:
    """States (R, 2 + Y) with those flagged in `mirror` made symmetric; on half grids all of them are."""
    if rows.model.y.half:
        return state
    if mirror.all():
        return reflect(state)
    return np.where(mirror[:, None], reflect(state), state) if mirror.any() else state


def state_distance(rows: Rows, one: Array, other: Array) -> Array:
    """Largest difference of two states in N, rho and r(y), (R,)."""
    gap = crowd(rows, one)
    gap -= crowd(rows, other)
    largest = np.abs(gap, out=gap).max(axis=1)
    return np.asarray(np.maximum(largest, np.abs(one[:, 0] - other[:, 0])))


def adjust_from(rows: Rows, starts: Sequence[str], tol: float) -> list[Limit]:
    """Limits of adjustment from each of some starts, in one batch."""
    count, every = len(rows), np.tile(np.arange(len(rows)), len(starts))
    states = np.concatenate([start_state(rows, name) for name in starts])
    symmetric = np.repeat([name in SYMMETRIC for name in starts], count)
    mirror = rows.model.mirror[rows.game[every]] & symmetric
    limit = adjust(rows.take(every), states, mirror, tol)
    return [limit.take(slice(s * count, (s + 1) * count)) for s in range(len(starts))]


def _selected(rows: Rows, selection: Selection, tol: float) -> Limit:
    """The equilibrium that a rule chooses among the limits of adjustment."""
    limits = adjust_from(rows, selection.starts, tol)
    rank = np.stack([np.where(each.converged, selection.rank(each.state[:, 0]), -np.inf) for each in limits])
    chosen = np.argmax(rank > rank.max(axis=0) - SAME, axis=0)
    result = limits[0]
    for number in range(1, len(limits)):
        some = np.flatnonzero(chosen == number)
        result.put(some, limits[number].take(some))
    return result
