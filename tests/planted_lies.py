"""Lies about solved games, for a certificate to refuse.

A claim is the record that the certificate gets: choices, participation, and the pieces of the participation
curves. Each lie takes a truthful claim about many games and returns a claim that is false in the rows that it
names and truthful in the others, so that one call of the certificate judges a lie about all games.
"""

from dataclasses import replace

import numpy as np
from crippled_searches import crippled
from told_claims import Lie, hills, mixed, outcome, second_best, worse


def lies(truth, seed=0):
    """All lies about a truthful claim, one of each kind and size."""
    rng = np.random.default_rng([316, seed])
    sizes = (1e-4, 1e-3, 1e-2, 1e-1)
    yield from (displaced(truth, rng, size) for size in sizes)
    yield from (moved_alone(truth, rng, size) for size in sizes)
    yield other_basin(truth)
    yield other_plan(truth)
    yield from (wrong_side(truth, step) for step in (1e-7, 1e-5))
    yield from (other_equilibrium(truth, selection) for selection in ("initial", "highest", "lowest"))
    yield from (participation_off(truth, sign * 1e-6) for sign in (1, -1))
    yield surplus_off(truth, 1e-6)
    yield from crippled(truth, rng)


# Choices that are not the best


def displaced(truth, rng, size):
    """The quality moved by `size`, with what happens there."""
    quality, _ = moved(truth.claim, rng, size)
    return worse(truth, f"displaced by {size:g}", quality, truth.claim.intensity)


def moved_alone(truth, rng, size):
    """The quality moved by `size`, with the participation of the best one."""
    claim = truth.claim
    quality, far = moved(claim, rng, size)
    there = outcome(truth, quality, claim.intensity)
    told = far & (np.abs(there["participation"] - claim.participation) > 1e-7)
    return Lie(
        f"moved alone by {size:g}", replace(claim, quality=np.where(told, quality, claim.quality)), told
    )


def moved(claim, rng, size):
    """Qualities moved by `size` to either side, and whether there was room for that."""
    side = rng.choice([-1.0, 1.0], claim.quality.size)
    quality = claim.quality + side * size
    inside = (quality >= claim.low) & (quality <= claim.high)
    quality = np.clip(np.where(inside, quality, claim.quality - side * size), claim.low, claim.high)
    return quality, np.abs(quality - claim.quality) > size / 2


def other_basin(truth):
    """The second-best hill of the claim's own curves, on any curve."""
    choices = [second_best(hills(truth, row), truth.claim, row) for row in range(truth.claim.quality.size)]
    quality, intensity = np.array(choices).T
    return worse(truth, "second-best basin", quality, intensity)


def other_plan(truth):
    """The best quality under the plan that the platform did not choose."""
    claim, choices = truth.claim, []
    for row in range(claim.quality.size):
        tuned = claim.intensity[row] > 0
        others = [hill for hill in hills(truth, row) if (hill[2] > 0) != tuned]
        own = claim.quality[row], claim.intensity[row]
        choices.append(max(others)[1:] if others else own)
    quality, intensity = np.array(choices).T
    return worse(truth, "other plan", quality, intensity)


# Participation that is not there


def wrong_side(truth, step):
    """Just below the claimed jump, with the participation above it: more than there is."""
    claim = truth.claim
    quality = claim.quality - step
    allowed = quality >= claim.low
    below = outcome(truth, np.where(allowed, quality, claim.quality), claim.intensity)
    told = allowed & (claim.participation - below["participation"] > 1e-4 + 1e3 * step)
    return Lie(
        f"{step:g} before a jump", replace(claim, quality=np.where(told, quality, claim.quality)), told
    )


def other_equilibrium(truth, selection):
    """Participation of an equilibrium that another rule selects at the same choice."""
    claim = truth.claim
    every = np.arange(claim.quality.size)
    there = truth.evaluate(every, claim.quality, claim.intensity, selection)
    told = np.abs(there["participation"] - claim.participation) > 1e-6
    return Lie(f"equilibrium of the rule {selection}", mixed(claim, replace(claim, **there), told), told)


def participation_off(truth, error):
    """N and all N_j off by `error`, and the curve with them around the claimed choice."""
    claim = truth.claim
    told = (claim.participation + error >= 0) & (claim.participation + error <= 1)
    columns = {"participation": claim.participation + error * told}
    if hasattr(claim, "participation_by_segment"):
        columns["participation_by_segment"] = claim.participation_by_segment + error * told[:, None]
    return Lie(f"N off by {error:g}", replace(claim, **columns), told)


def surplus_off(truth, error):
    """CS and all CS_j off by `error`."""
    claim = truth.claim
    told = np.ones(claim.quality.size, bool)
    columns = {"user_surplus": claim.user_surplus + error}
    if hasattr(claim, "user_surplus_by_segment"):
        columns["user_surplus_by_segment"] = claim.user_surplus_by_segment + error
    return Lie(f"CS off by {error:g}", replace(claim, **columns), told)


def count_refused(truth, certified, seed=0):
    """Tell all lies about a truth and count: {name: (told, refused)}.

    Args:
        certified: (claim) to whether each row is certified, (R,) of truth values.
    """
    counts = {}
    for lie in lies(truth, seed):
        refused = ~certified(lie.claim) & lie.told
        counts[lie.name] = int(lie.told.sum()), int(refused.sum())
    return counts
