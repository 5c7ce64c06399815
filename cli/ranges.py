"""Ranges of parameters on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eqsolve.errors import Problem
    from eqsolve.sweeps.axes import Range


def read_ranges(*texts: str) -> list[Range]:
    """The ranges that `KEY=LOW:HIGH[:log]` texts say; raises InputError with everything that is wrong."""
    from eqsolve.errors import InputError
    from eqsolve.sweeps.axes import Range, parse_axis

    found: list[Range] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            axis = parse_axis(text)
        except InputError as error:
            problems += error.problems
            continue
        if isinstance(axis, Range):
            found.append(axis)
        else:
            problems += InputError(f'"{text}" is not a range: expected KEY=LOW:HIGH[:log]').problems
    if problems:
        raise InputError(*problems)
    return found
