"""Games as columns: what a batch of games of one structure shares, and what varies by game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.primitives.costs import LAWS, CostLaw
from eqsolve.primitives.densities import Density
from eqsolve.primitives.matches import KERNELS, MatchKernel

if TYPE_CHECKING:
    from eqsolve.params import Params

Index = NDArray[np.intp]

SHARED = ("law", "kernel", "draws")
"""What all games of a batch have in common."""


@record
class Games:
    """A batch of games with the same cost law, kernel, number of segments and kind of tuning.

    Under a policy k and F are what the platform pays, and beta_max is at most a cap (`eqsolve.policies`).

    Attributes (one row per game, G rows, J segments; symbols of docs/model.md):
        law, kernel: shared by the batch.
        draws: number K of outputs that users pick from, shared by the batch.
        revenue r, training_cost k, exponent n, strength beta_max, cost F, intensity_cost G, learning eta,
        personalization zeta, prior nu, misfit t, scale C: (G,) each.
        cost_shape, match_shape: parameters of the law but C, and of the kernel, in the order in which they
            name them, (G, S) each.
        continuous: whether beta is chosen from an interval, (G,).
        floor: the lowest quality that is allowed, (G,).
        aid: what the regulator pays of the training cost, per unit of q^n / n, (G,).
        tax: what the regulator receives whenever beta > 0, (G,).
        share lambda_j, w w_j = 2 theta_j - 1: (G, J) each.
        tastes: the densities g_j, (G, J) objects.
        outputs: the density f_0, (G,) objects.
    """

    law: CostLaw
    kernel: MatchKernel
    draws: int
    revenue: Array
    training_cost: Array
    exponent: Array
    strength: Array
    cost: Array
    intensity_cost: Array
    learning: Array
    personalization: Array
    prior: Array
    misfit: Array
    scale: Array
    cost_shape: Array
    match_shape: Array
    continuous: NDArray[np.bool_]
    floor: Array
    aid: Array
    tax: Array
    share: Array
    w: Array
    tastes: NDArray[np.object_]
    outputs: NDArray[np.object_]

    def __len__(self) -> int:
        return self.revenue.size

    def take(self, rows: Index) -> Games:
        """Return the games at `rows`."""
        columns = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in SHARED}
        return replace(self, **{name: column[rows] for name, column in columns.items()})


def structure(params: Params) -> tuple[str, str, int, int, bool]:
    """What games must share to be solved in one batch."""
    users = params.users
    return (
        users.transaction_cost.dist,
        users.match.kind,
        params.model.draws,
        len(users.segments),
        params.finetuning.personalization > 0,
    )


_NUMBERS = attrgetter(
    "platform.revenue", "platform.training_cost", "platform.training_exponent", "finetuning.strength",
    "finetuning.cost", "finetuning.intensity_cost", "finetuning.learning", "finetuning.personalization",
    "finetuning.feedback_prior", "users.misfit_cost", "users.transaction_cost.scale", "policy.quality_floor",
    "policy.training_subsidy", "policy.finetuning_cap", "policy.finetuning_tax",
)  # fmt: skip


def columns(games: Sequence[Params]) -> Games:
    """Turn games of one structure into columns."""
    law, kernel, draws, *_ = structure(games[0])
    segments = [game.users.segments for game in games]
    (
        revenue, training, exponent, strength, cost, intensity_cost, learning, personalization, prior, misfit,
        scale, floor, subsidy, cap, tax,
    ) = np.fromiter(map(_NUMBERS, games), np.dtype((np.float64, 15)), len(games)).T.copy()  # fmt: skip
    return Games(
        law=LAWS[law],
        kernel=KERNELS[kernel],
        draws=draws,
        revenue=revenue,
        training_cost=(1.0 - subsidy) * training,
        exponent=exponent,
        strength=np.minimum(strength, cap),
        cost=cost + tax,
        intensity_cost=intensity_cost,
        learning=learning,
        personalization=personalization,
        prior=prior,
        misfit=misfit,
        scale=scale,
        cost_shape=parameters([game.users.transaction_cost for game in games], LAWS[law].parameters),
        match_shape=parameters([game.users.match for game in games], KERNELS[kernel].parameters),
        continuous=np.array([game.finetuning.choice == "continuous" for game in games]),
        floor=floor,
        aid=subsidy * training,
        tax=tax,
        share=np.array([[s.share for s in row] for row in segments]),
        w=np.array([[2.0 * s.accuracy - 1.0 for s in row] for row in segments]),
        tastes=_objects([[s.tastes for s in row] for row in segments]),
        outputs=_objects([[game.model.outputs] for game in games])[:, 0],
    )


def parameters(records: Sequence[object], names: tuple[str, ...]) -> Array:
    """The named numbers of records of one kind, (records, names)."""
    table = [[getattr(record, name) for name in names] for record in records]
    return np.array(table, dtype=np.float64).reshape(len(records), len(names))


def _objects(rows: list[list[Density]]) -> NDArray[np.object_]:
    """Records as an object array (a plain np.array would look inside them), equal ones as one."""
    table, known = np.empty((len(rows), len(rows[0])), dtype=object), dict[Density, Density]()
    for i, row in enumerate(rows):
        for j, density in enumerate(row):
            table[i, j] = known.setdefault(density, density)
    return table
