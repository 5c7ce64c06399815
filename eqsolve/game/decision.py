"""Whether to fine-tune, if the best choices with and without it are known: one rule for every module."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array

TIE = 1e-12
"""Payoffs closer than this share of the payoff scale are a tie."""

SAME_QUALITY = 1e-9
"""Qualities closer than this are one."""


def fine_tunes(gain: Array, scale: Array, tuned: Array, untuned: Array) -> NDArray[np.bool_]:
    """Whether it is chosen to fine-tune, elementwise.

    What pays more is chosen; on a tie the lower quality, at equal quality not to fine-tune (docs/model.md,
    Stages 2 and 1).

    Args:
        gain: payoff with fine-tuning, F paid, less payoff without.
        scale: what payoffs are compared with.
        tuned, untuned: the best quality with and without fine-tuning.
    """
    tie = np.abs(gain) <= TIE * scale
    return np.asarray(np.where(tie, tuned < untuned - SAME_QUALITY, gain > 0.0))
