"""Claims about games with a closed form: truths are certified, lies refused."""

from dataclasses import replace

import numpy as np
import pytest
from claims import curves_of, game, pieces_of, told, truth, users

from eqsolve.certificate import certify
from eqsolve.certificate.pieces import uniforms
from eqsolve.game.payoffs import payoff_scale
from eqsolve.selections import SELECTIONS

COSTS = [{"dist": d, "scale": C} for d, C in (("uniform", 0.9), ("point", 0.3), ("exponential", 0.2))]
PLANS = {"none": (False,), "forced": (True,), "endogenous": (False, True)}


def games(costs, t):
    """Six games: two revenues, three training costs; the last adopts fine-tuning."""
    return [
        game(
            users__transaction_cost=costs,
            users__misfit_cost=t,
            platform__revenue=r,
            platform__training_cost=k,
            finetuning__cost=F,
        )
        for r, k, F in (
            (0.5, 1, 0.05),
            (0.05, 1, 0.05),
            (1, 8, 0.01),
            (0.01, 3, 0.0),
            (2, 1, 0.02),
            (0.4, 2, 0),
        )
    ]


def lie(claim, rows=None, **columns):
    """The claim with some columns replaced."""
    return replace(claim, **columns)


@pytest.mark.thorough
@pytest.mark.parametrize("costs", COSTS, ids=lambda c: c["dist"])
@pytest.mark.parametrize("t", [0.0, 0.3])
@pytest.mark.parametrize("tune", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("welfare", [False, True], ids=["profit", "welfare"])
def test_truths_are_certified(costs, t, tune, welfare):
    checks = certify(truth(games(costs, t), tune, welfare))
    assert set(checks.status) == {"certified"}
    assert set(checks.basis) == {"bound" if tune == (False,) else "curve"}
    assert checks.accuracy.max() < 1e-10
    assert checks.checked.min() >= 2


@pytest.mark.parametrize("costs", COSTS, ids=lambda c: c["dist"])
@pytest.mark.parametrize("tune", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("size", [1e-4, 1e-3, 1e-2, 1e-1])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_displaced_choice_is_refused(costs, tune, size, side):
    table = games(costs, 0.3)
    claim = truth(table, tune)
    quality = claim.quality + side * size
    moved = told(claim, table, quality=np.where((quality > 0) & (quality < 1), quality, claim.quality))
    lost = profit(claim) - profit(moved)
    false = lost > 1e-8 * payoff_scale(claim.games)
    assert false.any()
    checks = certify(moved)
    assert (checks.status[false] == "deviation_found").all()
    assert checks.regret_quality[false] == pytest.approx(lost[false], rel=1e-6, abs=1e-11)


def profit(claim):
    games = claim.games
    tuned = claim.intensity > 0
    spent = games.training_cost * claim.quality**2 / 2 + tuned * games.cost
    return games.revenue * claim.participation - spent


def test_the_other_plan_is_refused():
    table = games(COSTS[0], 0.3)
    claim = truth(table)
    plain, tuned = truth(table, (False,)), truth(table, (True,))
    false = np.abs(profit(plain) - profit(tuned)) > 1e-8
    assert 0 < (claim.intensity > 0).sum() < len(table) and false.all()
    other = np.where(claim.intensity > 0, plain.quality, tuned.quality)
    swapped = told(claim, table, other, np.where(claim.intensity > 0, 0.0, claim.games.strength))
    checks = certify(swapped)
    assert (checks.status == "deviation_found").all()
    assert checks.regret_quality == pytest.approx(np.abs(profit(plain) - profit(tuned)), rel=1e-6)


def test_intensity_alone_is_a_deviation():
    table = [game(finetuning__cost=0.0, users__misfit_cost=0.3)]
    claim = told(truth(table), table, intensity=[0.0])
    at = np.array([claim.quality[0]])
    tuned, plain = users(table[0], 3.0)[0](at), users(table[0], 0.0)[0](at)
    gain = 0.5 * (tuned - plain)[0, 0]
    checks = certify(claim)
    assert gain > 1e-4 and checks.status[0] == "deviation_found"
    assert checks.regret_intensity[0] == pytest.approx(gain, rel=1e-8)


@pytest.mark.parametrize("step", [1e-7, -1e-7, 1e-5, -1e-5])
def test_the_wrong_side_of_a_jump_is_refused(step):
    """With point costs and t = 0 everybody comes at q = C: at a lower quality nobody does."""
    table = [game(users__transaction_cost={"dist": "point", "scale": 0.3}, users__misfit_cost=0.0)]
    claim = truth(table, (False,))
    assert claim.quality[0] == pytest.approx(0.3, rel=0, abs=1e-12)
    assert certify(claim).status[0] == "certified"
    assert not certify(told(claim, table, quality=claim.quality + step)).status[0].certified
    boast = replace(claim, quality=claim.quality - abs(step))
    assert certify(boast).status[0] == "accounting_error"


@pytest.mark.parametrize("column", ["participation", "user_surplus"])
@pytest.mark.parametrize("tune", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("off", [1e-6, -1e-6])
def test_masses_that_are_off_are_refused(column, tune, off):
    claim = truth(games(COSTS[0], 0.3), tune)
    segments = f"{column}_by_segment"
    false = replace(claim, **{column: getattr(claim, column) + off, segments: getattr(claim, segments) + off})
    assert set(certify(false).status) == {"accounting_error"}
    only = replace(claim, **{segments: getattr(claim, segments) + off * np.array([1.0, -1.0])})
    assert set(certify(only).status) == {"accounting_error"}


def test_feedback_that_is_off_is_refused():
    claim = truth(games(COSTS[0], 0.3), (True,))
    false = replace(claim, feedback_quality=claim.feedback_quality + 1e-6)
    assert set(certify(false).status) == {"accounting_error"}


@pytest.mark.parametrize("tune", PLANS.values(), ids=PLANS)
def test_pieces_flattened_over_the_peak_are_refused(tune):
    """A solver that missed the peak: its pieces are flat there, and it claims the second-best choice."""
    table = [game(users__misfit_cost=0.3, finetuning__cost=0.0)]
    claim = truth(table, tune)
    pieces = claim.curves.pieces
    best = claim.quality[0]
    flat = pieces.coefficients.copy()
    hides = (pieces.low <= best) & (best <= pieces.high)
    assert hides.any()
    flat[hides, 1:] = 0.0
    flat[hides, 0] = claim.curves.pieces.value(np.flatnonzero(hides), pieces.low[hides])
    curves = replace(claim.curves, pieces=replace(pieces, coefficients=flat))
    moved = told(replace(claim, curves=curves), table, quality=pieces.low[hides][:1])
    checks = certify(moved)
    assert not checks.status[0].certified
    honest_choice = certify(replace(claim, curves=curves))
    assert honest_choice.status[0] == "curve_not_confirmed"


def test_a_narrow_peak_that_a_piece_hides_is_refused_by_monotonicity():
    """t = 0, uniform costs: q* = r / (k C) = 0.002 lies where a liar's piece says that nobody comes."""
    cost = {"dist": "uniform", "scale": 0.002}
    table = [game(users__transaction_cost=cost, users__misfit_cost=0.0, platform__revenue=2e-6)]
    claim = truth(table, (False,))
    assert 0 < claim.quality[0] <= 0.002
    parts = [(0, 0.0, pieces_of(lambda q: np.zeros((q.size, 2))))]
    false = replace(told(claim, table, quality=[0.0]), curves=curves_of(parts))
    assert not certify(false).status[0].certified


def test_monotonicity_finds_a_basin_that_no_piece_shows():
    """The pieces are those of a game without the second basin, between fresh points as it were."""
    table = [game(users__misfit_cost=0.0)]
    claim = truth(table, (False,))
    curve, _ = users(table[0], 0.0)
    lower = pieces_of(lambda q: curve(np.minimum(q, 0.2)))
    false = replace(told(claim, table, quality=[0.2]), curves=curves_of([(0, 0.0, lower)]))
    checks = certify(false)
    assert checks.status[0] != "certified"
    assert checks.regret_quality[0] > 1e-2


@pytest.mark.parametrize("width", [1e-9, 1e-3])
def test_a_gap_in_the_pieces_is_refused(width):
    table = games(COSTS[0], 0.3)
    claim = truth(table)
    pieces = claim.curves.pieces
    high = pieces.high.copy()
    first = np.searchsorted(pieces.owner, claim.curves.market.size // 2)
    high[first] -= width
    market = claim.curves.market[pieces.owner[first]]
    checks = certify(replace(claim, curves=replace(claim.curves, pieces=replace(pieces, high=high))))
    assert [s == "curve_not_confirmed" for s in checks.status] == [m == market for m in claim.market]


@pytest.mark.parametrize("end", ["low", "high"])
def test_pieces_that_end_early_are_refused(end):
    claim = truth(games(COSTS[0], 0.3), (False,))
    pieces = claim.curves.pieces
    ends = (pieces.low == 0.0) if end == "low" else (pieces.high == 1.0)
    moved = np.where(ends, 0.01 if end == "low" else 0.99, getattr(pieces, end))
    moved = moved.clip(pieces.low.min(), pieces.high) if end == "low" else moved.clip(pieces.low, 1)
    checks = certify(replace(claim, curves=replace(claim.curves, pieces=replace(pieces, **{end: moved}))))
    assert set(checks.status) == {"curve_not_confirmed"}


@pytest.mark.parametrize("plan", [False, True])
def test_a_missing_curve_is_refused(plan):
    table = games(COSTS[0], 0.3)
    claim = truth(table)
    curves = claim.curves
    parts = [
        (m, b, [tuple(getattr(curves.pieces, f)[p] for f in ("low", "high", "coefficients", "error"))
                for p in np.flatnonzero(curves.pieces.owner == k)])
        for k, (m, b) in enumerate(zip(curves.market, curves.intensity, strict=True))
        if m != 2 or (b > 0) != plan
    ]  # fmt: skip
    checks = certify(replace(claim, curves=curves_of(parts)))
    assert [s != "certified" for s in checks.status] == [m == 2 for m in claim.market]
    assert checks.status[2] == "curve_not_confirmed"


def test_a_choice_that_is_not_allowed_is_refused():
    table = games(COSTS[0], 0.3)
    claim = truth(table, (False,))
    assert set(certify(replace(claim, low=claim.quality + 0.01)).status) == {"accounting_error"}
    forced = truth(table, (True,))
    assert set(certify(replace(forced, least=forced.most / 2, most=forced.most / 2)).status) != {"certified"}


def test_allowed_qualities_limit_deviations():
    """A ceiling below the best quality makes the best of the rest an equilibrium."""
    table = games(COSTS[0], 0.3)
    claim = truth(table, (False,))
    limit = claim.quality * 0.9
    at_limit = told(claim, table, quality=limit)
    inner = (claim.quality > 0.05) & (profit(claim) - profit(at_limit) > 1e-6)
    assert inner.sum() >= 2
    best_below = profit(at_limit) >= 0
    checks = certify(replace(at_limit, high=limit))
    assert (checks.status[inner & best_below] == "certified").all()
    assert not (certify(at_limit).status[inner] == "certified").any()


def test_a_fixed_quality_compares_plans_alone():
    table = games(COSTS[0], 0.3)
    q = np.full(len(table), 0.5)
    claim = truth(table)
    plain = told(claim, table, q, np.zeros(len(table)))
    tuned = told(claim, table, q, claim.games.strength)
    better = np.where(profit(tuned) > profit(plain), claim.games.strength, 0.0)
    right = told(replace(claim, low=q, high=q), table, q, better)
    wrong = told(replace(claim, low=q, high=q), table, q, claim.games.strength - better)
    assert set(certify(right).status) == {"certified"}
    assert set(certify(wrong).status) == {"deviation_found"}


def test_rows_of_one_market_share_its_curves():
    table = [game(platform__revenue=r, platform__training_cost=k) for r in (0.1, 0.5, 2) for k in (0.5, 1, 4)]
    apart = truth(table)
    kept = np.isin(apart.curves.market, [0])
    pieces = apart.curves.pieces
    mine = kept[pieces.owner]
    shared = replace(
        apart,
        market=np.zeros(len(table), dtype=int),
        markets=apart.markets.take(np.array([0])),
        curves=replace(
            apart.curves,
            market=apart.curves.market[kept],
            intensity=apart.curves.intensity[kept],
            pieces=replace(
                pieces,
                **{f: getattr(pieces, f)[mine] for f in ("owner", "low", "high", "coefficients", "error")},
            ),
        ),
    )
    checks = certify(shared)
    assert set(checks.status) == {"certified"}
    moved = told(shared, table, quality=np.where(np.arange(9) == 4, 0.9 * shared.quality, shared.quality))
    assert [s == "certified" for s in certify(moved).status] == [i != 4 for i in range(9)]


def test_fresh_points_are_reproducible_and_differ_between_markets():
    claim = truth(games(COSTS[0], 0.3))
    one, two = certify(claim), certify(claim)
    assert np.array_equal(one.accuracy, two.accuracy) and np.array_equal(one.checked, two.checked)
    seeds = np.arange(1000, dtype=np.uint64)
    draws = uniforms(seeds, np.zeros(1000), 3)
    assert draws.min() > 0 and draws.max() < 1 and np.unique(draws).size == draws.size
    assert np.abs(draws.mean(axis=0) - 0.5).max() < 0.03


def test_participation_of_another_equilibrium_is_refused():
    """Below the entry of the initial model nobody comes, though a crowd would stay if there were one."""
    table = [game(finetuning__learning=0.6, users__misfit_cost=0.6, finetuning__cost=0.0)]
    claim = truth(table, (True,))
    q = np.array([0.02])
    nobody, crowd = users(table[0], 3.0)[0](q), users(table[0], 3.0, crowd=True)[0](q)
    assert nobody[0, 0] == 0 and crowd[0, 0] > 0.1
    there = told(claim, table, quality=q)
    assert certify(replace(there, low=q, high=q)).status[0] == "certified"
    false = replace(
        there,
        participation=crowd[:, 0],
        user_surplus=crowd[:, 1],
        participation_by_segment=crowd[:, :1] * np.ones((1, 2)),
        user_surplus_by_segment=crowd[:, 1:] * np.ones((1, 2)),
        low=q,
        high=q,
    )
    assert certify(false).status[0] == "accounting_error"
    chosen = replace(false, selection=SELECTIONS["highest"])
    curve, bends = users(table[0], 3.0, crowd=True)
    curves = curves_of([(0, 3.0, pieces_of(curve, bends))])
    assert certify(replace(chosen, curves=curves)).status[0] == "certified"


def test_continuous_intensity_is_checked_between_the_curves():
    """G = 0.02, F = 0: the best intensity is inside; a claim beside it is beaten at fresh intensities."""
    table = [game(finetuning__choice="continuous", finetuning__intensity_cost=0.02, finetuning__cost=0.0)]
    best = 1.2969444  # by maximizing the closed form over (q, beta)
    told_of = (0.06, 0.3, 0.75, 1.5, 2.25, 3.0)
    claim = truth(table, intensities=tuple(sorted((*told_of, best))))
    assert claim.intensity[0] == best
    assert certify(claim).status[0] == "certified"
    for factor in (0.9, 0.99, 1.01, 1.1):
        beside = truth(table, intensities=tuple(sorted((*told_of, factor * best))))
        at = np.flatnonzero(beside.curves.intensity == factor * best)[0]
        assert beside.intensity[0] == beside.curves.intensity[at]
        assert certify(beside).status[0] == "deviation_found"
    sparse = truth(table, intensities=(best, 3.0))
    assert certify(sparse).status[0] == "curve_not_confirmed"
