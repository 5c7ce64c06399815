"""What parameters and quantities are called in figures and tables: names and the symbols of docs/model.md."""

from __future__ import annotations

from eqsolve.params import keys

NAMES = {
    "platform.revenue": ("revenue per user", "r"),
    "platform.training_cost": ("training cost", "k"),
    "platform.training_exponent": ("steepness of training cost", "n"),
    "finetuning.strength": ("strength of fine-tuning", r"\beta_{\max}"),
    "finetuning.cost": ("cost of fine-tuning", "F"),
    "finetuning.intensity_cost": ("cost of intensity", "G"),
    "finetuning.learning": ("learning from feedback", r"\eta"),
    "finetuning.personalization": ("personalization", r"\zeta"),
    "finetuning.feedback_prior": ("feedback prior", r"\nu"),
    "users.misfit_cost": ("misfit cost", "t"),
    "users.transaction_cost.scale": ("scale of users' transaction costs", "C"),
    "users.transaction_cost.sigma": ("spread of users' transaction costs", r"\sigma"),
    "users.match.breadth": ("breadth of the match", r"\ell"),
}

OF_SEGMENTS = {"share": ("share of users", r"\lambda"), "accuracy": ("accuracy of feedback", r"\theta")}


def axis_label(key: str) -> str:
    """Return the name of a parameter with its symbol as matplotlib sets it; the key where it has no name."""
    if key in NAMES:
        name, symbol = NAMES[key]
        return rf"{name} ${symbol}$"
    steps = keys.split(key)
    if steps[:2] == ["users", "segments"] and len(steps) == 4 and steps[3] in OF_SEGMENTS:
        name, symbol = OF_SEGMENTS[steps[3]]
        segment = steps[2].replace("_", r"\_")
        return rf"{name}, segment {steps[2]}, ${symbol}_{{\mathrm{{{segment}}}}}$"
    return key
