"""`eqsolve findings`: the six statements of the abstract, tested over a domain of games."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from .options import ParamsOption, SetOption, game_name, read_game
from .outputs import outputs
from .streams import emit


def findings(
    params: ParamsOption = None,
    overrides: SetOption = None,
    domain: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What varies, and over which ranges (.toml or .json). Default: a domain around the game.",
        ),
    ] = None,
    points: Annotated[
        int | None, typer.Option(help="Games to draw; a power of two is balanced. Default: 256.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    only: Annotated[
        str | None, typer.Option(metavar="NUMBERS", help="Statements to test, as in 3,4. Default: all six.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the findings, and every witness and counterexample as a params file, into the new "
            "folder DIR.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes that solve.")] = 1,
) -> None:
    """Test the six findings of the abstract on games drawn from a domain.

    Statements that games exist need a witness; statements about all games are
    tested for counterexamples. Only certified games count.

    Exit codes: 0 no statement fails, 1 a statement fails or a part of one,
    2 bad input or trouble.
    """
    from eqsolve.findings import check_findings, read_domain
    from eqsolve.findings.checker import POINTS
    from eqsolve.findings.files import check_folder, write_folder

    from .findings_report import domain_name, print_findings
    from .progress import progress

    if output:
        check_folder(output)
    numbers = None if only is None else _numbers(only)
    game = read_game(params, overrides)
    over = read_domain(domain, game) if domain else None

    with warnings.catch_warnings(record=True) as said, progress("testing", "solves") as report:
        warnings.simplefilter("always", UserWarning)
        found = check_findings(
            game,
            domain=over,
            points=POINTS if points is None else points,
            seed=seed,
            only=numbers,
            jobs=jobs,
            report=report,
        )
    for text in dict.fromkeys(str(each.message) for each in said):
        typer.echo(f"warning: {text}", err=True)

    with outputs() as save:
        if output:
            save(output, lambda: write_folder(output, found))
        if as_json:
            emit(found.to_json())
        else:
            print_findings(found, game_name(params, overrides), domain_name(domain))
        for finding in found.findings:
            untested = [part for part in finding.parts if part.verdict == "vacuous"]
            if finding.verdict == "vacuous":
                where = f"statement {finding.statement.number}, {untested[0].part.name}"
                typer.echo(f"warning: {where}: {untested[0].note}", err=True)
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
