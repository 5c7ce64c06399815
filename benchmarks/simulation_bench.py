"""Whether the simulation converges to the equilibrium, at full size, and how fast it runs."""

from pathlib import Path
from time import perf_counter

from eqsolve import Params
from eqsolve.simulation import converge, simulate

ROOT = Path(__file__).parents[1]

GAMES = {
    "paper, zeta = 0": ("paper", {"finetuning.personalization": 0.0}, "endogenous"),
    "misleading majority, forced": ("misleading-majority", {}, "forced"),
    "paper": ("paper", {}, "endogenous"),
}
MEASURES = ("participation", "user_surplus", "variance")


def main(*, quick=False):
    speed()
    sizes, replications = ((100, 1000, 10_000), 20) if quick else ((100, 1000, 10_000, 100_000), 50)
    for title, (name, changes, regime) in GAMES.items():
        game = Params.from_file(ROOT / "examples" / f"{name}.toml", changes)
        convergence(title, game, regime, sizes, replications)


def speed():
    for zeta in (0.0, 0.25):
        start = perf_counter()
        simulate(Params().replace({"finetuning.personalization": zeta}), 100_000, rounds=40, ratings=20)
        elapsed = perf_counter() - start
        print(f"simulation   100,000 users x 20 ratings x 40 rounds, zeta = {zeta:g}: {elapsed:.1f} s")
    print()


def convergence(title, game, regime, sizes, replications):
    start = perf_counter()
    found = converge(game, sizes, regime=regime, replications=replications, seed=1)
    elapsed = perf_counter() - start
    print(f"convergence  {title}: {sizes[0]:,} to {sizes[-1]:,} users, {replications} times, {elapsed:.0f} s")
    for name in MEASURES:
        slope, error = found.slope(name)
        rms = ", ".join(f"{value:.2e}" for value in found.rms(name))
        ratios = ", ".join(f"{value:+.1f}" for value in found.bias(name) / found.bias_error(name))
        verdict = "" if -0.6 <= slope <= -0.4 and abs(float(ratios.split(", ")[-1])) <= 2.0 else "  <-- look"
        print(f"             {name:13s} rms {rms}: slope {slope:.3f} +- {error:.3f}{verdict}")
        print(f"             {'':13s} bias in standard errors {ratios}")
    print(flush=True)
