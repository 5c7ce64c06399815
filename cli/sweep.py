"""`eqsolve sweep`: a table of equilibria over a design; `eqsolve sweep merge`: its shards, joined."""

import typer

from . import sweep_options as options
from . import talk
from .drawing import LabeledFigure
from .options import Game


def sweep(
    context: typer.Context,
    game: Game,
    points: options.Points,
    play: options.Play,
    to: options.Outputs,
    figure: LabeledFigure,
    work: options.Work,
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

    question = ask(context, game, points, play)
    run = Run(to, work, read_shard(work.shard), figure)
    run.check(question)
    if not (game.source or points.spec):
        talk.note("no game is named: sweeping the preset paper")
    if work.dry_run:
        print_estimate(question, work.jobs)
    else:
        run.execute(question)


def merge(
    shards: options.ShardsArgument,
    output: options.WholeOption,
    figure: LabeledFigure,
    force: options.ForceOption = False,
) -> None:
    """Join the shards of a sweep: the file is the one that a single run writes."""
    from eqsolve.sweeps.files import check_output, close, merge_shards

    from .sweep_finish import finish

    check_output(output)
    figure.check()
    with talk.advice():
        journal = merge_shards(shards, output, force=force)
    again = "the command of the shards with --retry-failed in place of --shard solves these rows again"
    with journal.lock():
        try:
            finish(journal, output, figure, again=again)
        except typer.Exit:
            raise
        except BaseException:
            close(journal)  # the shards are there
            raise
