"""The oracle's expected match of the best of K outputs, by the density of its distance.

The distance u of one output from a taste x has density a(u) = f(x - u) + f(x + u), where only what lies in
[0, 1] counts, and that of the nearest of K has density K a (1 - A)^(K-1), A being the integral of a.
"""

import numpy as np
from numpy.polynomial import chebyshev
from scipy import sparse


class Nearest:
    """Distances from the points of an oracle's mesh, cut at both ends of the line and into many pieces."""

    def __init__(self, oracle, draws):
        mesh = self.mesh = oracle.mesh
        self.draws, self.points = draws, mesh.xi.size
        pieces = max(mesh.cells, draws // 2)
        near, far = np.minimum(mesh.x, mesh.rest), np.maximum(mesh.x, mesh.rest)
        u = (np.arange(pieces)[:, None] + (mesh.xi + 1) / 2).ravel() / pieces
        share, rest, slope = mesh.map(u)
        self.step = slope / (2 * pieces)
        self.integral = np.stack([mesh.integral(end) for end in mesh.xi])
        self.rule = mesh.rule
        self.u, self.length, self.f0, self.at, self.kept, self.last = [], [], [], [], {}, None
        left = mesh.x <= mesh.rest
        for first, length, nearer in ((0 * near, near, left), (near, far - near, ~left)):
            distance = first[:, None] + length[:, None] * share
            room = length[:, None] * rest  # up to the end of the line that is reached, without rounding
            below, above = mesh.x[:, None] - distance, mesh.rest[:, None] - distance
            below, above = np.where(nearer[:, None], room, below), np.where(nearer[:, None], above, room)
            self.u.append(distance)
            self.length.append(length[:, None])
            self.f0.append([self.density(oracle, below, False), self.density(oracle, above, True)])
            self.at.append([self.onto(below), self.onto(1 - above)])

    def density(self, oracle, room, upper):
        """f_0 at a distance `room` from the lower or the upper end; zero beyond it."""
        inside = room > 0
        if not self.mesh.graded:  # smooth, and slow to evaluate if it is empirical
            return np.where(
                inside, (self.onto(1 - room if upper else room) @ oracle.f0).reshape(room.shape), 0.0
            )
        y = np.where(inside, room, 0.5)
        rest = np.maximum(1 - y, 1e-300)
        value = oracle.outputs.pdf(rest, y) if upper else oracle.outputs.pdf(y, rest)
        return np.where(inside, value, 0.0)

    def onto(self, y):
        """Nodal values on the mesh to values at points y, as a sparse matrix (points, n)."""
        u = self.mesh.u_of(np.clip(y, 0, 1)).ravel()
        cell = np.clip(np.searchsorted(self.mesh.edges, u, side="right") - 1, 0, self.mesh.cells - 1)
        xi = 2 * (u - self.mesh.edges[cell]) / self.mesh.width[cell] - 1
        weights = chebyshev.chebvander(xi, self.points - 1) @ self.mesh.to_series
        columns = cell[:, None] * self.points + np.arange(self.points)
        ends = np.arange(u.size + 1) * self.points
        return sparse.csr_array((weights.ravel(), columns.ravel(), ends), shape=(u.size, len(self.mesh.x)))

    def match(self, exponent, rates, s):
        """m_j(x), (J, n), from the crowd's exponent on the mesh, own rates, and a kernel of the distance."""
        asked = np.concatenate([exponent, rates])
        if self.last is None or not np.array_equal(self.last[0], asked):  # users who learn from nobody else
            self.last = asked, self.compute(exponent, rates, s)
        return self.last[1]

    def compute(self, exponent, rates, s):
        """The same anew."""
        crowd = [
            sum(f * np.exp((onto @ exponent).reshape(f.shape)) for f, onto in zip(f0, at, strict=True))
            for f0, at in zip(self.f0, self.at, strict=True)
        ]
        distinct, which = np.unique(rates, return_inverse=True)
        return np.array([self.nearest(crowd, rate, s) for rate in distinct])[which]

    def nearest(self, crowd, rate, s):
        """The expected match of one segment, (n,)."""
        closer, parts, start = [], [], 0.0
        for value, (score, own) in zip(crowd, self.own(rate, s), strict=True):
            mass = value * own
            cells = mass.reshape(len(mass), -1, self.points)
            whole = cells @ self.rule
            before = np.cumsum(whole, axis=1) - whole
            closer.append(start + (before[:, :, None] + cells @ self.integral.T).reshape(mass.shape))
            parts.append(mass * score)
            start = start + whole.sum(1, keepdims=True)
        return sum(
            (self.draws * part / start * whole_power(1 - A / start, self.draws - 1)).sum(1)
            for part, A in zip(parts, closer, strict=True)
        )

    def own(self, rate, s):
        """Of each part of the distances, s(u) with the rule's weights, and lengths tilted by own feedback."""
        if rate not in self.kept:
            if len(self.kept) > 8:
                self.kept.clear()
            scores = [s(u) for u in self.u]
            self.kept[rate] = [
                (
                    score * np.tile(self.rule, score.shape[1] // self.points),
                    np.exp(rate * (score - (rate > 0))) * length * self.step,
                )
                for score, length in zip(scores, self.length, strict=True)
            ]
        return self.kept[rate]


def whole_power(base, exponent):
    """base^exponent for whole exponents >= 0: a product is faster than a power by far."""
    result = np.ones_like(base)
    for digit in f"{exponent:b}":
        result = result * result
        if digit == "1":
            result = result * base
    return result


def rough_match(s, f, draws):
    """The same with discrete outputs, by order statistics: s (x, y) and chances (x or 1, y, q) to (x, q)."""
    order = np.argsort(-s, axis=1, kind="stable")
    ranked = np.take_along_axis(np.broadcast_to(f, (len(s), *f.shape[1:])), order[:, :, None], axis=1)
    farther = np.clip(1 - np.cumsum(ranked, axis=1) / ranked.sum(axis=1, keepdims=True), 0, 1) ** draws
    chance = -np.diff(farther, axis=1, prepend=np.ones_like(farther[:, :1]))
    return (np.take_along_axis(s, order, axis=1)[:, :, None] * chance).sum(axis=1)
