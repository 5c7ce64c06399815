"""The closed form of docs/model.md, with its two integrals by adaptive quadrature."""

import numpy as np
from scipy import integrate


def spread(kappa):
    """The integral of exp(-kappa z^2) over [-1/2, 1/2], and V(kappa), the variance of that density."""

    def moment(p):
        half = integrate.quad(lambda z: z**p * np.exp(-kappa * z * z), 0, 0.5, epsabs=0, epsrel=1e-13)
        return 2 * half[0]

    return moment(0), moment(2) / moment(0)


def closed_form(game, beta, q=None):
    """Equilibrium values of a closed-form game at intensity beta, at the optimal quality unless q is given.

    Raises ValueError where 0 <= v(x) <= C fails for some x, or the optimal quality is not interior.
    """
    tuning, users = game["finetuning"], game["users"]
    r, k = game["platform"]["revenue"], game["platform"]["training_cost"]
    n = game["platform"].get("training_exponent", 2.0)
    C, t, eta = users["transaction_cost"]["scale"], users["misfit_cost"], tuning["learning"]
    rho = sum(segment["share"] * (2 * segment["accuracy"] - 1) for segment in users["segments"])
    normalizer, V = spread(beta * rho)
    if q is None:
        q = (r * np.exp(-eta * beta * rho) / (k * C)) ** (1 / (n - 1))
    Q = 1 - (1 - q) * np.exp(-eta * beta * rho)
    if not (0 <= q <= 1 and Q - t * (V + 0.25) >= 0 and Q - t * V <= C):
        raise ValueError("outside the domain of the closed form")
    N = (Q - t * (1 / 12 + V)) / C
    CS = ((Q - t * V) ** 2 - (Q - t * V) * t / 6 + t**2 / 80) / (2 * C)
    kl = -beta * rho * V - np.log(normalizer)
    profit = r * N - k * q**n / n - (beta > 0) * (tuning["cost"] + tuning["intensity_cost"] * beta**2 / 2)
    return {
        "quality": q,
        "participation": N,
        "user_surplus": CS,
        "profit": profit,
        "welfare": profit + CS,
        "feedback_quality": rho,
        "mean": 0.5,
        "variance": V,
        "kl": kl,
        "entropy": -kl,
    }
