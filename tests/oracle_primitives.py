"""The primitives of docs/model.md, written for the oracle alone: densities, cost laws, match kernels.

Everything here takes the plain tables of a params file and shares no code with the solver.
"""

import numpy as np
from scipy import special, stats


class Density:
    """A density on [0, 1]; `pdf` takes x and 1 - x so that singular ends keep their digits."""

    def __init__(self, table):
        self.kind = table["dist"]
        self.table = table
        if self.kind == "mixture":
            weights = np.array([component["weight"] for component in table["components"]], float)
            self.weights = weights / weights.sum()
            self.parts = [Density(component) for component in table["components"]]
        if self.kind == "truncnorm":
            low, high = -table["mean"] / table["sd"], (1 - table["mean"]) / table["sd"]
            self.law = stats.truncnorm(low, high, loc=table["mean"], scale=table["sd"])
        if self.kind == "empirical":
            self.values = np.asarray(table["values"], float)
            self.bandwidth = silverman(self.values)

    def pdf(self, x, rest=None):
        rest = 1 - x if rest is None else rest
        if self.kind == "uniform":
            return np.ones_like(x)
        if self.kind == "beta":
            a, b = self.table["a"], self.table["b"]
            return np.exp((a - 1) * np.log(x) + (b - 1) * np.log(rest) - special.betaln(a, b))
        if self.kind == "truncnorm":
            return self.law.pdf(x)
        if self.kind == "mixture":
            return sum(w * part.pdf(x, rest) for w, part in zip(self.weights, self.parts, strict=True))
        images = self._images()
        images = images[np.abs(images - 0.5) <= 0.5 + 40 * self.bandwidth]  # exp(-800) is 0
        x, bells = np.asarray(x), np.zeros(np.shape(x))
        for image in images:  # one by one: meshes of distances leave no memory for all at once
            bells += np.exp(-0.5 * ((x - image) / self.bandwidth) ** 2)
        return bells / (len(self.values) * self.bandwidth * np.sqrt(2 * np.pi))

    def cdf(self, x):
        if self.kind == "uniform":
            return np.asarray(x, float)
        if self.kind == "beta":
            return special.betainc(self.table["a"], self.table["b"], x)
        if self.kind == "truncnorm":
            return self.law.cdf(x)
        if self.kind == "mixture":
            return sum(w * part.cdf(x) for w, part in zip(self.weights, self.parts, strict=True))
        images = self._images()
        z = (np.asarray(x)[..., None] - images) / self.bandwidth
        return (special.ndtr(z) - special.ndtr(-images / self.bandwidth)).sum(-1) / len(self.values)

    def _images(self):
        """The sample and its mirror images at 0 and 1, as far as a kernel can reach."""
        return np.concatenate([sign * self.values + 2 * k for k in range(-3, 4) for sign in (1, -1)])

    def simple(self):
        return [leaf for part in self.parts for leaf in part.simple()] if self.kind == "mixture" else [self]

    def scale(self):
        """The width of the narrowest feature, for the choice of a mesh."""
        if self.kind == "truncnorm":
            return min(self.table["sd"], 1.0)
        if self.kind == "beta":
            a, b = self.table["a"], self.table["b"]
            return 0.5 / np.sqrt(a + b)
        return min(self.bandwidth, 1.0) if self.kind == "empirical" else 1.0

    def flank(self):
        """The length over which the density falls by e from an end of the line beyond which its peak is."""
        if self.kind != "truncnorm":
            return self.scale()
        mean, sd = self.table["mean"], self.table["sd"]
        return self.scale() / max(1.0, -mean / sd, (mean - 1) / sd)


def silverman(values):
    """Silverman's bandwidth 0.9 min(sd, IQR/1.34) n^(-1/5)."""
    quarter, three_quarters = np.percentile(values, [25, 75])
    return 0.9 * min(np.std(values, ddof=1), (three_quarters - quarter) / 1.34) * len(values) ** -0.2


class Cost:
    """A transaction-cost law: H(v), S(v) = E[(v - c)+], and the values of v at which H is not smooth."""

    def __init__(self, table):
        self.kind, self.scale, self.sigma = table["dist"], table["scale"], table.get("sigma")

    @property
    def breaks(self):
        if self.kind == "lognormal":  # smooth, but steep: the pieces keep every bend inside a short interval
            return self.scale * np.exp(self.sigma * np.array([-7, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7.0]))
        return np.array(
            {"uniform": [0.0, self.scale], "point": [self.scale], "exponential": [0.0]}[self.kind]
        )

    def H(self, v):
        C, positive = self.scale, np.maximum(v, 0.0)
        if self.kind == "uniform":
            return np.minimum(positive / C, 1.0)
        if self.kind == "point":
            return np.where(v >= C, 1.0, 0.0)
        if self.kind == "exponential":
            return -np.expm1(-positive / C)
        return special.ndtr(self._z(positive))

    def S(self, v):
        C, positive = self.scale, np.maximum(v, 0.0)
        if self.kind == "uniform":
            return np.where(positive < C, positive**2 / (2 * C), positive - C / 2)
        if self.kind == "point":
            return np.maximum(v - C, 0.0)
        if self.kind == "exponential":
            return positive + C * np.expm1(-positive / C)
        z = self._z(positive)
        return positive * special.ndtr(z) - C * np.exp(self.sigma**2 / 2) * special.ndtr(z - self.sigma)

    def _z(self, v):
        with np.errstate(divide="ignore"):
            return np.log(v / self.scale) / self.sigma


class Match:
    """A match kernel s(x, y) as two smooth branches: `side` +1 where y >= x, -1 where y <= x."""

    def __init__(self, table):
        self.kind, self.breadth = table["kind"], table.get("breadth", 1.0)

    def s(self, x, y, side=None):
        if self.kind == "linear":
            return 1 - (np.abs(x - y) if side is None else side * (y - x))
        square = (x - y) ** 2
        return np.exp(-square / (2 * self.breadth**2)) if self.kind == "gaussian" else 1 - square

    def scale(self):
        return self.breadth if self.kind == "gaussian" else 1.0
