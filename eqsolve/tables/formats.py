"""Tables in every format but the terminal's, which the command line prints."""

from __future__ import annotations

import csv
import html
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from eqsolve.strictjson import to_json
from eqsolve.tables.cells import Value, written
from eqsolve.tables.latex import to_latex
from eqsolve.tables.record import Table

SCHEMA = "eqsolve/table/1"
"""Name and version of the JSON layout."""


@dataclass(frozen=True)
class Look:
    """How tables look.

    Attributes:
        digits: after the point; None for as many as usual.
        labels: what to call keys, in place of the key or its symbol; LaTeX where LaTeX is written.
        names: "symbols" or "words", for keys in LaTeX.
        comments: lines on how the table came about; in LaTeX and CSV.
    """

    digits: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    names: str = "symbols"
    comments: Sequence[str] = ()


USUAL = Look()


def cells(table: Table, look: Look = USUAL) -> list[list[str]]:
    """The rows as people read them."""
    return [
        [
            look.labels.get(str(value), "") or written(value, column.style, look.digits)
            for value, column in zip(row, table.columns, strict=True)
        ]
        for row in table.whole
    ]


def headings(table: Table, look: Look = USUAL) -> list[str]:
    """The headings as people read them."""
    return [look.labels.get(column.key, column.text) for column in table.columns]


def to_markdown(tables: Iterable[Table], look: Look = USUAL) -> str:
    """Return tables in GitHub's Markdown."""
    return "\n".join(line for table in tables for line in _markdown(table, look))


def _markdown(table: Table, look: Look) -> Iterator[str]:
    if table.title:
        yield from (f"### {_plain(table.title)}", "")
    if table.columns:
        rules = (":--" if column.words else "--:" for column in table.columns)
        yield from (_row(map(_plain, headings(table, look))), _row(rules))
        yield from (_row(map(_plain, row)) for row in cells(table, look))
        yield ""
    if table.notes:
        yield from (f"- {_plain(note)}" for note in table.notes)
        yield ""


def _row(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _plain(text: str) -> str:
    for sign in "\\|<*_`":
        text = text.replace(sign, f"\\{sign}")
    return text.strip()


def to_csv(table: Table, look: Look = USUAL) -> str:
    """Return a table as CSV: keys as header, numbers whole, no value as nothing; comments start with #."""
    text = io.StringIO()
    text.writelines(f"# {line}\n" for line in look.comments)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.key for column in table.columns)
    writer.writerows([_data(value) for value in row] for row in table.whole)
    return text.getvalue().removesuffix("\n")


def to_table_json(tables: Sequence[Table], look: Look = USUAL) -> str:
    """Return tables as strict JSON in the layout of `SCHEMA`: rows as objects by the keys of columns."""
    return to_json(
        {
            "schema": SCHEMA,
            "comments": list(look.comments),
            "tables": [
                {
                    "name": table.name,
                    "title": table.title,
                    "rows": [
                        {c.key: _data(v) for c, v in zip(table.columns, row, strict=True)}
                        for row in table.whole
                    ],
                    "notes": list(table.notes),
                }
                for table in tables
            ],
        }
    )


def _data(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_html(tables: Iterable[Table], look: Look = USUAL) -> str:
    """Return tables as HTML, for notebooks."""
    return "".join(_html(table, look) for table in tables)


def _html(table: Table, look: Look) -> str:
    def line(tag: str, texts: Iterable[str]) -> str:
        return f"<tr>{''.join(f'<{tag}>{html.escape(text)}</{tag}>' for text in texts)}</tr>"

    head = line("th", headings(table, look)) if table.columns else ""
    body = "".join(line("td", row) for row in cells(table, look))
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in table.notes)
    return f"<table><caption>{html.escape(table.title)}</caption>{head}{body}</table>{notes}"


def _latex(tables: Sequence[Table], look: Look) -> str:
    return to_latex(
        tables[0], digits=look.digits, labels=look.labels, names=look.names, comments=look.comments
    )


FORMATS: dict[str, Callable[[Sequence[Table], Look], str]] = {
    "markdown": to_markdown,
    "latex": _latex,
    "csv": lambda tables, look: to_csv(tables[0], look),
    "json": to_table_json,
    "html": to_html,
}
"""Renderers by name. LaTeX and CSV hold one table, the first."""


def render(tables: Sequence[Table], form: str, look: Look = USUAL) -> str:
    """Return tables as markdown, latex, csv, json or html, whichever `form` names."""
    return FORMATS[form](tables, look)
