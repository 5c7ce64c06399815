"""What platforms do under a policy in games without misfit costs, in closed form (see closed_form_games).

Under uniform and point costs every choice that can be best is explicit: an end of a range of quality in which
N is smooth, the floor, or where marginal revenue is marginal cost.
"""

import numpy as np
from closed_form_games import CROWD, closed_form_game, learning_factor
from trust import exponent

TIE = 1e-12


def policy_games(count):
    """The first games of `closed_form_game` with a binary choice and explicit answers, by seed."""
    found, seed = {}, 0
    while len(found) < count:
        game = closed_form_game(seed)
        explicit = game["users"]["transaction_cost"]["dist"] in ("uniform", "point")
        if explicit and game["finetuning"]["choice"] == "binary":
            found[seed] = game
        seed += 1
    return found


def answers(game, *, subsidy=0.0, floor=0.0, cap=np.inf, tax=0.0):
    """Quality, intensity and welfare under policies, arrays that broadcast to (K,)."""
    subsidy, floor, cap, tax = np.broadcast_arrays(*np.atleast_1d(subsidy, floor, cap, tax))
    tuning, platform = game["finetuning"], game["platform"]
    k, n = platform["training_cost"], exponent(game)
    scale = max(platform["revenue"], k / n)
    beta = np.minimum(tuning["strength"], cap)
    plans = []
    for b in (0.0 * beta, beta):
        q, users, surplus = _best(game, b, subsidy, floor)
        spent = np.where(b > 0, tuning["cost"] + tuning["intensity_cost"] * b**2 / 2, 0.0)
        before = platform["revenue"] * users - k * q**n / n - spent
        after = before + subsidy * k * q**n / n - np.where(b > 0, tax, 0.0)
        plans.append((after, q, b, before + surplus))
    (plain, q0, _, w0), (tuned, q1, b1, w1) = plans
    tie = np.abs(tuned - plain) <= TIE * scale
    adopt = np.where(tie, q1 < q0 - 1e-9, tuned > plain) & (b1 > 0)
    return np.where(adopt, q1, q0), np.where(adopt, b1, 0.0), np.where(adopt, w1, w0)


def _best(game, beta, subsidy, floor):
    """The best quality at intensities (K,), and N and CS there."""
    cost, r = game["users"]["transaction_cost"], game["platform"]["revenue"]
    C, n, k = cost["scale"], exponent(game), game["platform"]["training_cost"]
    E = learning_factor(game, beta)
    first = np.where(beta > 0, C * (CROWD if cost["dist"] == "uniform" else 1.0), 0.0)
    interior = (r * E / (C * k * (1.0 - subsidy))) ** (1.0 / (n - 1.0))
    places = [0.0 * E, first, 1.0 - 1.0 / E, 1.0 - (1.0 - C) / E, 1.0 + 0.0 * E, interior]
    q = np.clip(np.stack(places), floor, 1.0)
    v = 1.0 - (1.0 - q) * E
    crowd = (beta == 0) | (q >= first * (1.0 - TIE))
    if cost["dist"] == "uniform":
        users = np.clip(v / C, 0.0, 1.0)
        surplus = np.where(v > C, v - C / 2.0, np.maximum(v, 0.0) ** 2 / (2.0 * C))
    else:
        users = (v >= C - TIE).astype(float)
        surplus = np.maximum(v - C, 0.0)
    users, surplus = users * crowd, surplus * crowd
    payoff = r * users - (1.0 - subsidy) * k * q**n / n
    top = payoff >= payoff.max(axis=0) - TIE * max(r, k / n)
    chosen = np.where(top, q, np.inf).argmin(axis=0)
    every = np.arange(E.size)
    return q[chosen, every], users[chosen, every], surplus[chosen, every]
