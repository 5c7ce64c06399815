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
    "policy.training-subsidy": ("training subsidy", r"\sigma"),
    "policy.quality-floor": ("quality floor", r"\underline{q}"),
    "policy.finetuning-cap": ("cap on fine-tuning", r"\bar{\beta}"),
    "policy.finetuning-tax": ("tax on fine-tuning", r"\tau"),
    "users.misfit_cost": ("misfit cost", "t"),
    "users.transaction_cost.scale": ("transaction cost", "C"),
    "users.transaction_cost.sigma": ("spread of transaction costs", r"\sigma"),
    "users.transaction_cost.dist": ("law of transaction costs", ""),
    "users.match.kind": ("kernel of the match", ""),
    "users.match.breadth": ("breadth of the match", r"\ell"),
    "model.outputs.dist": ("law of outputs", ""),
    "model.draws": ("outputs to choose from", "K"),
}
"""Parameters by key: name and symbol."""

QUANTITIES = {
    "quality": ("initial quality", "q^*"),
    "intensity": ("intensity", r"\beta^*"),
    "participation": ("participation", "N"),
    "feedback_quality": ("feedback quality", r"\rho"),
    "profit": ("profit", ""),
    "revenue": ("revenue", "rN"),
    "training_cost": ("training cost", "kq^n/n"),
    "finetuning_cost": ("cost of fine-tuning", ""),
    "user_surplus": ("user surplus", "CS"),
    "welfare": ("welfare", ""),
    "mean": ("mean of outputs", r"\bar{f}"),
    "variance": ("variance of outputs", r"\bar{f}"),
    "entropy": ("entropy of outputs", r"\bar{f}"),
    "kl": ("divergence of outputs", r"\mathrm{KL}(\bar{f}\,\|\,f_0)"),
    "direction": ("direction of outputs", ""),
    "equilibria_found": ("participation equilibria found", ""),
}
"""Quantities by name: name and symbol, which may be empty."""

OF_SEGMENTS = {"share": ("share of users", r"\lambda"), "accuracy": ("accuracy of feedback", r"\theta")}
BY_SEGMENT = {
    "participation": ("participation", "N"),
    "user_surplus": ("user surplus", "CS"),
    "quality": ("quality", "Q"),
}

DOMAINS: dict[str, tuple[float | None, float | None]] = {
    "quality": (0.0, 1.0),
    "participation": (0.0, 1.0),
    "feedback_quality": (-1.0, 1.0),
    "mean": (0.0, 1.0),
    "variance": (0.0, 0.25),
    "entropy": (None, 0.0),
    **dict.fromkeys(
        ("intensity", "revenue", "training_cost", "finetuning_cost", "user_surplus", "kl", "regret",
         "equilibria_found"),
        (0.0, None),
    ),
}  # fmt: skip
"""Values that quantities can have."""


def label(name: str) -> str:
    """The name of a parameter or quantity with its symbol as matplotlib sets it; itself if it has none."""
    words, symbol = name_and_symbol(name)
    return f"{words} ${symbol}$" if symbol else words


def name_and_symbol(name: str) -> tuple[str, str]:
    """What a parameter or quantity is called, and its symbol as TeX sets it; the symbol may be empty."""
    if found := NAMES.get(name) or QUANTITIES.get(name):
        return found
    steps = keys.split(name)
    if steps[:2] == ["users", "segments"] and len(steps) == 4 and steps[3] in OF_SEGMENTS:
        words, symbol = OF_SEGMENTS[steps[3]]
        return f"{words}, segment {steps[2]},", _of(symbol, steps[2])
    if len(steps) == 2 and steps[0] in BY_SEGMENT:
        words, symbol = BY_SEGMENT[steps[0]]
        return words, _of(symbol, steps[1])
    return name, ""


def domain(name: str) -> tuple[float | None, float | None]:
    """The least and the most that a quantity can be; None for no bound."""
    return DOMAINS.get(name.partition(".")[0], (None, None))


def _of(symbol: str, segment: str) -> str:
    escaped = segment.replace("_", r"\_")
    return rf"{symbol}_{{\mathrm{{{escaped}}}}}"
