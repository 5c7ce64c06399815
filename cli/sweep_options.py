"""The options of `eqsolve sweep` and its `merge`, by what they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .completion import assignments
from .options import OUTPUT, PLAY, QUESTION, WORK, FixOption, RegimesOption, Selection
from .records import Options, option


class Points(Options, group=QUESTION):
    """The points that a sweep visits."""

    vary: list[str] | None = option(
        None,
        metavar="KEY=VALUES",
        help="What varies; repeatable. KEY=a,b,c (numbers, or words as in users.match.kind=gaussian,"
        "linear; "
        "lognormal(sigma=0.5) gives a key that a word needs) or KEY=START:STOP:COUNT[:log]; for lhs and "
        "sobol KEY=START:STOP[:log].",
        autocompletion=assignments,
    )
    spec: Path | None = option(
        None, metavar="FILE", help="Read the whole sweep from FILE (.toml or .json) instead."
    )
    design: Literal["grid", "zip", "lhs", "sobol"] = option(
        "grid",
        help="grid: all combinations; zip: axes in step; lhs (Latin hypercube) and sobol: draws from ranges.",
    )
    points: int | None = option(None, help="How many points lhs or sobol draws.")
    seed: int = option(0, help="Seed of these draws.")


class Play(Options, group=PLAY):
    """The regimes under which every point is solved, and by which rules."""

    regime: RegimesOption = None
    selection: Selection = option("initial", help="Which participation equilibrium is played, as for solve.")
    fix: FixOption = None


ForceOption = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Replace an output, and the journal of an interrupted sweep.",
        rich_help_panel=OUTPUT,
    ),
]


class Outputs(Options, group=OUTPUT):
    """What is written, and whether files may be replaced."""

    output: Path | None = option(
        None, metavar="FILE", help="Write to FILE (.csv, .jsonl, .parquet or .nc) instead of stdout (CSV)."
    )
    force: ForceOption = False


class Work(Options, group=WORK):
    """Who solves, which part, and what becomes of what was done before."""

    jobs: int = option(1, help="Processes on this machine.")
    executor: Literal["processes", "dask"] = option(
        "processes", help="Who solves: this machine, or a Dask cluster."
    )
    scheduler: str | None = option(None, metavar="ADDRESS", help="The Dask scheduler, as in tcp://HOST:8786.")
    shard: str | None = option(
        None, metavar="I/N", help="Compute only part I of N; `eqsolve sweep merge` joins the parts."
    )
    resume: bool = option(False, "--resume", help="Continue a sweep that was interrupted.")
    retry_failed: bool = option(
        False, "--retry-failed", help="Continue, and solve rows that are not certified again, one by one."
    )
    fail_fast: bool = option(False, "--fail-fast", help="Stop at the first row that is not certified.")
    dry_run: bool = option(
        False, "--dry-run", help="Say how many rows there are and how long they will take."
    )


ShardsArgument = Annotated[
    list[Path], typer.Argument(metavar="SHARD", help="The folders that the shards left.")
]
WholeOption = Annotated[
    Path,
    typer.Option(
        "--output", metavar="FILE", help="The whole sweep, as without --shard.", rich_help_panel=OUTPUT
    ),
]
