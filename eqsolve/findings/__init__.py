"""The findings of the abstract, tested on a design over a domain of games (docs/model.md, Findings)."""

from eqsolve.findings.checker import check_findings
from eqsolve.findings.domain import DOMAINS, Domain, default_domain, read_domain
from eqsolve.findings.engagement import participation_at
from eqsolve.findings.result import Finding, Findings, PartResult
from eqsolve.findings.statement import Part, Statement
from eqsolve.findings.statements import OF_POLICY, STATEMENTS

__all__ = [
    "DOMAINS",
    "OF_POLICY",
    "STATEMENTS",
    "Domain",
    "Finding",
    "Findings",
    "Part",
    "PartResult",
    "Statement",
    "check_findings",
    "default_domain",
    "participation_at",
    "read_domain",
]
