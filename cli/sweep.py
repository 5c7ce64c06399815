"""`eqsolve sweep`: a table of equilibria over a design; `eqsolve sweep merge`: its shards, joined."""

import typer

from . import sweep_options as options
from . import talk
from .drawing import StyleOption
from .options import FixOption, Game, RegimesOption


def sweep(
    context: typer.Context,
    game: Game,
    vary: options.VaryOption = None,
    spec: options.SpecOption = None,
    design: options.DesignOption = "grid",
    points: options.PointsOption = None,
    seed: options.SeedOption = 0,
    regime: RegimesOption = None,
    selection: options.SelectionOption = "initial",
    fix: FixOption = None,
    output: options.OutputOption = None,
    plot: options.PlotOption = None,
    style: StyleOption = None,
    jobs: options.JobsOption = 1,
    executor: options.ExecutorOption = "processes",
    scheduler: options.SchedulerOption = None,
    shard: options.ShardOption = None,
    resume: options.ResumeOption = False,
    retry_failed: options.RetryOption = False,
    fail_fast: options.FailFastOption = False,
    force: options.ForceOption = False,
    dry_run: options.DryRunOption = False,
) -> None:
    """Solve a game at many values of its parameters.

    There is a row per point and regime, none lost, none hidden. With --output,
    finished rows are kept in a journal (FILE.journal) until all are there: after
    Ctrl-C, kill -9 or a power cut the same command with --resume continues.
    `eqsolve sweep merge` joins the parts that --shard computes.

    Exit codes: 0 fine, 2 bad input or trouble, 3 some rows are not certified,
    130 interrupted by Ctrl-C.
    """
    from .sweep_run import Run, ask, print_estimate, read_shard

    question = ask(context, spec, game, vary, design, points, seed, regime, selection, fix)
    run = Run(
        output=output,
        plot=plot,
        style=style,
        jobs=jobs,
        dask=executor == "dask",
        scheduler=scheduler,
        shard=read_shard(shard),
        resume=resume,
        retry=retry_failed,
        fail_fast=fail_fast,
        force=force,
    )
    run.check(question)
    if not (game.source or spec):
        talk.note("no game is named: sweeping the preset paper")
    if dry_run:
        print_estimate(question, jobs)
    else:
        run.execute(question)


def merge(
    shards: options.ShardsArgument,
    output: options.WholeOption,
    plot: options.PlotOption = None,
    style: StyleOption = None,
    force: options.ForceOption = False,
) -> None:
    """Join the shards of a sweep: the file is the one that a single run writes."""
    from eqsolve.sweeps.files import check_output, close, merge_shards

    from .drawing import check_figure
    from .sweep_finish import Picture, finish
    from .sweep_run import advice

    check_output(output)
    check_figure(plot, style)
    with advice():
        journal = merge_shards(shards, output, force=force)
    again = "the command of the shards with --retry-failed in place of --shard solves these rows again"
    with journal.lock():
        try:
            finish(journal, output, Picture(plot, style) if plot else None, again=again)
        except typer.Exit:
            raise
        except BaseException:
            close(journal)  # the shards are there
            raise
