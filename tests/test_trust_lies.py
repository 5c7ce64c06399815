"""A certificate that can be believed: honest claims about solved games are accepted, planted lies refused."""

from collections import Counter
from itertools import chain, islice

import numpy as np
import pytest
from closed_form_games import closed_form_game
from planted_lies import lies
from random_games import quick_seeds, random_game
from several_equilibria import most_apart, several_game
from solved_truths import certified, truths
from staircases import staircase

from eqsolve import Params

REFUSED = 0.999  # of all lies
KINDS = 25  # of lies that are told at least once among a thousand

RIVAL = {"finetuning.strength": 8.0, "finetuning.learning": 0.05}


def closed_form(first, last):
    yield from ((game, "endogenous") for game in map(closed_form_game, range(first, last)))


def paper(**keys):
    """Games near `paper`: 12 that differ in r, F and zeta."""
    for r in (0.3, 0.5, 0.8):
        for F in (0.0, 0.03):
            for zeta in (0.0, 0.25):
                near = {"platform.revenue": r, "finetuning.cost": F, "finetuning.personalization": zeta}
                yield Params().replace(near | keys).model_dump(mode="json"), "endogenous"


def random(seeds, *regimes):
    yield from ((random_game(seed), regime) for seed in seeds for regime in regimes)


def stairs(count):
    yield from ((staircase(seed), "none") for seed in range(count))


def told(games, selection="initial", fix=None):
    """Truths about games, those that can be solved together in one call, and how many rows they have."""
    alike = {}
    for game, regime in games:
        alike.setdefault((regime, len(game["users"]["segments"])), []).append(game)
    for (regime, _), group in alike.items():
        yield from truths(group, regime, selection, fix)


def crowded(seeds):
    """Truths about games at a quality where participation depends on the rule that selects an equilibrium."""
    for seed in seeds:
        game = several_game(seed)
        for selection in ("initial", "highest", "lowest"):
            yield from told([(game, "forced")], selection, {"quality": most_apart(game)})


def refused(truth, number):
    """Counts of lies told and refused, by their names, and those that passed, in words."""
    count, passed = Counter(), []
    for lie in lies(truth, number):
        some = np.flatnonzero(lie.told)
        if not some.size:
            continue
        fooled = some[certified(lie.claim)[some]]
        count[lie.name] += some.size
        passed += [
            f"{lie.name}: q = {lie.claim.quality[i]!r}, beta = {lie.claim.intensity[i]!r}" for i in fooled
        ]
    return count, passed


def interrogate(suite):
    """Ask for honest claims and for all lies; counts by name, and those that passed."""
    count, passed = Counter(), []
    for number, truth in enumerate(suite):
        assert certified(truth.claim).all(), truth.claim.games
        more, fooled = refused(truth, number)
        count += more
        passed += fooled
    return count, passed


QUICK = {
    "closed form": lambda: told(closed_form(0, 6)),
    "paper": lambda: told(islice(paper(), 0, None, 3)),
    "staircases": lambda: told(stairs(4)),
    "random": lambda: told(random(quick_seeds(13)[10:], "planner")),
    "several equilibria": lambda: crowded([0, 7]),
}


@pytest.mark.parametrize("suite", QUICK.values(), ids=QUICK)
def test_lies_are_refused(suite):
    count, passed = interrogate(suite())
    assert count.total() >= 20
    assert not passed


def thousand():
    """Solved games of all kinds, with some fifteen lies about each."""
    yield from told(closed_form(0, 60))
    yield from told(chain(paper(), paper(**RIVAL)))
    yield from told(stairs(12))
    yield from told(random(quick_seeds(10), "endogenous", "planner"))
    yield from told((several_game(seed), "forced") for seed in (1, 2, 3, 4, 6, 7, 8, 9))
    yield from crowded(range(10))


@pytest.mark.slow
def test_of_a_thousand_lies_999_are_refused(record_property):
    count, passed = interrogate(thousand())
    record_property("tally", ["lies", {"refused": count.total() - len(passed), "passed": len(passed)}])
    assert count.total() >= 1000
    assert len(count) >= KINDS, count
    assert len(passed) <= (1 - REFUSED) * count.total(), passed
