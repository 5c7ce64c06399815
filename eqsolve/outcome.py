"""Everything that happens at a given choice of the platform: participation, payoffs, outputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.game.discretization import Discretization
from eqsolve.game.games import Index
from eqsolve.game.outputs import Outputs, describe, output_mass
from eqsolve.game.participation import PRECISE, SAME, VANISHING, participate, polish, state_distance
from eqsolve.game.payoffs import participation_values, surplus_by_segment, user_surplus
from eqsolve.game.response import Rows, crowd, cut_panels, integrand, learned, make_rows, masses
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.selections import Selection


@record
class Outcome:
    """Outcomes of rows (game, q, beta), at one participation equilibrium each.

    Attributes (R rows, J segments, X taste nodes):
        rows: where.
        state, solved: the participation equilibrium (see `eqsolve.game.participation`).
        v: value of taking part, (R, J, X).
        participation, participation_by_segment: N, (R,), and N_j, (R, J).
        feedback_quality: rho; nan where beta = 0, (R,).
        quality_by_segment: Q_j, (R, J).
        user_surplus, user_surplus_by_segment: CS, (R,), and CS_j, (R, J).
        outputs: the distribution f̄.
    """

    rows: Rows
    state: Array
    solved: NDArray[np.bool_]
    v: Array
    participation: Array
    participation_by_segment: Array
    feedback_quality: Array
    quality_by_segment: Array
    user_surplus: Array
    user_surplus_by_segment: Array
    outputs: Outputs


def evaluate(
    model: Discretization, game: Index, q: Array, beta: Array, selection: Selection, near: Array | None = None
) -> Outcome:
    """Play stage 3 at given choices (R,) each and account for everybody.

    Args:
        model: where.
        game, q, beta: the choices.
        selection: rule among participation equilibria.
        near: states next to which adjustment is known to end, (R, 2 + Y); nan where nothing is known.
    """
    rows = make_rows(model, game, q, beta)
    state, solved = np.zeros((len(rows), 2 + model.y.size)), np.zeros(len(rows), dtype=bool)
    near = np.full((len(rows), 1), np.nan) if near is None else near
    known = np.flatnonzero(np.isfinite(near).all(axis=1))
    if known.size:
        part = rows.take(known)
        mirror, steep = model.mirror[part.game] & selection.symmetric, model.games.law.jumps
        found = polish(part, near[known], mirror, PRECISE, steep=steep)
        close = found.converged & (state_distance(part, near[known], found.state) <= SAME)
        state[known[close]], solved[known[close]] = found.state[close], True
    rest = np.flatnonzero(~solved)
    if rest.size:
        anew = participate(rows.take(rest), selection)
        state[rest], solved[rest] = anew.state, anew.solved
    return account(rows, state, solved)


def account(rows: Rows, state: Array, solved: NDArray[np.bool_]) -> Outcome:
    """Payoffs and outputs at given participation equilibria (R, 2 + Y)."""
    v = participation_values(rows, state)
    pieces = cut_panels(rows, v)
    participants = masses(rows, integrand(rows, v, "share", pieces))
    by_segment = participants.sum(axis=2)
    tuned = rows.beta > 0
    rho = crowd(rows, state)[:, 0]
    quality = np.where(tuned[:, None], learned(rows, rho)[0], rows.q[:, None])
    somebody = state[:, 0] > VANISHING
    surplus = surplus_by_segment(rows, v)
    total = (rows.model.games.share[rows.game] * by_segment).sum(axis=1)
    return Outcome(
        rows=rows,
        state=state,
        solved=solved,
        v=v,
        participation=total,
        participation_by_segment=by_segment,
        feedback_quality=np.where(tuned, np.where(somebody, rho, 0.0), np.nan),
        quality_by_segment=quality,
        user_surplus=user_surplus(rows, surplus),
        user_surplus_by_segment=surplus,
        outputs=describe(rows, output_mass(rows, state, participants)),
    )
