"""eqsolve: equilibria of the co-creation game, solved by backward induction, each with a certificate.

    from eqsolve import Params, solve

    equilibrium = solve(Params())
    equilibrium.profit, equilibrium.certificate.status

Names are imported when they are first used, so that commands which do not solve start at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from eqsolve._version import __version__
from eqsolve.errors import InputError

if TYPE_CHECKING:
    from eqsolve.comparison import Comparison, compare
    from eqsolve.decomposition.decompose import decompose
    from eqsolve.decomposition.record import Decomposition
    from eqsolve.equilibrium import participation_equilibria, solve, solve_many
    from eqsolve.explorer import explore
    from eqsolve.findings.checker import check_findings
    from eqsolve.findings.result import Findings
    from eqsolve.params import Params
    from eqsolve.phase import PhaseDiagram, phase_diagram
    from eqsolve.policies import Policies, Policy, best_policies, policies_of, policy
    from eqsolve.results import Certificate, Equilibria, Equilibrium, ParticipationEquilibrium
    from eqsolve.sensitivities.record import Sensitivity
    from eqsolve.sensitivities.sensitivity import sensitivity
    from eqsolve.sensitivities.signs import sign_table
    from eqsolve.simulation import Convergence, Simulation, converge, simulate
    from eqsolve.status import Status
    from eqsolve.sweeps.result import Sweep, sweep
    from eqsolve.thresholds import Threshold, threshold

_HOMES = {
    "Certificate": "results",
    "Comparison": "comparison",
    "Convergence": "simulation",
    "Decomposition": "decomposition.record",
    "Equilibria": "results",
    "Equilibrium": "results",
    "Findings": "findings.result",
    "Params": "params",
    "ParticipationEquilibrium": "results",
    "PhaseDiagram": "phase",
    "Policies": "policies",
    "Policy": "policies",
    "Sensitivity": "sensitivities",
    "Simulation": "simulation",
    "Status": "status",
    "Sweep": "sweeps.result",
    "Threshold": "thresholds",
    "best_policies": "policies",
    "check_findings": "findings.checker",
    "compare": "comparison",
    "converge": "simulation",
    "decompose": "decomposition.decompose",
    "explore": "explorer",
    "participation_equilibria": "equilibrium",
    "phase_diagram": "phase",
    "policies_of": "policies",
    "policy": "policies",
    "sensitivity": "sensitivities",
    "sign_table": "sensitivities",
    "simulate": "simulation",
    "solve": "equilibrium",
    "solve_many": "equilibrium",
    "sweep": "sweeps.result",
    "threshold": "thresholds",
}

__all__ = [
    "Certificate",
    "Comparison",
    "Convergence",
    "Decomposition",
    "Equilibria",
    "Equilibrium",
    "Findings",
    "InputError",
    "Params",
    "ParticipationEquilibrium",
    "PhaseDiagram",
    "Policies",
    "Policy",
    "Sensitivity",
    "Simulation",
    "Status",
    "Sweep",
    "Threshold",
    "__version__",
    "best_policies",
    "check_findings",
    "compare",
    "converge",
    "decompose",
    "explore",
    "participation_equilibria",
    "phase_diagram",
    "policies_of",
    "policy",
    "sensitivity",
    "sign_table",
    "simulate",
    "solve",
    "solve_many",
    "sweep",
    "threshold",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eqsolve' has no attribute {name!r}")
    return getattr(import_module(f"eqsolve.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
