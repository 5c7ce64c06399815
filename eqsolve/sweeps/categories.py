"""Keys of words on the axes of figures: their places as numbers, and their words as ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

LEAN = 30.0
"""Degrees by which words lean."""

LETTER, INCH = 0.6, 72.0
"""The width of a letter as a share of its size, and points to an inch."""

ROOM = 0.8
"""What a color scale beside it leaves of the width of a panel."""


def coded(
    columns: Mapping[str, NDArray[Any]], keys: Sequence[str]
) -> tuple[dict[str, NDArray[Any]], dict[str, list[str]]]:
    """Return the columns with numbers in place of the words of keys, and the words as they first appear."""
    spoken = {key: list(dict.fromkeys(columns[key].tolist())) for key in keys if columns[key].dtype == object}
    places = {
        key: np.array([words.index(word) for word in columns[key]], dtype=float)
        for key, words in spoken.items()
    }
    return {**columns, **places}, spoken


def say(axes: Axes, words: Mapping[str, Sequence[str]], x: str, y: str | None = None) -> None:
    """Put words as ticks on the axes that are keys of words; those below lean where they have no room."""
    for key, axis in ((x, axes.xaxis), (y or "", axes.yaxis)):
        if key not in words:
            continue
        shown = [word.replace("(", "\n(") for word in words[key]]
        axis.set_ticks(range(len(shown)), shown)
        if axis is axes.xaxis and _crowded(axes, shown):
            for tick in axis.get_ticklabels():
                tick.set(rotation=LEAN, rotation_mode="anchor", ha="right", va="top")


def _crowded(axes: Axes, shown: Sequence[str]) -> bool:
    """Whether words side by side would touch."""
    longest = max(len(line) for word in shown for line in word.split("\n"))
    needed = longest * LETTER * float(axes.xaxis.get_ticklabels()[0].get_fontsize()) / INCH
    figure: Any = axes.get_figure()
    return bool(needed * len(shown) > ROOM * axes.get_position().width * figure.get_figwidth())
