"""`eqsolve schema`: the JSON Schema of the params file."""

from pathlib import Path
from typing import Annotated

import typer


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to FILE (.json) instead of stdout.")
    ] = None,
) -> None:
    """Print the JSON Schema of params files, for editors."""
    import json

    from eqsolve.files import check_destination, write
    from eqsolve.params import params_schema

    if output:
        check_destination(output, (".json",))
    text = json.dumps(params_schema(), indent=2)
    if output:
        write(output, f"{text}\n".encode())
        typer.echo(f"wrote {output}", err=True)
    else:
        typer.echo(text)
