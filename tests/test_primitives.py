"""Laws of costs and match kernels: what each says of itself agrees, with any number of parameters."""

from dataclasses import replace

import numpy as np
import pytest

from eqsolve import Params
from eqsolve.game.discretization import discretize
from eqsolve.game.games import columns
from eqsolve.game.grids import needs_of
from eqsolve.game.response import initial_values, make_rows, respond
from eqsolve.primitives.costs import LAWS, CostLaw
from eqsolve.primitives.matches import KERNELS, MatchKernel

C = np.array([0.4])
SHAPES = {law: np.array([[0.7] * len(LAWS[law].parameters)]) for law in LAWS}
STEP = 1e-7
EVENTS = {"uniform": (0.0, 0.4), "point": (0.4,), "exponential": (0.0,), "lognormal": ()}


def values(law, count=4001):
    """Values from below the support to far above the scale, events among them, none closer than STEP."""
    between = np.linspace(-0.2, 3.0, count)
    events = np.array(EVENTS[law])
    return between[np.abs(between[:, None] - events).min(axis=1, initial=1.0) > STEP], events


@pytest.mark.parametrize("law", LAWS)
class TestLaws:
    def test_surplus_is_the_integral_of_the_share(self, law):
        v, _ = values(law)
        low, high = (LAWS[law].surplus(v + side, C, SHAPES[law]) for side in (-STEP, STEP))
        assert (high - low) / (2 * STEP) == pytest.approx(LAWS[law].share(v, C, SHAPES[law]), abs=1e-6)

    def test_the_share_rises_by_the_density_but_at_events(self, law):
        v, _ = values(law)
        low, high = (LAWS[law].share(v + side, C, SHAPES[law]) for side in (-STEP, STEP))
        density = np.zeros_like(v) if LAWS[law].jumps else LAWS[law].density(v, C, SHAPES[law])
        assert (high - low) / (2 * STEP) == pytest.approx(density, abs=1e-5)

    def test_densities_at_events_are_limits_from_above(self, law):
        _, events = values(law)
        there, above, below = (LAWS[law].share(events + side, C, SHAPES[law]) for side in (0.0, STEP, -STEP))
        if LAWS[law].jumps:
            assert np.all(there == above) and np.all(there > below)
            return
        assert (above - there) / STEP == pytest.approx(LAWS[law].density(events, C, SHAPES[law]), rel=1e-5)

    def test_integrals_are_cut_at_every_kink_and_every_jump(self, law):
        """Second differences are of the order of the step at a kink, of its square elsewhere."""
        v, events = np.linspace(-0.2, 3.0, 4001), np.array(EVENTS[law])
        assert set(events) <= set(LAWS[law].levels(C, SHAPES[law])[0])
        bends = np.abs(np.diff(LAWS[law].share(v, C, SHAPES[law]), 2))
        sharp = v[1:-1][bends > 2e-4]
        assert all(np.abs(sharp - event).min() < 1e-3 for event in events)
        assert all(np.abs(events - place).min() < 1e-3 for place in sharp)

    def test_nobody_pays_less_than_the_lowest_cost(self, law):
        lowest = LAWS[law].lowest(C, SHAPES[law])
        assert LAWS[law].share(lowest - 1e-9, C, SHAPES[law]) == 0.0
        assert LAWS[law].share(lowest + 1e-2, C, SHAPES[law]) > 0.0


def test_only_a_point_mass_jumps():
    assert [law for law in LAWS if LAWS[law].jumps] == ["point"]


BETWEEN = CostLaw(
    share=lambda v, scale, shape: np.clip(
        (v / scale - shape[..., 0]) / (shape[..., 1] - shape[..., 0]), 0, 1
    ),
    surplus=lambda v, scale, shape: np.zeros_like(v),
    density=lambda v, scale, shape: np.zeros_like(v),
    levels=lambda scale, shape: scale[:, None] * shape,
    parameters=("least", "most"),
)
RAISED = MatchKernel(
    value=lambda gap, floor_breadth: (
        floor_breadth[..., 0]
        + (1 - floor_breadth[..., 0]) * np.exp(-np.square(gap / floor_breadth[..., 1]) / 2)
    ),
    fall=lambda u, floor_breadth: (
        (1 - floor_breadth[..., 0])
        * np.exp(-np.square(u / floor_breadth[..., 1]) / 2)
        * u
        / np.square(floor_breadth[..., 1])
    ),
    width=lambda floor_breadth: floor_breadth[:, 1],
    parameters=("floor", "breadth"),
)


def model_of(games):
    return discretize(games, *needs_of(games).grids(16, 0))


def test_a_law_with_two_parameters_is_played():
    """Without misfit cost v = q for everybody, so that N(q) = H(q)."""
    games = columns([Params().replace({"users.misfit_cost": 0.0, "users.transaction_cost.scale": 0.8})] * 2)
    games = replace(games, law=BETWEEN, cost_shape=np.array([[0.25, 1.0], [0.5, 1.5]]))
    rows = make_rows(model_of(games), np.array([0, 1, 1]), np.full(3, 0.5), np.zeros(3))
    assert respond(rows, initial_values(rows))[:, 0] == pytest.approx([0.5, 0.125, 0.125], abs=1e-13)


def test_a_kernel_with_two_parameters_is_played():
    """A floor under the match is a lower misfit cost and a gift."""
    base = Params()
    games = replace(columns([base] * 2), kernel=RAISED, match_shape=np.array([[0.0, 0.25], [0.4, 0.25]]))
    rows = make_rows(model_of(games), np.array([0, 1]), np.full(2, 0.6), np.zeros(2))
    plain, raised = initial_values(rows)
    plain_rows = make_rows(model_of(columns([base])), np.zeros(1, dtype=int), np.array([0.6]), np.zeros(1))
    assert plain == pytest.approx(initial_values(plain_rows)[0], abs=1e-14)
    assert 0.6 - raised == pytest.approx(0.6 * (0.6 - plain), abs=1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
def test_tables_integrate_the_kernel_over_both_arguments(kernel):
    """Against masses of the density 6 y (1 - y), at the nodes, with the kink where there is one."""
    keys = dict.fromkeys(KERNELS[kernel].parameters, 0.3)
    games = columns([Params().replace({"users.match": {"kind": kernel, **keys}})])
    model = model_of(games)
    x, y = model.shape, model.y
    fine = (np.arange(200_000) + 0.5) / 200_000
    for integrals, at, over in ((model.to_taste, x, y), (model.to_output, y, x)):
        masses = over.weights * 6 * over.x * (1 - over.x)
        gaps = at.x[::7, None] - fine
        exact = (KERNELS[kernel].value(gaps, games.match_shape[0]) * 6 * fine * (1 - fine)).mean(axis=1)
        found = integrals(np.zeros(1, dtype=int), masses[None])[0]
        assert found[::7] == pytest.approx(exact, abs=1e-9)
