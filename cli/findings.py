"""`eqsolve findings`: the statements of the abstract, tested over a domain of games."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import streams, talk
from .drawing import Figure
from .options import OUTPUT, QUESTION, WORK, Game
from .outputs import outputs
from .ranges import named_domain
from .records import Options, option
from .table_options import Tables

if TYPE_CHECKING:
    from eqsolve.findings import Findings


class Sample(Options, group=QUESTION):
    """The games that are drawn, and what is tested on them."""

    domain: Path | None = option(
        None,
        metavar="NAME|FILE",
        help="What varies: default, technology or tastes (domains around the game), or a file of ranges "
        "(.toml or .json).",
    )
    points: int | None = option(None, help="Games to draw; a power of two is balanced. Default: 256.")
    seed: int = option(0, help="Seed of the draw.")
    only: str | None = option(None, metavar="NUMBERS", help="Statements to test, as in 3,4. Default: 1 to 7.")


class Outputs(Options, group=OUTPUT):
    """What is printed and written."""

    output: Path | None = option(
        None,
        metavar="DIR",
        help="Write the findings, and every witness and counterexample as a params file, into the new "
        "folder DIR. What is solved is kept in DIR.journal until then.",
    )
    resume: bool = option(
        False, "--resume", help="Continue a run that was interrupted, or one of other --points."
    )


def findings(
    game: Game,
    sample: Sample,
    to: Outputs,
    figure: Figure,
    tables: Tables,
    jobs: Annotated[int, typer.Option(help="Processes that solve.", rich_help_panel=WORK)] = 1,
) -> None:
    """Test the findings of the abstract on drawn games.

    Statements that games exist need a witness; statements about all games are
    tested for counterexamples. Only certified games count.

    Exit codes: 0 no statement fails, 1 a statement fails or a part of one,
    2 bad input or trouble.
    """
    from eqsolve.errors import InputError
    from eqsolve.findings import check_findings
    from eqsolve.findings.checker import POINTS
    from eqsolve.findings.files import check_folder
    from eqsolve.tables.of import tables_of

    from .progress import progress
    from .sheets import print_tables

    figure.check(game.source)
    if to.output:
        check_folder(to.output)
    elif to.resume:
        raise InputError("--resume needs --output DIR: what is solved is kept beside it")
    numbers = None if sample.only is None else _numbers(sample.only)
    params = game.read()
    over, words = named_domain(sample.domain, params) if sample.domain else (None, "the default domain")

    with _kept(to) as keep, talk.advice(), progress("testing", "solves") as report:
        found = check_findings(
            params,
            domain=over,
            points=POINTS if sample.points is None else sample.points,
            seed=sample.seed,
            only=numbers,
            jobs=jobs,
            report=report,
            keep=keep,
        )

    with outputs() as save:
        if folder := to.output:
            save(folder, lambda: _write(folder, found, keep))
        title = f"Findings around {game.name()}: {found.points} games from {words}, seed {found.seed}"
        made = partial(tables_of, found, title)
        tables.show(made, lambda: print_tables(made()), found)
        _warn(found)
        figure.draw(found.plot, found.provenance, tables.labels)
        if found.refuted:
            raise typer.Exit(1)


@contextmanager
def _kept(to: Outputs) -> Iterator[Path | None]:
    """The folder in which solved games are kept; says what is there if the work is broken off."""
    from eqsolve.findings.store import close, holds_games, open_beside

    folder = open_beside(to.output, resume=to.resume) if to.output else None
    try:
        yield folder
    except KeyboardInterrupt:
        if not folder or not holds_games(folder):
            raise
        talk.note(f"interrupted: {folder} keeps what is solved: the same command with --resume continues")
        raise typer.Exit(streams.INTERRUPTED) from None
    finally:
        if folder and not holds_games(folder):
            close(folder)


def _write(folder: Path, found: Findings, keep: Path | None) -> None:
    """Write the findings, after which nothing needs to be kept."""
    from eqsolve.findings.files import write_folder
    from eqsolve.findings.store import close

    write_folder(folder, found)
    if keep:
        close(keep)


def _warn(found: Findings) -> None:
    """Say which statements no game tests."""
    for finding in found.findings:
        untested = [part for part in finding.parts if part.verdict == "vacuous"]
        if finding.verdict == "vacuous":
            talk.warn(f"statement {finding.statement.number}, {untested[0].part.name}: {untested[0].note}")


def _numbers(text: str) -> list[int]:
    from eqsolve.errors import InputError

    words = [word.strip() for word in text.split(",")]
    wrong = [word for word in words if not word.isdecimal()]
    if wrong:
        raise InputError(
            *(f'--only: "{word}" is no statement: expected numbers, as in 3,4' for word in wrong)
        )
    return [int(word) for word in words]
