"""The statements of docs/model.md, Findings: a module for each subject, and the list of all."""

from __future__ import annotations

from collections.abc import Iterable

from eqsolve.errors import InputError, Problem
from eqsolve.findings.statement import Statement
from eqsolve.findings.statements.engagement import ENGAGEMENT
from eqsolve.findings.statements.outcomes import DIRECTION, HARM, HARM_DESPITE
from eqsolve.findings.statements.training import PLANNER_TRAINS, UNDER_TRAINING, WHEN_IT_PAYS

STATEMENTS = (DIRECTION, HARM, WHEN_IT_PAYS, UNDER_TRAINING, ENGAGEMENT, HARM_DESPITE, PLANNER_TRAINS)
"""The statements, in the order of docs/model.md."""


def choose(only: Iterable[int] | None) -> tuple[Statement, ...]:
    """Return the statements with these numbers; all if None.

    Raises:
        InputError: with every number that no statement has.
    """
    if only is None:
        return STATEMENTS
    numbers = list(only)
    known = [statement.number for statement in STATEMENTS]
    wrong = [number for number in numbers if number not in known]
    if wrong or not numbers:
        said = [f"there is no statement {number}" for number in wrong] or ["no statement to test"]
        raise InputError(
            *(Problem(f"{each}: expected numbers from {known[0]} to {known[-1]}") for each in said)
        )
    return tuple(statement for statement in STATEMENTS if statement.number in numbers)
