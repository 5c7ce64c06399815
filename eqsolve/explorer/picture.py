"""All that is shown of a state: its equilibrium, what is drawn of it, and the words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from eqsolve.answer import told, without_finetuning
from eqsolve.comparison.verdict import Stake, judge
from eqsolve.curves import OutputCurve, ParticipationCurve, PayoffSample, sample
from eqsolve.equilibrium import solve
from eqsolve.explorer.state import State
from eqsolve.results import Equilibrium

POINTS = 101
"""Qualities, tastes and outputs at which lines are drawn: one for every few pixels."""

CONTINUOUS_POINTS = 21
"""Qualities where the intensity is chosen anew at each, which takes about a tenth of a second each."""

QUANTITIES = ("quality", "intensity", "participation", "profit", "user_surplus", "welfare", "variance")
"""Quantities that are shown as numbers."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What is shown of a state.

    Attributes:
        state: what was solved.
        equilibrium: its equilibrium, with the certificate.
        without: the equilibrium of the game without fine-tuning; None where there is none anyway.
        sentences: the answer in words.
        stakes: who gains against no fine-tuning; empty where there is none.
        payoff, participation, outputs: the lines that are drawn; None where the game was not solved.
        compared: whether `without` and what follows from it are there; otherwise they are to come.
    """

    state: State
    equilibrium: Equilibrium
    without: Equilibrium | None
    sentences: tuple[str, ...]
    stakes: tuple[Stake, ...]
    payoff: PayoffSample | None
    participation: ParticipationCurve | None
    outputs: OutputCurve | None
    compared: bool = True

    @property
    def certified(self) -> bool:
        """Whether the result may be used."""
        return self.equilibrium.certificate.status.certified

    @property
    def verdict(self) -> str:
        """The certificate's verdict in the words of reports."""
        certificate = self.equilibrium.certificate
        if self.certified:
            return "✓ certified"
        return f"✗ NOT CERTIFIED: {certificate.status}: {certificate.message}"

    def rows(self) -> Iterator[tuple[str, float, float]]:
        """The numbers: name, value, and value without fine-tuning (nan where there is none anyway)."""
        for name in QUANTITIES:
            other = getattr(self.without, name) if self.without else math.nan
            yield name, getattr(self.equilibrium, name), other


def pictures_of(state: State) -> Iterator[Picture]:
    """Solve a state: all that is shown of it, before which comes what is drawn, if the rest takes longer."""
    equilibrium = solve(state.params, regime=state.regime, selection=state.selection)
    if not math.isfinite(equilibrium.quality):
        yield Picture(state, equilibrium, None, told(equilibrium, None), (), None, None, None)
        return
    lines = sample(equilibrium, CONTINUOUS_POINTS if state.continuous else POINTS, POINTS)
    found = Picture(
        state, equilibrium, None, told(equilibrium, None), (),
        lines.payoff, lines.participation, lines.outputs, compared=not equilibrium.intensity,
    )  # fmt: skip
    yield found
    if without := without_finetuning(equilibrium):
        yield replace(
            found, without=without, sentences=told(equilibrium, without),
            stakes=judge("", equilibrium, "", without).stakes, compared=True,
        )  # fmt: skip


def picture_of(state: State) -> Picture:
    """Solve a state, and evaluate all that is shown of it."""
    *_, whole = pictures_of(state)
    return whole
