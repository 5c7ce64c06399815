"""Results: one record for one game, columns for many; both remember the question."""

from eqsolve.results.certificate import AT_BOUND, BREAKS, RUNNERS_UP, Break, Certificate, Regrets, RunnerUp
from eqsolve.results.equilibria import Equilibria, empty_columns
from eqsolve.results.equilibrium import Equilibrium, FreeChoice, ParticipationEquilibrium, SegmentOutcome
from eqsolve.results.names import BY_SEGMENT, EVIDENCE, MAXIMA, QUANTITIES, RESULT_SCHEMA_FILE, SCHEMA

__all__ = [
    "AT_BOUND",
    "BREAKS",
    "BY_SEGMENT",
    "EVIDENCE",
    "MAXIMA",
    "QUANTITIES",
    "RESULT_SCHEMA_FILE",
    "RUNNERS_UP",
    "SCHEMA",
    "Break",
    "Certificate",
    "Equilibria",
    "Equilibrium",
    "FreeChoice",
    "ParticipationEquilibrium",
    "Regrets",
    "RunnerUp",
    "SegmentOutcome",
    "empty_columns",
]
