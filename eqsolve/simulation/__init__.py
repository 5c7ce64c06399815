"""The co-creation game with finitely many users who click: a check that shares no code with the solver."""

from eqsolve.simulation.results import Convergence, Simulation
from eqsolve.simulation.runs import converge, simulate
from eqsolve.simulation.settings import Settings

__all__ = ["Convergence", "Settings", "Simulation", "converge", "simulate"]
