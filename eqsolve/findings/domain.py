"""The domain of a finding: a game and the ranges over which its parameters are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.errors import InputError, Problem
from eqsolve.params import Params, Segment
from eqsolve.params.file import ParamsFile
from eqsolve.params.problems import show
from eqsolve.sweeps.design import Range, make_design

REVENUE_FACTOR = 2.0
COST_FACTOR = 2.5
SHARE_REACH, SHARES = 0.25, (0.05, 0.95)
ACCURACY_REACH = 0.25

REASONS = {
    "platform.revenue": "half to double: from platforms that train little to those that train to q = 1",
    "finetuning.cost": "nothing to double: from fine-tuning that is free to fine-tuning that seldom pays",
    "users.transaction_cost.scale": "a factor of 2.5 either way: from nearly all users to few taking part",
    "share": "a quarter either way, of the segment with the best feedback",
    "accuracy": "a quarter either way, on its side of 1/2: accurate stays accurate, misleading misleading",
}
"""Why each range of the default domain is what it is."""


@dataclass(frozen=True)
class Domain:
    """A box of games.

    Attributes:
        base: the game; keys without a range stay as they are in it.
        ranges: the keys that are drawn, each with its interval.
        reasons: why each range is what it is, in the order of `ranges`; empty where nobody said.
    """

    base: Params
    ranges: tuple[Range, ...]
    reasons: tuple[str, ...] = ()

    def range_of(self, key: str) -> Range | None:
        """Return the range of a key; None if it does not vary."""
        return next((each for each in self.ranges if each.key == key), None)


def default_domain(game: Params) -> Domain:
    """Return the domain around a game that docs/findings.md explains.

    What the statements are about varies: what the platform earns and pays, what taking part costs, how many
    users give good feedback and how good. The technology stays as it is in the game, and so does what is 0.
    """
    ranges = {**_money(game), **_feedback(game)}
    return Domain(game, tuple(ranges), tuple(ranges.values()))


def technology_domain(game: Params) -> Domain:
    """Return the default domain with what the technology can do and how users take to it varying as well."""
    tuning, users = game.finetuning, game.users
    ranges = {
        Range("platform.training_exponent", 1.5, 4.0): "from costs that hardly bend to the fourth power",
        **_around("finetuning.strength", tuning.strength, "half to double"),
        **_around("finetuning.learning", tuning.learning, "half to double: how much feedback teaches"),
        Range("finetuning.personalization", 0.0, 0.6): "from one model for all to mostly one's own",
        **_around("users.misfit_cost", users.misfit_cost, "half to double: how much the match matters"),
        Range.among(DRAWS_KEY, (1, 2, 4)): "one output, or the best of two or of four",
    }
    return _joined(default_domain(game), ranges)


def tastes_domain(game: Params) -> Domain:
    """Return the default domain with tastes, and how well outputs suit them, varying as well.

    Tastes are truncated normals in it, whatever they are in the game, and so are outputs.
    """
    normal = {"dist": "truncnorm", "mean": 0.5, "sd": 0.4}
    names = [f"users.segments.{segment.name}.tastes" for segment in game.users.segments]
    base = game.replace({name: normal for name in [*names, "model.outputs"]})
    ranges = {}
    for name in names:
        ranges[Range(f"{name}.mean", 0.2, 0.8)] = "from one side of the line to the other, each segment alone"
        ranges[Range(f"{name}.sd", 0.15, 0.8, log=True)] = "from niches to nearly all of the line"
    ranges[Range("model.outputs.sd", 0.2, 0.8, log=True)] = "from popular outputs to diverse ones"
    if hasattr(game.users.match, "breadth"):
        ranges[Range("users.match.breadth", 0.12, 0.5, log=True)] = "half to double that of the preset paper"
    ranges |= _around("users.misfit_cost", game.users.misfit_cost, "half to double")
    return _joined(default_domain(base), ranges)


DOMAINS = {"default": default_domain, "technology": technology_domain, "tastes": tastes_domain}
"""The domains around a game, by name."""

DRAWS_KEY = "model.draws"


def _around(key: str, value: float, reason: str) -> dict[Range, str]:
    """Half to double of a value; nothing around 0."""
    return {Range(key, value / 2.0, 2.0 * value, log=True): reason} if value > 0 else {}


def _joined(domain: Domain, more: dict[Range, str]) -> Domain:
    return Domain(domain.base, (*domain.ranges, *more), (*domain.reasons, *more.values()))


def _money(game: Params) -> dict[Range, str]:
    revenue, cost, scale = (
        game.platform.revenue, game.finetuning.cost, game.users.transaction_cost.scale,
    )  # fmt: skip
    ranges = []
    if revenue > 0:
        low, high = revenue / REVENUE_FACTOR, revenue * REVENUE_FACTOR
        ranges.append(Range("platform.revenue", low, high, log=True))
    if cost > 0:
        ranges.append(Range("finetuning.cost", 0.0, 2.0 * cost))
    ranges.append(Range("users.transaction_cost.scale", scale / COST_FACTOR, scale * COST_FACTOR, log=True))
    return {each: REASONS[each.key] for each in ranges}


def _feedback(game: Params) -> dict[Range, str]:
    segments, ranges = game.users.segments, {}
    best = max(segments, key=lambda segment: segment.accuracy)
    low, high = max(best.share - SHARE_REACH, SHARES[0]), min(best.share + SHARE_REACH, SHARES[1])
    if len(segments) > 1 and best.share < 1 and low < high:
        ranges[Range(f"users.segments.{best.name}.share", low, high)] = REASONS["share"]
    for segment in segments:
        ranges[Range(f"users.segments.{segment.name}.accuracy", *_own_side(segment))] = REASONS["accuracy"]
    return ranges


def _own_side(segment: Segment) -> tuple[float, float]:
    low, high = (0.5, 1.0) if segment.accuracy > 0.5 else (0.0, 0.5)
    return max(segment.accuracy - ACCURACY_REACH, low), min(segment.accuracy + ACCURACY_REACH, high)


def read_domain(path: Path, game: Params) -> Domain:
    """Read a domain file, TOML or JSON: the keys of a params file, each with `[low, high]`.

    A third item, `[low, high, "log"]`, draws evenly in the logarithm. `model.draws` has a list of whole
    numbers. Keys that are not in the file stay as
    they are in `game`.

    Raises:
        InputError: with everything that is wrong in the file, and its line.
    """
    file = ParamsFile.read(path)
    ranges, problems = [], []
    for key, value in _leaves("", file.data):
        try:
            ranges.append(_range(key, value))
            make_design(game, ranges[-1:], kind="sobol", points=1)
        except InputError as error:
            problems += [file.locate(Problem(each.message, key)) for each in error.problems]
    if not ranges and not problems:
        problems.append(Problem("no ranges: expected keys with [low, high]", file=str(path)))
    if problems:
        raise InputError(*sorted(problems, key=lambda problem: problem.line or 0))
    return Domain(game, tuple(ranges))


def _leaves(key: str, table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for step, value in table.items():
        inner = f"{key}.{step}" if key else step
        if isinstance(value, dict):
            yield from _leaves(inner, value)
        else:
            yield inner, value


def _range(key: str, value: Any) -> Range:
    parts = value if isinstance(value, list) else []
    if key == DRAWS_KEY:
        whole = all(isinstance(x, int) and not isinstance(x, bool) for x in parts)
        if whole and len(set(parts)) > 1:
            return Range.among(key, parts)
        raise InputError(
            f"{key} = {show(value)} is no list of whole numbers: expected two or more, as in [1, 2, 4]"
        )
    numbers = [x for x in parts[:2] if isinstance(x, int | float) and not isinstance(x, bool)]
    if len(numbers) != 2 or parts[2:] not in ([], ["log"]):
        raise InputError(f'{key} = {show(value)} is no range: expected [low, high] or [low, high, "log"]')
    return Range(key, float(numbers[0]), float(numbers[1]), log=len(parts) == 3)
