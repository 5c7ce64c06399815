"""What `eqsolve findings` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .sheets import BAD, GOOD, Sheet, print_sheets

if TYPE_CHECKING:
    from eqsolve.findings import Finding, Findings, PartResult

MARKS = {"holds": GOOD, "fails": BAD, "mixed": BAD, "vacuous": "–"}


def domain_name(domain: Path | None) -> str:
    """What to call the domain in the report."""
    return domain.name if domain else "the default domain"


def print_findings(found: Findings, game: str, domain: str) -> None:
    """Print the table of verdicts, and the witnesses and worst counterexamples below it."""
    title = f"Findings around {game}: {found.points} games from {domain}, seed {found.seed}"
    headings = ("statement", "verdict", "certified", "premise", "shown", "against", "margin")
    rows = [row for finding in found.findings for row in _rows(finding)]
    print_sheets([Sheet(title, headings, "llrrrrr", rows, _notes(found), group=6)])


def _rows(finding: Finding) -> list[tuple[str, ...]]:
    statement = finding.statement
    head = (f"{statement.number} {statement.title}", f"{MARKS[finding.verdict]} {finding.verdict}")
    return [(*head, "", "", "", "", ""), *(_row(part) for part in finding.parts)]


def _row(result: PartResult) -> tuple[str, ...]:
    existence = result.kind == "existence"
    return (
        f"   {result.part.name}",
        f"  {result.verdict}",
        f"{result.certified}/{result.games}",
        str(result.premise),
        str(result.shown),
        "–" if existence else str(len(result.counterexamples)),
        _margin(result),
    )


def _margin(result: PartResult) -> str:
    if result.extreme is None:
        return "–"
    tie = result.part.error >= abs(result.extreme)
    return "0" if tie else f"{result.extreme:+.1e}"


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
    return notes


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
        f"{name}: " + ", ".join(f"{key} {value:.6g}" for key, value in values.items())
        for name, values in facts.items()
        if name != "line"
    )
