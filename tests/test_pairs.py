"""Tables on coarse grids: the same integrals as by tables of all pairs of nodes."""

import numpy as np
import pytest

from eqsolve import Params
from eqsolve.game.discretization import discretize
from eqsolve.game.games import columns
from eqsolve.game.grids import needs_of
from eqsolve.game.response import make_rows, values
from eqsolve.game.starts import start_state
from eqsolve.numerics.pairs import LONE_SIZE, apply_tables, pairs
from eqsolve.numerics.quadrature import Grid, reference
from eqsolve.primitives.matches import KERNELS, TUNED_ORDER, TUNED_WIDTHS

X, Y, COARSE = Grid(24, 16), Grid(16, 16), Grid(2, 64)
BELL = np.array([0.2])


def bell(gap):
    return KERNELS["gaussian"].value(gap, BELL)


@pytest.mark.parametrize("c", [-300.0, -20.0, -1.0, 0.0, 0.3, 1.0, 10.0, 50.0, 200.0, 1000.0])
def test_panels_for_tuned_peaks_interpolate_them(c):
    """What own feedback of power c tilts, wherever the peak is beside a panel."""
    rule, place = reference(16 * TUNED_ORDER), np.linspace(-1.0, 1.0, 301)
    half, table = TUNED_WIDTHS / np.sqrt(1.0 + abs(c)) / 2.0, rule.lagrange(place)
    for peak in np.linspace(0.0, half + 6.0, 61):
        for power in (0, 1):
            at_nodes, exact = (
                match**power * np.exp(c * match - max(c, 0.0))
                for match in (np.exp(-np.square(half * u - peak) / 2.0) for u in (rule.nodes, place))
            )
            np.testing.assert_allclose(table @ at_nodes, exact, rtol=0, atol=1e-12)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("rows", [1, 3, 40])
def test_integrals_by_coarse_tables_are_those_of_all_pairs(half, rows):
    rng = np.random.default_rng(1)
    grids = [Grid(grid.panels, grid.order, half=half) for grid in (X, Y)]
    coarse = pairs(*grids, Grid(COARSE.panels, COARSE.order, half=half))
    full = pairs(*grids)
    assert coarse.size < full.size / 4 and full.onto_x is None and full.onto_y is None
    which = rng.integers(0, 2, rows)
    tables = [
        np.stack([bell(at.x.x[:, None] - at.y.x), bell(at.x.x[:, None] - at.y.x) ** 2])
        for at in (coarse, full)
    ]
    masses, weights = (rng.standard_normal((rows, grid.size)) for grid in grids[::-1])
    one, other = (at.over_y(table, which, masses) for at, table in zip((coarse, full), tables, strict=True))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)
    one, other = (at.over_x(table, which, weights) for at, table in zip((coarse, full), tables, strict=True))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)
    stacked = [np.concatenate([table, 2.0 * table], axis=1) for table in tables]
    both = coarse.over_y(stacked[0], which, masses)
    np.testing.assert_allclose(both, full.over_y(stacked[1], which, masses), rtol=0, atol=1e-11)


def test_a_grid_that_is_as_coarse_is_used_itself():
    at = pairs(X, Grid(2, 16), COARSE)
    assert at.x == COARSE and at.y == Grid(2, 16) and at.onto_x is not None and at.onto_y is None


@pytest.mark.parametrize("size", [LONE_SIZE // 2, 4 * LONE_SIZE])
@pytest.mark.parametrize("which", [[0, 0, 0], [2, 0, 1], [1, 0, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 0]])
def test_rows_meet_their_own_tables(size, which):
    rng = np.random.default_rng(2)
    tables, vectors = rng.random((3, 8, size // 8)), rng.random((len(which), size // 8))
    found = apply_tables(tables, np.array(which), vectors)
    for row, table in enumerate(which):
        np.testing.assert_allclose(found[row], tables[table] @ vectors[row], rtol=1e-13)


STRONG = Params().replace(
    {
        "finetuning.strength": 80.0,
        "finetuning.personalization": 0.2,
        "users.match.breadth": 0.04,
        "model.outputs": {"dist": "truncnorm", "mean": 0.4, "sd": 0.2},
    }
)


def test_games_with_strong_own_feedback_are_tabulated_coarsely():
    games = columns([STRONG])
    needs = needs_of(games)
    x, shape, y, coarse = needs.grids(16, 0)
    assert coarse is not None and needs_of(columns([Params()])).grids(16, 0)[3] is None
    found = []
    for grid in (coarse, None):
        model = discretize(games, x, shape, y, grid)
        rows = make_rows(model, np.zeros(1, dtype=int), np.array([0.6]), np.array([80.0]))
        found.append([values(rows, start_state(rows, name)).v for name in ("left", "everybody", "initial")])
        found[-1] += [model.initial_match]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)
