"""Games with several participation equilibria, of five families, and a screen that sees that they have them.

Families: users join only if enough others do (a feedback prior and strong learning), misleading feedback of
a majority, lock-in to one side (a narrow match and a strong crowd) in symmetric and in lopsided games, and
personal feedback that draws users whom the crowd would not.
"""

import numpy as np
from oracle import STARTS, Oracle
from oracle_search import Scan

FAMILIES = ("learning", "misleading", "symmetric", "lopsided", "personal")
APART = 0.01  # by how much equilibria differ in N, or in the reward that the crowd gives, to be several
SCREENED = np.array([0.05, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 0.95])  # qualities
TRIES = 60


def several_game(seed):
    """The game of one seed: the first of its family, over a stream of draws, with several equilibria."""
    family = FAMILIES[seed % len(FAMILIES)]
    rng = np.random.default_rng([318, seed])
    for _ in range(TRIES):
        game = draw(rng, family)
        if has_several(game):
            return game
    raise AssertionError(f"no game of family {family} with several equilibria: seed {seed}")


def screened(game):
    """Rough limits of adjustment from all starts at some qualities: N (starts, q), reward (starts, y, q)."""
    scan = Scan(Oracle(game), game["finetuning"]["strength"], points=48)
    found = [scan.limits(SCREENED, start) for start in STARTS]
    return np.array([limit[0] for limit in found]), np.array([limit[2] for limit in found])


def most_apart(game):
    """The quality at which participation depends most on the start."""
    return float(SCREENED[np.ptp(screened(game)[0], axis=0).argmax()])


def has_several(game):
    """Whether rough limits of adjustment from different starts differ at some quality."""
    N, reward = screened(game)
    somebody = (N > APART).all(axis=0)
    return (np.ptp(N, axis=0) > APART).any() or (np.ptp(reward, axis=0).max(0) > APART)[somebody].any()


def draw(rng, family):
    """A game of a family, as likely as not with several equilibria."""
    symmetric = family == "symmetric"
    lock_in = family in ("symmetric", "lopsided")
    accuracy = rng.uniform(0.75, 1)
    other = rng.uniform(0, 0.5) if family == "misleading" else rng.uniform(0.3, 1)
    share = rng.uniform(0.05, 0.5) if family == "misleading" else rng.uniform(0.5, 1)
    tastes = tastes_of(rng, symmetric)
    return {
        "platform": {"revenue": rng.uniform(0.3, 2), "training_cost": rng.uniform(0.2, 2)},
        "finetuning": {
            "choice": "binary",
            "strength": rng.uniform(4, 16) if lock_in else rng.uniform(1, 12),
            "cost": rng.uniform(0, 0.02),
            "intensity_cost": 0.0,
            "learning": rng.uniform(0, 0.2) if lock_in else rng.uniform(0.1, 1),
            "personalization": rng.uniform(0.1, 0.8) if family == "personal" else pick(rng, 0.0, 0.3),
            "feedback_prior": rng.uniform(0.02, 1) if family == "learning" else pick(rng, 0.0, 0.3),
        },
        "users": {
            "misfit_cost": rng.uniform(0.6, 1.5) if lock_in else rng.uniform(0, 1.2),
            "transaction_cost": cost(rng),
            "match": {"kind": "gaussian", "breadth": rng.uniform(0.15, 0.35 if lock_in else 0.6)},
            "segments": [
                {"name": "one", "share": share, "accuracy": accuracy, "tastes": tastes},
                {"name": "two", "share": 1 - share, "accuracy": other, "tastes": tastes},
            ],
        },
        "model": {"outputs": tastes_of(rng, True) if rng.random() < 0.3 else {"dist": "uniform"}},
    }


def pick(rng, atom, largest):
    return atom if rng.random() < 0.5 else rng.uniform(0, largest)


def cost(rng):
    law = str(rng.choice(["uniform", "exponential", "lognormal", "point"], p=[0.4, 0.2, 0.2, 0.2]))
    return {"dist": law, "scale": rng.uniform(0.1, 0.7)} | (
        {"sigma": rng.uniform(0.2, 1)} if law == "lognormal" else {}
    )


def tastes_of(rng, symmetric):
    if rng.random() < 0.4:
        return {"dist": "uniform"}
    mean = 0.5 if symmetric else rng.uniform(0.2, 0.8)
    return {"dist": "truncnorm", "mean": mean, "sd": rng.uniform(0.15, 0.6)}
