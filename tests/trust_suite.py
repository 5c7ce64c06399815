"""Whether the certificate can be believed, to the last game: `make trust`, hours.

Every play is judged by what is known without the solver, and gets so many seconds of CPU time. Verdicts go
into a journal as they come, and the next run goes on from there; games that were not played right are kept
in tests/failures. What is not certified needs a reason in tests/data/uncertified.toml.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import test_random_games
import test_trust_closed_form
import test_trust_several
import test_trust_staircases
from closed_form_games import closed_form_game
from random_games import random_game
from several_equilibria import several_game
from staircases import staircase
from trust import Judgment, keep

from eqsolve import Equilibrium, Params, solve

REGIMES = ("none", "forced", "endogenous", "planner")
REASONS = Path(__file__).parent / "data" / "uncertified.toml"
SCAN = {"qualities": 81, "intensities": 11, "hills": 2}
"""Effort of the oracle's search: as much as in the quick suite."""

SLOW = 10.0
"""CPU time in seconds that no game should take."""

Game = dict[str, Any]


@dataclass(frozen=True)
class Play:
    """One game under one regime and rule of selection, and what judges it."""

    suite: str
    seed: int
    regime: str
    selection: str
    make: Callable[[int], Game]
    judge: Callable[[Equilibrium, Game], Judgment]

    @property
    def name(self) -> str:
        """The play's name in journals, reasons and files."""
        return f"{self.suite}-{self.seed}-{self.regime}-{self.selection}"


def closed_form() -> Iterator[Play]:
    """1,500 games with a closed form, each without fine-tuning and in one other regime."""
    suite = test_trust_closed_form
    for regime in REGIMES:
        for seed in suite.played(suite.ALL, regime):
            yield Play(
                "closed-form", seed, regime, "initial", closed_form_game,
                lambda found, game, regime=regime: suite.judge(found, game, regime),
            )  # fmt: skip


def staircases() -> Iterator[Play]:
    """500 staircases of narrow tastes."""
    suite = test_trust_staircases
    for seed in range(suite.ALL):
        yield Play("staircases", seed, "none", "initial", staircase, suite.judge)


def random() -> Iterator[Play]:
    """The 500 random games of the tests in all regimes, the light ones first."""
    games = {seed: random_game(seed)["finetuning"]["choice"] == "continuous" for seed in range(500)}
    plays = [(seed, regime) for seed in games for regime in REGIMES]
    for seed, regime in sorted(plays, key=lambda play: games[play[0]] and REGIMES.index(play[1]) > 1):
        yield Play(
            "random", seed, regime, "initial", random_game,
            lambda found, game, regime=regime: test_random_games.judge(found, game, regime, **SCAN),
        )  # fmt: skip


def several() -> Iterator[Play]:
    """300 games with several equilibria under each rule of selection."""
    suite = test_trust_several
    for seed in range(suite.ALL):
        for selection in suite.SELECTIONS:
            regime = suite.regime_of(seed)
            yield Play(
                "several", seed, regime, selection, several_game,
                lambda found, game, regime=regime, selection=selection: suite.judge(
                    found, game, regime, selection, **suite.EFFORT
                ),
            )  # fmt: skip


SUITES = {"closed-form": closed_form, "staircases": staircases, "random": random, "several": several}


class OutOfTime(BaseException):
    """A play took too long; not an Exception, so that nothing catches it on the way."""


def limited(seconds: float, work: Callable[[], Any]) -> Any:
    """What `work` returns; raises `OutOfTime` after so many seconds of CPU time."""

    def stop(*_: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def judged(play: Play, seconds: float) -> tuple[Judgment, float]:
    """The judgment on a play, and the CPU time in seconds of its solution."""
    game, start = play.make(play.seed), process_time()
    try:
        found = limited(
            seconds,
            lambda: solve(Params.model_validate(game), regime=play.regime, selection=play.selection),
        )
    except OutOfTime:
        return Judgment("uncertified", f"not solved within {seconds:g} s"), process_time() - start
    except Exception as error:
        return Judgment("failed", repr(error)), process_time() - start
    took = process_time() - start
    try:
        return limited(seconds, lambda: play.judge(found, game)), took
    except OutOfTime:
        return Judgment("not judged", f"the oracle took longer than {seconds:g} s"), took


def run(plays: Iterator[Play], journal: Path, seconds: float) -> None:
    """Play what is not in the journal yet."""
    done = {row["name"] for row in rows(journal)}
    journal.parent.mkdir(parents=True, exist_ok=True)
    for play in plays:
        if play.name in done:
            continue
        judgment, took = judged(play, seconds)
        if judgment.verdict != "right":
            keep(play.name, play.make(play.seed), judgment, play.regime, play.selection)
        row = {"name": play.name, "suite": play.suite, "seconds": took, **asdict(judgment)}
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, default=float) + "\n")
        if sys.stderr.isatty():
            print(f"\r\033[K{play.name}", end="", file=sys.stderr, flush=True)


def rows(journal: Path) -> list[dict[str, Any]]:
    """What a journal holds."""
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    return [json.loads(line) for line in lines]


def told(found: list[dict[str, Any]], reasons: dict[str, str]) -> tuple[list[str], bool]:
    """Counts of each suite and what is wrong, in lines; and whether all is well.

    A play must be right, or uncertified for a reason that is known.
    """
    lines, suites = [], defaultdict(list)
    for row in found:
        suites[row["suite"]].append(row)
    for suite, plays in suites.items():
        counts = [f"{n} {v}" for v, n in sorted(count(row["verdict"] for row in plays).items())]
        seconds = [row["seconds"] for row in plays]
        times = f"median {statistics.median(seconds):.2g} s, {sum(s > SLOW for s in seconds)} over {SLOW:g} s"
        lines.append(f"{suite}: {len(plays)} plays: {', '.join(counts)}; {times}")
    wrong = [row for row in found if row["verdict"] != "right"]
    unknown = [row for row in wrong if row["verdict"] != "uncertified" or row["name"] not in reasons]
    lines += [f"{row['name']}: {row['verdict']}: {row['detail']}" for row in unknown]
    lines += [f"{row['name']}: uncertified: {reasons[row['name']]}" for row in wrong if row not in unknown]
    return lines, not unknown


def count(verdicts: Iterator[str]) -> dict[str, int]:
    """How often each verdict comes."""
    names, counts = np.unique(list(verdicts), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def main() -> int:
    """Play the suites that are named, all by default; 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"some of {', '.join(SUITES)}")
    parser.add_argument("--journal", type=Path, default=Path("build/trust.jsonl"), help="where verdicts go")
    parser.add_argument("--seconds", type=float, default=60.0, help="CPU time for each play and its judgment")
    asked = parser.parse_args()
    unknown = sorted(set(asked.suites) - set(SUITES))
    if unknown:
        parser.error(f"unknown suite {unknown[0]!r}: expected some of {', '.join(SUITES)}")
    for name in asked.suites or SUITES:
        run(SUITES[name](), asked.journal, asked.seconds)
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    lines, fine = told(rows(asked.journal), reasons)
    print("\n".join(lines))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
