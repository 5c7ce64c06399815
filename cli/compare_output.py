"""Prints comparisons and checks in every format, and exits with what they say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from . import talk
from .check_formats import junit, workflow_commands
from .compare_sheets import check_sheets, comparison_sheets
from .drawing import draw
from .sheets import Sheet, print_sheets, to_markdown
from .streams import emit

if TYPE_CHECKING:
    from eqsolve import Decomposition
    from eqsolve.comparison import Check, Comparison

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file of a step's summary on GitHub."""


@dataclass(frozen=True)
class Picture:
    """Where who gains and loses by taste is drawn, and in which style."""

    file: Path
    style: Path | None

    def draw(self, decompositions: Mapping[str, Decomposition]) -> None:
        """Draw it, unless no two results of a game were solved."""
        from eqsolve.decomposition.figure import decomposition_figure

        if decompositions:
            draw(self.file, lambda: decomposition_figure(decompositions), self.style)
        else:
            talk.warn(f"{self.file}: there is nothing to draw")


def finish_comparison(
    comparison: Comparison,
    decompositions: Mapping[str, Decomposition],
    title: str,
    output_format: str,
    picture: Picture | None,
) -> None:
    """Print a comparison, and why users gain or lose, and draw it; exit 3 if a result is not certified."""
    from eqsolve.comparison import Check

    columns = zip(comparison.names, comparison.equilibria, strict=True)
    checks = [
        Check(name, 1, (), () if each.certificate.status.certified else (each.certificate.status,))
        for name, each in columns
    ]
    sheets = comparison_sheets(comparison, decompositions, title)
    document = comparison.to_dict()
    if decompositions:
        document["decompositions"] = [
            {"title": title, **each.to_dict()} for title, each in decompositions.items()
        ]
    _print(output_format, sheets, checks, {}, document)
    if picture:
        picture.draw(decompositions)
    if not comparison.certified:
        raise typer.Exit(3)


def finish(checks: Sequence[Check], files: Mapping[str, str], output_format: str) -> None:
    """Print checks; exit 3 if a result is not certified, or else 1 if one differs.

    Args:
        checks: the checks.
        files: the file that each is about, by its name.
        output_format: table, json, markdown, junit or github.
    """
    from eqsolve import __version__
    from eqsolve.comparison.regression import SCHEMA

    agrees = all(check.agrees for check in checks)
    document = {
        "schema": SCHEMA,
        "version": __version__,
        "agrees": agrees,
        "checks": [{**check.to_dict(), "file": files.get(check.name)} for check in checks],
    }
    _print(output_format, check_sheets(checks), checks, files, document)
    if any(check.uncertified for check in checks):
        raise typer.Exit(3)
    if not agrees:
        raise typer.Exit(1)


def _print(
    output_format: str,
    sheets: list[Sheet],
    checks: Sequence[Check],
    files: Mapping[str, str],
    document: dict[str, Any],
) -> None:
    if output_format == "json":
        from eqsolve.strictjson import to_json

        emit(to_json(document))
    elif output_format == "junit":
        emit(junit(checks))
    elif output_format == "markdown":
        emit(to_markdown(sheets))
    else:
        print_sheets(sheets)
    if output_format == "github":
        if lines := workflow_commands(checks, files):
            typer.echo(lines, err=True)
        if summary := os.environ.get(SUMMARY):
            with Path(summary).open("ab") as file:
                file.write(f"{to_markdown(sheets)}\n".encode(errors="backslashreplace"))
