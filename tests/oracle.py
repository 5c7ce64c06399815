"""A brute-force oracle for participation in one game, given as the plain tables of a params file.

Dense, slow and plain: it follows docs/model.md and shares no code with the solver. [0, 1] is cut into
many short cells that carry Chebyshev points (Fejer's rule), the same for tastes and outputs. In a cell
where v(x) meets a kink or a jump of H, the crossing is found on the interpolant of v and the pieces are
integrated one by one. With a linear match the reward, and all outputs with it, bend where participation
does: there the cells end, too, once the crossings are known. The adjustment dP/dtau = H(v[P]) - P is linear
in P, so it is followed exactly through what users learn of P: the crowd's total reward R(y) and the masses
N_j. Exponential-Euler steps lead into the basin, Anderson's method adds the last digits.

Accuracy, measured in test_oracle.py by refinement and against reference.json: N, CS and the moments of
outputs to 1e-10 at given (q, beta).
"""

import copy
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.polynomial import chebyshev
from oracle_draws import Nearest
from oracle_primitives import Cost, Density, Match
from scipy import interpolate, optimize, special

POINTS = 10  # Chebyshev points per cell
STEPS = 6000  # of the adjustment, before it is given up
UNSOLVED = 1e-9  # residual above which no payoff is claimed
CROWD = 1e-12  # fewer users in the initial model are no crowd
GROWTH = 0.3  # by how much of itself a crowd without prior grows in a step: its direction changes with it
GRADE = 10  # of graded meshes: x ~ u^10 at the ends, where u^(10 a - 1) log u is smooth enough for a >= 1/2
SAME = 1e-9  # limits whose participation differs less are one

STARTS = {
    "initial": None,
    "everybody": [(0.0, 1.0)],
    "nobody": [],
    "left": [(0.0, 0.5)],
    "right": [(0.5, 1.0)],
    "center": [(0.25, 0.75)],
    "ends": [(0.0, 0.25), (0.75, 1.0)],
}
"""Where adjustment is started: participation in the initial model, or by the tastes in some intervals."""


@dataclass(frozen=True)
class Outcome:
    """Participation and payoffs at one (q, beta), at the limit of adjustment from `start`."""

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
    oracle: "Oracle"
    start: str = "initial"

    @property
    def welfare(self):
        return self.profit + self.user_surplus

    def payoff(self, regime):
        if self.residual > UNSOLVED:
            return -np.inf
        return self.welfare if regime == "planner" else self.profit


class Mesh:
    """Cells on [0, 1] with Fejer's rule; `graded` crowds them towards the ends, for singular densities.

    Cells are equal in u but for `edges`, values of u at which they end, too.
    """

    def __init__(self, cells, graded, edges=()):
        self.count, self.graded = cells, graded
        quarters = self.u_of(np.array([0.25, 0.5, 0.75]))
        self.edges = distinct(np.concatenate([np.linspace(0, 1, cells + 1), quarters, edges]))
        self.width, self.cells = np.diff(self.edges), len(self.edges) - 1
        self.xi = -np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)
        self.to_series = np.linalg.inv(chebyshev.chebvander(self.xi, POINTS - 1))
        self.rule = self.integral(1.0)
        self.u = self.u_in(np.repeat(np.arange(self.cells), POINTS), np.tile(self.xi, self.cells))
        self.x, self.rest, slope = self.map(self.u)
        self.slope = slope
        self.dx = np.tile(self.rule, self.cells) * slope * np.repeat(self.width, POINTS) / 2

    def u_in(self, cell, xi):
        """The points xi in [-1, 1] of cells."""
        return self.edges[cell] + (xi + 1) / 2 * self.width[cell]

    def u_of(self, x):
        return special.betaincinv(GRADE, GRADE, x) if self.graded else x

    def map(self, u):
        """x, 1 - x and dx/du at the points u."""
        if not self.graded:
            return u, 1 - u, np.ones_like(u)
        slope = np.exp((GRADE - 1) * np.log(u * (1 - u)) - special.betaln(GRADE, GRADE))
        return special.betainc(GRADE, GRADE, u), special.betainc(GRADE, GRADE, 1 - u), slope

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
        inner = self.integral(self.xi) / 2
        for c in range(self.cells):
            own = slice(c * POINTS, (c + 1) * POINTS)
            weights[own, own] = inner * self.width[c] * self.slope[own]
        return weights


def distinct(edges):
    """Sorted edges, those that are one but for rounding only once."""
    edges = np.sort(edges)
    return edges[np.append(True, np.diff(edges) > 1e-13)]


class Oracle:
    """Solves one game. `refine` multiplies the number of cells; `step` is the step of the adjustment."""

    def __init__(self, game, refine=1.0, step=0.2):
        self.game, self.step = game, step
        self.r, self.k = game["platform"]["revenue"], game["platform"]["training_cost"]
        self.n = game["platform"].get("training_exponent", 2.0)
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
        self.draws = game["model"].get("draws", 1)
        self._lay(Mesh(*self._resolution(refine)))

    def _lay(self, mesh):
        self.mesh = mesh
        self.f0 = self.outputs.pdf(mesh.x, mesh.rest)
        self.g = np.array([density.pdf(mesh.x, mesh.rest) for density in self.tastes])
        self._operators, self._nearest = {}, None
        self.symmetric = all(np.allclose(row, row[::-1], rtol=1e-9, atol=0) for row in [self.f0, *self.g])

    def _resolution(self, refine):
        simple = [leaf for density in [*self.tastes, self.outputs] for leaf in density.simple()]
        graded = any(leaf.kind == "beta" for leaf in simple)
        scales = [leaf.scale() for leaf in simple]
        if self.draws > 1:  # the nearest of several outputs feels the steepest part of their density
            scales += [leaf.flank() for leaf in self.outputs.simple()]
        width = 2 * min([*scales, self.match.scale() / np.sqrt(1 + self.beta_max)])
        least = 36 if self.match.kind == "linear" else 20
        return int(np.ceil(refine * max(least, (5.0 if graded else 1.5) / width))), graded

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
        if self.draws == 1:
            m = np.array([matrix @ f for matrix in weighted]) / Z
        else:
            self._nearest = self._nearest or Nearest(self, self.draws)
            m = self._nearest.match(
                exponent - exponent.max(), beta * self.zeta * self.w, lambda u: self.match.s(u, 0.0)
            )
        return Q[:, None] - self.t * (1 - m), Z, Q, f

    def cuts(self, v):
        """Where v meets a break of H: {(segment, cell): points xi}."""
        series = v.reshape(-1, self.mesh.cells, POINTS) @ self.mesh.to_series.T
        reach = np.abs(series[..., 1:]).sum(-1)
        levels = self.cost.breaks[:, None, None]
        level, j, c = np.nonzero(np.abs(series[..., 0] - levels) <= reach)
        shifted = series[j, c]
        shifted[:, 0] -= self.cost.breaks[level]
        cuts = {}
        for row, roots in enumerate(crossings(shifted)):
            if len(roots):
                cuts.setdefault((int(j[row]), int(c[row])), []).extend(roots)
        return cuts

    def pieces(self, v):
        """Cells cut by a break of H: (segment, cell, xi, weight) of the points of all their pieces."""
        rows = []
        for (j, c), roots in self.cuts(v).items():
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
        x, rest, slope = self.mesh.map(self.mesh.u_in(cell, xi))
        g = np.empty_like(x)
        for segment, density in enumerate(self.tastes):
            g[j == segment] = density.pdf(x[j == segment], rest[j == segment])
        v_cut = self.interpolate(v, j, cell, xi)
        cut_mass = g * weight * slope * self.mesh.width[cell] / 2
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

    def start(self, q, name="initial"):
        """(R, N_j) from which adjustment starts."""
        none = np.zeros_like(self.mesh.x), np.zeros(len(self.share))
        if STARTS[name] is None:
            R, N = self.response(q, 0.0, *none)
            return none if self.nu == 0 and self.share @ N < CROWD else (R, N)
        inside = sum((self.mesh.x > low) & (self.mesh.x < high) for low, high in STARTS[name]) + 0.0 * none[0]
        R = self.operator(0.0)[1] @ ((self.share * self.w) @ (self.g * inside))
        return R, (self.g * inside) @ self.mesh.dx

    def adjust(self, q, beta, start="initial"):
        """The limit (R, N_j) of adjustment from a start, and its residual."""
        if beta == 0:
            none = np.zeros_like(self.mesh.x), np.zeros(len(self.share))
            return *self.response(q, 0.0, *none), 0.0
        R, N = self.start(q, start)
        return self.follow(q, beta, R, N, even=self.symmetric and start not in ("left", "right"))

    def follow(self, q, beta, R, N, even):
        """The limit of adjustment from (R, N_j); one that starts `even` in a symmetric game stays so."""

        def respond(R, N):
            R, N = self.response(q, beta, R, N)
            return ((R + R[::-1]) / 2 if even else R), N

        if self.share @ N == 0:  # the first users come; their direction is the crowd's
            R, N = respond(R, N)
            if self.nu == 0 and self.share @ N < CROWD:
                return 0 * R, 0 * N, 0.0
            R, N = 1e-6 * R, 1e-6 * N
        goal, step, longest, last = 1e-5, self.step, 2.0, None
        for _ in range(STEPS):
            R_new, N_new = respond(R, N)
            if self.nu == 0 and self._dies_out(N, N_new):
                return 0 * R, 0 * N, 0.0
            gap = self._gap(R, N, R_new, N_new)
            if gap < goal:
                done = self.polish(respond, R, N)
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
            if self.nu == 0:
                move = min(move, GROWTH * (self.share @ N) / (self.share @ N_new))
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

    def polish(self, respond, R, N, depth=6):
        """Anderson's method from a point in the basin; None unless it ends nearby, ahead of the flow."""
        start = state = np.concatenate([R, N])
        split = len(R)
        states, moves, flow = [], [], None
        for _ in range(60):
            answer = respond(state[:split], state[split:])
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

    def sharpened(self, q, beta, R, N, even):
        """The oracle on cells that end where participation bends, and (R, N_j, residual) there.

        With a linear match R''(y) holds the density of participants at y: outputs bend where H does.
        """
        fine = self
        for _ in range(2):  # the first mesh knows the crossings to 1e-6, the second to rounding
            v = fine.values(q, beta, *fine.signal(R, N))[0]
            crossed = [fine.mesh.u_in(c, np.array(roots)) for (_, c), roots in fine.cuts(v).items()]
            if not crossed:
                break
            coarse, fine = fine, copy.copy(self)
            fine._lay(Mesh(self.mesh.count, self.mesh.graded, np.concatenate(crossed)))
            R = coarse.at(fine.mesh.u, R)
            R, N, residual = fine.follow(q, beta, R, N, even)
        return (fine, R, N, residual) if fine is not self else (self, R, N, 0.0)

    def at(self, u, row):
        """A function on the mesh, interpolated at points u."""
        cell = np.clip(np.searchsorted(self.mesh.edges, u, side="right") - 1, 0, self.mesh.cells - 1)
        xi = 2 * (u - self.mesh.edges[cell]) / self.mesh.width[cell] - 1
        return self.interpolate(row[None], np.zeros(u.size, int), cell, xi)

    def signal(self, R, N):
        """The crowd's reward r(y) and rho."""
        total = self.share @ N + self.nu
        return (R / total, self.share * self.w @ N / total) if total > 0 else (np.zeros_like(R), 0.0)

    def evaluate(self, q, beta, branch=None, selection="initial"):
        """Participation, surplus and profit at (q, beta), or on the branch that starts at another q."""
        if beta == 0 or selection == "initial":
            return self.limit(q, beta, "initial", branch)
        found = [self.limit(q, beta, start) for start in STARTS]
        found = [outcome for outcome in found if outcome.residual <= UNSOLVED] or found
        sign = 1 if selection == "highest" else -1
        most = max(sign * outcome.participation for outcome in found)
        return next(outcome for outcome in found if sign * outcome.participation >= most - SAME)

    def limit(self, q, beta, start, branch=None):
        """The outcome at (q, beta) that adjustment from a start leads to."""
        R, N, residual = self.adjust(q if branch is None else branch, beta, start)
        even = self.symmetric and start not in ("left", "right")
        if branch is not None:
            done = self.polish(lambda R, N: self.response(q, beta, R, N), R, N)
            R, N, residual = done or (R, N, np.inf)
        oracle, bends = self, self.match.kind == "linear" and self.cost.kind != "lognormal"
        if beta > 0 and bends and residual <= UNSOLVED and self.share @ N > 0:
            oracle, R, N, again = self.sharpened(q, beta, R, N, even)
            residual = max(residual, again)
        return oracle.account(q, beta, R, N, residual, start)

    def account(self, q, beta, R, N, residual, start):
        """Payoffs at a participation equilibrium."""
        reward, rho = self.signal(R, N)
        v, _, Q, _ = self.values(q, beta, reward, rho)
        whole, cut = self.taste_measure(v)
        CS = (self.cost.S(v) * whole).sum(1)
        if cut is not None:
            CS = CS + np.bincount(cut[0], cut[2] * self.cost.S(cut[3]), len(self.share))
        CS = CS * (self.share @ N > 0)
        profit = self.r * (self.share @ N) - self.k * q**self.n / self.n
        profit = profit - (beta > 0) * (self.F + self.G * beta**2 / 2)
        return Outcome(
            q, beta, self.share @ N, N, rho, Q, self.share @ CS, CS, profit, residual, reward, self, start
        )  # fmt: skip

    # What participants receive

    def output(self, outcome):
        """The moments of f-bar, and its direction with the extremes of Delta."""
        return outcome.oracle._output(outcome)

    def _output(self, outcome):
        mesh, beta = self.mesh, outcome.intensity
        received = self.f0 if outcome.participation == 0 or beta == 0 else self._received(outcome)
        mean = mesh.dx @ (received * mesh.x)
        return {
            "mean": mean,
            "variance": mesh.dx @ (received * (mesh.x - mean) ** 2),
            "entropy": -mesh.dx @ special.xlogy(received, received),
            "kl": mesh.dx @ special.rel_entr(received, self.f0),
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


SEEN = -np.cos(np.pi * np.arange(33) / 32)  # where a series is looked at for crossings
AT = chebyshev.chebvander(SEEN, POINTS - 1).T


def crossings(series):
    """Zeros on [-1, 1] of each Chebyshev series, (m, POINTS); close pairs at an extremum are found, too."""
    y = series @ AT
    rise = np.diff(y, axis=1)
    turns = (rise[:, 1:] * rise[:, :-1] <= 0).any(axis=1)
    change = np.sign(y[:, 1:]) * np.sign(y[:, :-1]) < 0
    found = [[] for _ in series]
    row, i = np.nonzero(change & ~turns[:, None])
    for r, root in zip(row, zeros(series[row], SEEN[i], SEEN[i + 1]), strict=True):
        found[r].append(root)
    for r in np.flatnonzero(turns):
        found[r] = crossings_at_a_turn(series[r], y[r])
    for r, k in zip(*np.nonzero((y == 0) & ~turns[:, None]), strict=True):
        found[r].append(SEEN[k])
    return found


def zeros(series, low, high):
    """The zero of each series between two points of opposite sign, by Newton's method kept inside them."""
    slopes = chebyshev.chebder(series.T)
    side, x = np.sign(chebyshev.chebval(low, series.T, tensor=False)), (low + high) / 2
    for _ in range(60):
        y = chebyshev.chebval(x, series.T, tensor=False)
        left = np.sign(y) == side
        low, high = np.where(left, x, low), np.where(left, high, x)
        slope = chebyshev.chebval(x, slopes, tensor=False)
        newton = x - y / np.where(slope == 0, np.inf, slope)
        last, x = x, np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
        if np.abs(x - last).max(initial=0) < 1e-13:
            break
    return x


def crossings_at_a_turn(series, y):
    """Zeros of one series that turns between the points where it was looked at."""
    xi, turn = SEEN, np.flatnonzero(np.diff(y)[:-1] * np.diff(y)[1:] <= 0) + 1
    for i in turn:
        line = {"bounds": (SEEN[i - 1], SEEN[i + 1]), "method": "bounded", "options": {"xatol": 1e-10}}
        sign = 1 if y[i] >= y[i - 1] else -1
        top = optimize.minimize_scalar(lambda z, sign=sign: -sign * chebyshev.chebval(z, series), **line)
        xi = np.union1d(xi, top.x)
    y = chebyshev.chebval(xi, series)
    change = np.flatnonzero(np.sign(y[1:]) * np.sign(y[:-1]) < 0)
    solve = partial(optimize.brentq, lambda z: chebyshev.chebval(z, series), xtol=1e-13)
    return [*(solve(xi[i], xi[i + 1]) for i in change), *xi[y == 0]]
