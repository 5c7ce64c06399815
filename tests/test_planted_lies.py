"""The planted lies: each is false where it says so and only there, and an honest judge refuses all."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from closed_form_games import best_quality, closed_form_game, learning_factor, pieces
from planted_lies import count_refused, lies
from told_claims import Truth, mixed, value
from trust import payoff_scale, training_cost, tuning_cost


@dataclass(frozen=True)
class Pieces:
    owner: np.ndarray
    low: np.ndarray
    high: np.ndarray
    coefficients: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class Curves:
    market: np.ndarray
    intensity: np.ndarray
    pieces: Pieces


@dataclass(frozen=True)
class Rows:
    """Games as a certificate sees them: something with rows."""

    tables: list

    def take(self, rows):
        return Rows([self.tables[row] for row in rows])


@dataclass(frozen=True)
class Claim:
    games: Rows
    market: np.ndarray
    markets: Any
    welfare: bool
    selection: str
    tune: tuple[bool, ...]
    low: np.ndarray
    high: np.ndarray
    least: np.ndarray
    most: np.ndarray
    quality: np.ndarray
    intensity: np.ndarray
    participation: np.ndarray
    user_surplus: np.ndarray
    participation_by_segment: np.ndarray
    user_surplus_by_segment: np.ndarray
    curves: Curves


def games(count):
    """Closed-form games whose curves are a few lines: N is nothing, linear (uniform costs), and full."""
    seeds = (s for s in range(10_000) if simple(closed_form_game(s)))
    return [closed_form_game(seed) for seed, _ in zip(seeds, range(count), strict=False)]


def simple(game):
    cost, rich = game["users"]["transaction_cost"], game["platform"]["revenue"] > 0.05
    return (
        cost["dist"] != "exponential"
        and 1 > cost["scale"] > 0.05
        and rich
        and len(game["users"]["segments"]) == 1
    )


def curve(game, beta):
    """(low, high, N at both) of the pieces of N(q); the sliver before the first crowd is left out."""
    E, found = learning_factor(game, beta), []
    for low, high, law in pieces(game, beta):
        found.append((low, high, law.H(1 - (1 - np.array([low, high])) * E)))
    first = found[0][0]
    if first > 1e-9:
        return [(0.0, first, np.zeros(2)), *found]
    return [(0.0, *found[0][1:]), *found[1:]]


def truth(count=60):
    tables = games(count)
    owner, low, high, ends, market, intensity, choices = [], [], [], [], [], [], []
    for row, game in enumerate(tables):
        for beta in (0.0, game["finetuning"]["strength"]):
            for a, b, N in curve(game, beta):
                owner.append(len(market)), low.append(a), high.append(b), ends.append(N)
            market.append(row), intensity.append(beta)
        plans = [best_quality(game, beta, welfare=False) for beta in intensity[-2:]]
        choices.append(max(plans, key=lambda choice: choice.payoff))
    N = np.array(ends)
    lines = np.stack([N.mean(1), np.diff(N, axis=1)[:, 0] / 2], 1)[:, :, None]
    coefficients = np.concatenate([lines, np.zeros_like(lines)], axis=2)
    size = len(owner)
    held = Pieces(
        np.array(owner), np.array(low), np.array(high),
        coefficients, np.zeros((size, 2)),
    )  # fmt: skip
    evaluate = evaluator(tables)
    quality, beta = (np.array([getattr(c, name) for c in choices]) for name in ("quality", "intensity"))
    there = evaluate(np.arange(count), quality, beta, "initial")
    strength = np.array([game["finetuning"]["strength"] for game in tables])
    claim = Claim(
        Rows(tables), np.arange(count), None, False, "initial", (False, True),
        np.zeros(count), np.ones(count), strength, strength, quality, beta,
        curves=Curves(np.array(market), np.array(intensity), held), **there,
    )  # fmt: skip
    return Truth(claim, evaluate, payoff, np.array([payoff_scale(game) for game in tables]))


def evaluator(tables):
    """What happens at a choice; the rules `highest` and `lowest` see 1e-3 more and less, as if there were."""

    def evaluate(rows, quality, intensity, selection):
        pairs = [at(tables[i], q, b) for i, q, b in zip(rows, quality, intensity, strict=True)]
        N, CS = np.array(pairs).reshape(-1, 2).T
        N = N + {None: 0.0, "initial": 0.0, "highest": 1e-3, "lowest": -1e-3}[selection]
        return {
            "participation": N, "user_surplus": CS,
            "participation_by_segment": N[:, None], "user_surplus_by_segment": CS[:, None],
        }  # fmt: skip

    return evaluate


def at(game, q, beta):
    """N and CS at a choice; at a jump those above it."""
    laws = [law for low, _, law in pieces(game, beta) if q >= low]
    v = np.float64(1 - (1 - q) * learning_factor(game, beta))
    return (float(laws[-1].H(v)), float(laws[-1].S(v))) if laws else (0.0, 0.0)


def payoff(claim):
    table = zip(claim.games.tables, claim.quality, claim.intensity, claim.participation, strict=True)
    return np.array(
        [g["platform"]["revenue"] * N - training_cost(g, q) - tuning_cost(g, b) for g, q, b, N in table]
    )


@pytest.fixture(scope="module")
def told():
    return truth()


def judge(told):
    """A judge that knows the closed form: the claim's participation, its payoff, its curves."""

    def certified(claim):
        every = np.arange(claim.quality.size)
        there = told.evaluate(every, claim.quality, claim.intensity, "initial")
        fits = np.all(
            [np.abs(getattr(claim, n).T - there[n].T).reshape(-1, every.size).max(0) < 1e-9 for n in there], 0
        )
        best = payoff(claim) > payoff(told.claim) - 1e-9 * told.scale
        return fits & best & np.array([curves_hold(claim, row) for row in every])

    return certified


def curves_hold(claim, row):
    game, table, curves = claim.games.tables[row], claim.curves.pieces, claim.curves
    for beta in (0.0, claim.most[row]):
        own = np.flatnonzero((curves.market == claim.market[row]) & (curves.intensity == beta))
        held = np.flatnonzero(np.isin(table.owner, own))
        if not held.size or abs((table.high - table.low)[held].sum() - 1) > 1e-12:
            return False
        for a, b, N in curve(game, beta):
            p = held[(table.low[held] == a) & (table.high[held] == b)]
            x = np.array([a, (a + b) / 2, b])
            if (
                not p.size
                or np.abs(value(table, np.repeat(p, 3), x)[:, 0] - [N[0], N.mean(), N[1]]).max() > 1e-9
            ):
                return False
    return True


def test_the_truth_is_certified(told):
    assert judge(told)(told.claim).all()


def test_every_lie_is_refused(told):
    counts = count_refused(told, judge(told))
    assert all(lies_told == refused for lies_told, refused in counts.values()), counts


def test_there_are_lies_of_all_kinds_and_many(told):
    counts = {lie.name: int(lie.told.sum()) for lie in lies(told)}
    never = {name for name, count in counts.items() if count == 0}
    assert never <= {"equilibrium of the rule initial"}, counts
    assert sum(counts.values()) >= 500, counts


def test_rows_that_are_not_lied_about_stay_as_they_were(told):
    for lie in lies(told):
        for name in ("quality", "intensity", "participation", "participation_by_segment"):
            mine, theirs = getattr(told.claim, name)[~lie.told], getattr(lie.claim, name)[~lie.told]
            np.testing.assert_array_equal(mine, theirs, err_msg=lie.name)


def test_displaced_choices_pay_less_by_more_than_is_allowed(told):
    for lie in lies(told):
        if lie.name.startswith(("displaced", "second", "other plan", "flattened")):
            loss = (payoff(told.claim) - payoff(lie.claim)) / told.scale
            assert (loss[lie.told] > 1e-8).all(), lie.name


def test_mixing_takes_rows_of_both(told):
    other = replace(told.claim, quality=told.claim.quality + 1)
    told_rows = np.arange(60) % 2 == 0
    assert np.allclose(mixed(told.claim, other, told_rows).quality - told.claim.quality, told_rows)


def test_pieces_are_chebyshev_series():
    u = np.linspace(-1, 1, 9)
    pieces = Pieces(
        np.zeros(1, int),
        np.array([2.0]),
        np.array([5.0]),
        np.array([[[0.3], [0.5], [0.2]]]),
        np.zeros((1, 1)),
    )
    expected = 0.3 + 0.5 * u + 0.2 * (2 * u**2 - 1)
    found = value(pieces, np.zeros(9, int), 3.5 + 1.5 * u)
    np.testing.assert_allclose(found[:, 0], expected, rtol=0, atol=1e-14)
