"""Witnesses and counterexamples as params files that `eqsolve solve` reads."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eqsolve.errors import InputError
from eqsolve.files import check_destination, target_of, write_text
from eqsolve.findings.evidence import Case
from eqsolve.findings.result import Finding, Findings, PartResult
from eqsolve.params import Params


def case_files(found: Findings) -> dict[str, str]:
    """Return the params file of every game of every witness and counterexample, by name.

    Each starts with what it shows and the commands that reproduce it.
    """
    return {
        _file_name(name, label): _header(_file_name(name, label), label, finding, part, case) + _toml(game)
        for name, finding, part, case in found.cases()
        for label, game in case.games.items()
    }


def _file_name(name: str, label: str) -> str:
    return f"{name}.toml" if label == "game" else f"{name}-{label}.toml"


def _toml(game: Params) -> str:
    import tomli_w

    return tomli_w.dumps(game.model_dump(mode="json"))


def _header(file: str, label: str, finding: Finding, result: PartResult, case: Case) -> str:
    statement, part = finding.statement, result.part
    role = "Witness of" if statement.kind == "existence" else "Counterexample to"
    title = f"{role} statement {statement.number}, {statement.title}: {part.name} ({label})."
    lines = [*textwrap.wrap(title, 100), *textwrap.wrap(statement.claim, 100)]
    lines += ["", f"margin = {case.margin:.10g} ({part.unit})", *_told(case.facts)]
    lines += ["", "Reproduce:", *(f"  eqsolve solve {file} --regime {r}" for r in case.regimes)]
    if "given" in case.facts:
        q, beta = case.facts["given"]["quality"], case.facts["given"]["intensity"]
        lines += [
            "and participation at the given quality and intensity, which the platform need not choose:",
            "  from eqsolve import Params",
            "  from eqsolve.findings import participation_at",
            f'  participation_at([Params.from_file("{file}")], {float(q)!r}, {float(beta)!r})',
        ]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n"


def _told(facts: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: " + ", ".join(f"{key} = {_shown(value)}" for key, value in values.items())
        for name, values in facts.items()
    ]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(f"{each:.6g}" for each in value) + "]"
    return value if isinstance(value, str) else f"{value:.10g}"


def check_folder(folder: Path) -> None:
    """Make sure that `folder` can be written: it is new, or empty.

    Raises:
        InputError: if it is neither, or if its parent takes no new folder.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder}: holds files already: name a new folder, or empty it")
    check_destination(folder / "findings.json" if folder.is_dir() else folder)


def write_folder(folder: Path, found: Findings) -> int:
    """Write `findings.json` and `case_files` into `folder`, a new one as a whole; return how many files."""
    files = {"findings.json": f"{found.to_json()}\n", **case_files(found)}
    target = target_of(folder)
    if target.is_dir():  # it may be mounted by itself, and keeps its permissions
        for name, text in files.items():
            write_text(target / name, text)
        return len(files)
    with TemporaryDirectory(prefix=".eqsolve-", dir=target.parent) as scratch:
        inner = Path(scratch, "whole")
        inner.mkdir()
        for name, text in files.items():
            write_text(inner / name, text)
        inner.replace(target)
    return len(files)
