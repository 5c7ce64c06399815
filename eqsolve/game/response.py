"""The users' best response, given quality, intensity and the feedback of those who take part.

The crowd enters only through moments of participation: total mass N, signed mass b = sum_j lambda_j w_j N_j
and the unnormalized reward R(y) = sum_j lambda_j w_j ∫ P_j s g_j dx. A state is the row vector
(N, b, R(y_1), ..., R(y_Y)); the best-response map T takes states to states (docs/model.md, Participation).
Because T is linear in P, best-response adjustment dP/dtau = H(v[P]) - P projects exactly to
dz/dtau = T(z) - z.
"""

from __future__ import annotations

import numpy as np

from eqsolve.game.discretization import Discretization
from eqsolve.game.games import Games, Index
from eqsolve.game.match import Match, Shown, expected_match
from eqsolve.game.own import OwnFeedback, own_feedback
from eqsolve.numerics.pieces import Pieces, crossings, cut, project
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record

EXPONENT_CEILING = 700.0
"""exp(700) is the largest power of e in double precision: values below -1e304 keep everybody out."""

STRONG = 300.0
"""Powers of e up to this one, and their products with masses and tables, need no scaling."""

TINY = float(np.finfo(np.float64).tiny)
"""Masses below the smallest normal number are none: their inverse is not a number."""


@record
class Rows:
    """Rows (game, q, beta) with everything that an iteration needs, gathered.

    Attributes (R rows, J segments):
        model: the tables that the rows refer to.
        game: number of the game of each row, (R,).
        q, beta: quality and intensity, (R,) each.
        own: integrals of exp(c s) and s exp(c s) with c = beta zeta w_j; None where zeta = 0.
        own_of: number of the power c of each row and segment, (R, J).
    """

    model: Discretization
    game: Index
    q: Array
    beta: Array
    own: OwnFeedback | None
    own_of: Index

    def __len__(self) -> int:
        return self.q.size

    def take(self, rows: Index | slice) -> Rows:
        """Return some of the rows; tables are shared."""
        return Rows(self.model, self.game[rows], self.q[rows], self.beta[rows], self.own, self.own_of[rows])


def make_rows(model: Discretization, game: Index, q: Array, beta: Array) -> Rows:
    """Gather rows and prepare own feedback, once for each distinct (kernel, beta zeta w_j)."""
    games = model.games
    if not games.personalization.any():
        return Rows(model, game, q, beta, None, np.zeros((q.size, 1), dtype=np.intp))
    power = _power(games, game, beta)
    pair = model.kernel_of[game][:, None] + 1j * power  # complex numbers are sorted by their parts, in order
    distinct, own_of = np.unique(pair, return_inverse=True)
    own = own_feedback(model, distinct.real.astype(np.intp), distinct.imag)
    return Rows(model, game, q, beta, own, own_of.reshape(power.shape))


def own_power(rows: Rows) -> Array:
    """What a user's own feedback is worth, c = beta zeta w_j, (R, J)."""
    return _power(rows.model.games, rows.game, rows.beta)


def _crowd_power(rows: Rows) -> Array:
    """What the crowd's feedback is worth, beta (1 - zeta), (R,)."""
    return np.asarray(rows.beta * (1.0 - rows.model.games.personalization[rows.game]))


def _power(games: Games, game: Index, beta: Array) -> Array:
    return np.asarray((beta * games.personalization[game])[:, None] * games.w[game])


@record
class Values:
    """What users face: value v_j(x), (R, J, X); quality Q_j, (R, J); the outputs that shape it.

    remaining is the share of the gap 1 - q that feedback leaves open, (R, J); tilt is
    f_0 exp(beta (1 - zeta) r) at the output nodes up to a factor of each row, (R, Y), and factor is it
    without f_0.
    """

    v: Array
    quality: Array
    remaining: Array
    tilt: Array
    factor: Array
    match: Match


def crowd(rows: Rows, state: Array) -> Array:
    """Average feedback quality rho and reward r(y), (R, 1 + Y); zero where nobody gave feedback."""
    mass = state[:, 0] + rows.model.games.prior[rows.game]
    scale = np.divide(1.0, mass, out=np.zeros_like(mass), where=mass > TINY)
    return np.asarray(state[:, 1:] * scale[:, None])


def values(rows: Rows, state: Array, *, marginal: bool = False) -> Values:
    """Value of taking part for every segment and taste, given the crowd; `marginal` if its change matters."""
    return faced(rows, crowd(rows, state), marginal=marginal)


def faced(rows: Rows, feedback: Array, *, marginal: bool = False) -> Values:
    """The same, given rho and r(y), (R, 1 + Y)."""
    tilt, factor = tilted(rows, feedback[:, 1:])
    if rows.own is None or _crowd_power(rows).any():
        match = expected_match(shown(rows, tilt, factor), marginal=marginal)
    else:  # users who learn from nobody else see the same at all qualities
        models = np.column_stack([rows.game, rows.own_of])
        _, first, which = np.unique(models, axis=0, return_index=True, return_inverse=True)
        some = expected_match(shown(rows.take(first), tilt[first], factor[first]))
        match = Match(some.expected[which.ravel()])
    quality, remaining = learned(rows, feedback[:, 0])
    misfit = 1.0 - match.expected
    v = quality[:, :, None] - rows.model.games.misfit[rows.game][:, None, None] * misfit
    return Values(v, quality, remaining, tilt, factor, match)


def tilted(rows: Rows, reward: Array) -> tuple[Array, Array]:
    """Masses of f_0 exp(beta (1 - zeta) r) at the output nodes, and factors of f_0, from r(y), (R, Y) each.

    Both up to a factor of each row.
    """
    model, pull = rows.model, _crowd_power(rows)
    exponent = pull[:, None] * reward
    if pull.max(initial=0.0) > STRONG:
        exponent -= exponent.max(axis=1, keepdims=True)
    factor = np.exp(exponent)
    return model.outputs[model.output_of[rows.game]] * factor, factor


def learned(rows: Rows, rho: Array) -> tuple[Array, Array]:
    """Quality Q_j after fine-tuning and the share of 1 - q left open, (R, J) each, given rho (R,)."""
    games = rows.model.games
    zeta = games.personalization[rows.game]
    feedback = ((1.0 - zeta) * rho)[:, None] + zeta[:, None] * games.w[rows.game]
    fading = -(games.learning[rows.game] * rows.beta)[:, None] * feedback
    remaining = np.exp(np.minimum(fading, EXPONENT_CEILING))
    return 1.0 - (1.0 - rows.q)[:, None] * remaining, remaining


def shown(rows: Rows, tilt: Array, factor: Array) -> Shown:
    """The models that rows' users get, from masses tilted by the crowd's reward and their factor, (R, Y)."""
    return Shown(rows.model, rows.game, rows.own, rows.own_of, own_power(rows), tilt, factor)


def initial_values(rows: Rows) -> Array:
    """Value of taking part in the initial model (beta = 0), (R, J, X)."""
    model, games = rows.model, rows.model.games
    match = model.initial_match[model.initial_of[rows.game]]
    v = rows.q[:, None] - games.misfit[rows.game][:, None] * (1.0 - match)
    return np.repeat(v[:, None, :], games.share.shape[1], axis=1)


def levels(rows: Rows) -> Array:
    """Levels of v at which the cost law asks for a cut, (R, L)."""
    games = rows.model.games
    return games.law.levels(games.scale[rows.game], games.cost_shape[rows.game])


def cut_panels(rows: Rows, v: Array) -> Pieces | None:
    """The panels of v that a kink crosses; None where the discretization does not resolve them."""
    model = rows.model
    return cut(v, levels(rows), model.x) if model.cut else None


def integrand(rows: Rows, v: Array, name: str, pieces: Pieces | None) -> Array:
    """Nodal values of H(v), S(v) or h(v) ('share', 'surplus', 'density') for integrals over tastes."""
    games = rows.model.games
    scale, shape = games.scale[rows.game], games.cost_shape[rows.game]
    law = getattr(games.law, name)
    plain = law(v, scale[:, None, None], shape[:, None, None])
    if pieces is None:
        return np.asarray(plain)
    return project(
        lambda values, row: law(values, scale[row], shape[row]), v, np.ascontiguousarray(plain), pieces,
        rows.model.x,
    )  # fmt: skip


def masses(rows: Rows, nodal: Array) -> Array:
    """Masses of users at the taste nodes: nodal values (R, J or 1, X) times w_i g_j(x_i), (R, J, X)."""
    return np.asarray(nodal * rows.model.tastes[rows.model.taste_of[rows.game]])


def moments(rows: Rows, mass: Array) -> Array:
    """The state that masses of participating users (R, J, X) make, (R, 2 + Y)."""
    games, model = rows.model.games, rows.model
    by_segment = mass.sum(axis=2)
    share = games.share[rows.game]
    signed = share * games.w[rows.game]
    voices = model.gather(np.einsum("rj,rjx->rx", signed, mass))
    reward = model.to_output(model.kernel_of[rows.game], voices)
    total = (share * by_segment).sum(axis=1, keepdims=True)
    return np.concatenate([total, (signed * by_segment).sum(axis=1, keepdims=True), reward], axis=1)


def respond(rows: Rows, v: Array) -> Array:
    """The state made by everybody who gains from taking part at values v."""
    v = _distinct(rows, v)
    pieces = cut_panels(rows, v)
    return moments(rows, masses(rows, integrand(rows, v, "share", pieces)))


def _distinct(rows: Rows, v: Array) -> Array:
    """Values of the first segment, (R, 1, X), where all segments see the same: without own feedback."""
    return np.ascontiguousarray(v[:, :1]) if rows.own is None else v


def best_response(rows: Rows, state: Array) -> Array:
    """The map T, (R, 2 + Y) to (R, 2 + Y)."""
    return respond(rows, values(rows, state).v)


def reflect(state: Array) -> Array:
    """The symmetric part of states under x -> 1 - x, y -> 1 - y."""
    reward = state[:, 2:]
    return np.concatenate([state[:, :2], (reward + reward[:, ::-1]) / 2.0], axis=1)


def marginal_masses(rows: Rows, v: Array, pieces: Pieces | None) -> Array:
    """Masses of users who switch per unit of value, (R, J, X): h(v) g_j, or point masses where H jumps."""
    if not rows.model.games.law.jumps:
        return masses(rows, integrand(rows, v, "density", pieces))
    model = rows.model
    found = crossings(v, levels(rows), model.x)
    nodal = np.zeros_like(v)
    density = model.x.rule.lagrange(found.point) / np.abs(found.slope)[:, None] / model.x.rule.weights
    np.add.at(nodal.reshape(-1, model.x.order), found.panel[found.owner], density)
    return masses(rows, nodal)


@record
class Tangent:
    """The derivative of the best-response map at a state, ready to be applied.

    Attributes:
        rows, state: where.
        seen: what users face there.
        pieces: the panels that a kink crosses there.
        switching: marginal masses, (R, J, X).
    """

    rows: Rows
    state: Array
    seen: Values
    pieces: Pieces | None
    switching: Array

    def repeated(self, count: int) -> Tangent:
        """The derivative of a single row for so many changes; what was prepared serves all of them."""
        rows, state = self.rows.take(np.zeros(count, dtype=np.intp)), np.repeat(self.state, count, axis=0)
        return Tangent(rows, state, self.seen, self.pieces, self.switching)

    def image(self) -> Array:
        """The best response to the state, (R, 2 + Y)."""
        v = _distinct(self.rows, self.seen.v)
        return moments(self.rows, masses(self.rows, integrand(self.rows, v, "share", self.pieces)))

    def __call__(self, change: Array) -> Array:
        """Derivative of T in the direction `change`, (R, 2 + Y) to (R, 2 + Y)."""
        return moments(self.rows, self.switching * self.value_change(change))

    def value_change(self, change: Array) -> Array:
        """Change of v_j(x) when the crowd changes, (R, J, X): quality learned plus outputs moved."""
        rows, games, pull = self.rows, self.rows.model.games, _crowd_power(self.rows)
        if not pull.any():
            return np.zeros_like(self.seen.v)
        shifted = change[:, 1:] - change[:, :1] * crowd(rows, self.state)
        mass = self.state[:, :1] + games.prior[rows.game][:, None]
        shifted = np.divide(shifted, mass, out=np.zeros_like(shifted), where=mass > TINY)
        tilt, factor = (each * shifted[:, 1:] for each in (self.seen.tilt, self.seen.factor))
        moved = self.seen.match.change(shown(rows, tilt, factor))
        learned = (games.learning[rows.game] * pull * shifted[:, 0])[:, None] * (1.0 - self.seen.quality)
        better_match = (games.misfit[rows.game] * pull)[:, None, None] * moved
        return np.asarray(learned[:, :, None] + better_match)


def tangent(rows: Rows, state: Array) -> Tangent:
    """Prepare the derivative of the best-response map at states (R, 2 + Y)."""
    seen = values(rows, state, marginal=True)
    v = _distinct(rows, seen.v)
    pieces = cut_panels(rows, v)
    return Tangent(rows, state, seen, pieces, marginal_masses(rows, v, pieces))
