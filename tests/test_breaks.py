"""Kinks and jumps are read off polynomial pieces, wherever they are; what only bends steeply is neither."""

from dataclasses import replace

import numpy as np
import pytest

from eqsolve import Params, curves, solve
from eqsolve.breaks import breaks, jumps, kinks, slopes
from eqsolve.game.stages import BEYOND
from eqsolve.numerics.active import Samples
from eqsolve.numerics.adaptive import explore
from eqsolve.numerics.piecewise import join
from eqsolve.plans import PLOTTED


class Everything:
    def see(self, owner, x, value):
        pass

    def open(self, owner, x, value):
        return np.ones(x.shape, dtype=bool)


def pieces_of(function):
    def sample(owner, x, guess, doubt):
        return Samples(function(x)[:, None], np.zeros((x.size, 0)), np.ones(x.size, dtype=bool))

    zero = np.zeros(1)
    return explore(
        sample, Everything(), zero.astype(int), zero, zero + 1.0, 1, 0, monotone=zero > 0, tol=PLOTTED
    )


def breaks_of(function):
    pieces = pieces_of(function)

    def slope(owner, x):
        return slopes(pieces, pieces.find(owner, x), x)[:, 0]

    holes = jumps(pieces)
    return kinks(pieces, slope, 1.0, holes)[1], holes[1].mean(axis=1)


AT = 0.3217


@pytest.mark.parametrize(
    ("function", "kinked", "jumping"),
    [
        (lambda x: x**2, False, False),
        (lambda x: np.sin(40 * x), False, False),
        (lambda x: 1 / (1 + np.exp(-200 * (x - AT))), False, False),
        (lambda x: np.abs(x - AT) ** 1.5, False, False),
        (lambda x: np.maximum(x - AT, 0.0) ** 2, False, False),
        (lambda x: np.abs(x - AT), True, False),
        (lambda x: np.sin(9 * x) + 0.05 * np.maximum(x - AT, 0.0), True, False),
        (lambda x: np.sqrt(np.maximum(x - AT, 0.0)), True, False),
        (lambda x: x**2 + (x > AT), False, True),
        (lambda x: x**2 + 1e-3 * (x > AT), False, True),
    ],
    ids=["parabola", "wave", "steep", "3/2", "square", "kink", "small kink", "root", "jump", "small jump"],
)
def test_breaks_of_functions(function, kinked, jumping):
    kink, jump = breaks_of(function)
    assert kink == pytest.approx([AT] if kinked else [], abs=1e-4)
    assert jump == pytest.approx([AT] if jumping else [], abs=1e-9)


def test_several_breaks_are_told_apart():
    kink, jump = breaks_of(lambda x: np.abs(x - 0.2) + 2 * np.abs(x - 0.21) + (x > 0.7) + (x > 0.8))
    assert kink == pytest.approx([0.2, 0.21], abs=1e-4)
    assert jump == pytest.approx([0.7, 0.8], abs=1e-9)


def test_slopes_are_derivatives():
    pieces, x = pieces_of(lambda x: np.exp(3 * x)), np.linspace(0.01, 0.99, 50)
    found = slopes(pieces, pieces.find(np.zeros(50, dtype=int), x), x)[:, 0]
    np.testing.assert_allclose(found, 3 * np.exp(3 * x), rtol=1e-5)


def test_a_group_that_becomes_covered_is_a_kink_of_profit():
    """Without misfit N = min(q / C, 1) (docs/model.md), here with C = 0.5."""
    game = Params().replace({"users.misfit_cost": 0.0, "platform.revenue": 1.0})
    curve = curves.profit_curve(solve(game, regime="none"))
    assert curve.kinks == pytest.approx([0.5], abs=1e-5)
    expected = np.minimum(curve.quality / 0.5, 1.0) - curve.quality**2 / 2.0
    np.testing.assert_allclose(curve.best_profit, expected, atol=1e-6)
    assert not curve.jumps.any()


def test_demand_that_sets_in_at_once_is_a_jump_of_profit():
    """Without misfit everybody takes part from q = C on if all have the same cost C."""
    law = {"dist": "point", "scale": 0.3}
    game = Params().replace({"users.misfit_cost": 0.0, "users.transaction_cost": law})
    found = solve(game, regime="none")
    curve = curves.profit_curve(found)
    (at,) = np.flatnonzero(curve.best_jumps)
    assert curve.quality[at : at + 2] == pytest.approx([0.3, 0.3], abs=1e-9)
    assert curve.best_profit[at + 1] - curve.best_profit[at] == pytest.approx(0.5, abs=1e-9)
    assert curve.quality[at] <= found.quality <= curve.quality[at + 1] + BEYOND
    assert curve.kinks.size == 0


def test_where_the_plan_changes_both_plans_pay_the_same():
    curve = curves.profit_curve(solve(Params()))
    (at,) = np.flatnonzero(curve.changes)
    assert curve.quality[at + 1] - curve.quality[at] < 1e-9
    assert curve.profit[0, at] == pytest.approx(curve.profit[1, at], abs=1e-8)
    assert curve.kinks.tolist() == [curve.quality[at]]


def test_a_chosen_intensity_is_the_best_of_all():
    changes = {"finetuning.choice": "continuous", "finetuning.intensity_cost": 0.01}
    game = Params().replace(changes)
    curve = curves.profit_curve(solve(game), points=21)
    for beta in (1.0, 2.0, 3.0, 4.0):
        given = curves.profit_curve(solve(game, fix={"intensity": beta}), points=21)
        here, there = (np.searchsorted(each.quality, np.linspace(0.0, 1.0, 21)) for each in (curve, given))
        assert (curve.best_profit[here] >= given.best_profit[there] - 1e-5).all()


def test_the_certificate_names_the_breaks_next_to_the_choice():
    """Without misfit N = min(q / C, 1): everybody takes part from q = C = 0.5 on, where profit is highest."""
    game = Params().replace({"users.misfit_cost": 0.0, "platform.revenue": 1.0})
    found = solve(game, regime="none")
    assert found.certificate.maximum == "kink"
    assert [each.kind for each in found.certificate.breaks] == ["kink"]
    assert found.certificate.breaks[0].quality == pytest.approx(found.quality, abs=1e-8)
    point = game.replace({"users.transaction_cost": {"dist": "point", "scale": 0.3}})
    found = solve(point, regime="none")
    assert found.certificate.maximum == "jump"
    assert [each.kind for each in found.certificate.breaks] == ["entry"]
    assert found.certificate.breaks[0].quality == pytest.approx(0.3, abs=1e-9)


def test_breaks_of_many_functions_are_those_of_each():
    functions = [
        lambda x: np.abs(x - 0.2) + (x > 0.7),
        lambda x: np.sin(x),
        lambda x: np.maximum(x - 0.4, 0.0) ** 2 + (x > 0.5) + (x > 0.6),
    ]
    parts = [pieces_of(function) for function in functions]
    whole = join([replace(part, owner=part.owner + i) for i, part in enumerate(parts)])
    found = breaks(whole, np.array([0.1, np.inf, 0.4]))
    assert found.owner.tolist() == [0, 0, 0, 2, 2, 2]
    assert found.x == pytest.approx([0.1, 0.2, 0.7, 0.4, 0.5, 0.6], abs=1e-4)
    assert found.kind.tolist() == ["entry", "kink", "jump", "entry", "jump", "jump"]
    place, kind = found.around(
        np.array([0, 1, 2, 2, 1]),
        np.array([0.3, 0.3, 0.55, 0.05, 0.8]),
        np.array(["smooth"] * 4 + ["kink"], dtype=object),
    )
    nearest = [[0.2, 0.7], [np.nan, np.nan], [0.5, 0.6], [np.nan, 0.4], [0.8, np.nan]]
    np.testing.assert_allclose(place, nearest, atol=1e-4)
    assert kind.tolist() == [["kink", "jump"], ["", ""], ["jump", "jump"], ["", "entry"], ["kink", ""]]


def test_coarse_pieces_tell_of_no_break():
    pieces = pieces_of(lambda x: np.abs(x - AT) + (x > 0.8))
    coarse = replace(pieces, error=np.full(pieces.error.shape, 1e-3))
    assert breaks(coarse, np.array([np.inf])).x.size == 0
