"""Pydantic's validation errors in the words of a params file: key, value, allowed range, nearest name."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from eqsolve.errors import Problem, nearest
from eqsolve.params import keys

_FAULTS = {
    "finite_number": "is not finite",
    "greater_than": "is out of range",
    "greater_than_equal": "is out of range",
    "less_than": "is out of range",
    "less_than_equal": "is out of range",
    "string_pattern_mismatch": "is not a usable name",
    "too_short": "is empty",
}
_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def problems(error: ValidationError, record: type[BaseModel], data: object) -> list[Problem]:
    """Every error of validating `data` as a `record`, for the user who wrote the data."""
    found = []
    for details in error.errors(include_url=False):
        # Pydantic counts only the valid items, so that a list of invalid ones looks too short as well.
        if details["type"] == "too_short" and details["input"]:
            continue
        spot = _spot(record, details["loc"], data)
        if details["type"] == "union_tag_invalid":
            spot = replace(spot, key=f"{spot.key}.{spot.field.discriminator}")
        found.append(Problem(_message(details, spot), spot.key))
    return found


@dataclass(frozen=True)
class _Spot:
    """Where an error is: the key, its field, the record that holds it, and what could be chosen instead."""

    key: str
    field: FieldInfo
    table: type[BaseModel]
    alternatives: dict[str, type[BaseModel]]

    @property
    def choice(self) -> str:
        """The choice that made `table` the record to fill, such as `kind = "gaussian"`; empty if none."""
        return next((_choice(r) for r in self.alternatives.values() if r is self.table), "")


def _spot(record: type[BaseModel], loc: tuple[str | int, ...], data: object) -> _Spot:
    key, field, table = "", FieldInfo.from_annotation(record), record
    alternatives: dict[str, type[BaseModel]] = {}
    for step in loc:
        choices = _alternatives(field)
        if step in choices:
            alternatives, table = choices, choices[str(step)]
            field = FieldInfo.from_annotation(table)
            continue
        table = _record(field) or table
        key, data = keys.join(key, step, data), keys.child(data, step)
        field = _inside(field, step)
    return _Spot(key or "params", field, table, alternatives)


def _record(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _inside(field: FieldInfo, step: str | int) -> FieldInfo:
    """The field of a record, or of the items of a list."""
    if record := _record(field):
        return record.model_fields.get(str(step).replace("-", "_"), FieldInfo())
    item: type = next(iter(get_args(field.annotation)), object)
    return FieldInfo.from_annotation(item)


def _alternatives(field: FieldInfo) -> dict[str, type[BaseModel]]:
    tag = field.discriminator
    if not isinstance(tag, str):
        return {}
    return {record.model_fields[tag].default: record for record in get_args(field.annotation)}


def _choice(record: type[BaseModel]) -> str:
    tag = next(iter(record.model_fields.keys() & {"dist", "kind"}))
    return f'{tag} = "{record.model_fields[tag].default}"'


def _message(error: ErrorDetails, spot: _Spot) -> str:
    value = error["input"]
    match error["type"]:
        case "value_error":
            return f"{spot.key}: {error['ctx']['error']}"
        case "missing":
            place = f" ({spot.choice} needs it)" if spot.choice else ""
            return f"missing key {spot.key}{place}: expected {_expected(spot.field)}"
        case "extra_forbidden":
            return f"unknown key {spot.key}{_instead(str(error['loc'][-1]), spot)}"
        case "union_tag_invalid":
            word = keys.child(value, str(spot.field.discriminator))
            return _unknown_word(spot.key, word, _alternatives(spot.field))
        case "literal_error":
            return _unknown_word(spot.key, value, get_args(spot.field.annotation))
        case kind:
            fault = _FAULTS.get(kind, "has the wrong type")
            return f"{spot.key} = {show(value)} {fault}: expected {_expected(spot.field)}"


def _unknown_word(key: str, value: object, words: Iterable[str]) -> str:
    return f"{key} = {show(value)} is unknown: {nearest(str(value), words)}"


def _instead(step: str, spot: _Spot) -> str:
    owners = [_choice(record) for record in spot.alternatives.values() if step in record.model_fields]
    if spot.choice and owners:
        return f" for {spot.choice}: it belongs to {' or '.join(owners)}"
    return f": {nearest(step, (field.alias or name for name, field in spot.table.model_fields.items()))}"


def _expected(field: FieldInfo) -> str:
    kind = field.annotation
    if kind is float:
        return f"a number {_bounds(field)}".rstrip()
    if kind is int:
        return f"a whole number {_bounds(field)}".rstrip()
    if kind is str:
        return "letters, digits, _ and - only" if field.metadata else "text"
    if get_origin(kind) is tuple:
        return "a list of numbers" if _inside(field, 0).annotation is float else "a list of tables"
    return "a table"


def _bounds(field: FieldInfo) -> str:
    limits = ((sign, getattr(bound, name, None)) for bound in field.metadata for name, sign in _SIGNS.items())
    return " and ".join(f"{sign} {limit:g}" for sign, limit in limits if limit is not None)


def show(value: object) -> str:
    """A value as a file would state it, on one line and not too long."""
    text = json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
    text = repr(value) if isinstance(value, float) else text
    return text if len(text) <= 60 else f"{text[:56]} ..."
