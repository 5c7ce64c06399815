"""The statements of docs/model.md, Findings: a module for each subject, and the list of all."""

from __future__ import annotations

from collections.abc import Iterable

from eqsolve.errors import InputError, Problem
from eqsolve.findings.statement import Statement
from eqsolve.findings.statements.engagement import ENGAGEMENT
from eqsolve.findings.statements.outcomes import DIRECTION, HARM, HARM_DESPITE
from eqsolve.findings.statements.policies import BAN, FLOOR_AND_SUBSIDY, SMALL_SUBSIDY
from eqsolve.findings.statements.training import PLANNER_TRAINS, UNDER_TRAINING, WHEN_IT_PAYS

STATEMENTS = (DIRECTION, HARM, WHEN_IT_PAYS, UNDER_TRAINING, ENGAGEMENT, HARM_DESPITE, PLANNER_TRAINS)
"""The statements of the abstract, and one more, in the order of docs/model.md."""

OF_POLICY = (FLOOR_AND_SUBSIDY, BAN, SMALL_SUBSIDY)
"""Statements about what a regulator does (docs/policy.md), which are tested where they are asked for."""


def choose(only: Iterable[int] | None) -> tuple[Statement, ...]:
    """Return the statements with these numbers; those of `STATEMENTS` if None.

    Raises:
        InputError: with every number that no statement has.
    """
    if only is None:
        return STATEMENTS
    numbers = list(only)
    every = STATEMENTS + OF_POLICY
    known = [statement.number for statement in every]
    wrong = [number for number in numbers if number not in known]
    if wrong or not numbers:
        said = [f"there is no statement {number}" for number in wrong] or ["no statement to test"]
        raise InputError(
            *(Problem(f"{each}: expected numbers from {known[0]} to {known[-1]}") for each in said)
        )
    return tuple(statement for statement in every if statement.number in numbers)
