"""Which game goes with which baseline: two files, or two folders matched by the names of their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eqsolve.errors import InputError, Problem

GAMES = (".toml", ".json")
"""The extensions of params files."""

SCHEMA = ".schema.json"
"""What the names of schemas for editors end in, which lie beside the files that they are for."""


@dataclass(frozen=True)
class Pairing:
    """Games and their baselines.

    Attributes:
        games: the params file (None for the preset) and the baseline file of each game, by its name.
        extra: baseline files that no game goes with.
    """

    games: dict[str, tuple[Path | None, Path]]
    extra: tuple[Path, ...] = ()


def pair(params: Path | None, baseline: Path) -> Pairing:
    """Match games with baselines; files in folders by name, without extension.

    Args:
        params: a params file, a folder of them, or None for the preset.
        baseline: a file; for a folder of games a folder, which need not exist yet.

    Raises:
        InputError: a folder without games, two games of one name, a folder of games with a single baseline
            or with baselines among them.
    """
    if params is None or not params.is_dir():
        name = params.stem if params else "paper"
        return Pairing({name: (params, baseline / f"{name}.json" if baseline.is_dir() else baseline)})
    if baseline.is_file() or (not baseline.exists() and baseline.suffix):
        raise InputError(f"{baseline}: the games are a folder, {params}, and so their baselines must be")
    if params.resolve() == baseline.resolve():
        raise InputError(f"{baseline}: games and baselines need a folder each")
    files = (path for path in params.iterdir() if path.is_file() and not path.name.endswith(SCHEMA))
    found = sorted(path for path in files if path.suffix.lower() in GAMES)
    if not found:
        raise InputError(Problem("no games here: expected .toml or .json files", file=str(params)))
    names = [path.stem for path in found]
    twice = [path for path in found if names.count(path.stem) > 1]
    if twice:
        raise InputError(*(f"{path}: another game in this folder has this name, too" for path in twice))
    others = (path for path in sorted(baseline.glob("*.json")) if not path.name.endswith(SCHEMA))
    extra = tuple(path for path in others if path.stem not in names)
    return Pairing({path.stem: (path, baseline / f"{path.stem}.json") for path in found}, extra)
