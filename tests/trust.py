"""What the trust suites share: verdicts on claims, failures kept as files, counts for the end of a run.

A suite compares certified claims with payoffs that are known without the solver. The worst that it can find
is a certified choice that is beaten.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from eqsolve.params import Platform

FAILURES = Path(__file__).parent / "failures"
BEATEN = 1e-9  # of the payoff scale: by how much a certified choice may be beaten
UNCERTIFIED = 0.01  # share of a suite's games that may be left uncertified
EXPONENT = "training_exponent" in Platform.model_fields


def exponent(game):
    """The exponent n of the training cost k q^n / n."""
    return game["platform"].get("training_exponent", 2.0)


def training_cost(game, q):
    return game["platform"]["training_cost"] * q ** exponent(game) / exponent(game)


def payoff_scale(game):
    """max(r, k / n): what gains are compared with."""
    return max(game["platform"]["revenue"], training_cost(game, 1.0))


def tuning_cost(game, beta):
    tuning = game["finetuning"]
    return (beta > 0) * (tuning["cost"] + tuning["intensity_cost"] * beta**2 / 2)


def claimed_payoff(found, regime):
    return found.welfare if regime == "planner" else found.profit


@dataclass
class Tally:
    """Counts verdicts of one suite; whatever is neither right nor uncertified is kept as a file and told."""

    suite: str
    counts: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, name, verdict, game, regime, selection="initial", detail=""):
        self.counts[verdict] += 1
        if verdict in ("right", "unresolved"):
            return
        if verdict != "uncertified":
            self.failures.append(f"{name} ({regime}, {selection}): {verdict}: {detail}")
        keep(f"{self.suite}-{name}-{regime}-{selection}", game, f"{verdict}: {detail}")

    @property
    def games(self):
        return sum(self.counts.values())

    def check(self, uncertified=UNCERTIFIED, unresolved=0.0):
        """Assert that no game failed, and that at most some shares of them are uncertified or too sharp."""
        told = "\n".join(self.failures[:20])
        assert not self.failures, f"{len(self.failures)} of {self.games} games:\n{told}"
        assert self.counts["uncertified"] <= uncertified * self.games, dict(self.counts)
        assert self.counts["unresolved"] <= unresolved * self.games, dict(self.counts)


def keep(name, game, why):
    """Keep a game as a params file that says what is wrong."""
    FAILURES.mkdir(exist_ok=True)
    comment = "".join(f"# {line}\n" for line in [name, *why.splitlines()])
    (FAILURES / f"{name}.toml").write_text(comment + tomli_w.dumps(game), encoding="utf-8")


def verdict(found, regime, scale, best, there, attained=True):
    """What a claim is worth, given the best payoff and the participation and surplus at the claimed choice.

    `there` lists (N, CS) of the sides of the claimed choice, two where participation jumps next to it.
    `attained` says whether `best` is known to be the most that there is, not just found somewhere.

    Returns:
        The verdict and what it rests on.
    """
    if found.certificate.status == "unresolved":
        return "unresolved", "needs a finer grid than there is"
    if found.certificate.status != "certified":
        return "uncertified", f"{found.certificate.status}, regret {found.certificate.regret:.3g}"
    gain = best.payoff - claimed_payoff(found, regime)
    claim = f"q = {found.quality!r}, beta = {found.intensity!r}"
    better = f"q = {best.quality!r}, beta = {best.intensity!r}"
    detail = f"{claim} pays {gain / scale:.3g} of the scale less than {better}"
    if gain > BEATEN * scale:
        return "beaten", detail
    if attained and gain < -BEATEN * scale:
        return "overstated", detail
    error = min(max(abs(found.participation - N), abs(found.user_surplus - CS)) for N, CS in there)
    if error > 1e-9:
        return "misreported", f"{claim}: N or CS off by {error:.3g}"
    return "right", detail
