"""The JSON Schema of results, for editors and other checkers: made from the records that are written."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from eqsolve.params import params_schema
from eqsolve.params.file import BINDING, RESULT_SCHEMA
from eqsolve.params.schema import bound_by
from eqsolve.regimes import CHOICES
from eqsolve.results import (
    QUANTITIES,
    RESULT_SCHEMA_FILE,
    Certificate,
    FreeChoice,
    ParticipationEquilibrium,
    SegmentOutcome,
)

NUMBER: dict[str, Any] = {"type": ["number", "null"]}
"""A number, or null where it is not finite."""


def result_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `Equilibrium.to_json` and `eqsolve solve --json` write."""
    params = params_schema()
    dialect, definitions = params.pop("$schema"), params.pop("$defs")
    del params["$id"]
    for name, record in {
        "Segment outcome": SegmentOutcome,
        "Participation equilibrium": ParticipationEquilibrium,
        "Free choice": FreeChoice,
        "Certificate": Certificate,
    }.items():
        schema = TypeAdapter(record).json_schema(ref_template="#/$defs/{model}")
        definitions |= schema.pop("$defs", {}) | {name: schema}
    certificate = definitions["Certificate"]
    certificate["properties"] |= {"message": {"type": "string"}, "regret": {"type": "number"}}
    return {
        "$schema": dialect,
        "$id": "urn:eqsolve:equilibrium:2",
        "title": "Result of eqsolve solve",
        "type": "object",
        "additionalProperties": False,
        "required": [
            "schema",
            "version",
            "params",
            "regime",
            "selection",
            "fix",
            "free",
            "equilibrium",
            "certificate",
        ],
        "properties": {
            BINDING: bound_by(RESULT_SCHEMA_FILE),
            "schema": {"const": RESULT_SCHEMA},
            "version": {"type": "string", "description": "of eqsolve"},
            "provenance": _provenance(),
            "params": params,
            "regime": {"type": "string"},
            "selection": {"type": "string"},
            "fix": _fix(),
            "free": {"anyOf": [{"$ref": "#/$defs/Free choice"}, {"type": "null"}]},
            "equilibrium": _equilibrium(),
            "certificate": {"$ref": "#/$defs/Certificate"},
        },
        "$defs": {
            name: record if name in params_schema()["$defs"] else _with_null(record)
            for name, record in definitions.items()
        },
    }


def _provenance() -> dict[str, Any]:
    words = {"command": "that makes the result again", "game": "a hash of params"}
    texts = {name: {"type": "string", "description": each} for name, each in words.items()}
    return {"type": "object", "additionalProperties": False, "required": [*texts], "properties": texts}


def _fix() -> dict[str, Any]:
    choices = {name: {"type": "number", "minimum": 0.0, "maximum": most} for name, most in CHOICES.items()}
    return {"type": "object", "additionalProperties": False, "properties": choices}


def _equilibrium() -> dict[str, Any]:
    lists = {"segments": "Segment outcome", "equilibria": "Participation equilibrium"}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*QUANTITIES, "direction", "segments"],
        "properties": {
            **dict.fromkeys(QUANTITIES, NUMBER),
            "direction": {"type": "string"},
            "budget": NUMBER,
            **{key: {"type": "array", "items": {"$ref": f"#/$defs/{name}"}} for key, name in lists.items()},
        },
    }


def _with_null(schema: Any) -> Any:
    """The schema with null wherever there may be a number that is not finite."""
    if isinstance(schema, list):
        return [_with_null(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "number":
        return {**schema, **NUMBER}
    return {key: _with_null(each) for key, each in schema.items()}
