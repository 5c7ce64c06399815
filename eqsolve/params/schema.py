"""The JSON Schema of params files, for editors and other checkers."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import TaggedUnionSchema

from eqsolve.params.file import BINDING
from eqsolve.params.game import Params
from eqsolve.params.record import PAPER_CHOICE

SCHEMA_FILE = "params.schema.json"
"""What the schema of params files is called beside them."""


def params_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a params file: keys, meaning, ranges and defaults.

    It says what a schema can say; that shares sum to 1 or names differ is only found when the file is read.
    """
    schema = Params.model_json_schema(schema_generator=_Schema)
    for record in schema["$defs"].values():
        for tag, paper in PAPER_CHOICE.items():
            if tag in record["properties"]:
                _require_choice(record, tag, paper)
    schema["title"] = "Params of an eqsolve game"
    schema["properties"] = {BINDING: bound_by(SCHEMA_FILE), **schema["properties"]}
    return {"$schema": _Schema.schema_dialect, "$id": "urn:eqsolve:params:1", **schema}


def bound_by(file: str) -> dict[str, Any]:
    """The property by which a file names its schema, `file` as a rule."""
    return {"type": "string", "description": f"where editors find this schema, such as ./{file}"}


def _require_choice(record: dict[str, Any], tag: str, paper: dict[str, object]) -> None:
    """Require the tag; for the preset `paper`'s choice, its own keys where the tag is stated."""
    required = record.pop("required", [])
    if record["properties"][tag]["const"] == paper[tag]:
        with_tag = [key for key in required if key in paper]
        record |= {"dependentRequired": {tag: with_tag}} if with_tag else {}
        required = [key for key in required if key not in paper]
    else:
        required = [tag, *required]
    record |= {"required": required} if required else {}


class _Schema(GenerateJsonSchema):
    """Plain JSON Schema: no keywords of OpenAPI, and no titles that repeat the keys."""

    def tagged_union_schema(self, schema: TaggedUnionSchema) -> JsonSchemaValue:
        return {"oneOf": super().tagged_union_schema(schema)["oneOf"]}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
