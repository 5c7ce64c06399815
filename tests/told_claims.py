"""Truths and lies about solved games: the records, and what the curves of a claim say.

Nothing here knows how the solver or the certificate work; pieces are evaluated from their definition.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

WORTH = 1e-8  # of the payoff scale: a choice that loses more is false; ten times what is allowed
SAMPLES = 65  # points at which a piece is looked at
ZOOMS = 5  # times that a maximum is looked at more closely: to 1e-9 of a piece


@dataclass(frozen=True)
class Truth:
    """A truthful claim, and the means to tell half-truths.

    Attributes:
        claim: about R games.
        evaluate: (rows, qualities, intensities, the name of a rule or None for the claim's) to the outcome
            there, a dict of those of the columns `participation`, `user_surplus`,
            `participation_by_segment`, `user_surplus_by_segment` and `feedback_quality` that the claim has.
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


def worse(truth, name, quality, intensity, than=None):
    """A claim of other choices, with what happens there, in rows where they pay less than the true one."""
    lying = replace(truth.claim, quality=quality, intensity=intensity, **outcome(truth, quality, intensity))
    true = truth.claim if than is None else than
    told = truth.payoff(true) - truth.payoff(lying) > WORTH * truth.scale
    return Lie(name, mixed(truth.claim, lying, told), told)


def hills(truth, row):
    """(payoff, q, beta) at the local maxima of the objective along the row's curves, as far as sampled."""
    claim, pieces, found = truth.claim, truth.claim.curves.pieces, []
    for curve in curves_of(claim, row):
        own = known_pieces(pieces, curve)
        if not own.size:
            continue
        q, N, CS = (np.concatenate(column) for column in zip(*(sample(pieces, p) for p in own), strict=True))
        allowed = (q >= claim.low[row]) & (q <= claim.high[row])
        q, N, CS = q[allowed], N[allowed], CS[allowed]
        payoff = payoffs(truth, row, q, claim.curves.intensity[curve], N, CS)
        padded = np.concatenate([[-np.inf], payoff, [-np.inf]])
        tops = np.flatnonzero((payoff >= padded[:-2]) & (payoff > padded[2:]))
        found += [(payoff[i], q[i], claim.curves.intensity[curve]) for i in tops]
    return found


def summit(truth, row):
    """(q, beta) of the highest payoff along the row's curves, as a search would find it."""
    claim, pieces, found = truth.claim, truth.claim.curves.pieces, []
    for curve in curves_of(claim, row):
        beta = claim.curves.intensity[curve]
        for p in known_pieces(pieces, curve):
            low, high = -1.0, 1.0
            for _ in range(ZOOMS):
                u = np.linspace(low, high, SAMPLES)
                q = np.clip(mapped(pieces, p, u), claim.low[row], claim.high[row])
                payoff = payoffs(truth, row, q, beta, *channels(pieces, p, q))
                best = int(np.argmax(payoff))
                low, high = u[max(best - 1, 0)], u[min(best + 1, u.size - 1)]
            if pieces.low[p] <= q[best] <= pieces.high[p]:
                found.append((payoff[best], q[best], beta))
    return max(found)[1:]


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


def own_pieces(pieces, claim, row):
    """Those of some pieces that belong to the curve at the row's own market and intensity."""
    curves = claim.curves
    own = (curves.market == claim.market[row]) & (curves.intensity == claim.intensity[row])
    return np.flatnonzero(np.isin(pieces.owner, np.flatnonzero(own)))


def known_pieces(pieces, curve):
    """The pieces of a curve that say anything."""
    return np.flatnonzero((pieces.owner == curve) & np.isfinite(pieces.error).all(axis=1))


def may_tune(claim):
    return np.full(claim.quality.size, True in claim.tune) & (claim.most > 0)


def holds(pieces, p, x, margin):
    return pieces.low[p] - margin <= x <= pieces.high[p] + margin


def sample(pieces, p):
    """Points of a piece, dense at its ends, with N and CS there."""
    x = (1 - np.cos(np.pi * np.linspace(0, 1, SAMPLES))) / 2
    x = pieces.low[p] + (pieces.high[p] - pieces.low[p]) * x
    return x, *channels(pieces, p, x)


def channels(pieces, p, x):
    """N and CS at points of one piece; zeros for CS where it does not count."""
    seen = value(pieces, np.full(x.size, p), x)
    return seen[:, 0], seen[:, 1] if seen.shape[1] > 1 else np.zeros(x.size)


def mapped(pieces, p, u):
    """The points at coordinates u of one piece."""
    return pieces.low[p] + (pieces.high[p] - pieces.low[p]) * (1 + u) / 2


def curve_values(pieces, run, x):
    """All channels at points x of a run of pieces, (n, channels)."""
    return value(pieces, run[np.clip(np.searchsorted(pieces.high[run], x), 0, len(run) - 1)], x)


def value(pieces, p, x):
    """All channels of pieces p at points x, one each, (n, channels)."""
    p = np.asarray(p)
    width = pieces.high[p] - pieces.low[p]
    s = np.clip((x - pieces.low[p]) / np.where(width > 0, width, 1.0), 0, 1)
    basis = chebyshev.chebvander(2 * s - 1, pieces.coefficients.shape[1] - 1)
    return np.einsum("pn,pnc->pc", basis, pieces.coefficients[p])


def outcome(truth, quality, intensity):
    """The truth at other choices of every row."""
    return truth.evaluate(np.arange(quality.size), quality, intensity, None)


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
    names = ("owner", "low", "high", "coefficients", "error")
    return replace(pieces, **{name: getattr(pieces, name)[keep] for name in names})
