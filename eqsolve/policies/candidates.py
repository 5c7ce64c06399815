"""Strengths of instruments at which the game is played: those that may be best, as the regulator foresees."""

from __future__ import annotations

import numpy as np

from eqsolve.game.games import Index
from eqsolve.induction import Table
from eqsolve.numerics.maxima import Peaks
from eqsolve.numerics.quadrature import Array
from eqsolve.policies.polish import FARTHEST, polished
from eqsolve.policies.response import Platforms
from eqsolve.policies.stage import Questions

HAIR = (1.0, 10.0, 100.0, 1000.0)
"""How far inside of a jump a policy may be placed, in units of...

Beside a jump the platform is all but indifferent; the nearest of these at which it does what is wanted is
taken."""

UNIT = 1e-9
"""...this share of the instrument's range."""

JUMP = 1e-5
"""Share of the scale that welfare loses at a jump, within the widest hair: a slope of ten takes no more."""


def candidates(platforms: Platforms, questions: Questions, peaks: Peaks, most: Array) -> tuple[Index, Array]:
    """Strengths that may be best, flat, question by question, 0 first: numbers of questions and strengths."""
    size = most.size
    places = [np.zeros(size), _placed(platforms, questions, peaks), peaks.other_x]
    strength = np.concatenate([np.stack(places, axis=1), _inside(peaks, most)], axis=1)
    which, column = np.nonzero((strength >= 0.0) & (strength <= most[:, None]))
    return which, strength[which, column]


def _inside(peaks: Peaks, most: Array) -> Array:
    """The places at hairs inside of jumps, (Q, H); nan where there is none."""
    hairs = (peaks.inside * most)[:, None] * UNIT * np.array(HAIR)
    return np.where((peaks.inside != 0)[:, None], peaks.x[:, None] + hairs, np.nan)


def closer(
    which: Index, strength: Array, table: Table, peaks: Peaks, most: Array, scale: Array
) -> tuple[Index, Array]:
    """Strengths closer to jumps that were foreseen where platforms do not do yet what is wanted, flat.

    Foreseen leads are known to the error of curves, and say little of where they vanish if they hardly change
    with the instrument. By how much platforms prefer their choices on both sides of the jump tells better.

    Args:
        which, strength: what was played, (K,) each.
        table: what came of it, K rows.
        peaks: where welfare was foreseen to be highest, (Q,).
        most, scale: largest strengths, and of welfare, (Q,) each.
    """
    tried = _inside(peaks, most)
    welfare, gap = np.full((2, *tried.shape), np.nan)
    for hair in range(tried.shape[1]):
        at = np.flatnonzero(strength == tried[which, hair])
        welfare[which[at], hair], gap[which[at], hair] = table["welfare"][at], table["runner_up_gap"][at]
    wanted = welfare >= np.fmax.reduce(welfare, axis=1, keepdims=True) - JUMP * scale[:, None]
    late = np.flatnonzero(wanted.any(axis=1) & ~wanted[:, 0])
    first = wanted[late].argmax(axis=1)
    ends = np.stack([tried[late, first - 1], tried[late, first]], axis=1)
    gaps = np.stack([gap[late, first - 1], gap[late, first]], axis=1)
    known = np.isfinite(gaps).all(axis=1) & (gaps.sum(axis=1) > 0.0)
    late, ends, gaps = late[known], ends[known], gaps[known]
    flip = ends[:, 0] + gaps[:, 0] / gaps.sum(axis=1) * (ends[:, 1] - ends[:, 0])
    nearer = flip[:, None] + (peaks.inside[late] * most[late])[:, None] * UNIT * np.array(HAIR[:-1])
    between = np.abs(nearer - ends[:, :1]) < np.abs(ends[:, 1:] - ends[:, :1])
    row, column = np.nonzero(between)
    return late[row], nearer[row, column]


def _placed(platforms: Platforms, questions: Questions, peaks: Peaks) -> Array:
    """The best strengths; smooth ones that move quality are as precise as their heights, (Q,)."""
    leads = np.array([kind.reach is not None for kind in questions.instruments])[questions.kind]
    smooth = (peaks.kind == "smooth") & ~platforms.games.continuous[questions.row]
    some = np.flatnonzero(smooth & leads)
    strength = peaks.x.copy()
    if some.size:
        row = questions.row[some]
        answer = platforms.respond(row, questions.impose(platforms.games, some, peaks.x[some]))
        quality, subsidy = polished(
            platforms.market, platforms.games.take(row), platforms.of[row], answer.quality, answer.intensity
        )
        for number, kind in enumerate(questions.instruments):
            better = kind.reach(quality, subsidy) if kind.reach else quality
            near = (questions.kind[some] == number) & (np.abs(better - strength[some]) <= FARTHEST)
            strength[some[near]] = better[near]
    return strength
