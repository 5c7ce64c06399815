"""Params files, TOML or JSON: their data, and the line of each key."""

import json
import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, Self

from eqsolve.errors import InputError, Problem
from eqsolve.params import keys
from eqsolve.params.text import decode, read_text

BINDING = "$schema"
"""The key of any file by which editors find a schema; it says nothing to eqsolve."""

RESULT_SCHEMA = "eqsolve/equilibrium/2"
"""The `schema` of a result file."""

RESULT_SCHEMAS = ("eqsolve/equilibrium/1", RESULT_SCHEMA)
"""Result files whose `params` are read as a params file."""


@dataclass(frozen=True)
class ParamsFile:
    """The data of a file, and where its keys stand.

    Attributes:
        path: the file.
        text: what it says.
        data: its tables, as dicts and lists, without `BINDING`.
        root: the keys that lead to `data` in the file; empty but for result files.
    """

    path: Path
    text: str
    data: dict[str, Any]
    root: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file, TOML or JSON by its extension.

        Raises:
            InputError: if it cannot be read, or is not what its extension says.
        """
        if path.suffix.lower() not in _PARSERS:
            raise InputError(Problem("unknown extension: expected .toml or .json", file=str(path)))
        return cls._parsed(path, lambda: read_text(path))

    @classmethod
    def of(cls, content: bytes, name: str) -> Self:
        """Read what was not in a file: JSON if it starts with a brace, or else TOML.

        Args:
            content: what it says.
            name: what to call it where something is wrong in it; without an extension.

        Raises:
            InputError: as `read`.
        """
        return cls._parsed(Path(name), lambda: decode(content))

    @classmethod
    def _parsed(cls, path: Path, read: Callable[[], str]) -> Self:
        text = ""
        try:
            text = read()
            data = _parser(path, text)(text)
        except (ValueError, RecursionError, _DuplicateKey) as error:
            raise InputError(_explain(error, path, text)) from None
        if not isinstance(data, dict):
            raise InputError(Problem("expected one object, with the tables of a game", file=str(path)))
        reference = data.pop(BINDING, "")
        if not isinstance(reference, str):
            bound = cls(path, text, {BINDING: reference}, ())
            problem = Problem(f"{BINDING} = {json.dumps(reference, default=str)}: expected text", BINDING)
            raise InputError(bound.locate(problem))
        if data.get("schema") in RESULT_SCHEMAS and isinstance(data.get("params"), dict):
            return cls(path, text, data["params"], ("params",))
        return cls(path, text, data, ())

    def locate(self, problem: Problem) -> Problem:
        """The problem with the file, and the line of its key; of the table if the key itself is missing."""
        steps = [*self.root, *keys.resolve(self.data, problem.key or "")]
        line = _first_line(self.text, _parser(self.path, self.text), steps) if steps else None
        return replace(problem, file=str(self.path), line=line)


class _DuplicateKey(Exception):
    """An object of a JSON file has a key twice."""


def _parse_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise _DuplicateKey(key)
        table[key] = value
    return table


_PARSERS: dict[str, Callable[[str], Any]] = {".toml": tomllib.loads, ".json": _parse_json}


def _parser(path: Path, text: str) -> Callable[[str], Any]:
    kind = path.suffix.lower() or (".json" if text.lstrip().startswith("{") else ".toml")
    return _PARSERS[kind]


def _explain(error: Exception, path: Path, text: str) -> Problem:
    line: int | None = None
    column: int | None = None
    message = str(error)
    if isinstance(error, json.JSONDecodeError):
        message, line, column = f"not valid JSON: {error.msg}", error.lineno, error.colno
    elif isinstance(error, tomllib.TOMLDecodeError):
        fault, _, place = message.removesuffix(")").rpartition(" (at ")
        message, numbers = f"not valid TOML: {fault}", [int(digits) for digits in re.findall(r"\d+", place)]
        line, column = numbers if numbers else (text.count("\n") + 1, None)
    elif isinstance(error, _DuplicateKey):
        message, line = f"the key {json.dumps(message)} stands twice in one object", _line_of_duplicate(text)
    elif isinstance(error, RecursionError):
        message = "tables are nested too deeply"
    return Problem(message, file=str(path), line=line, column=column)


# A key stands on the line up to which the file must be read for the key to exist. The parsers themselves
# tell, in whatever way tables are written, once the brackets open at the end of that line are closed.

_TOKEN = re.compile(
    r'''"""(?s:.*?)"""|\'{3}(?s:.*?)\'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#.*|[\[\]{}]''',
)
_CLOSING = {"[": "]", "{": "}"}


def _closed(start: str) -> str:
    """The start of a file, with what closes its open brackets."""
    missing: list[str] = []
    for token in _TOKEN.findall(start):
        if token in _CLOSING:
            missing.append(_CLOSING[token])
        elif missing and token == missing[-1]:
            missing.pop()
    return start.rstrip().rstrip(",") + "\n" + "".join(reversed(missing))


def _first_line(text: str, parse: Callable[[str], Any], steps: list[str | int]) -> int:
    lines = text.split("\n")

    def exists(count: int) -> bool:
        return _holds(_parse_start(parse, lines[:count]), steps)

    return bisect_left(range(1, len(lines)), True, key=exists) + 1


def _holds(data: Any, steps: list[str | int]) -> bool:
    try:
        reduce(getitem, steps, data)
    except (LookupError, TypeError):
        return False
    return True


def _line_of_duplicate(text: str) -> int:
    lines = text.split("\n")

    def exists(count: int) -> bool:
        try:
            _parse_start(_parse_json, lines[:count])
        except _DuplicateKey:
            return True
        return False

    return bisect_left(range(1, len(lines)), True, key=exists) + 1


def _parse_start(parse: Callable[[str], Any], lines: list[str]) -> Any:
    """The data of the first lines, without those at the end that are only the start of a value."""
    while lines:
        try:
            return parse(_closed("\n".join(lines)))
        except ValueError:
            lines = lines[:-1]
    return {}
