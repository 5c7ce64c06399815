"""The certificate's own way to the limit of best-response adjustment (docs/model.md, Participation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from eqsolve.certificate.acceleration import Flags, Index, Rest, accelerate, at_start, vanished
from eqsolve.certificate.exponential import Flow, contract, follow, settle
from eqsolve.certificate.rosenbrock import follow_stiff
from eqsolve.certificate.stiff import follow_single
from eqsolve.game.response import (
    Rows,
    Tangent,
    best_response,
    crowd,
    reflect,
    tangent,
)
from eqsolve.game.starts import start_state
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.numerics.spectrum import leading_eigenvalue
from eqsolve.selections import SYMMETRIC, Selection


@record
class Adjustment:
    """Settings of adjustment.

    Attributes:
        tol: residual of a limit in N, rho and r(y).
        known: residual at which a limit is still known, where rounding hides the rest.
        crowd: share of users in the initial model that makes a crowd, where nu = 0; fewer are none.
        smeared: participation from which kinks may be ignored while the map is seen to contract.
        contraction: factor by which it must then shrink distances.
        deserted: participation below which a limit may be nobody's.
        same: limits with N this close are equally high.
    """

    tol: float = 1e-12
    known: float = 1e-10
    crowd: float = 1e-12
    smeared: float = 1e-2
    contraction: float = 0.5
    deserted: float = 1e-9
    same: float = 1e-6


ADJUSTMENT = Adjustment()


STAGES = ("direct", "explicit", "implicit", "single")
"""Ways to a limit, each for what the one before it left: most rows need the first alone, few the last."""

CLOSELY = ("single",)
"""The way for rows next to the edge of a basin."""


def limits(
    rows: Rows, selection: Selection, options: Adjustment = ADJUSTMENT, stages: tuple[str, ...] = STAGES
) -> Rest:
    """The selected limit of every row; all have beta > 0. It is known where those from all starts are.

    Args:
        rows: games, qualities and intensities.
        selection: the rule.
        options: settings.
        stages: the ways to be tried, some of `STAGES`; others than all for rules that follow one path.
    """
    ends = (_end(rows, name, options, stages) for name in selection.starts)
    best = next(ends)
    known, rank = best.solved.copy(), np.where(best.solved, selection.rank(best.state[:, 0]), -np.inf)
    for end in ends:
        known &= end.solved
        value = np.where(end.solved, selection.rank(end.state[:, 0]), -np.inf)
        better = np.flatnonzero(value > rank + options.same)
        best.put(better, end.take(better))
        rank[better] = value[better]
    best.solved[:] = known
    return best


def _end(rows: Rows, start: str, options: Adjustment, stages: tuple[str, ...]) -> Rest:
    """The limit from a start of that name."""
    even = rows.model.mirror[rows.game] & (start in SYMMETRIC)
    return adjust(rows, start_state(rows, start), even, options, stages)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # what is not finite is never a limit
def adjust(
    rows: Rows,
    start: Array,
    even: Flags,
    options: Adjustment = ADJUSTMENT,
    stages: tuple[str, ...] = STAGES,
) -> Rest:
    """Limits of dz/dtau = T(z) - z from `start`, (R, 2 + Y).

    Args:
        rows, start: see above.
        even: rows that start symmetric in a symmetric game, and so stay symmetric for ever, (R,).
        options: settings.
        stages: the ways to be tried.
    """
    flow, derive = flow_of(rows, even, options), Slopes(rows, even)
    start, nobody = _first_users(rows, flow, start, options)
    rest = at_start(start)
    rest.residual[nobody], rest.solved[nobody] = 0.0, True
    if "direct" in stages:
        _smeared(rows, flow, start, rest, options)
    left = np.flatnonzero(~rest.solved)
    if left.size:
        start[left] = _alive(rows, flow, left, start[left], rest)
    gone = np.flatnonzero(rest.solved & (rest.state[:, 0] <= GONE))
    for stage in stages:
        left = np.flatnonzero(~rest.solved & np.isfinite(rest.state).all(axis=1))
        if left.size and stage == "direct":
            rest.put(left, contract(flow, left, start[left]))
        elif left.size and stage == "explicit":
            rest.put(left, follow(flow, left, start[left]))
        elif left.size and stage == "implicit":
            rest.put(left, follow_stiff(flow, derive, left, start[left]))
        if stage == "direct":
            _leave_saddles(flow, even, rest)
        few = _deserted(rows, rest, gone, options)
        rest.solved[few] = False
        left = np.flatnonzero(~rest.solved if stage == "single" else few & (stage != "direct"))
        if left.size:
            rest.put(left, follow_single(flow, derive, left, start[left]))
    return rest


def _leave_saddles(flow: Flow, even: Flags, rest: Rest) -> None:
    """Take back limits that are unstable: what contracts in one direction may repel in another.

    A start that keeps a symmetry is exempt: what repels there breaks the symmetry, which the path never does.
    """
    some = np.flatnonzero(rest.solved & ~even & (rest.state[:, 0] > GONE))
    if some.size:
        rest.solved[some] = flow.stable(some, rest.state[some])


def _deserted(rows: Rows, rest: Rest, gone: Index, options: Adjustment) -> Flags:
    """Rows said to end with nobody, though somebody was attracted at first, where nu = 0.

    The map may drop to nothing at any distance from the path, and steps that are not exact may fall there:
    such an end is known from the most careful method alone.
    """
    few = rest.solved & (rest.state[:, 0] < options.deserted)
    few &= rows.model.games.prior[rows.game] == 0
    few[gone] = False
    return few


def flow_of(rows: Rows, even: Flags, options: Adjustment = ADJUSTMENT) -> Flow:
    """The best-response map and the distance in N, rho and r(y), for row numbers and states.

    Where nu = 0 and nobody answers to a crowd, it leaves in a constant direction: the map's value is a mass
    below all others in that direction, so that distances stay defined.
    """
    prior = rows.model.games.prior[rows.game]

    def step(some: Index, state: Array) -> Array:
        image = _even(rows, best_response(rows.take(some), state), even[some])
        leaving = (image[:, 0] <= GONE) & (state[:, 0] > 0) & (prior[some] == 0)
        if leaving.any():
            image[leaving] = state[leaving] * (GONE / state[leaving, :1])
        return image

    def distance(some: Index, one: Array, other: Array) -> Array:
        part = rows.take(some)
        gap = np.abs(crowd(part, one) - crowd(part, other)).max(axis=1)
        return np.asarray(np.maximum(gap, np.abs(one[:, 0] - other[:, 0])))

    def stable(some: Index, state: Array) -> Flags:
        product = Slopes(rows, even)(some, state)
        return np.asarray(leading_eigenvalue(product, state.shape[1]) < 1.0)

    return Flow(step, distance, stable, options.tol)


GONE = 1e-100
"""Mass of a crowd that everybody leaves: far below all that count, far above underflow."""


@record
class Slopes:
    """The derivative of the best-response map, among symmetric changes for rows in `even` (R,)."""

    rows: Rows
    even: Flags

    def __call__(self, rows: Index, state: Array) -> Callable[[Array], Array]:
        """The derivative at states (R, D) of some rows."""
        return self._product(tangent(self.rows.take(rows), state), self.even[rows], state.shape)

    def whole(self, row: Index, state: Array) -> Array:
        """The derivative at a state (D,) of one row (1,), (D, D): prepared once for all changes."""
        size = state.size
        slope = tangent(self.rows.take(row), state[None]).repeated(size)
        return self._product(slope, np.repeat(self.even[row], size), (size, size))(np.eye(size)).T

    def _product(self, slope: Tangent, even: Flags, shape: tuple[int, ...]) -> Callable[[Array], Array]:
        def product(change: Array) -> Array:
            return _even(self.rows, slope(_even(self.rows, np.broadcast_to(change, shape), even)), even)

        return product


def polish(rows: Rows, near: Array, even: Flags, options: Adjustment = ADJUSTMENT) -> Rest:
    """The equilibrium of the branch that goes through `near`, (R, 2 + Y)."""
    flow = flow_of(rows, even, options)
    rest = accelerate(flow.step, flow.distance, np.arange(len(rows)), near, options.tol, 40)
    rest.solved[:] |= rest.residual <= options.known
    return rest


def _first_users(rows: Rows, flow: Flow, start: Array, options: Adjustment) -> tuple[Array, Flags]:
    """Starts without a crowd replaced by the users who come without one; rows where they are nobody."""
    prior = rows.model.games.prior[rows.game]
    nobody = np.zeros(len(rows), dtype=bool)
    few = np.flatnonzero((start[:, 0] < options.crowd) & (prior == 0))
    if few.size:
        start = start.copy()
        start[few] = flow.step(few, np.zeros_like(start[few]))
        nobody[few] = start[few, 0] < options.crowd
        start[nobody] = 0.0
    return start, nobody


def _alive(rows: Rows, flow: Flow, some: Index, start: Array, rest: Rest) -> Array:
    """Starts scaled to the mass that they attract; rows that attract nobody, where nu = 0, are solved.

    With nu = 0 the map depends on the ratio (b, R) / N alone, and so does the path that the ratio takes: a
    start may be scaled, so that nothing is stiff while few take part.
    """
    image = flow.step(some, start)
    free = rows.model.games.prior[rows.game[some]] == 0
    gone = free & (image[:, 0] <= GONE)
    rest.put(some[gone], Rest(image[gone], np.zeros(gone.sum()), np.ones(gone.sum(), dtype=bool)))
    return _scaled(free, start, image)


def _scaled(free: Flags, start: Array, image: Array) -> Array:
    """States of rows in `free` scaled to the mass of their images."""
    scale = np.ones(free.size)
    np.divide(image[:, 0], start[:, 0], out=scale, where=free & (start[:, 0] > 0) & (image[:, 0] > GONE))
    return start * scale[:, None]


def _smeared(rows: Rows, flow: Flow, start: Array, rest: Rest, options: Adjustment) -> None:
    """Solve rows whose map contracts in two steps with kinks smeared over the grid and in one without.

    Not to nobody: the map falls there at once from crowds that the path never meets.
    """
    if rows.model.games.law.density is None or not rows.model.cut:
        return
    rough = flow_of(replace(rows, model=replace(rows.model, cut=False)), np.zeros(len(rows), dtype=bool))
    many = np.flatnonzero(start[:, 0] > options.smeared)
    if not many.size:
        return
    one = rough.step(many, start[many])
    begin = _scaled(rows.model.games.prior[rows.game[many]] == 0, start[many], one)
    two = rough.step(many, one)
    three = flow.step(many, two)
    pairs = ((begin, one), (one, two), (two, three))
    first, second, third = (flow.distance(many, a, b) for a, b in pairs)
    c = options.contraction
    good = np.flatnonzero((second <= c * first) & (third <= np.maximum(c * second, c**4 * first)))
    if good.size:
        found = settle(flow, many[good], three[good], np.maximum(third, second)[good])
        found.solved[:] &= ~vanished(found)
        rest.put(many[good], found)


def _even(rows: Rows, state: Array, even: Flags) -> Array:
    """States with those in `even` made symmetric, so that rounding cannot break what adjustment keeps."""
    if rows.model.y.half or not even.any():
        return state
    return np.where(even[:, None], reflect(state), state)
