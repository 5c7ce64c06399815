"""The parameters of a game: frozen records with ranges, from a file, from keys, or from Python."""

from eqsolve.params.densities import (
    BetaComponent,
    BetaDensity,
    Component,
    Density,
    EmpiricalComponent,
    EmpiricalDensity,
    MixtureDensity,
    TruncnormComponent,
    TruncnormDensity,
    UniformComponent,
    UniformDensity,
)
from eqsolve.params.game import Finetuning, Model, Params, Platform
from eqsolve.params.overrides import parse_overrides
from eqsolve.params.policy import Rules
from eqsolve.params.schema import SCHEMA_FILE, params_schema
from eqsolve.params.users import (
    ExponentialCost,
    GaussianMatch,
    LinearMatch,
    LognormalCost,
    Match,
    PointCost,
    QuadraticMatch,
    Segment,
    TransactionCost,
    UniformCost,
    Users,
)

__all__ = [
    "SCHEMA_FILE",
    "BetaComponent",
    "BetaDensity",
    "Component",
    "Density",
    "EmpiricalComponent",
    "EmpiricalDensity",
    "ExponentialCost",
    "Finetuning",
    "GaussianMatch",
    "LinearMatch",
    "LognormalCost",
    "Match",
    "MixtureDensity",
    "Model",
    "Params",
    "Platform",
    "PointCost",
    "QuadraticMatch",
    "Rules",
    "Segment",
    "TransactionCost",
    "TruncnormComponent",
    "TruncnormDensity",
    "UniformComponent",
    "UniformCost",
    "UniformDensity",
    "Users",
    "params_schema",
    "parse_overrides",
]
