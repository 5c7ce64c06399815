"""Lies about solved games, for a certificate to refuse.

A claim is the record that the certificate gets: choices, participation, and the pieces of the participation
curves. Each lie takes a truthful claim about many games and returns a
claim that is false in the rows that it names and truthful in the others, so that one call of the certificate
judges a lie about all games. Nothing here knows how the solver or the certificate work; the pieces are
evaluated from their definition.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

WORTH = (
    1e-8  # of the payoff scale: what a false choice must lose to be called a lie, ten times what is allowed
)
SAMPLES = 65  # points at which a piece is looked at


@dataclass(frozen=True)
class Truth:
    """A truthful claim, and the means to tell half-truths.

    Attributes:
        claim: about R games.
        evaluate: (rows, qualities, intensities, selection) to the outcome there, a dict of those of the
            columns `participation`, `user_surplus`, `participation_by_segment`, `user_surplus_by_segment`
            and `feedback_quality` that the claim has.
        payoff: (claim) to the payoff of each row, recomputed from the claim's choices, N and CS, (R,).
        scale: payoff scale of each row, (R,).
    """

    claim: Any
    evaluate: Callable[[np.ndarray, np.ndarray, np.ndarray, str], dict[str, np.ndarray]]
    payoff: Callable[[Any], np.ndarray]
    scale: np.ndarray


@dataclass(frozen=True)
class Lie:
    """A false claim: `told` says in which rows it is false, (R,)."""

    name: str
    claim: Any
    told: np.ndarray


def lies(truth, seed=0):
    """All lies about a truthful claim, one of each kind and size."""
    rng = np.random.default_rng([316, seed])
    sizes = (1e-4, 1e-3, 1e-2, 1e-1)
    yield from (displaced(truth, rng, size) for size in sizes)
    yield from (moved_alone(truth, rng, size) for size in sizes)
    yield other_basin(truth)
    yield other_plan(truth)
    yield from (wrong_side(truth, step) for step in (1e-7, 1e-5))
    yield from (other_equilibrium(truth, selection) for selection in ("initial", "highest", "lowest"))
    yield from (participation_off(truth, sign * 1e-6) for sign in (1, -1))
    yield surplus_off(truth, 1e-6)
    yield flattened(truth)
    yield gap(truth, rng)
    yield dropped_curve(truth)


# Choices that are not the best


def displaced(truth, rng, size):
    """The quality moved by `size`, with what happens there."""
    claim = truth.claim
    side = rng.choice([-1.0, 1.0], claim.quality.size)
    moved = claim.quality + side * size
    inside = (moved >= claim.low) & (moved <= claim.high)
    quality = np.clip(np.where(inside, moved, claim.quality - side * size), claim.low, claim.high)
    return worse(truth, f"displaced by {size:g}", quality, claim.intensity)


def moved_alone(truth, rng, size):
    """The quality moved by `size`, with the participation of the best one."""
    claim = truth.claim
    quality = np.clip(
        claim.quality + rng.choice([-1.0, 1.0], claim.quality.size) * size, claim.low, claim.high
    )
    there = outcome(truth, quality, claim.intensity)
    told = np.abs(there["participation"] - claim.participation) > 1e-7
    return Lie(
        f"moved alone by {size:g}", replace(claim, quality=np.where(told, quality, claim.quality)), told
    )


def other_basin(truth):
    """The second-best hill of the claim's own curves, on any curve."""
    choices = [second_best(hills(truth, row), truth.claim, row) for row in range(truth.claim.quality.size)]
    quality, intensity = np.array(choices).T
    return worse(truth, "second-best basin", quality, intensity)


def other_plan(truth):
    """The best quality under the plan that the platform did not choose."""
    claim, choices = truth.claim, []
    for row in range(claim.quality.size):
        tuned = claim.intensity[row] > 0
        others = [hill for hill in hills(truth, row) if (hill[2] > 0) != tuned]
        own = claim.quality[row], claim.intensity[row]
        choices.append(max(others)[1:] if others else own)
    quality, intensity = np.array(choices).T
    return worse(truth, "other plan", quality, intensity)


def worse(truth, name, quality, intensity):
    """A claim of other choices, with what happens there, in the rows where they pay less."""
    lying = replace(truth.claim, quality=quality, intensity=intensity, **outcome(truth, quality, intensity))
    told = truth.payoff(truth.claim) - truth.payoff(lying) > WORTH * truth.scale
    return Lie(name, mixed(truth.claim, lying, told), told)


# Participation that is not there


def wrong_side(truth, step):
    """Just below the claimed jump, with the participation above it: more than there is."""
    claim = truth.claim
    quality = claim.quality - step
    allowed = quality >= claim.low
    below = outcome(truth, np.where(allowed, quality, claim.quality), claim.intensity)
    told = allowed & (claim.participation - below["participation"] > 1e-4 + 1e3 * step)
    return Lie(
        f"{step:g} before a jump", replace(claim, quality=np.where(told, quality, claim.quality)), told
    )


def other_equilibrium(truth, selection):
    """Participation of an equilibrium that another rule selects at the same choice."""
    claim = truth.claim
    every = np.arange(claim.quality.size)
    there = truth.evaluate(every, claim.quality, claim.intensity, selection)
    told = np.abs(there["participation"] - claim.participation) > 1e-6
    return Lie(f"equilibrium of the rule {selection}", mixed(claim, replace(claim, **there), told), told)


def participation_off(truth, error):
    """N and all N_j off by `error`, and the curve with them around the claimed choice."""
    claim = truth.claim
    told = (claim.participation + error >= 0) & (claim.participation + error <= 1)
    columns = {"participation": claim.participation + error * told}
    if hasattr(claim, "participation_by_segment"):
        columns["participation_by_segment"] = claim.participation_by_segment + error * told[:, None]
    return Lie(f"N off by {error:g}", replace(claim, **columns), told)


def surplus_off(truth, error):
    """CS and all CS_j off by `error`."""
    claim = truth.claim
    told = np.ones(claim.quality.size, bool)
    columns = {"user_surplus": claim.user_surplus + error}
    if hasattr(claim, "user_surplus_by_segment"):
        columns["user_surplus_by_segment"] = claim.user_surplus_by_segment + error
    return Lie(f"CS off by {error:g}", replace(claim, **columns), told)


# Curves that hide the truth


def flattened(truth):
    """The pieces that hold the best choice flattened to their low ends, and the best of the rest claimed.

    Only for choices with fine-tuning: without it the certificate needs no pieces.
    """
    claim = truth.claim
    pieces, coefficients = claim.curves.pieces, claim.curves.pieces.coefficients.copy()
    quality, told = claim.quality.copy(), np.zeros(claim.quality.size, bool)
    for row in np.flatnonzero(claim.intensity > 0):
        at = [p for p in own_pieces(claim, row) if holds(pieces, p, claim.quality[row], 1e-9)]
        rest = [hill for hill in hills(truth, row, skip=at) if hill[2] == claim.intensity[row]]
        if at and rest and not told[claim.market == claim.market[row]].any():
            coefficients[at, 0] = value(pieces, at, pieces.low[at])
            coefficients[at, 1:] = 0.0
            quality[row], told[row] = max(rest)[1], True
    lying = with_pieces(claim, coefficients=coefficients)
    lying = replace(lying, quality=quality, **outcome(truth, quality, claim.intensity))
    loses = truth.payoff(claim) - truth.payoff(lying) > WORTH * truth.scale
    return Lie(
        "flattened pieces", mixed(replace(claim, curves=lying.curves), lying, told & loses), told & loses
    )


def gap(truth, rng):
    """One piece of a curve with fine-tuning is missing."""
    claim = truth.claim
    pieces, curves = claim.curves.pieces, claim.curves
    tuned = np.flatnonzero(curves.intensity[pieces.owner] > 0)
    several = [p for p in tuned if (pieces.owner == pieces.owner[p]).sum() > 1]
    first = {pieces.owner[p]: p for p in rng.permutation(several)} if several else {}
    lost = np.array(sorted(first.values()), dtype=int)
    keep = np.setdiff1d(np.arange(pieces.owner.size), lost)
    told = np.isin(claim.market, curves.market[list(first)]) & may_tune(claim)
    return Lie(
        "a gap between pieces", replace(claim, curves=replace(curves, pieces=taken(pieces, keep))), told
    )


def dropped_curve(truth):
    """No curve with fine-tuning at all, where that is allowed."""
    claim, curves = truth.claim, truth.claim.curves
    keep = np.flatnonzero(curves.intensity == 0)
    number = np.full(curves.market.size, -1)
    number[keep] = np.arange(keep.size)
    pieces = taken(curves.pieces, np.flatnonzero(np.isin(curves.pieces.owner, keep)))
    pieces = replace(pieces, owner=number[pieces.owner])
    less = replace(curves, market=curves.market[keep], intensity=curves.intensity[keep], pieces=pieces)
    return Lie("a missing curve", replace(claim, curves=less), may_tune(claim))


# What the claim's curves say


def hills(truth, row, skip=()):
    """(payoff, q, beta) at the local maxima of the objective along the row's curves, as far as sampled."""
    claim, pieces, found = truth.claim, truth.claim.curves.pieces, []
    for curve in curves_of(claim, row):
        own = [p for p in np.flatnonzero(pieces.owner == curve) if p not in skip]
        if not own:
            continue
        q, N, CS = (np.concatenate(column) for column in zip(*(sample(pieces, p) for p in own), strict=True))
        allowed = (q >= claim.low[row]) & (q <= claim.high[row])
        q, N, CS = q[allowed], N[allowed], CS[allowed]
        payoff = payoffs(truth, row, q, claim.curves.intensity[curve], N, CS)
        padded = np.concatenate([[-np.inf], payoff, [-np.inf]])
        tops = np.flatnonzero((payoff >= padded[:-2]) & (payoff > padded[2:]))
        found += [(payoff[i], q[i], claim.curves.intensity[curve]) for i in tops]
    return found


def second_best(found, claim, row):
    """The best hill that is not the claimed one; the claimed one where there is no other."""
    own = claim.quality[row], claim.intensity[row]
    others = [hill for hill in found if abs(hill[1] - own[0]) > 1e-3 or hill[2] != own[1]]
    return max(others)[1:] if others else own


def payoffs(truth, row, q, beta, N, CS):
    """The objective of a row at qualities of one curve, by the truth's own formula."""
    rows = np.full(q.size, row)
    columns = {"quality": q, "intensity": np.full(q.size, beta), "participation": N, "user_surplus": CS}
    return truth.payoff(take_rows(truth.claim, rows, columns))


def curves_of(claim, row):
    """Numbers of the curves that a row may choose from."""
    curves = claim.curves
    tuned = (curves.intensity >= claim.least[row]) & (curves.intensity <= claim.most[row])
    plans = [curves.intensity == 0 if not plan else tuned & (curves.intensity > 0) for plan in claim.tune]
    return np.flatnonzero((curves.market == claim.market[row]) & np.any(plans, axis=0))


def own_pieces(claim, row):
    """Pieces of the curve at the row's own market and intensity."""
    curves = claim.curves
    own = (curves.market == claim.market[row]) & (curves.intensity == claim.intensity[row])
    return np.flatnonzero(np.isin(curves.pieces.owner, np.flatnonzero(own)))


def may_tune(claim):
    return np.full(claim.quality.size, True in claim.tune) & (claim.most > 0)


def holds(pieces, p, x, margin):
    return pieces.low[p] - margin <= x <= pieces.high[p] + margin


def sample(pieces, p):
    """Points of a piece, dense at its ends, with N and CS there."""
    x = (1 - np.cos(np.pi * np.linspace(0, 1, SAMPLES))) / 2
    x = pieces.low[p] + (pieces.high[p] - pieces.low[p]) * x
    N, CS = value(pieces, np.full(x.size, p), x).T
    return x, N, CS


def value(pieces, p, x):
    """All channels of pieces p at points x, one each, (n, channels)."""
    p = np.asarray(p)
    width = pieces.high[p] - pieces.low[p]
    s = np.clip((x - pieces.low[p]) / np.where(width > 0, width, 1.0), 0, 1)
    at_low, at_high = pieces.soft[p].T
    both = 0.5 - np.sin(np.arcsin(1 - 2 * s) / 3)  # the inverse of t^2 (3 - 2 t)
    t = np.select([at_low & at_high, at_low, at_high], [both, np.sqrt(s), 1 - np.sqrt(1 - s)], s)
    basis = chebyshev.chebvander(2 * t - 1, pieces.coefficients.shape[1] - 1)
    return np.einsum("pn,pnc->pc", basis, pieces.coefficients[p])


def outcome(truth, quality, intensity):
    """The truth at other choices of every row."""
    return truth.evaluate(np.arange(quality.size), quality, intensity, truth.claim.selection)


# Records


COLUMNS = (
    "quality", "intensity", "participation", "user_surplus",
    "participation_by_segment", "user_surplus_by_segment", "feedback_quality",
)  # fmt: skip


def mixed(claim, lying, told):
    """The lie in the rows where it is told, the claim in the others; curves are the claim's."""
    names = [name for name in COLUMNS if getattr(claim, name, None) is not None]
    columns = {}
    for name in names:
        mine, theirs = getattr(claim, name), getattr(lying, name)
        columns[name] = np.where(told.reshape(-1, *[1] * (mine.ndim - 1)), theirs, mine)
    return replace(claim, **columns)


def take_rows(claim, rows, columns):
    """Some rows of a claim, with other columns; `games` is taken along."""
    fixed = {name: getattr(claim, name)[rows] for name in ("market", "low", "high", "least", "most")}
    return replace(claim, games=claim.games.take(rows), **fixed, **columns)


def with_pieces(claim, **fields):
    return replace(claim, curves=replace(claim.curves, pieces=replace(claim.curves.pieces, **fields)))


def taken(pieces, keep):
    names = ("owner", "low", "high", "soft", "coefficients", "error")
    return replace(pieces, **{name: getattr(pieces, name)[keep] for name in names})


def count_refused(truth, certified, seed=0):
    """Tell all lies about a truth and count: {name: (told, refused)}.

    Args:
        certified: (claim) to whether each row is certified, (R,) of truth values.
    """
    counts = {}
    for lie in lies(truth, seed):
        refused = ~certified(lie.claim) & lie.told
        counts[lie.name] = int(lie.told.sum()), int(refused.sum())
    return counts
