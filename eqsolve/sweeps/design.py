"""Designs: which points a sweep visits, and the games at these points."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from eqsolve.errors import InputError, Problem
from eqsolve.game.batches import sets_at
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params, keys
from eqsolve.params.words import words_of
from eqsolve.sweeps.axes import Axis, Range, changes_of, parse_axis
from eqsolve.sweeps.keys import check_keys, numeric_keys, refuse_whole, varying_keys

__all__ = ["Axis", "Design", "Kind", "Range", "check_keys", "games_at", "make_design", "numeric_keys",
           "parse_axis", "sample"]  # fmt: skip

Kind = Literal["grid", "zip", "lhs", "sobol"]
"""Every combination of values; the first values together, then the second, ...; two ways to draw points."""

DRAWN = ("lhs", "sobol")
NO_WORDS: Mapping[str, Sequence[str]] = {}


@dataclass(frozen=True)
class Design:
    """The points of a sweep.

    Attributes:
        base: the game that varies.
        kind: how the points come from the axes.
        axes: what varies.
        seed: of the drawn points; None where none are drawn.
        points: values of the keys, (n, number of axes), words as their places in `words`; grids in the order
            of nested loops, the last axis fastest.
    """

    base: Params = field(repr=False)
    kind: Kind
    axes: tuple[Axis | Range, ...]
    seed: int | None
    points: Array = field(repr=False, compare=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that vary."""
        return tuple(axis.key for axis in self.axes)

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The words of the keys that vary over words."""
        return {axis.key: axis.words for axis in self.axes if isinstance(axis, Axis) and axis.words}

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes of a grid; else the number of points."""
        if self.kind == "grid":
            return tuple(len(axis.values) for axis in self.axes if isinstance(axis, Axis))
        return (len(self),)

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def likes(self) -> np.ndarray[Any, np.dtype[np.intp]]:
        """Number of each point's set of points whose games share their participation primitives, (n,).

        The sets are numbered in the order of their first points.
        """
        return sets_at(self.keys, self.points)

    def column(self, key: str, rows: Any = slice(None)) -> Array | NDArray[np.object_]:
        """Return the values of a key at points, numbers or words."""
        points: Array = self.points[rows, self.keys.index(key)]
        words = self.words.get(key)
        return points if words is None else np.array(words, dtype=object)[points.astype(np.intp)]

    def told(self, point: int) -> str:
        """Return the values of the keys at a point, for messages."""
        values = ((key, self.column(key, slice(point, point + 1))[0]) for key in self.keys)
        return ", ".join(f"{k} = {v}" if isinstance(v, str) else f"{k} = {v:.6g}" for k, v in values)

    def values(self, key: str) -> list[float]:
        """Return the values that a key has at the points, each once."""
        if key in self.keys:
            return sorted({*self.points[:, self.keys.index(key)].tolist()})
        return [varying_keys(self.base)[key]]

    def games(self, rows: Sequence[int] | np.ndarray[Any, Any] | slice = slice(None)) -> list[Params]:
        """Return the games at the points `rows`."""
        return games_at(self.base, self.keys, self.points[rows], self.words)


def make_design(
    base: Params,
    axes: Sequence[Axis | Range],
    *,
    kind: Kind = "grid",
    points: int | None = None,
    seed: int = 0,
) -> Design:
    """Lay out the points of a sweep and check them all.

    Args:
        base: the game that varies.
        axes: `Axis` for kinds grid and zip, `Range` for lhs and sobol.
        kind: grid, zip, lhs (Latin hypercube) or sobol (scrambled Sobol sequence).
        points: number of points to draw; for lhs and sobol only.
        seed: of the drawn points.

    Raises:
        InputError: with everything that is wrong: keys, values out of their range, shares that cannot sum to
            1, axes that do not suit the kind.
    """
    if kind not in get_args(Kind):
        raise InputError(f"unknown design {kind!r}: expected one of {', '.join(get_args(Kind))}")
    problems = [*_unsuited(axes, kind, points, seed)]
    canonical: Sequence[str] = ()
    lists = {axis.key: axis.words for axis in axes if isinstance(axis, Axis) and axis.words}
    try:
        canonical = check_keys(base, [axis.key for axis in axes], lists)
    except InputError as error:
        problems += error.problems
    known = {*varying_keys(base), *words_of(base)}
    doubtful = {problem.key for problem in problems}
    sound = [axis for axis in axes if axis.key in {*known, *canonical} - doubtful]
    problems += [each for axis in sound for each in _out_of_range(base, axis)]
    if problems:
        raise InputError(*problems)
    named = tuple(_renamed(axis, key) for axis, key in zip(axes, canonical, strict=True))
    drawn = kind in DRAWN
    table = _drawn(named, kind, points, seed) if drawn else _listed(named, kind)
    design = Design(base, kind, named, seed if drawn else None, table)
    _check_together(design)
    return design


def sample(
    ranges: Sequence[Range],
    points: int,
    method: Literal["sobol", "lhs"] = "sobol",
    seed: int = 0,
) -> Array:
    """Draw points that fill the box of `ranges` evenly.

    Returns:
        The points, (points, len(ranges)); the same for the same arguments.

    Warns:
        UserWarning: if a Sobol design has a number of points that is no power of two.

    Raises:
        InputError: unknown method, or points < 1.
    """
    from scipy.stats import qmc

    if method not in DRAWN:
        raise InputError(f"unknown method {method!r}: expected one of {', '.join(DRAWN)}")
    if points < 1:
        raise InputError(f"points = {points}: expected at least 1")
    if method == "sobol" and points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        warnings.warn(
            f"{points} Sobol points are not balanced: a power of two is, such as {below} or {2 * below}",
            stacklevel=2,
        )
    engine = qmc.Sobol if method == "sobol" else qmc.LatinHypercube
    random = "rng" if "rng" in inspect.signature(engine).parameters else "seed"
    draws = engine(len(ranges), **{random: np.random.default_rng(seed)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        unit = draws.random(points)
    return np.stack([_scaled(unit[:, i], each) for i, each in enumerate(ranges)], axis=1)


def games_at(
    base: Params, names: Sequence[str], points: Array, words: Mapping[str, Sequence[str]] = NO_WORDS
) -> list[Params]:
    """Return the game at each point: `base` with the values of a row of `points` at the keys `names`.

    A value of a key in `words` is the place of a word there.

    Equal to `base.replace(...)` row by row; the parts of a game (platform, finetuning, users, model) that
    several points share are built once.
    """
    sections: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        sections.setdefault(keys.split(name)[0], []).append(column)
    parts: dict[str, list[Any]] = {}
    for section, columns in sections.items():
        distinct, of = np.unique(points[:, columns], axis=0, return_inverse=True)
        here = [names[column] for column in columns]
        built = [getattr(base.replace(_changes(here, row, words)), section) for row in distinct.tolist()]
        parts[section] = [built[i] for i in of.ravel()]
    return [
        base.model_copy(update=dict(zip(parts, records, strict=True)))
        for records in zip(*parts.values(), strict=True)
    ]


def _changes(
    names: Sequence[str], row: Sequence[float], words: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    """What a point changes, by key."""
    changes: dict[str, object] = {}
    for name, value in zip(names, row, strict=True):
        changes |= changes_of(name, words[name][int(value)] if name in words else value)
    return changes


def _unsuited(axes: Sequence[Axis | Range], kind: str, points: int | None, seed: int) -> list[Problem]:
    """What is wrong with the axes for this kind of design, whatever the game."""
    if not axes:
        return [Problem("nothing varies: a sweep needs at least one axis")]
    drawn, found = kind in DRAWN, []
    for axis in axes:
        if drawn and isinstance(axis, Axis):
            found.append(f"{axis.key}: a {kind} design draws from a range: expected START:STOP[:log]")
        if not drawn and isinstance(axis, Range):
            found.append(
                f"{axis.key} = {axis.low:g}:{axis.high:g}: a {kind} needs START:STOP:COUNT; designs that "
                "draw points take ranges: sobol, lhs"
            )
        if kind == "grid" and isinstance(axis, Axis) and len(set(axis.values)) < len(axis.values):
            found.append(f"{axis.key}: a value stands twice on the axis of a grid")
    lengths = {axis.key: len(axis.values) for axis in axes if isinstance(axis, Axis)}
    if kind == "zip" and len(set(lengths.values())) > 1:
        told = ", ".join(f"{key} has {count} values" for key, count in lengths.items())
        found.append(f"the axes of a zip go in step and need equal lengths: {told}")
    if drawn and points is None:
        found.append(f"a {kind} design needs the number of points")
    if drawn and points is not None and points < 1:
        found.append(f"points = {points}: expected at least 1")
    if not drawn and points is not None:
        found.append(f"points = {points}: the axes of a {kind} say how many points there are")
    if seed < 0:
        found.append(f"seed = {seed}: expected a whole number >= 0")
    return [Problem(message) for message in found]


def _out_of_range(base: Params, axis: Axis | Range) -> tuple[Problem, ...]:
    """What the game says to the extreme values of an axis; ranges of keys are intervals."""
    if isinstance(axis, Range) and not axis.values:
        try:
            refuse_whole([axis.key])
        except InputError as error:
            return error.problems
    ends: Sequence[float | str] = (axis.low, axis.high) if isinstance(axis, Range) else axis.words
    if isinstance(axis, Axis) and not ends:
        ends = (min(axis.numbers), max(axis.numbers))
    found: dict[str, Problem] = {}
    for value in dict.fromkeys(ends):
        try:
            base.replace(changes_of(axis.key, value))
        except InputError as error:
            found |= {problem.message: problem for problem in error.problems}
    return tuple(found.values())


def _check_together(design: Design) -> None:
    """Look where values of several keys may not go together.

    Shares and weights are bound by their sum: at the points where it is largest and smallest. Words take keys
    of their own: at the first point of every combination of words.
    """
    _check_words(design)
    for last in ("share", "weight"):
        bound = [i for i, key in enumerate(design.keys) if keys.split(key)[-1] == last]
        if not bound:
            continue
        total = design.points[:, bound].sum(axis=1)
        for row in {int(total.argmin()), int(total.argmax())}:
            point = dict(zip(design.keys, design.points[row].tolist(), strict=True))
            try:
                design.base.replace(point)
            except InputError as error:
                where = ", ".join(f"{key} = {point[key]:g}" for key in (design.keys[i] for i in bound))
                raise InputError(
                    *(Problem(f"at the point {where}: {each.message}", each.key) for each in error.problems)
                ) from None


def _check_words(design: Design) -> None:
    spoken = [i for i, key in enumerate(design.keys) if key in design.words]
    if not spoken or len(spoken) == len(design.keys) == 1:
        return
    rows = np.unique(design.points[:, spoken], axis=0, return_index=True)[1]
    problems = []
    for row in rows.tolist():
        try:
            design.games(slice(row, row + 1))
        except InputError as error:
            where = f"at the point {design.told(row)}"
            problems += [Problem(f"{where}: {each.message}", each.key) for each in error.problems]
    if problems:
        raise InputError(*problems)


def _renamed(axis: Axis | Range, key: str) -> Axis | Range:
    if isinstance(axis, Axis):
        return Axis(key, axis.values)
    return replace(axis, key=key)


def _listed(axes: Sequence[Axis | Range], kind: Kind) -> Array:
    values = [axis.numbers for axis in axes if isinstance(axis, Axis)]
    table = np.meshgrid(*values, indexing="ij") if kind == "grid" else values
    return np.stack([np.ravel(column) for column in table], axis=1).astype(np.float64)


def _drawn(axes: Sequence[Axis | Range], kind: Kind, points: int | None, seed: int) -> Array:
    ranges = [axis for axis in axes if isinstance(axis, Range)]
    return sample(ranges, points or 0, "lhs" if kind == "lhs" else "sobol", seed)


def _scaled(unit: Array, over: Range) -> Array:
    """Points of the unit interval, moved into a range."""
    if over.values:
        which = np.minimum((unit * len(over.values)).astype(np.intp), len(over.values) - 1)
        return np.asarray(np.array(over.values)[which])
    if over.log:
        low, high = np.log(over.low), np.log(over.high)
        moved = np.exp(low + (high - low) * unit)
    else:
        moved = over.low + (over.high - over.low) * unit
    return np.asarray(np.clip(moved, over.low, over.high))
