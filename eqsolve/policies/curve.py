"""Data behind the figure of a policy: welfare and its parts over the instrument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.equilibrium import solve_many
from eqsolve.errors import InputError
from eqsolve.game.games import columns
from eqsolve.numerics.piecewise import Flags
from eqsolve.numerics.quadrature import Array
from eqsolve.policies.instruments import INSTRUMENTS
from eqsolve.policies.record import Policy
from eqsolve.results import Equilibria

HALVINGS = 14
"""Bisections that place a flip of adoption to less than the width of a line."""


@dataclass(frozen=True)
class PolicyCurve:
    """What comes of an instrument, over its value.

    Attributes (n values):
        value: in order; both sides of every flip of adoption are among them.
        welfare, profit, user_surplus: profit is before transfers, so that it and CS sum to welfare.
        adopts: whether the platform fine-tunes.
        flips: whether it starts or stops to between a value and the next, (n - 1,).
    """

    value: Array
    welfare: Array
    profit: Array
    user_surplus: Array
    adopts: Flags
    flips: Flags


def policy_curve(policy: Policy, points: int = 101) -> PolicyCurve:
    """Play the game at evenly spaced values of the instrument, and where adoption flips.

    Raises:
        InputError: the game was not solved.
    """
    if not np.isfinite(policy.value):
        raise InputError(f"there is nothing to draw: {policy.certificate.message}")
    value = np.unique(np.append(np.linspace(0.0, _highest(policy), points), policy.value))
    adopts = _play(policy, value).intensity > 0.0
    at = np.flatnonzero(adopts[1:] != adopts[:-1])
    low, high = value[at], value[at + 1]
    for _ in range(HALVINGS if at.size else 0):
        middle = (low + high) / 2.0
        same = (_play(policy, middle).intensity > 0.0) == adopts[at]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    value = np.unique(np.concatenate([value, low, high]))
    found = _play(policy, value)
    adopts = found.intensity > 0.0
    return PolicyCurve(
        value, found.welfare, found.welfare - found.user_surplus, found.user_surplus, adopts,
        adopts[1:] != adopts[:-1],
    )  # fmt: skip


def _highest(policy: Policy) -> float:
    """The highest value that is drawn: the best one is among them."""
    instrument = INSTRUMENTS[policy.instrument]
    return max(instrument.shown * float(instrument.most(columns([policy.params]))[0]), policy.value)


def _play(policy: Policy, value: Array) -> Equilibria:
    games = [policy.params.under({policy.instrument: each}) for each in value.tolist()]
    return solve_many(games, selection=policy.selection)  # type: ignore[arg-type]
