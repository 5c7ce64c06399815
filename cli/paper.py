"""`eqsolve paper`: the exhibits of a paper, made where they changed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import talk
from .progress import progress

if TYPE_CHECKING:
    from eqsolve.paper import State


def paper(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file that lists the exhibits (.toml or .json).")
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Only this exhibit; repeatable.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Make nothing: exit 1 if an exhibit is not up to date.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Make all of them again.")] = False,
) -> None:
    """Make the figures and tables of a paper, where they changed.

    Their data are beside them, and a list of hashes, exhibits.json, says from what
    they were made.

    Exit codes: 0 fine, 1 something is not up to date (--check), 2 bad input or
    trouble.
    """
    from eqsolve.errors import InputError, nearest

    from .drawing import prepare_matplotlib

    if check and force:
        raise InputError("--check and --force exclude each other: --check makes nothing")
    prepare_matplotlib()
    from eqsolve.paper import make, read_paper, states

    listed = read_paper(file)
    names = [exhibit.name for exhibit in listed.exhibits]
    if wrong := [name for name in only or [] if name not in names]:
        raise InputError(*(f"--only {name}: no such exhibit: {nearest(name, names)}" for name in wrong))
    found = [each for each in states(listed) if not only or each.exhibit.name in only]
    if check:
        _say_states(found)
        return
    for state in found:
        if not state.reasons and not force:
            talk.note(f"{state.exhibit.name}: up to date")
            continue
        with progress(state.exhibit.name, "solves") as report:
            written = make(listed, state.exhibit, answered=state.answered and not force, report=report)
        talk.note(f"{state.exhibit.name}: wrote {', '.join(path.name for path in written)}")


def _say_states(found: "list[State]") -> None:
    """Say what is not up to date; exit 1 if anything is not."""
    late = [state for state in found if state.reasons]
    for state in late:
        typer.echo(f"{state.exhibit.name}: not up to date: {', '.join(state.reasons)}")
    if late:
        raise typer.Exit(1)
    typer.echo(f"{len(found)} exhibits are up to date")
