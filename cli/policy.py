"""`eqsolve policy`: what a regulator should do, instrument by instrument."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from . import talk
from .drawing import Figure
from .options import OUTPUT, QUESTION, Game, Selection, SelectionOption
from .outputs import outputs
from .records import Options, option
from .table_options import Tables

if TYPE_CHECKING:
    from eqsolve.params import Params
    from eqsolve.policies import Policies

TOGETHER = 10
"""Games of a line that share what they can: 40 at once would be a tenth to a sixth quicker, and tell nothing
for ten seconds."""

Instrument = Literal["training-subsidy", "quality-floor", "finetuning-cap", "finetuning-tax"]


class Regulator(Options, group=QUESTION):
    """What the regulator can do, and in which games."""

    instrument: Instrument | None = option(
        None, help="The instrument that the regulator has. Default: each of them."
    )
    over: str | None = option(
        None,
        metavar="KEY=START:STOP:COUNT",
        help="Find the best policies at many values of a parameter, as in platform.revenue=0.2:0.8:25.",
    )


class Outputs(Options, group=OUTPUT):
    """What is written."""

    output: Path | None = option(
        None, metavar="FILE", help="Write the result to FILE: .json, or .csv with --over."
    )


def policy(
    game: Game,
    regulator: Regulator,
    selection: SelectionOption = "initial",
    *,
    to: Outputs,
    figure: Figure,
    tables: Tables,
) -> None:
    """Find the best policy of a regulator who moves first.

    It has the most welfare, given that the platform answers with its own best.
    Every instrument is set at its best, beside laissez-faire and a planner.
    A figure shows welfare over one --instrument.

    Exit codes: 0 fine, 2 bad input or trouble, 3 a policy is not certified.
    """
    from eqsolve.files import check_destination

    _require_sense(regulator, figure, tables)
    if to.output:
        check_destination(to.output, (".csv",) if regulator.over else (".json",), source=game.source)
    figure.check(game.source)
    params = game.read()
    instruments = (regulator.instrument,) if regulator.instrument else ()
    if regulator.over:
        certified = _line(params, regulator.over, instruments, selection, to.output)
    else:
        certified = _one(params, game.name(), instruments, selection, to.output, figure, tables)
    if not certified:
        raise typer.Exit(3)


def _require_sense(regulator: Regulator, figure: Figure, tables: Tables) -> None:
    from eqsolve.errors import InputError

    drawn, line = bool(figure.plot), bool(regulator.over)
    wrong = {
        "--plot draws welfare over one instrument: say --instrument": drawn and not regulator.instrument,
        "--plot draws one game, and --over asks for many: expected one of them": drawn and line,
        "--over gives a table, not JSON: expected --output FILE.csv": line and not tables.reports,
    }
    if any(wrong.values()):
        raise InputError(*(message for message, is_wrong in wrong.items() if is_wrong))


def _one(
    params: Params,
    name: str,
    instruments: tuple[str, ...],
    selection: Selection,
    output: Path | None,
    figure: Figure,
    tables: Tables,
) -> bool:
    """Solve one game, print, write and draw what is found; whether all is certified."""
    from eqsolve.files import write_text
    from eqsolve.policies import policies_of
    from eqsolve.tables.of import tables_of

    from .progress import waiting
    from .sheets import print_tables

    with waiting("solving"):
        (found,) = policies_of([params], *([instruments] if instruments else []), selection=selection)
    result = found.policies[0] if instruments else found
    with outputs() as save:
        if output:
            save(output, partial(write_text, output, f"{result.to_json()}\n"))
        report = partial(tables_of, found, name)
        tables.show(report, lambda: print_tables(report()), result)
        if instruments:
            figure.draw(found.policies[0].plot, result.provenance, tables.labels)
    return _warned(found)


def _line(
    params: Params, over: str, instruments: tuple[str, ...], selection: Selection, output: Path | None
) -> bool:
    """Solve a line of games, and write or print its table; whether all is certified."""
    from eqsolve.files import write_text
    from eqsolve.policies import Policies, policies_of
    from eqsolve.policies.table import rows, to_csv
    from eqsolve.provenance import provenance
    from eqsolve.sweeps.axes import parse_axis
    from eqsolve.sweeps.design import make_design

    from .progress import progress
    from .streams import emit

    design = make_design(params, [parse_axis(over)])
    games, found = design.games(), list[Policies]()
    with progress("policies", "games") as report:
        for start in range(0, len(games), TOGETHER):
            some = games[start : start + TOGETHER]
            found += policies_of(some, *([instruments] if instruments else []), selection=selection)
            report(len(found), len(games))
    options = ("--instrument", instruments or None), ("--over", over)
    told = provenance("policy", params, *options, selection=selection)
    text = told.comment() + to_csv(rows(design.keys, design.points.tolist(), found))
    with outputs() as save:
        if output:
            save(output, partial(write_text, output, text))
        else:
            emit(text.rstrip("\n"))
    doubtful = sum(not each.certified for policies in found for each in policies)
    if doubtful:
        talk.warn(f"{doubtful} of the policies are not certified")
    return not doubtful


def _warned(found: Policies) -> bool:
    """Say what is not certified; whether all is."""
    sides = {"laissez-faire": found.laissez_faire, "the planner": found.planner}
    doubts = {name: e.certificate.message for name, e in sides.items() if not e.certificate.status.certified}
    doubts |= {p.instrument: p.certificate.message for p in found if not p.certificate.status.certified}
    for name, message in doubts.items():
        talk.warn(f"{name} is not certified: {message}")
    return not doubts
