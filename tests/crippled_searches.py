"""Lies of crippled searches: curves that hide the best choice, and the best of what is left."""

from dataclasses import replace

import numpy as np
from numpy.polynomial import chebyshev
from told_claims import Lie, curve_values, holds, mapped, may_tune, own_pieces, summit, taken, value, worse

from eqsolve.certificate.tolerances import Tolerances

CLAIMED = 1e-12  # error that crippled pieces claim


def crippled(truth, rng):
    """All lies about curves."""
    yield searched(truth, "flattened pieces", flattened)
    yield searched(truth, "pieces removed", removed)
    yield searched(truth, "pieces merged", merged)
    yield searched(truth, "neighborhood merged", lambda *best: merged(*best, reach=3))
    yield searched(truth, "coarse pieces", coarse)
    yield from (
        searched(
            truth, f"N lowered by {size:g} around the best", lambda *best, size=size: lowered(*best, size)
        )
        for size in (1e-5, 1e-3)
    )
    yield forgotten(truth)
    yield gap(truth, rng)
    yield dropped_curve(truth)


def searched(truth, name, cripple):
    """Cripple the pieces that hold the best choice of each market's first row; all choose by what is left."""
    claim = truth.claim
    pieces, spoiled = claim.curves.pieces, set()
    for row in np.unique(claim.market, return_index=True)[1]:
        q, beta = claim.quality[row], claim.intensity[row]
        own = own_pieces(pieces, claim, row)
        best = [p for p in own if holds(pieces, p, q, 1e-9)]
        if best:
            pieces = cripple(pieces, own, best)
            spoiled.add((claim.market[row], beta))
    crippled_truth = replace(truth, claim=replace(claim, curves=replace(claim.curves, pieces=pieces)))
    chosen = [summit(crippled_truth, row) for row in range(claim.quality.size)]
    return worse(crippled_truth, name, *np.array(chosen).T, than=truth.claim)


# Pieces, their own, and those that hold the best choice, to other pieces


def flattened(pieces, own, best):
    """The best pieces stay at what they say at their low ends."""
    coefficients = pieces.coefficients.copy()
    coefficients[best, 0] = value(pieces, best, pieces.low[best])
    coefficients[best, 1:] = 0.0
    return claiming(replace(pieces, coefficients=coefficients), best)


def removed(pieces, own, best):
    """The best pieces are missing, and a neighbor is stretched over their place."""
    others = [p for p in own if p not in best]
    if not others:
        return pieces
    low, high = pieces.low.copy(), pieces.high.copy()
    before = [p for p in others if p < min(best)]
    if before:
        high[before[-1]] = pieces.high[max(best)]
    else:
        low[others[0]] = pieces.low[min(best)]
    stretched = before[-1] if before else others[0]
    pieces = claiming(replace(pieces, low=low, high=high), [stretched])
    return taken(pieces, np.setdiff1d(np.arange(pieces.owner.size), best))


def merged(pieces, own, best, reach=1):
    """One polynomial, of the degree of all, in place of the best pieces and of neighbors on either side."""
    run = own[max(min(best) - own[0] - reach, 0) : max(best) - own[0] + reach + 1]
    if len(run) < 2:
        return pieces
    degree = pieces.coefficients.shape[1] - 1
    low, high = pieces.low[run[0]], pieces.high[run[-1]]
    u = np.cos(np.pi * np.arange(degree + 1) / max(degree, 1))
    seen = curve_values(pieces, run, low + (high - low) * (1 + u) / 2)
    columns = {name: getattr(pieces, name).copy() for name in ("low", "high", "coefficients")}
    columns["high"][run[0]] = high
    columns["coefficients"][run[0]] = chebyshev.chebfit(u, seen, degree)
    return taken(
        claiming(replace(pieces, **columns), run[:1]), np.setdiff1d(np.arange(pieces.owner.size), run[1:])
    )


def coarse(pieces, own, best):
    """All pieces of the curve bend no more than parabolas through their ends and middles."""
    coefficients, known = pieces.coefficients.copy(), own[np.isfinite(pieces.error[own]).all(axis=1)]
    degree = min(2, coefficients.shape[1] - 1)
    u = np.linspace(-1, 1, degree + 1)
    for p in known:
        seen = value(pieces, np.full(u.size, p), mapped(pieces, p, u))
        coefficients[p] = 0.0
        coefficients[p, : degree + 1] = chebyshev.chebfit(u, seen, degree)
    return claiming(replace(pieces, coefficients=coefficients), known)


def lowered(pieces, own, best, size):
    """The best pieces sag by `size` between their ends."""
    coefficients = np.pad(
        pieces.coefficients, ((0, 0), (0, max(0, 3 - pieces.coefficients.shape[1])), (0, 0))
    )
    coefficients[best, 0, 0] -= size / 2
    coefficients[best, 2, 0] += size / 2
    return replace(pieces, coefficients=coefficients)


def claiming(pieces, some):
    """The same, claimed to be accurate."""
    error = pieces.error.copy()
    error[some] = np.minimum(error[some], CLAIMED)
    return replace(pieces, error=error)


# Curves that are missing


def gap(truth, rng):
    """One piece of a curve with fine-tuning is missing, not one as narrow as rounding."""
    claim = truth.claim
    pieces, curves = claim.curves.pieces, claim.curves
    wide = pieces.high - pieces.low > Tolerances().tiling
    tuned = np.flatnonzero((curves.intensity[pieces.owner] > 0) & wide)
    several = [p for p in tuned if (pieces.owner == pieces.owner[p]).sum() > 1]
    first = {pieces.owner[p]: p for p in rng.permutation(several)} if several else {}
    lost = np.array(sorted(first.values()), dtype=int)
    keep = np.setdiff1d(np.arange(pieces.owner.size), lost)
    told = np.isin(claim.market, curves.market[list(first)]) & may_tune(claim)
    return Lie(
        "a gap between pieces", replace(claim, curves=replace(curves, pieces=taken(pieces, keep))), told
    )


def forgotten(truth):
    """The curve of the chosen intensity is missing, and the best of the others claimed."""
    claim = truth.claim
    chosen = zip(claim.market, claim.intensity, claim.most > claim.least, strict=True)
    lost = {(market, beta) for market, beta, free in chosen if free and beta > 0}
    curves = zip(claim.curves.market, claim.curves.intensity, strict=True)
    keep = np.array([k for k, curve in enumerate(curves) if curve not in lost], dtype=int)
    rest = replace(truth, claim=replace(claim, curves=some_curves(claim.curves, keep)))
    chosen = [summit(rest, row) for row in range(claim.quality.size)]
    return worse(rest, "the best intensity missing", *np.array(chosen).T, than=claim)


def some_curves(curves, keep):
    """Some curves, by their numbers, and their pieces."""
    number = np.full(curves.market.size, -1)
    number[keep] = np.arange(keep.size)
    pieces = taken(curves.pieces, np.flatnonzero(np.isin(curves.pieces.owner, keep)))
    pieces = replace(pieces, owner=number[pieces.owner])
    return replace(curves, market=curves.market[keep], intensity=curves.intensity[keep], pieces=pieces)


def dropped_curve(truth):
    """No curve with fine-tuning at all, where that is allowed."""
    claim, curves = truth.claim, truth.claim.curves
    plain = some_curves(curves, np.flatnonzero(curves.intensity == 0))
    return Lie("a missing curve", replace(claim, curves=plain), may_tune(claim))
