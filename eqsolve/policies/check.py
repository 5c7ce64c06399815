"""Claims about policies, judged by what they say: played anew, and held against fresh values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from eqsolve.certificate import TOLERANCES
from eqsolve.certificate.pieces import seeds
from eqsolve.equilibrium import solve_many
from eqsolve.errors import InputError
from eqsolve.game.games import columns
from eqsolve.game.payoffs import welfare_scale
from eqsolve.params import Params
from eqsolve.policies.evidence import allowance, fresh_strengths, judge
from eqsolve.policies.instruments import INSTRUMENTS
from eqsolve.policies.record import Policy, PolicyCertificate
from eqsolve.regimes import PLANNER
from eqsolve.results import Equilibrium
from eqsolve.status import Status

MONEY = ("welfare", "profit", "user_surplus")

CHOICES = {"quality": 1e-7, "intensity": 1e-7}
"""How far apart two solves of one game may place a smooth maximum: payoffs differ by the square of it."""


def check_policies(policies: Sequence[Policy]) -> tuple[PolicyCertificate, ...]:
    """Judge policies anew, whoever found them (docs/policy.md, Certificate).

    Args:
        policies: claims about games with the same number of segments, under one selection.

    Returns:
        A certificate of each: `accounting_error` where the platform answers otherwise than claimed, or what
        is claimed does not add up; `deviation_found` where doing nothing, or a fresh value, is better.

    Raises:
        InputError: no policies, or several selections.
    """
    if len({each.selection for each in policies}) != 1:
        raise InputError("policies that are checked together: expected some, all of one selection")
    games = columns([each.params for each in policies])
    size, scale = len(policies), welfare_scale(games)
    kinds = [INSTRUMENTS[each.instrument] for each in policies]
    most = np.array([kind.most(columns([p.params]))[0] for kind, p in zip(kinds, policies, strict=True)])
    value = [each.value for each in policies]
    claim = np.array([kind.value(v, m) for kind, v, m in zip(kinds, value, most, strict=True)])
    which, fresh = fresh_strengths(seeds(games), claim, most)
    tried = [float(kinds[i].value(s, most[i])) for i, s in zip(which.tolist(), fresh, strict=True)]
    claimed = [_under(each, each.value) for each in policies]
    others = [_under(policies[i], v) for i, v in zip(which.tolist(), tried, strict=True)]
    selection = policies[0].selection
    played = solve_many([*claimed, *(p.params for p in policies), *others], selection=selection)  # type: ignore[arg-type]
    planned = solve_many([p.params for p in policies], regime=PLANNER.name, selection=selection)  # type: ignore[arg-type]
    own = [
        _own(
            p,
            played.row(i),
            {"laissez_faire": played.row(size + i), PLANNER.name: planned.row(i)},
            float(scale[i]),
        )
        for i, p in enumerate(policies)
    ]
    at_jump = np.asarray(played.maximum[:size] == "jump")
    verdicts = judge(
        which=np.concatenate([np.arange(size), which]),
        welfare=played.welfare[size:],
        status=played.status[size:].astype(object),
        claim=np.array([each.welfare for each in policies]),
        own=np.array(own).astype(object),
        allowed=allowance(scale, at_jump),
    )
    return tuple(
        PolicyCertificate(
            Status(verdicts.status[i]), float(verdicts.regret[i]), float(scale[i]), int(verdicts.checked[i]),
            int(verdicts.uncertified[i]), each.certificate.maximum,
        )
        for i, each in enumerate(policies)
    )  # fmt: skip


def _under(policy: Policy, value: float) -> Params:
    return policy.params.under({policy.instrument: value})


def _own(policy: Policy, answer: Equilibrium, beside: Mapping[str, Equilibrium], scale: float) -> Status:
    """What is to be said of a claim itself, given what is played under the policy and beside it."""
    told = policy.equilibrium
    adds_up = abs(policy.budget - _received(policy)) <= TOLERANCES.accounting * scale
    if told.params != answer.params or not adds_up:
        return Status.ACCOUNTING_ERROR
    pairs = [(told, answer), *((getattr(policy, name), played) for name, played in beside.items())]
    if not all(_agree(*pair, scale) for pair in pairs):
        return Status.ACCOUNTING_ERROR
    return answer.certificate.status


def _agree(told: Equilibrium, played: Equilibrium, scale: float) -> bool:
    """Whether a record says what was played."""
    allowed = CHOICES | dict.fromkeys(MONEY, TOLERANCES.accounting * scale)
    return all(abs(getattr(told, name) - getattr(played, name)) <= most for name, most in allowed.items())


def _received(policy: Policy) -> float:
    """What the regulator receives less what it pays, by the instrument alone (docs/model.md, Policy)."""
    game, answer = policy.params.platform, policy.equilibrium
    trained = game.training_cost * answer.quality**game.training_exponent / game.training_exponent
    received = {
        "training-subsidy": -policy.value * trained,
        "finetuning-tax": policy.value if answer.intensity > 0.0 else 0.0,
    }
    return float(received.get(policy.instrument, 0.0))
