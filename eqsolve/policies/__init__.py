"""What a regulator should do: the best value of each instrument (docs/policy.md)."""

from eqsolve.policies.check import check_policies
from eqsolve.policies.instruments import INSTRUMENTS
from eqsolve.policies.record import SCHEMA, Policies, Policy, PolicyCertificate
from eqsolve.policies.regulator import best_policies, policies_of, policy

__all__ = [
    "INSTRUMENTS",
    "SCHEMA",
    "Policies",
    "Policy",
    "PolicyCertificate",
    "best_policies",
    "check_policies",
    "policies_of",
    "policy",
]
