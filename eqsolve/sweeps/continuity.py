"""Continuity: where, along a line of a sweep, another equilibrium takes over from the one before.

Each row knows the choice of the platform and its runner-up, the best other local maximum. Between neighbors
both move along their branches; where the runner-up takes over, the new choice is nearer to it than to the
choice before, or the old choice is nearer to the new runner-up. Of the four pairs of an old and a new maximum
the closest one tells which of them are one branch. Where the platform can only fine-tune or not, starting or
stopping to do so is a jump by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import Records

Number = NDArray[np.float64]


def line_keys(question: Question) -> tuple[str, ...]:
    """The keys along which the points of a design form lines: those of a grid, the first one of a zip.

    Words form no line: nothing is between two of them.
    """
    design = question.design
    keys = {"grid": design.keys, "zip": design.keys[:1]}.get(design.kind, ())
    return tuple(key for key in keys if key not in design.words)


def jumps(question: Question, records: Records) -> dict[str, NDArray[np.bool_]]:
    """Return whether the branch changed since the previous value of a key, for each of `line_keys`, (n,).

    False at the start of a line, and where either of the two rows has no values.
    """
    return {f"jump.{key}": flags for key, flags in _by_axis(question, records)}


def _by_axis(question: Question, records: Records) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    design = question.design
    shape = (*design.shape, len(question.regimes))
    for key in line_keys(question):
        number = design.keys.index(key) if design.kind == "grid" else 0
        binary = _binary(question, number)
        lines = np.moveaxis(records.reshape(shape), number, -1)
        flags = np.zeros(lines.shape, dtype=bool)
        flags[..., 1:] = _jumped(lines, _strength(question, number), binary)
        yield key, np.moveaxis(flags, -1, number).reshape(-1)


def _strength(question: Question, number: int) -> float | Number:
    """The largest intensity of each row on the lines, or of all rows."""
    design, key = question.design, "finetuning.strength"
    if key not in design.keys:
        return design.base.finetuning.strength
    return _on_lines(question, number, design.points[:, design.keys.index(key)])


def _binary(question: Question, number: int) -> bool | NDArray[np.bool_]:
    """Whether the platform can only fine-tune or not, at the end of each step of the lines, or everywhere."""
    design, key = question.design, "finetuning.choice"
    if key not in design.keys:
        return design.base.finetuning.choice == "binary"
    return _on_lines(question, number, design.column(key) == "binary")[..., 1:]


def _on_lines(question: Question, number: int, column: NDArray[Any]) -> NDArray[Any]:
    """Values of points, as rows on the lines along an axis."""
    rows, regimes = question.design, len(question.regimes)
    return np.moveaxis(np.repeat(column, regimes).reshape(*rows.shape, regimes), number, -1)


def _jumped(
    lines: NDArray[np.void], strength: float | Number, binary: bool | NDArray[np.bool_]
) -> NDArray[np.bool_]:
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
