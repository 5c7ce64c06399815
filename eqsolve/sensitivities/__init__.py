"""How an equilibrium moves with every parameter: derivatives with error estimates, and their signs."""

from eqsolve.sensitivities.record import MEASURED, Sensitivity, Slope
from eqsolve.sensitivities.sensitivity import sensitivity
from eqsolve.sensitivities.several import ByRegime
from eqsolve.sensitivities.signs import SignTable, sign_table

__all__ = ["MEASURED", "ByRegime", "Sensitivity", "SignTable", "Slope", "sensitivity", "sign_table"]
