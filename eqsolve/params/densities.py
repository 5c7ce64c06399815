"""Densities on [0, 1]: users' tastes g_j(x), and outputs f_0(y) of the initial model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Len
from pydantic import ConfigDict, Field, ValidationInfo, ValidatorFunctionWrapHandler, model_validator
from pydantic.types import FailFast
from pydantic_core import InitErrorDetails

from eqsolve.params.column import read_column
from eqsolve.params.keys import child
from eqsolve.params.record import NonNegative, Number, Positive, Record, Unit, checked, choose, collect, fault


class UniformDensity(Record):
    """All of [0, 1] alike."""

    dist: Literal["uniform"] = "uniform"


class BetaDensity(Record):
    """The beta density, proportional to x^(a-1) (1-x)^(b-1)."""

    dist: Literal["beta"] = "beta"
    a: Positive = Field(description="a > 0: exponent at 0, plus one")
    b: Positive = Field(description="b > 0: exponent at 1, plus one")


class TruncnormDensity(Record):
    """The normal density, truncated to [0, 1]."""

    dist: Literal["truncnorm"] = "truncnorm"
    mean: Number = Field(description="mean of the normal law before truncation, any number")
    sd: Positive = Field(description="sd > 0: standard deviation of the normal law before truncation")


def _file_or_values(schema: dict[str, Any]) -> None:
    schema["required"].remove("values")
    schema["anyOf"] = [{"required": ["file", "column"]}, {"required": ["values"]}]


class EmpiricalDensity(Record):
    """Observed numbers, smoothed: a column of a CSV file, or the numbers themselves.

    A params file names the CSV file (relative to itself) and the column, which are read at once: the record,
    its dump and its hash hold the numbers, and `file` and `column` only say where these came from.
    """

    model_config = ConfigDict(json_schema_extra=_file_or_values)

    dist: Literal["empirical"] = "empirical"
    file: str = Field("", description="CSV file with a header row, relative to the params file")
    column: str = Field("", description="the column of numbers in [0, 1]")
    values: Annotated[tuple[Unit, ...], FailFast()] = Field(
        description="the numbers, in [0, 1] and not all equal; read from the column if left out"
    )

    @model_validator(mode="wrap")
    @classmethod
    def _read_values(cls, data: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        faults: list[InitErrorDetails] = []
        if isinstance(data, dict):
            try:
                values = _values(data, (info.context or {}).get("folder", "."))
                faults = [fault(message, data, "values") for message in _all_equal(values)]
            except ValueError as error:
                # Something valid, so that the rest of the table is still checked.
                values, faults = (), [fault(str(error), data, "file")]
            data = {**data, "values": values}
        return collect(faults, handler, data)


def _values(data: dict[str, Any], folder: Path | str) -> Any:
    """The values that are given, or else those of the column."""
    if "values" in data:
        return data["values"]
    file, column = data.get("file"), data.get("column")
    if not (file and column and isinstance(file, str) and isinstance(column, str)):
        raise ValueError("empirical numbers need a file and a column, both text")
    return read_column(Path(folder, file), column)


def _all_equal(values: Any) -> Iterator[str]:
    if isinstance(values, list | tuple) and all(value == values[0] for value in values):
        yield "at least two different numbers are needed to smooth"


class _Weighted(Record):
    weight: NonNegative = Field(description="weight >= 0, relative to the other components' weights")


class UniformComponent(_Weighted, UniformDensity):
    """A uniform part of a mixture."""


class BetaComponent(_Weighted, BetaDensity):
    """A beta part of a mixture."""


class TruncnormComponent(_Weighted, TruncnormDensity):
    """A truncated normal part of a mixture."""


class EmpiricalComponent(_Weighted, EmpiricalDensity):
    """An empirical part of a mixture."""


Component = Annotated[
    UniformComponent | BetaComponent | TruncnormComponent | EmpiricalComponent,
    Field(discriminator="dist"),
    choose("dist"),
]


def _weightless(components: list[Any]) -> Iterator[str]:
    weights = [child(component, "weight") for component in components]
    if weights and all(isinstance(weight, int | float) and weight >= 0 for weight in weights):
        total = sum(weights)
        if not 0 < total < float("inf"):
            yield f"the weights sum to {total:g}: expected a finite sum > 0"


class MixtureDensity(Record):
    """A weighted mean of densities; the weights are divided by their sum."""

    dist: Literal["mixture"] = "mixture"
    components: Annotated[tuple[Component, ...], Len(1), checked(_weightless)] = Field(
        description="the densities that are mixed, each with its weight"
    )


Density = Annotated[
    UniformDensity | BetaDensity | TruncnormDensity | MixtureDensity | EmpiricalDensity,
    Field(discriminator="dist"),
    choose("dist"),
]
"""Any density; a table without `dist` is uniform."""
