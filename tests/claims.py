"""Claims about games with a closed form, made by hand: truthful ones, and what they are made of.

With uniform tastes and outputs, a quadratic match, zeta = 0 and nu = 0, everybody of a taste takes part in
the same proportion in every segment, so that rho is the mean of w_j and outputs are tilted by beta rho alone:
v(x) = Q - t (V + (x - 1/2)^2) with the V of `closed_form`. If nobody takes part in the initial model, nobody
does in the tuned one.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from closed_form import spread
from numpy.polynomial import chebyshev

from eqsolve import Params
from eqsolve.certificate import Claim, Curves
from eqsolve.game.games import columns
from eqsolve.numerics.piecewise import Piecewise
from eqsolve.selections import SELECTIONS

DEGREE = 16
NODES = np.cos(np.pi * np.arange(DEGREE + 1) / DEGREE)
OFF = np.linspace(-0.97, 0.93, 7)
TOL = 1e-11
NARROW = 1e-11
GAUSS = np.polynomial.legendre.leggauss(16)


def game(**changes):
    """A game with a closed form; keys as in `Params.replace`, dots written as double underscores."""
    plain = {
        "platform.revenue": 0.5,
        "platform.training_cost": 1.0,
        "finetuning.strength": 3.0,
        "finetuning.cost": 0.01,
        "finetuning.learning": 0.2,
        "finetuning.personalization": 0.0,
        "users.misfit_cost": 0.3,
        "users.transaction_cost": {"dist": "uniform", "scale": 0.9},
        "users.match": {"kind": "quadratic"},
    }
    return Params().replace(plain | {key.replace("__", "."): value for key, value in changes.items()})


def law(params):
    """H and S of a game's costs, and the levels at which they bend or jump."""
    cost = params.users.transaction_cost
    C = cost.scale
    return {
        "uniform": (
            lambda v: np.clip(v / C, 0, 1),
            lambda v: np.clip(v, 0, C) ** 2 / (2 * C) + np.maximum(v - C, 0),
            (0.0, C),
        ),
        "point": (lambda v: (v >= C) * 1.0, lambda v: np.maximum(v - C, 0), (C,)),
        "exponential": (
            lambda v: -np.expm1(-np.maximum(v, 0) / C),
            lambda v: np.maximum(v, 0) + C * np.expm1(-np.maximum(v, 0) / C),
            (0.0,),
        ),
    }[cost.dist]


def users(params, beta, crowd=False):
    """N(q) and CS(q), (n,) to (n, 2), and the qualities at which they may bend.

    Where nobody takes part in the initial model, `crowd` asks for the equilibrium with a crowd.
    """
    share, surplus, levels = law(params)
    t, eta = params.users.misfit_cost, params.finetuning.learning
    rho = sum(s.share * (2 * s.accuracy - 1) for s in params.users.segments)
    fade = np.exp(-eta * beta * rho)
    V, V0 = spread(beta * rho)[1] if beta else 1 / 12, 1 / 12

    def at(Q, spread_of):
        """Integrals of H and S over tastes, cut where v(x) is at a level."""
        cuts = [np.zeros_like(Q), np.full_like(Q, 0.5)]
        for level in levels:
            gap = np.maximum((Q - level) / t - spread_of, 0) if t > 0 else np.zeros_like(Q)
            cuts.append(np.minimum(np.sqrt(gap), 0.5))
        cuts = np.sort(np.stack(cuts, axis=1), axis=1)
        middle, half = (cuts[:, 1:] + cuts[:, :-1]) / 2, (cuts[:, 1:] - cuts[:, :-1]) / 2
        x = middle[..., None] + half[..., None] * GAUSS[0]
        v = Q[:, None, None] - t * (spread_of + x**2)
        weights = 2 * half[..., None] * GAUSS[1]
        return np.stack([(weights * f(v)).sum(axis=(1, 2)) for f in (share, surplus)], axis=1)

    def curve(q):
        q = np.atleast_1d(np.asarray(q, float))
        if not beta:
            return at(q, V0)
        there = at(1 - (1 - q) * fade, V)
        if crowd:
            return there
        return np.where((at(q, V0)[:, :1] > 1e-12), there, 0.0)

    bends = [level + t * (V0 + b) for level in levels for b in (0.0, 0.25)]
    if beta:
        bends += [1 - (1 - level - t * (V + b)) / fade for level in levels for b in (0.0, 0.25)]
    return curve, bends


def pieces_of(function, breaks=(), low=0.0, high=1.0):
    """Pieces (low, high, coefficients, error) by bisection until points off its nodes agree."""
    edges = [low, *sorted(b for b in set(breaks) if low < b < high), high]
    stack, done = [(a, b) for a, b in pairwise(edges)][::-1], []
    while stack:
        a, b = stack.pop()
        # Values at a break belong to one side of it: nodes stay inside.
        x = a + (b - a) * ((1 + NODES) / 2).clip(1e-13, 1 - 1e-13)
        coefficients = np.stack([chebyshev.chebfit(NODES, y, DEGREE) for y in function(x).T], axis=1)
        off = function(a + (b - a) * (1 + OFF) / 2)
        error = np.abs(off - chebyshev.chebval(OFF, coefficients).T).max(axis=0)
        if error.max() > TOL and b - a > NARROW:
            middle = (a + b) / 2
            stack += [(middle, b), (a, middle)]
        else:
            done.append((a, b, coefficients, error if error.max() <= TOL else np.full(2, np.inf)))
    return done


def curves_of(parts):
    """Curves from a list of (market, intensity, pieces)."""
    rows = [(k, *piece) for k, (_, _, pieces) in enumerate(parts) for piece in pieces]
    owner, low, high, coefficients, error = (np.array(column) for column in zip(*rows, strict=True))
    return Curves(
        np.array([p[0] for p in parts]),
        np.array([p[1] for p in parts], dtype=float),
        Piecewise(owner, low, high, coefficients, np.maximum(error, 1e-13)),
    )


def payoff(params, q, beta, seen, welfare=False):
    """The objective at q (n,), given N and CS (n, 2)."""
    n = getattr(params.platform, "training_exponent", 2.0)
    tuning = params.finetuning
    profit = params.platform.revenue * seen[:, 0] - params.platform.training_cost * q**n / n
    if beta > 0:
        profit = profit - tuning.cost - tuning.intensity_cost * beta**2 / 2
    return profit + seen[:, 1] if welfare else profit


def best_on(params, beta, curve, pieces, welfare=False):
    """The best quality on a curve, by golden section around the best of many points."""
    from scipy import optimize

    def value(q):
        q = np.atleast_1d(q)
        return payoff(params, q, beta, curve(q), welfare)

    found = []
    for a, b, _, _ in pieces:
        x = a + (b - a) * np.linspace(0, 1, 41).clip(1e-15, 1)
        best = int(np.argmax(value(x)))
        end = optimize.minimize_scalar(
            lambda q: -value(q)[0], bounds=(x[max(best - 1, 0)], x[min(best + 1, 40)]), method="bounded",
            options={"xatol": 1e-12},
        )  # fmt: skip
        found += [(value(q)[0], q) for q in (x[best], end.x)]
    return max(found)


def truth(games, tune=(False, True), welfare=False, intensities=None):
    """A truthful claim, as by `_truth`, made once."""
    return _truth(tuple(games), tune, welfare, intensities)


@lru_cache
def _truth(games, tune, welfare, intensities):
    """A truthful claim about games with a closed form, each in a market of its own.

    Args:
        games: the games.
        tune: plans allowed.
        welfare: whether user surplus counts.
        intensities: for a continuous choice, those of which curves are told; the last must be the strength.
    """
    parts, chosen = [], []
    for market, params in enumerate(games):
        tuned = list(intensities or [params.finetuning.strength])
        options = []
        for beta in [0.0] * (False in tune) + (tuned if True in tune else []):
            curve, bends = users(params, beta)
            pieces = pieces_of(curve, bends)
            parts.append((market, beta, pieces))
            options.append((*best_on(params, beta, curve, pieces, welfare), beta))
        chosen.append(max(options, key=lambda option: option[0]))
    quality, intensity = (np.array([c[k] for c in chosen]) for k in (1, 2))
    seen = np.concatenate([users(g, b)[0](q) for g, q, b in zip(games, quality, intensity, strict=True)])
    table = columns(games)
    segments = np.ones((1, table.share.shape[1]))
    strength = table.strength
    rho = (table.share * table.w).sum(axis=1)
    return Claim(
        games=table,
        market=np.arange(len(games)),
        markets=table,
        welfare=welfare,
        selection=SELECTIONS["initial"],
        tune=tune,
        low=np.zeros(len(games)),
        high=np.ones(len(games)),
        least=np.zeros(len(games)) if intensities else strength,
        most=strength,
        quality=quality,
        intensity=intensity,
        participation=seen[:, 0],
        user_surplus=seen[:, 1],
        participation_by_segment=seen[:, :1] * segments,
        user_surplus_by_segment=seen[:, 1:] * segments,
        curves=curves_of(parts),
        feedback_quality=np.where(intensity > 0, rho, np.nan),
    )


def told(claim, games, quality=None, intensity=None):
    """The claim with another choice, and what truly happens there."""
    quality = claim.quality if quality is None else np.asarray(quality, float)
    intensity = claim.intensity if intensity is None else np.asarray(intensity, float)
    seen = np.concatenate([users(g, b)[0](q) for g, q, b in zip(games, quality, intensity, strict=True)])
    segments = np.ones_like(claim.participation_by_segment)
    rho = (claim.games.share * claim.games.w).sum(axis=1)
    return replace(
        claim,
        feedback_quality=np.where(intensity > 0, rho, np.nan),
        quality=quality,
        intensity=intensity,
        participation=seen[:, 0],
        user_surplus=seen[:, 1],
        participation_by_segment=seen[:, :1] * segments,
        user_surplus_by_segment=seen[:, 1:] * segments,
    )
