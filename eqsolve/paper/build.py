"""Exhibits made, and known to be up to date: a list of hashes lies beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve._version import __version__
from eqsolve.errors import InputError
from eqsolve.files import check_destination, write, write_text
from eqsolve.paper.kinds import Report, write_data
from eqsolve.paper.spec import Exhibit, Paper
from eqsolve.strictjson import to_json

SCHEMA = "eqsolve/paper/1"
LIST = "exhibits.json"
"""The file, beside the exhibits, that says from what they were made."""


@dataclass(frozen=True)
class State:
    """Whether an exhibit is up to date.

    Attributes:
        exhibit: the exhibit.
        reasons: why it is not, in words; none if it is.
        answered: whether its data can stay as they are.
    """

    exhibit: Exhibit
    reasons: tuple[str, ...]
    answered: bool


def states(paper: Paper) -> list[State]:
    """Say which exhibits are up to date; nothing is made.

    Raises:
        InputError: the list beside the exhibits is none.
    """
    kept = _read_list(paper.folder / LIST)
    return [_state(paper, exhibit, kept.get(exhibit.name)) for exhibit in paper.exhibits]


def _state(paper: Paper, exhibit: Exhibit, kept: Mapping[str, Any] | None) -> State:
    if kept is None:
        return State(exhibit, ("not made yet",), False)
    reasons = []
    if kept["question"] != exhibit.question:
        reasons.append("its question changed")
    changed = [name for name in exhibit.outputs if kept["files"].get(name) != _hash(paper.folder / name)]
    if kept["picture"] != exhibit.picture and exhibit.figures:
        reasons.append("its figure is asked for in another way")
    reasons += [
        f"{name} {'was changed' if (paper.folder / name).exists() else 'is missing'}"
        for name in changed
        if name in kept["files"] or not reasons
    ]
    solved = {exhibit.data, exhibit.table}
    answered = kept["question"] == exhibit.question and not solved & {*changed}
    return State(exhibit, tuple(reasons), answered)


def make(paper: Paper, exhibit: Exhibit, *, answered: bool = False, report: Report = None) -> list[Path]:
    """Make an exhibit: its data, its table, its figure; and remember from what.

    Args:
        paper: the paper.
        exhibit: one of its exhibits.
        answered: whether data and table are there already (see `State`).
        report: progress.

    Returns:
        The files that were written.

    Raises:
        InputError: the question is wrong, or the figure cannot be drawn.
    """
    paper.folder.mkdir(parents=True, exist_ok=True)
    try:
        written = [] if answered else _answer(paper, exhibit, report)
        written += _draw(paper, exhibit)
    except InputError as error:
        problems = [each if each.file else f"{paper.path}: {exhibit.name}: {each}" for each in error.problems]
        raise InputError(*problems) from None
    _remember(paper, exhibit)
    return written


def _answer(paper: Paper, exhibit: Exhibit, report: Report) -> list[Path]:
    files = [paper.folder / name for name in (exhibit.data, exhibit.table) if name]
    for file in files:
        check_destination(file)
    result = exhibit.kind.answer(exhibit.params, exhibit.asked, report)
    write_data(result, files[0])
    if exhibit.table:
        write_text(files[1], f"{_table(result, exhibit.look.get('labels', {}))}\n")
    return files


def _table(result: Any, labels: Mapping[str, str]) -> str:
    """The main table of a result as LaTeX, below comments on how it came about."""
    from eqsolve.tables import Look, render
    from eqsolve.tables.of import tables_of

    told = result.provenance
    look = Look(labels=labels, comments=told.lines() if told else ())
    return render(tables_of(result)[:1], "latex", look)


def _draw(paper: Paper, exhibit: Exhibit) -> list[Path]:
    """Draw the figure from the data, so that it is the same whether they were there already or not."""
    if not exhibit.figures:
        return []
    from eqsolve.drawing import Look, read_size, read_style, use_look
    from eqsolve.figures import render
    from eqsolve.sources import read_source

    source, look = read_source(paper.folder / exhibit.data), exhibit.look
    told = source.provenance
    asked = Look(
        size=read_size(look["size"]) if "size" in look else None,
        title=look.get("title", ""),
        labels=look.get("labels", {}),
        footer=told.footer() if told and look.get("footer") else "",
        style=read_style(Path(look["style"])) if "style" in look else {},
    )
    options = dict(exhibit.drawn)
    if "boundaries" in options:
        options["boundaries"] = Path(options["boundaries"])
    files = [paper.folder / name for name in exhibit.figures]
    for file in files:
        with use_look(asked):
            write(file, render(source.figure(**options), file.suffix, told))
    return files


def _remember(paper: Paper, exhibit: Exhibit) -> None:
    """Write the list anew: this exhibit, and the others that are still listed."""
    kept = _read_list(paper.folder / LIST)
    kept[exhibit.name] = {
        "question": exhibit.question,
        "picture": exhibit.picture,
        "files": {name: _hash(paper.folder / name) for name in exhibit.outputs},
    }
    listed = {each.name: kept[each.name] for each in paper.exhibits if each.name in kept}
    document = {"schema": SCHEMA, "version": __version__, "exhibits": dict(sorted(listed.items()))}
    write_text(paper.folder / LIST, f"{to_json(document)}\n")


def _read_list(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}: remove it to make all exhibits again") from None
    try:
        if document["schema"] != SCHEMA:
            raise KeyError("schema")
        for kept in document["exhibits"].values():
            kept["question"], kept["picture"], kept["files"].items()
        return dict(document["exhibits"])
    except (KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: not a list of exhibits: remove it to make all again") from None


def _hash(path: Path) -> str | None:
    try:
        return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError:
        return None
