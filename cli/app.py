"""The command `eqsolve`: its commands, and what they share."""

import gc
import os
import sys
import warnings
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer

from . import streams, talk
from .grammar import LINE, Commands, Grammar
from .help import fit_help
from .restart import restart_if_needed

GARBAGE = 100_000
"""New objects before garbage is looked for: importing makes half as many, and nearly all of them stay."""

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("eqsolve init game.toml", "eqsolve init --list"),
    "solve": ("eqsolve solve game.toml", "eqsolve solve game.toml --set finetuning.cost=0.2 --json"),
    "explore": ("eqsolve explore game.toml", "eqsolve explore --port 0 --no-browser"),
    "compare": (
        "eqsolve compare game.toml",
        "eqsolve compare game.toml --baseline game.json",
    ),
    "sweep": (
        "eqsolve sweep game.toml --vary finetuning.cost=0:0.2:21 --output costs.csv",
        "eqsolve sweep --spec sweep.toml --output sweep.nc --jobs 4",
    ),
    "plot": (
        "eqsolve plot costs.csv --output costs.pdf",
        "eqsolve plot costs.csv --y profit --y welfare --against none --size column --output gains.pdf",
    ),
    "phase": (
        "eqsolve phase game.toml --x finetuning.cost=0:0.2 --y platform.revenue=0.3:0.7 --output phase.pdf",
        "eqsolve phase --x finetuning.cost=0:0.2 --y users.misfit_cost=0.1:1:log --json",
    ),
    "threshold": (
        "eqsolve threshold game.toml --of finetuning.cost",
        "eqsolve threshold --of users.transaction_cost.scale --where users-lose --range 0.1:1",
    ),
    "policy": (
        "eqsolve policy game.toml",
        "eqsolve policy game.toml --instrument quality-floor --plot floor.pdf",
    ),
    "sensitivity": (
        "eqsolve sensitivity game.toml",
        "eqsolve sensitivity game.toml --over platform.revenue=0.3:0.7",
    ),
    "findings": ("eqsolve findings", "eqsolve findings game.toml --points 1024 --only 3,4 --output findings"),
    "paper": ("eqsolve paper paper.toml", "eqsolve paper paper.toml --check"),
    "simulate": (
        "eqsolve simulate game.toml --users 5000",
        "eqsolve simulate game.toml --users 500,5000,50000 --replications 10",
    ),
    "schema": ("eqsolve schema > params.schema.json", "eqsolve schema --of result"),
    "sweep merge": (
        "eqsolve sweep merge part-1 part-2 --output whole.csv",
        "eqsolve sweep merge parts/* --output whole.nc --plot whole.png",
    ),
    "help": ("eqsolve help", "eqsolve help sweep"),
}
"""The commands in the order of work, each with the examples that its help starts with.

A command is the function of its name, or of its last word, in the module of its first word.
"""


def help_(
    context: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="The command; without one, all.")
    ] = None,
) -> None:
    """Say how a command is used, as `eqsolve COMMAND --help` does."""
    top: Any = context.parent
    line = [*(command or []), "--help"] if command else ["--help"]
    top.command.main(line, prog_name=top.info_name)


def _print_versions(context: typer.Context, requested: bool) -> None:
    if not requested:
        return
    import platform
    from importlib.metadata import version

    typer.echo(f"eqsolve {version('eqsolve')}")
    typer.echo(f"Python {platform.python_version()}")
    for library in ("numpy", "scipy"):
        typer.echo(f"{library} {version(library)}")
    if {"-v", "--verbose"} & {*context.meta[LINE]}:
        from .citation import citation

        typer.echo(citation(version("eqsolve")))
    raise typer.Exit


def eqsolve(
    version: Annotated[
        bool,
        typer.Option(
            "-V",
            "--version",
            callback=_print_versions,
            is_eager=True,
            help="Print the versions of eqsolve, Python, numpy and scipy; with -v also how to cite.",
        ),
    ] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more, as after the command.")] = False,
) -> None:
    """Solve the co-creation game of an AI platform and its users, each with a certificate.

    A game is a file of parameters: `eqsolve init game.toml` writes one, and
    `eqsolve solve game.toml` solves it.

    Exit codes: 0 fine, 1 a comparison or a finding failed, 2 bad input or
    trouble, 3 solved but not certified.
    """
    if verbose:
        talk.set_volume(talk.Volume.VERBOSE)


def application(*names: str) -> typer.Typer:
    """The command line with these commands, or with all: a line that names one needs no other."""
    fit_help(Commands.context_class)
    made = typer.Typer(
        cls=Commands, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
    )
    made.callback()(eqsolve)
    grammar = Grammar(made)
    for name in names or COMMANDS:
        module, _, last = name.partition(" ")
        function = (
            help_ if name == "help" else getattr(import_module(f".{module}", __package__), last or module)
        )
        grammar.command(function, *COMMANDS[name], name=name)
    return made


@cache
def __getattr__(name: str) -> typer.Typer:
    """`app`, the whole command line, which is made when it is asked for."""
    if name == "app":
        return application()
    raise AttributeError(name)


def main() -> None:
    """Run the command line, alike in every environment; quiet when the reader of a pipe has gone."""
    restart_if_needed()
    streams.prepare()
    _set_warnings()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins takes time
    gc.set_threshold(GARBAGE)
    code: Any = 0
    try:
        application(*_needed(sys.argv[1:]))()
    except SystemExit as end:
        code = end.code
    except streams.Unwritable as trouble:
        streams.fail(trouble)
    finally:
        gc.freeze()  # looking for garbage in what ends with the process takes time
    if code == streams.BROKEN_PIPE:
        streams.break_off()
    streams.leave(code)


def _needed(words: list[str]) -> list[str]:
    """The commands that a line needs: those that start with its first word; none for all."""
    return [name for name in COMMANDS if words and words[0] != "help" and name.split()[0] == words[0]]


def _set_warnings() -> None:
    """Say what is meant for users in one line, and nothing else."""
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    warnings.simplefilter("default", UserWarning)
    warnings.simplefilter("ignore", DeprecationWarning)  # some of which are user warnings as well
    warnings.showwarning = lambda message, *_, **__: talk.warn(str(message))
