"""Lies about policies, for the regulator's certificate to refuse.

A lie is a `Policy` that is false: another value with what truly happens there, or numbers that are not what
happens.
"""

from dataclasses import replace

import numpy as np

from eqsolve import solve_many
from eqsolve.game.games import columns
from eqsolve.policies import INSTRUMENTS

BESIDE = (1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.3)
"""How far values are moved, as shares of the range."""

LOST = 1e-8
"""Welfare, as a share of the scale, that a value must lose to be a lie: what the platform's jumps excuse."""

OFF = 1e-6
"""By how much numbers are off, as a share of the scale."""


def lies(policies):
    """All lies about truthful policies of one game, as pairs of a name and a policy."""
    return [lie for each in policies for lie in (*other_values(each), *other_numbers(each))] + swapped(
        policies
    )


def other_values(truth):
    """Worse values with what happens there: beside the best, on the wrong side of a flip, in other basins."""
    most = float(INSTRUMENTS[truth.instrument].most(columns([truth.params]))[0])
    at = INSTRUMENTS[truth.instrument].value(truth.value, most)
    moved = {f"moved by {side * d:g}": at + side * d * most for d in BESIDE for side in (-1.0, 1.0)}
    grid = np.linspace(0.0, most, 41)
    values = {name: strength for name, strength in moved.items() if 0.0 <= strength <= most}
    values |= {"does nothing": 0.0, "goes as far as it can": most}
    found = played(truth, [*values.values(), *grid])
    hills = hill_tops(found.welfare[len(values) :], grid, at, most / 40.0)
    values |= {f"another hill at {grid[i]:g}": grid[i] for i in hills}
    found = played(truth, [*values.values()])
    bar = truth.welfare - LOST * truth.certificate.scale
    return [
        (f"{truth.instrument}: {name}", replace(truth, value=strongly(truth, strength), equilibrium=answer))
        for (name, strength), answer in zip(values.items(), found, strict=True)
        if answer.welfare < bar
    ]


def hill_tops(welfare, grid, at, step):
    """Local maxima of welfare on a grid, but for those beside the best."""
    padded = np.concatenate([[-np.inf], welfare, [-np.inf]])
    top = (padded[1:-1] >= padded[:-2]) & (padded[1:-1] > padded[2:])
    return np.flatnonzero(top & (np.abs(grid - at) > 2.0 * step))


def strongly(truth, strength):
    most = float(INSTRUMENTS[truth.instrument].most(columns([truth.params]))[0])
    return float(INSTRUMENTS[truth.instrument].value(strength, most))


def played(truth, strengths):
    return solve_many([truth.params.under({truth.instrument: strongly(truth, s)}) for s in strengths])


def other_numbers(truth):
    """The best value with numbers that are off, or that are those of another choice."""
    answer, off = truth.equilibrium, OFF * truth.certificate.scale
    told = {}
    for sign in (-1.0, 1.0):
        for name in ("welfare", "profit", "user_surplus"):
            told[f"{name} off by {sign * off:g}"] = {name: getattr(answer, name) + sign * off}
        told[f"budget off by {sign * off:g}"] = {
            name: getattr(answer, name) - sign * off / 2.0 for name in ("profit", "user_surplus")
        }  # fmt: skip
        told[f"{sign * off:g} taken from users"] = {
            "profit": answer.profit + sign * off, "user_surplus": answer.user_surplus - sign * off,
        }  # fmt: skip
    told["another quality"] = {"quality": answer.quality + (1e-4 if answer.quality < 0.5 else -1e-4)}
    strength = truth.params.finetuning.strength
    told["the other plan"] = {"intensity": 0.0 if answer.intensity > 0.0 else strength}
    lied = [(name, replace(truth, equilibrium=replace(answer, **each))) for name, each in told.items()]
    for side, sign in (("laissez_faire", -1.0), ("planner", -1.0), ("planner", 1.0)):
        beside = getattr(truth, side)
        moved = replace(beside, welfare=beside.welfare + sign * off)
        lied.append((f"{side} off by {sign * off:g}", replace(truth, **{side: moved})))
    other = truth.value * 0.9 if truth.value else 0.1 * strongly(truth, 1.0) or 0.1
    lied.append(("the value alone", replace(truth, value=other)))
    return [(f"{truth.instrument}: {name}", each) for name, each in lied]


def swapped(policies):
    """The answer to one instrument told of another."""
    return [
        (f"{each.instrument}: the answer to {other.instrument}", replace(each, equilibrium=other.equilibrium))
        for each in policies
        for other in policies
        if other is not each and abs(other.equilibrium.quality - each.equilibrium.quality) > 1e-6
    ]
