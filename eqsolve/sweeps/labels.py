"""What keys and quantities are called on the axes of a figure: a name and the symbol of docs/model.md."""

from __future__ import annotations

LABELS = {
    "platform.revenue": r"revenue $r$",
    "platform.training_cost": r"training cost $k$",
    "platform.training_exponent": r"training exponent $n$",
    "finetuning.strength": r"fine-tuning strength $\beta_{\max}$",
    "finetuning.cost": r"fixed cost of fine-tuning $F$",
    "finetuning.intensity_cost": r"cost of intensity $G$",
    "finetuning.learning": r"learning $\eta$",
    "finetuning.personalization": r"personalization $\zeta$",
    "finetuning.feedback_prior": r"feedback prior $\nu$",
    "users.misfit_cost": r"misfit cost $t$",
    "users.transaction_cost.scale": r"transaction cost $C$",
    "users.transaction_cost.sigma": r"spread of transaction costs $\sigma$",
    "users.match.breadth": r"match breadth $\ell$",
    "quality": r"initial quality $q^*$",
    "intensity": r"intensity $\beta^*$",
    "participation": r"participation $N$",
    "feedback_quality": r"feedback quality $\rho$",
    "profit": "profit",
    "revenue": r"revenue $rN$",
    "training_cost": r"training cost $kq^n/n$",
    "finetuning_cost": "cost of fine-tuning",
    "user_surplus": r"user surplus $CS$",
    "welfare": "welfare",
    "mean": r"mean of outputs $\bar{f}$",
    "variance": r"variance of outputs $\bar{f}$",
    "entropy": r"entropy of outputs $\bar{f}$",
    "kl": r"KL$(\bar{f}\,\|\,f_0)$",
    "direction": "direction of outputs",
    "status": "status",
    "regret": "regret",
    "equilibria_found": "participation equilibria found",
    "branch": "branch",
}

_BY_SEGMENT = {
    "participation": r"participation $N_{\mathrm{%s}}$",
    "user_surplus": r"user surplus $CS_{\mathrm{%s}}$",
    "quality": r"quality $Q_{\mathrm{%s}}$",
    "share": r"share $\lambda_{\mathrm{%s}}$",
    "accuracy": r"accuracy $\theta_{\mathrm{%s}}$",
}


def label(name: str) -> str:
    """The label of a key or a quantity; the name itself if it has no symbol."""
    if name in LABELS:
        return LABELS[name]
    steps = name.split(".")
    if name.startswith("users.segments.") and len(steps) == 4 and steps[3] in _BY_SEGMENT:
        return _BY_SEGMENT[steps[3]] % _upright(steps[2])
    if len(steps) == 2 and steps[0] in _BY_SEGMENT:
        return _BY_SEGMENT[steps[0]] % _upright(steps[1])
    return name


def _upright(segment: str) -> str:
    return segment.replace("_", r"\_")
