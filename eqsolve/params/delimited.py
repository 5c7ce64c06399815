"""CSV files as programs and people write them: read as what they are, or refused with file and line.

Columns are separated by commas, semicolons or tabs, whichever the header has. Numbers have decimal points or,
where commas separate nothing, decimal commas in all of them. What could mean two things is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from eqsolve.errors import InputError, Problem
from eqsolve.params.text import read_text

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
NUMBER = r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?"
"""A number, with a decimal point or comma: ASCII digits, no grouping, neither nan nor infinity."""

_NUMBER = re.compile(NUMBER, re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_DIRECTIVE = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)


@dataclass(frozen=True)
class Delimited:
    """The cells of a file.

    Attributes:
        path: the file.
        header: the names of the columns; empty if the file is.
        rows: the cells of each row that has as many as names, without space around them.
        lines: the line on which each of these rows ends.
        decimal: the decimal sign of the numbers.
        problems: the rows that are longer or shorter than the header.
        comments: what stands in lines of comment above the header.
        head: the line on which the header ends.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal: str
    problems: tuple[Problem, ...]
    comments: tuple[str, ...] = ()
    head: int = 1

    def number(self, text: str) -> float | None:
        """The number that a cell says; None if it says none."""
        if not _NUMBER.fullmatch(text) or (self.decimal == "." and "," in text):
            return None
        return float(text.replace(",", ".") if "," in text else text)


def read_delimited(path: Path) -> Delimited:
    """Read a file: lines of comment, which start with #, a header row, and rows as long as it.

    Rows without any content are nothing, and so are columns without name and content, which spreadsheets add.

    Raises:
        InputError: the file cannot be read, its quotes do not match, or its separator or decimal sign is
            uncertain.
    """
    try:
        text = read_text(path)
    except ValueError as error:
        raise InputError(Problem(str(error), file=str(path))) from None
    comments, text = _comments(text)
    separator, offset, text = _separator(text, path)
    offset += len(comments)
    records = list(_records(text, separator, path, offset))
    if not records:
        return Delimited(path, (), (), (), ".", (), comments)
    (head, header), *body = records
    fitting = [(line, cells) for line, cells in body if len(cells) == len(header)]
    problems = tuple(
        Problem(_wrong_length(cells, header, separator), file=str(path), line=line)
        for line, cells in body
        if len(cells) != len(header)
    )
    used = [i for i, name in enumerate(header) if name or any(cells[i] for _, cells in fitting)]
    rows = tuple(tuple(cells[i] for i in used) for _, cells in fitting)
    lines = tuple(line for line, _ in fitting)
    decimal = "." if separator == "," else _decimal(rows, lines, path)
    return Delimited(path, tuple(header[i] for i in used), rows, lines, decimal, problems, comments, head)


def _comments(text: str) -> tuple[tuple[str, ...], str]:
    """What the lines of comment say that the text starts with, and the text from there.

    Spreadsheets that saved them again have put them in quotes, and separators after them.
    """
    found = []
    while text.startswith(("#", '"#')):
        line, _, text = text.partition("\n")
        line = line.rstrip("\r,;\t")
        if line.startswith('"'):
            line = line.removeprefix('"').removesuffix('"').replace('""', '"')
        found.append(line.removeprefix("#").strip())
    return tuple(found), text


def _separator(text: str, path: Path) -> tuple[str, int, str]:
    """What separates columns, the number of lines before the header, and the text from there."""
    first, _, rest = text.partition("\n")
    if directive := _DIRECTIVE.fullmatch(first.strip("\r")):
        return directive[1], 1, rest
    header = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").partition("\n")[0])
    found = [separator for separator in SEPARATORS if separator in header]
    if len(found) > 1:
        found = [separator for separator in found if _fits(text, separator, path)] or found
    if len(found) > 1:
        names = " and ".join(SEPARATORS[each] for each in found)
        message = f"the header has {names}: it is uncertain which of them separate columns"
        raise InputError(Problem(message, file=str(path), line=1))
    return next(iter(found), ","), 0, text


def _fits(text: str, separator: str, path: Path) -> bool:
    """Whether a separator makes all rows as long as the header."""
    try:
        return len({len(cells) for _, cells in _records(text, separator, path, 0)}) == 1
    except InputError:
        return False


def _records(text: str, separator: str, path: Path, offset: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that say something, with the lines on which they end."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=separator != "\t", strict=True)
    while True:
        start = reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error as error:
            message = f"the quotes of this row do not match: {error}"
            raise InputError(Problem(message, file=str(path), line=start + 1 + offset)) from None
        if cells is None:
            return
        cells = [cell.strip() for cell in cells]
        if any(cells) or (len(cells) == 1 and lines[reader.line_num - 1].strip()):
            yield reader.line_num + offset, cells


def _wrong_length(cells: Sequence[str], header: Sequence[str], separator: str) -> str:
    message = f"the row has {len(cells)} cell{'s' * (len(cells) != 1)}, the header {len(header)}"
    if len(cells) > len(header) and separator == ",":
        pairs = list(pairwise(cells))
        doubled = len(cells) == 2 * len(header) and all(_split_number(*pair) for pair in pairs[::2])
        if doubled or any(_split_number(*pair) for pair in pairs):
            example = f"{cells[0]}.{cells[1]} for {cells[0]},{cells[1]}" if doubled else "decimal points"
            message += f": it looks like decimal commas: write {example}, or separate columns by semicolons"
    other = [sep for sep in SEPARATORS if sep != separator and any(sep in cell for cell in cells)]
    if len(cells) < len(header) and other:
        message += f": it looks separated by {SEPARATORS[other[0]]}, the header by {SEPARATORS[separator]}"
    return message


def _split_number(whole: str, fraction: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+", whole) and re.fullmatch(r"\d+([eE][+-]?\d+)?", fraction))


def _decimal(rows: Sequence[Sequence[str]], lines: Sequence[int], path: Path) -> str:
    """The decimal sign of a file whose columns are not separated by commas."""
    found: dict[str, tuple[int, str]] = {}
    grouped = True
    for line, cells in zip(lines, rows, strict=True):
        for cell in cells:
            sign = "," if "," in cell else "." if "." in cell else ""
            if not sign or not _NUMBER.fullmatch(cell):
                continue
            found.setdefault(sign, (line, cell))
            grouped &= sign == "." or bool(_GROUPED.fullmatch(cell))
    if len(found) > 1:
        (line, point), (other, comma) = found["."], found[","]
        message = f"{point} (line {line}) has a decimal point, {comma} (line {other}) a comma: write one kind"
        raise InputError(Problem(message, file=str(path), line=max(line, other)))
    if "," in found and grouped:
        line, cell = found[","]
        message = f"{cell} may be {cell.replace(',', '.')} or {cell.replace(',', '')}: write decimal points"
        raise InputError(Problem(message, file=str(path), line=line))
    return "," if "," in found else "."
