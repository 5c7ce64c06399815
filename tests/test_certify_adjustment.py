"""The certificate's own way to limits of adjustment: flows with known limits, and users of real games."""

import warnings

import numpy as np
import pytest
from scipy.integrate import LSODA, solve_ivp

from eqsolve import Params
from eqsolve.certificate.acceleration import accelerate
from eqsolve.certificate.adjustment import Slopes
from eqsolve.certificate.exponential import Flow, contract, follow
from eqsolve.certificate.rosenbrock import follow_stiff
from eqsolve.certificate.stiff import follow_single
from eqsolve.certificate.users import open_users
from eqsolve.game.games import columns
from eqsolve.game.response import best_response, initial_values, make_rows, respond
from eqsolve.selections import SELECTIONS

INITIAL = SELECTIONS["initial"]


def distance(_, one, other):
    return np.abs(one - other).max(axis=1)


def flow_of(function, slope):
    """A flow of states (R, D) from T and its derivative, (D,) to (D,) and (D, D)."""

    def step(_, states):
        return np.array([function(z) for z in states])

    def derive(_, states):
        tables = np.array([np.atleast_2d(slope(z)) for z in states])
        return lambda change: np.einsum("rij,rj->ri", tables, np.broadcast_to(change, states.shape))

    derive.whole = lambda _, z: np.atleast_2d(slope(z))

    def stable(_, states):
        return np.array([np.linalg.eigvals(np.atleast_2d(slope(z))).real.max() < 1 for z in states])

    return Flow(step, distance, stable, 1e-12), derive


def cubic(rest, speed=1.0):
    """T(z) = z - speed (z - a)(z - b)(z - c) on a line: b is unstable."""
    a, b, c = rest

    def function(z):
        return z - speed * (z - a) * (z - b) * (z - c)

    def slope(z):
        return 1 - speed * ((z - b) * (z - c) + (z - a) * (z - c) + (z - a) * (z - b))

    return function, slope


def linear(matrix, rest):
    matrix, rest = np.atleast_2d(matrix), np.asarray(rest, float)
    return (lambda z: rest + matrix @ (z - rest)), (lambda z: matrix)


FLOWS = {
    "contracting": (*linear(0.2, [0.5]), [0.1], [0.5]),
    "slow": (*linear(1 - 1e-3, [0.5]), [0.1], [0.5]),
    "very slow": (*linear(1 - 1e-6, [0.5]), [0.1], [0.5]),
    "oscillating": (*linear([[0.5, -3], [3, 0.5]], [5, 5]), [4.6, 4.7], [5, 5]),
    "stiff": (*linear(-1e3, [0.5]), [0.1], [0.5]),
    "very stiff": (*linear(np.diag([-1e6, 0.5]), [0.5, 0.3]), [0.1, 0.9], [0.5, 0.3]),
    "nobody answers at first": (
        lambda z: np.maximum(1 - 20 * z, 0),
        lambda z: np.diag(np.where(z < 0.05, -20.0, 0.0)),
        [0.7],
        [1 / 21],
    ),
    "from below": (*cubic((0.2, 0.3, 0.52), 40), [0.01], [0.2]),
    "from above": (*cubic((0.2, 0.3, 0.52), 4), [0.9], [0.52]),
    "just below the middle": (*cubic((0.2, 0.3, 0.52), 4), [0.2999], [0.2]),
    "just above the middle": (*cubic((0.2, 0.3, 0.52), 4), [0.3001], [0.52]),
}
"""T, its derivative, the start, and the limit."""


def ways(flow, derive, start):
    """The limits by each method alone, and by all in turn."""
    rows, start = np.zeros(1, dtype=int), np.array([start])
    ends = [
        follow(flow, rows, start),
        follow_stiff(flow, derive, rows, start),
        follow_single(flow, derive, rows, start),
    ]
    return ends, next(end for end in [*ends[:2], ends[2]] if end.solved[0] or end is ends[2])


@pytest.mark.parametrize(("function", "slope", "start", "limit"), FLOWS.values(), ids=FLOWS)
def test_flows_end_where_they_lead(function, slope, start, limit):
    """A method may give up, never mislead; together they find the limit."""
    ends, found = ways(*flow_of(function, slope), start)
    assert found.solved[0]
    for end in ends:
        assert not end.solved[0] or end.state[0] == pytest.approx(limit, rel=0, abs=2e-6)


def test_warnings_of_the_multistep_method_stay_inside(monkeypatch):
    step = LSODA.step
    monkeypatch.setattr(
        LSODA, "step", lambda self: (warnings.warn("no convergence", stacklevel=2), step(self))
    )
    flow, derive = flow_of(*linear(0.2, [0.5]))
    assert follow_single(flow, derive, np.zeros(1, dtype=int), np.array([[0.1]])).solved.all()


@pytest.mark.parametrize("offset", [1e-2, 1e-4, -1e-4, -1e-2])
def test_a_saddle_that_is_passed_closely_is_left_again(offset):
    """Away from x = 1/2 to 0.3 or 0.7, and towards y = 1/2: the path slows down at the saddle."""

    def force(z):
        x, y = z[0] - 0.5, z[1] - 0.5
        return np.array([x * (0.04 - x * x) * 20, -0.9 * y])

    def slope(z):
        x = z[0] - 0.5
        return np.eye(2) + np.array([[20 * (0.04 - 3 * x * x), 0], [0, -0.9]])

    start = [0.5 + offset, 0.9]
    truth = solve_ivp(lambda _, z: force(z), (0, 100), start, rtol=1e-10, atol=1e-12).y[:, -1]
    assert truth == pytest.approx([0.5 + np.sign(offset) * 0.2, 0.5], rel=0, abs=1e-8)
    ends, found = ways(*flow_of(lambda z: z + force(z), slope), start)
    assert found.solved[0]
    for end in ends:
        assert not end.solved[0] or end.state[0] == pytest.approx(truth, rel=0, abs=1e-8)


def test_contraction_is_not_seen_where_the_map_leads_elsewhere():
    """Picard's iteration from 0.29 jumps over the unstable point at 0.3: no contraction, no answer."""
    flow, _ = flow_of(*cubic((0.2, 0.3, 0.52), 40))
    end = contract(flow, np.zeros(1, dtype=int), np.array([[0.01]]))
    assert not end.solved[0] or end.state[0, 0] == pytest.approx(0.2)


def test_acceleration_solves_rows_apart():
    rest = np.linspace(0.1, 0.9, 7)[:, None]
    rate = np.linspace(-0.9, 0.9, 7)[:, None]

    def step(rows, z):
        return rest[rows] + rate[rows] * (z - rest[rows]) + 0.1 * (z - rest[rows]) ** 2

    end = accelerate(step, distance, np.arange(7), np.full((7, 1), 0.5), 1e-13, 30)
    assert end.solved.all() and end.state == pytest.approx(rest, rel=0, abs=1e-11)


GAMES = {
    "paper": {},
    "no own feedback": {"finetuning.personalization": 0.0},
    "misleading": {"users.segments.low.share": 0.8, "users.segments.high.share": 0.2},
    "prior": {"finetuning.feedback_prior": 0.1},
    "point costs": {"users.transaction_cost": {"dist": "point", "scale": 0.3}},
    "lognormal": {"users.transaction_cost": {"dist": "lognormal", "scale": 0.3, "sigma": 0.5}},
    "asymmetric": {"model.outputs": {"dist": "beta", "a": 2.0, "b": 3.0}},
    "linear": {"users.match": {"kind": "linear"}, "finetuning.strength": 2.0},
}


@pytest.mark.parametrize("keys", GAMES.values(), ids=GAMES)
def test_participation_is_that_of_the_oracle(keys):
    """Independent of the solver: tests/oracle.py integrates the same flow on a mesh of its own."""
    from oracle import Oracle

    params = Params().replace(keys)
    users, oracle = (
        open_users(columns([params]), INITIAL),
        Oracle(params.model_dump(mode="json")),
    )
    q = np.array([0.4, 0.8])
    for beta in (0.0, params.finetuning.strength):
        seen = users.at(np.zeros(2, dtype=int), q, np.full(2, beta))
        truth = [oracle.evaluate(float(x), beta) for x in q]
        assert seen.solved.all()
        assert seen.total[:, 0] == pytest.approx([t.participation for t in truth], rel=0, abs=1e-8)
        assert seen.total[:, 1] == pytest.approx([t.user_surplus for t in truth], rel=0, abs=1e-8)
        assert seen.by_segment == pytest.approx(np.array([t.by_segment for t in truth]), rel=0, abs=1e-8)
        if beta:
            assert seen.rho == pytest.approx([t.feedback_quality for t in truth], rel=0, abs=1e-8)


@pytest.mark.parametrize("selection", ["highest", "lowest"])
def test_selection_chooses_among_the_limits_from_all_starts(selection):
    """Feedback that misleads, mostly, with a crowd that must be had: nobody stays where nobody is."""
    params = Params().replace({"finetuning.strength": 8.0, "users.transaction_cost.scale": 0.7})
    table = columns([params])
    q = np.linspace(0.1, 0.9, 5)
    at = np.zeros(5, dtype=int), q, np.full(5, 8.0)
    chosen = open_users(table, SELECTIONS[selection]).at(*at)
    history = open_users(table, INITIAL).at(*at)
    assert chosen.solved.all() and history.solved.all()
    sign = 1 if selection == "highest" else -1
    assert (sign * (chosen.total[:, 0] - history.total[:, 0]) >= -1e-6).all()


def test_equal_choices_are_evaluated_once_and_rows_stay_apart():
    users = open_users(columns([Params(), Params().replace({"users.misfit_cost": 0.3})]), INITIAL)
    market, q = np.array([0, 1, 0, 1]), np.array([0.5, 0.5, 0.5, 0.7])
    seen = users.at(market, q, np.full(4, 4.0))
    assert seen.total[0, 0] == seen.total[2, 0] != seen.total[1, 0]
    alone = users.at(market[3:], q[3:], np.full(1, 4.0))
    assert seen.total[3] == pytest.approx(alone.total[0], rel=0, abs=1e-11)


def test_a_crowd_near_a_symmetric_saddle_goes_to_its_side():
    """Tastes at both ends: a crowd that leans to one is served, and kept, ever better there.

    The limit of the flow itself, by an integrator of scipy, is the reference.
    """
    from eqsolve.certificate.adjustment import adjust, flow_of
    from eqsolve.game.response import make_rows
    from eqsolve.game.starts import start_state

    params = Params().replace(
        {
            "finetuning.strength": 20.0,
            "finetuning.personalization": 0.0,
            "users.misfit_cost": 1.0,
            "users.segments.high.tastes": {"dist": "beta", "a": 0.5, "b": 0.5},
            "users.segments.low.tastes": {"dist": "beta", "a": 0.5, "b": 0.5},
        }
    )
    users = open_users(columns([params]), SELECTIONS["highest"])
    rows = make_rows(users.model, np.zeros(2, dtype=int), np.full(2, 0.8), np.full(2, 20.0))
    lean = 1e-3 * (start_state(rows, "left") - start_state(rows, "right"))
    start = start_state(rows, "everybody") + np.array([[1.0], [-1.0]]) * lean
    free = np.zeros(2, dtype=bool)
    flow, end = flow_of(rows, free), adjust(rows, start, free)
    assert end.solved.all()
    for i in range(2):
        one = np.array([i])
        path = solve_ivp(
            lambda _, z, one=one: flow.step(one, z[None])[0] - z, (0, 200), start[i], method="LSODA",
            rtol=1e-8, atol=1e-12,
        )  # fmt: skip
        assert flow.distance(one, end.state[one], path.y[:, -1:].T)[0] < 1e-6
    assert flow.distance(np.array([0]), end.state[:1], end.state[1:])[0] > 1e-2


@pytest.mark.parametrize(
    "keys", [{}, {"finetuning.personalization": 0.0}, {"model.draws": 3}, {"users.match": {"kind": "linear"}}]
)
def test_the_derivative_as_a_whole_is_that_of_all_changes(keys):
    rows = open_users(columns([Params().replace(keys)]), INITIAL).model
    rows = make_rows(rows, np.zeros(1, dtype=int), np.array([0.5]), np.array([4.0]))
    state = best_response(rows, respond(rows, initial_values(rows)))[0]
    slopes, every = Slopes(rows, np.zeros(1, dtype=bool)), np.zeros(state.size, dtype=int)
    one_by_one = slopes(every, np.tile(state, (state.size, 1)))(np.eye(state.size)).T
    assert np.abs(one_by_one).max() > 1e-3
    np.testing.assert_allclose(slopes.whole(every[:1], state), one_by_one, rtol=0, atol=1e-14)
