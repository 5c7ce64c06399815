"""A brute-force oracle for decompositions: sixteen worlds, every order of switching, dense grids.

It follows docs/decomposition.md on the mesh of the participation oracle and shares no code with the solver.
"""

from itertools import permutations

import numpy as np

FINE = 50_001  # points for what depends on where a region ends


def worlds(oracle, before, after):
    """v_j(x) on the mesh for every set of factors that are as in `after`, two outcomes of the oracle."""

    def value(on):
        def pick(factor):
            return after if factor in on else before

        q, crowd, mover, own = (pick(factor) for factor in range(4))
        lesson = crowd.intensity * (1 - oracle.zeta) * crowd.feedback_quality
        personal = own.intensity * oracle.zeta * oracle.w
        exponent = mover.intensity * (1 - oracle.zeta) * mover.reward
        f = oracle.f0 * np.exp(exponent - exponent.max())
        tables = [oracle.operator(rate) for rate in personal]
        match = np.array([(weighted @ f) / (plain @ f) for plain, weighted in tables])
        quality = 1 - (1 - q.quality) * np.exp(-oracle.eta * (lesson + personal))
        return quality[:, None] - oracle.t * (1 - match)

    sets = [frozenset(i for i in range(4) if bits >> i & 1) for bits in range(16)]
    return {on: value(on) for on in sets}


def by_every_order(worth):
    """The mean of what each factor adds over all 24 orders of switching the factors on."""
    terms = [0.0] * 4
    for order in permutations(range(4)):
        on = frozenset()
        for factor in order:
            terms[factor] = terms[factor] + (worth[on | {factor}] - worth[on]) / 24
            on |= {factor}
    return np.array(terms)


def surplus(oracle, v):
    """CS_j at values on the mesh."""
    whole, cut = oracle.taste_measure(v)
    total = (oracle.cost.S(v) * whole).sum(1)
    if cut is not None:
        total = total + np.bincount(cut[0], cut[2] * oracle.cost.S(cut[3]), len(oracle.share))
    return total


def popular(oracle):
    """p(x) - ∫ p f_0 dy on the mesh."""
    p = oracle.operator(0.0)[1] @ (oracle.share @ oracle.g)
    return p - oracle.mesh.dx @ (p * oracle.f0)


def on_fine_grid(oracle, v, region, law):
    """∫ law(v) g_j dx over the tastes where `region` is positive, by the midpoint rule, (J,)."""
    mesh = oracle.mesh
    u = (np.arange(FINE) + 0.5) / FINE
    x, rest, slope = mesh.map(u)
    g = np.array([density.pdf(x, rest) for density in oracle.tastes])
    fine = np.array([oracle.at(u, row) for row in v])
    return (law(fine) * g * slope * (oracle.at(u, region) > 0)).mean(axis=1)
