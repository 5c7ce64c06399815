"""What shells complete beyond options and files: keys of the game at hand, its words, presets, quantities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from eqsolve.params import Params


def assignments(context: typer.Context, incomplete: str) -> list[str]:
    """KEY=VALUE of any parameter: the key, then its words if it has any."""
    from eqsolve.params.words import words_of

    key, equals, value = incomplete.partition("=")
    words = words_of(_game(context))
    if equals:
        before = f"{key}={value.rpartition(',')[0]}," if "," in value else f"{key}="
        return [f"{before}{word}" for word in words.get(key, ())]
    return [f"{each}=" for each in [*numbers(context, ""), *words] if each.startswith(key)]


def numbers(context: typer.Context, incomplete: str) -> list[str]:
    """The keys that hold numbers."""
    from eqsolve.sweeps.keys import numeric_keys

    return [key for key in numeric_keys(_game(context)) if key.startswith(incomplete)]


def ranges(context: typer.Context, incomplete: str) -> list[str]:
    """KEY= of a parameter that holds a number."""
    return [f"{key}=" for key in numbers(context, incomplete)]


def presets(incomplete: str) -> list[str]:
    """The games that come with eqsolve."""
    from eqsolve.presets import preset_names

    return [name for name in preset_names() if name.startswith(incomplete)]


def regimes(incomplete: str) -> list[str]:
    """The regimes."""
    from eqsolve.regimes import REGIMES

    return [name for name in REGIMES if name.startswith(incomplete)]


def choices(incomplete: str) -> list[str]:
    """CHOICE= of what can be fixed."""
    from eqsolve.regimes import CHOICES

    return [f"{name}=" for name in CHOICES if name.startswith(incomplete)]


def policies(incomplete: str) -> list[str]:
    """NAME= of what a regulator can set."""
    from eqsolve.params.policy import Rules

    return [f"{name}=" for name in Rules().values(1.0) if name.startswith(incomplete)]


def quantities(context: typer.Context, incomplete: str) -> list[str]:
    """The quantities of a result; the last of a list that commas part."""
    from eqsolve.comparison.quantities import names_of

    before = incomplete.rpartition(",")[0]
    start = f"{before}," if before else ""
    return [f"{start}{name}" for name in names_of(_game(context)) if f"{start}{name}".startswith(incomplete)]


def _game(context: typer.Context) -> Params:
    """The game that the line names so far, or the preset paper."""
    from eqsolve.params import Params

    named = context.params.get("params") or context.params.get("file")
    files = named if isinstance(named, list | tuple) else [named]
    try:
        return Params.from_file(Path(files[0])) if files and files[0] else Params()
    except Exception:
        return Params()  # a line that is being typed may name anything
