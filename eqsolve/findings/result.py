"""What testing the statements found: verdicts, counts, witnesses and counterexamples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from eqsolve._version import __version__
from eqsolve.findings.adoption import AdoptionSet
from eqsolve.findings.domain import Domain, default_domain
from eqsolve.findings.evidence import Case
from eqsolve.findings.statement import Part, Statement
from eqsolve.findings.statements import STATEMENTS
from eqsolve.provenance import Provenance, provenance
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCHEMA = "eqsolve/findings/2"
"""Name and version of the JSON layout."""

Verdict = Literal["holds", "fails", "mixed", "vacuous", "absent"]


@dataclass(frozen=True, eq=False)
class PartResult(ByValue):
    """What became of one claim.

    Attributes:
        part: the claim.
        kind: "existence" or "universal".
        games, certified, premise: games (lines, for statement 3) drawn; those certified, which alone count;
            and those of them that meet the premise.
        shown: how many of these show the claim by more than the numerical error.
        ties: universal claims: how many hold or fail by less than the numerical error, which does not count.
        dismissed: universal claims: violations that were none when solved again.
        extreme: the largest margin of an existence claim; the smallest, or worst violation, of a universal
            one; None where nothing was tested.
        witness: a confirmed game that shows an existence claim.
        counterexamples: all confirmed games that violate a universal claim, the worst first.
        note: why nothing was tested.
    """

    part: Part
    kind: str
    games: int = 0
    certified: int = 0
    premise: int = 0
    shown: int = 0
    ties: int = 0
    dismissed: int = 0
    extreme: float | None = None
    witness: Case | None = None
    counterexamples: tuple[Case, ...] = ()
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the claim holds, fails, or is vacuous because no game could test it.

        What is reported beside a statement is absent where no game shows it.
        """
        if self.premise == 0:
            return "vacuous"
        refuted = self.witness is None if self.kind == "existence" else bool(self.counterexamples)
        return ("absent" if self.part.beside else "fails") if refuted else "holds"


def verdict_of(parts: Sequence[PartResult]) -> Verdict:
    """Holds or fails as the parts do; mixed if some hold and some fail.

    A part that could not be tested leaves an existence statement vacuous, unless another part fails; a
    universal statement is vacuous if no part could be tested.
    """
    parts = [part for part in parts if not part.part.beside] or parts
    verdicts = {part.verdict for part in parts}
    if "fails" in verdicts:
        return "mixed" if "holds" in verdicts else "fails"
    untested = "vacuous" in verdicts and parts[0].kind == "existence"
    return "vacuous" if untested or "holds" not in verdicts else "holds"


@dataclass(frozen=True, eq=False)
class Finding(ByValue):
    """A statement and what became of each of its parts."""

    statement: Statement
    parts: tuple[PartResult, ...]
    verdict: Verdict


@dataclass(frozen=True, eq=False, repr=False)
class Findings(ByValue):
    """The statements tested over a domain.

    Attributes:
        domain, points, seed: the design.
        findings: one for each statement.
        adoption: where the game at the center adopts fine-tuning.
        version: of eqsolve.
    """

    domain: Domain
    points: int
    seed: int
    findings: tuple[Finding, ...]
    adoption: tuple[AdoptionSet, ...] = ()
    version: str = field(default=__version__)

    def __repr__(self) -> str:
        told = ", ".join(f"{each.statement.number} {each.verdict}" for each in self.findings)
        return f"<Findings over {self.points:,} games: {told}>"

    @property
    def refuted(self) -> tuple[Finding, ...]:
        """The findings of which a part fails."""
        return tuple(each for each in self.findings if each.verdict in ("fails", "mixed"))

    def cases(self) -> Iterator[tuple[str, Finding, PartResult, Case]]:
        """Yield witnesses and counterexamples by name: `2c-witness`, `5a-counterexample-0001`."""
        for finding in self.findings:
            for letter, part in zip("abcdefgh", finding.parts, strict=False):
                label = f"{finding.statement.number}{letter if len(finding.parts) > 1 else ''}"
                if part.witness:
                    yield f"{label}-witness", finding, part, part.witness
                for number, case in enumerate(part.counterexamples, 1):
                    yield f"{label}-counterexample-{number:04d}", finding, part, case

    @property
    def provenance(self) -> Provenance:
        """How they came about; a domain of one's own is a file with the ranges of `domain`."""
        base = self.domain.base
        numbers = [each.statement.number for each in self.findings]
        whole = [each.number for each in STATEMENTS]
        own = self.domain.ranges != default_domain(base).ranges
        return provenance(
            "findings",
            base,
            ("--domain", "domain.json" if own else None),
            ("--points", self.points),
            ("--seed", self.seed),
            ("--only", None if numbers == whole else ",".join(map(str, numbers))),
            version=self.version,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout that its `schema` names (docs/findings.md)."""
        ranges = [
            {"key": each.key, "low": each.low, "high": each.high, "log": each.log}
            for each in self.domain.ranges
        ]
        whole = {
            "schema": SCHEMA,
            "version": self.version,
            "provenance": self.provenance.to_dict(),
            "params": self.domain.base.model_dump(mode="json"),
            "domain": ranges,
            "points": self.points,
            "seed": self.seed,
            "adoption": [each.to_dict() for each in self.adoption],
            "findings": [_finding(each) for each in self.findings],
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())

    def plot(self, ax: Axes | None = None) -> Figure:
        """Draw the margins by which the claims hold or fail, into `ax` if given."""
        from eqsolve.findings.figure import findings_figure

        return findings_figure(self.to_dict(), ax)


def _finding(finding: Finding) -> dict[str, Any]:
    statement = finding.statement
    return {
        "number": statement.number,
        "title": statement.title,
        "kind": statement.kind,
        "claim": statement.claim,
        "premise": statement.premise,
        "remark": statement.remark,
        "verdict": finding.verdict,
        "parts": [_part(each) for each in finding.parts],
    }


def _part(result: PartResult) -> dict[str, Any]:
    part = result.part
    table: dict[str, Any] = {"name": part.name, "verdict": result.verdict}
    if result.note:
        table["note"] = result.note
    table |= {name: getattr(result, name) for name in ("games", "certified", "premise", "shown")}
    table |= {"error": part.error, "unit": part.unit}
    if result.kind == "existence":
        witness = result.witness
        return table | {"largest_margin": result.extreme, "witness": _case(witness) if witness else None}
    return table | {
        "ties": result.ties,
        "dismissed": result.dismissed,
        "smallest_margin": result.extreme,
        "violations": len(result.counterexamples),
        "counterexamples": [_case(each) for each in result.counterexamples],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "margin": case.margin,
        "regimes": case.regimes,
        "facts": case.facts,
        "games": {name: game.model_dump(mode="json") for name, game in case.games.items()},
    }
