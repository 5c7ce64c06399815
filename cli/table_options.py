"""The options of tables, which every command that prints one has, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import typer

from .completion import quantities
from .labels import LabelOption, read_labels
from .records import Options, option

if TYPE_CHECKING:
    from eqsolve.provenance import Provenance
    from eqsolve.tables import Look, Table

Format = Literal["table", "markdown", "latex", "csv", "json"]


ColumnsOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME[,NAME...]",
        help="Print only these columns, or rows of these quantities, in this order.",
        autocompletion=quantities,
    ),
]
DigitsOption = Annotated[int | None, typer.Option(metavar="N", help="Digits after the point.", min=0, max=15)]
NamesOption = Annotated[
    Literal["symbols", "words"],
    typer.Option(help="What LaTeX calls quantities: symbols such as $q^*$, or words."),
]


class Looks(Options, group="Table"):
    """How a table looks."""

    columns: ColumnsOption = None
    digits: DigitsOption = None
    label: LabelOption = None
    names: NamesOption = "symbols"

    @property
    def asked(self) -> bool:
        """Whether the table itself is asked for, rather than the report around it."""
        return bool(self.columns or self.label or self.digits is not None)

    def look(self) -> Look:
        """How tables look; raises InputError for labels that are none."""
        from eqsolve.tables import Look

        return Look(self.digits, self.labels, self.names)

    @property
    def labels(self) -> dict[str, str]:
        """What things are called, in tables and figures; raises InputError for labels that are none."""
        return read_labels(self.label)

    def chosen(self) -> list[str]:
        """The columns that are named."""
        return [name.strip() for name in (self.columns or "").split(",") if name.strip()]


class Told(Protocol):
    """A result that knows how it came about."""

    @property
    def provenance(self) -> Provenance:
        """How it came about."""

    def to_json(self) -> str:
        """The whole of it."""


class Tables(Looks, group="Table"):
    """The format of a table, and how it looks."""

    output_format: Format = option(
        "table",
        "--format",
        help="What to print: a report, or the main table in Markdown, LaTeX (booktabs and siunitx) or "
        "CSV, or the whole result in JSON.",
    )
    as_json: bool = option(False, "--json", help="Print the whole result as JSON, as --format json does.")

    def __post_init__(self) -> None:
        from eqsolve.errors import InputError

        read_labels(self.label)
        if self.as_json and self.output_format not in ("table", "json"):
            raise InputError(f"--json and --format {self.output_format}: expected one")
        if self.form == "json" and self.asked:
            raise InputError("JSON is the whole result: --columns, --digits and --label are for tables")

    @property
    def form(self) -> str:
        """The format."""
        return "json" if self.as_json else self.output_format

    @property
    def reports(self) -> bool:
        """Whether the report is asked for, rather than data."""
        return self.form == "table" and not self.asked

    def show(
        self,
        tables: Callable[[], Sequence[Table]],
        report: Callable[[], None],
        result: Told,
    ) -> None:
        """Print a result as it is asked for: its tables, its report or its whole document as JSON.

        Raises:
            InputError: for unknown columns.
        """
        from .streams import emit

        if self.form == "json":
            emit(result.to_json())
        elif self.reports:
            report()
        else:
            show_tables(tables(), self.form, self, result.provenance)


def show_tables(tables: Sequence[Table], form: str, looks: Looks, told: Provenance | None = None) -> None:
    """Print tables in a format; only those that have the columns that are named.

    LaTeX and CSV say in comments how they came about.
    """
    from eqsolve.tables import render, select

    from .streams import emit

    chosen, look = select(tables, looks.chosen()), looks.look()
    if form in ("latex", "csv") and told:
        look = replace(look, comments=told.lines())
    if form == "table":
        from .sheets import print_tables

        print_tables(chosen, look)
    else:
        emit(render(chosen, form, look))
