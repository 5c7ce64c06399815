"""Random games over the whole parameter space: the plain tables of a params file, one game per seed."""

import numpy as np


def random_game(seed):
    """The game of one seed."""
    return draw_game(np.random.default_rng([254, seed]))


def draw_game(rng):
    """A game drawn with a generator of random numbers."""
    return {
        "platform": {
            "revenue": either(rng, 0.0, rng.uniform(0, 2), 0.02),
            "training_cost": rng.uniform(0.1, 3),
        },
        "finetuning": {
            "choice": str(rng.choice(["binary", "continuous"])),
            "strength": pick(rng, [rng.uniform(0.1, 8), rng.uniform(8, 50), 50.0], [0.7, 0.27, 0.03]),
            "cost": either(rng, 0.0, rng.uniform(0, 0.2), 0.2),
            "intensity_cost": either(rng, 0.0, rng.uniform(0, 0.05), 0.4),
            "learning": rng.uniform(0, 1),
            "personalization": pick(rng, [0.0, 1.0, rng.uniform(0, 1)], [0.3, 0.1, 0.6]),
            "feedback_prior": either(rng, 0.0, rng.uniform(0, 1), 0.6),
        },
        "users": {
            "misfit_cost": rng.uniform(0, 1.5),
            "transaction_cost": cost(rng),
            "match": match(rng),
            "segments": segments(rng),
        },
        "model": {"outputs": density(rng)},
    }


def quick_seeds(count):
    """Seeds of the first games with a binary choice and a smooth match, which solve within seconds."""
    quick = []
    seed = 0
    while len(quick) < count:
        game = random_game(seed)
        if game["finetuning"]["choice"] == "binary" and game["users"]["match"]["kind"] != "linear":
            quick.append(seed)
        seed += 1
    return quick


def pick(rng, options, weights):
    return options[rng.choice(len(options), p=weights)]


def either(rng, atom, value, probability):
    return atom if rng.random() < probability else float(value)


def cost(rng):
    law = str(rng.choice(["uniform", "uniform", "exponential", "lognormal", "point"]))
    table = {"dist": law, "scale": rng.uniform(0.02, 1.5)}
    return table | ({"sigma": rng.uniform(0.1, 1.5)} if law == "lognormal" else {})


def match(rng):
    kind = str(rng.choice(["gaussian", "gaussian", "linear", "quadratic"]))
    return {"kind": kind} | ({"breadth": rng.uniform(0.05, 1)} if kind == "gaussian" else {})


def segments(rng):
    count = rng.integers(1, 5)
    shares = rng.dirichlet(np.full(count, 0.7))
    if count > 1 and rng.random() < 0.15:  # a segment that is almost empty
        shares[0] = 1e-4
    shares = shares / shares.sum()
    common = density(rng) if rng.random() < 0.4 else None
    return [
        {
            "name": f"segment-{j}",
            "share": float(shares[j]),
            "accuracy": pick(rng, [rng.uniform(0, 1), rng.uniform(0.6, 1), 0.5, 1.0], [0.5, 0.4, 0.05, 0.05]),
            "tastes": common or density(rng),
        }
        for j in range(count)
    ]


def density(rng, inside_mixture=False):
    kinds = ["uniform", "beta", "truncnorm", "empirical"] + ([] if inside_mixture else ["uniform", "mixture"])
    kind = str(rng.choice(kinds))
    if kind == "beta":
        return {"dist": kind, "a": rng.uniform(0.5, 8), "b": rng.uniform(0.5, 8)}
    if kind == "truncnorm":
        return {
            "dist": kind,
            "mean": rng.uniform(-0.2, 1.2),
            "sd": pick(rng, [rng.uniform(0.03, 0.1), rng.uniform(0.1, 0.6)], [0.4, 0.6]),
        }
    if kind == "empirical":
        values = rng.beta(rng.uniform(0.8, 4), rng.uniform(0.8, 4), size=rng.integers(5, 40))
        return {"dist": kind, "values": [float(value) for value in values]}
    if kind == "mixture":
        parts = [density(rng, inside_mixture=True) for _ in range(rng.integers(2, 4))]
        return {"dist": kind, "components": [{"weight": rng.uniform(0.2, 1), **part} for part in parts]}
    return {"dist": kind}
