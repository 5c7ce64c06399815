"""Statements about games, and their parts: claims with a margin on each game."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from eqsolve.findings.evidence import Flags, Kind
from eqsolve.numerics.quadrature import Array
from eqsolve.sweeps.design import Range
from eqsolve.values import ByValue

Check = Callable[[Any], tuple[Flags, Array]]
"""From evidence to the games that meet the premise, (n,), and the margin by which the claim holds, (n,)."""

MONEY_ERROR = 1e-8
"""Numerical error of payoffs and of participation at given (q, beta): ten times the certificate's bounds."""

CHOICE_ERROR = 1e-6
"""Numerical error of q*, and of CS at q*: profit is flat at its maximum, which blurs where that is."""


@dataclass(frozen=True, eq=False)
class Part(ByValue):
    """One claim of a statement.

    Attributes:
        name: the claim in a few words.
        evidence: the kind of evidence that it is tested on.
        check: tells premise and margin; a margin above `error` shows the claim, one below -`error` violates
            it.
        regimes: the regimes that show it.
        error: numerical error of the margin.
        unit: what the margin is.
        beside: whether it is reported beside the statement, whose verdict it does not touch.
        premise: which games it speaks about, where it is not all that the statement speaks about.
        met_in: what varies in a domain around the preset `paper` in which games meet the premise; the default
            domain if empty.
    """

    name: str
    evidence: Kind
    check: Check
    regimes: tuple[str, ...]
    error: float
    unit: str
    beside: bool = False
    premise: str = ""
    met_in: tuple[Range, ...] = ()


@dataclass(frozen=True, eq=False)
class Statement(ByValue):
    """A statement: that games exist which show each part, or that each part holds in all games.

    Attributes:
        number, title: as in docs/model.md.
        kind: "existence" or "universal".
        claim: the statement in a sentence.
        premise: which games it speaks about.
        parts: what it claims.
        remark: what holds by construction, if anything does.
    """

    number: int
    title: str
    kind: Literal["existence", "universal"]
    claim: str
    premise: str
    parts: tuple[Part, ...]
    remark: str = ""
