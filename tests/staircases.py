"""Staircases: games whose participation rises in many narrow steps, known in closed form, and their optimum.

With a quadratic match and uniform outputs the expected match without fine-tuning is
m(x) = 1 - (1/12 + z^2), z = x - 1/2, so that v(x) = q - t (1/12 + z^2) exceeds a level exactly for tastes
within some distance of 1/2. Tastes are a mixture of narrow normal densities truncated to [0, 1]: each is a
step of N(q), which is a sum of differences of normal distribution functions (point costs) or of moments of
normal densities on such an interval (uniform costs).
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special
from trust import EXPONENT, training_cost


def staircase(seed):
    """The game of one seed, a plain table: 4 to 30 tastes with one sd between 0.002 and 0.01."""
    rng = np.random.default_rng([312, seed])
    count, sd = int(rng.integers(4, 31)), float(rng.uniform(0.002, 0.01))
    weights = rng.dirichlet(np.full(count, rng.choice([0.5, 2.0])))
    means = rng.uniform(0, 1, count)
    t, C = rng.uniform(0.5, 3), 10 ** rng.uniform(-2, -0.5)
    k = 10 ** rng.uniform(-1, 0.5)
    platform = {"training_cost": k}
    if EXPONENT and rng.random() < 0.5:
        platform["training_exponent"] = rng.uniform(1.5, 8)
    n = platform.get("training_exponent", 2.0)
    top = min(1.0, C + t / 3)  # where the farthest tastes come
    platform["revenue"] = k * top**n / n * 10 ** rng.uniform(-0.4, 0.4)
    components = [
        {"dist": "truncnorm", "mean": float(mean), "sd": sd, "weight": float(weight)}
        for mean, weight in zip(means, weights, strict=True)
    ]
    return {
        "platform": platform,
        "users": {
            "misfit_cost": t,
            "transaction_cost": {"dist": str(rng.choice(["point", "uniform"])), "scale": C},
            "match": {"kind": "quadratic"},
            "segments": [
                {
                    "name": "a",
                    "share": 1.0,
                    "accuracy": 0.5,
                    "tastes": {"dist": "mixture", "components": components},
                }
            ],
        },
    }


@dataclass(frozen=True)
class Choice:
    """A choice of the platform without fine-tuning and what it pays."""

    payoff: float
    quality: float
    intensity: float = 0.0


class Staircase:
    """Participation and surplus of one staircase, and its best quality."""

    def __init__(self, game):
        self.game, users = game, game["users"]
        cost, tastes = users["transaction_cost"], users["segments"][0]["tastes"]["components"]
        self.kind, self.C, self.t = cost["dist"], cost["scale"], users["misfit_cost"]
        weights, self.mean, self.sd = (np.array([c[key] for c in tastes]) for key in ("weight", "mean", "sd"))
        inside = interval(self.low_end, self.high_end)
        self.weights = weights / weights.sum() / inside

    @property
    def low_end(self):
        return -self.mean / self.sd

    @property
    def high_end(self):
        return (1 - self.mean) / self.sd

    def reach(self, q, level):
        """The distance from 1/2 within which v exceeds a level; 0 where it does for no taste."""
        return np.minimum(np.sqrt(np.maximum((q - level) / self.t - 1 / 12, 0)), 0.5)

    def moments(self, low, high):
        """Sums over the mixture of the integrals of 1, z^2 and z^4 over z in [low, high], (..., 3)."""
        mu, sd = self.mean - 0.5, self.sd
        a, b = (low[..., None] - mu) / sd, (high[..., None] - mu) / sd
        raw = [interval(a, b), -np.diff([phi(a), phi(b)], axis=0)[0]]
        for p in range(2, 5):
            boundary = b ** (p - 1) * phi(b) - a ** (p - 1) * phi(a)
            raw.append((p - 1) * raw[p - 2] - boundary)
        second = mu**2 * raw[0] + 2 * mu * sd * raw[1] + sd**2 * raw[2]
        fourth = sum(special.comb(4, p) * mu ** (4 - p) * sd**p * raw[p] for p in range(5))
        return np.stack([raw[0], second, fourth], -1).transpose(*range(a.ndim - 1), -1, -2) @ self.weights

    def outcome(self, q):
        """N and CS at qualities q."""
        q = np.asarray(q, float)
        first, full = self.reach(q, 0.0), self.reach(q, self.C)
        u, t, C = q - self.t / 12, self.t, self.C  # v = u - t z^2
        covered = self.moments(-full, full)
        N, CS = covered[..., 0], u * covered[..., 0] - t * covered[..., 1]
        if self.kind == "point":
            return N, CS - C * N
        partly = self.moments(-first, -full) + self.moments(full, first)
        one, two, four = np.moveaxis(partly, -1, 0)
        square = u**2 * one - 2 * u * t * two + t**2 * four
        return N + (u * one - t * two) / C, CS - C / 2 * N + square / (2 * C)

    def payoff(self, q):
        return self.game["platform"]["revenue"] * self.outcome(q)[0] - training_cost(self.game, q)

    def marks(self):
        """Qualities around which N(q) is steep: where the reach of a level runs over a taste, or starts."""
        steps = np.concatenate([[0.0], np.linspace(-9, 9, 91)])
        z = np.abs(self.mean[:, None] - 0.5 + self.sd[:, None] * steps)
        entry = np.concatenate([[0.0], np.geomspace(1e-6, 0.5, 200)])
        distance = np.concatenate([z.ravel(), entry])
        levels = [self.C] if self.kind == "point" else [0.0, self.C]
        return np.concatenate([level + self.t * (1 / 12 + distance**2) for level in levels])

    def best(self):
        """The best quality: a scan that is dense around every step, and its hills by golden sections."""
        q = np.concatenate([self.marks(), np.linspace(0, 1, 2001)])
        q = np.unique(q[(q >= 0) & (q <= 1)])
        payoff = self.payoff(q)
        tops = np.flatnonzero(
            (payoff >= np.append(payoff[1:], -np.inf)) & (payoff >= np.append(-np.inf, payoff[:-1]))
        )
        found = [(payoff[i], q[i]) for i in tops]
        for i in tops[np.argsort(-payoff[tops])][:6]:
            bounds = q[max(i - 1, 0)], q[min(i + 1, q.size - 1)]
            options = {"xatol": 1e-13}
            top = optimize.minimize_scalar(
                lambda x: -self.payoff(x), bounds=bounds, method="bounded", options=options
            )
            found.append((-top.fun, top.x))
        payoff, quality = max(found, key=lambda choice: (choice[0], -choice[1]))
        return Choice(float(payoff), float(quality))


def phi(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def interval(a, b):
    """The normal probability of [a, b], precise in both tails."""
    flip = a > 0
    return special.ndtr(np.where(flip, -a, b)) - special.ndtr(np.where(flip, -b, a))
