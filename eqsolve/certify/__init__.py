"""The certificate: claims of equilibria are checked here, by nothing that the search for them uses."""

from eqsolve.certify.certify import Checks, certify
from eqsolve.certify.claim import Claim, Curves
from eqsolve.certify.tolerances import Tolerances

__all__ = ["Checks", "Claim", "Curves", "Tolerances", "certify"]
