"""The script that a competent user would write for a game like `paper`: NumPy inside, SciPy outside.

Uniform tastes and outputs, uniform costs, a gaussian match, fine-tuning yes or no. Participation is
iterated from the initial model to 1e-11; outputs y are Gauss-Legendre points. Quality is scanned, and the
hills of the scan are climbed with minimize_scalar(bounded), with and without fine-tuning.

Tastes x are a fine grid, and P(x) has kinks between its points: the profit is then a jagged function of
quality, and its peak is off by far more than its height. `SCRIPTS` are three ways to live with that: not to
care; a grid so fine that the quality comes out as precisely as eqsolve promises, to 1e-6; and, for experts,
H(v) averaged exactly over every cell, v being linear there, which needs no fine grid.
"""

import numpy as np
from scipy.optimize import minimize_scalar

OUTPUTS, SCAN = 16, 25

SCRIPTS = {
    "plain, 4,000 tastes": {"tastes": 4_000, "exact": False},
    "plain, 400,000 tastes": {"tastes": 400_000, "exact": False},
    "kinks averaged exactly, 4,000 tastes": {"tastes": 4_000, "exact": True},
}


class Game:
    """One game, with everything that does not depend on quality computed once."""

    def __init__(self, params, *, tastes, exact, outputs=OUTPUTS):
        self.exact = exact
        platform, tuning, users = params["platform"], params["finetuning"], params["users"]
        self.r, self.k = platform["revenue"], platform["training_cost"]
        self.n = platform["training_exponent"]
        self.beta, self.F, self.G = tuning["strength"], tuning["cost"], tuning["intensity_cost"]
        self.eta, self.zeta, self.nu = tuning["learning"], tuning["personalization"], tuning["feedback_prior"]
        self.t, self.C = users["misfit_cost"], users["transaction_cost"]["scale"]
        self.share = np.array([segment["share"] for segment in users["segments"]])
        self.w = np.array([2 * segment["accuracy"] - 1 for segment in users["segments"]])

        nodes, weights = np.polynomial.legendre.leggauss(outputs)
        x, y = np.linspace(0, 1, tastes + 1), (nodes + 1) / 2
        self.s = np.exp(-((x[:, None] - y) ** 2) / (2 * users["match"]["breadth"] ** 2))
        self.s_mid = (self.s[1:] + self.s[:-1]) / 2
        self.dy = weights / 2
        own = np.exp(self.beta * self.zeta * self.w[:, None, None] * self.s) if self.zeta > 0 else None
        self.own, self.own_s = (own, own * self.s) if self.zeta > 0 else (None, None)

    def H(self, v):
        """H between neighboring tastes: at their middle, or averaged exactly, v being linear there."""
        if not self.exact:
            return np.clip((v[..., 1:] + v[..., :-1]) / (2 * self.C), 0, 1)
        inside = np.clip(v, 0, self.C)
        surplus = inside**2 / (2 * self.C) + np.maximum(v - self.C, 0)
        step = np.diff(v)
        flat = np.abs(step) < 1e-6
        average = np.diff(surplus) / np.where(flat, 1, step)
        return np.where(flat, (inside[..., 1:] + inside[..., :-1]) / (2 * self.C), average)

    def participation(self, q, beta):
        """N_j at (q, beta)."""
        P = self.H(q - self.t * (1 - self.s @ self.dy))[None].repeat(len(self.w), 0)
        if beta == 0:
            return P.mean(1)
        crowd = self.share * self.w
        for _ in range(2000):
            N = self.share @ P.mean(1) + self.nu
            if N == 0:
                break
            r = (crowd @ P) @ self.s_mid / P.shape[1] / N
            rho = crowd @ P.mean(1) / N
            f = self.dy * np.exp(beta * (1 - self.zeta) * r)
            m = self.s @ f / f.sum() if self.own is None else (self.own_s @ f) / (self.own @ f)
            Q = 1 - (1 - q) * np.exp(-self.eta * beta * ((1 - self.zeta) * rho + self.zeta * self.w))
            new = self.H(Q[:, None] - self.t * (1 - m))
            change = np.abs(new - P).mean()
            P = new
            if change < 1e-11:
                break
        return P.mean(1)

    def profit(self, q, beta):
        costs = self.k * q**self.n / self.n + (beta > 0) * (self.F + self.G * beta**2 / 2)
        return self.r * (self.share @ self.participation(q, beta)) - costs

    def best_quality(self, beta):
        """(profit, q) at the best quality for one intensity."""
        grid = np.linspace(0, 1, SCAN)
        scan = np.array([self.profit(q, beta) for q in grid])
        found = list(zip(scan, grid, strict=True))
        padded = np.pad(scan, 1, constant_values=-np.inf)
        for i in np.flatnonzero((scan > padded[:-2]) & (scan >= padded[2:]) & (scan > scan.max() - 0.02)):
            bounds = grid[max(i - 1, 0)], grid[min(i + 1, SCAN - 1)]
            best = minimize_scalar(
                lambda q: -self.profit(q, beta), bounds=bounds, method="bounded", options={"xatol": 1e-7}
            )
            found.append((-best.fun, best.x))
        return max(found)

    def solve(self):
        """(profit, q, beta) in equilibrium."""
        return max((*self.best_quality(beta), beta) for beta in (0.0, self.beta))
