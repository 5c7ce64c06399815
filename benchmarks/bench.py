"""How fast eqsolve is: one game, many games, against a plain script, and from the command line."""

import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import scipy

import eqsolve
from benchmarks.naive import SCRIPTS, Game
from eqsolve import Params, solve, solve_many

ROOT = Path(__file__).parents[1]

MINIMAL_TYPER = """
import typer

app = typer.Typer()


@app.command()
def hello(name: str) -> None:
    print(name)


app()
"""


def main(*, quick=False):
    machine()
    single(runs=5 if quick else 20)
    for zeta in (0.25, 0.0):
        many(zeta, games=200 if quick else 2000, naive=4 if quick else 20)
    for keys in (("platform.revenue", "platform.training_cost"), tuple(PAYOFFS)):
        shared(keys, games=1000 if quick else 10_000)
    command_line(runs=3 if quick else 15)


def machine():
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    print(f"machine      {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
    print(f"versions     eqsolve {eqsolve.__version__}, {versions}; one core, one BLAS thread\n")


def processor():
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in info.open() if "model name" in line] if info.exists() else []
    )
    return names[0] if names else platform.processor() or "unknown processor"


def single(runs):
    first, *rest = [seconds(solve, Params()) for _ in range(runs + 1)]
    print(f"one game     solve(Params()): {1e3 * median(rest):.1f} ms, the first time {1e3 * first:.0f} ms\n")


def many(zeta, games, naive):
    batch = around_paper(zeta, games)
    start = perf_counter()
    found = solve_many(batch)
    rate = games / (perf_counter() - start)
    status = ", ".join(f"{count} {name}" for name, count in Counter(map(str, found.status)).most_common())
    print(f"many games   around paper, zeta = {zeta:g}: {rate:.0f} rows/s in a batch of {games} ({status})")

    print("             the script naive.py, farthest from ours in profit and in quality, and the ratio:")
    for name, settings in SCRIPTS.items():
        chosen = np.linspace(0, games - 1, naive if settings["tastes"] < 10_000 else 2).astype(int)
        tables = [batch[i].model_dump(mode="json") for i in chosen]
        start = perf_counter()
        answers = np.array([Game(table, **settings).solve()[:2] for table in tables])
        each = (perf_counter() - start) / chosen.size
        ours = np.column_stack([found.profit, found.quality])[chosen]
        profit, quality = np.abs(answers - ours).max(axis=0)
        print(
            f"             {name}: {1e3 * each:.1f} ms a game, {profit:.0e}, {quality:.0e}; "
            f"ratio {each * rate:.0f}"
        )
    print()


PAYOFFS = {
    "platform.revenue": (0.2, 1.0),
    "platform.training_cost": (0.5, 2.0),
    "platform.training_exponent": (1.5, 4.0),
    "finetuning.cost": (0.0, 0.1),
    "finetuning.intensity_cost": (0.0, 0.01),
}
"""Keys that participation does not depend on, and ranges around `paper`."""


def shared(keys, games):
    """Games that share their participation curves."""
    rng = np.random.default_rng(2024)
    low, high = np.transpose([PAYOFFS[key] for key in keys])
    draws = rng.uniform(low, high, (games, len(keys))).tolist()
    batch = [Params().replace(dict(zip(keys, draw, strict=True))) for draw in draws]
    start = perf_counter()
    found = solve_many(batch)
    each = (perf_counter() - start) / games
    status = ", ".join(f"{count} {name}" for name, count in Counter(map(str, found.status)).most_common())
    print(f"shared       {games} games in {', '.join(keys)}: {1e3 * each:.2f} ms a row ({status})\n")


def around_paper(zeta, count):
    """Games that vary C, F and the shares around `paper`."""
    rng = np.random.default_rng(2024)
    draws = rng.uniform([0.3, 0.0, 0.5], [0.8, 0.1, 0.9], (count, 3)).tolist()
    base = Params().replace({"finetuning.personalization": zeta})
    keys = ("users.transaction_cost.scale", "finetuning.cost", "users.segments.high.share")
    return [base.replace(dict(zip(keys, draw, strict=True))) for draw in draws]


def command_line(runs):
    eqsolve_command = str(Path(sys.executable).with_name("eqsolve"))
    with tempfile.TemporaryDirectory() as folder:
        minimal = Path(folder) / "minimal.py"
        minimal.write_text(MINIMAL_TYPER)
        compare(
            runs,
            ("eqsolve --help", [eqsolve_command, "--help"]),
            ("a minimal Typer program --help", [sys.executable, str(minimal), "--help"]),
        )
    compare(
        runs,
        ("eqsolve solve", [eqsolve_command, "solve", "--params", "examples/paper.toml"]),
        (
            "python -c 'import numpy, typer, rich.console'",
            [sys.executable, "-c", "import numpy, typer, rich.console"],
        ),
    )


def compare(runs, ours, other):
    """Median wall times of two commands, run in turns after a warm-up of each."""
    times = [(seconds(shell, ours[1]), seconds(shell, other[1])) for _ in range(runs + 1)][1:]
    ours_time, other_time = (median(column) for column in zip(*times, strict=True))
    print(
        f"command      {ours[0]}: {1e3 * ours_time:.0f} ms; {other[0]}: {1e3 * other_time:.0f} ms;", end=" "
    )
    print(f"ratio {ours_time / other_time:.2f}")


def shell(command):
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def seconds(function, *args):
    start = perf_counter()
    function(*args)
    return perf_counter() - start
