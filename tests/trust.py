"""What the trust suites share: verdicts on claims, failures kept as files, counts for the end of a run.

A suite compares certified claims with payoffs that are known without the solver. The worst that it can find
is a certified choice that is beaten.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from eqsolve import Params, solve
from eqsolve.params import Platform

FAILURES = Path(__file__).parent / "failures"
BEATEN = 1e-9  # of the payoff scale: by how much a certified choice may be beaten
UNCERTIFIED = 0.01  # share of a suite's games that may be left uncertified
REPLAY = "# to replay: "
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

    def add(self, name, judged, game, regime, selection="initial"):
        """Count a judgment on the game `name`."""
        self.counts[judged.verdict] += 1
        if judged.verdict == "right":
            return
        if judged.verdict != "uncertified":
            self.failures.append(f"{name} ({regime}, {selection}): {judged.verdict}: {judged.detail}")
        keep(f"{self.suite}-{name}-{regime}-{selection}", game, judged, regime, selection)

    @property
    def games(self):
        return sum(self.counts.values())

    def check(self, uncertified=UNCERTIFIED):
        """Assert that no game failed, and that at most a share of them is uncertified."""
        told = "\n".join(self.failures[:20])
        assert not self.failures, f"{len(self.failures)} of {self.games} games:\n{told}"
        assert self.counts["uncertified"] <= uncertified * self.games, dict(self.counts)


@dataclass(frozen=True)
class Judgment:
    """What a claim is worth, what that rests on, and what is needed to judge the game again.

    Attributes:
        verdict: "right", "uncertified", or what is wrong with a certified claim.
        detail: in words.
        choice, participation: the claimed (q, beta), and what N can be there.
        rival: (q, beta) of the best choice that is known.
    """

    verdict: str
    detail: str = ""
    choice: tuple[float, float] | None = None
    participation: tuple[float, ...] = ()
    rival: tuple[float, float] | None = None


def keep(name, game, judged, regime, selection, folder=FAILURES):
    """Keep a game as a params file that says what is wrong, and how to see whether it still is."""
    folder.mkdir(exist_ok=True)
    comment = "".join(f"# {line}\n" for line in [name, *f"{judged.verdict}: {judged.detail}".splitlines()])
    if judged.verdict != "uncertified":
        again = {"regime": regime, "selection": selection, "choice": judged.choice}
        again |= {"participation": judged.participation, "rival": judged.rival}
        comment += f"{REPLAY}{json.dumps(again)}\n"
    (folder / f"{name}.toml").write_text(comment + tomli_w.dumps(game), encoding="utf-8")


def kept(folder=FAILURES):
    """Files of games that were certified wrongly; those that were just not certified are for people."""
    return sorted(path for path in folder.glob("*.toml") if REPLAY in path.read_text(encoding="utf-8"))


def replay(path):
    """Solve a kept game again; what is certified now must not be beaten, nor told wrongly where it was."""
    lines = path.read_text(encoding="utf-8").splitlines()
    again = json.loads(next(line for line in lines if line.startswith(REPLAY)).removeprefix(REPLAY))
    params, regime = Params.from_file(path), again["regime"]

    def at(choice):
        fix = dict(zip(("quality", "intensity"), choice, strict=True))
        owner = "planner" if regime == "planner" else "endogenous"
        return solve(params, regime=owner, selection=again["selection"], fix=fix)

    found = solve(params, regime=regime, selection=again["selection"])
    if again["rival"] and found.certificate.status == "certified":
        rival = at(again["rival"])
        gain = claimed_payoff(rival, regime) - claimed_payoff(found, regime)
        assert gain <= BEATEN * payoff_scale(params.model_dump(mode="json")), again["rival"]
    if again["participation"]:
        told = at(again["choice"])
        off = min(abs(told.participation - N) for N in again["participation"])
        assert told.certificate.status != "certified" or off <= 1e-8, again["choice"]


def verdict(found, regime, scale, best, there, attained=True):
    """Judge a claim, given the best payoff and the participation and surplus at the claimed choice.

    `there` lists (N, CS) of the sides of the claimed choice, two where participation jumps next to it.
    `attained` says whether `best` is known to be the most that there is, not just found somewhere.
    """
    if found.certificate.status != "certified":
        return Judgment("uncertified", f"{found.certificate.status}, regret {found.certificate.regret:.3g}")
    gain = best.payoff - claimed_payoff(found, regime)
    claim = f"q = {found.quality!r}, beta = {found.intensity!r}"
    better = f"q = {best.quality!r}, beta = {best.intensity!r}"
    detail = f"{claim} pays {gain / scale:.3g} of the scale less than {better}"
    choice, rival = (found.quality, found.intensity), (best.quality, best.intensity)
    if gain > BEATEN * scale:
        return Judgment("beaten", detail, choice, rival=rival)
    if attained and gain < -BEATEN * scale:
        return Judgment("overstated", detail, choice, tuple(float(N) for N, _ in there))
    error = min(max(abs(found.participation - N), abs(found.user_surplus - CS)) for N, CS in there)
    if error > 1e-9:
        detail = f"{claim}: N or CS off by {error:.3g}"
        return Judgment("misreported", detail, choice, tuple(float(N) for N, _ in there))
    return Judgment("right", detail)
