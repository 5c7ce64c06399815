"""The tables of policies: every instrument at its best, side by side, and who gains by it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eqsolve.tables.cells import Value
from eqsolve.tables.record import Column, Table

if TYPE_CHECKING:
    from eqsolve.policies.record import Policies, Policy
    from eqsolve.results import Equilibrium

COLUMNS = (
    Column("policy", "word", ""),
    Column("value"),
    Column("welfare"),
    Column("gap_closed", "share", "gap closed"),
    Column("profit_before_transfers", heading="profit"),
    Column("user_surplus", heading="user surplus"),
    Column("budget", "signed"),
    Column("quality"),
    Column("intensity"),
)

CHANGES = (
    Column("policy", "word", ""),
    Column("segment", "word"),
    Column("change", "signed", "surplus per user"),
    Column("gaining", "share", "gain"),
    Column("losing", "share", "lose"),
    Column("losing_tastes", "word", "tastes that lose"),
)


def policies_tables(found: Policies, name: str = "") -> list[Table]:
    """A row for each policy, laissez-faire and the planner; and one for each policy and segment."""
    sides = [_side("laissez-faire", found.laissez_faire)], [_side(found.planner.regime, found.planner)]
    notes = ["profit and user surplus sum to welfare: profit is before transfers"]
    notes += [note for each in found for note in _notes(each)]
    verdict = "✓ {}the best policies" if found.certified else "✗ {}the best policies, not all certified"
    title = verdict.format(f"{name}: " if name else "")
    rows = tuple([*sides[0], *map(_row, found), *sides[1]])
    tables = [Table("policies", title, COLUMNS, rows, tuple(notes))]
    solved = (found.laissez_faire, *(each.equilibrium for each in found))
    if all(math.isfinite(each.quality) for each in solved) and not all(each.idle for each in found):
        tables.append(Table("changes", "Who gains and loses against laissez-faire", CHANGES, _changes(found)))
    return tables


def policy_tables(found: Policy) -> list[Table]:
    """The same for one policy."""
    from eqsolve.policies.record import Policies

    return policies_tables(Policies(found.params, found.selection, (found,), found.version))


def _side(name: str, each: Equilibrium) -> tuple[Value, ...]:
    profit = each.welfare - each.user_surplus
    return name, "", each.welfare, "", profit, each.user_surplus, "", each.quality, each.intensity


def _row(each: Policy) -> tuple[Value, ...]:
    answer = each.equilibrium
    return (
        each.instrument, each.value, each.welfare, each.gap_closed, each.profit_before_transfers,
        answer.user_surplus, each.budget, answer.quality, answer.intensity,
    )  # fmt: skip


def _notes(each: Policy) -> list[str]:
    """What is special about a policy, in words."""
    notes = []
    if each.idle:
        notes.append("the best is to do nothing")
    elif each.bans:
        ban = "a ban" if each.equilibrium.params.policy.finetuning_cap == 0.0 else "a ban in disguise"
        notes.append(f"{ban}, which ends fine-tuning")
    if each.at_limit:
        notes.append(f"more would be better: {each.value:.7f} is the most that is looked at, short of 1")
    if each.certificate.maximum == "jump":
        notes.append("beside a jump, where the platform is all but indifferent")
    if not each.certificate.status.certified:
        notes.append(f"not certified: {each.certificate.status}")
    return [f"{each.instrument}: {note}" for note in notes]


def _changes(found: Policies) -> tuple[tuple[Value, ...], ...]:
    return tuple(
        (
            each.instrument, part.name, part.change, part.gaining, part.losing,
            ", ".join(f"{low:.3f} to {high:.3f}" for low, high in part.losing_tastes) or "none",
        )
        for each in found
        if not each.idle
        for part in each.change.segments
    )  # fmt: skip
