"""Global maxima over pieces: where, how high, of what kind, and what comes second."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from functions import FUNCTIONS, Evaluated, Everything, Highest, highest

from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.maxima import maximize
from eqsolve.numerics.objectives import ACCURACY
from eqsolve.numerics.piecewise import Piecewise, interpolation, join, nodes

RUNNER_UP = 1e-6
"""What the height of a lower peak may be off, as a share of the scale (docs/model.md, Stages 2 and 1)."""


@dataclass
class Weighted:
    """Objectives that are multiples of functions less quadratic costs."""

    curve: np.ndarray
    weight: np.ndarray
    cost: np.ndarray
    low: np.ndarray
    high: np.ndarray
    scale: np.ndarray

    def height(self, which, x, value):
        return self.weight[which][:, None] * value[..., 0] - self.cost[which][:, None] * x**2

    def tilt(self, which, x, slope):
        return self.weight[which][:, None] * slope[..., 0] - 2.0 * self.cost[which][:, None] * x


def objectives(count=1, *, curve=None, weight=1.0, cost=0.0, low=0.0, high=1.0, scale=1.0):
    curve = np.arange(count) if curve is None else np.array(curve)
    columns = np.broadcast_arrays(weight, cost, low, high, scale, curve)[:-1]
    return Weighted(curve, *(np.asarray(column, dtype=float) for column in columns))


def curve(*parts, owner=0, error=0.0):
    """Pieces (low, high, function) of one function."""
    low, high = (np.array([part[k] for part in parts], dtype=float) for k in (0, 1))
    count = len(parts)
    errors = np.broadcast_to(np.asarray(error, dtype=float), count)[:, None].copy()
    x = low[:, None] + (high - low)[:, None] * (1.0 + nodes()) / 2.0
    value = np.stack([part[2](x[row]) for row, part in enumerate(parts)])
    coefficients = np.einsum("mn,pn->pm", interpolation(), value)[..., None]
    return Piecewise(np.full(count, owner), low, high, coefficients, errors)


def whole(function):
    return curve((0.0, 1.0, function))


def parabola(top, height=1.0, bend=1.0):
    return lambda x: height - bend * (x - top) ** 2


def flat(level):
    return lambda x: level + 0.0 * x


def steep(x):
    """A line from 0 to 1, whatever the interval."""
    return (x - x[0]) / (x[-1] - x[0])


KINKED = curve((0.0, 0.37, lambda x: x), (0.37, 1.0, lambda x: 0.74 - x))
TOWER = curve((0.0, 0.4, flat(0.0)), (0.4, 0.7, lambda x: 1.4 - x), (0.7, 1.0, flat(0.1)))
CASES = {
    "smooth": (whole(parabola(0.3)), 0.3, 1.0, "smooth"),
    "smooth over three pieces": (
        curve(*((a, b, parabola(0.3)) for a, b in ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0)))), 0.3, 1.0, "smooth"
    ),
    "smooth at a break": (curve((0.0, 0.3, parabola(0.3)), (0.3, 1.0, parabola(0.3))), 0.3, 1.0, "smooth"),
    **{
        f"smooth, {gap:.0e} above a break": (
            curve((0.0, 0.3 - gap, parabola(0.3)), (0.3 - gap, 1.0, parabola(0.3))), 0.3, 1.0, "smooth"
        )
        for gap in (1e-4, 1e-6, 1e-7)
    },
    "kink": (KINKED, 0.37, 0.37, "kink"),
    "jump, the top on its right": (TOWER, 0.4, 1.0, "jump"),
    "jump, the top on its left": (curve((0.0, 0.6, lambda x: x), (0.6, 1.0, flat(0.2))), 0.6, 0.6, "jump"),
    "jump, as a steep line": (
        curve((0.0, 0.5, flat(0.0)), (0.5, 0.5 + 1e-11, steep),
              (0.5 + 1e-11, 1.0, lambda x: 1.5 - x)), 0.5 + 1e-11, 1.0, "jump",
    ),
    "upper bound": (whole(lambda x: x), 1.0, 1.0, "bound"),
    "lower bound": (whole(lambda x: 1.0 - x), 0.0, 1.0, "bound"),
    "constant": (whole(flat(0.5)), 0.0, 0.5, "bound"),
    "flat top": (
        curve((0.0, 0.3, lambda x: x), (0.3, 0.6, flat(0.3)), (0.6, 1.0, lambda x: 0.9 - x)), 0.3, 0.3, "kink"
    ),
    "two peaks alike": (
        curve((0.0, 0.5, parabola(0.25)), (0.5, 1.0, parabola(0.75))), 0.25, 1.0, "smooth"
    ),
    "a peak and a bound alike": (
        curve((0.0, 0.5, parabola(0.25)), (0.5, 1.0, lambda x: x)), 0.25, 1.0, "smooth"
    ),
    "the higher of two peaks": (
        curve((0.0, 0.5, parabola(0.25)), (0.5, 1.0, parabola(0.75, 1.0 + 1e-9))), 0.75, 1.0 + 1e-9, "smooth"
    ),
    "narrow peak": (
        curve((0.0, 0.5, flat(0.0)), (0.5, 0.5 + 2e-6, parabola(0.5 + 1e-6, 1.0, 1e12)),
              (0.5 + 2e-6, 1.0, flat(0.0))), 0.5 + 1e-6, 1.0, "smooth",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("pieces", "x", "height", "kind"), CASES.values(), ids=CASES)
def test_the_maximum_and_its_kind(pieces, x, height, kind):
    found = maximize(objectives(), pieces)
    assert found.x[0] == pytest.approx(x, rel=0, abs=2e-8 if kind == "smooth" else 1e-15)
    assert found.height[0] == pytest.approx(height, rel=0, abs=1e-14)
    assert found.kind[0] == kind


@pytest.mark.parametrize(("pieces", "x", "height", "kind"), CASES.values(), ids=CASES)
def test_among_others_and_twice_as_high_it_is_the_same(pieces, x, height, kind):
    others = [
        Piecewise(np.full(len(each), number), each.low, each.high, each.coefficients, each.error)
        for number, each in enumerate((KINKED, pieces, TOWER))
    ]
    four = objectives(curve=[1, 0, 1, 2], weight=[1.0, 1.0, 2.0, 1.0], scale=[1.0, 1.0, 2.0, 1.0])
    found = maximize(four, join(others))
    alone = maximize(objectives(), pieces)
    for name in ("x", "height", "other_x", "other_height"):
        np.testing.assert_allclose(getattr(found, name)[0], getattr(alone, name)[0], rtol=0, atol=2e-8)
    assert found.kind.tolist() == [kind, "kink", kind, "jump"]
    np.testing.assert_allclose(found.x, [x, 0.37, x, 0.4], rtol=0, atol=2e-8)
    np.testing.assert_allclose(found.height, [height, 0.37, 2.0 * height, 1.0], rtol=0, atol=1e-14)


def test_objectives_that_share_a_function_have_their_own_maxima():
    """weight (1 - (1 - x)^2) - cost x^2 is highest at weight / (weight + cost)."""
    weight, cost = np.array([1.0, 1.0, 3.0, 0.5]), np.array([0.25, 1.0, 1.0, 4.0])
    found = maximize(
        objectives(curve=[0, 0, 0, 0], weight=weight, cost=cost), whole(lambda x: 1.0 - (1.0 - x) ** 2)
    )
    x = weight / (weight + cost)
    np.testing.assert_allclose(found.x, x, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.height, weight * (1 - (1 - x) ** 2) - cost * x**2, rtol=0, atol=1e-14)
    assert (found.kind == "smooth").all()
    assert np.isnan(found.other_height).all()


class TestBounds:
    @pytest.mark.parametrize(
        ("low", "high", "x", "kind"),
        [
            (0.0, 1.0, 0.3, "smooth"), (0.1, 0.5, 0.3, "smooth"), (0.4, 0.9, 0.4, "bound"),
            (0.0, 0.2, 0.2, "bound"), (0.7, 0.7, 0.7, "bound"), (0.0, 0.0, 0.0, "bound"),
            (1.0, 1.0, 1.0, "bound"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("breaks", [(), (0.2,), (0.4,), (0.15, 0.7)])
    def test_the_maximum_lies_in_the_interval_of_the_objective(self, low, high, x, kind, breaks):
        edges = [0.0, *breaks, 1.0]
        pieces = curve(*((a, b, parabola(0.3)) for a, b in pairwise(edges)))
        found = maximize(objectives(low=low, high=high), pieces)
        assert found.x[0] == pytest.approx(x, rel=0, abs=2e-8 if kind == "smooth" else 0)
        assert found.height[0] == pytest.approx(1.0 - (x - 0.3) ** 2, rel=0, abs=1e-14)
        assert found.kind[0] == kind
        assert np.isnan(found.other_height[0])

    def test_a_function_known_at_a_single_place(self):
        found = maximize(objectives(low=0.4, high=0.4), curve((0.4, 0.4, flat(2.0))))
        assert (found.x[0], found.kind[0]) == (0.4, "bound")
        assert found.height[0] == pytest.approx(2.0, rel=0, abs=1e-14)


class TestTies:
    @pytest.mark.parametrize(
        ("gain", "x"), [(0.0, 0.25), (0.5, 0.25), (-0.5, 0.25), (2.0, 0.75), (-2.0, 0.25)]
    )
    @pytest.mark.parametrize("scale", [1.0, 1e-3, 1e3])
    def test_heights_that_agree_to_the_tolerance_are_a_tie_that_the_lower_place_wins(self, gain, x, scale):
        """Heights of a tenth of the scale, since rounding hides a tie's tolerance in larger ones."""
        top = 0.1 * scale, (0.1 + gain * ACCURACY.tie) * scale
        pieces = curve((0.0, 0.5, parabola(0.25, top[0], scale)), (0.5, 1.0, parabola(0.75, top[1], scale)))
        assert maximize(objectives(scale=scale), pieces).x[0] == pytest.approx(x, rel=0, abs=1e-7)


class TestErrors:
    def test_pieces_of_which_nothing_is_known_do_not_count(self):
        parts = [(0.0, 0.5, parabola(0.25)), (0.5, 1.0, parabola(0.75, 2.0))]
        found = maximize(objectives(), curve(*parts, error=[0.0, np.inf]))
        assert found.x[0] == pytest.approx(0.25, rel=0, abs=2e-8)
        assert np.isnan(found.other_height[0])

    def test_where_nothing_is_known_there_is_no_maximum(self):
        found = maximize(objectives(), curve((0.0, 1.0, parabola(0.3)), error=np.inf))
        assert np.isnan(found.height[0])
        assert np.isnan(found.other_height[0])

    def test_rough_pieces_count_at_their_lower_bound(self):
        parts = [(0.0, 0.5, parabola(0.25)), (0.5, 1.0, parabola(0.75, 1.1))]
        rough, fine = (maximize(objectives(), curve(*parts, error=[0.0, e])) for e in (0.2, 0.05))
        assert rough.x[0] == pytest.approx(0.25, rel=0, abs=2e-8)
        assert fine.x[0] == pytest.approx(0.75, rel=0, abs=2e-8)
        assert fine.height[0] == pytest.approx(1.05, rel=0, abs=1e-14)


class Charged(Weighted):
    """The same less a constant."""

    def height(self, which, x, value):
        return super().height(which, x, value) - 0.4


def test_a_constant_cost_changes_heights_and_nothing_else():
    parts = [(0.0, 0.5, parabola(0.25)), (0.5, 1.0, parabola(0.75, 1.1))]
    plain = objectives()
    charged = Charged(**vars(plain))
    for error in (1e-5, 0.05, 0.2):
        pieces = curve(*parts, error=[0.0, error])
        one, other = maximize(plain, pieces), maximize(charged, pieces)
        np.testing.assert_allclose(other.x, one.x, rtol=0, atol=1e-9)
        np.testing.assert_allclose(other.height, one.height - 0.4, rtol=0, atol=1e-12)
        np.testing.assert_allclose(other.other_height, one.other_height - 0.4, rtol=0, atol=1e-12)


TWO = curve((0.0, 0.5, parabola(0.25)), (0.5, 1.0, parabola(0.75, 0.9)))
RUNNERS_UP = {
    "another peak": (TWO, 0.75, 0.9),
    "a lower peak to the left": (
        curve((0.0, 0.5, parabola(0.25, 0.8)), (0.5, 1.0, parabola(0.75))), 0.25, 0.8
    ),
    "both in one piece": (whole(lambda x: np.sin(2 * np.pi * x) ** 2 - 0.1 * x), 0.7492, None),
    "an upper bound": (whole(lambda x: parabola(0.2)(x) + 0.5 * np.exp(12.0 * (x - 1.0))), 1.0, 0.86),
    "the better of several": (
        curve((0.0, 0.3, parabola(0.15, 0.7, 9.0)), (0.3, 0.6, parabola(0.45, 1.0, 9.0)),
              (0.6, 1.0, parabola(0.8, 0.8, 9.0))), 0.8, 0.8,
    ),
    "a tie": (curve((0.0, 0.5, parabola(0.25)), (0.5, 1.0, parabola(0.75))), 0.75, 1.0),
    "beyond a jump down": (
        curve((0.0, 0.4, lambda x: x), (0.4, 0.6, flat(0.1)), (0.6, 1.0, parabola(0.8, 0.3))), 0.8, 0.3
    ),
}  # fmt: skip
ALONE = {
    "one peak": whole(parabola(0.3)),
    "one peak over pieces": CASES["smooth over three pieces"][0],
    "one peak at a break": CASES["smooth at a break"][0],
    "kink": KINKED,
    "jump": curve((0.0, 0.4, flat(0.0)), (0.4, 1.0, lambda x: 1.4 - x)),
    "flat top": CASES["flat top"][0],
    "constant": whole(flat(0.5)),
    "rising": whole(lambda x: x),
    "peaks that a rounding divides": whole(lambda x: parabola(0.3)(x) + 1e-14 * np.cos(200.0 * x)),
    "a shoulder": whole(lambda x: np.tanh(5.0 * (x - 0.3)) + 0.01 * x),
}


class TestRunnerUp:
    @pytest.mark.parametrize(("pieces", "x", "height"), RUNNERS_UP.values(), ids=RUNNERS_UP)
    def test_it_is_the_best_of_the_other_local_maxima(self, pieces, x, height):
        found = maximize(objectives(), pieces)
        at = pieces.find(np.zeros(1, dtype=int), found.other_x)
        assert found.other_height[0] == pytest.approx(pieces.value(at, found.other_x)[0, 0], rel=0, abs=1e-12)
        assert found.other_x[0] == pytest.approx(x, rel=0, abs=0.02)

    @pytest.mark.parametrize(("pieces", "x", "height"), RUNNERS_UP.values(), ids=RUNNERS_UP)
    def test_its_height_is_known(self, pieces, x, height):
        near = np.clip(x + np.linspace(-0.05, 0.05, 100_001), 0.0, 1.0)
        piece = pieces.find(np.zeros(near.size, dtype=int), near)
        top = pieces.value(piece, near)[:, 0].max()
        assert height is None or top == pytest.approx(height, rel=0, abs=1e-9)
        assert maximize(objectives(), pieces).other_height[0] == pytest.approx(top, rel=0, abs=RUNNER_UP)

    @pytest.mark.parametrize("pieces", ALONE.values(), ids=ALONE)
    def test_there_is_none_next_to_a_single_peak(self, pieces):
        found = maximize(objectives(), pieces)
        assert np.isnan(found.other_height[0])
        assert np.isnan(found.other_x[0])

    @pytest.mark.parametrize(("low", "high"), [(0.0, 0.5), (0.1, 0.55)])
    def test_it_lies_in_the_interval_of_the_objective(self, low, high):
        found = maximize(objectives(low=low, high=high), TWO)
        assert found.x[0] == pytest.approx(0.25, rel=0, abs=2e-8)
        assert not found.other_x[0] > high

    def test_a_dip_within_errors_divides_nothing(self):
        parts = [(0.0, 0.5, parabola(0.25)), (0.5, 1.0, parabola(0.75, 0.99))]
        rough, fine = (maximize(objectives(), curve(*parts, error=e)) for e in (0.05, 1e-4))
        assert np.isnan(rough.other_height[0])
        assert fine.other_height[0] == pytest.approx(0.99, rel=0, abs=1e-3)


@pytest.mark.parametrize("question", [Everything, lambda: Highest(1)], ids=["everything", "highest"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_that_were_explored_have_their_maxima(name, question):
    known = FUNCTIONS[name]
    pieces = explore(
        Evaluated([known.value]), question(), np.zeros(1, dtype=int), np.zeros(1), np.ones(1), 1, 0,
        monotone=np.zeros(1, dtype=bool),
    )  # fmt: skip
    found = maximize(objectives(), pieces)
    x, best = highest(known.value, jumps=known.jumps)
    assert found.height[0] == pytest.approx(best, rel=0, abs=1e-10)
    assert found.x[0] == pytest.approx(x, rel=0, abs=1e-6)
    assert (found.kind[0] == "jump") == (name in ("jump up", "jump down", "jumps"))
