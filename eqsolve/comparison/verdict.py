"""Who gains and who loses, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eqsolve.results import Equilibrium
from eqsolve.values import ByValue

INDIFFERENT = 1e-9
"""A change below this share of the payoff scale is none: equilibrium values are no better than that."""


@dataclass(frozen=True, eq=False)
class Stake(ByValue):
    """What somebody has at stake: payoff under the reference and under the alternative.

    Attributes:
        who: "platform", a segment as "segment high", "users" or "society".
        before, after: the payoff: profit, CS_j per user of the segment, CS, welfare.
        indifferent: changes up to this count as none.
    """

    who: str
    before: float
    after: float
    indifferent: float

    @property
    def change(self) -> float:
        """The gain; negative for a loss."""
        return self.after - self.before

    @property
    def relative(self) -> float:
        """The gain as a share of the payoff under the reference; nan where that is 0."""
        return self.change / abs(self.before) if self.before else math.nan

    @property
    def outcome(self) -> str:
        """ "gains", "loses" or "unchanged"; "unknown" where the game was not solved."""
        if math.isnan(self.change):
            return "unknown"
        if abs(self.change) <= self.indifferent:
            return "unchanged"
        return "gains" if self.change > 0 else "loses"

    def __str__(self) -> str:
        if self.outcome in ("unknown", "unchanged"):
            return f"{self.who} {self.outcome}"
        verb = self.outcome.removesuffix("s") if self.who == "users" else self.outcome
        percent = "" if math.isnan(self.relative) else f" ({self.relative:+.1%})"
        return f"{self.who} {verb} {abs(self.change):.4g}{percent}"


@dataclass(frozen=True, eq=False)
class Verdict(ByValue):
    """Who gains and who loses from `reference` to `name`.

    Attributes:
        name, reference: what is compared.
        stakes: of the platform, of each segment that both have, of all users, of society.
    """

    name: str
    reference: str
    stakes: tuple[Stake, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.stakes))


def judge(name: str, after: Equilibrium, reference: str, before: Equilibrium) -> Verdict:
    """Say who gains and who loses from `before` to `after`."""
    indifferent = INDIFFERENT * max(each.certificate.payoff_scale for each in (before, after))
    earlier = {segment.name: segment.user_surplus for segment in before.segments}
    pairs = [
        ("platform", before.profit, after.profit),
        *(
            (f"segment {s.name}", earlier[s.name], s.user_surplus)
            for s in after.segments
            if s.name in earlier
        ),
        ("users", before.user_surplus, after.user_surplus),
        ("society", before.welfare, after.welfare),
    ]
    return Verdict(name, reference, tuple(Stake(*pair, indifferent) for pair in pairs))


def cause(before: Equilibrium, after: Equilibrium, fixed: Equilibrium | None) -> str:
    """Say by what users gain or lose: by the initial model, or by what changes at its quality.

    Args:
        before, after: two results of one game.
        fixed: the second one at the quality of the first; None where there is none.
    """
    if fixed is None:
        return ""
    indifferent = INDIFFERENT * max(each.certificate.payoff_scale for each in (before, after))
    stake = Stake("users", before.user_surplus, fixed.user_surplus, indifferent)
    whole = Stake("users", before.user_surplus, after.user_surplus, indifferent)
    told = f"at the initial quality {before.quality:.4g}, {stake}"
    model = "worse" if after.quality < before.quality else "better"
    if whole.outcome not in ("gains", "loses") or stake.outcome == "unknown":
        return told
    verb = whole.outcome.removesuffix("s")
    if stake.outcome != whole.outcome:
        return f"{told}: users {verb} by the {model} initial model, not by the outputs"
    share = stake.change / whole.change
    if share >= 1.0:
        return f"{told}: users {verb} by fine-tuning itself, in spite of the {model} initial model"
    return f"{told}: users {verb} by fine-tuning itself ({share:.0%}) and by the {model} initial model"
