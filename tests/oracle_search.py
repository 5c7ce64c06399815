"""The oracle's stages 2 and 1: the best payoff it can find in a game, by a scan and by climbing its hills.

The scan covers qualities and intensities on a cheap midpoint grid of its own; every hill within reach of the
best is climbed without derivatives on the accurate grid of oracle.py.
"""

import numpy as np
from oracle import CROWD, STARTS, Oracle
from oracle_draws import rough_match
from scipy import optimize


def choice_set(oracle, regime, count):
    """The choice set of stage 2 under a regime, as a grid."""
    if regime == "none":
        return np.array([0.0])
    if regime == "forced":
        return np.array([oracle.beta_max])
    if oracle.choice == "binary":
        return np.array([0.0, oracle.beta_max])
    return np.concatenate([[0.0], oracle.beta_max * np.linspace(0, 1, count)[1:] ** 1.5])


class Scan:
    """Rough participation on midpoint cells, H averaged over cells as if v were linear; many q at once."""

    def __init__(self, oracle, beta, points=96):
        edges = np.linspace(0, 1, points + 1)
        x = (edges[1:] + edges[:-1]) / 2
        self.game, self.beta = oracle, beta
        self.s = oracle.match.s(x[:, None], x)
        self.f0 = np.diff(oracle.outputs.cdf(edges))
        self.g = np.array([np.diff(density.cdf(edges)) for density in oracle.tastes])
        self.own = [np.exp(beta * oracle.zeta * w * self.s) for w in oracle.w]

    def values(self, q, reward, rho):
        """v_j(x), (J, x, q)."""
        game = self.game
        exponent = self.beta * (1 - game.zeta) * reward
        f = self.f0[:, None] * np.exp(exponent - exponent.max(0))
        if game.draws == 1:
            m = np.array([((own * self.s) @ f) / (own @ f) for own in self.own])
        else:
            models = [own[:, :, None] * f for own in self.own]
            m = np.array([rough_match(self.s, model, game.draws) for model in models])
        signal = (1 - game.zeta) * rho + game.zeta * game.w[:, None]
        return (1 - (1 - q) * np.exp(-game.eta * self.beta * signal))[:, None] - game.t * (1 - m)

    def participation(self, v):
        """P_j(x): the mean of H over each cell."""
        first, last = 1.5 * v[:, :1] - 0.5 * v[:, 1:2], 1.5 * v[:, -1:] - 0.5 * v[:, -2:-1]
        ends = np.concatenate([first, (v[:, 1:] + v[:, :-1]) / 2, last], axis=1)
        rise, area = np.diff(ends, axis=1), np.diff(self.game.cost.S(ends), axis=1)
        flat = np.abs(rise) < 1e-9
        return np.where(flat, self.game.cost.H(v), area / np.where(flat, 1, rise))

    def crowd(self, P):
        """Masses weighted by w, (x, q), and N_j, (J, q)."""
        weighted = (self.game.share * self.game.w)[:, None] * self.g
        return np.einsum("jx,jxq->xq", weighted, P), np.einsum("jx,jxq->jq", self.g, P)

    def start(self, qualities, name):
        """The crowd from which adjustment starts: masses weighted by w, (x, q), and N_j, (J, q)."""
        if STARTS[name] is None:
            none = np.zeros((len(self.f0), len(qualities)))
            initial = self if self.beta == 0 else Scan(self.game, 0.0, len(self.f0))
            A, N = self.crowd(self.participation(initial.values(qualities, none, none[0])))
            few = (self.game.share @ N < CROWD) & (self.game.nu == 0) & (self.beta > 0)
            return np.where(few, 0, A), np.where(few, 0, N)
        x = (np.arange(len(self.f0)) + 0.5) / len(self.f0)
        inside = sum((x > low) & (x < high) for low, high in STARTS[name]) + 0 * x
        shape = len(self.game.share), len(x), len(qualities)
        return self.crowd(np.broadcast_to(inside[:, None], shape))

    def limits(self, qualities, start="initial"):
        """Rough N and CS, (q,) each, and the mean taste of those who take part, (q,)."""
        game, share = self.game, self.game.share
        A, N = self.start(qualities, start)
        surplus = np.zeros(len(qualities))
        live = np.arange(len(qualities))
        for _ in range(200):
            total = share @ N[:, live] + game.nu
            safe = np.where(total > 0, total, 1.0)
            reward, rho = self.s @ A[:, live] / safe, (share * game.w) @ N[:, live] / safe
            v = self.values(qualities[live], reward, rho)
            A_new, N_new = self.crowd(self.participation(v))
            CS = share @ np.einsum("jx,jxq->jq", self.g, game.cost.S(v))
            surplus[live] = CS * (share @ N_new > 1e-9)
            drift = np.abs(self.s @ (A_new - A[:, live])).max(0) / np.maximum(safe, 1e-2)
            gap = np.abs(N_new - N[:, live]).max(0) + drift
            A[:, live] += 0.22 * (A_new - A[:, live])
            N[:, live] += 0.22 * (N_new - N[:, live])
            live = live[gap > 3e-5]
            if not live.size:
                break
        return share @ N, surplus, self.s @ A / np.maximum(share @ N, 1e-9)

    def payoffs(self, qualities, regime, selection="initial"):
        game, found = self.game, self.limits(qualities)[:2]
        if selection != "initial" and self.beta > 0:
            every = np.array([self.limits(qualities, start)[:2] for start in STARTS])
            best = (np.argmax if selection == "highest" else np.argmin)(every[:, 0], axis=0)
            found = every[best, :, np.arange(len(qualities))].T
        profit = game.r * found[0] - game.k * qualities**game.n / game.n
        profit = profit - (self.beta > 0) * (game.F + game.G * self.beta**2 / 2)
        return profit + (regime == "planner") * found[1]


def best_payoff(game, regime, qualities=161, intensities=21, margin=0.02, hills=4, selection="initial"):
    """The best payoff that can be found in the game under a regime, as an Outcome at its (q, beta)."""
    oracle = Oracle(game)
    grid = np.linspace(0, 1, qualities)
    betas = choice_set(oracle, regime, intensities)
    rough = np.array([Scan(oracle, beta).payoffs(grid, regime, selection) for beta in betas])
    continuous = len(betas) > 2
    starts = [start for start in summits(rough, grid, betas, continuous) if start[0] > rough.max() - margin]
    found = [
        climb(oracle, regime, selection, grid, betas, continuous, *start[1:]) for start in starts[:hills]
    ]
    return max(found, key=lambda outcome: outcome.payoff(regime))


def summits(rough, grid, betas, continuous):
    """(payoff, q, beta) at the local maxima of the scan, best first; beta = 0 is a hill of its own."""
    found = []
    for rows in [slice(0, 1), slice(1, None)] if continuous else [slice(i, i + 1) for i in range(len(betas))]:
        block = rough[rows]
        padded = np.pad(block, 1, constant_values=-np.inf)
        shape = block.shape
        around = [
            padded[1 + i : 1 + i + shape[0], 1 + k : 1 + k + shape[1]] for i in (-1, 0, 1) for k in (-1, 0, 1)
        ]
        for i, k in zip(*np.nonzero(block >= np.max(around, axis=0)), strict=True):
            found.append((block[i, k], grid[k], betas[rows][i]))
    return sorted(found, reverse=True)


def climb(oracle, regime, selection, grid, betas, continuous, q, beta):
    """The best outcome near one point of the scan, by derivative-free maximization on the accurate grid.

    The way up follows the start whose limit the rule selects at the foot; the top is judged by the rule.
    """
    outcomes = [oracle.evaluate(q, beta, selection=selection)]
    name = outcomes[0].start

    def loss(q, beta):
        outcomes.append(oracle.limit(float(np.clip(q, 0, 1)), float(beta), name))
        return min(-outcomes[-1].payoff(regime), 1e9)

    def best():
        outcome = max(outcomes, key=lambda outcome: outcome.payoff(regime))
        return np.array([outcome.quality, outcome.intensity])

    def along(axis, center, radius, low, high):
        bounds = max(low, center[axis] - radius), min(high, center[axis] + radius)
        line = (lambda q: loss(q, center[1])) if axis == 0 else (lambda beta: loss(center[0], beta))
        optimize.minimize_scalar(line, bounds=bounds, method="bounded", options={"xatol": 1e-9})
        for end in {low, high} & set(bounds):
            line(end)

    radius = 1.5 * (grid[1] - grid[0])
    loss(q, beta)
    along(0, best(), radius, 0.0, 1.0)
    if continuous and beta > 0:
        i = np.searchsorted(betas, beta)
        low, high = betas[i - 1] + 1e-9, betas[min(len(betas) - 1, i + 1)]
        size = np.array([radius, high - low])
        for width in (1.0, 0.03):
            simplex = best() + width * size * np.array([[0, 0], [-0.4, -0.1], [0.1, -0.4]])
            options = {"initial_simplex": simplex, "xatol": 1e-7, "fatol": 1e-11, "maxfev": 100}
            box = [(0, 1), (low, high)]
            optimize.minimize(lambda z: loss(*z), best(), method="Nelder-Mead", bounds=box, options=options)
        along(0, best(), radius / 10, 0.0, 1.0)
        along(1, best(), (high - low) / 30, low, high)
    if selection == "initial":
        return max(outcomes, key=lambda outcome: outcome.payoff(regime))
    judged = [oracle.evaluate(*best(), selection=selection), outcomes[0]]
    return max(judged, key=lambda outcome: outcome.payoff(regime))
