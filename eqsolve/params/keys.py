"""Keys as a user writes them: `users.segments.high.share`, `model.outputs.components[0].sd`."""

import json
import re
from typing import Any

NAME = r"^[A-Za-z0-9_-]+$"
"""What can be a step of a dotted key without quotes, and so the name of a segment."""

_STEP = re.compile(r'"(?:[^"\\]|\\.)*"|[^.\[\]"]+')


def split(key: str) -> list[str]:
    """The steps of a key: `a.b[0]."c d"` is a, b, 0, c d."""
    return [_unquote(step) if step.startswith('"') else step.strip() for step in _STEP.findall(key)]


def join(key: str, step: str | int, table: object) -> str:
    """The key one step into `table`: list items go by a name that no other item has, or else by index."""
    if isinstance(step, int):
        labels = names(table)
        label = labels[step] if step < len(labels) else str(step)
        if label == str(step) or labels.count(label) > 1 or not re.fullmatch(NAME, label):
            return f"{key}[{step}]"
        step = label
    step = step if re.fullmatch(NAME, step) else json.dumps(step)
    return f"{key}.{step}" if key else step


def child(table: object, step: str | int) -> Any:
    """What a table, list or record holds at a step; None if nothing."""
    try:
        return table[step]  # type: ignore[index]
    except (LookupError, TypeError):
        return getattr(table, str(step), None)


def names(table: object) -> list[str]:
    """The steps into a table or list: its keys, or the names of its items (the index where there is none)."""
    if isinstance(table, dict):
        return list(table)
    items = table if isinstance(table, list | tuple) else ()
    labels = [child(item, "name") for item in items]
    return [label if isinstance(label, str) else str(index) for index, label in enumerate(labels)]


def find(table: object, step: str) -> Any:
    """The step as `table` counts it: list items are found by name, or else by index; None if absent."""
    labels = names(table)
    if step in labels:
        return step if isinstance(table, dict) else labels.index(step)
    return int(step) if isinstance(table, list) and step.isdecimal() and int(step) < len(labels) else None


def resolve(data: object, key: str) -> list[str | int]:
    """The steps from `data` towards a key, as far as they exist."""
    path: list[str | int] = []
    for name in split(key):
        step = find(data, name)
        if step is None:
            break
        path.append(step)
        data = child(data, step)
    return path


def _unquote(step: str) -> str:
    try:
        return str(json.loads(step))
    except ValueError:
        return step
