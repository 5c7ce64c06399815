"""Prints comparisons and checks in every format, and exits with what they say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from eqsolve.errors import InputError
from eqsolve.strictjson import to_json
from eqsolve.tables import render

from . import talk
from .check_formats import junit, workflow_commands
from .compare_options import Line, Output
from .streams import emit
from .table_options import show_tables

if TYPE_CHECKING:
    from eqsolve import Decomposition
    from eqsolve.comparison import Check, Comparison
    from eqsolve.provenance import Provenance
    from eqsolve.tables import Table

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file of a step's summary on GitHub."""


def finish_comparison(
    comparison: Comparison, decompositions: Mapping[str, Decomposition], title: str, line: Line
) -> None:
    """Print a comparison, and why users gain or lose, and draw it; exit 3 if a result is not certified."""
    from eqsolve.comparison import Check
    from eqsolve.tables.comparisons import in_reading_order
    from eqsolve.tables.of import tables_of

    to = line.output
    columns = zip(comparison.names, comparison.equilibria, strict=True)
    checks = [
        Check(name, 1, (), () if each.certificate.status.certified else (each.certificate.status,))
        for name, each in columns
    ]
    tables, document = tables_of(comparison, decompositions, title), comparison.to_dict()
    if to.output_format not in ("latex", "csv"):
        tables = in_reading_order(tables)
    if decompositions:
        document["decompositions"] = [
            {"title": title, **each.to_dict()} for title, each in decompositions.items()
        ]
    _print(to, tables, checks, {}, document, comparison.provenance)
    if decompositions:
        from eqsolve.decomposition.figure import decomposition_figure

        line.figure.draw(lambda: decomposition_figure(decompositions), comparison.provenance, to.labels)
    elif file := line.figure.plot:
        talk.warn(f"{file}: there is nothing to draw: no two results of a game were solved")
    if not comparison.certified:
        raise typer.Exit(3)


def finish(checks: Sequence[Check], files: Mapping[str, str], to: Output) -> None:
    """Print checks; exit 2 if one was refused, 3 if a result is not certified, or else 1 if one differs.

    Args:
        checks: the checks.
        files: the file that each is about, by its name.
        to: how they are printed.
    """
    from eqsolve import __version__
    from eqsolve.comparison.regression import SCHEMA
    from eqsolve.tables.comparisons import check_tables

    agrees = all(check.agrees for check in checks)
    document = {
        "schema": SCHEMA,
        "version": __version__,
        "agrees": agrees,
        "checks": [{**check.to_dict(), "file": files.get(check.name)} for check in checks],
    }
    _print(to, check_tables(checks), checks, files, document)
    if refused := [check for check in checks if check.refused]:
        talk.complain(*(reason for check in refused for reason in check.refused))
        talk.hint("the game was edited, or the baseline is of another one: --update if that is meant")
        raise typer.Exit(2)
    if any(check.uncertified for check in checks):
        raise typer.Exit(3)
    if not agrees:
        raise typer.Exit(1)


def _print(
    to: Output,
    tables: Sequence[Table],
    checks: Sequence[Check],
    files: Mapping[str, str],
    document: dict[str, Any],
    told: Provenance | None = None,
) -> None:
    """Print tables, or what they are made from, in the format that is asked for."""
    form = to.output_format
    if form in ("json", "junit") and to.asked:
        raise InputError(f"--format {form} is whole: --columns, --digits and --label are for tables")
    if form == "json":
        emit(to_json(document))
    elif form == "junit":
        emit(junit(checks))
    else:
        show_tables(tables, "table" if form == "github" else form, to, told)
    if form == "github":
        if lines := workflow_commands(checks, files):
            typer.echo(lines, err=True)
        if summary := os.environ.get(SUMMARY):
            with Path(summary).open("ab") as file:
                file.write(f"{render(tables, 'markdown')}\n".encode(errors="backslashreplace"))
