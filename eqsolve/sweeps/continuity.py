"""Continuity: where, along a line of a sweep, another equilibrium takes over from the one before.

Each row knows the choice of the platform and its runner-up, the best other local maximum. Between neighbors
both move along their branches; where the runner-up takes over, the new choice is nearer to it than to the
choice before, or the old choice is nearer to the new runner-up. Of the four pairs of an old and a new maximum
the closest one tells which of them are one branch. Where the platform can only fine-tune or not, starting or
stopping to do so is a jump by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import Records

Number = NDArray[np.float64]


def line_keys(question: Question) -> tuple[str, ...]:
    """The keys along which the points of a design form lines: those of a grid, the first one of a zip."""
    keys = question.design.keys
    return {"grid": keys, "zip": keys[:1]}.get(question.design.kind, ())


def jumps(question: Question, records: Records) -> dict[str, NDArray[np.bool_]]:
    """Return whether the branch changed since the previous value of a key, for each of `line_keys`, (n,).

    False at the start of a line, and where either of the two rows has no values.
    """
    return {f"jump.{key}": flags for key, flags in _by_axis(question, records)}


def _by_axis(question: Question, records: Records) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    design = question.design
    shape = (*design.shape, len(question.regimes))
    binary = design.base.finetuning.choice == "binary"
    for number, key in enumerate(line_keys(question)):
        lines = np.moveaxis(records.reshape(shape), number, -1)
        flags = np.zeros(lines.shape, dtype=bool)
        flags[..., 1:] = _jumped(lines, _strength(question, number), binary)
        yield key, np.moveaxis(flags, -1, number).reshape(-1)


def _strength(question: Question, number: int) -> float | Number:
    """The largest intensity of each row on the lines, or of all rows."""
    design, key = question.design, "finetuning.strength"
    if key not in design.keys:
        return design.base.finetuning.strength
    column = np.repeat(design.points[:, design.keys.index(key)], len(question.regimes))
    return np.moveaxis(column.reshape(*design.shape, len(question.regimes)), number, -1)


def _jumped(lines: NDArray[np.void], strength: float | Number, binary: bool) -> NDArray[np.bool_]:
    """Whether the branch changes from each point of a line to the next; lines (..., n) -> (..., n-1)."""
    tuned = lines["intensity"] > 0
    solved = np.isfinite(lines["quality"])
    both = solved[..., 1:] & solved[..., :-1]
    switched = tuned[..., 1:] != tuned[..., :-1]
    choice = np.stack([lines["quality"], lines["intensity"] / strength])
    other = np.stack([lines["runner_up_quality"], lines["runner_up_intensity"] / strength])
    kept = np.fmin(_distance(choice, choice), _distance(other, other))
    crossed = np.fmin(_distance(other, choice), _distance(choice, other))
    return np.asarray(both & ((switched & binary) | (crossed < kept)))


def _distance(before: Number, after: Number) -> Number:
    """From a maximum (2, ..., n) at each point to one at the next, as shares of both ranges, (..., n-1)."""
    apart = np.abs(after[..., 1:] - before[..., :-1]).sum(axis=0)
    return np.where(np.isfinite(apart), apart, np.inf)
