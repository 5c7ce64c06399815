"""The file that lists the exhibits of a paper: read strictly, with everything that is wrong in it at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve._version import __version__
from eqsolve.errors import InputError, Problem, nearest
from eqsolve.paper.kinds import GAME, KINDS, LOOK, TEXT, Kind, check_names
from eqsolve.params import Params, keys
from eqsolve.params.file import ParamsFile
from eqsolve.params.problems import show
from eqsolve.provenance import hash_of
from eqsolve.sweeps.spec import base_game, flat

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""Names of exhibits, which become names of files."""

FORMATS = ("pdf", "svg", "png")
FOLDER = "exhibits"
"""Where exhibits go, beside the file that lists them, if it does not say."""

OF_PAPER: Mapping[str, tuple[Any, str]] = {
    **GAME, **LOOK, "folder": TEXT, "exhibits": (dict, "a table of exhibits by name")
}  # fmt: skip
SHARED = tuple(name for name in LOOK if name != "title")
"""Keys of the file that hold for every exhibit that does not say them itself."""


@dataclass(frozen=True)
class Exhibit:
    """One figure or table, or both.

    Attributes:
        name: of it and its files.
        kind: what it is; `word` is its name in `eqsolve.paper.kinds.KINDS`.
        params: the game.
        asked: its question, by key.
        drawn: what is said about its figure, by key; `look` is how it looks, files by their full names.
    """

    name: str
    word: str
    params: Params
    asked: Mapping[str, Any]
    drawn: Mapping[str, Any]
    look: Mapping[str, Any]

    @property
    def kind(self) -> Kind:
        """What it is."""
        return KINDS[self.word]

    @property
    def question(self) -> str:
        """A hash of all that decides its data and its table."""
        labels = self.look.get("labels", {}) if self.kind.table else {}
        asked = {"kind": self.word, "params": self.params.model_dump(mode="json"), **self.asked}
        return hash_of({"version": __version__, "labels": labels, "asked": asked})

    @property
    def picture(self) -> str:
        """A hash of all that decides its figure, beside its data."""
        files = {name: _content(path) for name, path in self.files.items()}
        return hash_of({"drawn": dict(self.drawn), "look": dict(self.look), "files": files})

    @property
    def files(self) -> dict[str, Path]:
        """The files that its figure is made from, beside its data."""
        found = {"style": self.look.get("style"), "boundaries": self.drawn.get("boundaries")}
        return {name: Path(path) for name, path in found.items() if path}

    @property
    def data(self) -> str:
        """The name of the file with its data."""
        return f"{self.name}{self.kind.suffix}"

    @property
    def table(self) -> str | None:
        """The name of the file with its table, if it has one."""
        return f"{self.name}.tex" if self.kind.table else None

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of the files with its figure."""
        if self.kind.draws is None:
            return ()
        return tuple(f"{self.name}.{form}" for form in self.look.get("formats", FORMATS[:1]))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of all of its files."""
        return (self.data, *filter(None, [self.table]), *self.figures)


@dataclass(frozen=True)
class Paper:
    """The exhibits of a paper.

    Attributes:
        path: the file that lists them.
        folder: where they go.
        exhibits: in the order of the file, but that those whose data others lay over maps come first.
    """

    path: Path
    folder: Path
    exhibits: tuple[Exhibit, ...]


def _content(path: Path) -> str:
    try:
        return hash_of(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""


def read_paper(path: Path) -> Paper:
    """Read a file that lists exhibits.

    Raises:
        InputError: with everything that is wrong, and its line.
    """
    file = ParamsFile.read(path)
    problems = [file.locate(each) for each in _shape(file.data)]
    if problems:
        raise InputError(*problems)
    folder = path.parent / file.data.get("folder", FOLDER)
    found: list[Exhibit] = []
    for name, table in file.data["exhibits"].items():
        try:
            found.append(_exhibit(name, table, file.data, path.parent, folder))
        except InputError as error:
            problems += [_located(file, name, each) for each in error.problems]
    if problems:
        raise InputError(*dict.fromkeys(problems))
    needed = {str(each.drawn["boundaries"]) for each in found if "boundaries" in each.drawn}
    first = [each for each in found if str(folder / each.data) in needed]
    return Paper(path, folder, (*first, *(each for each in found if each not in first)))


def _shape(data: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with keys and their types."""
    yield from _wrong_keys("", data, OF_PAPER)
    exhibits = data.get("exhibits")
    if not isinstance(exhibits, dict) or not exhibits:
        if "exhibits" not in data or exhibits == {}:
            yield Problem("no exhibits: expected tables such as [exhibits.regimes], each with its kind")
        return
    for name, table in exhibits.items():
        key = f"exhibits.{name}"
        if not NAME.fullmatch(name):
            yield Problem(f"{key}: not a name of files: expected letters, digits, - and _", key)
        elif not isinstance(table, dict):
            yield Problem(f"{key} = {show(table)}: expected a table", key)
        elif "kind" not in table:
            yield Problem(f"missing key {key}.kind: expected one of {', '.join(KINDS)}", key)
        elif table["kind"] not in KINDS:
            word = table["kind"]
            yield Problem(f"{key}.kind = {show(word)}: {nearest(str(word), KINDS)}", f"{key}.kind")
        else:
            yield from _wrong_exhibit(key, table)


def _wrong_exhibit(key: str, table: dict[str, Any]) -> Iterator[Problem]:
    kind = KINDS[table["kind"]]
    known = {"kind": TEXT, **GAME, **kind.asks}
    known |= {"labels": LOOK["labels"]} if kind.draws is None else {**LOOK, **kind.draws}
    known |= kind.asks  # x and y of a phase diagram are ranges
    yield from _wrong_keys(f"{key}.", table, known)
    for name in kind.needs:
        if name not in table:
            yield Problem(f"missing key {key}.{name}: expected {known[name][1]}", key)


def _wrong_keys(
    prefix: str, table: dict[str, Any], known: Mapping[str, tuple[Any, str]]
) -> Iterator[Problem]:
    for name, value in table.items():
        key = prefix + name
        if name not in known:
            yield Problem(f"unknown key {key}: {nearest(name, known)}", key)
            continue
        types, words = known[name]
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            yield Problem(f"{key} = {show(value)}: expected {words}", key)
        elif name == "formats" and (wrong := [form for form in value if form not in FORMATS]):
            yield Problem(f"{key} = {show(value)}: {nearest(str(wrong[0]), FORMATS)}", key)
        elif words == "a list of text" and not all(isinstance(each, str) for each in value):
            yield Problem(f"{key} = {show(value)}: expected {words}", key)


def _exhibit(name: str, table: dict[str, Any], paper: dict[str, Any], near: Path, folder: Path) -> Exhibit:
    """One exhibit; raises InputError with what is wrong with its game and its figure."""
    kind = KINDS[table["kind"]]
    game = {"params": table.get("params", paper.get("params", {}))}
    game["set"] = {**dict(flat(paper.get("set", {}))), **dict(flat(table.get("set", {})))}
    look = {key: paper[key] for key in SHARED if key in paper} | {k: table[k] for k in LOOK if k in table}
    if "style" in look:
        look["style"] = str(near / look["style"])
    drawn = {key: table[key] for key in kind.draws or () if key in table and key not in kind.asks}
    if "boundaries" in drawn:
        drawn["boundaries"] = str(folder / f"{drawn['boundaries']}.json")
    asked = {key: table[key] for key in kind.asks if key in table}
    problems = _unsized(look.get("size"))
    try:
        params = base_game(game, near)
    except InputError as error:
        raise InputError(*problems, *error.problems) from None
    try:
        kind.check(params, asked)
    except InputError as error:
        problems += [
            Problem(each.message, _asked_key(asked, each.key), each.file, each.line)
            for each in error.problems
        ]
    problems += check_names(params, asked, drawn)
    if problems:
        raise InputError(*problems)
    return Exhibit(name, table["kind"], params, asked, drawn, look)


def _asked_key(asked: Mapping[str, Any], key: str | None) -> str | None:
    """The key of the question that a problem is about, which may name a parameter that a text contains."""
    if key is None or key in asked or key in dict(flat(asked.get("vary", {}))):
        return key
    return next((name for name, value in asked.items() if isinstance(value, str) and key in value), None)


def _unsized(text: str | None) -> list[Problem]:
    from eqsolve.drawing import read_size

    try:
        if text is not None:
            read_size(text)
    except InputError as error:
        return [Problem(each.message, "size") for each in error.problems]
    return []


def _located(file: ParamsFile, name: str, problem: Problem) -> Problem:
    """A problem of an exhibit with its line: keys stand in its own tables, or in those of the file."""
    if problem.file:
        return problem
    own = f"exhibits.{name}"
    for table in (f"{own}.set", f"{own}.params", f"{own}.vary", own, "set", "params", ""):
        for key in (json.dumps(problem.key), problem.key) if problem.key else ():
            full = f"{table}.{key}" if table else key
            if len(keys.resolve(file.data, full)) > len(keys.resolve(file.data, table)):
                place = file.locate(Problem(problem.message, full))
                return Problem(problem.message, problem.key, place.file, place.line)
    return file.locate(Problem(problem.message, own))
