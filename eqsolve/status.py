"""What became of a solve: one enumeration whose messages say what happened and what to do."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The verdict of the certificate on one game."""

    CERTIFIED = "certified"
    DEVIATION_FOUND = "deviation_found"
    RESIDUAL_TOO_LARGE = "residual_too_large"
    ACCOUNTING_ERROR = "accounting_error"
    CURVE_NOT_CONFIRMED = "curve_not_confirmed"
    NO_PARTICIPATION_EQUILIBRIUM = "no_participation_equilibrium"
    UNRESOLVED = "unresolved"
    FAILED = "failed"

    @property
    def certified(self) -> bool:
        """Whether the result may be called an equilibrium."""
        return self is Status.CERTIFIED

    @property
    def message(self) -> str:
        """What happened and what to do."""
        return _MESSAGES[self]


_MESSAGES = {
    Status.CERTIFIED: (
        "No deviation was found that pays: users and payoffs were evaluated anew, on another grid, at the "
        "choice and at fresh ones."
    ),
    Status.DEVIATION_FOUND: (
        "The certificate found a choice of the platform that pays more. The values are the best that "
        "the solver found, not an equilibrium. Look at the payoff over quality and report the game."
    ),
    Status.RESIDUAL_TOO_LARGE: (
        "Participation does not reproduce itself on the independent grid: v(x) or a density is sharper than "
        "the grids resolve. Use a wider match breadth, a weaker strength or smoother densities."
    ),
    Status.ACCOUNTING_ERROR: (
        "Payoffs, surplus or masses do not add up on the independent grid. Report the game."
    ),
    Status.CURVE_NOT_CONFIRMED: (
        "Participation as a function of quality, from which the best choice was read, was not confirmed at "
        "fresh points, has gaps, or is known too roughly to exclude a better choice. The values are the best "
        "that the solver found. Look at the payoff over quality (--plot) and report the game. Point costs "
        "may leave users indifferent, and adjustment unsettled: try lognormal ones with a small sigma."
    ),
    Status.NO_PARTICIPATION_EQUILIBRIUM: (
        "At some quality that the platform could choose, best-response adjustment of users never comes to "
        "rest, so that the platform's payoff there is undefined. Smooth the transaction costs (lognormal, "
        "with a small sigma), add a feedback prior (finetuning.feedback_prior > 0), or lower the strength."
    ),
    Status.UNRESOLVED: (
        "The game needs a finer grid than eqsolve builds: a density or the match is too narrow, or the "
        "strength too large. Nothing was computed. Widen it, or lower the strength."
    ),
    Status.FAILED: "No finite payoff was found at any quality. Check the parameters' magnitudes.",
}
