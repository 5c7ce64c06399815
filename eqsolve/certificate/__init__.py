"""The certificate: claims of equilibria are checked here, by nothing that the search for them uses."""

from eqsolve.certificate.certify import TOLERANCES, Checks, certify
from eqsolve.certificate.claim import Claim, Curves
from eqsolve.certificate.tolerances import Tolerances

__all__ = ["TOLERANCES", "Checks", "Claim", "Curves", "Tolerances", "certify"]
