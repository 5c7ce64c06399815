"""Approximation as close as a question needs: what comes back for functions that are known."""

import numpy as np
import pytest
from functions import FUNCTIONS, Evaluated, Everything, Highest, highest

from eqsolve.numerics.active import TOLERANCES, Samples
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.piecewise import nodes

NAMES = list(FUNCTIONS)
ROUNDING = 1e-13
SMOOTH = ["line", "falling", "smooth", "wavy", "constant"]


def explored(functions, question, *, low=0.0, high=1.0, monotone=False, **options):
    """Pieces of functions on [low, high], and the number of evaluations."""
    count = len(functions)
    evaluated = Evaluated(functions, **options)
    pieces = explore(
        evaluated, question, np.arange(count), np.full(count, low), np.full(count, high), 1, 0,
        monotone=np.full(count, monotone),
    )  # fmt: skip
    return pieces, evaluated.count


def off(pieces, function, owner=0, count=4000, seed=0):
    """Differences at random places, the errors that are claimed there, and the widths of the pieces."""
    mine = pieces.take(pieces.owner == owner)
    x = np.random.default_rng(seed).uniform(mine.low[0], mine.high[-1], count)
    piece = mine.find(np.full(count, owner), x)
    return (
        np.abs(mine.value(piece, x)[:, 0] - function(x)),
        mine.error[piece, 0],
        mine.high[piece] - mine.low[piece],
    )


def assert_tiled(pieces, owner=0, low=0.0, high=1.0):
    mine = pieces.take(pieces.owner == owner)
    assert (mine.low[0], mine.high[-1]) == (low, high)
    np.testing.assert_array_equal(mine.low[1:], mine.high[:-1])
    assert (mine.high >= mine.low).all()


def peak(pieces, cost=0.0):
    """The highest lower bound that pieces give, less a cost of x."""
    piece, u = np.arange(len(pieces)), np.tile(nodes(64), (len(pieces), 1))
    for width in (0.05, 1e-3, 2e-5, 0.0):
        x = pieces.points(u)
        flat = np.repeat(piece, x.shape[1])
        value = pieces.value(flat, x.ravel()).reshape(x.shape) - cost * x
        top = u[piece, value.argmax(axis=1)]
        u = np.clip(top[:, None] + width * np.linspace(-1.0, 1.0, 101), -1.0, 1.0)
    return (value - pieces.error).max()


@pytest.mark.parametrize("name", NAMES)
class TestEverything:
    def test_pieces_tile_and_their_errors_are_honest_at_places_nobody_chose(self, name):
        known = FUNCTIONS[name]
        pieces, _ = explored([known.value], Everything())
        assert_tiled(pieces)
        difference, error, width = off(pieces, known.value)
        assert (width > TOLERANCES.width).all()
        assert (difference <= error + ROUNDING).all()

    def test_functions_are_known_to_the_tolerance(self, name):
        known = FUNCTIONS[name]
        pieces, _ = explored([known.value], Everything())
        assert off(pieces, known.value)[0].max() <= TOLERANCES.noise
        if name in SMOOTH:
            assert off(pieces, known.value)[0].max() <= TOLERANCES.value

    def test_jumps_are_located_to_the_width_that_is_not_cut(self, name):
        known = FUNCTIONS[name]
        pieces, _ = explored([known.value], Everything())
        for jump in known.jumps:
            holds = (pieces.low <= jump) & (pieces.high >= jump)
            narrow = pieces.high - pieces.low <= TOLERANCES.width
            assert (holds & narrow).any()

    def test_a_function_is_approximated_alone_as_it_is_among_others(self, name):
        number = NAMES.index(name)
        alone, _ = explored([FUNCTIONS[name].value], Everything())
        together, _ = explored([known.value for known in FUNCTIONS.values()], Everything())
        mine = together.take(together.owner == number)
        np.testing.assert_array_equal(mine.low, alone.low)
        np.testing.assert_allclose(mine.coefficients, alone.coefficients, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("name", NAMES)
class TestHighest:
    @pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.35, 0.55), (0.6, 1.0)])
    def test_the_maximum_is_found(self, name, low, high):
        known = FUNCTIONS[name]
        question = Highest(1)
        pieces, _ = explored([known.value], question, low=low, high=high)
        assert_tiled(pieces, low=low, high=high)
        x, best = highest(known.value, low, high, known.jumps)
        assert peak(pieces) == pytest.approx(best, rel=0, abs=TOLERANCES.noise)
        assert question.best[0] <= best + ROUNDING
        if not known.jumps:
            piece = pieces.find(np.zeros(1, dtype=int), np.array([x]))
            assert pieces.error[piece, 0] <= TOLERANCES.noise

    def test_what_cannot_be_highest_is_bounded_by_its_error(self, name):
        known = FUNCTIONS[name]
        pieces, _ = explored([known.value], Highest(1))
        difference, error, width = off(pieces, known.value)
        assert (difference <= error + ROUNDING)[width > TOLERANCES.width].all()

    def test_it_takes_no_more_evaluations_than_everything(self, name):
        known = FUNCTIONS[name]
        few, many = (explored([known.value], question)[1] for question in (Highest(1), Everything()))
        assert few <= many + nodes().size


def hidden(shift):
    """A polynomial of degree 17 that vanishes at all nodes of a piece over [0, 1], on a line."""
    return lambda x: shift * x + np.sqrt(4.0 * x * (1.0 - x)) * np.sin(16.0 * np.arccos(1.0 - 2.0 * x)) / 5.0


@pytest.mark.parametrize("question", [Everything, lambda: Highest(1)], ids=["everything", "highest"])
@pytest.mark.parametrize("shift", [0.0, 0.1, -0.1])
def test_coefficients_that_deceive_are_found_out(question, shift):
    function = hidden(shift)
    np.testing.assert_allclose(function((1.0 + nodes()) / 2.0), shift * (1.0 + nodes()) / 2.0, atol=1e-14)
    pieces, _ = explored([function], question())
    assert len(pieces) > 1
    assert peak(pieces) == pytest.approx(highest(function)[1], rel=0, abs=TOLERANCES.noise)
    difference, error, _ = off(pieces, function)
    assert (difference <= error + ROUNDING).all()


class Opened(Everything):
    """Everything matters for a number of rounds, and then nothing does."""

    def __init__(self, rounds):
        self.rounds = rounds

    def open(self, owner, x, value):
        self.rounds -= 1
        return np.full(x.shape, self.rounds >= 0)


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_errors_of_pieces_left_coarse_are_honest_wherever_a_function_breaks(rounds, power):
    places = np.linspace(0.0, 1.0, 503)[1:-1]
    functions = [lambda x, at=at: np.maximum(0.0, x - at) ** power for at in places]
    pieces, _ = explored(functions, Opened(rounds))
    x = np.linspace(0.0, 1.0, 1001)
    owner, flat = np.repeat(np.arange(places.size), x.size), np.tile(x, places.size)
    piece = pieces.find(owner, flat)
    difference = np.abs(pieces.value(piece, flat)[:, 0] - np.concatenate([f(x) for f in functions]))
    assert (difference <= pieces.error[piece, 0] + ROUNDING).all()
    assert pieces.error.max() > 100.0 * TOLERANCES.value


def test_a_single_point_is_a_piece():
    pieces, _ = explored([np.cos, np.sin], Highest(2), low=0.3, high=0.3)
    assert (pieces.low == 0.3).all() and (pieces.high == 0.3).all()
    found = pieces.value(np.arange(2), np.array([0.3, 0.3]))[:, 0]
    np.testing.assert_allclose(found, [np.cos(0.3), np.sin(0.3)], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("question", [Everything, lambda: Highest(1)], ids=["everything", "highest"])
def test_where_there_is_no_value_nothing_is_claimed(question):
    pieces, _ = explored([FUNCTIONS["smooth"].value], question(), unsound=(0.6, 0.7))
    assert_tiled(pieces)
    touched = (pieces.high > 0.6) & (pieces.low < 0.7)
    unknown = np.isinf(pieces.error[:, 0])
    assert touched.any() and unknown[touched].all()
    difference, error, _ = off(pieces, FUNCTIONS["smooth"].value)
    assert (difference <= error + ROUNDING).all()


class TestMemos:
    """What helps to compute values nearby."""

    @pytest.mark.parametrize(
        "name", ["smooth", "wavy", "kink aside", "jump up", "jumps", "square root at an end"]
    )
    def test_predictions_are_as_close_as_they_say_where_functions_are_smooth(self, name):
        known, asked = FUNCTIONS[name], []

        def function(owner, x, guess, doubt):
            memo = np.stack([known.value(x), np.cos(x)], axis=1)
            asked.append((x, np.abs(guess - memo).max(axis=1), doubt))
            return Samples(memo[:, :1], memo, np.ones(x.size, dtype=bool))

        explore(
            function, Everything(), np.zeros(1, dtype=int), np.zeros(1), np.ones(1), 1, 2,
            monotone=np.zeros(1, dtype=bool),
        )  # fmt: skip
        _, wrong, doubt = (np.concatenate(column) for column in zip(*asked, strict=True))
        assert np.isinf(doubt[:9]).all()
        predicted = np.isfinite(doubt)
        assert predicted.mean() > 0.3
        assert (wrong[predicted] <= 8.0 * doubt[predicted] + 1e-9).mean() > 0.95

    def test_a_branch_is_not_followed_below_its_begin_however_small_it_is(self):
        """Next to a prediction that is trusted, the function is its branch, which goes on below 0.3."""

        def function(owner, x, guess, doubt):
            branch = np.stack([0.0003 * (1 + x), 0.3 + 0.1 * x], axis=1)
            follows = np.abs(guess - branch).max(axis=1) <= 8 * np.where(np.isfinite(doubt), doubt, -1)
            memo = np.where(((x >= 0.3) | follows)[:, None], branch, 0.0)
            return Samples(memo[:, :1], memo, np.ones(x.size, dtype=bool))

        pieces = explore(
            function, Everything(), np.zeros(1, dtype=int), np.zeros(1), np.ones(1), 1, 2,
            monotone=np.zeros(1, dtype=bool),
        )  # fmt: skip
        difference, error, width = off(pieces, lambda x: np.where(x < 0.3, 0.0, 0.0003 * (1 + x)))
        assert (difference <= error + ROUNDING)[width > TOLERANCES.width].all()


def staircase(seed):
    """A function with rising steps between random places, its jumps and a cost."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 7))
    places = np.sort(rng.uniform(0.02, 0.98, count))
    if seed % 2:
        places[1:] = places[0] + np.cumsum(rng.uniform(1e-7, 1e-3, count - 1))
    heights = rng.uniform(0.05, 1.0, count)
    cost = float(rng.uniform(0.2, 1.5))
    return places, heights, cost


@pytest.mark.parametrize("seed", range(24))
class TestStaircases:
    """Rising functions: nothing can hide between nodes, however narrow it is."""

    def test_the_best_step_is_found(self, seed):
        places, heights, cost = staircase(seed)

        def function(x):
            return (heights * (x[:, None] >= places)).sum(axis=1)

        question = Highest(1, cost)
        pieces, count = explored([function], question, monotone=True)
        assert_tiled(pieces)
        best = max(0.0, *(np.cumsum(heights) - cost * places))
        assert question.best[0] == pytest.approx(best, rel=0, abs=1e-10)
        assert count < 6000
        difference, error, width = off(pieces, function)
        assert (difference <= error + ROUNDING)[width > TOLERANCES.width].all()

    def test_the_best_step_is_found_if_steps_are_steep_and_smooth(self, seed):
        places, heights, cost = staircase(seed)
        steep = 10.0 ** np.random.default_rng(seed + 100).uniform(3.0, 6.0)

        def function(x):
            return (heights * (1.0 + np.tanh(steep * (x[:, None] - places))) / 2.0).sum(axis=1)

        pieces, _ = explored([function], Highest(1, cost), monotone=True)
        near = places[:, None] + np.linspace(-20.0, 20.0, 100_001) / steep
        x = np.concatenate([[0.0, 1.0], near[(near >= 0) & (near <= 1)]])
        assert peak(pieces, cost) == pytest.approx((function(x) - cost * x).max(), rel=0, abs=1e-9)
        difference, error, width = off(pieces, function)
        assert (difference <= error + ROUNDING)[width > TOLERANCES.width].all()
