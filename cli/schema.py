"""`eqsolve schema`: the JSON Schema of the params file."""

from pathlib import Path
from typing import Annotated

import typer

from .streams import emit


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to FILE (.json) instead of stdout.")
    ] = None,
) -> None:
    """Print the JSON Schema of params files, for editors."""
    import json

    from eqsolve.files import check_destination, write_text
    from eqsolve.params import params_schema

    if output:
        check_destination(output, (".json",))
    text = json.dumps(params_schema(), indent=2)
    if output:
        write_text(output, f"{text}\n")
        typer.echo(f"wrote {output}", err=True)
    else:
        emit(text)
