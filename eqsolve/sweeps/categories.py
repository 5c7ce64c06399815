"""Keys of words on the axes of figures: their places as numbers, and their words as ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


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
    """Put words as ticks on the axes that are keys of words."""
    for key, axis in ((x, axes.xaxis), (y or "", axes.yaxis)):
        if key in words:
            axis.set_ticks(range(len(words[key])), [word.replace("(", "\n(") for word in words[key]])
