"""`eqsolve compare`: regimes or scenarios side by side, and checks against baselines and earlier sweeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .drawing import StyleOption, check_figure
from .options import FixOption, RegimeName, Selection, SetOption, game_name, read_fixed, read_game

if TYPE_CHECKING:
    from .compare_checks import Wanted

Format = Literal["table", "json", "markdown", "junit", "github"]


FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE", help="Games to compare, or two sweeps (.csv); the first is the reference."
    ),
]
GamesOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The game: a TOML or JSON file, or a folder of them to check. Default: the preset paper.",
    ),
]
RegimesOption = Annotated[
    list[RegimeName] | None,
    typer.Option(
        "--regime",
        metavar="none|forced|endogenous|planner",
        help="Who chooses fine-tuning; repeatable. Default: all four of one game (those that --fix leaves "
        "something to choose), those of the baseline, or endogenous for several games.",
    ),
]
SelectionOption = Annotated[
    Selection | None,
    typer.Option(
        help="Which participation equilibrium is played. Default: that of the baseline, or initial."
    ),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Check the game against this baseline (.json), or a folder of games against that of theirs.",
    ),
]
PlotOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Draw who gains and loses by taste, and why, into FILE (.png, .svg or .pdf); regimes only.",
    ),
]
UpdateOption = Annotated[bool, typer.Option("--update", help="Write the baseline, or write it anew.")]
FormatOption = Annotated[
    Format,
    typer.Option("--format", help="What to print; github also annotates files and fills the step summary."),
]
RtolOption = Annotated[
    float | None, typer.Option(help="Relative tolerance. Default: the baseline's, or 1e-6.")
]
AtolOption = Annotated[
    float | None, typer.Option(help="Absolute tolerance. Default: the baseline's, or 1e-9.")
]
TolOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=TOL",
        help="Absolute tolerance of one quantity in place of both, as in profit=1e-8; repeatable.",
    ),
]


def compare(
    files: FilesArgument = None,
    params: GamesOption = None,
    overrides: SetOption = None,
    regimes: RegimesOption = None,
    selection: SelectionOption = None,
    fix: FixOption = None,
    baseline: BaselineOption = None,
    plot: PlotOption = None,
    style: StyleOption = None,
    update: UpdateOption = False,
    output_format: FormatOption = "table",
    rtol: RtolOption = None,
    atol: AtolOption = None,
    tol: TolOption = None,
) -> None:
    """Compare regimes, games, or what is with what was: who gains, what moved.

    Without FILE the regimes of one game stand side by side. With --baseline
    the game is checked against what it was, and two sweeps against each other:
    exit 0 if all values agree, 1 if some differ, 2 on bad input or trouble,
    3 if a result is not certified.
    """
    from . import compare_checks as checks
    from .compare_output import finish

    files, wanted = files or [], checks.Wanted(params, overrides or [], regimes, selection, fix or [])
    sweeps = any(_is_table(file) for file in files)
    toleranced = bool(tol) or rtol is not None or atol is not None
    _require_sense(
        files,
        wanted,
        baseline,
        update=update,
        toleranced=toleranced,
        plain=output_format == "table",
        plot=plot,
        style=style,
    )
    change = checks.read_change(atol, rtol, tol or [])
    if sweeps:
        check = checks.check_sweep_files(files[0], files[1], change)
        finish([check], {check.name: str(files[1])}, output_format)
    elif baseline and update:
        checks.update_baselines(wanted, baseline, change)
    elif baseline:
        finish(*checks.check_baselines(wanted, baseline, change), output_format)
    else:
        _side_by_side(files, wanted, output_format, plot, style)


def _side_by_side(
    files: list[Path], wanted: Wanted, output_format: Format, plot: Path | None, style: Path | None
) -> None:
    from eqsolve.comparison import compare as compare_results
    from eqsolve.decomposition.several import decompose_all

    from .compare_checks import solve_all, suited
    from .compare_output import Picture, finish_comparison

    check_figure(plot, style, source=wanted.params)
    fix = read_fixed(wanted.fix)
    if files:
        regimes, title = wanted.regimes or [RegimeName.ENDOGENOUS], " ".join(["scenarios", *wanted.settings])
        games = [(_labels(files)[file], read_game(file, wanted.overrides)) for file in files]
    else:
        regimes = wanted.regimes or suited(fix)
        title = game_name(wanted.params, wanted.overrides, wanted.fix)
        games = [("", read_game(wanted.params, wanted.overrides))]
    selection = wanted.selection or "initial"
    tasks = {
        " ".join(filter(None, [name, regime if len(regimes) > 1 or not name else ""])): (
            game,
            regime,
            selection,
            fix,
        )
        for name, game in games
        for regime in regimes
    }
    results = solve_all(tasks)
    comparison = compare_results(*results.values(), names=list(results))
    picture = Picture(plot, style) if plot else None
    finish_comparison(comparison, decompose_all(results), title, output_format, picture)


def _labels(files: list[Path]) -> dict[Path, str]:
    """Short names of files: the stem, or the whole path where stems are not different."""
    stems = [file.stem for file in files]
    return {file: file.stem if stems.count(file.stem) == 1 else str(file) for file in files}


def _is_table(file: Path) -> bool:
    return file.suffix.lower() == ".csv"


def _require_sense(
    files: list[Path],
    wanted: Wanted,
    baseline: Path | None,
    *,
    update: bool,
    toleranced: bool,
    plain: bool,
    plot: Path | None,
    style: Path | None,
) -> None:
    """Refuse options that mean nothing together."""
    from eqsolve.errors import InputError

    params, sweeps = wanted.params, any(map(_is_table, files))
    wrong = {
        "one file compares with nothing: name another, or say --params for the regimes of a game": (
            len(files) == 1
        ),
        "two sweeps are compared, no more": sweeps and len(files) > 2,
        "sweeps do not compare with games": sweeps and not all(map(_is_table, files)),
        "sweeps are not solved again: --set, --regime, --selection and --fix mean nothing to them": (
            sweeps and bool(wanted.overrides or wanted.regimes or wanted.selection or wanted.fix)
        ),
        "a file is named twice": len(set(files)) < len(files),
        "games are named, or given by --params, not both": bool(files and params),
        "--baseline checks the game of --params, not files side by side": bool(files and baseline),
        "--plot draws how users fare under two regimes or more of a game": (
            bool(plot) and (bool(baseline) or (bool(files) and len(wanted.regimes or ()) < 2))
        ),
        f"--style {style}: there is no figure to draw": style is not None and not plot,
        "--update needs the --baseline that it writes": update and not baseline,
        "--update prints what it changes; --format is for comparisons": update and not plain,
        "tolerances belong to checks, with --baseline or of two sweeps": (
            toleranced and not (baseline or sweeps)
        ),
        f"{params}: a folder of games is checked with --baseline; to compare its games, name them": (
            params is not None and params.is_dir() and not baseline
        ),
    }
    if any(wrong.values()):
        raise InputError(*(message for message, holds in wrong.items() if holds))
