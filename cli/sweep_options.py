"""The options of `eqsolve sweep` and its `merge`, by what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from .completion import assignments
from .grammar import Options
from .options import OUTPUT, PLAY, QUESTION, WORK, FixOption, RegimesOption, Selection


@dataclass(frozen=True)
class Points(Options, group=QUESTION):
    """The points that a sweep visits."""

    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUES",
            help="What varies; repeatable. KEY=a,b,c (numbers, or words as in users.match.kind=gaussian,"
            "linear; "
            "lognormal(sigma=0.5) gives a key that a word needs) or KEY=START:STOP:COUNT[:log]; for lhs and "
            "sobol KEY=START:STOP[:log].",
            autocompletion=assignments,
        ),
    ] = None
    spec: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Read the whole sweep from FILE (.toml or .json) instead."),
    ] = None
    design: Annotated[
        Literal["grid", "zip", "lhs", "sobol"],
        typer.Option(
            help="grid: all combinations; zip: axes in step; lhs (Latin hypercube) and sobol: draws from "
            "ranges."
        ),
    ] = "grid"
    points: Annotated[int | None, typer.Option(help="How many points lhs or sobol draws.")] = None
    seed: Annotated[int, typer.Option(help="Seed of these draws.")] = 0


@dataclass(frozen=True)
class Play(Options, group=PLAY):
    """The regimes under which every point is solved, and by which rules."""

    regime: RegimesOption = None
    selection: Annotated[
        Selection, typer.Option(help="Which participation equilibrium is played, as for solve.")
    ] = "initial"
    fix: FixOption = None


ForceOption = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Replace an output, and the journal of an interrupted sweep.",
        rich_help_panel=OUTPUT,
    ),
]


@dataclass(frozen=True)
class Outputs(Options, group=OUTPUT):
    """What is written, and whether files may be replaced."""

    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write to FILE (.csv, .jsonl, .parquet or .nc) instead of stdout (CSV)."
        ),
    ] = None
    force: ForceOption = False


@dataclass(frozen=True)
class Work(Options, group=WORK):
    """Who solves, which part, and what becomes of what was done before."""

    jobs: Annotated[int, typer.Option(help="Processes on this machine.")] = 1
    executor: Annotated[
        Literal["processes", "dask"], typer.Option(help="Who solves: this machine, or a Dask cluster.")
    ] = "processes"
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The Dask scheduler, as in tcp://HOST:8786.")
    ] = None
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Compute only part I of N; `eqsolve sweep merge` joins the parts."),
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Continue a sweep that was interrupted.")] = False
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Continue, and solve rows that are not certified again, one by one."
        ),
    ] = False
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first row that is not certified.")
    ] = False
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many rows there are and how long they will take.")
    ] = False


ShardsArgument = Annotated[
    list[Path], typer.Argument(metavar="SHARD...", help="The folders that the shards left.")
]
WholeOption = Annotated[
    Path,
    typer.Option(
        "--output", metavar="FILE", help="The whole sweep, as without --shard.", rich_help_panel=OUTPUT
    ),
]
