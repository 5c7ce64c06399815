"""The record of a table: what its columns hold, and its rows as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from eqsolve.errors import InputError, nearest
from eqsolve.tables.cells import Value

WORDS = ("word", "name")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: what it is called in data and by `--columns`.
        style: how its cells are written, of `STYLES`; "name" for the column that names the rows by keys of
            quantities or parameters, "word" for other words.
        heading: for people; the key if empty.
    """

    key: str
    style: str = "number"
    heading: str | None = None

    @property
    def text(self) -> str:
        """The heading."""
        return self.key if self.heading is None else self.heading

    @property
    def words(self) -> bool:
        """Whether its cells are words, which stand to the left."""
        return self.style in WORDS


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: what to call it among the tables of a result.
        title: what stands above; a leading ✓ or ✗ says what became of it.
        columns, rows: what it holds; short rows end in cells without value.
        notes: lines below.
        group: columns that stay together where the table is cut between columns; the first is in no group.
    """

    name: str
    title: str = ""
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    notes: tuple[str, ...] = ()
    group: int = 1

    @property
    def whole(self) -> tuple[tuple[Value, ...], ...]:
        """The rows, each with a cell for every column."""
        return tuple((*row, *[""] * (len(self.columns) - len(row))) for row in self.rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, and rows that are named by keys, which can be selected."""
        return (*(column.key for column in self._others), *(row for row in self._rows))

    @property
    def _named(self) -> bool:
        return bool(self.columns) and self.columns[0].style == "name"

    @property
    def _others(self) -> tuple[Column, ...]:
        return self.columns[1:] if self._named else self.columns

    @property
    def _rows(self) -> tuple[str, ...]:
        return tuple(str(row[0]) for row in self.rows) if self._named else ()

    def head(self, count: int) -> Table:
        """The table with its first rows only; a note says how many there are."""
        if len(self.rows) <= count:
            return self
        return replace(
            self, rows=self.rows[:count], notes=(f"{count} of {len(self.rows):,} rows", *self.notes)
        )

    def only(self, names: Sequence[str]) -> Table:
        """The table with only the columns, or rows, of these names, in this order."""
        keys = [column.key for column in self.columns]
        columns = [keys.index(name) for name in names if name in {each.key for each in self._others}]
        rows = [self._rows.index(name) for name in names if name in self._rows]
        picked = ([0] if self._named else []) + columns if columns else list(range(len(keys)))
        chosen = [self.whole[i] for i in rows] if rows else self.whole
        return replace(
            self,
            columns=tuple(self.columns[i] for i in picked),
            rows=tuple(tuple(row[i] for i in picked) for row in chosen),
            group=1 if columns else self.group,
        )


def select(tables: Iterable[Table], names: Sequence[str]) -> list[Table]:
    """The tables that have columns or rows of these names, with only these; all tables for no names.

    Raises:
        InputError: with every name that no table has, and the nearest that there is.
    """
    tables = list(tables)
    if not names:
        return tables
    known = dict.fromkeys(name for table in tables for name in table.names)
    wrong = [name for name in names if name not in known]
    if wrong:
        raise InputError(*(f"unknown column {name}: {nearest(name, known)}" for name in wrong))
    return [table.only(names) for table in tables if {*names} & {*table.names}]
