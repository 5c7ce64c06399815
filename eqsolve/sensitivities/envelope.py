"""The envelope theorem: what the platform's profit does when a parameter that users do not see moves.

N(q, beta) does not depend on r, k, n, F and G, nor on a subsidy or a tax, so that the largest profit moves
with them as if the platform's choice stood still, at whatever kind of maximum (Milgrom and Segal 2002,
Envelope theorems for arbitrary choice sets, theorem 1).
"""

from __future__ import annotations

from math import log

from eqsolve.results import Equilibrium


def envelope(equilibrium: Equilibrium) -> dict[str, float]:
    """Derivatives of profit by key; none where profit is not what is maximized."""
    if equilibrium.rules.welfare:
        return {}
    q, beta = equilibrium.quality, equilibrium.intensity
    k, n = equilibrium.params.platform.training_cost, equilibrium.params.platform.training_exponent
    paid = 1.0 - equilibrium.params.policy.training_subsidy
    return {
        "platform.revenue": equilibrium.participation,
        "platform.training_cost": -paid * q**n / n,
        "platform.training_exponent": -paid * k * q**n * (n * log(q) - 1.0) / n**2 if q > 0 else 0.0,
        "finetuning.cost": -float(beta > 0),
        "finetuning.intensity_cost": -(beta**2) / 2.0,
        "policy.training-subsidy": k * q**n / n,
        "policy.finetuning-tax": -float(beta > 0),
    }
