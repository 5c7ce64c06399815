"""Games with several participation equilibria: every rule of selection selects what it says."""

import numpy as np
import pytest
from oracle import STARTS, Oracle
from oracle_search import best_payoff
from scipy import integrate, optimize
from several_equilibria import FAMILIES, draw, several_game
from trust import payoff_scale, verdict

from eqsolve import Params, solve

pytestmark = pytest.mark.thorough

SELECTIONS = ("initial", "highest", "lowest")
QUICK, ALL = 5, 300
EDGE = 1e-8
"""How far apart two ways of following a flow past a saddle place a jump."""
QUICK_EFFORT, EFFORT = dict(qualities=41, hills=1), dict(qualities=61, hills=2)


def regime_of(seed):
    """The regime in which a game is played."""
    return ("endogenous", "forced")[seed // len(FAMILIES) % 2]


def play(seed, selection, counted, **effort):
    """Solve a game under a rule of selection and count the verdict."""
    game, regime = several_game(seed), regime_of(seed)
    found = solve(Params.model_validate(game), regime=regime, selection=selection)
    counted.add(str(seed), judge(found, game, regime, selection, **effort), game, regime, selection)


def judge(found, game, regime, selection, **effort):
    """The judgment on a claim."""
    best = best_payoff(game, regime, selection=selection, **effort)
    there = sides(game, found, selection) if np.isfinite(found.quality) else []
    return verdict(found, regime, payoff_scale(game), Best(best, regime), there, attained=False)


class Best:
    """The best outcome that the oracle found, as a choice and what it pays."""

    def __init__(self, outcome, regime):
        self.payoff, self.quality, self.intensity = outcome.payoff(regime), outcome.quality, outcome.intensity


def sides(game, found, selection):
    """(N, CS) that the rule selects at the claimed choice; next to a jump, as either side continues."""
    oracle, q, beta = Oracle(game, refine=1.5), found.quality, found.intensity
    told = [at(oracle, q, beta, selection)]
    if found.certificate.maximum == "jump":
        near, far = ([at(oracle, q + k * step, beta, selection) for step in (EDGE, -EDGE)] for k in (1, 2))
        told += [2.0 * one - other for one, other in zip(near, far, strict=True)]
    return [tuple(each) for each in told]


def at(oracle, q, beta, selection):
    """N and CS."""
    outcome = oracle.evaluate(min(max(q, 0.0), 1.0), beta, selection=selection)
    return np.array([outcome.participation, outcome.user_surplus])


def test_own_feedback_keeps_a_crowd_though_the_first_answer_to_it_would_drive_all_away():
    """Below the entry of the initial model, in a game that was refused: the certificate saw nobody there."""
    found = solve(Params.model_validate(several_game(126)), regime="forced")
    assert found.certificate.status == "certified"
    there = solve(Params.model_validate(several_game(126)), regime="forced", fix={"quality": 0.3})
    truth = at(Oracle(several_game(126), refine=1.5), 0.3, found.intensity, "initial")
    assert there.certificate.status == "certified"
    np.testing.assert_allclose([there.participation, there.user_surplus], truth, rtol=0, atol=1e-7)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("seed", range(1, QUICK))  # the first takes a minute: see trust_suite.py
def test_the_rule_selects_and_nobody_beats_it(seed, selection, tally):
    counted = tally(f"several-{selection}")
    play(seed, selection, counted, **QUICK_EFFORT)
    counted.check(uncertified=0)


class TestTheOracle:
    """Limits of adjustment from all starts: against the scalar flow at t = 0, and against brute force."""

    @pytest.mark.parametrize("seed", range(20))
    def test_limits_of_a_scalar_flow(self, seed):
        rng = np.random.default_rng([319, seed])
        game = draw(rng, "learning")
        game["users"]["misfit_cost"] = game["finetuning"]["personalization"] = 0.0
        for segment in game["users"]["segments"]:
            segment["tastes"] = {"dist": "uniform"}
        oracle, beta = Oracle(game), game["finetuning"]["strength"]
        for q in rng.uniform(0, 0.9, 3):
            for start in STARTS:
                exact = scalar_limit(oracle, q, beta, start)
                if exact is not None:
                    found = oracle.limit(q, beta, start)
                    assert found.residual < 1e-9
                    assert found.participation == pytest.approx(exact, rel=0, abs=1e-9), (q, start)

    @pytest.mark.parametrize("seed", range(10))
    def test_limits_by_brute_force(self, seed):
        game, rng = several_game(seed), np.random.default_rng([320, seed])
        if game["users"]["transaction_cost"]["dist"] == "point":  # N would jump from point to point
            game["users"]["transaction_cost"]["dist"] = "exponential"
        oracle = Oracle(game)
        q, beta = rng.uniform(0.05, 0.9), game["finetuning"]["strength"]
        for start in ("initial", "everybody", "left"):
            N, rest = brute_force(oracle, q, beta, start)
            found = oracle.limit(q, beta, start)
            if rest < 1e-4:  # else it is still on its way, or jumps on and off
                assert found.participation == pytest.approx(N, rel=0, abs=5e-3), start

    @pytest.mark.parametrize("seed", range(5))
    def test_rules_order_what_they_select(self, seed):
        game = several_game(seed)
        oracle, beta = Oracle(game), game["finetuning"]["strength"]
        for q in (0.2, 0.6):
            found = [oracle.evaluate(q, beta, selection=rule) for rule in ("lowest", "initial", "highest")]
            low, first, high = (outcome.participation for outcome in found)
            assert low <= first + 1e-9
            assert first <= high + 1e-9


def scalar_limit(oracle, q, beta, start):
    """Where N goes if all users see one value, so that N(tau) runs to the next rest point on its way.

    None where rest points are too close to each other or to the start to tell.
    """
    rho = oracle.share @ oracle.w

    def drift(N):
        factor = np.exp(-oracle.eta * beta * rho * N / (N + oracle.nu))
        return oracle.cost.H(1 - (1 - q) * factor) - N

    first = float(oracle.cost.H(np.float64(q)))
    begin = first if STARTS[start] is None else sum(b - a for a, b in STARTS[start])
    up = drift(begin) > 0
    grid = np.linspace(begin, 1.0 if up else 0.0, 20_001)
    along = np.array([drift(np.float64(N)) for N in grid]) * (1 if up else -1)
    if abs(along[0]) < 1e-3 and begin not in (0.0, 1.0):
        return None
    turn = np.flatnonzero(along[1:] <= 0)
    if not turn.size:
        return grid[-1]
    near = np.abs(along[: turn[0]])
    if near.size > 200 and near[100:-100].size and near[100:-100].min() < 1e-4:
        return None  # it passes a ghost
    a, b = grid[turn[0]], grid[turn[0] + 1]
    return b if drift(b) == 0 else optimize.brentq(drift, min(a, b), max(a, b), xtol=1e-14)


def brute_force(oracle, q, beta, start, points=120, time=150.0):
    """N where dP/dtau = H(v[P]) - P has come to from a start, on a midpoint grid, and how it still moves."""
    x = (np.arange(points) + 0.5) / points
    s = oracle.match.s(x[:, None], x)
    mass = np.array([np.diff(density.cdf(np.linspace(0, 1, points + 1))) for density in oracle.tastes])
    f0 = np.diff(oracle.outputs.cdf(np.linspace(0, 1, points + 1)))
    own = [np.exp(beta * oracle.zeta * w * (s - 1)) for w in oracle.w]

    def values(P, beta):
        N = oracle.share @ (P * mass).sum(1) + oracle.nu
        reward = s @ ((oracle.share * oracle.w) @ (P * mass)) / max(N, 1e-300)
        rho = (oracle.share * oracle.w) @ (P * mass).sum(1) / max(N, 1e-300)
        f = f0 * np.exp(beta * (1 - oracle.zeta) * (reward - reward.max()))
        m = (
            np.array([(kernel * s) @ f / (kernel @ f) for kernel in own])
            if beta
            else np.array([s @ f0] * len(own))
        )
        signal = (1 - oracle.zeta) * rho + oracle.zeta * oracle.w
        return (1 - (1 - q) * np.exp(-oracle.eta * beta * signal))[:, None] - oracle.t * (1 - m)

    none = np.zeros_like(mass)
    initial = oracle.cost.H(values(none, 0.0))
    inside = sum((x > a) & (x < b) for a, b in STARTS[start] or ())
    P = initial if STARTS[start] is None else none + inside

    def drift(_, flat):
        P = flat.reshape(mass.shape)
        return (oracle.cost.H(values(P, beta)) - P).ravel()

    end = integrate.solve_ivp(drift, (0, time), P.ravel(), method="RK23", rtol=1e-5, atol=1e-7).y[:, -1]
    P, rest = end.reshape(mass.shape), drift(0, end).reshape(mass.shape)
    return oracle.share @ (P * mass).sum(1), np.abs(oracle.share @ (rest * mass).sum(1))
