"""A brute-force oracle for participation in one game, given as the plain tables of a params file.

Dense, slow and plain: it follows docs/model.md and shares no code with the solver. [0, 1] is cut into
many short cells that carry Chebyshev points (Fejer's rule), the same for tastes and outputs. In a cell
where v(x) meets a kink or a jump of H, the crossing is found on the interpolant of v and the pieces are
integrated one by one. The adjustment dP/dtau = H(v[P]) - P is linear in P, so it is followed exactly
through what users learn of P: the crowd's total reward R(y) and the masses N_j. Exponential-Euler steps
lead into the basin, Anderson's method adds the last digits.

Accuracy, measured in test_oracle.py by refinement and against reference.json: N and CS to 1e-9 at given
(q, beta).
"""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.polynomial import chebyshev
from oracle_primitives import Cost, Density, Match
from scipy import interpolate, optimize, special

POINTS = 10  # Chebyshev points per cell
NO_CROWD = 1e-12  # of the users in the initial model: fewer are no crowd (docs/model.md, Selection)
STEPS = 6000  # of the adjustment, before it is given up
UNSOLVED = 1e-9  # residual above which no payoff is claimed


@dataclass(frozen=True)
class Outcome:
    """Participation and payoffs at one (q, beta)."""

    quality: float
    intensity: float
    participation: float
    by_segment: np.ndarray
    feedback_quality: float
    qualities: np.ndarray
    user_surplus: float
    surplus_by_segment: np.ndarray
    profit: float
    residual: float
    reward: np.ndarray

    @property
    def welfare(self):
        return self.profit + self.user_surplus

    def payoff(self, regime):
        if self.residual > UNSOLVED:
            return -np.inf
        return self.welfare if regime == "planner" else self.profit


class Mesh:
    """Cells on [0, 1] with Fejer's rule; `graded` crowds them towards the ends, for singular densities."""

    def __init__(self, cells, graded):
        self.cells, self.graded, self.width = cells, graded, 1 / cells
        self.xi = -np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)
        self.to_series = np.linalg.inv(chebyshev.chebvander(self.xi, POINTS - 1))
        self.rule = self.integral(1.0)
        self.u = ((np.arange(cells)[:, None] + (self.xi + 1) / 2) / cells).ravel()
        self.x, self.rest, slope = self.map(self.u)
        self.slope = slope
        self.dx = np.tile(self.rule, cells) * slope * self.width / 2

    def map(self, u):
        """x, 1 - x and dx/du at the points u."""
        if not self.graded:
            return u, 1 - u, np.ones_like(u)
        slope = np.exp(5 * np.log(u * (1 - u)) - special.betaln(6, 6))
        return special.betainc(6, 6, u), special.betainc(6, 6, 1 - u), slope

    def integral(self, end):
        """Weights of the cell's points in the integral of their interpolant from -1 to `end`."""
        antiderivatives = [chebyshev.chebint(row, lbnd=-1) for row in np.eye(POINTS)]
        return np.stack([chebyshev.chebval(end, series) for series in antiderivatives], -1) @ self.to_series

    @cached_property
    def below(self):
        """(n, n) weights of the integral from 0 to each point."""
        n = len(self.x)
        cell = np.arange(n) // POINTS
        weights = np.where(cell[:, None] > cell, self.dx, 0.0)
        inner = self.integral(self.xi) * self.width / 2
        for c in range(self.cells):
            own = slice(c * POINTS, (c + 1) * POINTS)
            weights[own, own] = inner * self.slope[own]
        return weights


class Oracle:
    """Solves one game. `refine` multiplies the number of cells; `step` is the step of the adjustment."""

    def __init__(self, game, refine=1.0, step=0.2):
        self.game, self.step = game, step
        self.r, self.k = game["platform"]["revenue"], game["platform"]["training_cost"]
        tuning, users = game["finetuning"], game["users"]
        self.choice, self.beta_max = tuning["choice"], tuning["strength"]
        self.F, self.G, self.eta = tuning["cost"], tuning["intensity_cost"], tuning["learning"]
        self.zeta, self.nu = tuning["personalization"], tuning["feedback_prior"]
        self.t, self.cost = users["misfit_cost"], Cost(users["transaction_cost"])
        self.match = Match(users["match"])
        self.share = np.array([segment["share"] for segment in users["segments"]], float)
        self.w = np.array([2 * segment["accuracy"] - 1 for segment in users["segments"]])
        self.tastes = [Density(segment["tastes"]) for segment in users["segments"]]
        self.outputs = Density(game["model"]["outputs"])
        self.mesh = Mesh(*self._resolution(refine))
        self.f0 = self.outputs.pdf(self.mesh.x, self.mesh.rest)
        self.g = np.array([density.pdf(self.mesh.x, self.mesh.rest) for density in self.tastes])
        self._operators = {}

    def _resolution(self, refine):
        simple = [leaf for density in [*self.tastes, self.outputs] for leaf in density.simple()]
        graded = any(leaf.kind == "beta" for leaf in simple)
        width = 2 * min([leaf.scale() for leaf in simple] + [self.match.scale() / np.sqrt(1 + self.beta_max)])
        least = 36 if self.match.kind == "linear" else 20
        return int(np.ceil(refine * max(least, (4.0 if graded else 1.5) / width))), graded

    # Stage 3

    def operator(self, rate):
        """Matrices that integrate e = exp(rate s) and s e over the mesh, exact across y = x."""
        if rate not in self._operators:
            if len(self._operators) > 8:
                self._operators.clear()
            x, y = self.mesh.x[:, None], self.mesh.x[None, :]
            sides = (-1, 1) if self.match.kind == "linear" else (None,)
            weights = [self.mesh.below, self.mesh.dx - self.mesh.below] if len(sides) == 2 else [self.mesh.dx]
            plain = weighted = 0
            for side, weight in zip(sides, weights, strict=True):
                s = self.match.s(x, y, side)
                factor = weight * np.exp(rate * s)
                plain, weighted = plain + factor, weighted + factor * s
            self._operators[rate] = plain, weighted
        return self._operators[rate]

    def values(self, q, beta, reward, rho):
        """v_j(x) on the mesh (J, n), Z_j(x), Q_j, and the crowd's part of the tuned density."""
        exponent = beta * (1 - self.zeta) * reward
        f = self.f0 * np.exp(exponent - exponent.max())
        Q = 1 - (1 - q) * np.exp(-self.eta * beta * ((1 - self.zeta) * rho + self.zeta * self.w))
        plain, weighted = zip(*[self.operator(rate) for rate in beta * self.zeta * self.w], strict=True)
        Z = np.array([matrix @ f for matrix in plain])
        m = np.array([matrix @ f for matrix in weighted]) / Z
        return Q[:, None] - self.t * (1 - m), Z, Q, f

    def pieces(self, v):
        """Cells cut by a break of H: (segment, cell, xi, weight) of the points of all their pieces."""
        series = v.reshape(-1, self.mesh.cells, POINTS) @ self.mesh.to_series.T
        reach = np.abs(series[..., 1:]).sum(-1)
        cuts = {}
        for value in self.cost.breaks:
            for j, c in zip(*np.nonzero(np.abs(series[..., 0] - value) <= reach), strict=True):
                for root in crossings(series[j, c], value):
                    cuts.setdefault((int(j), int(c)), []).append(root)
        rows = []
        for (j, c), roots in cuts.items():
            corners = self.mesh.xi if self.match.kind == "linear" else []
            ends = np.unique(np.concatenate([[-1.0, 1.0], roots, corners]))
            middle, half = (ends[1:] + ends[:-1]) / 2, (ends[1:] - ends[:-1]) / 2
            xi = (middle[:, None] + half[:, None] * self.mesh.xi).ravel()
            weight = (half[:, None] * self.mesh.rule).ravel()
            rows.append((np.full(xi.size, j), np.full(xi.size, c), xi, weight))
        return [np.concatenate(column) for column in zip(*rows, strict=True)] if rows else None

    def taste_measure(self, v):
        """Masses of tastes: on whole cells (J, n), and on points of cut cells (j, x, mass, v, cell, xi)."""
        mass = self.g * self.mesh.dx
        cut = self.pieces(v)
        if cut is None:
            return mass, None
        j, cell, xi, weight = cut
        whole = np.ones((len(self.share), self.mesh.cells), bool)
        whole[j, cell] = False
        x, rest, slope = self.mesh.map((cell + (xi + 1) / 2) * self.mesh.width)
        g = np.empty_like(x)
        for segment, density in enumerate(self.tastes):
            g[j == segment] = density.pdf(x[j == segment], rest[j == segment])
        v_cut = self.interpolate(v, j, cell, xi)
        cut_mass = g * weight * slope * self.mesh.width / 2
        return mass * np.repeat(whole, POINTS, axis=1), (j, x, cut_mass, v_cut, cell, xi)

    def interpolate(self, rows, j, cell, xi):
        series = (rows.reshape(-1, self.mesh.cells, POINTS) @ self.mesh.to_series.T)[j, cell]
        return (chebyshev.chebvander(xi, POINTS - 1) * series).sum(-1)

    def response(self, q, beta, R, N):
        """The best response to (R, N_j): the new (R, N_j)."""
        total = self.share @ N + self.nu
        reward, rho = (R / total, self.share * self.w @ N / total) if total > 0 else (np.zeros_like(R), 0.0)
        v = self.values(q, beta, reward, rho)[0]
        whole, cut = self.taste_measure(v)
        density = self.cost.H(v) * whole / self.mesh.dx
        N_new = (self.cost.H(v) * whole).sum(1)
        R_new = self.operator(0.0)[1] @ ((self.share * self.w) @ density)
        if cut is not None:
            j, x, mass, v_cut, *_ = cut
            mass = mass * self.cost.H(v_cut)
            N_new = N_new + np.bincount(j, mass, len(self.share))
            R_new = R_new + self.match.s(self.mesh.x[:, None], x) @ ((self.share * self.w)[j] * mass)
        return R_new, N_new

    def adjust(self, q, beta):
        """Follow the adjustment from participation in the initial model: its limit (R, N_j), its residual."""
        zero = np.zeros(len(self.share))
        R, N = self.response(q, 0.0, np.zeros_like(self.mesh.x), zero)
        if beta == 0:
            return R, N, 0.0
        if self.nu == 0 and self.share @ N < NO_CROWD:  # only own feedback can draw users then
            R, N = self.response(q, beta, 0 * R, zero)
            if self.share @ N < NO_CROWD:
                return 0 * R, zero, 0.0
        goal, step, longest, last = 1e-5, self.step, 2.0, None
        for _ in range(STEPS):
            R_new, N_new = self.response(q, beta, R, N)
            if self.nu == 0 and self._dies_out(N, N_new):
                return 0 * R, zero, 0.0
            gap = self._gap(R, N, R_new, N_new)
            if gap < goal:
                done = self.polish(q, beta, R, N)
                if done is not None:
                    return done
                goal /= 10
            if gap < 1e-12:
                return R, N, gap
            direction = np.concatenate([R_new - R, N_new - N])
            if last is not None and direction @ last < 0:  # it swings: the steps are too long for a fast mode
                step = longest = max(step / 2, 0.002)
            elif gap < 1e-3:  # a slow drift along one direction: no need for short steps
                step = min(step * 1.1, longest)
            last = direction
            move = -np.expm1(-step)
            R, N = R + move * (R_new - R), N + move * (N_new - N)
        return R, N, gap

    def _dies_out(self, N, N_new):
        """Nobody answers the crowd's signal, which without a prior stays as it is while the crowd melts."""
        total, total_new = self.share @ N, self.share @ N_new
        return total_new == 0 or total_new < total < 1e-15

    def _gap(self, R, N, R_new, N_new):
        """How far (R, N) is from its best response, in N and in the crowd's reward."""
        total, total_new = self.share @ N + self.nu, self.share @ N_new + self.nu
        rewards = 1.0 if min(total, total_new) <= 0 else np.abs(R / total - R_new / total_new).max()
        return max(np.abs(N - N_new).max(), rewards)

    def polish(self, q, beta, R, N, depth=6):
        """Anderson's method from a point in the basin; None unless it ends nearby, ahead of the flow."""
        start = state = np.concatenate([R, N])
        split = len(R)
        states, moves, flow = [], [], None
        for _ in range(60):
            answer = self.response(q, beta, state[:split], state[split:])
            move = np.concatenate(answer) - state
            flow = move if flow is None else flow
            gap = self._gap(state[:split], state[split:], *answer)
            if gap < 3e-14:
                break
            states, moves = [*states[-depth:], state], [*moves[-depth:], move]
            state = state + 0.5 * move
            if len(states) > 1:
                d_move, d_state = np.diff(moves, axis=0).T, np.diff(states, axis=0).T
                gamma = np.linalg.lstsq(d_move, move, rcond=1e-13)[0]
                state = state - (d_state + 0.5 * d_move) @ gamma
            if (state[split:] < -1e-9).any() or np.abs(state - start).max() > 0.03:
                return None
        ahead = (state - start) @ flow >= 0 or np.abs(state - start).max() < 1e-9
        return (state[:split], state[split:], gap) if gap < 1e-11 and ahead else None

    def evaluate(self, q, beta, branch=None):
        """Participation, surplus and profit at (q, beta), or on the branch that starts at another q."""
        R, N, residual = self.adjust(q if branch is None else branch, beta)
        if branch is not None:
            R, N, residual = self.polish(q, beta, R, N) or (R, N, np.inf)
        total = self.share @ N + self.nu
        reward, rho = (R / total, self.share * self.w @ N / total) if total > 0 else (np.zeros_like(R), 0.0)
        v, _, Q, _ = self.values(q, beta, reward, rho)
        whole, cut = self.taste_measure(v)
        CS = (self.cost.S(v) * whole).sum(1)
        if cut is not None:
            CS = CS + np.bincount(cut[0], cut[2] * self.cost.S(cut[3]), len(self.share))
        CS = CS * (self.share @ N > 0)
        profit = self.r * (self.share @ N) - self.k * q**2 / 2 - (beta > 0) * (self.F + self.G * beta**2 / 2)
        return Outcome(q, beta, self.share @ N, N, rho, Q, self.share @ CS, CS, profit, residual, reward)

    # What participants receive

    def output(self, outcome):
        """f-bar on the mesh, its moments, and its direction with the extremes of Delta."""
        mesh, beta = self.mesh, outcome.intensity
        received = self.f0 if outcome.participation == 0 or beta == 0 else self._received(outcome)
        mean = mesh.dx @ (received * mesh.x)
        ratio = received / self.f0
        return {
            "mean": mean,
            "variance": mesh.dx @ (received * (mesh.x - mean) ** 2),
            "entropy": -mesh.dx @ special.xlogy(received, received),
            "kl": mesh.dx @ (received * np.log(ratio)),
            "mass": mesh.dx @ received,
            "delta": self._delta(received, mean),
        }

    def _received(self, outcome):
        beta, rho = outcome.intensity, outcome.feedback_quality
        v, Z, _, f = self.values(outcome.quality, beta, outcome.reward, rho)
        whole, cut = self.taste_measure(v)
        received = 0
        for j, share in enumerate(self.share):
            plain, _ = self.operator(beta * self.zeta * self.w[j])
            received = received + share * (plain @ (self.cost.H(v[j]) * whole[j] / self.mesh.dx / Z[j]))
        if cut is not None:
            j, x, mass, v_cut, cell, xi = cut
            Z_cut = np.exp(self.interpolate(np.log(Z), j, cell, xi))
            mass = mass * self.cost.H(v_cut) * self.share[j] / Z_cut
            s = self.match.s(self.mesh.x[:, None], x)
            received = received + np.exp(beta * self.zeta * self.w[j] * s) @ mass
        return received * f / outcome.participation

    def _delta(self, received, mean):
        """(min, max) of Delta(z): the integral of the difference of the centered distribution functions."""
        mesh = self.mesh
        mean0 = mesh.dx @ (self.f0 * mesh.x)
        z = np.linspace(-1, 1, 2001)
        delta = self._put(received, z + mean) - self._put(self.f0, z + mean0)
        return delta.min(), delta.max()

    def _put(self, density, strike):
        """E[(strike - Y)+], from the distribution's integrals up to the points of the mesh."""
        mesh = self.mesh
        put = np.concatenate([[0.0], mesh.below @ density * mesh.x - mesh.below @ (density * mesh.x), [0.0]])
        slope = np.concatenate([[0.0], mesh.below @ density, [1.0]])
        put[-1] = 1 - mesh.dx @ (density * mesh.x)
        ends, once = np.unique(np.concatenate([[0.0], mesh.x, [1.0]]), return_index=True)
        spline = interpolate.CubicHermiteSpline(ends, put[once], slope[once])
        above = np.where(strike >= 1, put[-1] + strike - 1, spline(np.clip(strike, 0, 1)))
        return np.where(strike <= 0, 0.0, above)


def crossings(series, value):
    """Where the Chebyshev series takes `value` on [-1, 1]; close pairs around an extremum are found too."""
    shifted = series.copy()
    shifted[0] -= value
    xi = np.linspace(-1, 1, 33)
    y = chebyshev.chebval(xi, shifted)
    turn = np.flatnonzero((y[1:-1] - y[:-2]) * (y[2:] - y[1:-1]) <= 0) + 1
    if turn.size:
        bend = y[turn + 1] - 2 * y[turn] + y[turn - 1]
        slope = (y[turn + 1] - y[turn - 1]) / 2
        vertex = xi[turn] - (xi[1] - xi[0]) * slope / np.where(bend == 0, np.inf, bend)
        xi = np.union1d(xi, vertex)
        y = chebyshev.chebval(xi, shifted)
    change = np.flatnonzero(np.sign(y[1:]) * np.sign(y[:-1]) < 0)
    solve = partial(optimize.brentq, lambda z: chebyshev.chebval(z, shifted), xtol=1e-13)
    return [*(solve(xi[i], xi[i + 1]) for i in change), *xi[y == 0]]
