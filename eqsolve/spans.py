"""The values of a parameter that are worth looking at when nobody says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.params import keys

if TYPE_CHECKING:
    from eqsolve.params import Params

SPANS = {
    "revenue": (0.0, 2.0),
    "training_cost": (0.05, 5.0),
    "training_exponent": (1.5, 8.0),
    "strength": (0.01, 50.0),
    "learning": (0.0, 2.0),
    "personalization": (0.0, 1.0),
    "feedback_prior": (0.0, 2.0),
    "misfit_cost": (0.0, 2.0),
    "scale": (0.01, 2.0),
    "sigma": (0.05, 2.0),
    "breadth": (0.05, 2.0),
    "share": (0.0, 1.0),
    "accuracy": (0.0, 1.0),
    "a": (0.2, 10.0),
    "b": (0.2, 10.0),
    "mean": (0.0, 1.0),
    "sd": (0.05, 1.0),
    "weight": (0.0, 10.0),
    "training-subsidy": (0.0, 0.99),
}
"""By the last step of a key (docs/thresholds.md has the reasons)."""


def default_span(params: Params, key: str) -> tuple[float, float]:
    """Return the lowest and the highest value of `key` to look at by default.

    Costs of fine-tuning go up to where it would eat all revenue, beyond which no platform fine-tunes.
    """
    last = keys.split(key)[-1]
    most = params.platform.revenue or 1.0
    if last in ("cost", "finetuning-tax"):
        return 0.0, most
    if last == "finetuning-cap":
        return 0.0, params.finetuning.strength
    if last == "intensity_cost":
        return 0.0, 2.0 * most / params.finetuning.strength**2
    return SPANS.get(last, (0.0, 1.0))
