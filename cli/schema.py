"""`eqsolve schema`: the JSON Schemas of params files and of results."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from . import talk
from .streams import emit


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to FILE (.json) instead of stdout.")
    ] = None,
    of: Annotated[
        Literal["params", "result"],
        typer.Option(help="What the schema is of: params files, or the results of `eqsolve solve --json`."),
    ] = "params",
) -> None:
    """Print the JSON Schema of params files, or of results.

    Editors bind a file to the schema beside it by the line `#:schema` (TOML) or
    the key "$schema" (JSON): ./params.schema.json or ./result.schema.json.
    """
    from eqsolve.files import check_destination, write_text

    if output:
        check_destination(output, (".json",))
    text = schema_text(of)
    if output:
        write_text(output, f"{text}\n")
        talk.note(f"wrote {output}")
    else:
        emit(text)


def schema_text(of: str = "params") -> str:
    """The schema as JSON."""
    import json

    if of == "result":
        from eqsolve.result_schema import result_schema

        return json.dumps(result_schema(), indent=2)
    from eqsolve.params import params_schema

    return json.dumps(params_schema(), indent=2)
