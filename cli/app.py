"""The command `eqsolve`: its commands, and what they share."""

import gc
import os
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .compare import compare
from .findings import findings
from .help import fit_help
from .init import init
from .phase import phase
from .plot import plot
from .schema import schema
from .sensitivity import sensitivity
from .simulate import simulate
from .solve import solve
from .sweep import app as sweep
from .threshold import threshold

GARBAGE = 100_000
"""New objects before garbage is looked for: importing makes half as many, and nearly all of them stay."""


class Commands(TyperGroup):
    """Runs a command; trouble becomes a message on stderr and exit code 2, never 1 (a failed comparison)."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the line names."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise
        except Exception as error:
            typer.echo(_message(error), err=True)
            raise typer.Exit(2) from error


fit_help(Commands.context_class)

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(solve)
app.command()(compare)
app.add_typer(sweep, name="sweep")
app.command()(plot)
app.command()(phase)
app.command()(threshold)
app.command()(sensitivity)
app.command()(findings)
app.command()(init)
app.command()(schema)
app.command()(simulate)


def _print_versions(requested: bool) -> None:
    if not requested:
        return
    import platform
    from importlib.metadata import version

    typer.echo(f"eqsolve {version('eqsolve')}")
    typer.echo(f"Python {platform.python_version()}")
    for library in ("numpy", "scipy"):
        typer.echo(f"{library} {version(library)}")
    raise typer.Exit


@app.callback()
def eqsolve(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_versions,
            is_eager=True,
            help="Print the versions of eqsolve, Python, numpy and scipy.",
        ),
    ] = False,
) -> None:
    """Solve the co-creation game of an AI platform and its users, with proof.

    A game is a file of parameters: `eqsolve init game.toml` writes one, and
    `eqsolve solve --params game.toml` solves it.

    Exit codes: 0 fine, 1 a comparison or a finding failed, 2 bad input or
    trouble, 3 solved but not certified.
    """


def main() -> None:
    """Run the command line, and leave quietly when the reader of a pipe has gone."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins takes time
    gc.set_threshold(GARBAGE)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        app()
    finally:
        gc.freeze()  # looking for garbage in what ends with the process takes time
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _message(error: Exception) -> str:
    from eqsolve.errors import InputError

    if isinstance(error, InputError):
        lines = [f"error: {problem}" for problem in error.problems]
        if any(problem.key for problem in error.problems):
            lines.append("hint: `eqsolve init game.toml` writes a params file that explains every key")
        return "\n".join(lines)
    if isinstance(error, OSError):
        return f"error: {error.strerror}: {error.filename}" if error.filename else f"error: {error}"
    return (
        f"{traceback.format_exc()}error: this is a defect of eqsolve; please report it with the lines above"
    )
