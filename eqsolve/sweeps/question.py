"""What a sweep asks: a design, regimes and a selection rule; its rows, its chunks and its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eqsolve import certificate
from eqsolve._version import __version__
from eqsolve.errors import InputError, nearest
from eqsolve.game import participation
from eqsolve.params import Params, Rules
from eqsolve.provenance import Provenance, number, provenance
from eqsolve.regimes import NOTHING, REGIMES, Fix, RegimeName, read_fix, regime_of
from eqsolve.selections import SelectionName, unknown
from eqsolve.strictjson import strict
from eqsolve.sweeps.axes import Axis, Range, parse_axis
from eqsolve.sweeps.design import Design, make_design
from eqsolve.sweeps.engine import Index, plan_chunks

TOLERANCES = {
    "regret": certificate.TOLERANCES.regret,
    "residual": certificate.TOLERANCES.residual,
    "accounting": certificate.TOLERANCES.accounting,
    "participation": participation.PRECISE,
}


@dataclass(frozen=True)
class Chunk:
    """Points of the design that are solved together under one regime, and the chunk's number."""

    number: int
    regime: int
    points: Index


@dataclass(frozen=True)
class Question:
    """A sweep before it is computed. Its rows are the points of the design, each under every regime in turn.

    Raises:
        InputError: no regime, or one that is unknown or named twice; unknown selection; something fixed that
            is out of range, or against a regime.
    """

    design: Design
    regimes: tuple[RegimeName, ...] = ("endogenous",)
    selection: SelectionName = "initial"
    fix: Fix = NOTHING

    def __post_init__(self) -> None:
        wrong = [
            f"unknown regime {name!r}: {nearest(name, REGIMES)}"
            for name in self.regimes
            if name not in REGIMES
        ]
        if not self.regimes:
            wrong.append(f"no regime: expected some of {', '.join(REGIMES)}")
        wrong += [f"regime {n!r} is named twice" for n in REGIMES if self.regimes.count(n) > 1]
        wrong += unknown(self.selection)
        if not wrong:
            wrong = self._unsuited()
        if wrong:
            raise InputError(*dict.fromkeys(wrong))

    def _unsuited(self) -> list[str]:
        """What is wrong with what is fixed, and with a policy, whatever the regime and the point."""
        found: list[str] = []
        for name in self.regimes:
            try:
                rules = regime_of(name, self.fix)
                rules.require(self.design.values("finetuning.strength"))
                rules.admit(self._instruments())
            except InputError as error:
                found += map(str, error.problems)
        return found

    def _instruments(self) -> Iterator[str]:
        """The instruments of a policy that do something at some point."""
        strength = max(self.design.values("finetuning.strength"))
        idle = {f"policy.{name}": value for name, value in Rules().values(strength).items()}
        varied = {key for key in self.design.keys if {*self.design.values(key)} != {idle.get(key)}}
        set_ = {f"policy.{name}" for name in self.design.base.policy.binding(strength)} - {*self.design.keys}
        return (key.partition(".")[2] for key in idle if key in varied | set_)

    def __len__(self) -> int:
        return len(self.design) * len(self.regimes)

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments."""
        return tuple(segment.name for segment in self.design.base.users.segments)

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks; every row is in one of them. They depend on the question alone."""
        plan = plan_chunks(self.design.likes)
        return tuple(
            Chunk(r * len(plan) + number, r, points)
            for r in range(len(self.regimes))
            for number, points in enumerate(plan)
        )

    def rows(self, chunk: Chunk) -> Index:
        """The rows of a chunk."""
        return chunk.points * len(self.regimes) + chunk.regime

    @cached_property
    def provenance(self) -> Provenance:
        """How its results come about."""
        design = self.design
        drawn = design.seed is not None
        return provenance(
            "sweep",
            design.base,
            ("--vary", [_axis_text(axis) for axis in design.axes]),
            ("--design", None if design.kind == "grid" else design.kind),
            ("--points", len(design) if drawn else None),
            ("--seed", design.seed if drawn else None),
            ("--regime", list(self.regimes)),
            ("--fix", [f"{name}={number(value)}" for name, value in self.fix.to_dict().items()]),
            regimes=self.regimes,
            selection=self.selection,
        )

    def to_dict(self) -> dict[str, Any]:
        """All that decides the rows, as plain data."""
        design = self.design
        return dict(
            strict(
                {
                    "version": __version__,
                    "tolerances": TOLERANCES,
                    "params": design.base.model_dump(mode="json"),
                    "design": {
                        "kind": design.kind,
                        "points": len(design),
                        "seed": design.seed,
                        "axes": [_axis_data(axis) for axis in design.axes],
                    },
                    "regimes": list(self.regimes),
                    "selection": self.selection,
                    "fix": self.fix.to_dict(),
                }
            )
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Question:
        """The question whose `to_dict` is `data`."""
        plain = data["design"]
        design = make_design(
            Params.model_validate(data["params"]),
            [_axis(axis) for axis in plain["axes"]],
            kind=plain["kind"],
            points=None if plain["seed"] is None else plain["points"],
            seed=plain["seed"] or 0,
        )
        return cls(design, tuple(data["regimes"]), data["selection"], read_fix(data.get("fix")))


def identity(data: dict[str, Any]) -> str:
    """A hash of all that decides the rows."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The keys at which two questions differ, in words."""
    before, after = dict(_leaves("", old)), dict(_leaves("", new))
    return [
        f"{key}: {_shown(before, key)} there, {_shown(after, key)} here"
        for key in {**before, **after}
        if before.get(key, Ellipsis) != after.get(key, Ellipsis)
    ]


def _leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if key.endswith(".segments") or key == "design.axes":
        value = {each.get("name", each.get("key")): each for each in value}
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(f"{key}.{name}" if key else name, each)
    else:
        yield key, value


def _shown(values: dict[str, Any], key: str) -> str:
    text = json.dumps(values[key]) if key in values else "nothing"
    return text if len(text) <= 40 else f"{text[:36]} ..."


def _axis_data(axis: Axis | Range) -> dict[str, Any]:
    if isinstance(axis, Axis):
        return {"key": axis.key, "values": list(axis.values)}
    return {"key": axis.key, "low": axis.low, "high": axis.high, "log": axis.log}


def _axis_text(axis: Axis | Range) -> str:
    """What `--vary` says of an axis: ends and a count where they give the same values, or every value."""
    if isinstance(axis, Range):
        return f"{axis.key}={axis}"
    if axis.words:
        return f"{axis.key}={','.join(map(str, axis.values))}"
    values = axis.numbers
    ends, count = f"{number(values[0])}:{number(values[-1])}", len(values)
    for text in (f"{axis.key}={ends}:{count}{log}" for log in ("", ":log") if count > 2):
        try:
            if parse_axis(text) == axis:
                return text
        except InputError:
            continue
    return f"{axis.key}={','.join(map(number, values))}"


def _axis(data: dict[str, Any]) -> Axis | Range:
    if "values" in data:
        return Axis(data["key"], tuple(data["values"]))
    return Range(data["key"], data["low"], data["high"], data["log"])
