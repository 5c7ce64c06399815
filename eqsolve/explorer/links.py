"""A state outside the page: as a link, as a command, as a params file."""

from __future__ import annotations

import base64
import json
import shlex
import zlib
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from eqsolve.errors import InputError, nearest
from eqsolve.explorer.state import State
from eqsolve.params import Params
from eqsolve.provenance import assignments

LONGEST = 8000
"""Letters of a link that every browser and server takes."""

LARGEST = 2_000_000
"""Bytes of a game that is read from a link."""

NAMES = ("game", "regime", "selection", "pinned-game", "pinned-regime", "pinned-selection")
"""What a link says."""


def link_of(state: State, pinned: State | None = None) -> str:
    """The query of a link to a state and to what is pinned beside it, "" if they do not fit into one."""
    said = _said(state, "") | (_said(pinned, "pinned-") if pinned else {})
    query = f"?{urlencode(said)}"
    return query if len(query) <= LONGEST else ""


def read_link(query: str) -> tuple[State | None, State | None]:
    """The state that the query of a link says, and what is pinned; None each where it says nothing of it.

    Raises:
        InputError: what it says is no state; the message says why.
    """
    said = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True))
    unknown = [name for name in said if name not in NAMES]
    if unknown:
        raise InputError(*(f"the link says {name}: {nearest(name, NAMES)}" for name in unknown))
    return _state(said, ""), _state(said, "pinned-")


def command_of(state: State, base: Params, file: str) -> str:
    """The command that solves a state, from the game of a file.

    A game that is too far from it for a line, such as one with a long list of numbers, is read from the file
    that "Save as TOML" writes.
    """
    changes = assignments(base, state.params)
    words = ["eqsolve", "solve", *([file] if file and changes is not None else [])]
    if changes is None:
        words.append(SAVED)
    for each in changes or ():
        words += ["--set", each]
    words += ["--regime", state.regime] if state.regime != State.regime else []
    words += ["--selection", state.selection] if state.selection != State.selection else []
    return shlex.join(words)


SAVED = "game.toml"
"""What the file is called that a state is saved in."""


def toml_of(state: State) -> str:
    """The params file of a state's game; a comment says how it is played."""
    import tomli_w

    options = f" --regime {state.regime}" * (state.regime != State.regime)
    options += f" --selection {state.selection}" * (state.selection != State.selection)
    return f"# eqsolve solve {SAVED}{options}\n\n{tomli_w.dumps(state.params.model_dump(mode='json'))}"


def _said(state: State, prefix: str) -> dict[str, str]:
    data = json.dumps(state.params.model_dump(mode="json"), separators=(",", ":"))
    game = base64.urlsafe_b64encode(zlib.compress(data.encode(), 9)).decode().rstrip("=")
    return {
        f"{prefix}game": game,
        f"{prefix}regime": state.regime,
        f"{prefix}selection": state.selection,
    }


def _state(said: Mapping[str, str], prefix: str) -> State | None:
    given = {name: said[f"{prefix}{name}"] for name in ("regime", "selection") if f"{prefix}{name}" in said}
    if f"{prefix}game" not in said:
        return State(Params(), **cast(Any, given)) if given else None
    return State(Params.model_validate(_unpacked(said[f"{prefix}game"])), **cast(Any, given))


def _unpacked(text: str) -> Any:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        reader = zlib.decompressobj()
        data = reader.decompress(packed, LARGEST)
        if reader.unconsumed_tail:
            raise ValueError("too large")
        found = json.loads(data)
    except (ValueError, zlib.error, RecursionError) as error:
        raise InputError(f"the link says no game: it is cut, or from elsewhere ({error})") from None
    if not isinstance(found, dict):
        raise InputError("the link says no game: expected the tables of one")
    return found
