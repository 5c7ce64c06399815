"""Games without misfit costs, whose equilibrium is known in closed form, and that equilibrium.

With t = 0 a user's value is the quality, v_j = Q_j. Without fine-tuning N(q) = H(q). Where feedback is not
personal (zeta = 0) and has no prior (nu = 0), users of all segments see one value and take part in the same
proportion, so that rho = sum_j lambda_j w_j however many they are, and N(q, beta) = H(1 - (1 - q) E) with
E = exp(-eta beta rho), unless fewer than 1e-12 take part in the initial model (docs/model.md, Selection).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import optimize
from trust import EXPONENT, exponent, training_cost, tuning_cost

CROWD = 1e-12  # the mass of users from which on a crowd counts as one
INTENSITIES = 240  # of the scan over a continuous choice


def closed_form_game(seed):
    """The game of one seed, a plain table; r, k and C are log-uniform over four, three and four decades."""
    rng = np.random.default_rng([311, seed])
    count = rng.integers(1, 4)
    shares = rng.dirichlet(np.ones(count))
    platform = {"revenue": 10 ** rng.uniform(-3, 1), "training_cost": 10 ** rng.uniform(-2, 1)}
    if EXPONENT and rng.random() < 0.5:
        platform["training_exponent"] = rng.uniform(1.5, 8)
    return {
        "platform": platform,
        "finetuning": {
            "choice": "continuous" if rng.random() < 0.1 else "binary",
            "strength": 10 ** rng.uniform(-1, 1.5),
            "cost": 0.0 if rng.random() < 0.3 else 10 ** rng.uniform(-4, -0.5),
            "intensity_cost": 0.0 if rng.random() < 0.5 else 10 ** rng.uniform(-5, -1.5),
            "learning": rng.uniform(0, 1),
            "personalization": 0.0,
            "feedback_prior": 0.0,
        },
        "users": {
            "misfit_cost": 0.0,
            "transaction_cost": {
                "dist": str(rng.choice(["uniform", "point", "exponential"])),
                "scale": 10 ** rng.uniform(-3.5, 0.5),
            },
            "match": {"kind": "gaussian", "breadth": 0.25},
            "segments": [
                {
                    "name": f"s{j}",
                    "share": float(share),
                    "accuracy": rng.uniform(),
                    "tastes": {"dist": "uniform"},
                }
                for j, share in enumerate(shares / shares.sum())
            ],
        },
        "model": {"outputs": {"dist": "uniform"}},
    }


@dataclass(frozen=True)
class Choice:
    """A choice of the platform and what it pays."""

    payoff: float
    quality: float
    intensity: float


@dataclass(frozen=True)
class Law:
    """A law of transaction costs on a range of v in which it is smooth: H, its density, and S."""

    kind: str
    C: float
    covered: bool  # whether v >= C, where a law has an end there

    def H(self, v):
        if self.kind == "exponential":
            return -np.expm1(-np.maximum(v, 0) / self.C)
        if self.covered:
            return np.ones_like(v)
        return np.zeros_like(v) if self.kind == "point" else np.maximum(v, 0) / self.C

    def h(self, v):
        if self.kind == "exponential":
            return np.where(v > 0, np.exp(-np.maximum(v, 0) / self.C) / self.C, 0)
        return np.where(v > 0, 1 / self.C, 0) if self.kind == "uniform" and not self.covered else 0 * v

    def S(self, v):
        if self.kind == "exponential":
            return np.maximum(v, 0) + self.C * np.expm1(-np.maximum(v, 0) / self.C)
        if self.covered:
            return v - self.C / (1 if self.kind == "point" else 2)
        return 0 * v if self.kind == "point" else np.maximum(v, 0) ** 2 / (2 * self.C)


def learning_factor(game, beta):
    """E = exp(-eta beta rho), by which fine-tuning multiplies the quality gap 1 - q."""
    rho = sum(s["share"] * (2 * s["accuracy"] - 1) for s in game["users"]["segments"])
    return np.exp(-game["finetuning"]["learning"] * beta * rho)


def first_quality(game, beta):
    """The lowest quality whose initial model has a crowd; 0 without fine-tuning, where none is needed."""
    cost = game["users"]["transaction_cost"]
    if beta == 0:
        return 0.0
    rank = {"uniform": CROWD, "point": 1.0, "exponential": -np.log1p(-CROWD)}[cost["dist"]]
    return cost["scale"] * rank


def pieces(game, beta):
    """(low, high, law) of the ranges of quality in which N is smooth and there is a crowd, lowest first."""
    cost, E, first = game["users"]["transaction_cost"], learning_factor(game, beta), first_quality(game, beta)
    kind, C = cost["dist"], cost["scale"]
    full = np.inf if kind == "exponential" else 1 - (1 - C) / E
    breaks = [q for q in (1 - 1 / E, full) if first < q < 1]
    ends = sorted({first, *breaks, 1.0}) if first <= 1 else []
    return [(a, b, Law(kind, C, a >= full)) for a, b in pairwise(ends)]


def outcomes(game, q, beta):
    """(N, CS) at a choice, on both sides of a jump that is closer than 1e-9."""
    E = learning_factor(game, beta)
    near = [law for a, b, law in pieces(game, beta) if a - 1e-9 <= q <= b + 1e-9]
    v = np.float64(1 - (1 - q) * E)
    found = [(float(law.H(v)), float(law.S(v))) for law in near]
    nobody = beta > 0 and q < first_quality(game, beta) + 1e-9
    return found + [(0.0, 0.0)] * bool(nobody or not near)


def best_choice(game, regime):
    """The choice that pays most; on a tie the one with the lower quality."""
    beta_max = game["finetuning"]["strength"]
    if regime == "none":
        return best_quality(game, 0.0, welfare=False)
    if regime == "forced":
        return best_quality(game, beta_max, welfare=False)
    welfare = regime == "planner"
    plain = best_quality(game, 0.0, welfare)
    tuned = (best_tuned if game["finetuning"]["choice"] == "continuous" else best_quality)(
        game, beta_max, welfare
    )
    return max(plain, tuned, key=lambda choice: (choice.payoff, -choice.quality))


def best_tuned(game, beta_max, welfare):
    """The best choice with an intensity in (0, beta_max]: a scan, and the hills within reach of its best."""
    betas = beta_max * np.concatenate([np.geomspace(1e-6, 0.02, 40), np.linspace(0.02, 1, INTENSITIES)[1:]])
    found = [best_quality(game, beta, welfare) for beta in betas]
    payoffs = np.array([choice.payoff for choice in found])
    tops = np.flatnonzero(
        (payoffs >= np.append(payoffs[1:], -np.inf)) & (payoffs >= np.append(-np.inf, payoffs[:-1]))
    )
    for i in sorted(tops, key=lambda i: -payoffs[i])[:4]:
        bounds = betas[max(i - 1, 0)], betas[min(i + 1, len(betas) - 1)]

        def loss(beta):
            return -best_quality(game, beta, welfare).payoff

        top = optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-11})
        found.append(best_quality(game, top.x, welfare))
    return max(found, key=lambda choice: choice.payoff)


def best_quality(game, beta, welfare):
    """The best quality at an intensity: where a piece's slope vanishes, or an end of a piece."""
    n, E = exponent(game), learning_factor(game, beta)
    r, k = game["platform"]["revenue"], game["platform"]["training_cost"]
    choices = [(-tuning_cost(game, beta), 0.0)]
    for low, high, law in pieces(game, beta):

        def payoff(q, law=law):
            v = 1 - (1 - q) * E
            return r * law.H(v) + welfare * law.S(v) - training_cost(game, q) - tuning_cost(game, beta)

        def slope(q, law=law):
            v = 1 - (1 - q) * E
            return E * (r * law.h(v) + welfare * law.H(v)) - k * q ** (n - 1)

        tops = [low, high, *peaks(slope, low, high)]
        choices += [(float(payoff(np.float64(q))), float(q)) for q in tops]
    payoff, quality = max(choices, key=lambda choice: (choice[0], -choice[1]))
    return Choice(payoff, quality, beta)


STEPS = np.unique(np.concatenate([np.geomspace(1e-13, 0.5, 250), 1 - np.geomspace(1e-13, 0.5, 250)]))


def peaks(slope, low, high):
    """Where the slope turns from positive to negative inside [low, high]."""
    q = low + (high - low) * STEPS
    up = slope(q) > 0
    return [
        optimize.brentq(slope, q[i], q[i + 1], xtol=1e-16, rtol=1e-15)
        for i in np.flatnonzero(up[:-1] & ~up[1:])
    ]
