"""Ranges of parameters on the command line, and domains of several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eqsolve.errors import Problem
    from eqsolve.findings import Domain
    from eqsolve.params import Params
    from eqsolve.sweeps.axes import Range


def named_domain(named: Path, params: Params) -> tuple[Domain, str]:
    """The domain around a game that a name or a file means, and what to call it.

    Raises:
        InputError: neither a name nor a file; everything that is wrong with the file.
    """
    from eqsolve.findings.domain import DOMAINS, read_domain

    if make := DOMAINS.get(str(named)):
        return make(params), f"the {named} domain"
    if not (named.suffix or named.exists()):
        from eqsolve.errors import InputError, nearest

        raise InputError(f"--domain {named}: {nearest(str(named), [*DOMAINS, 'FILE.toml', 'FILE.json'])}")
    return read_domain(named, params), named.name


def read_ranges(*texts: str, whole: bool = False) -> list[Range]:
    """The ranges that `KEY=LOW:HIGH[:log]` texts say; if `whole`, `KEY=a,b,c` for keys of whole numbers, too.

    Raises:
        InputError: everything that is wrong.
    """
    from eqsolve.errors import InputError
    from eqsolve.sweeps.axes import Range, parse_axis
    from eqsolve.sweeps.keys import WHOLE_KEYS

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
        elif whole and axis.key in WHOLE_KEYS and len(set(axis.numbers)) > 1:
            found.append(Range.among(axis.key, axis.numbers))
        else:
            problems += InputError(f'"{text}" is not a range: expected KEY=LOW:HIGH[:log]').problems
    if problems:
        raise InputError(*problems)
    return found
