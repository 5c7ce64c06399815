"""Stage 3: who takes part, given quality and intensity (docs/model.md, Participation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.response import (
    Rows,
    best_response,
    crowd,
    initial_values,
    masses,
    moments,
    reflect,
    respond,
    tangent,
)
from eqsolve.numerics.fixed_point import Distance, Index, Limit, Map, anderson, approach, settle
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.spectrum import Linear, leading_direction, leading_eigenvalue
from eqsolve.numerics.stiff import Derivative, follow_stiff

STARTS = ("initial", "everybody", "nobody", "left", "right", "center", "ends")
"""Where best-response adjustment is started to find equilibria: participation in the initial model, by all,
by none, by tastes below and above 1/2, within 1/4 of 1/2, and beyond it."""

SELECTIONS = ("initial", "highest", "lowest")
"""Rules that choose among several participation equilibria."""

PRECISE = 1e-13
"""Residual to which an equilibrium is solved, in N, rho and r(y)."""

SAME = 1e-6
"""Equilibria closer than this, in N, rho and r(y), are one."""

SMEARED = 1e-7
"""Residual to which participation is solved before kinks are resolved."""

ALIKE = 10.0 * SMEARED
"""Limits with smeared kinks that are this close are one."""

SMEARING = 0.01
"""Farthest that resolving kinks may move an equilibrium, in N, rho and r(y)."""

VANISHING = 1e-100
"""Mass that stands for nobody while the direction in which participation vanished is remembered."""

FOOTHOLD = 1e-3
"""Mass of participants from which adjustment is followed by the general method."""

TURN = 0.02
"""Change of the crowd's rho and r(y) in a step that counts as none while few users take part."""

AT_REST = 1e-10
"""Change of few users' mass, as a share of it, and of the crowd's rho and r(y) that counts as none."""

KICK = 0.02
"""How far a row is pushed off an unstable equilibrium, along the direction in which its path leaves."""


Adjustment = Callable[[Rows, Array, NDArray[np.bool_], float], Limit]
"""Rows, starts, symmetric rows and tolerance to limits: `adjust` or another way to the same."""


@dataclass(frozen=True)
class Participation:
    """Participation equilibria of rows (game, q, beta).

    Attributes:
        state: moments of participation (see `eqsolve.game.response`), (R, 2 + Y).
        first: mass of users who take part in the initial model, (R,).
        residual: largest change of N, rho and r under the best response, (R,).
        solved: whether an equilibrium was reached, (R,).
    """

    state: Array
    first: Array
    residual: Array
    solved: NDArray[np.bool_]


def participate(
    rows: Rows, selection: str = "initial", tol: float = PRECISE, follow: Adjustment | None = None
) -> Participation:
    """Solve the participation stage of every row under a selection rule.

    Args:
        rows: games, qualities and intensities.
        selection: one of `SELECTIONS`.
        tol: residual to be reached.
        follow: how the limits of adjustment from the initial model are found; by `adjust` by default.
    """
    state = respond(rows, initial_values(rows))
    first = state[:, 0].copy()
    residual, solved = np.zeros(len(rows)), np.ones(len(rows), dtype=bool)
    tuned = np.flatnonzero(rows.beta > 0)
    if tuned.size:
        part = rows.take(tuned)
        if selection == "initial":
            limit = (follow or adjust)(part, state[tuned], part.model.mirror[part.game], tol)
        else:
            limit = _extreme(part, selection, tol)
        state[tuned], residual[tuned], solved[tuned] = limit.state, limit.residual, limit.converged
    return Participation(state, first, residual, solved)


def adjust(
    rows: Rows, start: Array, mirror: NDArray[np.bool_], tol: float, leader: Index | None = None
) -> Limit:
    """Limit of best-response adjustment from `start`, (R, 2 + Y).

    Where kinks are resolved, rows that are led straight to their limit are first led there with kinks
    smeared over the grid, at a tenth of the cost. If the precise limit is not close to the smeared one, they
    start over: smearing could have put them into another basin.

    Args:
        rows, start: see above.
        mirror: rows that start symmetric in a symmetric game, (R,).
        tol: residual to be reached.
        leader: a row with the same game, q and beta as each, (R,), to make limits that agree precise once.
    """
    if not rows.model.cut or rows.model.games.law.jumps:
        return _follow(rows, start, mirror, tol)
    smeared, every = replace(rows, model=replace(rows.model, cut=False)), np.arange(len(rows))
    limit = approach(*_map_of(smeared, mirror), every, start, max(tol, SMEARED))
    straight = np.flatnonzero(limit.converged & (start[:, 0] > FOOTHOLD))
    near = Limit(start.copy(), np.full(len(rows), np.inf), *np.zeros((2, len(rows)), dtype=bool))
    if straight.size:
        first = (every if leader is None else leader)[straight]
        at = np.searchsorted(straight, first, side="right") - 1
        lead = np.where(straight[at] == first, at, every[: straight.size])
        part, begin = rows.take(straight), limit.state[straight]
        found = _polish_once(part, begin, mirror[straight], tol, lead)
        close = state_distance(part, begin, found.state) <= SMEARING
        near.state[straight], near.residual[straight] = found.state, found.residual
        near.converged[straight] = near.direct[straight] = found.converged & close
    again = np.flatnonzero(~near.converged)
    if again.size:
        limit = _follow(rows.take(again), start[again], mirror[again], tol)
        near.state[again], near.residual[again] = limit.state, limit.residual
        near.converged[again], near.direct[again] = limit.converged, limit.direct
    return near


def _map_of(rows: Rows, mirror: NDArray[np.bool_]) -> tuple[Map, Distance]:
    """The best-response map on some of the rows, and the distance in which it converges."""

    def step(some: Index, state: Array) -> Array:
        image = _symmetric(rows, best_response(rows.take(some), state), mirror[some])
        return _vanish(rows.model.games.prior[rows.game[some]] > 0, state, image)

    def distance(some: Index, one: Array, other: Array) -> Array:
        return state_distance(rows.take(some), one, other)

    return step, distance


def polish(rows: Rows, start: Array, mirror: NDArray[np.bool_], tol: float) -> Limit:
    """The equilibrium next to `start`, (R, 2 + Y)."""
    return anderson(*_map_of(rows, mirror), np.arange(len(rows)), start, tol, 40)


def _polish_once(rows: Rows, start: Array, mirror: NDArray[np.bool_], tol: float, leader: Index) -> Limit:
    """The equilibrium next to `start`, that of the leader for rows that start where it does."""
    alike = state_distance(rows, start, start[leader]) <= ALIKE
    own = np.flatnonzero(~alike | (leader == np.arange(len(rows))))
    found = polish(rows.take(own), start[own], mirror[own], tol)
    number = np.zeros(len(rows), dtype=np.intp)
    number[own] = np.arange(own.size)
    return found.take(np.where(alike, number[leader], number))


def _follow(rows: Rows, start: Array, mirror: NDArray[np.bool_], tol: float) -> Limit:
    """Limit of the flow from `start`.

    Rows flagged in `mirror` start symmetric in a symmetric game and so stay symmetric forever; rounding is
    not allowed to break that. Other rows that come to rest at an unstable equilibrium are sent on their way;
    rough solutions are checked for that only where the path was not direct.
    """
    step, distance = _map_of(rows, mirror)
    limit = settle(step, distance, _depart(rows, start, step, 0.5 if tol > PRECISE else 0.2), tol)
    given_up = np.flatnonzero(~limit.converged) if rows.model.cut else np.zeros(0, dtype=np.intp)
    if given_up.size:
        end = follow_stiff(step, _derivative(rows, mirror), distance, given_up, limit.state[given_up], tol)
        limit.state[given_up], limit.residual[given_up] = end.state, end.residual
        limit.converged[given_up] = end.converged
    for _ in range(3):
        leaving = _unstable(rows, limit, mirror, limit.direct & (mirror | (tol > PRECISE)))
        if not leaving.size:
            break
        part, rest = rows.take(leaving), limit.state[leaving]
        away = leading_direction(tangent(part, rest), start[leaving] - rest)
        again = settle(*_map_of(part, mirror[leaving]), rest + KICK * away, tol)
        limit.state[leaving], limit.residual[leaving] = again.state, again.residual
        limit.converged[leaving], limit.direct[leaving] = again.converged, False
    return limit


def _depart(rows: Rows, start: Array, step: Map, share: float) -> Array:
    """Where the flow goes first from few users or none, if nu = 0.

    The crowd's direction is then that of the first users who come, and it turns as fast as their mass grows:
    steps of a share of the mass follow it up to `FOOTHOLD`, or until they are at rest; the share grows while
    the direction holds. Where nobody follows the few, they leave in that direction.
    """
    live = np.flatnonzero((start[:, 0] < FOOTHOLD) & (rows.model.games.prior[rows.game] == 0))
    if not live.size:
        return start
    start, shares = start.copy(), np.full(len(start), share)
    empty = live[start[live, 0] <= 0]
    if empty.size:
        start[empty] = 1e-3 * step(empty, start[empty])
    for _ in range(500):
        live = live[(start[live, 0] > VANISHING) & (start[live, 0] < FOOTHOLD)]
        if not live.size:
            break
        z = start[live]
        image = step(live, z)
        change = np.abs(image[:, 0] / z[:, 0] - 1.0) + state_distance(rows.take(live), z, image)
        cap = np.where(change < TURN, 1.0, share)[:, None]
        length = np.minimum(shares[live, None] * z[:, :1] / np.maximum(image[:, :1], z[:, :1]), cap)
        forever = image[:, :1] <= 2.0 * VANISHING
        start[live] = np.where(forever, image, z + length * (image - z))
        turn = state_distance(rows.take(live), z, start[live])
        shares[live] = np.where(turn < TURN, 2.0 * shares[live], share)
        live = live[(image[:, 0] > 0) & (change > AT_REST)]
    return start


def _vanish(continuous: NDArray[np.bool_], state: Array, image: Array) -> Array:
    """Where everybody leaves and nu = 0, participation decays in a constant direction, which is kept."""
    leaving = (image[:, 0] <= 0) & (state[:, 0] > 0) & ~continuous
    if leaving.any():
        image[leaving] = state[leaving] * (VANISHING / state[leaving, :1])
    return image


def _symmetric(rows: Rows, state: Array, mirror: NDArray[np.bool_]) -> Array:
    """States (R, 2 + Y) with those flagged in `mirror` made symmetric; on half grids all of them are."""
    if rows.model.y.half:
        return state
    if mirror.all():
        return reflect(state)
    return np.where(mirror[:, None], reflect(state), state) if mirror.any() else state


def _unstable(rows: Rows, limit: Limit, mirror: NDArray[np.bool_], exempt: NDArray[np.bool_]) -> Index:
    """Rows at rest at an equilibrium that the flow would leave again, those in `mirror` symmetrically."""
    checked = np.flatnonzero(limit.converged & ~exempt & (limit.state[:, 0] > 0))
    if not checked.size:
        return checked
    product = _derivative(rows, mirror)(checked, limit.state[checked])
    return np.asarray(checked[leading_eigenvalue(product, limit.state.shape[1]) > 1.0 + 1e-6])


def _derivative(rows: Rows, mirror: NDArray[np.bool_]) -> Derivative:
    """The derivative of the best-response map, among symmetric changes for rows in `mirror`."""

    def derive(some: Index, state: Array) -> Linear:
        slope, even = tangent(rows.take(some), state), mirror[some]

        def product(change: Array) -> Array:
            change = np.broadcast_to(change, state.shape)
            return _symmetric(rows, slope(_symmetric(rows, change, even)), even)

        return product

    return derive


def state_distance(rows: Rows, one: Array, other: Array) -> Array:
    """Largest difference of two states in N, rho and r(y), (R,)."""
    gap = crowd(rows, one)
    gap -= crowd(rows, other)
    largest = np.abs(gap, out=gap).max(axis=1)
    return np.asarray(np.maximum(largest, np.abs(one[:, 0] - other[:, 0])))


def start_state(rows: Rows, name: str) -> Array:
    """The state in which adjustment starts, (R, 2 + Y); `name` is one of `STARTS`."""
    if name == "initial":
        return respond(rows, initial_values(rows))
    x = rows.model.x.x
    taking_part = {
        "everybody": np.ones_like(x),
        "nobody": np.zeros_like(x),
        "left": (x < 0.5).astype(np.float64),
        "right": (x > 0.5).astype(np.float64),
        "center": (np.abs(x - 0.5) < 0.25).astype(np.float64),
        "ends": (np.abs(x - 0.5) > 0.25).astype(np.float64),
    }[name]
    shape = (len(rows), rows.model.games.share.shape[1], x.size)
    return moments(rows, masses(rows, np.broadcast_to(taking_part, shape)))


def adjust_from_all(rows: Rows, tol: float) -> list[Limit]:
    """Limits of adjustment from each of `STARTS`, in one batch."""
    count, every = len(rows), np.tile(np.arange(len(rows)), len(STARTS))
    starts = np.concatenate([start_state(rows, name) for name in STARTS])
    symmetric = np.repeat([name not in ("left", "right") for name in STARTS], count)
    mirror = rows.model.mirror[rows.game[every]] & symmetric
    limit = adjust(rows.take(every), starts, mirror, tol, leader=every)
    return [limit.take(slice(s * count, (s + 1) * count)) for s in range(len(STARTS))]


def _extreme(rows: Rows, selection: str, tol: float) -> Limit:
    """The equilibrium with the most or the least participation among those found from all starts."""
    limits = adjust_from_all(rows, tol)
    sign = 1.0 if selection == "highest" else -1.0
    rank = np.stack([np.where(limit.converged, sign * limit.state[:, 0], -np.inf) for limit in limits])
    chosen = np.argmax(rank > rank.max(axis=0) - SAME, axis=0)
    every = np.arange(len(rows))
    return Limit(
        np.stack([limit.state for limit in limits])[chosen, every],
        np.stack([limit.residual for limit in limits])[chosen, every],
        np.stack([limit.converged for limit in limits])[chosen, every],
        np.stack([limit.direct for limit in limits])[chosen, every],
    )
