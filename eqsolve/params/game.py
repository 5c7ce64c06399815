"""A game: every primitive of docs/model.md, with the preset `paper` as default."""

import copy
from collections.abc import Mapping
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler

from eqsolve import arguments as read
from eqsolve.errors import InputError, Problem
from eqsolve.params import keys
from eqsolve.params.densities import Density, UniformDensity
from eqsolve.params.file import ParamsFile
from eqsolve.params.overrides import apply
from eqsolve.params.policy import CAP, STRONGEST, Rules
from eqsolve.params.record import Count, NonNegative, Number, Positive, Record, Unit, fault
from eqsolve.params.users import Users


class Platform(Record):
    """What the platform earns, and what its initial model costs."""

    revenue: NonNegative = Field(0.5, description="r >= 0: revenue per unit mass of participating users")
    training_cost: Positive = Field(1.0, description="k > 0: initial quality q costs k q^n / n")
    training_exponent: Annotated[Number, Field(ge=1.5, le=8)] = Field(
        2.0, description="n in [1.5, 8]: how steeply training cost rises with quality"
    )


class Finetuning(Record):
    """What fine-tuning does, and what it costs."""

    choice: Literal["binary", "continuous"] = Field(
        "binary", description="intensity beta in {0, strength} (binary) or in [0, strength] (continuous)"
    )
    strength: Annotated[Number, Field(gt=0, le=STRONGEST)] = Field(
        4.0, description="beta_max in (0, 1000]: the intensity of fine-tuning, or its upper bound"
    )
    cost: NonNegative = Field(0.05, description="F >= 0: fixed cost, paid whenever beta > 0")
    intensity_cost: NonNegative = Field(0.0, description="G >= 0: variable cost G beta^2 / 2")
    learning: NonNegative = Field(
        0.2, description="eta >= 0: how fast accurate feedback closes the quality gap"
    )
    personalization: Unit = Field(
        0.25, description="zeta in [0, 1]: weight of a user's own feedback against the crowd's"
    )
    feedback_prior: NonNegative = Field(
        0.0, description="nu >= 0: mass of feedback at which the crowd's signal has half its full weight"
    )


class Model(Record):
    """The initial model, and how its outputs reach users."""

    outputs: Density = Field(
        UniformDensity(), description="f_0: density of the outputs y of the initial model on [0, 1]"
    )
    draws: Annotated[Count, Field(ge=1, le=64)] = Field(
        1, description="K in [1, 64], whole: outputs that a user is shown at a time, of which the best counts"
    )


class Params(Record):
    """The parameters of a co-creation game; whatever is left out is as in the preset `paper`."""

    platform: Platform = Field(Platform(), description="the platform's revenue and training cost")
    finetuning: Finetuning = Field(Finetuning(), description="what fine-tuning does and costs")
    users: Users = Field(Users(), description="the users and their segments")
    model: Model = Field(Model(), description="the initial model")
    policy: Rules = Field(Rules(), description="the policy that the game is played under")

    @model_validator(mode="wrap")
    @classmethod
    def _a_cap_can_bind(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        params = handler(value)
        cap, strength = params.policy.set().get(CAP, 0.0), params.finetuning.strength
        if cap > strength:
            message = (
                f"{cap:g} cannot bind: expected a number >= 0 and <= {strength:g}, the game's "
                "finetuning.strength"
            )
            raise ValidationError.from_exception_data("", [fault(message, cap, "policy", CAP)])
        return params

    @model_serializer(mode="wrap")
    def _plain(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The tables of a file; that of a policy only where there is one."""
        tables: dict[str, Any] = handler(self)
        return tables if self.policy else {key: tables[key] for key in tables if key != "policy"}

    @classmethod
    @read.arguments(path=read.path, changes=read.optional(read.changes))
    def from_file(cls, path: str | PathLike[str], changes: Mapping[str, object] | None = None) -> Self:
        """Read a params file (.toml or .json), or the params of a result file of `eqsolve solve --json`.

        Args:
            path: the file; CSV files that it names are relative to it.
            changes: values by key that replace those of the file, as in `replace`.

        Raises:
            InputError: with every problem of the file and the changes, and its line in the file.
        """
        return cls._from(ParamsFile.read(Path(path)), changes or {})

    @classmethod
    def from_text(
        cls, content: bytes, name: str = "stdin", changes: Mapping[str, object] | None = None
    ) -> Self:
        """Read what a params file would say, TOML or JSON; CSV files that it names are relative to the folder
        at hand.

        Args:
            content: what the file would hold.
            name: what to call it where something is wrong in it.
            changes: values by key, as for `from_file`.

        Raises:
            InputError: as `from_file`.
        """
        return cls._from(ParamsFile.of(content, name), changes or {})

    @classmethod
    def _from(cls, file: ParamsFile, changes: Mapping[str, object]) -> Self:
        try:
            return cls._with(copy.deepcopy(file.data), changes, folder=file.path.parent)
        except InputError as error:
            located = (_located(problem, file, changes) for problem in error.problems)
            raise InputError(*sorted(located, key=lambda problem: problem.line or 0)) from None

    @read.arguments(changes=read.changes)
    def replace(self, changes: Mapping[str, object]) -> Self:
        """Return these parameters with other values, by key.

        A key goes through the tables, segments by name: `users.segments.high.accuracy`. Setting shares of
        segments rescales the shares that are not set, in proportion, so that all sum to 1. A new `dist` or
        `kind` starts its table afresh, except for `scale` and `weight`, which all its choices have.

        Raises:
            InputError: with every problem of the changes.
        """
        return self._with(self.model_dump(mode="json"), changes)

    def under(self, instruments: Mapping[str, float]) -> Self:
        """Return this game under another policy, instruments by name; without one if there are none.

        Raises:
            InputError: unknown instruments, values out of their range, a cap that cannot bind.
        """
        plain = self.model_copy(update={"policy": Rules()})
        return (
            plain.replace({f"policy.{name}": value for name, value in instruments.items()})
            if instruments
            else plain
        )

    @classmethod
    def _with(cls, data: dict[str, Any], changes: Mapping[str, object], **context: object) -> Self:
        problems = apply(changes, data, _paper()) if changes else []
        try:
            params = cls.model_validate(data, context=context)
        except InputError as error:
            problems += error.problems
        if problems:
            raise InputError(*problems)
        return params


@lru_cache
def _paper() -> dict[str, Any]:
    return Params().model_dump(mode="json")


def _located(problem: Problem, file: ParamsFile, changes: Mapping[str, object]) -> Problem:
    """The problem with its place in the file, unless it comes from a change."""
    steps = keys.split(problem.key or "")
    for change in map(keys.split, changes):
        if all(mine == theirs for mine, theirs in zip(steps, change, strict=False)):
            return problem
    return file.locate(problem)
