"""Truths about solved games: claims as the solver makes them, and what is true at other choices."""

from contextlib import contextmanager

import numpy as np
from told_claims import Truth

from eqsolve import Params, induction, solve_many
from eqsolve.certificate import certify
from eqsolve.game.batches import participation_primitives
from eqsolve.game.market import open_market
from eqsolve.game.payoffs import fixed_cost, intensity_cost, payoff_scale, revenue, training_cost
from eqsolve.outcome import evaluate
from eqsolve.selections import SELECTIONS


def truths(games, regime, selection="initial", fix=None):
    """Truths about plain tables of games with equally many segments, one for each batch of theirs."""
    params = [Params.model_validate(game) for game in games]
    with claims() as told:
        solve_many(params, regime=regime, selection=selection, fix=fix)
    return [Truth(claim, evaluator(claim), payoff, payoff_scale(claim.games)) for claim in told]


@contextmanager
def claims():
    """The claims that are certified meanwhile."""
    told = []

    def listen(claim):
        told.append(claim)
        return certify(claim)

    induction.certify = listen
    try:
        yield told
    finally:
        induction.certify = certify


def evaluator(claim):
    """What users do at choices of the claim's rows, by the solver's own third stage."""
    model = open_market(claim.games.take(participation_primitives(claim.games)[0]), claim.selection).whole

    def there(rows, quality, intensity, selection):
        rule = SELECTIONS[selection] if selection else claim.selection
        found = evaluate(model, claim.market[rows], quality, intensity, rule)
        return {
            "participation": found.participation,
            "user_surplus": found.user_surplus,
            "participation_by_segment": found.participation_by_segment,
            "user_surplus_by_segment": found.user_surplus_by_segment,
            "feedback_quality": found.feedback_quality,
        }

    return there


def payoff(claim):
    """The objective of each row, by what the claim says of choices, N and CS."""
    every = np.arange(len(claim))
    profit = revenue(claim.games, every, claim.participation)
    profit = profit - training_cost(claim.games, every, claim.quality)
    profit -= intensity_cost(claim.games, every, claim.intensity)
    profit -= fixed_cost(claim.games, every, claim.intensity)
    return profit + claim.welfare * claim.user_surplus


def certified(claim):
    """Whether each row is certified."""
    return certify(claim).status == "certified"
