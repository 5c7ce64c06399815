"""How a file came about: the command, the game and its hash, the regimes, the version.

The command is the question in the words of the command line, not the line that was typed: a sweep that was
interrupted, sharded, or run from Python says the same as any other, and equal results are equal files.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eqsolve._version import __version__
from eqsolve.errors import InputError

if TYPE_CHECKING:
    from eqsolve.params import Params

COMMENT = "# "
"""What comment lines start with in CSV files."""

GAME_FILE = "game.json"
"""What commands call a game that is too far from the preset for `--set`: a file with what `params` says."""

LINE = 4000
"""Letters that a line can have for people to read and shells to take."""

SHOWN = 12
"""Digits of a hash that a footer shows."""


@dataclass(frozen=True)
class Provenance:
    """How a result came about.

    Attributes:
        command: a command that makes it again.
        params: the game, as plain data.
        regimes: whose equilibria they are; empty where the command says all.
        selection: the rule among participation equilibria.
        version: of eqsolve.
    """

    command: str
    params: Mapping[str, Any]
    regimes: tuple[str, ...] = ()
    selection: str = "initial"
    version: str = __version__

    @cached_property
    def game(self) -> str:
        """A hash of the game."""
        return hash_of(self.params)

    def to_dict(self) -> dict[str, str]:
        """What a document says that has the game, the regimes and the version already."""
        return {"command": self.command, "game": self.game}

    def lines(self) -> list[str]:
        """All of it, for comments and metadata."""
        found = [
            f"eqsolve {self.version}",
            f"command: {self.command}",
            f"game: {self.game}",
            f"params: {json.dumps(self.params)}",
        ]
        if self.regimes:
            found.append(f"regimes: {' '.join(self.regimes)}")
        return [*found, f"selection: {self.selection}"]

    def comment(self, sign: str = COMMENT) -> str:
        """All of it as lines of comment, each after `sign`: "# " in CSV, "% " in LaTeX."""
        return "".join(f"{sign}{line}\n" for line in self.lines())

    def footer(self) -> str:
        """The gist in a line, for the foot of a figure or a page."""
        game = self.game.removeprefix("sha256:")[:SHOWN]
        regimes = f", {', '.join(self.regimes)}" if self.regimes else ""
        return f"eqsolve {self.version}, game {game}{regimes}: {self.command}"

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> Provenance | None:
        """What `lines` gave, from whatever text holds it; None if it does not."""
        said = dict(pair for line in lines if (pair := _pair(line)))
        try:
            params = json.loads(said["params"])
            regimes = tuple(said.get("regimes", "").split())
            return cls(said["command"], params, regimes, said["selection"], said["eqsolve"])
        except (KeyError, ValueError):
            return None


def _pair(line: str) -> tuple[str, str] | None:
    line = line.strip()
    if line.startswith("eqsolve "):
        return "eqsolve", line.removeprefix("eqsolve ")
    name, sign, value = line.partition(": ")
    return (name, value) if sign else None


def hash_of(data: Any) -> str:
    """A hash of plain data, whatever the order of its keys is."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def provenance(
    command: str,
    params: Params,
    *options: tuple[str, Any],
    regimes: Iterable[str] = (),
    selection: str = "initial",
    version: str = __version__,
) -> Provenance:
    """How the result of a command came about.

    Args:
        command: its name.
        params: the game.
        *options: of the command, each with its value; those with None are left out, a list repeats one, and
            "" is no value.
        regimes, selection, version: as in `Provenance`; the regimes are options of their own.
    """
    words = ["eqsolve", command, *_game_options(params)]
    for name, value in (*options, ("--selection", None if selection == "initial" else selection)):
        for each in value if isinstance(value, list | tuple) else [value]:
            words += [] if each is None else [name, str(each)] if each != "" else [name]
    return Provenance(shlex.join(words), params.model_dump(mode="json"), tuple(regimes), selection, version)


def number(value: float) -> str:
    """The shortest text that reads back to the same number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


def assignments(base: Params, params: Params) -> list[str] | None:
    """What `--set` says to get from one game to another; None if that is too long for a line.

    Lists of which items come, go or change their name are said whole, and so are tables that lose keys.
    """
    from eqsolve.params import parse_overrides

    texts = list(_differences("", base.model_dump(mode="json"), params.model_dump(mode="json")))
    if sum(map(len, texts)) > LINE:
        return None
    try:
        return texts if base.replace(parse_overrides(texts)) == params else None
    except InputError:
        return None


def _game_options(params: Params) -> list[str]:
    """The options by which a command gets the game: its differences from the preset, or a file."""
    from eqsolve.params import Params

    texts = assignments(Params(), params)
    return ["--params", GAME_FILE] if texts is None else [word for text in texts for word in ("--set", text)]


def _differences(key: str, old: Any, new: Any) -> Iterator[str]:
    """Assignments by which the data of one game become those of another."""
    from eqsolve.params import keys

    if old == new:
        return
    if isinstance(new, dict) and _keeps(old or {}, new):
        for step, value in new.items():
            yield from _differences(keys.join(key, step, new), (old or {}).get(step), value)
    elif isinstance(new, list) and isinstance(old, list) and _alike(old, new):
        for i, value in enumerate(new):
            yield from _differences(keys.join(key, i, new), old[i], value)
    else:
        yield f"{key}={_toml(new)}"


def _keeps(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a table keeps its keys, or starts afresh with another word."""
    return old.keys() <= new.keys() or any(old.get(tag) != new.get(tag) for tag in ("dist", "kind"))


def _alike(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Whether two lists hold the same tables, by name."""
    from eqsolve.params import keys

    return (
        len(old) == len(new)
        and keys.names(old) == keys.names(new)
        and all(isinstance(each, dict) for each in new)
    )


def _toml(value: Any) -> str:
    """A value as TOML states it on one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {_toml(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return number(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
