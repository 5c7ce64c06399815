"""The options of `eqsolve sweep` and its `merge`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .completion import assignments
from .options import OUTPUT, PLAY, QUESTION, WORK, Selection

VaryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="KEY=VALUES",
        help="What varies; repeatable. KEY=a,b,c (numbers, or words as in users.match.kind=gaussian,linear; "
        "lognormal(sigma=0.5) gives a key that a word needs) or KEY=START:STOP:COUNT[:log]; for lhs and "
        "sobol KEY=START:STOP[:log].",
        rich_help_panel=QUESTION,
        autocompletion=assignments,
    ),
]
SpecOption = Annotated[
    Path | None,
    typer.Option(
        "--spec",
        metavar="FILE",
        help="Read the whole sweep from FILE (.toml or .json) instead.",
        rich_help_panel=QUESTION,
    ),
]
DesignOption = Annotated[
    Literal["grid", "zip", "lhs", "sobol"],
    typer.Option(
        help="grid: all combinations; zip: axes in step; lhs (Latin hypercube) and sobol: draws from ranges.",
        rich_help_panel=QUESTION,
    ),
]
PointsOption = Annotated[
    int | None, typer.Option(help="How many points lhs or sobol draws.", rich_help_panel=QUESTION)
]
SeedOption = Annotated[int, typer.Option(help="Seed of these draws.", rich_help_panel=QUESTION)]
SelectionOption = Annotated[
    Selection,
    typer.Option(help="Which participation equilibrium is played, as for solve.", rich_help_panel=PLAY),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write to FILE (.csv, .jsonl, .parquet or .nc) instead of stdout (CSV).",
        rich_help_panel=OUTPUT,
    ),
]
PlotOption = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        help="Draw the sweep into FILE (.png, .svg or .pdf), too.",
        rich_help_panel=OUTPUT,
    ),
]
JobsOption = Annotated[int, typer.Option(help="Processes on this machine.", rich_help_panel=WORK)]
ExecutorOption = Annotated[
    Literal["processes", "dask"],
    typer.Option(help="Who solves: this machine, or a Dask cluster.", rich_help_panel=WORK),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="The Dask scheduler, as in tcp://HOST:8786.", rich_help_panel=WORK),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        metavar="I/N",
        help="Compute only part I of N; `eqsolve sweep merge` joins the parts.",
        rich_help_panel=WORK,
    ),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Continue a sweep that was interrupted.", rich_help_panel=WORK)
]
RetryOption = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        help="Continue, and solve rows that are not certified again, one by one.",
        rich_help_panel=WORK,
    ),
]
FailFastOption = Annotated[
    bool,
    typer.Option("--fail-fast", help="Stop at the first row that is not certified.", rich_help_panel=WORK),
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force", help="Replace an output, and the journal of an interrupted sweep.", rich_help_panel=OUTPUT
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Say how many rows there are and how long they will take.", rich_help_panel=WORK
    ),
]
ShardsArgument = Annotated[
    list[Path], typer.Argument(metavar="SHARD...", help="The folders that the shards left.")
]
WholeOption = Annotated[
    Path,
    typer.Option(
        "--output", metavar="FILE", help="The whole sweep, as without --shard.", rich_help_panel=OUTPUT
    ),
]
