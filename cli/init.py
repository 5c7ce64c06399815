"""`eqsolve init`: a params file to start from."""

from pathlib import Path
from typing import Annotated

import typer


def init(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The params file to write (.toml).")
    ] = None,
    preset: Annotated[str, typer.Option(metavar="NAME", help="The game to start from.")] = "paper",
    list_presets: Annotated[bool, typer.Option("--list", help="List the presets and stop.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write a commented params file of a preset game, and the data that it reads."""
    from eqsolve import presets
    from eqsolve.errors import InputError
    from eqsolve.files import check_destination, is_stream, write_text

    if list_presets:
        names = presets.preset_names()
        for name in names:
            typer.echo(f"{name:<{max(map(len, names))}}  {presets.preset_summary(name)}")
        return
    if file is None:
        raise InputError("init needs the name of the file to write, as in: eqsolve init game.toml")
    tables = {file.parent / name: table for name, table in presets.preset_data(preset).items()}
    contents = {file: presets.read_preset(preset), **tables}
    check_destination(file, (".toml",))
    for path in tables:
        check_destination(path)
    existing = [path for path in contents if path.exists() and not is_stream(path)]
    if existing and not force:
        raise InputError(*(f"{path}: exists; --force replaces it" for path in existing))
    for path, content in contents.items():
        write_text(path, content)
        typer.echo(f"wrote {path}", err=True)
