"""`eqsolve findings`: the statements of the abstract, tested over a domain of games."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from . import talk
from .grammar import Options
from .options import OUTPUT, QUESTION, WORK, Game
from .outputs import outputs
from .table_options import Tables


@dataclass(frozen=True)
class Sample(Options, group=QUESTION):
    """The games that are drawn, and what is tested on them."""

    domain: Annotated[
        Path | None,
        typer.Option(
            metavar="NAME|FILE",
            help="What varies: default, technology or tastes (domains around the game), or a file of ranges "
            "(.toml or .json).",
        ),
    ] = None
    points: Annotated[
        int | None,
        typer.Option(help="Games to draw; a power of two is balanced. Default: 256."),
    ] = None
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0
    only: Annotated[
        str | None,
        typer.Option(metavar="NUMBERS", help="Statements to test, as in 3,4. Default: all seven."),
    ] = None


@dataclass(frozen=True)
class Outputs(Options, group=OUTPUT):
    """What is printed and written."""

    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the findings, and every witness and counterexample as a params file, into the new "
            "folder DIR.",
        ),
    ] = None


def findings(
    game: Game,
    sample: Sample,
    to: Outputs,
    tables: Tables,
    jobs: Annotated[int, typer.Option(help="Processes that solve.", rich_help_panel=WORK)] = 1,
) -> None:
    """Test the findings of the abstract on drawn games.

    Statements that games exist need a witness; statements about all games are
    tested for counterexamples. Only certified games count.

    Exit codes: 0 no statement fails, 1 a statement fails or a part of one,
    2 bad input or trouble.
    """
    from eqsolve.findings import DOMAINS, check_findings, read_domain
    from eqsolve.findings.checker import POINTS
    from eqsolve.findings.files import check_folder, write_folder
    from eqsolve.tables.of import tables_of

    from .progress import progress
    from .sheets import print_tables

    if to.output:
        check_folder(to.output)
    numbers = None if sample.only is None else _numbers(sample.only)
    params = game.read()
    named = DOMAINS.get(str(sample.domain))
    over = named(params) if named else read_domain(sample.domain, params) if sample.domain else None

    with warnings.catch_warnings(record=True) as said, progress("testing", "solves") as report:
        warnings.simplefilter("always", UserWarning)
        found = check_findings(
            params,
            domain=over,
            points=POINTS if sample.points is None else sample.points,
            seed=sample.seed,
            only=numbers,
            jobs=jobs,
            report=report,
        )
    for text in dict.fromkeys(str(each.message) for each in said):
        talk.warn(text)

    with outputs() as save:
        if folder := to.output:
            save(folder, lambda: write_folder(folder, found))
        domain = (
            f"the {sample.domain or 'default'} domain" if named or not sample.domain else sample.domain.name
        )
        title = f"Findings around {game.name()}: {found.points} games from {domain}, seed {found.seed}"
        made = partial(tables_of, found, title)
        tables.show(made, lambda: print_tables(made()), found)
        for finding in found.findings:
            untested = [part for part in finding.parts if part.verdict == "vacuous"]
            if finding.verdict == "vacuous":
                where = f"statement {finding.statement.number}, {untested[0].part.name}"
                talk.warn(f"{where}: {untested[0].note}")
        if found.refuted:
            raise typer.Exit(1)


def _numbers(text: str) -> list[int]:
    from eqsolve.errors import InputError

    words = [word.strip() for word in text.split(",")]
    wrong = [word for word in words if not word.isdecimal()]
    if wrong:
        raise InputError(
            *(f'--only: "{word}" is no statement: expected numbers, as in 3,4' for word in wrong)
        )
    return [int(word) for word in words]
