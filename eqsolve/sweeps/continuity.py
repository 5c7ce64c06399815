"""Continuity: where, along a line of a sweep, another equilibrium takes over from the one before.

Between neighbors the chosen equilibrium can move along its branch, or jump to another one. The rows
decide, by two tests that both must agree. The first looks at the change of the choices: a jump is much larger
than the changes next to it on either side, which a steep but smooth branch is not once the line has several
points on it. The second asks for a reason: the platform's lead over its best other choice runs out there, or
users have several participation equilibria, or participation starts or stops. Where the platform can only
fine-tune or not, starting or stopping to do so is a jump by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import Records

FLOOR = 1e-4
"""Changes smaller than this, as a share of the range of a choice, are no jumps."""

RATIO = 5.0
"""A jump is this many times larger than the changes beside it; 3.2 is the most that a square root makes."""

NEAR = 2.0
"""The lead runs out between neighbors if it is less than this many times its change in a step beside them."""


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


def _strength(question: Question, number: int) -> float | NDArray[np.float64]:
    """The largest intensity of each row on the lines, or of all rows."""
    design, key = question.design, "finetuning.strength"
    if key not in design.keys:
        return design.base.finetuning.strength
    column = np.repeat(design.points[:, design.keys.index(key)], len(question.regimes))
    return np.moveaxis(column.reshape(*design.shape, len(question.regimes)), number, -1)


def _jumped(
    lines: NDArray[np.void], strength: float | NDArray[np.float64], binary: bool
) -> NDArray[np.bool_]:
    """Whether the branch changes from each point of a line to the next; lines (..., n) -> (..., n-1)."""
    tuned = lines["intensity"] > 0
    solved = np.isfinite(lines["quality"])
    both = solved[..., 1:] & solved[..., :-1]
    switched = both & (tuned[..., 1:] != tuned[..., :-1])
    choices = [lines["quality"], lines["participation"]]
    with np.errstate(invalid="ignore"):
        choices.append(lines["intensity"] / strength)
        large = np.any([_stands_out(np.abs(np.diff(choice, axis=-1))) for choice in choices], axis=0)
        reason = _several(lines) | _starts(lines) | _lead_runs_out(lines["runner_up_gap"])
    return np.asarray((switched & binary) | (both & large & reason))


def _stands_out(change: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a change is much larger than those before it and those after it.

    On each side the smaller of the two nearest changes counts, so that jumps close to each other are found.
    The first and the last change of a line have nothing on one side, and cannot be judged.
    """
    empty = np.zeros((*change.shape[:-1], 2))
    known = np.concatenate([empty + np.nan, np.nan_to_num(change), empty + np.nan], axis=-1)
    before = np.fmin(known[..., :-4], known[..., 1:-3])
    after = np.fmin(known[..., 4:], known[..., 3:-1])
    beside = np.nan_to_num(np.maximum(before, after), nan=np.inf)
    return np.asarray((change > FLOOR) & (change > RATIO * beside))


def _several(lines: NDArray[np.void]) -> NDArray[np.bool_]:
    several = lines["equilibria_found"] > 1
    return np.asarray(several[..., 1:] | several[..., :-1])


def _starts(lines: NDArray[np.void]) -> NDArray[np.bool_]:
    active = lines["participation"] > 0
    return np.asarray(active[..., 1:] != active[..., :-1])


def _lead_runs_out(lead: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the lead, continued from either side, reaches zero between neighbors."""
    change = np.abs(np.diff(lead, axis=-1))
    edge = np.zeros((*lead.shape[:-1], 1))
    from_left = np.concatenate([edge, change[..., :-1]], axis=-1)
    from_right = np.concatenate([change[..., 1:], edge], axis=-1)
    return np.asarray((lead[..., :-1] <= NEAR * from_left) | (lead[..., 1:] <= NEAR * from_right))
