"""Data frames, where pandas is installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eqsolve.errors import InputError

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray


def frame_of(columns: Mapping[str, NDArray[Any]]) -> pandas.DataFrame:
    """Return columns as a data frame that shares no memory with them.

    Raises:
        InputError: if pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise InputError("pandas is not installed: pip install pandas") from None
    return pandas.DataFrame({name: column.copy() for name, column in columns.items()})
