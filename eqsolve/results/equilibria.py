"""The equilibria of many games, as columns; they remember the question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from eqsolve._version import __version__
from eqsolve.errors import InputError
from eqsolve.regimes import NOTHING, Fix, regime_of
from eqsolve.results.certificate import certificate_of
from eqsolve.results.equilibrium import Equilibrium, SegmentOutcome
from eqsolve.results.names import BY_SEGMENT, EVIDENCE, QUANTITIES
from eqsolve.status import Status
from eqsolve.values import ByValue

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqsolve.numerics.quadrature import Array
    from eqsolve.params import Params


def empty_columns(rows: int, segments: int) -> dict[str, Array]:
    """Columns for `rows` results that are not there yet: nan, failed."""
    table: dict[str, Any] = {name: np.full(rows, np.nan) for name in (*QUANTITIES, *EVIDENCE)}
    table |= {f"segment_{name}": np.full((rows, segments), np.nan) for name in BY_SEGMENT}
    table["equilibria_found"] = np.zeros(rows, dtype=np.intp)
    table["status"] = np.full(rows, Status.FAILED, dtype=object)
    for name in ("maximum", "basis", "runner_up"):
        table[name] = np.full(rows, "", dtype=object)
    table["direction"] = np.full(rows, "", dtype=object)
    table["break_quality"] = np.full((rows, 2), np.nan)
    table["break_kind"] = np.full((rows, 2), "", dtype=object)
    return table


def _missing(value: Any) -> bool:
    """Whether a cell has no value."""
    return value is None or value == "" or value != value


@dataclass(frozen=True, eq=False, repr=False)
class Equilibria(ByValue):
    """Equilibria of many games as columns; `.quality`, `.profit`, `.status`, ... are arrays, a row per game.

    A sequence of `Equilibrium`: it has a length, iterates, and takes indices and slices.

    Attributes:
        params: the games.
        regime, selection, fix: the question.
        columns: the columns by name; `segment_participation` and its like have a column per segment.
    """

    params: tuple[Params, ...]
    regime: str
    selection: str
    columns: Mapping[str, Array] = field(repr=False)
    fix: Fix = NOTHING
    version: str = __version__

    def __len__(self) -> int:
        return len(self.params)

    def __iter__(self) -> Iterator[Equilibrium]:
        return (self.row(i) for i in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Equilibrium: ...
    @overload
    def __getitem__(self, index: slice) -> Equilibria: ...
    def __getitem__(self, index: int | slice) -> Equilibrium | Equilibria:
        if isinstance(index, slice):
            columns = {name: column[index] for name, column in self.columns.items()}
            return replace(self, params=self.params[index], columns=columns)
        return self.row(range(len(self))[index])

    def __repr__(self) -> str:
        certified = int((self.columns["status"] == Status.CERTIFIED).sum())
        fixed = f", {self.fix} fixed" if self.fix else ""
        return (
            f"<Equilibria of {len(self):,} games: {certified:,} certified; regime {self.regime}, "
            f"selection {self.selection}{fixed}>"
        )

    def __getattr__(self, name: str) -> Array:
        columns = self.__dict__.get("columns", {})
        if name in columns:
            return np.asarray(columns[name])
        raise AttributeError(f"no column {name!r}: there are {', '.join(columns)}")

    def table(self) -> dict[str, Array]:
        """Return the flat columns that sweeps and comparisons share, by name, (n,) each.

        The quantities of every game, direction, those of segments as `participation.high`, then status,
        regret and equilibria_found.
        """
        cells = self.columns
        flat = {name: cells[name] for name in (*QUANTITIES, "direction")}
        for name in BY_SEGMENT:
            for j, segment in enumerate(self.params[0].users.segments):
                flat[f"{name}.{segment.name}"] = cells[f"segment_{name}"][:, j]
        evidence = {"status": cells["status"], "regret": self.regret}
        return flat | evidence | {"equilibria_found": cells["equilibria_found"]}

    def to_pandas(self) -> pandas.DataFrame:
        """Return a data frame, a row per game: the parameters that differ between games, then `table()`.

        Raises:
            InputError: if pandas is not installed.
        """
        from eqsolve.frames import frame_of
        from eqsolve.params.words import differing

        return frame_of({**differing(self.params), **self.table()})

    def plot(
        self,
        ax: Axes | None = None,
        x: str | None = None,
        y: Sequence[str] | str | None = None,
        z: Sequence[str] | str | None = None,
    ) -> Figure:
        """Draw them as a sweep over what differs between games (`eqsolve.sweeps.figures`).

        Parameters that only some of the games have, such as those of a law, are no axes.

        Raises:
            InputError: names that there are none of; games that differ in no parameter, or in several that
                are neither `x` nor `y`.
        """
        from eqsolve.params.words import differing
        from eqsolve.sweeps.figures import sweep_figure
        from eqsolve.sweeps.readers import Frame

        keys = {
            key: column for key, column in differing(self.params).items() if not any(map(_missing, column))
        }
        if not keys:
            raise InputError("there is nothing to draw: the games differ in no parameter")
        regime = np.full(len(self), self.regime, dtype=object)
        return sweep_figure(Frame({**keys, "regime": regime, **self.table()}), x, y, z, ax=ax)

    @property
    def regret(self) -> Array:
        """The larger of the two regrets, (n,)."""
        return np.fmax(self.columns["regret_intensity"], self.columns["regret_quality"])

    def row(self, i: int) -> Equilibrium:
        """Return row `i` as a record."""
        cells = {name: column[i] for name, column in self.columns.items()}
        params = self.params[i]
        segments = tuple(
            SegmentOutcome(s.name, *(float(cells[f"segment_{name}"][j]) for name in BY_SEGMENT))
            for j, s in enumerate(params.users.segments)
        )
        numbers: dict[str, Any] = {name: float(cells[name]) for name in QUANTITIES}
        return Equilibrium(
            params=params,
            regime=self.regime,
            selection=self.selection,
            fix=self.fix,
            version=self.version,
            **numbers,
            direction=str(cells["direction"]),
            segments=segments,
            certificate=certificate_of(cells, params, regime_of(self.regime, self.fix)),
        )
