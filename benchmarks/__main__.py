"""`make bench`, or `python -m benchmarks [--quick | --long]` from the root of the repository."""

import os
import sys

if __name__ == "__main__":
    for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM"):
        os.environ[f"{library}_NUM_THREADS"] = "1"  # before numpy is imported
    from benchmarks import bench, simulation_bench, sweep_bench

    bench.main(quick="--quick" in sys.argv[1:])
    simulation_bench.main(quick="--quick" in sys.argv[1:])
    sweep_bench.main(quick="--quick" in sys.argv[1:], long="--long" in sys.argv[1:])
