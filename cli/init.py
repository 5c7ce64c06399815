"""`eqsolve init`: a params file to start from."""

from pathlib import Path
from typing import Annotated

import typer

from . import talk
from .completion import presets


def init(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The params file to write (.toml).")
    ] = None,
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="The game to start from.", autocompletion=presets)
    ] = "paper",
    list_presets: Annotated[bool, typer.Option("--list", help="List the presets and stop.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write a commented params file of a preset game.

    The data that it reads and a schema for editors are written beside it.
    Editors bind the file to params.schema.json beside it by the line `#:schema`.
    A schema that is there already stays.
    """
    from eqsolve import presets as library
    from eqsolve.errors import InputError
    from eqsolve.files import check_destination, is_stream, write_text

    from .grids import Grid, fit, put, terminal

    if list_presets:
        names = library.preset_names()
        console, width = terminal()
        put(console, fit(Grid("ll", [(name, library.preset_summary(name)) for name in names]), width))
        return
    if file is None:
        raise InputError("init needs the name of the file to write, as in: eqsolve init game.toml")
    from eqsolve.params import SCHEMA_FILE

    from .schema import schema_text

    tables = {file.parent / name: table for name, table in library.preset_data(preset).items()}
    contents = {file: f"#:schema ./{SCHEMA_FILE}\n{library.read_preset(preset)}", **tables}
    schema = file.parent / SCHEMA_FILE
    check_destination(file, (".toml",))
    fresh = force or not schema.exists()
    for path in (*tables, *[schema] * fresh):
        check_destination(path)
    existing = [path for path in contents if path.exists() and not is_stream(path)]
    if existing and not force:
        raise InputError(*(f"{path}: exists; --force replaces it" for path in existing))
    if fresh:
        contents[schema] = f"{schema_text()}\n"
    for path, content in contents.items():
        write_text(path, content)
        talk.note(f"wrote {path}")
