"""Sweeps from Python: axes in, a frozen table of equilibria out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from eqsolve import arguments as read
from eqsolve.errors import InputError
from eqsolve.params import Params
from eqsolve.regimes import Fixed, RegimeName, read_fix
from eqsolve.selections import SelectionName
from eqsolve.sweeps.axes import Axis, Range, read_axes
from eqsolve.sweeps.design import Kind, make_design
from eqsolve.sweeps.engine import executor_of
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import Records
from eqsolve.sweeps.summary import Summary, summarize
from eqsolve.sweeps.table import SweepTable
from eqsolve.sweeps.work import Engine, Report, solve_all
from eqsolve.values import ByValue

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib import axes as plt
    from matplotlib.figure import Figure

Axes = Mapping[str, Iterable[float]] | Sequence[Axis | Range | str]
"""Values by key, or axes, or texts as after `--vary`."""


@dataclass(frozen=True, eq=False)
class Sweep(ByValue):
    """The equilibria of a sweep; it remembers the question.

    Attributes:
        question: the design with its base game, the regimes and the selection rule.
        table: the columns by name, (n,) each, a row per point and regime: the keys that vary, regime, the
            quantities of an `Equilibrium`, direction, `participation.high` and its like, status,
            regret, equilibria_found, branch, and `jump.KEY` where another branch took over since the previous
            value of KEY.
        summary: how many rows are certified, and where the others are.
    """

    question: Question
    table: Mapping[str, NDArray[Any]] = field(repr=False)
    summary: Summary
    _source: SweepTable = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.question)

    def __reduce__(self) -> tuple[Any, ...]:
        return _sweep_of, (self.question, self._source.records)

    def to_pandas(self) -> pandas.DataFrame:
        """Return the table as a data frame; raises InputError if pandas is not installed."""
        from eqsolve.frames import frame_of

        return frame_of(self.table)

    def to_xarray(self) -> xarray.Dataset:
        """Return a data set with a dimension for each key of a grid (or `point`), and one for the regime.

        Raises:
            InputError: if xarray is not installed.
        """
        try:
            import xarray
        except ImportError:
            raise InputError("xarray is not installed: pip install xarray") from None
        from eqsolve.sweeps.netcdf import attributes, layout

        coordinates: dict[str, Any] = {}
        variables: dict[str, Any] = {}
        for name, (along, values) in layout(self._source).items():
            (coordinates if name in along else variables)[name] = (along, values)
        return xarray.Dataset(variables, coordinates, attributes(self._source))

    def plot(
        self,
        ax: plt.Axes | None = None,
        x: str | None = None,
        y: Sequence[str] | str | None = None,
        z: Sequence[str] | str | None = None,
        *,
        against: str | None = None,
    ) -> Figure:
        """Draw the sweep: lines over one key, maps over two (see `eqsolve.sweeps.figures.sweep_figure`)."""
        from eqsolve.sweeps.figures import sweep_figure

        return sweep_figure(self._source, x, y, z, against=against, ax=ax)


@read.arguments(
    params=read.game,
    design=read.text,
    points=read.optional(read.whole),
    seed=read.whole,
    regimes=read.several(read.text, one=True),
    selection=read.text,
    jobs=read.whole,
    executor=read.optional(read.executor),
    report=read.optional(read.function),
)
def sweep(
    params: Params,
    axes: Axes,
    *,
    design: Kind = "grid",
    points: int | None = None,
    seed: int = 0,
    regimes: RegimeName | Sequence[RegimeName] = ("endogenous",),
    selection: SelectionName = "initial",
    fix: Fixed = None,
    jobs: int = 1,
    executor: Executor | None = None,
    report: Report | None = None,
) -> Sweep:
    """Solve a game at many values of its parameters, and keep every row with its status.

    Args:
        params: the game that varies.
        axes: values by key, such as {"finetuning.cost": [0.0, 0.1]}; or texts such as
            "finetuning.cost=0:0.15:100"; or `Axis` and `Range` of `eqsolve.sweeps`.
        design: "grid" (every combination), "zip" (axes in step), "lhs" or "sobol" (draws from ranges).
        points, seed: number of draws and their seed, for "lhs" and "sobol".
        regimes, selection, fix: as for `solve`; every point is solved under each of the regimes, or the one.
        jobs: processes on this machine; scripts that use more than 1 do their work under
            `if __name__ == "__main__":`, as for every `ProcessPoolExecutor`.
        executor: another executor of the standard kind (`concurrent.futures.Executor`) that solves instead,
            such as that of a Dask client or of mpi4py; `jobs` then says how many workers it has.
        report: called as report(done, total, note=words) when rows are done.

    Raises:
        InputError: with everything that is wrong with the axes, regimes and options.
        WorkerLost: if a process dies.
    """
    laid_out = make_design(params, read_axes(axes), kind=design, points=points, seed=seed)
    asked = (regimes,) if isinstance(regimes, str) else tuple(regimes)
    question = Question(laid_out, asked, selection, read_fix(fix))
    if executor is None:
        with executor_of(jobs) as own:
            records = solve_all(question, Engine(own, jobs), report)
    else:
        records = solve_all(question, Engine(executor, jobs), report)
    return _sweep_of(question, records)


def _sweep_of(question: Question, records: Records) -> Sweep:
    source = SweepTable(question, records)
    table = {name: source.column(name) for name in source.names}
    for column in table.values():
        column.flags.writeable = False
    return Sweep(question, MappingProxyType(table), summarize(source), source)
