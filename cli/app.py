"""The command `eqsolve`: its commands, and what they share."""

import gc
import os
import traceback
import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from . import streams
from .compare import compare
from .findings import findings
from .help import fit_help
from .init import init
from .paper import paper
from .phase import phase
from .plot import plot
from .restart import restart_if_needed
from .schema import schema
from .sensitivity import sensitivity
from .simulate import simulate
from .solve import solve
from .sweep import app as sweep
from .threshold import threshold

GARBAGE = 100_000
"""New objects before garbage is looked for: importing makes half as many, and nearly all of them stay."""

OF_DATA = (".file", ".values")
"""How keys end whose trouble lies in a file of data, which no params file explains."""


class Commands(TyperGroup):
    """Runs a command; trouble becomes a message on stderr and exit code 2, never 1 (a failed comparison)."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the line names."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except BrokenPipeError:
            raise SystemExit(streams.BROKEN_PIPE) from None
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
app.command()(paper)
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
    """Solve the co-creation game of an AI platform and its users, each with a certificate.

    A game is a file of parameters: `eqsolve init game.toml` writes one, and
    `eqsolve solve --params game.toml` solves it.

    Exit codes: 0 fine, 1 a comparison or a finding failed, 2 bad input or
    trouble, 3 solved but not certified.
    """


def main() -> None:
    """Run the command line, alike in every environment; quiet when the reader of a pipe has gone."""
    restart_if_needed()
    streams.prepare()
    _set_warnings()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins takes time
    gc.set_threshold(GARBAGE)
    code: Any = 0
    try:
        app()
    except SystemExit as end:
        code = end.code
    except streams.Unwritable as trouble:
        streams.fail(trouble)
    finally:
        gc.freeze()  # looking for garbage in what ends with the process takes time
    if code == streams.BROKEN_PIPE:
        streams.break_off()
    streams.leave(code)


def _set_warnings() -> None:
    """Say what is meant for users in one line, and nothing else."""
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    warnings.simplefilter("default", UserWarning)
    warnings.showwarning = lambda message, *_, **__: typer.echo(f"warning: {message}", err=True)


def _message(error: Exception) -> str:
    from eqsolve.errors import InputError

    if isinstance(error, InputError):
        lines = [f"error: {problem}" for problem in error.problems]
        if any(problem.key and not problem.key.endswith(OF_DATA) for problem in error.problems):
            lines.append("hint: `eqsolve init game.toml` writes a params file that explains every key")
        return "\n".join(lines)
    if isinstance(error, OSError):
        return f"error: {error.strerror}: {error.filename}" if error.filename else f"error: {error}"
    return (
        f"{traceback.format_exc()}error: this is a defect of eqsolve; please report it with the lines above"
    )
