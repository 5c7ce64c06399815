"""The tables of a comparison and of checks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from eqsolve.tables.cells import Value, written
from eqsolve.tables.record import Column, Table

if TYPE_CHECKING:
    from eqsolve.comparison import Check, Comparison, Difference
    from eqsolve.decomposition.record import Breakdown, Decomposition

BAD, GOOD = "✗", "✓"
QUANTITY = Column("quantity", "name", "")


def comparison_tables(
    comparison: Comparison,
    decompositions: Mapping[str, Decomposition] | None = None,
    title: str = "Comparison",
) -> list[Table]:
    """The values by column, the verdict, changes from the first column, and why users gain or lose."""
    tables = [_values(comparison), _verdict(comparison, title), _changes(comparison)]
    return tables + [_why(*each) for each in (decompositions or {}).items()]


def decomposition_tables(found: Decomposition) -> list[Table]:
    """Why users gain or lose from one result to the other."""
    return [_why(f"{found.before.regime} to {found.after.regime}", found)]


def in_reading_order(tables: Sequence[Table]) -> list[Table]:
    """The verdict first, for people."""
    return sorted(tables, key=lambda table: table.name != "verdict")


def check_tables(checks: Sequence[Check]) -> list[Table]:
    """A table for each check, what differs first."""
    agreeing = [check for check in checks if check.agrees and not check.uncertified]
    tables = [_check(check) for check in checks if check not in agreeing]
    return tables + ([_agreement(agreeing)] if agreeing else [])


def _values(comparison: Comparison) -> Table:
    status = ("status", *(str(each.certificate.status) for each in comparison.equilibria))
    notes = {
        f"{name}: {each.certificate.message}": None
        for name, each in zip(comparison.names, comparison.equilibria, strict=True)
        if not each.certificate.status.certified
    }
    columns = (QUANTITY, *(Column(name) for name in comparison.names))
    rows = [(name, *values) for name, values in comparison.values.items()]
    return Table("values", "Values", columns, (*rows, status), tuple(notes))


def _changes(comparison: Comparison) -> Table:
    reference, *others = comparison.names
    rows: list[tuple[Value, ...]] = []
    for name, values in comparison.values.items():
        if any(isinstance(value, str) for value in values):
            continue
        pairs = zip(comparison.difference(name)[1:], comparison.relative(name)[1:], strict=True)
        rows.append((name, *(cell for pair in pairs for cell in _change(*pair))))
    columns = [
        column
        for name in others
        for column in (Column(name, "signed"), Column(f"{name}.percent", "percent", "%"))
    ]
    return Table("changes", f"Change from {reference}", (QUANTITY, *columns), tuple(rows), group=2)


def _change(difference: float, relative: float) -> tuple[Value, Value]:
    """The change, and its share where that says something."""
    says = not math.isnan(relative) and written(difference, "signed") != "0"
    return difference, relative if says else ""


def _verdict(comparison: Comparison, title: str) -> Table:
    rows = []
    for verdict, words in zip(comparison.verdicts, comparison.causes, strict=True):
        rows += [(verdict.name, str(verdict)), *([("", words)] if words else [])]
    short = [
        f"{name} {written(missing)} ({missing / abs(missing + each.welfare):.1%})"
        for name, each, missing in zip(
            comparison.names, comparison.equilibria, comparison.shortfall, strict=True
        )
        if not each.rules.welfare and not math.isnan(missing)
    ]
    if short:
        rows.append(("welfare", f"short of the planner's: {', '.join(short)}"))
    certified = f"{GOOD} certified" if comparison.certified else f"{BAD} NOT CERTIFIED"
    columns = Column("result", "word", ""), Column("verdict", "word", "")
    return Table("verdict", f"{title}, against {comparison.names[0]}: {certified}", columns, tuple(rows))


def _why(title: str, found: Decomposition) -> Table:
    """The terms by segment; outputs that move serve some tastes and not others, so that term is split."""
    from eqsolve.decomposition.words import verdicts

    title, words = f"Why users gain or lose, {title}", tuple(verdicts(found))
    parts: tuple[Breakdown, ...] = (*found.segments, found.total)
    if not any(value for part in parts for value in vars(part.terms).values()):
        return Table("why", title, notes=words)
    rows: list[tuple[Value, ...]] = []
    for factor in found.factors:
        rows.append((factor.replace("_", " "), *(getattr(part.terms, factor) for part in parts)))
        if factor == "outputs_moved":
            rows.append(("· popular tastes", *(part.popular.outputs_moved for part in parts)))
            rows.append(("· niche tastes", *(part.niche.outputs_moved for part in parts)))
    rows.append(("change in surplus", *(part.change for part in parts)))
    columns = Column("factor", "word", ""), *(Column(part.name, "signed") for part in parts)
    return Table("why", title, columns, tuple(rows), words)


def _check(check: Check) -> Table:
    from eqsolve.comparison.regression import SHOWN

    whole = [each for each in check.differences if not each.quantity]
    parts = [each for each in check.differences if each.quantity]
    shown, rest = parts[:SHOWN], parts[SHOWN:]
    notes = [f"and {len(rest)} more" for _ in rest[:1]]
    notes += [str(each) for each in whole[:SHOWN]]
    notes += [f"and {len(whole) - SHOWN} more of these" for _ in whole[SHOWN : SHOWN + 1]]
    if check.uncertified and not check.agrees:
        notes.append(f"NOT CERTIFIED: {', '.join(check.uncertified)}")
    notes += [*check.refused, *(f"note: {note}" for note in check.notes)]
    columns = (
        Column("value", "word", ""), Column("expected", "exact"), Column("actual", "exact"),
        Column("difference", "change"), Column("tolerance", "tiny"),
    ) if shown else ()  # fmt: skip
    rows = tuple(_difference(each) for each in shown)
    return Table(check.name, f"{BAD} {check.headline}", columns, rows, tuple(notes))


def _difference(each: Difference) -> tuple[Value, ...]:
    kind = "" if each.kind == "value" else f" is {each.kind}"
    sizes = ("" if math.isnan(size) else size for size in (each.difference, each.tolerance))
    return (f"{each.where}: {each.quantity}{kind}", each.expected, each.actual, *sizes)


def _agreement(checks: Sequence[Check]) -> Table:
    if len(checks) == 1:
        notes = tuple(f"note: {note}" for note in checks[0].notes)
        return Table("agreement", f"{GOOD} {checks[0].headline}", notes=notes)
    about: dict[str, list[str]] = {}
    for check in checks:
        for note in check.notes:
            about.setdefault(note, []).append(check.name)
    notes = tuple(f"note: {note} ({', '.join(names)})" for note, names in about.items())
    columns = Column("game", "word", ""), Column("values", "count")
    rows = tuple((check.name, check.compared) for check in checks)
    return Table("agreement", f"{GOOD} {len(checks)} games agree", columns, rows, notes)
