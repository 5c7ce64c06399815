"""eqsolve: equilibria of the co-creation game, solved by backward induction, with proof.

    from eqsolve import Params, solve

    equilibrium = solve(Params())
    equilibrium.profit, equilibrium.certificate.status
"""

from eqsolve._version import __version__
from eqsolve.equilibrium import participation_equilibria, solve, solve_many
from eqsolve.errors import InputError
from eqsolve.params import Params
from eqsolve.results import Certificate, Equilibria, Equilibrium, ParticipationEquilibrium
from eqsolve.status import Status

__all__ = [
    "Certificate",
    "Equilibria",
    "Equilibrium",
    "InputError",
    "Params",
    "ParticipationEquilibrium",
    "Status",
    "__version__",
    "participation_equilibria",
    "solve",
    "solve_many",
]
