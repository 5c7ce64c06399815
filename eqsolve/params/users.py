"""The users: what keeps them away, what suits them, and the segments they come in."""

from collections import Counter
from collections.abc import Iterator
from math import fsum
from typing import Annotated, Any, Literal

from annotated_types import Len
from pydantic import Field

from eqsolve.params.densities import Density, UniformDensity
from eqsolve.params.keys import NAME, child
from eqsolve.params.record import NonNegative, Positive, Record, Unit, checked, choose

SHARES_TOLERANCE = 1e-9
"""How far the sum of the shares may be from 1; wider than the rounding of any file, narrower than a typo."""


class _Cost(Record):
    dist: str
    scale: Positive = Field(0.5, description="C > 0: the largest, only, mean or median cost, by the law")


class UniformCost(_Cost):
    """Private costs uniform on [0, C]."""

    dist: Literal["uniform"] = "uniform"


class PointCost(_Cost):
    """Everybody's cost is C; a user to whom taking part is worth exactly C takes part."""

    dist: Literal["point"] = "point"


class ExponentialCost(_Cost):
    """Exponential costs with mean C."""

    dist: Literal["exponential"] = "exponential"


class LognormalCost(_Cost):
    """Lognormal costs with median C."""

    dist: Literal["lognormal"] = "lognormal"
    sigma: Positive = Field(description="sigma > 0: standard deviation of the log of the cost")


TransactionCost = Annotated[
    UniformCost | PointCost | ExponentialCost | LognormalCost,
    Field(discriminator="dist"),
    choose("dist"),
]
"""Any law H of the private cost c of taking part; a table without `dist` is uniform."""


class GaussianMatch(Record):
    """s(x, y) = exp(-(x-y)^2 / (2 ell^2))."""

    kind: Literal["gaussian"] = "gaussian"
    breadth: Positive = Field(description="ell > 0: how far from a user's taste outputs still suit")


class LinearMatch(Record):
    """s(x, y) = 1 - |x-y|."""

    kind: Literal["linear"] = "linear"


class QuadraticMatch(Record):
    """s(x, y) = 1 - (x-y)^2."""

    kind: Literal["quadratic"] = "quadratic"


Match = Annotated[
    GaussianMatch | LinearMatch | QuadraticMatch,
    Field(discriminator="kind"),
    choose("kind"),
]
"""Any match kernel s(x, y); a table without `kind` is gaussian, its breadth 0.25 by default."""


class Segment(Record):
    """Users j whose feedback is alike in accuracy."""

    name: str = Field(pattern=NAME, description="how the segment is called in results and in --set keys")
    share: Unit = Field(description="lambda_j in [0, 1]: share of the users; the shares sum to 1")
    accuracy: Unit = Field(description="theta_j in [0, 1]: probability that feedback is reported correctly")
    tastes: Density = Field(UniformDensity(), description="g_j: density of the tastes x on [0, 1]")

    @property
    def w(self) -> float:
        """w_j = 2 theta_j - 1: what the feedback is worth, from -1 (always wrong) to 1 (always right)."""
        return 2.0 * self.accuracy - 1.0


def _mismatched(segments: list[Any]) -> Iterator[str]:
    names = Counter(name for segment in segments if isinstance(name := child(segment, "name"), str))
    yield from (
        f'{count} segments are named "{name}": names must differ'
        for name, count in names.items()
        if count > 1
    )
    shares = [child(segment, "share") for segment in segments]
    if shares and all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares):
        total = fsum(shares)
        if abs(total - 1.0) > SHARES_TOLERANCE:
            yield f"the shares sum to {total:.12g}: expected 1"


class Users(Record):
    """Who the users are and what taking part is worth to them."""

    misfit_cost: NonNegative = Field(0.5, description="t >= 0: value lost when outputs never match the taste")
    transaction_cost: TransactionCost = Field(
        UniformCost(), description="law H of the private cost c of taking part, with scale C"
    )
    match: Match = Field(
        GaussianMatch(breadth=0.25), description="s(x, y) in [0, 1]: how well output y suits taste x"
    )
    segments: Annotated[tuple[Segment, ...], Len(1), checked(_mismatched)] = Field(
        (Segment(name="high", share=0.7, accuracy=0.95), Segment(name="low", share=0.3, accuracy=0.3)),
        description="the segments j; a list that is given replaces the default list",
    )
