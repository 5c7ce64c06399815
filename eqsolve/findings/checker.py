"""Tests statements on a design over a domain: confirmed witnesses, every confirmed counterexample."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from eqsolve import arguments as read
from eqsolve.findings.adoption import AdoptionSet, adoption_set
from eqsolve.findings.domain import Domain, default_domain
from eqsolve.findings.evidence import COST_KEY, MISFIT_KEY, Case, Evidence
from eqsolve.findings.result import Finding, Findings, PartResult, verdict_of
from eqsolve.findings.statement import Part, Statement
from eqsolve.findings.statements import choose
from eqsolve.findings.work import Work
from eqsolve.params import Params
from eqsolve.spans import default_span

POINTS = 256
"""Games that are drawn unless said otherwise: a first answer in less than a minute or two."""

TRIES = 5
"""Candidates for a witness that are solved again before a claim counts as not shown."""


def _domain(value: object) -> object:
    if isinstance(value, Domain):
        return value
    raise read.Unfit("a domain: default_domain(game) or read_domain(file, game)")


def _folder(value: object) -> Path:
    if isinstance(value, str | os.PathLike) and Path(value).is_dir():
        return Path(value)
    raise read.Unfit("a folder that exists")


@read.arguments(
    game=read.game,
    domain=read.optional(_domain),
    points=read.whole,
    seed=read.whole,
    only=read.optional(read.several(read.whole)),
    jobs=read.whole,
    report=read.optional(read.function),
    keep=read.optional(_folder),
)
def check_findings(
    game: Params,
    *,
    domain: Domain | None = None,
    points: int = POINTS,
    seed: int = 0,
    only: Iterable[int] | None = None,
    statements: Sequence[Statement] | None = None,
    jobs: int = 1,
    report: Callable[..., None] | None = None,
    keep: str | os.PathLike[str] | None = None,
) -> Findings:
    """Test statements on a Sobol design over a domain of games (docs/model.md, Findings).

    Args:
        game: the game around which the domain lies.
        domain: what varies; `default_domain(game)` if None.
        points: games to draw; a power of two is balanced. Statement 3 gets a line of games, over eight
            transaction costs, for every 64 of them.
        seed: of the design.
        only: numbers of the statements to test; 1 to 7 if None.
        statements: other statements to test, instead.
        jobs: processes on this machine, as for `sweep`.
        report: called as report(done, total, note) while solving.
        keep: a folder in which what is solved is kept, and found again: a run that is cut off goes on from
            there, and one with more points from those of another. Nothing is kept if None.

    Returns:
        Verdicts with counts, confirmed witnesses, and every confirmed counterexample.

    Raises:
        InputError: unknown statement, points < 1, a range that the game does not allow.

    Warns:
        UserWarning: if the number of points is no power of two.
    """
    tested = tuple(statements) if statements is not None else choose(only)
    domain = domain or default_domain(game)
    work = Work(domain, points, seed, jobs, report, Path(keep) if keep else None)
    work.plan({part.evidence for statement in tested for part in statement.parts})
    found = [_judge(statement, work) for statement in tested]
    adoption = _adoption(domain) if statements is None and any(each.number == 3 for each in tested) else ()
    return Findings(domain, points, seed, tuple(found), adoption)


def _adoption(domain: Domain) -> tuple[AdoptionSet, ...]:
    """Where the game at the center adopts fine-tuning, over transaction costs and over misfit costs."""
    sets = []
    for key in (COST_KEY, MISFIT_KEY):
        over = domain.range_of(key)
        low, high = (over.low, over.high) if over else default_span(domain.base, key)
        sets.append(adoption_set(domain.base, key, low, high))
    return tuple(sets)


def _judge(statement: Statement, work: Work) -> Finding:
    parts = tuple(_test(part, statement, work) for part in statement.parts)
    return Finding(statement, parts, verdict_of(parts))


def _test(part: Part, statement: Statement, work: Work) -> PartResult:
    kind = statement.kind
    evidence = work.evidence(part.evidence)
    if evidence is None:
        return PartResult(part, kind, note=f"the domain has no range for {COST_KEY}; {_where(part)}")
    premise, margin = part.check(evidence)
    counted = evidence.certified & premise & np.isfinite(margin)
    result = PartResult(
        part,
        kind,
        games=evidence.certified.size,
        certified=int(evidence.certified.sum()),
        premise=int(counted.sum()),
        shown=int((counted & (margin > part.error)).sum()),
        ties=int((counted & (np.abs(margin) <= part.error)).sum()),
    )
    if not counted.any():
        return replace(result, note=_unmet(part, statement, result.certified))
    if kind == "existence":
        best = _sorted(counted & (margin > part.error), -margin)
        witness = next(iter(_confirmed(part, evidence, [[row] for row in best[:TRIES]], 1, work)), None)
        return replace(result, extreme=float(margin[counted].max()), witness=witness)
    against = _sorted(counted & (margin < -part.error), margin)
    cases = tuple(_confirmed(part, evidence, [against] if against else [], -1, work))
    rest = np.delete(margin, against)[np.delete(counted, against)]
    extreme = min([*(case.margin for case in cases), *rest], default=None)
    return replace(
        result,
        extreme=None if extreme is None else float(extreme),
        counterexamples=cases,
        dismissed=len(against) - len(cases),
    )


def _unmet(part: Part, statement: Statement, certified: int) -> str:
    """Why nothing was tested, and where it would be."""
    premise = part.premise or statement.premise
    return f"none of {certified} certified games met the premise ({premise}); {_where(part)}"


def _where(part: Part) -> str:
    """A domain in which games meet the premise of a part, in words."""
    if not part.met_in:
        return "games of the default domain around the preset paper do"
    ranges = ", ".join(f"{each.key} in [{each.low:g}, {each.high:g}]" for each in part.met_in)
    return f"games around the preset paper with {ranges} do"


def _sorted(flags: np.ndarray, key: np.ndarray) -> list[int]:
    """The rows that are flagged, by key."""
    rows = np.flatnonzero(flags)
    return [int(row) for row in rows[np.argsort(key[rows], kind="stable")]]


def _confirmed(
    part: Part, evidence: Evidence, groups: Iterable[list[int]], sign: int, work: Work
) -> list[Case]:
    """Cases that stand when their rows are solved again, of the first group in which one does.

    Margins times `sign` above the error make a case; the clearest comes first.
    """
    for rows in groups:
        again = evidence.again(rows, work.solver.quietly())
        premise, margin = part.check(again)
        kept = _sorted(again.certified & premise & (sign * margin > part.error), -sign * margin)
        if kept:
            return [again.case(row, float(margin[row]), part.regimes) for row in kept]
    return []
