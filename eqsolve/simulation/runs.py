"""The platform with real people in it, simulated and compared with the equilibrium."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import eqsolve.arguments as read
from eqsolve.params import Params
from eqsolve.regimes import RegimeName
from eqsolve.simulation.feedback import Streams
from eqsolve.simulation.results import Convergence, Simulation
from eqsolve.simulation.rounds import QUANTITIES, Path, Trial, walk
from eqsolve.simulation.settings import Settings
from eqsolve.simulation.theory import Theory, predict

Report = Callable[..., None]


@read.arguments(
    params=read.game,
    users=read.whole,
    regime=read.text,
    report=read.optional(read.function),
)
def simulate(
    params: Params,
    users: int = 5000,
    *,
    regime: RegimeName = "endogenous",
    report: Report | None = None,
    **settings: Any,
) -> Simulation:
    """Simulate a platform and its users, round by round (docs/simulation.md).

    Args:
        params: the game.
        users: number of users, >= 1.
        regime: who chooses quality and intensity (docs/model.md, Regimes).
        report: called as report(done, total) with the work done, users times rounds.
        **settings: see `Settings`.

    Returns:
        The paths, beside the equilibria at the platform's choice. The same seed gives the same paths.

    Raises:
        InputError: a setting is out of range or needs too much memory, or there is no equilibrium to compare
            with.
    """
    chosen = Settings(**settings)
    chosen.check((users,), params)
    theory = _theory(params, regime, chosen)
    paths = _walks(params, (users,), chosen, theory, report)[0]
    names = [segment.name for segment in params.users.segments]
    columns = {name: np.array([path.quantities[name] for path in paths]) for name in QUANTITIES} | {
        f"participation.{name}": np.array([path.segments[:, j] for path in paths])
        for j, name in enumerate(names)
    }
    histograms = np.array([path.histogram for path in paths])
    return Simulation(params, regime, users, chosen, theory, columns, histograms)


@read.arguments(
    params=read.game,
    sizes=read.several(read.whole),
    regime=read.text,
    report=read.optional(read.function),
)
def converge(
    params: Params,
    sizes: Sequence[int],
    *,
    regime: RegimeName = "endogenous",
    report: Report | None = None,
    **settings: Any,
) -> Convergence:
    """Simulate platforms of several sizes, and measure how far they end from the equilibrium.

    Args:
        params: the game.
        sizes: numbers of users, >= 1 and all different.
        regime, report, **settings: as for `simulate`.

    Returns:
        Deviations by size. Each number of users draws the same users in whatever company it is simulated.

    Raises:
        InputError: as for `simulate`.
    """
    chosen = Settings(**settings)
    chosen.check(tuple(sizes), params)
    theory = _theory(params, regime, chosen)
    walks = _walks(params, tuple(sizes), chosen, theory, report)
    ends = {
        name: np.array([[path.quantities[name][-1] for path in paths] for paths in walks])
        for name in QUANTITIES
    }
    return Convergence(params, regime, tuple(sizes), chosen, theory, ends)


def _theory(params: Params, regime: RegimeName, settings: Settings) -> Theory:
    theory = predict(params, regime, settings.quality, settings.intensity)
    theory.expected(settings.start)
    return theory


def _walks(
    params: Params, sizes: tuple[int, ...], settings: Settings, theory: Theory, report: Report | None
) -> list[list[Path]]:
    """The replications of every size."""
    total, done = sum(sizes) * settings.rounds * settings.replications, 0
    walks = []
    with threadpool_limits(1, user_api="blas"):
        for users in sizes:

            def advance(users: int = users) -> None:
                nonlocal done
                done += users
                if report:
                    report(done, total)

            trial = Trial(
                users, settings.rounds, settings.ratings, settings.start, settings.revision,
                theory.quality, theory.intensity,
            )  # fmt: skip
            streams = (Streams.of(settings.seed, users, number) for number in range(settings.replications))
            walks.append([walk(params, trial, each, advance) for each in streams])
    return walks
