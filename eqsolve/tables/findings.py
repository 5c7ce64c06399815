"""The table of findings: a row for every part of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.tables.cells import Value
from eqsolve.tables.record import Column, Table

if TYPE_CHECKING:
    from eqsolve.findings import Findings, PartResult
    from eqsolve.findings.adoption import AdoptionSet

MARKS = {"holds": "✓", "fails": "✗", "mixed": "✗", "vacuous": "–", "absent": "–"}
COLUMNS = (
    Column("statement", "word"), Column("verdict", "word"), Column("certified"), Column("premise", "count"),
    Column("shown", "count"), Column("against", "count"), Column("margin", "margin"),
)  # fmt: skip


def findings_tables(found: Findings, title: str = "Findings") -> list[Table]:
    """The statements with their parts below them; witnesses and the worst counterexamples as notes."""
    rows: list[tuple[Value, ...]] = []
    for finding in found.findings:
        number, verdict = finding.statement.number, finding.verdict
        rows.append((f"{number} {finding.statement.title}", f"{MARKS[verdict]} {verdict}"))
        rows += [_row(part) for part in finding.parts]
    return [Table("findings", title, COLUMNS, tuple(rows), tuple(_notes(found)), group=6)]


def _row(result: PartResult) -> tuple[Value, ...]:
    return (
        f"   {result.part.name}",
        f"  {result.verdict}",
        f"{result.certified}/{result.games}",
        result.premise,
        result.shown,
        None if result.kind == "existence" else len(result.counterexamples),
        _margin(result),
    )


def _margin(result: PartResult) -> Value:
    """The extreme margin; 0 where it is no more than the numerical error."""
    if result.extreme is None:
        return None
    return 0 if result.part.error >= abs(result.extreme) else result.extreme


def _notes(found: Findings) -> list[str]:
    notes = []
    for name, _, result, case in found.cases():
        number = name.partition("-")[0]
        if "witness" in name:
            notes.append(f"{number} {result.part.name}: {_told(case.facts)}")
        elif name.endswith("-0001"):
            more = len(result.counterexamples) - 1
            others = f" (and {more} more)" if more else ""
            notes.append(f"{number} AGAINST {result.part.name}: {_told(case.facts)}{others}")
    notes += [
        f"{each.statement.number} {part.part.name}, vacuous: {part.note}"
        for each in found.findings
        for part in each.parts
        if part.note
    ]
    notes += [
        f"{each.statement.number} {each.statement.remark}" for each in found.findings if each.statement.remark
    ]
    return [*notes, *map(_adopted, found.adoption)]


def _adopted(found: AdoptionSet) -> str:
    """Where fine-tuning is adopted, in words."""
    ends = " and ".join(f"[{low:.6g}, {high:.6g}]" for low, high in found.intervals) or "nowhere"
    doubt = "" if found.certified else " (not certified)"
    return f"3 adopted over {found.key} in [{found.low:g}, {found.high:g}]: {ends}{doubt}"


def _told(facts: object) -> str:
    """The numbers that make a case, short: those that differ between two regimes, side by side."""
    if not isinstance(facts, dict):
        return ""
    pairs = [facts[key] for key in ("none", "forced", "endogenous") if key in facts]
    if len(pairs) == 2:
        before, after = pairs
        words = {"quality": "q*", "participation": "N", "profit": "profit", "user_surplus": "CS"}
        told = [f"{word} {before[key]:.4f} → {after[key]:.4f}" for key, word in words.items()]
        return ", ".join([*told, f"ρ {after['feedback_quality']:.3f}, {after['direction']}"])
    return "; ".join(
        f"{name}: " + ", ".join(f"{key} {_short(value)}" for key, value in values.items())
        for name, values in facts.items()
        if name != "line"
    )


def _short(value: object) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
