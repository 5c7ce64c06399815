"""Strengths of instruments at which platforms turn to another plan, and welfare jumps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eqsolve.game.games import Index
from eqsolve.numerics.batch import Batch
from eqsolve.numerics.quadrature import Array

Lead = Callable[[Index, Array], Array]
"""From questions and strengths (K,) to by how much platforms prefer to fine-tune, (K,)."""

SHARP = 1e-10
"""Width to which flips are placed: no more than a narrow piece of welfare, and as a share of the range."""

ASIDE = 0.05
"""Widest distance of the points beside the secant's root, as a share of the bracket."""

SWING = 2.5
"""By how many jumps a polynomial through nine nodes seems to be off, at most, where it meets one."""

ROUNDS = 60
"""Most rounds: halving alone needs 34, and the bracket is halved in each."""


@dataclass(frozen=True)
class Flips(Batch):
    """Brackets in which the plan flips.

    Attributes (F of them):
        which: questions, (F,).
        ends: strengths just below and above, (F, 2).
        lead: by how much platforms prefer to fine-tune there, (F, 2).
    """

    which: Index
    ends: Array
    lead: Array


def scan(which: Index, strength: Array, lead: Array, welfare: Array) -> Flips:
    """Neighboring strengths between which the plan flips, if it matters where.

    Welfare is taken to go on, up to the flip, at most as steeply as before. Flips that this hides, and flips
    to and fro between neighbors, are left to what explores welfare.

    Args:
        which, strength: questions and strengths, flat, (K,) each.
        lead, welfare: what comes of them, (K,) each.
    """
    order = np.lexsort((strength, which))
    which, strength, lead, welfare = which[order], strength[order], lead[order], welfare[order]
    best = np.full(which.max(initial=0) + 1, -np.inf)
    np.maximum.at(best, which, np.nan_to_num(welfare, nan=-np.inf))
    at = np.flatnonzero((which[1:] == which[:-1]) & ((lead[1:] > 0.0) != (lead[:-1] > 0.0)))
    pair = np.stack([at, at + 1], axis=1)
    beyond = np.clip(pair + np.array([-1, 1]), 0, which.size - 1)
    run, before = np.diff(strength[pair], axis=1), np.abs(strength[pair] - strength[beyond])
    same = (which[beyond] == which[pair]) & (before > 0.0)
    rise = np.abs(welfare[pair] - welfare[beyond]) * np.divide(
        run, before, out=np.zeros(pair.shape), where=same
    )
    jump = np.abs(np.diff(welfare[pair], axis=1)[:, 0])
    possible = ~((welfare[pair] + rise).max(axis=1) + SWING * jump < best[which[at]])
    pair = pair[possible]
    return Flips(which[at[possible]], strength[pair], lead[pair])


def narrow(lead: Lead, flips: Flips, most: Array) -> Flips:
    """The brackets narrowed to `SHARP`.

    A secant tells where the lead vanishes; points on both sides of its root and the middle of the bracket are
    tried at once, so that both ends move.

    Args:
        lead: see `Lead`.
        flips: the brackets.
        most: the largest strength of each bracket's question, (F,).
    """
    ends, leads, width = flips.ends.copy(), flips.lead.copy(), SHARP * np.minimum(most, 1.0)
    for _ in range(ROUNDS):
        live = np.flatnonzero(ends[:, 1] - ends[:, 0] > width)
        if not live.size:
            break
        low, high = ends[live].T
        middle, size = (low + high) / 2.0, high - low
        with np.errstate(invalid="ignore"):
            root = low - leads[live, 0] * size / (leads[live, 1] - leads[live, 0])
        root = np.where(np.isfinite(root), np.clip(root, low, high), middle)
        aside = np.clip(size**2 / most[live], width[live] / 4.0, ASIDE * size)
        tried = np.clip(np.stack([root - aside, root + aside, middle]), low, high)
        found = lead(np.tile(flips.which[live], 3), tried.ravel()).reshape(tried.shape)
        place = np.concatenate([low[None], tried, high[None]])
        value = np.concatenate([leads[live, :1].T, found, leads[live, 1:].T])
        order = np.argsort(place, axis=0, kind="stable")
        place, value = np.take_along_axis(place, order, axis=0), np.take_along_axis(value, order, axis=0)
        first = ((value[1:] > 0.0) != (value[:-1] > 0.0)).argmax(axis=0)
        every = np.arange(live.size)
        ends[live] = np.stack([place[first, every], place[first + 1, every]], axis=1)
        leads[live] = np.stack([value[first, every], value[first + 1, every]], axis=1)
    return Flips(flips.which, ends, leads)
