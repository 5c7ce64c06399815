"""Whether better feedback brings users: statement 5, at given choices and in equilibrium."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.findings.evidence import Flags
from eqsolve.findings.feedback import CHOSEN, GIVEN, Engagement, Raised
from eqsolve.findings.statement import CHOICE_ERROR, MONEY_ERROR, Check, Part, Statement
from eqsolve.numerics.quadrature import Array
from eqsolve.params import Params

_FORCED = ("forced",)

SHARES = "somebody takes part, accuracies differ, and the better segment is not all users"
ACCURACIES = "somebody takes part, and the better segment is not accurate all the time"
OWN = "somebody takes part, zeta > 0, and accuracies differ"


def _somebody(found: Engagement) -> Flags:
    return np.asarray(np.nanmax([found.base, found.more, found.sharper], axis=0) > MONEY_ERROR)


def _more_good_feedback(found: Engagement) -> tuple[Flags, Array]:
    return _somebody(found) & np.isfinite(found.more), found.more - found.base


def _sharper_feedback(found: Engagement) -> tuple[Flags, Array]:
    return _somebody(found) & np.isfinite(found.sharper), found.sharper - found.base


def _better_segment(found: Engagement) -> tuple[Flags, Array]:
    return _somebody(found) & _own(found.games), found.lead


def _raised_share(found: Raised) -> tuple[Flags, Array]:
    return _anybody(found) & np.isfinite(found.more[:, 0]), found.more[:, 0] - found.base[:, 0]


def _raised_accuracy(found: Raised) -> tuple[Flags, Array]:
    return _anybody(found) & np.isfinite(found.sharper[:, 0]), found.sharper[:, 0] - found.base[:, 0]


def _leads(found: Raised) -> tuple[Flags, Array]:
    return _anybody(found) & _own(found.games), found.lead


def _anybody(found: Raised) -> Flags:
    return np.asarray(
        np.nanmax([found.base[:, 0], found.more[:, 0], found.sharper[:, 0]], axis=0) > CHOICE_ERROR
    )


def _own(games: Sequence[Params]) -> Flags:
    """Whether own feedback counts and segments differ in accuracy, (n,)."""
    own = np.array([game.finetuning.personalization > 0 for game in games])
    several = np.array([len({s.accuracy for s in game.users.segments}) > 1 for game in games])
    return np.asarray(own & several)


def _given(name: str, check: Check, premise: str) -> Part:
    return Part(f"a {name}", GIVEN, check, _FORCED, MONEY_ERROR, "users", premise=premise)


def _chosen(name: str, check: Check, premise: str) -> Part:
    return Part(f"b {name}", CHOSEN, check, _FORCED, CHOICE_ERROR, "users", premise=premise)


ENGAGEMENT = Statement(
    5, "Engagement", "universal",
    "N rises in the share and the accuracy of the better segment, and if zeta > 0, N_high >= N_low: "
    "(a) given (q, beta > 0), (b) in equilibrium.",
    "somebody takes part",
    (
        _given("N rises in the share", _more_good_feedback, SHARES),
        _given("N rises in the accuracy", _sharper_feedback, ACCURACIES),
        _given("N_high ≥ N_low", _better_segment, OWN),
        _chosen("N rises in the share", _raised_share, SHARES),
        _chosen("N rises in the accuracy", _raised_accuracy, ACCURACIES),
        _chosen("N_high ≥ N_low", _leads, OWN),
    ),
    "(a) is what the abstract's mechanism says; (b) adds that the platform trains less",
)  # fmt: skip
