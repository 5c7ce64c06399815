"""The layout of a baseline file, and every way in which a file can fail to have it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from eqsolve.errors import InputError, Problem, nearest
from eqsolve.params import keys
from eqsolve.params.file import ParamsFile
from eqsolve.params.problems import show
from eqsolve.regimes import RegimeName
from eqsolve.results import QUANTITIES
from eqsolve.selections import SelectionName
from eqsolve.status import Status

SCHEMA = "eqsolve/baseline/1"
"""Name and version of the JSON layout."""

NULL = "feedback_quality"
"""The quantity that may be null in a game that was solved: there is none without fine-tuning."""

Amount = Annotated[float, Field(ge=0)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Tolerated(_Table):
    """Tolerance of one quantity."""

    atol: Amount
    rtol: Amount


class ToleratedAll(Tolerated):
    """Tolerance of all quantities, and of those that have their own."""

    quantities: dict[str, Tolerated]


class Kept(_Table):
    """One equilibrium."""

    status: Status = Field(strict=False)
    equilibria_found: int
    runner_up_gap: float | None
    payoff_scale: float | None
    quantities: dict[str, float | str | None] = Field(min_length=1)


class Document(_Table):
    """A baseline file."""

    schema_: Literal["eqsolve/baseline/1"] = Field(alias="schema")
    versions: dict[str, str]
    params: dict[str, Any]
    stated: list[str]
    selection: SelectionName
    tolerances: ToleratedAll
    fix: dict[Literal["quality", "intensity"], Annotated[float, Field(ge=0)]] = {}
    regimes: dict[RegimeName, Kept] = Field(min_length=1)


def read_document(path: Path) -> Document:
    """Read a baseline file.

    Raises:
        InputError: with every problem and its line.
    """
    if path.suffix.lower() != ".json":
        raise InputError(Problem("unknown extension: a baseline is a .json file", file=str(path)))
    file = ParamsFile.read(path)
    _require_schema(file)
    try:
        document = Document.model_validate(file.data)
    except ValidationError as error:
        problems = [_problem(details, file) for details in error.errors(include_url=False)]
        raise InputError(*dict.fromkeys(problems)) from None
    problems = [file.locate(Problem(message, key)) for key, message in _empty(document)]
    names = {name for kept in document.regimes.values() for name in kept.quantities}
    for name in document.tolerances.quantities:
        if name not in names:
            key = keys.join("tolerances.quantities", name, {})
            problems.append(file.locate(Problem(f"{key}: unknown quantity: {nearest(name, names)}", key)))
    if problems:
        raise InputError(*problems)
    return document


def _require_schema(file: ParamsFile) -> None:
    found = file.data.get("schema")
    if found == SCHEMA:
        return
    if file.root or not isinstance(found, str) or not found.startswith("eqsolve/baseline/"):
        message = f'not a baseline: expected "schema": "{SCHEMA}", as `eqsolve compare --update` writes it'
        raise InputError(Problem(message, file=str(file.path)))
    message = (
        f"schema {show(found)} is of another version of eqsolve; this one reads {SCHEMA}: remove the file "
        "and write it again with --update"
    )
    raise InputError(file.locate(Problem(message, "schema")))


def _problem(error: ErrorDetails, file: ParamsFile) -> Problem:
    """The problem in the words of the file; steps that pydantic adds for unions are no keys."""
    key, table = "", file.data
    for step in error["loc"]:
        if not isinstance(table, dict | list) or step in ("[key]", "float", "str", "constrained-str"):
            break
        key, table = keys.join(key, step, table), keys.child(table, step)
    if error["type"] == "missing":
        message = f"missing key {key}"
    elif error["type"] == "extra_forbidden":
        message = f"unknown key {key}"
    elif error["type"] == "finite_number":
        message = f"{key} = {show(error['input'])} is not finite: expected a number or null"
    else:
        message = f"{key} = {show(error['input'])}: {error['msg'][0].lower()}{error['msg'][1:]}"
    return file.locate(Problem(message, key))


def _empty(document: Document) -> list[tuple[str, str]]:
    """Numbers that are null though the game was solved."""
    return [
        (key, f"{key} = null: expected a number, since the game was solved")
        for regime, kept in document.regimes.items()
        for name, value in kept.quantities.items()
        if value is None and name != NULL and kept.quantities.get(QUANTITIES[0]) is not None
        for key in [keys.join(f"regimes.{regime}.quantities", name, {})]
    ]
